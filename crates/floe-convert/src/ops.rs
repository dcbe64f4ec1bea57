//! What the passes need to know about each operator, as data.
//!
//! Invariant: a pass asks here; it names an operator only when it is about that operator.

use crate::ir::{Builtin, Node, Op};
use Builtin as B;

/// Operators that must run though nobody reads their results.
const EFFECTS: &[B] = &[
    B::AssignVariable,
    B::CallOnce,
    B::HashtableImport,
    B::While,
    B::If,
    B::Call,
    B::Delegate,
    B::StablehloCustomCall,
];

/// Operators whose results differ from run to run on equal inputs.
const IMPURE: &[B] = &[
    B::RandomStandardNormal,
    B::RandomUniform,
    B::Multinomial,
    B::VarHandle,
    B::ReadVariable,
    B::Hashtable,
    B::HashtableFind,
    B::HashtableSize,
    B::UnidirectionalSequenceLstm,
    B::BidirectionalSequenceLstm,
    B::UnidirectionalSequenceRnn,
    B::BidirectionalSequenceRnn,
    B::Lstm,
    B::Rnn,
    B::Svdf,
    B::StablehloCase,
    B::StablehloComposite,
    B::StablehloRngBitGenerator,
    B::StablehloWhile,
];

/// Operators with an option `fused_activation_function` that takes RELU, RELU6 and RELU_N1_TO_1.
const FUSES_ACTIVATION: &[B] = &[
    B::Conv2d,
    B::DepthwiseConv2d,
    B::FullyConnected,
    B::Add,
    B::Sub,
    B::Mul,
    B::Div,
    B::AveragePool2d,
    B::MaxPool2d,
    B::L2Pool2d,
    B::TransposeConv,
    B::Conv3d,
];

/// Operators on pairs of elements of two inputs that broadcast.
const BINARY: &[B] = &[
    B::Add,
    B::Sub,
    B::Mul,
    B::Div,
    B::Maximum,
    B::Minimum,
    B::Pow,
    B::FloorDiv,
    B::FloorMod,
    B::SquaredDifference,
    B::Atan2,
    B::BitwiseXor,
    B::RightShift,
    B::LogicalAnd,
    B::LogicalOr,
    B::Equal,
    B::NotEqual,
    B::Less,
    B::LessEqual,
    B::Greater,
    B::GreaterEqual,
];

/// The option that marks control flow whose graphs have an effect, and operators without results.
pub(crate) const HAS_EFFECT: &str = "has_effect";
/// The option with the version of an operator that came from a file.
pub(crate) const VERSION: &str = "op_version";

/// Whether `node` must run though nobody reads its results.
#[must_use]
pub(crate) fn has_effect(node: &Node) -> bool {
    match &node.op {
        Op::Builtin(b) if !matches!(b, B::While | B::If) && EFFECTS.contains(b) => true,
        _ => node.attrs.bool(HAS_EFFECT),
    }
}

/// Whether equal inputs always give equal results, and nothing else happens.
#[must_use]
pub(crate) fn is_pure(op: &Op) -> bool {
    matches!(op, Op::Builtin(b) if !IMPURE.contains(b) && !EFFECTS.contains(b))
}

/// Whether `op` can apply a simple activation to its own result.
#[must_use]
pub(crate) fn fuses_activation(op: &Op) -> bool {
    matches!(op, Op::Builtin(b) if FUSES_ACTIVATION.contains(b))
}

/// Whether `op` works on pairs of elements of two inputs that broadcast.
#[must_use]
pub(crate) fn is_binary(op: Builtin) -> bool {
    BINARY.contains(&op)
}
