//! Quantization of tensors, and what operators ask of it.

use super::context::{OpCheck, Place, Report, number, type_number};
use super::data::dims;
use super::fault::Rule;
use crate::schema::TableId;
use crate::schema::fields::{
    blockwise_quantization, multi_axis_quantization, quantization_parameters, tensor,
};
use crate::traits::Flags;
use crate::{Subgraph, Tensor, op};
use floe_graph::{DType, LeSlice, Quant};

/// Checks the parameters of one tensor of `graph`.
pub(super) fn check(graph: &Subgraph<'_>, place: &Place<'_, '_>, report: &mut Report<'_>) {
    use quantization_parameters::{DETAILS, QUANTIZED_DIMENSION, SCALE, ZERO_POINT};
    let Some(params) = place.child(tensor::QUANTIZATION) else { return };
    let t = Tensor::new(place.table);
    let (scales, zeros) = (params.table.vector(SCALE), params.table.vector(ZERO_POINT));
    let Ok(dtype) = t.dtype() else { return };
    if let Some(details) = params.child(DETAILS) {
        blocks(graph, &t, &details, report);
    }
    if scales.is_empty() {
        return;
    }
    // One zero point may stand for all.
    if zeros.len() != scales.len() && zeros.len() != 1 {
        let numbers = [number(scales.len()), number(zeros.len())];
        report.field(&params, ZERO_POINT, Rule::ZeroPointCount, numbers);
    }
    let axis = params.table.get(QUANTIZED_DIMENSION);
    let rank = t.shape().len();
    let size = usize::try_from(axis).ok().and_then(|a| t.shape().get(a));
    let numbers = [axis.into(), number(rank)];
    if size.is_none() && rank > 0 {
        // One scale needs no axis, and a vector has only one.
        let vector = rank == 1 && t.shape().get(0).map(i64::from) == Some(number(scales.len()));
        let harmless = scales.len() == 1 || vector;
        let rule = if harmless { Rule::QuantAxisUnused } else { Rule::QuantAxis };
        report.field(&params, QUANTIZED_DIMENSION, rule, numbers);
    }
    if let Some(size) = size
        && scales.len() > 1
        && i64::from(size) != number(scales.len())
    {
        report.field(&params, SCALE, Rule::ScaleCount, [number(scales.len()), size.into()]);
    }
    values(dtype, scales, zeros, &params, report);
}

/// The least and greatest integer of a quantized type; `None` for types that are not.
const fn range(dtype: DType) -> Option<(i64, i64)> {
    Some(match dtype {
        DType::Int8 => (-128, 127),
        DType::Uint8 => (0, 255),
        DType::Int16 => (-32768, 32767),
        DType::Int4 => (-8, 7),
        DType::Uint4 => (0, 15),
        DType::Int2 => (-2, 1),
        _ => return None,
    })
}

fn values(
    dtype: DType,
    scales: LeSlice<'_, f32>,
    zeros: LeSlice<'_, i64>,
    params: &Place<'_, '_>,
    report: &mut Report<'_>,
) {
    use quantization_parameters::{SCALE, ZERO_POINT};
    let Some((least, most)) = range(dtype) else {
        if matches!(dtype, DType::Int32 | DType::Int64)
            && let Some((i, zero)) = zeros.iter().enumerate().find(|(_, z)| *z != 0)
        {
            let numbers = [zero, type_number(dtype)];
            report.element(params, ZERO_POINT, i, Rule::ZeroPointNotZero, numbers);
        }
        return;
    };
    let unsound = |scale: f32| !scale.is_finite() || scale <= 0.0;
    if let Some((i, scale)) = scales.iter().enumerate().find(|(_, s)| unsound(*s)) {
        let rule = if scale == 0.0 { Rule::ZeroScale } else { Rule::Scale };
        report.element(params, SCALE, i, rule, [0; 2]);
    }
    if let Some((i, zero)) = zeros.iter().enumerate().find(|(_, z)| *z < least || *z > most) {
        let numbers = [zero, type_number(dtype)];
        report.element(params, ZERO_POINT, i, Rule::ZeroPoint, numbers);
    } else if dtype == DType::Int16
        && let Some((i, zero)) = zeros.iter().enumerate().find(|(_, z)| *z != 0)
    {
        let numbers = [zero, type_number(dtype)];
        report.element(params, ZERO_POINT, i, Rule::ZeroPointNotZero, numbers);
    }
}

/// Scales in other tensors, for blocks of elements.
fn blocks(graph: &Subgraph<'_>, t: &Tensor<'_>, details: &Place<'_, '_>, report: &mut Report<'_>) {
    for (slot, field) in details.table.id().fields().filter(|(_, f)| f.is_tensor()) {
        let index = match details.table.slot(slot) {
            Some(crate::Slot::Int(index)) => index,
            _ => field.default_number(),
        };
        // Without zero points the index is -1 in files of some writers.
        let optional = index == -1 && field.name() == "zero_points";
        if !optional && usize::try_from(index).ok().is_none_or(|i| i >= graph.tensor_count()) {
            let numbers = [index, number(graph.tensor_count())];
            report.slot(details, slot, None, Rule::TensorIndex, numbers);
        }
    }
    let (size, field) = match details.table.id() {
        TableId::BLOCKWISE_QUANTIZATION => {
            let field = blockwise_quantization::BLOCK_SIZE;
            (details.table.get(field), field)
        }
        TableId::MULTI_AXIS_QUANTIZATION => {
            let field = multi_axis_quantization::BLOCK_SIZE;
            (details.table.get(field), field)
        }
        _ => return,
    };
    let shaped = details.table.has(blockwise_quantization::BLOCK_SHAPE);
    let last = dims(t).and_then(|d| d.last(0)).unwrap_or(0);
    let divides = last.checked_rem(size.into()) == Some(0);
    if !shaped && (size <= 0 || !divides) {
        report.field(details, field, Rule::BlockSize, [size.into(), last]);
    }
}

/// The operators that divide by the scales of their operands.
const RESCALES: &[i32] = &[
    op::ADD,
    op::SUB,
    op::SQUARED_DIFFERENCE,
    op::EQUAL,
    op::NOT_EQUAL,
    op::GREATER,
    op::GREATER_EQUAL,
    op::LESS,
    op::LESS_EQUAL,
];

/// The operators that move elements, and look whether their result is quantized as what they move.
const ASKS_SCALE: &[i32] = &[
    op::PACK,
    op::UNPACK,
    op::MIRROR_PAD,
    op::REDUCE_MAX,
    op::REDUCE_MIN,
    op::SPACE_TO_BATCH_ND,
    op::BATCH_TO_SPACE_ND,
];

/// Whether the kernel for 16-bit integers has no place for a zero point.
fn is_symmetric(code: i32, flags: Flags) -> bool {
    let computes = flags.has(Flags::QUANTIZED)
        && !matches!(code, op::AVERAGE_POOL_2D | op::MAX_POOL_2D | op::GELU);
    computes || matches!(code, op::CONCATENATION | op::ABS) || ASKS_SCALE.contains(&code)
}

/// Checks the scales and zero points of the first operands and the first result one by one.
fn pairs(op: &mut OpCheck<'_, '_, '_>, flags: Flags) {
    let symmetric = is_symmetric(op.code, flags);
    let of = |t: Option<Tensor<'_>>| t.and_then(|t| Some((t.dtype().ok()?, t.quant()?.pair(0)?)));
    for i in 0..2 {
        let Some((dtype, (scale, zero))) = of(op.input(i)) else { continue };
        if symmetric && dtype == DType::Int16 && zero != 0 {
            op.bad_input(i, Rule::ZeroPointUsed, [zero, type_number(dtype)]);
        }
        if scale == 0.0 && range(dtype).is_some() && RESCALES.contains(&op.code) {
            op.bad_input(i, Rule::ZeroScaleUsed, [0; 2]);
        }
    }
    if let Some((DType::Int16, (_, zero))) = of(op.output(0)).filter(|o| o.1.1 != 0)
        && symmetric
    {
        op.bad_output(0, Rule::ZeroPointUsed, [zero, type_number(DType::Int16)]);
    }
}

/// What is to be quantized is so by a scale.
fn quantize(op: &mut OpCheck<'_, '_, '_>) {
    let Some(result) = op.output(0).filter(|t| t.dtype().is_ok_and(|d| range(d).is_some())) else {
        return;
    };
    match result.quant().and_then(|q| q.pair(0)) {
        None => op.bad_output(0, Rule::NoQuantization, [result.type_number().into(), 0]),
        Some((0.0, _)) => op.bad_output(0, Rule::ZeroScaleUsed, [0; 2]),
        Some(_) => {}
    }
}

/// Checks what an operator asks of its operands' quantization.
pub(super) fn operator(op: &mut OpCheck<'_, '_, '_>) {
    let Some(traits) = op.traits() else { return };
    if op.code == op::QUANTIZE {
        return quantize(op);
    }
    let small = |t: &Tensor<'_>| {
        t.dtype().is_ok_and(|d| matches!(d, DType::Int8 | DType::Uint8 | DType::Int16))
    };
    let Some(first) = op.input(0).filter(small) else { return };
    if traits.flags.has(Flags::QUANTIZED) && first.quant().is_none() {
        let numbers = [first.type_number().into(), 0];
        return op.bad_input(0, Rule::NoQuantization, numbers);
    }
    pairs(op, traits.flags);
    if matches!(op.code, op::CONV_2D | op::DEPTHWISE_CONV_2D)
        && let Some(weights) = op.input(1).filter(|t| t.quant().is_none())
    {
        op.bad_input(1, Rule::NoQuantization, [weights.type_number().into(), 0]);
    }
    let Some(result) = op.output(0).filter(small) else { return };
    if traits.flags.has(Flags::QUANTIZED) && result.quant().is_none() {
        let numbers = [result.type_number().into(), 0];
        return op.bad_output(0, Rule::NoQuantization, numbers);
    }
    let (Some(from), Some(to)) = (first.quant(), result.quant()) else { return };
    // Quantized arithmetic divides by the result's scale.
    if traits.flags.has(Flags::QUANTIZED) && to.pair(0).is_some_and(|(scale, _)| scale == 0.0) {
        return op.bad_output(0, Rule::ZeroScaleUsed, [0; 2]);
    }
    if ASKS_SCALE.contains(&op.code) && from.pair(0) != to.pair(0) {
        op.bad_output(0, Rule::SameScaleAsked, [0; 2]);
    } else if traits.flags.has(Flags::SAME_SCALE) && !alike(&from, &to) {
        op.bad_output(0, Rule::SameScale, [0; 2]);
    }
    if let Some((scale, zero)) = fixed_scale(op.code, result.dtype().ok())
        && to.pair(0).is_some_and(|(s, z)| z != zero || (s - scale).abs() > scale * 0.001)
    {
        op.bad_output(0, Rule::FixedScale, [0; 2]);
    }
    if matches!(op.code, op::CONV_2D | op::DEPTHWISE_CONV_2D | op::FULLY_CONNECTED) {
        bias(op, &from, &to);
    }
}

fn alike(a: &Quant<'_>, b: &Quant<'_>) -> bool {
    match (a.pair(0), b.pair(0)) {
        (Some((s, z)), Some((t, y))) => z == y && (s - t).abs() <= s.abs() * 1e-5,
        _ => true,
    }
}

/// Scale and zero point of the operators whose results have a known range.
const fn fixed_scale(code: i32, dtype: Option<DType>) -> Option<(f32, i64)> {
    Some(match (code, dtype) {
        (op::LOGISTIC | op::SOFTMAX, Some(DType::Int8)) => (1.0 / 256.0, -128),
        (op::LOGISTIC | op::SOFTMAX, Some(DType::Uint8)) => (1.0 / 256.0, 0),
        (op::LOGISTIC | op::SOFTMAX | op::TANH, Some(DType::Int16)) => (1.0 / 32768.0, 0),
        (op::LOG_SOFTMAX, Some(DType::Int8)) => (16.0 / 256.0, 127),
        (op::LOG_SOFTMAX, Some(DType::Uint8)) => (16.0 / 256.0, 255),
        (op::TANH | op::L2_NORMALIZATION, Some(DType::Int8)) => (1.0 / 128.0, 0),
        (op::TANH | op::L2_NORMALIZATION, Some(DType::Uint8)) => (1.0 / 128.0, 128),
        _ => return None,
    })
}

/// The bias' scale is the product of the input's and the weights', as near as kernels ask.
fn bias(op: &mut OpCheck<'_, '_, '_>, from: &Quant<'_>, to: &Quant<'_>) {
    let (Some(weights), Some(bias)) =
        (op.input(1).and_then(|t| t.quant()), op.input(2).and_then(|t| t.quant()))
    else {
        return;
    };
    if weights.is_per_axis() {
        let Some((s, _)) = from.pair(0) else { return };
        let channels = op.dims(2).and_then(|d| d.elements()).unwrap_or(0);
        let off = (0..usize::try_from(channels).unwrap_or(0)).map_while(|i| {
            let (want, given) = (f64::from(s) * f64::from(weights.pair(i)?.0), bias.pair(i)?.0);
            Some((want - f64::from(given)).abs() > 1e-3 * want)
        });
        if let Some(channel) = off.enumerate().find_map(|(i, off)| off.then_some(i)) {
            op.bad_input(2, Rule::BiasScaleAxis, [number(channel), 0]);
        }
        return;
    }
    if let (Some((s, _)), Some((w, _)), Some((b, _)), Some((out, _))) =
        (from.pair(0), weights.pair(0), bias.pair(0), to.pair(0))
        && (f64::from(s) * f64::from(w) - f64::from(b)).abs() > 0.02 * f64::from(out)
    {
        op.bad_input(2, Rule::BiasScale, [0; 2]);
    }
}
