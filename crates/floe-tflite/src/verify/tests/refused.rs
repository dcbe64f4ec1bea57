//! What LiteRT refuses or dies of, found by changing one thing in its own kernels' test models.

use super::cases::Case;
use super::make::{Make, conv, fully_connected, ints, options, quantized};
use crate::build::QuantSpec;
use crate::op;
use crate::owned::Object;
use crate::schema::TableId;
use crate::schema::enums::{activation_function_type, padding, tensor_type};
use crate::schema::fields::{
    arg_max_options, concatenation_options, conv_3d_options, fully_connected_options,
    gather_options, l2_norm_options, resize_bilinear_options, shape_options, split_v_options,
    transpose_conv_options, unidirectional_sequence_lstm_options,
};
use floe_graph::DType::{self, Float32, Int8, Int16, Int32, Int64};
use std::vec;

const FIRST: &str = "subgraphs[0].operators[0].inputs[0]";
const SECOND: &str = "subgraphs[0].operators[0].inputs[1]";
const THIRD: &str = "subgraphs[0].operators[0].inputs[2]";
const RESULT: &str = "subgraphs[0].operators[0].outputs[0]";

#[rustfmt::skip]
pub(super) const BROKEN: &[Case] = &[
    ("sum of an operand of scale 0", "zero-scale-used", SECOND, || binary(op::ADD, TableId::ADD_OPTIONS, Int8).with(|m| m.spec(1).quant = Some(QuantSpec::per_tensor(0.0, 0)))),
    ("16 bits off centre", "zero-point-used", FIRST, || binary(op::MUL, TableId::MUL_OPTIONS, Int16).with(|m| m.spec(0).quant = Some(QuantSpec::per_tensor(0.5, 1)))),
    ("16-bit result off centre", "zero-point-used", RESULT, || binary(op::ADD, TableId::ADD_OPTIONS, Int16).with(|m| m.spec(2).quant = Some(QuantSpec::per_tensor(0.5, 1)))),
    ("maximum that would rescale", "same-scale-asked", RESULT, || {
        Make::one(op::REDUCE_MAX, &[(Int8, &[4])], &[(Int32, &[1], ints(&[0]))], &[(Int8, &[1])], options(TableId::REDUCER_OPTIONS)).with(|m| {
            m.spec(0).quant = Some(QuantSpec::per_tensor(0.5, 0));
            m.spec(2).quant = Some(QuantSpec::per_tensor(0.25, 0));
        })
    }),
    ("16-bit softmax of another scale", "fixed-scale", RESULT, || {
        Make::one(op::SOFTMAX, &[(Int16, &[1, 4])], &[], &[(Int16, &[1, 4])], options(TableId::SOFTMAX_OPTIONS)).with(|m| {
            m.spec(0).quant = Some(QuantSpec::per_tensor(0.1, 0));
            m.spec(1).quant = Some(QuantSpec::per_tensor(0.1, 0));
        })
    }),
    ("filter without a scale", "no-quantization", SECOND, || conv().with(|m| {
        for (tensor, dtype) in [(0, Int8), (1, Int8), (2, Int32), (3, Int8)] {
            m.spec(tensor).dtype = dtype;
            m.spec(tensor).quant = (tensor != 1).then(|| QuantSpec::per_tensor(0.5, 0));
        }
        *m.data(1) = Some(vec![1; 54]);
    })),
    ("remainder by 0", "zero-divisor", SECOND, || Make::one(op::FLOOR_MOD, &[(Int32, &[2])], &[(Int32, &[2], ints(&[3, 0]))], &[(Int32, &[2])], None)),
    ("corners and centres", "exclusive-options", "subgraphs[0].operators[0].builtin_options", || {
        let both = Object::new(TableId::RESIZE_BILINEAR_OPTIONS)
            .with(resize_bilinear_options::ALIGN_CORNERS, true)
            .with(resize_bilinear_options::HALF_PIXEL_CENTERS, true);
        Make::one(op::RESIZE_BILINEAR, &[(Float32, &[1, 2, 2, 1])], &[(Int32, &[2], ints(&[4, 4]))], &[(Float32, &[1, 4, 4, 1])], Some(both))
    }),
    ("result that LiteRT gives a type", "result-type-given", RESULT, || binary(op::ADD, TableId::ADD_OPTIONS, Int8).with(|m| m.spec(2).dtype = Float32)),
    ("quantized by a scale of 0", "zero-scale-used", RESULT, || Make::one(op::QUANTIZE, &[(Float32, &[4])], &[], &[(Int8, &[4])], None).with(|m| m.spec(1).quant = Some(QuantSpec::per_tensor(0.0, 0)))),
    ("quantized by no scale", "no-quantization", RESULT, || Make::one(op::QUANTIZE, &[(Float32, &[4])], &[], &[(Int8, &[4])], None)),
    ("spread to less than nothing", "negative", SECOND, || Make::indexed(op::BROADCAST_TO, &[1], &[&[-2]], &[2], None)),
    ("integers of a real layer", "result-type", RESULT, || fully_connected().with(|m| m.spec(3).dtype = Int32)),
    ("activation that integers do not have", "unknown-number", "subgraphs[0].operators[0].builtin_options.fused_activation_function", || quantized().with(|m| {
        let options = m.op(0).options.as_mut().unwrap();
        options.set(fully_connected_options::FUSED_ACTIVATION_FUNCTION, activation_function_type::TANH);
    })),
    ("joined with an activation", "unknown-number", "subgraphs[0].operators[0].builtin_options.fused_activation_function", || {
        let fused = Object::new(TableId::CONCATENATION_OPTIONS)
            .with(concatenation_options::FUSED_ACTIVATION_FUNCTION, activation_function_type::RELU);
        Make::one(op::CONCATENATION, &[(Float32, &[2]), (Float32, &[2])], &[], &[(Float32, &[4])], Some(fused))
    }),
    ("place of another type", "result-type", "subgraphs[0].operators[0].builtin_options.output_type", || {
        let real = Object::new(TableId::ARG_MAX_OPTIONS).with(arg_max_options::OUTPUT_TYPE, tensor_type::FLOAT16);
        Make::one(op::ARG_MAX, &[(Float32, &[4])], &[(Int32, &[1], ints(&[0]))], &[(Int64, &[1])], Some(real))
    }),
    ("places along two axes", "operand-shape", SECOND, || {
        let whole = Object::new(TableId::ARG_MAX_OPTIONS).with(arg_max_options::OUTPUT_TYPE, tensor_type::INT64);
        Make::one(op::ARG_MAX, &[(Float32, &[4]), (Int32, &[2])], &[], &[(Int64, &[1])], Some(whole))
    }),
    ("shape of another type", "result-type", "subgraphs[0].operators[0].builtin_options.out_type", || {
        let bytes = Object::new(TableId::SHAPE_OPTIONS).with(shape_options::OUT_TYPE, tensor_type::UINT8);
        Make::one(op::SHAPE, &[(Float32, &[4])], &[], &[(Int32, &[1])], Some(bytes))
    }),
    ("less than no parts", "output-count", "subgraphs[0].operators[0].builtin_options.num_splits", || {
        let none = Object::new(TableId::SPLIT_V_OPTIONS).with(split_v_options::NUM_SPLITS, -1);
        let constants = [(Int32, &[1][..], ints(&[4])), (Int32, &[1], ints(&[0]))];
        Make::one(op::SPLIT_V, &[(Float32, &[4])], &constants, &[(Float32, &[4])], Some(none))
    }),
    ("new shape that nobody gives", "reshape-count", "subgraphs[0].operators[0]", || Make::one(op::RESHAPE, &[(Float32, &[4])], &[], &[(Float32, &[4])], None)),
    ("mirror of no mode", "no-options", "subgraphs[0].operators[0].builtin_options", || Make::indexed(op::MIRROR_PAD, &[4], &[&[1, 1]], &[6], None).with(|m| m.spec(1).shape = vec![1, 2])),
    ("pads in columns", "operand-shape", SECOND, || Make::indexed(op::PAD, &[4, 4], &[&[1, 1, 1, 1, 1, 1, 1, 1]], &[6, 6], None).with(|m| m.spec(1).shape = vec![2, 4])),
    ("batches beyond the axis", "axis", "subgraphs[0].operators[0].builtin_options.batch_dims", || {
        let batches = Object::new(TableId::GATHER_OPTIONS).with(gather_options::BATCH_DIMS, 1);
        Make::indexed(op::GATHER, &[2, 3], &[&[0, 1]], &[2, 3], Some(batches))
    }),
    ("product with whole numbers", "operand-type", SECOND, || {
        Make::one(op::BATCH_MATMUL, &[(Float32, &[2, 3]), (Int32, &[3, 2])], &[], &[(Float32, &[2, 2])], options(TableId::BATCH_MAT_MUL_OPTIONS))
    }),
    ("segments of another shape", "operand-shape", SECOND, || {
        let constants = [(Int32, &[1][..], ints(&[2]))];
        Make::one(op::UNSORTED_SEGMENT_SUM, &[(Float32, &[4, 2]), (Int32, &[5])], &constants, &[(Float32, &[2, 2])], None)
    }),
    ("axes in a table", "operand-rank", SECOND, || Make::indexed(op::REVERSE_V2, &[4], &[&[0]], &[4], None).with(|m| m.spec(1).shape = vec![1, 1])),
    ("begin in a table", "operand-rank", SECOND, || {
        Make::indexed(op::STRIDED_SLICE, &[4], &[&[0], &[2], &[1]], &[2], options(TableId::STRIDED_SLICE_OPTIONS)).with(|m| m.spec(1).shape = vec![1, 1])
    }),
    ("rows looked up in a table", "operand-rank", FIRST, || Make::one(op::EMBEDDING_LOOKUP, &[(Int32, &[2, 1])], &[(Float32, &[4, 3], super::make::reals(12))], &[(Float32, &[2, 3])], None)),
    ("update of another rank", "operand-rank", SECOND, || update(&[1])),
    ("update larger than its place", "operand-shape", SECOND, || update(&[1, 5])),
    ("shapes of no rank", "operand-rank", FIRST, || Make::one(op::BROADCAST_ARGS, &[(Int32, &[1, 2]), (Int32, &[2])], &[], &[(Int32, &[2])], None)),
    ("sum of several shapes", "operand-shape", SECOND, || Make::one(op::ADD_N, &[(Float32, &[2, 3]), (Float32, &[2, 4])], &[], &[(Float32, &[2, 3])], None)),
    ("size in bytes", "operand-type", SECOND, || Make::one(op::RESIZE_NEAREST_NEIGHBOR, &[(Float32, &[1, 2, 2, 1])], &[(Int64, &[2], ints(&[4, 0, 4, 0]))], &[(Float32, &[1, 4, 4, 1])], options(TableId::RESIZE_NEAREST_NEIGHBOR_OPTIONS))),
    ("real numbers unpacked", "operand-type", FIRST, || Make::unary(op::DEQUANTIZE, &[4], None)),
    ("stride that leads elsewhere", "operand-shape", THIRD, || transpose_conv(4, Float32)),
    ("upsampled into another type", "result-type", RESULT, || transpose_conv(2, Int8)),
    ("padded with several values", "operand-shape", THIRD, || {
        let constants = [(Int32, &[1, 2][..], ints(&[1, 1])), (Float32, &[2], super::make::reals(2))];
        Make::one(op::PADV2, &[(Float32, &[4])], &constants, &[(Float32, &[6])], None)
    }),
    ("real filter of bytes", "operand-type", SECOND, || {
        let steps = Object::new(TableId::CONV_3D_OPTIONS)
            .with(conv_3d_options::STRIDE_D, 1)
            .with(conv_3d_options::STRIDE_H, 1)
            .with(conv_3d_options::STRIDE_W, 1);
        Make::one(op::CONV_3D, &[(Float32, &[1, 2, 2, 2, 1])], &[(Int8, &[1, 1, 1, 1, 1], vec![1])], &[(Float32, &[1, 2, 2, 2, 1])], Some(steps))
    }),
    ("clipped to less than nothing", "negative", "subgraphs[0].operators[0].builtin_options.cell_clip", || {
        let clip = Object::new(TableId::UNIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS)
            .with(unidirectional_sequence_lstm_options::CELL_CLIP, -1.0);
        Make::one(op::UNIDIRECTIONAL_SEQUENCE_LSTM, &[(Float32, &[1, 2][..]); 20], &[], &[(Float32, &[1, 2])], Some(clip))
    }),
    ("less than no boxes", "negative", THIRD, || boxes(&[3, 4], &[3], -1)),
    ("boxes of three corners", "operand-shape", FIRST, || boxes(&[3, 3], &[3], 1)),
    ("scores of other boxes", "operand-shape", SECOND, || boxes(&[3, 4], &[4], 1)),
    ("normalized with an activation", "unknown-number", "subgraphs[0].operators[0].builtin_options.fused_activation_function", || {
        let fused = Object::new(TableId::L2_NORM_OPTIONS)
            .with(l2_norm_options::FUSED_ACTIVATION_FUNCTION, activation_function_type::RELU);
        Make::unary(op::L2_NORMALIZATION, &[1, 4], Some(fused))
    }),
    ("more updates than indices", "operand-shape", SECOND, || scatter(&[3, 3])),
    ("updates of part of a row", "operand-shape", SECOND, || scatter(&[2, 2])),
    ("updates of another rank", "operand-rank", SECOND, || scatter(&[6])),
    ("LSTM of 21 inputs", "input-count", "subgraphs[0].operators[0]", || {
        let inputs = [(Float32, &[1, 2][..]); 21];
        Make::one(op::UNIDIRECTIONAL_SEQUENCE_LSTM, &inputs, &[], &[(Float32, &[1, 2])], options(TableId::UNIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS))
    }),
];

/// Two operands and a result of four numbers each, of scale 0.5.
fn binary(op: i32, id: TableId, dtype: DType) -> Make {
    Make::one(op, &[(dtype, &[4]), (dtype, &[4])], &[], &[(dtype, &[4])], options(id)).with(|m| {
        for tensor in 0..3 {
            m.spec(tensor).quant = Some(QuantSpec::per_tensor(0.5, 0));
        }
    })
}

/// The best `most` of boxes.
fn boxes(boxes: &[i32], scores: &[i32], most: i32) -> Make {
    let one = || super::make::reals(1);
    let constants = [(Int32, &[][..], ints(&[most])), (Float32, &[], one()), (Float32, &[], one())];
    let inputs = [(Float32, boxes), (Float32, scores)];
    let outputs = [(Int32, &[1][..]), (Int32, &[])];
    Make::one(op::NON_MAX_SUPPRESSION_V4, &inputs, &constants, &outputs, None)
}

/// Rows 0 and 1 of `[4,3]` from updates of `shape`.
fn scatter(shape: &[i32]) -> Make {
    let constants = [(Int32, &[2, 1][..], ints(&[0, 1])), (Int32, &[2], ints(&[4, 3]))];
    let output = [(Float32, &[4, 3][..])];
    let mut m = Make::one(op::SCATTER_ND, &[(Float32, shape)], &constants, &output, None);
    m.op(0).inputs = vec![1, 0, 2];
    m
}

/// A part of `shape` put into `[2,4]`.
fn update(shape: &[i32]) -> Make {
    let starts = [(Int32, &[2][..], ints(&[0, 0]))];
    Make::one(
        op::DYNAMIC_UPDATE_SLICE,
        &[(Float32, &[2, 4]), (Float32, shape)],
        &starts,
        &[(Float32, &[2, 4])],
        None,
    )
}

/// `[1,2,2,1]` to `[1,4,4,1]`, which takes a stride of 2.
fn transpose_conv(stride: i32, result: DType) -> Make {
    let options = Object::new(TableId::TRANSPOSE_CONV_OPTIONS)
        .with(transpose_conv_options::PADDING, padding::SAME)
        .with(transpose_conv_options::STRIDE_W, stride)
        .with(transpose_conv_options::STRIDE_H, stride);
    let constants =
        [(Int32, &[4][..], ints(&[1, 4, 4, 1])), (Float32, &[1, 2, 2, 1], super::make::reals(4))];
    let mut m = Make::one(
        op::TRANSPOSE_CONV,
        &[(Float32, &[1, 2, 2, 1])],
        &constants,
        &[(result, &[1, 4, 4, 1])],
        Some(options),
    );
    m.op(0).inputs = vec![1, 2, 0];
    m
}
