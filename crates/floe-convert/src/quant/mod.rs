//! Smaller numbers: what each mode does to a finished module.
//!
//! Facts: converter §4. The rules of each operator are data ([`rules`]); the modes read them.
//!
//! Invariant: a mode changes no shape and no port; the validator and the emitter know nothing of it.

mod dynamic;
mod float16;
mod rules;
mod weights;

use crate::ir::Module;

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
}

/// Applies `mode` to `module`.
pub(crate) fn run(module: &mut Module, mode: Quantize) {
    match mode {
        Quantize::None => {}
        Quantize::Float16 => module.graphs.iter_mut().for_each(float16::run),
        Quantize::Dynamic => module.graphs.iter_mut().for_each(dynamic::run),
    }
}
