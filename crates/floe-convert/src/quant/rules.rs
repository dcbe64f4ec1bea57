//! What quantization needs to know about each operator, as data.
//!
//! Facts: converter §4.1, §4.2.

use crate::ir::Builtin as B;

/// The weights of an operator.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    pub(super) op: B,
    /// The inputs that hold them.
    pub(super) inputs: &'static [usize],
    /// The dimension with a scale for each slice; `None` for one scale.
    pub(super) axis: Option<usize>,
    /// What dynamic-range quantization does with them.
    pub(super) dynamic: Dynamic,
}

/// What becomes of weights when activations stay float32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dynamic {
    /// The kernel takes them and quantizes the activations itself.
    Hybrid,
    /// The same, with a zero point for the activations where the option asks for it.
    Asymmetric,
    /// The operator moves them; its result is widened.
    Moved,
}

/// Every operator with weights.
pub(super) const WEIGHTS: &[Weights] = &[
    Weights { op: B::Conv2d, inputs: &[1], axis: Some(0), dynamic: Dynamic::Hybrid },
    Weights { op: B::DepthwiseConv2d, inputs: &[1], axis: Some(3), dynamic: Dynamic::Hybrid },
    Weights { op: B::TransposeConv, inputs: &[1], axis: Some(0), dynamic: Dynamic::Hybrid },
    Weights { op: B::FullyConnected, inputs: &[1], axis: Some(0), dynamic: Dynamic::Asymmetric },
    Weights { op: B::BatchMatmul, inputs: &[1], axis: None, dynamic: Dynamic::Asymmetric },
    Weights { op: B::Gather, inputs: &[0], axis: None, dynamic: Dynamic::Moved },
    Weights { op: B::EmbeddingLookup, inputs: &[1], axis: None, dynamic: Dynamic::Hybrid },
    Weights {
        op: B::UnidirectionalSequenceLstm,
        inputs: &[1, 2, 3, 4, 5, 6, 7, 8],
        axis: None,
        dynamic: Dynamic::Asymmetric,
    },
    Weights {
        op: B::UnidirectionalSequenceRnn,
        inputs: &[1, 2],
        axis: None,
        dynamic: Dynamic::Asymmetric,
    },
];

/// The weights of `op`.
pub(super) fn weights(op: B) -> Option<&'static Weights> {
    WEIGHTS.iter().find(|w| w.op == op)
}
