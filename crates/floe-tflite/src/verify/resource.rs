//! What a model needs, against what is there: memory, and the operators of a runtime.

use super::Options;
use super::context::{Place, Report};
use super::fault::Rule;
use crate::schema::fields::{buffer, model, operator, sub_graph, tensor};
use crate::{Operator, Subgraph, Tensor, TfLite, op};
use floe_graph::DType;

/// A runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// TensorFlow Lite for Microcontrollers.
    Tflm,
    /// LiteRT, once TensorFlow Lite, on phones and servers.
    LiteRt,
}

/// The operators of TensorFlow Lite for Microcontrollers, sorted.
#[rustfmt::skip]
static TFLM: &[i32] = &[
    op::ADD, op::AVERAGE_POOL_2D, op::CONCATENATION, op::CONV_2D, op::DEPTHWISE_CONV_2D, op::DEPTH_TO_SPACE,
    op::DEQUANTIZE, op::EMBEDDING_LOOKUP, op::FLOOR, op::FULLY_CONNECTED, op::L2_NORMALIZATION, op::L2_POOL_2D,
    op::LOGISTIC, op::MAX_POOL_2D, op::MUL, op::RELU, op::RELU6, op::RESHAPE, op::RESIZE_BILINEAR, op::SOFTMAX,
    op::SPACE_TO_DEPTH, op::SVDF, op::TANH, op::CUSTOM, op::PAD, op::GATHER, op::BATCH_TO_SPACE_ND,
    op::SPACE_TO_BATCH_ND, op::TRANSPOSE, op::MEAN, op::SUB, op::DIV, op::SQUEEZE,
    op::UNIDIRECTIONAL_SEQUENCE_LSTM, op::STRIDED_SLICE, op::EXP, op::SPLIT, op::LOG_SOFTMAX, op::CAST, op::PRELU,
    op::MAXIMUM, op::ARG_MAX, op::MINIMUM, op::LESS, op::NEG, op::PADV2, op::GREATER, op::GREATER_EQUAL,
    op::LESS_EQUAL, op::SLICE, op::SIN, op::TRANSPOSE_CONV, op::EXPAND_DIMS, op::EQUAL, op::NOT_EQUAL, op::LOG,
    op::SUM, op::SQRT, op::RSQRT, op::SHAPE, op::ARG_MIN, op::REDUCE_MAX, op::PACK, op::LOGICAL_OR, op::LOGICAL_AND,
    op::LOGICAL_NOT, op::UNPACK, op::REDUCE_MIN, op::FLOOR_DIV, op::SQUARE, op::ZEROS_LIKE, op::FILL, op::FLOOR_MOD,
    op::RESIZE_NEAREST_NEIGHBOR, op::LEAKY_RELU, op::SQUARED_DIFFERENCE, op::MIRROR_PAD, op::ABS, op::SPLIT_V, op::CEIL,
    op::REVERSE_V2, op::ADD_N, op::GATHER_ND, op::COS, op::ELU, op::QUANTIZE, op::ROUND, op::HARD_SWISH, op::IF,
    op::WHILE, op::SELECT_V2, op::BATCH_MATMUL, op::CUMSUM, op::CALL_ONCE, op::BROADCAST_TO, op::REDUCE_ALL,
    op::VAR_HANDLE, op::READ_VARIABLE, op::ASSIGN_VARIABLE, op::BROADCAST_ARGS, op::DYNAMIC_UPDATE_SLICE,
];

/// Checks memory and target.
pub(super) fn check(file: &TfLite<'_>, options: &Options, report: &mut Report<'_>) {
    if let Some(most) = options.max_arena {
        arena(file, most, report);
    }
    match options.target {
        Some(Target::Tflm) => tflm(file, report),
        Some(Target::LiteRt) => super::litert::check(file, report),
        None => {}
    }
}

/// The bytes of the operands and results of one operator are in memory at once: no plan can do with
/// less than the greediest operator needs.
fn arena(file: &TfLite<'_>, most: u64, report: &mut Report<'_>) {
    for graph in Place::subgraphs(file) {
        let subgraph = Subgraph::new(graph.table);
        let bytes = |index: i32| {
            let tensor = usize::try_from(index).ok().and_then(|i| subgraph.tensor(i).ok());
            tensor.filter(|t| !super::graph::is_constant(t)).map_or(0, |t| size(&t))
        };
        for place in graph.operators(*file) {
            let operator = Operator::new(place.table);
            let all = operator.inputs().iter().chain(operator.outputs().iter());
            let need = all.map(bytes).fold(0, u64::saturating_add);
            if need > most {
                let numbers = [need.cast_signed(), most.cast_signed()];
                report.table(&place, Rule::Arena, numbers);
            }
        }
    }
}

/// Bytes of a tensor in memory; as good as endless when they cannot be counted.
fn size(t: &Tensor<'_>) -> u64 {
    let bits = t.dtype().ok().and_then(DType::bits).unwrap_or(0) as u64;
    let dims = t.shape();
    let count = dims.iter().try_fold(1u64, |n, d| n.checked_mul(u64::try_from(d).ok()?));
    count.and_then(|n| n.checked_mul(bits)).map_or(i64::MAX.cast_unsigned(), |n| n.div_ceil(8))
}

fn tflm(file: &TfLite<'_>, report: &mut Report<'_>) {
    for place in Place::root(file).children(model::BUFFERS) {
        if place.table.get(buffer::OFFSET) > 1 {
            report.field(&place, buffer::OFFSET, Rule::TargetOffsets, [0; 2]);
        }
    }
    for graph in Place::subgraphs(file) {
        for place in graph.operators(*file) {
            if let Some(code) = place.op.filter(|code| TFLM.binary_search(code).is_err()) {
                report.field(&place, operator::OPCODE_INDEX, Rule::TargetOp, [code.into(), 0]);
            }
        }
        let subgraph = Subgraph::new(graph.table);
        let main_input = |i: &usize| subgraph.inputs().iter().any(|t| usize::try_from(t) == Ok(*i));
        for (i, place) in
            graph.children(sub_graph::TENSORS).enumerate().filter(|(i, _)| main_input(i))
        {
            let open = Tensor::new(place.table)
                .shape_signature()
                // A batch of one is what the shape plans for.
                .is_some_and(|s| s.iter().skip(1).any(|dim| dim < 0));
            debug_assert!(i < subgraph.tensor_count());
            if open {
                report.field(&place, tensor::SHAPE_SIGNATURE, Rule::TargetDynamic, [0; 2]);
            }
        }
    }
}
