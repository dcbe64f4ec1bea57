//! What LiteRT asks of a model beyond what makes it valid: its kernels do not take every element type,
//! nor an operand left out wherever another runtime's do.
//!
//! Invariant: a row is what LiteRT 2.3.0 ran, with its reference kernels or its own, and it refuses the
//! rest. Operators without a row are let through.

use super::context::{Place, Report, number, type_number};
use super::fault::Rule;
use crate::schema::fields::{operator, quantization_parameters, sub_graph, tensor};
use crate::traits::Types;
use crate::{Operator, Subgraph, Tensor, TfLite, op};
use floe_graph::DType as D;

/// The element types of the first operand that the kernels of operators take.
#[rustfmt::skip]
static TYPES: &[(&[i32], Types)] = &[
    (&[op::ABS, op::FLOOR_DIV],
        Types::of(&[D::Float32, D::Int8, D::Int16, D::Int32])),
    (&[op::NEG],
        Types::of(&[D::Float32, D::Float16, D::Int8, D::Int16, D::Int32, D::Int64])),
    (&[op::SQRT, op::RSQRT, op::EXP, op::LOG],
        Types::of(&[D::Float32, D::Int8, D::Int16])),
    (&[op::SIN, op::COS, op::FLOOR, op::ROUND],
        Types::of(&[D::Float32, D::Float16])),
    (&[op::CEIL, op::SQUARE],
        Types::of(&[D::Float32])),
    (&[op::ELU],
        Types::of(&[D::Float32, D::Int8])),
    (&[op::RELU, op::RELU6, op::LEAKY_RELU, op::PRELU, op::RESIZE_BILINEAR],
        Types::of(&[D::Float32, D::Int8, D::Uint8, D::Int16])),
    (&[op::RELU_N1_TO_1, op::RELU_0_TO_1, op::HARD_SWISH, op::LOG_SOFTMAX, op::L2_NORMALIZATION],
        Types::of(&[D::Float32, D::Int8, D::Uint8])),
    (&[op::LOGISTIC, op::TANH, op::GELU, op::SOFTMAX],
        Types::of(&[D::Float32, D::Float16, D::Int8, D::Uint8, D::Int16])),
    (&[op::SIGN],
        Types::of(&[D::Float32, D::Float64, D::Int32])),
    (&[op::ZEROS_LIKE, op::CUMSUM],
        Types::of(&[D::Float32, D::Int32, D::Int64])),
    (&[op::ADD, op::MAXIMUM, op::MINIMUM, op::LESS, op::LESS_EQUAL, op::GREATER, op::GREATER_EQUAL],
        Types::of(&[D::Float32, D::Float16, D::Int8, D::Uint8, D::Int16, D::Int32, D::Int64])),
    (&[op::SUB, op::MEAN],
        Types::of(&[D::Float32, D::Int8, D::Uint8, D::Int16, D::Int32, D::Int64])),
    (&[op::MUL],
        Types::of(&[D::Float32, D::Float16, D::Int8, D::Uint8, D::Int16, D::Int32, D::Uint32, D::Int64, D::Complex64])),
    (&[op::DIV],
        Types::of(&[D::Float32, D::Int8, D::Uint8, D::Int16, D::Int32])),
    (&[op::SQUARED_DIFFERENCE],
        Types::of(&[D::Float32, D::Int8, D::Int32])),
    (&[op::FLOOR_MOD],
        Types::of(&[D::Float32, D::Int8, D::Int16, D::Int32, D::Int64])),
    (&[op::POW, op::ADD_N, op::SEGMENT_SUM],
        Types::of(&[D::Float32, D::Int32])),
    (&[op::ATAN2],
        Types::of(&[D::Float32, D::Float16, D::Float64])),
    (&[op::BITWISE_XOR, op::RIGHT_SHIFT],
        Types::of(&[D::Int8, D::Uint8, D::Int16, D::Uint16, D::Int32, D::Uint32])),
    (&[op::EQUAL, op::NOT_EQUAL],
        Types::of(&[D::Float32, D::Float16, D::Int8, D::Uint8, D::Int16, D::Int32, D::Int64, D::Bool, D::String])),
    (&[op::SUM, op::REDUCE_PROD, op::REDUCE_MAX, op::REDUCE_MIN],
        Types::of(&[D::Float32, D::Int8, D::Uint8, D::Int16, D::Int32, D::Int64, D::Bool])),
    (&[op::ARG_MAX, op::ARG_MIN],
        Types::of(&[D::Float32, D::Int8, D::Uint8, D::Int32, D::Bool])),
];

/// The operators whose bias may not be listed as left out, and whether it must be listed.
static BIASED: &[(i32, bool)] = &[(op::CONV_2D, true), (op::DEPTHWISE_CONV_2D, false)];
/// Which input a bias is.
const BIAS: usize = 2;

pub(super) fn check(file: &TfLite<'_>, report: &mut Report<'_>) {
    for graph in Place::subgraphs(file) {
        graph.children(sub_graph::TENSORS).for_each(|place| axis(&place, report));
        let subgraph = Subgraph::new(graph.table);
        for place in graph.operators(*file) {
            let Some(code) = place.op else { continue };
            operands(&subgraph, &place, code, report);
        }
    }
}

/// The axis of a quantization is held against the shape even where one scale needs none.
fn axis(place: &Place<'_, '_>, report: &mut Report<'_>) {
    let Some(params) = place.child(tensor::QUANTIZATION) else { return };
    let axis = params.table.get(quantization_parameters::QUANTIZED_DIMENSION);
    let rank = Tensor::new(place.table).shape().len();
    let inside = usize::try_from(axis).is_ok_and(|a| a < rank || rank == 0);
    if !inside && !params.table.vector(quantization_parameters::SCALE).is_empty() {
        let field = quantization_parameters::QUANTIZED_DIMENSION;
        report.field(&params, field, Rule::TargetAxis, [axis.into(), number(rank)]);
    }
}

fn operands(graph: &Subgraph<'_>, place: &Place<'_, '_>, code: i32, report: &mut Report<'_>) {
    let inputs = Operator::new(place.table).inputs();
    let dtype = |i| {
        let tensor = inputs.get(i).and_then(|i| graph.tensor(usize::try_from(i).ok()?).ok());
        tensor.and_then(|t| t.dtype().ok())
    };
    // TensorFlow's quantizer leaves the value real.
    if code == op::PADV2
        && let Some(value) = dtype(2).filter(|value| dtype(0) != Some(*value))
    {
        report.element(place, operator::INPUTS, 2, Rule::TargetType, [type_number(value), 0]);
    }
    if let Some(dtype) = dtype(0)
        && let Some((_, types)) = TYPES.iter().find(|(codes, _)| codes.contains(&code))
        && !types.contains(dtype)
    {
        let numbers = [type_number(dtype), 0];
        report.element(place, operator::INPUTS, 0, Rule::TargetType, numbers);
    }
    let Some((_, always)) = BIASED.iter().find(|(biased, _)| *biased == code) else { return };
    match inputs.get(BIAS) {
        Some(-1) => report.element(place, operator::INPUTS, BIAS, Rule::TargetInput, [2, 0]),
        None if *always => report.field(place, operator::INPUTS, Rule::TargetInput, [2, 0]),
        _ => {}
    }
}
