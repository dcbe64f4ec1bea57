//! [`Program`]: a module as a file that the micro-interpreter runs on samples, with every tensor of the main graph told.
//!
//! Invariant: what is learnt of samples does not depend on how many cores there are: they are run in chunks of a fixed
//! size, whose results are taken in order; memory does not grow with the number of samples.

use crate::emit;
use crate::error::Error;
use crate::ir::{Module, QuantParams, ValueId};
use crate::quant::{Parts, Samples};
use crate::valid;
use floe_graph::DType;
use floe_micro::{Interpreter, Port, Probe, Session, SessionOptions};
use floe_tflite::{Encoded, Layout, TfLite};
use std::collections::BTreeMap;
use std::ops::Range;

/// Samples that one thread runs before its results are taken.
const CHUNK: usize = 32;

/// A tensor of the main graph.
#[derive(Debug)]
pub(crate) struct Known {
    /// The value that it is.
    pub(crate) value: ValueId,
    /// How its integers stand for real numbers.
    pub(crate) quant: Option<QuantParams>,
}

/// A module that can be run.
#[derive(Debug)]
pub(crate) struct Program {
    file: Vec<u8>,
    tensors: BTreeMap<usize, Known>,
    /// The names of the inputs.
    inputs: Vec<String>,
}

/// What is told of a tensor: which one, its dtype, its bytes.
pub(crate) type Tell<'t> = &'t mut dyn FnMut(&Known, DType, &[u8]);

impl Program {
    /// `module` as it is now.
    ///
    /// # Errors
    /// When it cannot be emitted.
    pub(crate) fn new(module: &Module) -> Result<Self, Error> {
        let entry =
            module.entries.first().ok_or_else(|| Error::Invalid("there is no entry".into()))?;
        let info = valid::validate(module)?;
        let (model, tensors) = emit::emit_with_indices(module, &info)?;
        let encoded =
            Encoded::new(&model, Layout::default()).map_err(|e| Error::Emit(e.to_string()))?;
        let known = module.graphs.first().zip(tensors.first()).map(|(graph, map)| {
            let one = |(&value, &t): (&ValueId, &i32)| {
                let quant = graph.value(value).quant.clone();
                Some((usize::try_from(t).ok()?, Known { value, quant }))
            };
            map.iter().filter_map(one).collect()
        });
        let (file, inputs) = (encoded.to_vec(), entry.inputs.clone());
        Ok(Self { file, tensors: known.unwrap_or_default(), inputs })
    }

    /// Makes sure that `samples` are of this program's inputs, and of all of them.
    ///
    /// # Errors
    /// [`Error::Request`] with the name that is odd or missing.
    pub(crate) fn check(&self, samples: &Samples) -> Result<(), Error> {
        samples.check()?;
        if let Some(odd) = samples.names().find(|n| !self.inputs.iter().any(|i| i == n)) {
            return Err(Error::Request(format!(
                "there is no input '{odd}' for representative data: there are '{}'",
                self.inputs.join("', '")
            )));
        }
        match self.inputs.iter().find(|i| samples.get(i).is_none()) {
            Some(missing) => Err(Error::Request(format!(
                "input '{missing}' has no representative data, which this mode learns ranges from"
            ))),
            None => Ok(()),
        }
    }

    /// A run of its own.
    ///
    /// # Errors
    /// When the interpreter refuses the file.
    pub(crate) fn start(&self) -> Result<Run<'_>, Error> {
        let model = TfLite::parse(&self.file).map_err(|e| Error::Emit(e.to_string()))?;
        let session = Session::new(&self.file, SessionOptions::default()).map_err(unrun)?;
        Ok(Run { program: self, model, session })
    }
}

/// A [`Program`] with its memory.
pub(crate) struct Run<'p> {
    program: &'p Program,
    model: TfLite<'p>,
    session: Session<'p>,
}

impl Run<'_> {
    /// Runs sample `k`; `tell` hears of the inputs and of what each operator makes.
    ///
    /// # Errors
    /// [`Error::Request`] for a sample that does not fit or holds what is no number, and for a model that does not run.
    pub(crate) fn sample(
        &mut self,
        samples: &Samples,
        k: usize,
        tell: Tell<'_>,
    ) -> Result<(), Error> {
        for (i, name) in self.program.inputs.iter().enumerate() {
            let ports = self.session.inputs().map_err(unrun)?;
            let Some(port) = ports.get(i) else { continue };
            let misfit = || misfit(name, samples, port);
            let parts = samples.get(name).ok_or_else(misfit)?;
            let (bytes, dims) = parts.sample(k, port.signature.len()).ok_or_else(misfit)?;
            let real = parts.dtype() == Some(DType::Float32);
            if real {
                finite(bytes, name, k)?;
            }
            let known = self.program.tensors.get(&port.tensor);
            let (tensor, dtype) = (port.tensor, port.dtype);
            let quant = known.and_then(|k| k.quant.as_ref()).filter(|_| real);
            if !(parts.dtype() == Some(dtype) || quant.is_some()) {
                return Err(misfit());
            }
            self.session.resize_input(i, &dims).map_err(|_| misfit())?;
            let stored = quant.map(|q| stored(bytes, dtype, q));
            let bytes = stored.as_deref().unwrap_or(bytes);
            self.session.set_input(i, bytes).map_err(|_| misfit())?;
            if let Some(known) = self.program.tensors.get(&tensor) {
                tell(known, dtype, bytes);
            }
        }
        self.session.reset_variables().map_err(unrun)?;
        let mut seen = Seen { model: self.model, tensors: &self.program.tensors, tell };
        self.session.invoke_with(&mut seen).map_err(unrun)
    }

    /// The numbers of output `i`; `None` for one of whole numbers or that is not there.
    pub(crate) fn output(&mut self, i: usize) -> Option<Vec<f32>> {
        let ports = self.session.outputs().ok()?;
        let port = ports.get(i)?;
        let (_, bytes) = self.session.output(i).ok()?;
        real(port.dtype, bytes, self.program.tensors.get(&port.tensor)?.quant.as_ref())
    }
}

/// Runs `count` samples in chunks on all cores: `work` makes something of a chunk, `take` gets that in order, and how
/// many samples are done.
///
/// # Errors
/// The first of either.
pub(crate) fn sweep<T: Send>(
    count: usize,
    work: impl Fn(Range<usize>) -> Result<T, Error> + Sync,
    mut take: impl FnMut(T, usize) -> Result<(), Error>,
) -> Result<(), Error> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let chunks: Vec<Range<usize>> =
        (0..count).step_by(CHUNK).map(|from| from..(from + CHUNK).min(count)).collect();
    for wave in chunks.chunks(threads) {
        let made: Vec<Result<T, Error>> = std::thread::scope(|s| {
            let started: Vec<_> =
                wave.iter().map(|range| s.spawn(|| work(range.clone()))).collect();
            let lost = || Error::Invalid("a thread stopped".into());
            started.into_iter().map(|t| t.join().unwrap_or_else(|_| Err(lost()))).collect()
        });
        for (made, range) in made.into_iter().zip(wave) {
            take(made?, range.end)?;
        }
    }
    Ok(())
}

fn finite(bytes: &[u8], name: &str, k: usize) -> Result<(), Error> {
    let odd = |b: &[u8; 4]| !f32::from_le_bytes(*b).is_finite();
    if bytes.as_chunks::<4>().0.iter().any(odd) {
        return Err(Error::Request(format!(
            "sample {k} of the representative data of '{name}' holds NaN or infinity"
        )));
    }
    Ok(())
}

fn misfit(name: &str, samples: &Samples, port: &Port<'_>) -> Error {
    let given = samples.get(name);
    let dtype = given.and_then(Parts::dtype).map_or("nothing".to_owned(), |d| d.to_string());
    Error::Request(format!(
        "the representative data of '{name}' does not fit the input: samples of {dtype} {:?}, expected {} {:?}",
        given.map(Parts::dims).unwrap_or_default(),
        port.dtype,
        port.signature
    ))
}

fn unrun(e: floe_micro::Error) -> Error {
    Error::Request(format!("the model could not be run on the representative data: {e}"))
}

struct Seen<'s> {
    model: TfLite<'s>,
    tensors: &'s BTreeMap<usize, Known>,
    tell: Tell<'s>,
}

impl Probe for Seen<'_> {
    fn after(&mut self, it: &Interpreter<'_>, graph: usize, op: usize) {
        if graph != 0 {
            return;
        }
        let Ok(operator) = self.model.subgraph(0).and_then(|g| g.operator(op)) else { return };
        for tensor in operator.outputs().iter().filter_map(|t| usize::try_from(t).ok()) {
            if let Some(known) = self.tensors.get(&tensor)
                && let (Ok(dtype), Ok(bytes)) = (it.dtype_of(tensor), it.tensor_bytes(0, tensor))
            {
                (self.tell)(known, dtype, bytes);
            }
        }
    }
}

/// float32 numbers as an input of `dtype` holds them.
pub(crate) fn stored(floats: &[u8], dtype: DType, quant: &QuantParams) -> Vec<u8> {
    let pair = quant.scales.first().zip(quant.zero_points.first());
    let Some((&scale, &zero)) = pair.filter(|_| dtype != DType::Float32) else {
        return floats.to_vec();
    };
    let integer = |b: &[u8; 4]| (f32::from_le_bytes(*b) / scale).round() as i64 + zero;
    let each = floats.as_chunks::<4>().0.iter().map(integer);
    match dtype {
        DType::Int8 => each.map(|n| n.clamp(-128, 127) as i8 as u8).collect(),
        DType::Uint8 => each.map(|n| n.clamp(0, 255) as u8).collect(),
        _ => each.flat_map(|n| (n.clamp(-32768, 32767) as i16).to_le_bytes()).collect(),
    }
}

/// The real numbers that a tensor holds; `None` for one of whole numbers.
pub(crate) fn real(dtype: DType, bytes: &[u8], quant: Option<&QuantParams>) -> Option<Vec<f32>> {
    if dtype == DType::Float32 {
        return Some(bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect());
    }
    let q = quant?;
    let (scale, zero) = (*q.scales.first()?, *q.zero_points.first()?);
    let number = |n: i64| (n - zero) as f32 * scale;
    let wide = |b: &[u8; 2]| number(i16::from_le_bytes(*b).into());
    match dtype {
        DType::Int8 => Some(bytes.iter().map(|&b| number(b.cast_signed().into())).collect()),
        DType::Uint8 => Some(bytes.iter().map(|&b| number(b.into())).collect()),
        DType::Int16 => Some(bytes.as_chunks::<2>().0.iter().map(wide).collect()),
        _ => None,
    }
}
