//! Operators one by one: operands, options and shapes that some kernel would trip over.
//!
//! Invariant: a check speaks only of what is certain: of constants' elements, and of shapes without
//! an open dimension. What a rule needs and the file does not say is let through.

mod conv;
mod general;
mod index;
mod layout;
mod matmul;
mod recurrent;
mod reduce;

use super::context::OpCheck;
use crate::op;

type Check = fn(&mut OpCheck<'_, '_, '_>);

/// The checks beyond those that hold for all operators.
static CHECKS: &[(i32, Check)] = &[
    (op::CONV_2D, conv::conv_2d),
    (op::DEPTHWISE_CONV_2D, conv::depthwise),
    (op::TRANSPOSE_CONV, conv::transpose),
    (op::CONV_3D, conv::conv_3d),
    (op::CONV_3D_TRANSPOSE, conv::conv_3d_transpose),
    (op::AVERAGE_POOL_2D, conv::pool),
    (op::MAX_POOL_2D, conv::pool),
    (op::L2_POOL_2D, conv::pool),
    (op::FULLY_CONNECTED, matmul::fully_connected),
    (op::BATCH_MATMUL, matmul::batch_matmul),
    (op::SVDF, recurrent::svdf),
    (op::RNN, recurrent::rnn),
    (op::UNIDIRECTIONAL_SEQUENCE_RNN, recurrent::rnn),
    (op::LSTM, recurrent::lstm),
    (op::UNIDIRECTIONAL_SEQUENCE_LSTM, recurrent::sequence_lstm),
    (op::RESHAPE, layout::reshape),
    (op::SQUEEZE, layout::squeeze),
    (op::EXPAND_DIMS, layout::expand_dims),
    (op::TRANSPOSE, layout::transpose),
    (op::CONCATENATION, layout::concatenation),
    (op::PACK, layout::pack),
    (op::UNPACK, layout::unpack),
    (op::SPLIT, layout::split),
    (op::SPLIT_V, layout::split_v),
    (op::PAD, layout::pad),
    (op::PADV2, layout::pad_v2),
    (op::DYNAMIC_UPDATE_SLICE, layout::dynamic_update_slice),
    (op::ADD_N, layout::add_n),
    (op::BROADCAST_ARGS, layout::broadcast_args),
    (op::MIRROR_PAD, layout::mirror_pad),
    (op::SPACE_TO_DEPTH, layout::space_to_depth),
    (op::DEPTH_TO_SPACE, layout::depth_to_space),
    (op::SPACE_TO_BATCH_ND, layout::space_to_batch),
    (op::BATCH_TO_SPACE_ND, layout::batch_to_space),
    (op::TILE, layout::tile),
    (op::BROADCAST_TO, layout::broadcast_to),
    (op::RESIZE_BILINEAR, layout::resize),
    (op::RESIZE_NEAREST_NEIGHBOR, layout::resize),
    (op::SLICE, index::slice),
    (op::STRIDED_SLICE, index::strided_slice),
    (op::GATHER, index::gather),
    (op::GATHER_ND, index::gather_nd),
    (op::SCATTER_ND, index::scatter_nd),
    (op::EMBEDDING_LOOKUP, index::embedding_lookup),
    (op::SEGMENT_SUM, index::segment_sum),
    (op::UNSORTED_SEGMENT_SUM, index::unsorted_segment),
    (op::UNSORTED_SEGMENT_PROD, index::unsorted_segment),
    (op::UNSORTED_SEGMENT_MAX, index::unsorted_segment),
    (op::UNSORTED_SEGMENT_MIN, index::unsorted_segment),
    (op::NON_MAX_SUPPRESSION_V4, index::non_max_suppression),
    (op::NON_MAX_SUPPRESSION_V5, index::non_max_suppression),
    (op::ONE_HOT, index::one_hot),
    (op::SPARSE_TO_DENSE, index::sparse_to_dense),
    (op::L2_NORMALIZATION, reduce::l2_normalization),
    (op::REVERSE_V2, reduce::reverse),
    (op::DIV, reduce::divide),
    (op::FLOOR_DIV, reduce::divide),
    (op::FLOOR_MOD, reduce::divide),
    (op::SHAPE, reduce::shape),
    (op::REVERSE_SEQUENCE, reduce::reverse_sequence),
    (op::TOPK_V2, reduce::top_k),
    (op::ARG_MAX, reduce::arg),
    (op::ARG_MIN, reduce::arg),
    (op::CUMSUM, reduce::reduce),
    (op::MEAN, reduce::reduce),
    (op::SUM, reduce::reduce),
    (op::REDUCE_PROD, reduce::reduce),
    (op::REDUCE_MAX, reduce::reduce),
    (op::REDUCE_MIN, reduce::reduce),
    (op::REDUCE_ANY, reduce::reduce),
    (op::REDUCE_ALL, reduce::reduce),
];

/// Checks one operator. Its operands exist; other rules have seen to that.
pub(super) fn check(op: &mut OpCheck<'_, '_, '_>) {
    if !general::check(op) {
        // Without the right number of operands the rest would only repeat it.
        return;
    }
    super::quant::operator(op);
    if let Some((_, check)) = CHECKS.iter().find(|(code, _)| *code == op.code) {
        check(op);
    }
}
