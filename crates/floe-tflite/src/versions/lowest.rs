//! The lowest version of each operator that expresses what it does: by types, ranks and options.
//!
//! Facts of LiteRT's converter. For each operator the rows stand from the most particular to the
//! plainest; the first that holds gives the version, none gives 1.

use super::Signature;
use crate::op;
use crate::schema::enums::{
    activation_function_type, fully_connected_options_weights_format, lstm_kernel_type,
};
use crate::schema::fields::{
    add_options, batch_mat_mul_options, bidirectional_sequence_lstm_options,
    bidirectional_sequence_rnn_options, conv_2d_options, depthwise_conv_2d_options,
    fake_quant_options, fully_connected_options, gather_options, lstm_options,
    resize_bilinear_options, resize_nearest_neighbor_options, rnn_options, sequence_rnn_options,
    strided_slice_options, sub_options, svdf_options, transpose_conv_options,
    unidirectional_sequence_lstm_options,
};
use floe_graph::DType::{
    Bfloat16, Bool, Complex64, Float16, Float32, Float64, Int2, Int4, Int8, Int16, Int32, Int64,
    String, Uint4, Uint8, Uint16, Uint32,
};

type When = fn(&Signature<'_, '_>) -> bool;
type Rows = &'static [(i32, When)];

/// The lowest version for `s`.
pub(super) fn lowest(code: i32, s: &Signature<'_, '_>) -> i32 {
    let rows = RULES.iter().find(|(codes, _)| codes.contains(&code));
    let hit = rows.and_then(|(_, rows)| rows.iter().find(|(_, when)| when(s)));
    match hit {
        Some((version, _)) => *version,
        // Its first version was taken back.
        None if code == op::BROADCAST_TO => 2,
        None => 1,
    }
}

/// Real input and output with weights of `Int8`.
fn hybrid(s: &Signature<'_, '_>) -> bool {
    s.input(0, Float32) && s.input(1, Int8) && s.output(0, Float32)
}

fn fixed(s: &Signature<'_, '_>, weights: floe_graph::DType) -> bool {
    s.input(0, Int8) && s.input(1, weights) && s.output(0, Int8)
}

fn wide(s: &Signature<'_, '_>, weights: floe_graph::DType) -> bool {
    s.input(0, Int16) && s.input(1, weights) && s.output(0, Int16)
}

const INT8: Rows = &[(2, |s| s.input(0, Int8))];
const INT8_OR_INT16: Rows = &[(2, |s| s.input(0, Int8) || s.input(0, Int16))];
const INT16_INT8: Rows = &[(3, |s| s.input(0, Int16)), (2, |s| s.input(0, Int8))];
const INT16_BYTES: Rows =
    &[(3, |s| s.input(0, Int16)), (2, |s| s.input(0, Int8) || s.input(0, Uint8))];
const FLOAT16: Rows = &[(2, |s| s.input(0, Float16))];

#[rustfmt::skip]
static RULES: &[(&[i32], Rows)] = &[
    (&[op::CONV_2D], &[
        (8, |s| wide(s, Int8) && s.option(conv_2d_options::QUANTIZED_BIAS_TYPE) != 0),
        (6, |s| s.grouped()),
        (4, |s| wide(s, Int16)),
        (3, |s| fixed(s, Int8)),
        (7, |s| fixed(s, Int4)),
        (5, |s| hybrid(s) && s.per_axis(1)),
        (2, hybrid),
    ]),
    (&[op::DEPTHWISE_CONV_2D], &[
        (5, |s| wide(s, Int16)),
        (6, |s| hybrid(s) && s.per_axis(1)),
        (4, hybrid),
        (3, |s| fixed(s, Int8)),
        (7, |s| fixed(s, Int4)),
        (2, |s| s.option(depthwise_conv_2d_options::DILATION_W_FACTOR) != 1
            || s.option(depthwise_conv_2d_options::DILATION_H_FACTOR) != 1),
    ]),
    (&[op::EMBEDDING_LOOKUP], &[(4, |s| s.input(1, Int4) || s.per_axis(1)), (5, |s| s.input(1, Int2))]),
    (&[op::FAKE_QUANT], &[(2, |s| s.option(fake_quant_options::NARROW_RANGE))]),
    (&[op::FULLY_CONNECTED], &[
        (14, |s| s.input(1, Int2)),
        (13, |s| wide(s, Int4)),
        (12, |s| hybrid(s) && s.per_axis(1)),
        (11, |s| wide(s, Int8) && s.option(fully_connected_options::QUANTIZED_BIAS_TYPE) != 0),
        (8, |s| s.sparse(1)),
        (7, |s| wide(s, Int16)),
        (6, |s| s.inputs() == 2),
        (5, |s| s.option(fully_connected_options::KEEP_NUM_DIMS)),
        (4, |s| fixed(s, Int8)),
        (10, |s| fixed(s, Int4)),
        (9, |s| hybrid(s) && s.option(fully_connected_options::ASYMMETRIC_QUANTIZE_INPUTS)),
        (3, hybrid),
        (2, |s| s.option(fully_connected_options::WEIGHTS_FORMAT)
            == fully_connected_options_weights_format::SHUFFLED4X16INT8),
    ]),
    (&[op::GATHER], &[
        (7, |s| s.input(0, Int4)),
        (6, |s| s.input(1, Int16)),
        (5, |s| s.option(gather_options::BATCH_DIMS) != 0),
        (4, |s| s.input(0, Int16)),
        (3, |s| s.input(0, Bool)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::SVDF], &[
        (3, |s| s.input(0, Int8)),
        (4, |s| hybrid(s) && s.option(svdf_options::ASYMMETRIC_QUANTIZE_INPUTS)),
        (2, hybrid),
    ]),
    (&[op::SIGN], &[(2, |s| s.input(0, Int32))]),
    (&[op::SIN, op::COS], FLOAT16),
    (&[op::MUL], &[
        (8, |s| s.input(0, Float16)),
        (7, |s| s.input(0, Int16) && !s.quantized(0) || s.input(0, Uint32)),
        (6, |s| s.input(0, Complex64)),
        (5, |s| s.input(0, Int64)),
        (4, |s| s.input(0, Int16)),
        (3, |s| s.rescale().is_some_and(|r| r >= 1.0)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::MAX_POOL_2D, op::AVERAGE_POOL_2D, op::TANH, op::LOGISTIC], INT16_INT8),
    (&[op::TRANSPOSE], &[
        (9, |s| s.input(0, Float16)),
        (8, |s| s.rank(0) > 6 || s.input(0, Bfloat16)),
        (7, |s| s.input(0, Int4)),
        (6, |s| s.rank(0) > 5),
        (5, |s| s.input(0, Int16)),
        (4, |s| s.rank(0) > 4),
        (3, |s| s.input(0, Bool)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::TRANSPOSE_CONV], &[
        (5, |s| wide(s, Int8) && s.option(transpose_conv_options::QUANTIZED_BIAS_TYPE) != 0),
        (4, |s| s.option(transpose_conv_options::FUSED_ACTIVATION_FUNCTION) != activation_function_type::NONE),
        (3, |s| s.inputs() == 4 && s.given(3)),
        (2, |s| s.input(1, Int8)),
    ]),
    (&[op::LSTM], &[
        (5, |s| s.option(lstm_options::KERNEL_TYPE) == lstm_kernel_type::FULL
            && s.input(0, Int16) && s.input(2, Int8) && s.output(0, Int16)),
        (4, |s| hybrid_lstm(s) && s.option(lstm_options::KERNEL_TYPE) == lstm_kernel_type::FULL
            && s.option(lstm_options::ASYMMETRIC_QUANTIZE_INPUTS)),
        (3, |s| hybrid_lstm(s) && s.option(lstm_options::KERNEL_TYPE) == lstm_kernel_type::FULL),
        (2, |s| s.option(lstm_options::KERNEL_TYPE) == lstm_kernel_type::BASIC),
    ]),
    (&[op::UNIDIRECTIONAL_SEQUENCE_LSTM], &[
        (5, |s| s.input(0, Int16) && s.input(2, Int8) && s.output(0, Int16)),
        (4, |s| s.option(unidirectional_sequence_lstm_options::DIAGONAL_RECURRENT_TENSORS)),
        (3, |s| hybrid_lstm(s) && s.option(unidirectional_sequence_lstm_options::ASYMMETRIC_QUANTIZE_INPUTS)),
        (2, hybrid_lstm),
    ]),
    (&[op::SPLIT], &[(4, |s| s.input(1, Int16)), (3, |s| s.input(1, Int32)), (2, |s| s.input(1, Int8))]),
    (&[op::SPARSE_TO_DENSE], &[(3, |s| s.input(2, Int8) || s.input(2, Uint8)), (2, |s| s.input(2, Int64))]),
    (&[op::SLICE], &[
        (8, |s| s.input(0, Float16)),
        (7, |s| s.input(0, Int4)),
        (6, |s| s.input(0, Uint32)),
        (5, |s| s.rank(0) > 4),
        (4, |s| s.input(0, Int16)),
        (3, |s| s.input(0, String)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::UNPACK], &[
        (2, |s| s.input(0, Int8) || s.input(0, Uint8)),
        (3, |s| s.input(0, Bool)),
        (4, |s| s.input(0, Int16)),
        (5, |s| s.input(0, Float16) || s.input(0, Bfloat16)),
    ]),
    (&[op::DEQUANTIZE], &[
        (8, |s| s.input(0, Uint4)),
        (7, |s| s.input(0, Int2)),
        (6, |s| s.input(0, Int4)),
        (3, |s| s.input(0, Int16) || s.input(0, Float16)),
        (5, |s| s.input(0, Int8) && s.per_axis(0)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::QUANTIZE], &[
        (5, |s| s.input(0, Uint4) || s.output(0, Uint4)),
        (4, |s| s.input(0, Int4) || s.output(0, Int4)),
        (3, |s| s.output_per_axis()),
        (2, |s| s.output(0, Int16)),
    ]),
    (&[op::FLOOR_DIV], &[(3, |s| s.input(0, Int16) || s.input(0, Int8)), (2, |s| s.input(0, Float32))]),
    (&[op::FLOOR_MOD], INT8_OR_INT16),
    (&[op::L2_NORMALIZATION], &[(2, |s| s.output(0, Int8))]),
    (&[op::ABS], &[
        (5, |s| s.input(0, Int32)),
        (3, |s| s.input(0, Int16) && s.quantized(0)),
        (4, |s| s.input(0, Int16)),
        (2, |s| s.input(0, Int8) || s.input(0, Uint8)),
    ]),
    (&[op::RELU], INT16_BYTES),
    (&[op::STRIDED_SLICE], &[
        (8, |s| s.option(strided_slice_options::OFFSET)),
        (7, |s| s.input(0, Uint32)),
        (6, |s| s.option(strided_slice_options::ELLIPSIS_MASK) != 0
            || s.option(strided_slice_options::NEW_AXIS_MASK) != 0),
        (5, |s| s.input(0, String)),
        (4, |s| s.rank(0) > 4),
        (3, |s| s.input(0, Bool)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::REVERSE_V2], &[(3, |s| s.input(0, Int8)), (2, |s| s.input(0, Bool))]),
    (&[op::RESIZE_BILINEAR], &[
        (4, |s| s.input(0, Int16)),
        (3, |s| s.option(resize_bilinear_options::HALF_PIXEL_CENTERS)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::RESIZE_NEAREST_NEIGHBOR], &[
        (4, |s| s.input(0, Int16)),
        (3, |s| s.option(resize_nearest_neighbor_options::HALF_PIXEL_CENTERS)
            || s.option(resize_nearest_neighbor_options::ALIGN_CORNERS)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::MAXIMUM, op::MINIMUM], &[
        (4, |s| s.input(0, Int16)),
        (3, |s| s.broadcasts_beyond(4)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::PACK], &[(2, |s| s.input(0, Int8)), (3, |s| s.input(0, Int16)), (4, |s| s.input(0, Uint32))]),
    (&[op::TILE], &[(3, |s| s.input(0, Int8)), (2, |s| s.input(0, String))]),
    (&[op::SQUEEZE], &[(2, |s| s.input(0, String))]),
    (&[op::SPACE_TO_BATCH_ND, op::BATCH_TO_SPACE_ND], &[
        (4, |s| s.input(0, Int16)),
        (3, |s| s.rank(0) != 4),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::ADD], &[
        (6, |s| s.input(0, Float16)),
        (5, |s| s.input(0, Int16) && !s.quantized(0)),
        (4, |s| s.input(0, Int64)),
        (3, |s| s.input(0, Int16) && !s.option(add_options::POT_SCALE_INT16)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::SUB], &[
        (5, |s| s.input(0, Int16) && !s.option(sub_options::POT_SCALE_INT16)),
        (4, |s| s.input(0, Int64)),
        (3, |s| s.broadcasts_beyond(4)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::GATHER_ND], &[
        (5, |s| s.input(0, Bool)),
        (4, |s| s.input(1, Int16)),
        (3, |s| s.input(0, Int16)),
        (2, |s| s.input(0, String)),
    ]),
    (&[op::DIV], &[(2, |s| s.broadcasts_beyond(4))]),
    (&[op::FILL], &[
        (4, |s| s.input(1, Float16)),
        (3, |s| s.input(1, Int8) || s.input(1, Int16)),
        (2, |s| s.input(1, Bool) || s.input(1, String)),
    ]),
    (&[op::EQUAL], &[(5, |s| s.input(0, Int16)), (3, |s| s.input(0, String)), (2, |s| s.input(0, Int8))]),
    (&[op::NOT_EQUAL], &[(4, |s| s.input(0, Int16)), (3, |s| s.input(0, String)), (2, |s| s.input(0, Int8))]),
    (&[op::LEAKY_RELU], &[(2, |s| s.input(0, Int16))]),
    (&[op::RANGE], &[(2, |s| s.input(0, Int64))]),
    (&[op::BATCH_MATMUL], &[
        (3, |s| s.input(0, Int16)),
        (2, |s| s.input(0, Int8)),
        (4, |s| hybrid(s) && s.option(batch_mat_mul_options::ASYMMETRIC_QUANTIZE_INPUTS)),
    ]),
    (&[op::PAD, op::PADV2], &[
        (5, |s| s.input(0, Bool)),
        (4, |s| s.rank(0) > 4),
        (3, |s| s.input(0, Int16)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::CONCATENATION], &[
        (6, |s| s.input(0, Float16)),
        (5, |s| s.input(0, Int4)),
        (4, |s| s.input(0, Uint32)),
        (3, |s| s.input(0, Int16)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::SOFTMAX], &[(4, |s| s.input(0, Float16)), (3, |s| s.input(0, Int16)), (2, |s| s.input(0, Int8))]),
    (&[op::MEAN, op::MIRROR_PAD, op::REDUCE_MAX, op::REDUCE_MIN, op::RELU6, op::RSQRT], INT16_INT8),
    (&[op::RNN], &[
        (3, |s| hybrid_rnn(s) && s.option(rnn_options::ASYMMETRIC_QUANTIZE_INPUTS)),
        (2, hybrid_rnn),
    ]),
    (&[op::UNIDIRECTIONAL_SEQUENCE_RNN], &[
        (3, |s| hybrid_rnn(s) && s.option(sequence_rnn_options::ASYMMETRIC_QUANTIZE_INPUTS)),
        (2, hybrid_rnn),
    ]),
    (&[op::BIDIRECTIONAL_SEQUENCE_RNN], &[
        (3, |s| hybrid_rnn(s) && s.option(bidirectional_sequence_rnn_options::ASYMMETRIC_QUANTIZE_INPUTS)),
        (2, hybrid_rnn),
    ]),
    (&[op::BIDIRECTIONAL_SEQUENCE_LSTM], &[
        (3, |s| hybrid_rnn(s) && s.option(bidirectional_sequence_lstm_options::ASYMMETRIC_QUANTIZE_INPUTS)),
        (2, hybrid_rnn),
    ]),
    (&[op::ARG_MAX, op::ARG_MIN], &[(3, |s| s.input(0, Bool)), (2, |s| s.input(0, Int8))]),
    (&[op::SELECT], &[
        (4, |s| s.input(0, Uint32)),
        (3, |s| (0..3).any(|i| s.rank(i) == 5)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::LESS, op::GREATER_EQUAL], INT16_INT8),
    (&[op::SELECT_V2], &[(2, |s| s.input(0, Uint32))]),
    (&[
        op::SPACE_TO_DEPTH, op::SPLIT_V, op::SUM, op::LOG_SOFTMAX, op::GREATER, op::LESS_EQUAL,
        op::SQUARED_DIFFERENCE, op::DEPTH_TO_SPACE,
    ], INT8),
    (&[op::TOPK_V2], &[
        (3, |s| s.input(0, Int16) || s.input(1, Int16) || s.output(1, Int16)),
        (2, |s| s.input(0, Int8)),
    ]),
    (&[op::EXP, op::LOG, op::REDUCE_PROD, op::SQRT], INT8_OR_INT16),
    (&[op::DYNAMIC_UPDATE_SLICE], &[
        (6, |s| s.input(0, Bfloat16)),
        (5, |s| s.input(0, Int4)),
        (4, |s| s.input(0, Int16)),
        (3, |s| s.input(0, Float16)),
        (2, |s| s.input(2, Int64)),
    ]),
    (&[op::BROADCAST_TO], &[(3, |s| s.input(0, Int8) || s.input(0, Int16))]),
    (&[op::CAST], &[
        (8, |s| s.either(Int2) || s.either(Uint4)),
        (7, |s| s.either(Bfloat16)),
        (6, |s| s.input(0, Int4) && s.output(0, Float32)),
        (5, |s| s.either(Float64) || s.either(Float16)),
        (4, |s| s.either(Uint16)),
        (3, |s| s.either(Int8)),
        (2, |s| s.either(Uint32)),
    ]),
    (&[op::WHERE], &[(2, |s| !s.input(0, Bool))]),
    (&[op::GELU], &[(2, |s| s.input(0, Int8) || s.input(0, Uint8))]),
];

fn hybrid_lstm(s: &Signature<'_, '_>) -> bool {
    s.input(0, Float32) && s.input(2, Int8) && s.output(0, Float32)
}

fn hybrid_rnn(s: &Signature<'_, '_>) -> bool {
    s.input(1, Int8) && s.output(0, Float32)
}
