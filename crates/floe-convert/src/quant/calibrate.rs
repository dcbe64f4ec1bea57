//! The range of every float that a model computes, from representative inputs.
//!
//! The float model runs with the micro-interpreter's kernels, a sample at a time. Facts: converter §4.4: smallest and
//! largest over all samples, NaN left out. Invariant: memory does not grow with the number of samples.

use super::samples::Samples;
use crate::emit;
use crate::error::Error;
use crate::ir::{Entry, Module, ValueId};
use crate::valid;
use floe_graph::DType;
use floe_micro::{Interpreter, Probe, Session, SessionOptions};
use floe_tflite::{Encoded, Layout, TfLite};
use std::collections::BTreeMap;

/// Smallest and largest of what a value was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) low: f32,
    pub(super) high: f32,
}

impl Range {
    const NONE: Self = Self { low: f32::INFINITY, high: f32::NEG_INFINITY };

    /// The range of `values`; `None` when there is no number among them.
    pub(super) fn of(values: impl IntoIterator<Item = f32>) -> Option<Self> {
        let mut range = Self::NONE;
        values.into_iter().filter(|x| x.is_finite()).for_each(|x| range.include(x));
        (range.low <= range.high).then_some(range)
    }

    fn include(&mut self, x: f32) {
        self.low = self.low.min(x);
        self.high = self.high.max(x);
    }

    /// The range that covers both.
    pub(super) const fn union(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// The ranges of the main graph's values that are float32 and not constant.
pub(super) type Ranges = BTreeMap<ValueId, Range>;

/// Runs `module`, all in floats, on `samples`.
pub(super) fn run(module: &Module, samples: &Samples) -> Result<Ranges, Error> {
    let entry = module.entries.first().ok_or_else(|| Error::Invalid("there is no entry".into()))?;
    let info = valid::validate(module)?;
    let (model, tensors) = emit::emit_with_indices(module, &info)?;
    let encoded =
        Encoded::new(&model, Layout::default()).map_err(|e| Error::Emit(e.to_string()))?;
    let file = encoded.to_vec();
    let mut seen = Seen::new(&file)?;
    let mut session = Session::new(&file, SessionOptions::default()).map_err(unrun)?;
    let feeds = feeds(entry, samples)?;
    for k in 0..samples.count() {
        for (i, name) in feeds.iter().enumerate() {
            let rank = session.inputs().map_err(unrun)?.get(i).map_or(0, |p| p.signature.len());
            let array = samples.get(name);
            let (bytes, dims) =
                array.and_then(|a| a.sample(k, rank)).ok_or_else(|| misfit(name))?;
            session.resize_input(i, &dims).map_err(|_| misfit(name))?;
            session.set_input(i, bytes).map_err(|_| misfit(name))?;
            seen.input(session.inputs().map_err(unrun)?.get(i).map(|p| (p.tensor, p.dtype)), bytes);
        }
        session.reset_variables().map_err(unrun)?;
        session.invoke_with(&mut seen).map_err(unrun)?;
    }
    let main = tensors.into_iter().next().unwrap_or_default();
    Ok(main.into_iter().filter_map(|(v, t)| Some((v, seen.range(t)?))).collect())
}

/// The names of the inputs, which must be those of the samples.
fn feeds<'e>(entry: &'e Entry, samples: &Samples) -> Result<&'e [String], Error> {
    let list = || entry.inputs.join("', '");
    if let Some(odd) = samples.names().find(|n| !entry.inputs.iter().any(|i| i == n)) {
        return Err(Error::Request(format!(
            "there is no input '{odd}' for representative data: there are '{}'",
            list()
        )));
    }
    if let Some(missing) = entry.inputs.iter().find(|i| samples.get(i).is_none()) {
        return Err(Error::Request(format!(
            "input '{missing}' has no representative data, which this mode learns ranges from"
        )));
    }
    Ok(&entry.inputs)
}

fn misfit(name: &str) -> Error {
    Error::Request(format!(
        "the representative data of '{name}' does not fit the input's shape or dtype"
    ))
}

fn unrun(e: floe_micro::Error) -> Error {
    Error::Request(format!("the model could not be run on the representative data: {e}"))
}

/// What was seen of the main subgraph's tensors.
struct Seen<'d> {
    model: TfLite<'d>,
    ranges: BTreeMap<usize, Range>,
}

impl<'d> Seen<'d> {
    fn new(file: &'d [u8]) -> Result<Self, Error> {
        let model = TfLite::parse(file).map_err(|e| Error::Emit(e.to_string()))?;
        Ok(Self { model, ranges: BTreeMap::new() })
    }

    fn range(&self, tensor: i32) -> Option<Range> {
        let range = self.ranges.get(&usize::try_from(tensor).ok()?)?;
        (range.low <= range.high).then_some(*range)
    }

    fn input(&mut self, port: Option<(usize, DType)>, bytes: &[u8]) {
        if let Some((tensor, DType::Float32)) = port {
            self.floats(tensor, bytes);
        }
    }

    fn floats(&mut self, tensor: usize, bytes: &[u8]) {
        let range = self.ranges.entry(tensor).or_insert(Range::NONE);
        for x in bytes.as_chunks::<4>().0 {
            let x = f32::from_le_bytes(*x);
            if x.is_finite() {
                range.include(x);
            }
        }
    }
}

impl Probe for Seen<'_> {
    fn after(&mut self, it: &Interpreter<'_>, graph: usize, op: usize) {
        if graph != 0 {
            return;
        }
        let Ok(operator) = self.model.subgraph(0).and_then(|g| g.operator(op)) else { return };
        for tensor in operator.outputs().iter().filter_map(|t| usize::try_from(t).ok()) {
            if it.dtype_of(tensor) == Ok(DType::Float32)
                && let Ok(bytes) = it.tensor_bytes(0, tensor)
            {
                self.floats(tensor, bytes);
            }
        }
    }
}
