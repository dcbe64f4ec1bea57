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
    /// The inputs that hold the activations and the bias, where integer kernels add it up.
    pub(super) sums: Option<(usize, usize)>,
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
    Weights {
        op: B::Conv2d,
        inputs: &[1],
        axis: Some(0),
        dynamic: Dynamic::Hybrid,
        sums: Some((0, 2)),
    },
    Weights {
        op: B::DepthwiseConv2d,
        inputs: &[1],
        axis: Some(3),
        dynamic: Dynamic::Hybrid,
        sums: Some((0, 2)),
    },
    Weights {
        op: B::TransposeConv,
        inputs: &[1],
        axis: Some(0),
        dynamic: Dynamic::Hybrid,
        sums: Some((2, 3)),
    },
    Weights {
        op: B::FullyConnected,
        inputs: &[1],
        axis: Some(0),
        dynamic: Dynamic::Asymmetric,
        sums: Some((0, 2)),
    },
    Weights {
        op: B::BatchMatmul,
        inputs: &[1],
        axis: None,
        dynamic: Dynamic::Asymmetric,
        sums: None,
    },
    Weights { op: B::Gather, inputs: &[0], axis: None, dynamic: Dynamic::Moved, sums: None },
    Weights {
        op: B::EmbeddingLookup,
        inputs: &[1],
        axis: None,
        dynamic: Dynamic::Hybrid,
        sums: None,
    },
    Weights {
        op: B::UnidirectionalSequenceLstm,
        inputs: &[1, 2, 3, 4, 5, 6, 7, 8],
        axis: None,
        dynamic: Dynamic::Asymmetric,
        sums: None,
    },
    Weights {
        op: B::UnidirectionalSequenceRnn,
        inputs: &[1, 2],
        axis: None,
        dynamic: Dynamic::Asymmetric,
        sums: None,
    },
];

/// The weights of `op`.
pub(super) fn weights(op: B) -> Option<&'static Weights> {
    WEIGHTS.iter().find(|w| w.op == op)
}

/// Where the scales of an operator's activations come from, when it computes in integers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scales {
    /// Each has its own.
    Free,
    /// All floats of the operator share one.
    Same,
    /// The result's scale and zero point in 8 bits, and scale in 16.
    Fixed(f32, i64, f32),
}

/// An operator with kernels of integers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Integer {
    op: B,
    pub(super) scales: Scales,
    /// Whether there is a kernel of int16.
    pub(super) int16: bool,
}

const fn both(op: B, scales: Scales) -> Integer {
    Integer { op, scales, int16: true }
}

const fn int8(op: B, scales: Scales) -> Integer {
    Integer { op, scales, int16: false }
}

/// Every operator with kernels of integers.
const INTEGERS: &[Integer] = &[
    both(B::Conv2d, Scales::Free),
    both(B::DepthwiseConv2d, Scales::Free),
    both(B::TransposeConv, Scales::Free),
    both(B::FullyConnected, Scales::Free),
    both(B::BatchMatmul, Scales::Free),
    both(B::Add, Scales::Free),
    both(B::Sub, Scales::Free),
    both(B::Mul, Scales::Free),
    both(B::Mean, Scales::Free),
    both(B::Sum, Scales::Free),
    both(B::Relu, Scales::Free),
    both(B::Relu6, Scales::Free),
    both(B::LeakyRelu, Scales::Free),
    both(B::Abs, Scales::Free),
    both(B::Rsqrt, Scales::Free),
    both(B::Exp, Scales::Free),
    both(B::Log, Scales::Free),
    both(B::Shape, Scales::Free),
    both(B::Rank, Scales::Free),
    int8(B::SquaredDifference, Scales::Free),
    int8(B::ReluN1To1, Scales::Free),
    int8(B::Prelu, Scales::Free),
    int8(B::HardSwish, Scales::Free),
    int8(B::Gelu, Scales::Free),
    int8(B::ArgMax, Scales::Free),
    int8(B::ArgMin, Scales::Free),
    int8(B::Equal, Scales::Free),
    int8(B::NotEqual, Scales::Free),
    int8(B::Less, Scales::Free),
    int8(B::LessEqual, Scales::Free),
    int8(B::Greater, Scales::Free),
    int8(B::GreaterEqual, Scales::Free),
    both(B::Softmax, Scales::Fixed(1.0 / 256.0, -128, 1.0 / 32768.0)),
    both(B::Logistic, Scales::Fixed(1.0 / 256.0, -128, 1.0 / 32768.0)),
    both(B::Tanh, Scales::Fixed(1.0 / 128.0, 0, 1.0 / 32768.0)),
    int8(B::L2Normalization, Scales::Fixed(1.0 / 128.0, 0, 0.0)),
    int8(B::LogSoftmax, Scales::Fixed(16.0 / 256.0, 127, 0.0)),
    both(B::AveragePool2d, Scales::Same),
    both(B::MaxPool2d, Scales::Same),
    both(B::Concatenation, Scales::Same),
    both(B::Pad, Scales::Same),
    both(B::Padv2, Scales::Same),
    both(B::MirrorPad, Scales::Same),
    both(B::Reshape, Scales::Same),
    both(B::Squeeze, Scales::Same),
    both(B::ExpandDims, Scales::Same),
    both(B::Transpose, Scales::Same),
    both(B::Gather, Scales::Same),
    both(B::GatherNd, Scales::Same),
    both(B::Slice, Scales::Same),
    both(B::StridedSlice, Scales::Same),
    both(B::Split, Scales::Same),
    both(B::SplitV, Scales::Same),
    both(B::Pack, Scales::Same),
    both(B::Unpack, Scales::Same),
    both(B::ResizeBilinear, Scales::Same),
    both(B::ResizeNearestNeighbor, Scales::Same),
    both(B::Tile, Scales::Same),
    both(B::BroadcastTo, Scales::Same),
    both(B::Maximum, Scales::Same),
    both(B::Minimum, Scales::Same),
    both(B::ReduceMax, Scales::Same),
    both(B::ReduceMin, Scales::Same),
    both(B::Select, Scales::Same),
    both(B::SelectV2, Scales::Same),
    both(B::TopkV2, Scales::Same),
    both(B::ReverseV2, Scales::Same),
    both(B::Fill, Scales::Same),
    int8(B::BatchToSpaceNd, Scales::Same),
    int8(B::SpaceToBatchNd, Scales::Same),
    int8(B::DepthToSpace, Scales::Same),
    int8(B::SpaceToDepth, Scales::Same),
    int8(B::DynamicUpdateSlice, Scales::Same),
    int8(B::ScatterNd, Scales::Same),
    int8(B::EmbeddingLookup, Scales::Same),
];

/// How `op` computes in integers.
pub(super) fn integer(op: B) -> Option<&'static Integer> {
    INTEGERS.iter().find(|i| i.op == op)
}
