//! How far the tensors of a module are from those of the same module before the passes: both run with the
//! micro-interpreter's kernels on equal inputs, and tensors are matched by name, which passes keep.
//!
//! Invariant: what cannot be run or matched is left out; nothing here can make a conversion fail that would
//! succeed without.

use crate::emit;
use crate::error::Error;
use crate::ir::{Module, QuantParams};
use crate::program::{real, stored};
use crate::quant::Samples;
use crate::valid;
use floe_graph::DType;
use floe_micro::{Interpreter, Port, Probe, Session, SessionOptions};
use floe_tflite::{Encoded, Layout, TfLite};
use std::collections::BTreeMap;

/// Numbers that are kept of all tensors together.
const MOST: usize = 1 << 26;

/// How far a tensor is from what it was before the passes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The tensor.
    pub tensor: String,
    /// The largest difference of an element.
    pub largest: f32,
    /// The largest element before.
    pub scale: f32,
    /// Signal to noise in decibels; infinite where nothing differs.
    pub sqnr: f32,
}

/// The numbers of the main subgraph's float tensors, in running order.
pub(crate) type Numbers = Vec<(String, Vec<f32>)>;

/// Runs `module` on the first of `samples`, and on numbers of its own for inputs that have none.
pub(crate) fn run(module: &Module, samples: &Samples) -> Result<Numbers, Error> {
    let info = match valid::validate(module) {
        Ok(info) => info,
        // Operators that only the passes know are in the module still.
        Err(Error::Invalid(_)) => return run(&finished(module), samples),
        Err(e) => return Err(e),
    };
    let (model, tensors) = emit::emit_with_indices(module, &info)?;
    let encoded =
        Encoded::new(&model, Layout::default()).map_err(|e| Error::Emit(e.to_string()))?;
    let file = encoded.to_vec();
    let names = module.graphs.first().zip(tensors.first()).map(|(graph, map)| {
        let name = |v| emit::tensor_name(&graph.value(v).name).to_owned();
        map.iter().map(|(&v, &t)| (t, (name(v), graph.value(v).quant.clone()))).collect()
    });
    let mut seen = Seen {
        model: TfLite::parse(&file).map_err(|e| Error::Emit(e.to_string()))?,
        names: names.unwrap_or_default(),
        numbers: Vec::new(),
        left: MOST,
    };
    // A module that this interpreter does not run has nothing to compare.
    let _ = invoke(module, &file, samples, &mut seen);
    Ok(seen.numbers)
}

fn invoke(
    module: &Module,
    file: &[u8],
    samples: &Samples,
    seen: &mut Seen<'_>,
) -> floe_micro::Result<()> {
    let names = module.entries.first().map(|e| e.inputs.as_slice()).unwrap_or_default();
    let mut session = Session::new(file, SessionOptions::default())?;
    let ports: Vec<Port<'_>> = session.inputs()?;
    for (i, port) in ports.iter().enumerate() {
        let array = names.get(i).and_then(|n| samples.get(n));
        let sample = array.and_then(|a| a.sample(0, port.signature.len()));
        let dims: Vec<i32> = match &sample {
            Some((_, dims)) => dims.clone(),
            None => port.signature.iter().map(|&d| d.max(1)).collect(),
        };
        session.resize_input(i, &dims)?;
        let n = dims.iter().map(|&d| usize::try_from(d).unwrap_or(0)).product();
        let floats: Option<Vec<u8>> = match (&sample, port.dtype) {
            (Some((bytes, _)), _) if array.is_some_and(|a| a.dtype() == Some(DType::Float32)) => {
                Some(bytes.to_vec())
            }
            (None, DType::Float32 | DType::Int8 | DType::Uint8 | DType::Int16) => {
                Some(drawn(i, n).iter().flat_map(|x| x.to_le_bytes()).collect())
            }
            _ => None,
        };
        let graph = module.graphs.first();
        let value = graph.and_then(|g| Some(g.value(*g.inputs.get(i)?)));
        let quant = value.and_then(|v| v.quant.as_ref());
        let bytes = match (&sample, floats) {
            (_, Some(x)) if port.dtype == DType::Float32 => x,
            (_, Some(x)) if quant.is_some() => {
                quant.map(|q| stored(&x, port.dtype, q)).unwrap_or_default()
            }
            (Some((bytes, _)), _) => bytes.to_vec(),
            _ => vec![0; n * port.dtype.bytes().unwrap_or(1)],
        };
        session.set_input(i, &bytes)?;
    }
    session.invoke_with(seen)
}

/// `n` numbers between -1 and 1, the same each time.
fn drawn(input: usize, n: usize) -> Vec<f32> {
    let mut state = 0x9e37_79b9_u32.wrapping_add(input as u32);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// The module with its composites as operators.
fn finished(module: &Module) -> Module {
    let mut copy = module.copied();
    crate::passes::composites(&mut copy);
    copy
}

/// What differs of tensors that are in both.
pub(crate) fn differences(before: &Numbers, after: &Numbers) -> Vec<Difference> {
    let known: BTreeMap<&str, &Vec<f32>> = before.iter().map(|(n, x)| (n.as_str(), x)).collect();
    let one = |(name, y): &(String, Vec<f32>)| {
        let x = known.get(name.as_str()).filter(|x| x.len() == y.len())?;
        let (mut largest, mut scale, mut signal, mut noise) = (0f32, 0f32, 0f64, 0f64);
        for (a, b) in x.iter().zip(y) {
            let d = (a - b).abs();
            largest = largest.max(d);
            scale = scale.max(a.abs());
            signal += f64::from(a * a);
            noise += f64::from(d * d);
        }
        let sqnr = (10.0 * (signal / noise).log10()) as f32;
        Some(Difference { tensor: name.clone(), largest, scale, sqnr })
    };
    after.iter().filter_map(one).collect()
}

/// What was seen of the main subgraph's tensors.
struct Seen<'d> {
    model: TfLite<'d>,
    names: BTreeMap<i32, (String, Option<QuantParams>)>,
    numbers: Numbers,
    left: usize,
}

impl Probe for Seen<'_> {
    fn after(&mut self, it: &Interpreter<'_>, graph: usize, op: usize) {
        if graph != 0 {
            return;
        }
        let Ok(operator) = self.model.subgraph(0).and_then(|g| g.operator(op)) else { return };
        for index in operator.outputs().iter() {
            let Some(((name, quant), tensor)) =
                self.names.get(&index).zip(usize::try_from(index).ok())
            else {
                continue;
            };
            let (Ok(dtype), Ok(bytes)) = (it.dtype_of(tensor), it.tensor_bytes(0, tensor)) else {
                continue;
            };
            let Some(x) = real(dtype, bytes, quant.as_ref()).filter(|x| x.len() <= self.left)
            else {
                continue;
            };
            self.left -= x.len();
            self.numbers.push((name.clone(), x));
        }
    }
}
