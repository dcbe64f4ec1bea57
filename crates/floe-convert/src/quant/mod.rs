//! Smaller numbers: what each mode does to a finished module.
//!
//! Facts: converter §4. The rules of each operator are data ([`rules`]); the modes read them.
//!
//! Invariant: a mode changes no shape and no port; the validator and the emitter know nothing of it.

mod calibrate;
mod dynamic;
mod float16;
mod groups;
mod integer;
mod params;
mod rules;
mod samples;
mod weights;

pub use samples::{Array, Samples};

use crate::error::Error;
use crate::ir::Module;
use floe_graph::DType;
use integer::Target;

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

/// Applies `mode` to `module`, whose float inputs and outputs become `ports` where it computes in integers; what the user
/// should know.
///
/// # Errors
/// [`Error::Request`] for representative data that are missing or do not fit, and for ports that the mode does not have.
pub(crate) fn run(
    module: &mut Module,
    mode: Quantize,
    samples: &Samples,
    ports: DType,
) -> Result<Vec<String>, Error> {
    let dtype = match mode {
        Quantize::Int8 => DType::Int8,
        Quantize::Int16x8 => DType::Int16,
        _ => DType::Float32,
    };
    if dtype == DType::Float32 {
        if ports != DType::Float32 {
            let why = format!(
                "inputs and outputs of {ports} need a mode that computes in integers: int8 or int16x8"
            );
            return Err(Error::Request(why));
        }
        match mode {
            Quantize::Float16 => module.graphs.iter_mut().for_each(float16::run),
            Quantize::Dynamic => module.graphs.iter_mut().for_each(dynamic::run),
            _ => {}
        }
        return Ok(Vec::new());
    }
    if samples.is_empty() {
        let why = "this mode learns ranges from representative data, and there are none: give some samples of each input";
        return Err(Error::Request(why.into()));
    }
    integer::run(module, samples, Target { dtype, ports })
}
