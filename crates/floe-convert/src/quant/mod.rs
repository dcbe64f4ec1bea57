//! Smaller numbers: what each mode does to a finished module.
//!
//! Facts: converter §4. The rules of each operator are data ([`rules`]); the modes read them.
//!
//! Invariant: a mode changes no shape and no port; the validator and the emitter know nothing of it.

mod analyse;
mod calibrate;
mod dynamic;
mod float16;
mod groups;
mod integer;
mod method;
mod params;
mod range;
mod rules;
mod samples;
mod trained;
mod weights;

pub use analyse::{Accuracy, Layer, Test};
pub use method::Calibrate;
pub(crate) use samples::Parts;
pub use samples::{Array, Samples};

use crate::convert::Options;
use crate::error::Error;
use crate::ir::{Module, NodeId};
use analyse::Analysis;
use calibrate::Observed;
use floe_graph::DType;
use integer::Target;
use std::collections::BTreeSet;

/// In what numbers a model computes and holds its weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Quantize {
    /// As the graph has them.
    #[default]
    None,
    /// Weights as float16, widened when the model is loaded.
    Float16,
    /// Weights as int8, activations quantized as they come; needs no data.
    Dynamic,
    /// Weights and activations as int8; needs representative data.
    Int8,
    /// Weights as int8, activations as int16; needs representative data.
    Int16x8,
}

impl Quantize {
    /// The activations, where they are integers.
    const fn activations(self) -> Option<DType> {
        match self {
            Self::Int8 => Some(DType::Int8),
            Self::Int16x8 => Some(DType::Int16),
            _ => None,
        }
    }
}

/// What is wanted beyond the mode.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tuning {
    /// How ranges are chosen from what is seen.
    pub calibrate: Calibrate,
    /// Whether an operator without a kernel of integers is an error: else it stays float32.
    pub full_integer: bool,
    /// Whether weights of dense layers get one scale for all, as older runtimes and some chips want.
    pub per_tensor_dense: bool,
    /// The signal to noise in dB that the outputs must reach: the layers that lose most stay float32 until they do.
    pub target_sqnr: Option<f32>,
    /// Whether it is measured what each layer costs.
    pub analyse: bool,
    /// Inputs and what they are, to count how often float and quantized model are right.
    pub test: Option<Test>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Quantized {
    pub(crate) warnings: Vec<String>,
    pub(crate) layers: Vec<Layer>,
    /// Of the outputs, over all samples that were compared.
    pub(crate) sqnr: Option<f32>,
    pub(crate) accuracy: Option<Accuracy>,
}

/// Makes sure that `module`, which came from a file, is in real numbers; constants in half precision are widened.
///
/// # Errors
/// [`Error::Request`] for a module that is quantized already, naming a tensor.
pub(crate) fn prepare(module: &mut Module) -> Result<(), Error> {
    for graph in &mut module.graphs {
        float16::widen_all(graph);
        if let Some(name) = graph.quantized() {
            return Err(Error::Request(format!(
                "the model is quantized already (tensor '{name}' has a scale): start from the one in float32"
            )));
        }
    }
    Ok(())
}

/// Applies the mode of `options` to `module`; `tell` hears what part of the work is done.
///
/// # Errors
/// [`Error::Request`] for representative data that are missing or do not fit, and for ports that the mode does not have;
/// [`Error::Unconvertible`] with what would stay float32, where nothing may.
pub(crate) fn run(
    module: &mut Module,
    options: &Options,
    tell: &mut dyn FnMut(f32),
) -> Result<Quantized, Error> {
    let (mode, tuning) = (options.quantize, &options.tuning);
    if mode == Quantize::None {
        check_ports(options)?;
        return Ok(Quantized::default());
    }
    let measured = tuning.analyse || tuning.target_sqnr.is_some() || tuning.test.is_some();
    let float = measured.then(|| module.copied());
    let mut observed = Observed::default();
    let mut warnings = Vec::new();
    if let Some(dtype) = mode.activations() {
        observed = observe(module, options, dtype, tell)?;
        let ports = options.ports.unwrap_or(DType::Float32);
        let target = Target { dtype, ports, tuning };
        let keep = match (tuning.target_sqnr, &float) {
            (Some(db), Some(float)) => fewest(float, &observed, target, options, db)?,
            _ => BTreeSet::new(),
        };
        warnings = integer::run(module, &observed, target, &keep)?;
    } else {
        check_ports(options)?;
        let pass = if mode == Quantize::Float16 { float16::run } else { dynamic::run };
        module.graphs.iter_mut().for_each(pass);
    }
    let mut done = Quantized { warnings, ..Quantized::default() };
    if let Some(float) = &float {
        if tuning.analyse && !options.samples.is_empty() {
            let analysis = Analysis::new(float, module, &options.samples)?;
            done.sqnr = analysis.outputs();
            done.layers = analysis.layers(module, &observed);
        }
        if let Some(test) = &tuning.test {
            done.accuracy = Some(test.run(float, module)?);
        }
    }
    Ok(done)
}

fn check_ports(options: &Options) -> Result<(), Error> {
    match options.ports {
        Some(ports) if ports != DType::Float32 => Err(Error::Request(format!(
            "inputs and outputs of {ports} need a mode that computes in integers: int8 or int16x8"
        ))),
        _ => Ok(()),
    }
}

/// The ranges of `module`'s floats: those that it was trained with, else those that are seen.
fn observe(
    module: &mut Module,
    options: &Options,
    dtype: DType,
    tell: &mut dyn FnMut(f32),
) -> Result<Observed, Error> {
    if options.samples.is_empty() {
        let ranges = module.graphs.first().map(trained::ranges).unwrap_or_default();
        if ranges.is_empty() {
            let why = "this mode learns ranges from representative data, and there are none: give some samples of each input";
            return Err(Error::Request(why.into()));
        }
        return Ok(Observed { ranges, ..Observed::default() });
    }
    let how = (options.tuning.calibrate, dtype);
    calibrate::run(module, &options.samples, how, options.tuning.analyse, tell)
}

/// The fewest of the operators that lose most, which must stay float32 for the outputs to reach `db`.
fn fewest(
    float: &Module,
    observed: &Observed,
    target: Target<'_>,
    options: &Options,
    db: f32,
) -> Result<BTreeSet<NodeId>, Error> {
    if options.samples.is_empty() {
        let why = "a signal to noise is measured on representative data, and there are none";
        return Err(Error::Request(why.into()));
    }
    let tried = |keep: &BTreeSet<NodeId>| -> Result<(f32, Vec<Layer>), Error> {
        let mut module = float.copied();
        integer::run(&mut module, observed, target, keep)?;
        let analysis = Analysis::new(float, &module, &options.samples)?;
        Ok((analysis.outputs().unwrap_or(f32::INFINITY), analysis.layers(&module, observed)))
    };
    let (reached, layers) = tried(&BTreeSet::new())?;
    if reached >= db {
        return Ok(BTreeSet::new());
    }
    let first = |n: usize| layers.iter().take(n).filter_map(|l| l.node).collect::<BTreeSet<_>>();
    let (mut low, mut high) = (0, layers.len());
    let (most, _) = tried(&first(high))?;
    if most < db {
        return Err(Error::Request(format!(
            "a signal to noise of {db} dB cannot be reached: {most:.1} dB with every layer that costs something in float32"
        )));
    }
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        if tried(&first(middle))?.0 >= db { high = middle } else { low = middle }
    }
    Ok(first(high))
}
