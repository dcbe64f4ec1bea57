//! Convolutions and pools: strides and dilations, filters that fit their input, biases that fit
//! their filter.

use super::super::context::{Dims, OpCheck, type_number};
use super::super::fault::Rule;
use crate::schema::Field;
use crate::schema::enums::padding;
use crate::schema::fields::{
    conv_2d_options as conv, conv_3d_options as conv3, depthwise_conv_2d_options as depthwise_o,
    pool_2d_options as pool_o, transpose_conv_options as transpose_o,
};
use floe_graph::DType;

/// The element types of weights.
pub(super) const WEIGHTS: &[DType] = &[
    DType::Float32,
    DType::Float16,
    DType::Bfloat16,
    DType::Int8,
    DType::Uint8,
    DType::Int4,
    DType::Int2,
    DType::Int16,
];

/// The element types of biases.
pub(super) const BIASES: &[DType] =
    &[DType::Float32, DType::Float16, DType::Bfloat16, DType::Int32, DType::Int64, DType::Int8];

pub(super) fn conv_2d(op: &mut OpCheck<'_, '_, '_>) {
    op.positive(&[
        conv::STRIDE_W,
        conv::STRIDE_H,
        conv::DILATION_W_FACTOR,
        conv::DILATION_H_FACTOR,
    ]);
    op.types(1, WEIGHTS);
    op.types(2, BIASES);
    let (input, filter) = (op.rank(0, 4, 4), op.rank(1, 4, 4));
    let Some(filter) = filter else { return };
    bias(op, 2, filter.get(0));
    positive_filter(op, 1, &filter);
    let Some(input) = input else { return };
    groups(op, input.get(3), filter.get(3), filter.get(0));
    let dilations = [conv::DILATION_H_FACTOR, conv::DILATION_W_FACTOR];
    let sides = sides(&input, [filter.get(1), filter.get(2)]);
    window(op, op.option(conv::PADDING), sides, dilations.map(|f| op.option(f)));
}

/// Input channels are whole groups of the filter's, and outputs whole groups too.
fn groups(op: &mut OpCheck<'_, '_, '_>, input: Option<i64>, filter: Option<i64>, out: Option<i64>) {
    let (Some(input), Some(filter), Some(out)) = (input, filter, out) else { return };
    let Some(groups) = input.checked_div(filter).filter(|_| input.checked_rem(filter) == Some(0))
    else {
        return op.bad_input(1, Rule::OperandShape, [filter, input]);
    };
    if groups == 0 || out.checked_rem(groups) != Some(0) {
        op.bad_input(1, Rule::Divides, [groups, out]);
    }
}

pub(super) fn depthwise(op: &mut OpCheck<'_, '_, '_>) {
    op.positive(&[
        depthwise_o::STRIDE_W,
        depthwise_o::STRIDE_H,
        depthwise_o::DILATION_W_FACTOR,
        depthwise_o::DILATION_H_FACTOR,
    ]);
    op.types(1, WEIGHTS);
    op.types(2, BIASES);
    let (input, filter) = (op.rank(0, 4, 4), op.rank(1, 4, 4));
    let Some(filter) = filter else { return };
    bias(op, 2, filter.get(3));
    positive_filter(op, 1, &filter);
    op.dimension(1, filter.get(0), Some(1));
    let Some(input) = input else { return };
    if let (Some(channels), Some(out)) = (input.get(3), filter.get(3))
        && out.checked_rem(channels) != Some(0)
    {
        op.bad_input(1, Rule::OperandShape, [out, channels]);
    }
    let dilations = [depthwise_o::DILATION_H_FACTOR, depthwise_o::DILATION_W_FACTOR];
    let sides = sides(&input, [filter.get(1), filter.get(2)]);
    window(op, op.option(depthwise_o::PADDING), sides, dilations.map(|f| op.option(f)));
}

pub(super) fn transpose(op: &mut OpCheck<'_, '_, '_>) {
    op.positive(&[transpose_o::STRIDE_W, transpose_o::STRIDE_H]);
    op.types(0, &[DType::Int32]);
    op.types(1, WEIGHTS);
    op.types(3, BIASES);
    if let (Some(input), Some(result)) = (op.dtype(2), op.output(0).and_then(|t| t.dtype().ok()))
        && input != result
    {
        op.bad_output(0, Rule::ResultType, [type_number(result), type_number(input)]);
    }
    if let Some(shape) = op.integers(0) {
        if shape.len() != 4 {
            let numbers = [super::super::context::number(shape.len()), 4];
            return op.bad_input(0, Rule::OperandShape, numbers);
        }
        if let Some(bad) = shape.iter().find(|d| *d < 1) {
            op.bad_input(0, Rule::NotPositive, [bad, 0]);
        }
    }
    let (filter, input) = (op.rank(1, 4, 4), op.rank(2, 4, 4));
    let Some(filter) = filter else { return };
    bias(op, 3, filter.get(0));
    positive_filter(op, 1, &filter);
    if let Some(shape) = op.integers(0) {
        op.dimension(1, filter.get(0), shape.get(3));
    }
    let Some(input) = input else { return };
    op.dimension(1, filter.get(3), input.get(3));
    let Some(shape) = op.integers(0) else { return };
    let strides = [transpose_o::STRIDE_H, transpose_o::STRIDE_W].map(|f| op.option(f));
    for (axis, stride) in [1, 2].into_iter().zip(strides) {
        let (Some(out), Some(size)) = (shape.get(axis), filter.get(axis)) else { continue };
        let swept = match op.option(transpose_o::PADDING) {
            padding::VALID => out.saturating_sub(size).saturating_add(1),
            _ => out,
        };
        // As a convolution back from the result would give it.
        let given = swept.saturating_add(i64::from(stride)).saturating_sub(1);
        op.dimension(2, input.get(axis), given.checked_div(stride.into()));
    }
}

pub(super) fn conv_3d(op: &mut OpCheck<'_, '_, '_>) {
    options_3d(op);
    op.types(1, &[DType::Float32]);
    op.types(2, &[DType::Float32]);
    let (input, filter) = (op.rank(0, 5, 5), op.rank(1, 5, 5));
    let Some(filter) = filter else { return };
    bias(op, 2, filter.get(4));
    positive_filter(op, 1, &filter);
    if let Some(input) = input {
        op.dimension(1, filter.get(3), input.get(4));
    }
}

pub(super) fn conv_3d_transpose(op: &mut OpCheck<'_, '_, '_>) {
    options_3d(op);
    op.types(1, &[DType::Float32]);
    op.types(2, &[DType::Float32]);
    let (filter, input) = (op.rank(1, 5, 5), op.rank(2, 5, 5));
    let Some(filter) = filter else { return };
    bias(op, 3, filter.get(3));
    positive_filter(op, 1, &filter);
    if let Some(input) = input {
        op.dimension(1, filter.get(4), input.get(4));
    }
}

fn options_3d(op: &mut OpCheck<'_, '_, '_>) {
    op.positive(&[
        conv3::STRIDE_D,
        conv3::STRIDE_H,
        conv3::STRIDE_W,
        conv3::DILATION_D_FACTOR,
        conv3::DILATION_H_FACTOR,
        conv3::DILATION_W_FACTOR,
    ]);
}

pub(super) fn pool(op: &mut OpCheck<'_, '_, '_>) {
    let filter: [Field<i32>; 2] = [pool_o::FILTER_HEIGHT, pool_o::FILTER_WIDTH];
    op.positive(&[pool_o::STRIDE_W, pool_o::STRIDE_H]);
    op.positive(&filter);
    let Some(input) = op.rank(0, 4, 4) else { return };
    let sides = sides(&input, filter.map(|f| Some(op.option(f).into())));
    window(op, op.option(pool_o::PADDING), sides, [1, 1]);
}

/// Height and width of input and filter.
fn sides(input: &Dims, filter: [Option<i64>; 2]) -> [(Option<i64>, Option<i64>); 2] {
    [(input.get(1), filter[0]), (input.get(2), filter[1])]
}

/// Without padding the spread filter is no larger than the input: the result would be empty or less.
fn window(
    op: &mut OpCheck<'_, '_, '_>,
    mode: i8,
    sides: [(Option<i64>, Option<i64>); 2],
    dilations: [i32; 2],
) {
    if mode != padding::VALID {
        return;
    }
    for ((input, filter), dilation) in sides.into_iter().zip(dilations) {
        let (Some(input), Some(filter)) = (input, filter) else { continue };
        let spread = filter.saturating_sub(1).saturating_mul(dilation.into()).saturating_add(1);
        if spread > input && input > 0 {
            op.bad_input(0, Rule::OperandShape, [input, spread]);
        }
    }
}

/// A filter has elements.
fn positive_filter(op: &mut OpCheck<'_, '_, '_>, i: usize, filter: &Dims) {
    if filter.elements() == Some(0) {
        op.bad_input(i, Rule::NotPositive, [0, 0]);
    }
}

/// A bias has one element for each output channel.
pub(super) fn bias(op: &mut OpCheck<'_, '_, '_>, i: usize, channels: Option<i64>) {
    if let (Some(bias), Some(channels)) = (op.dims(i).and_then(|d| d.elements()), channels)
        && bias != channels
    {
        op.bad_input(i, Rule::OperandShape, [bias, channels]);
    }
}
