//! Operators that compute element by element.

use super::{REAL, Smith, Value, like, plain, quantized, real};
use floe_graph::DType;
use floe_tflite::fields::{cast_options, leaky_relu_options};
use floe_tflite::op;
use floe_tflite::owned::Object;
use floe_tflite::schema::TableId;

pub(super) fn unary(s: &mut Smith<'_, '_>) -> Option<()> {
    const OPS: &[i32] = &[
        op::RELU,
        op::RELU6,
        op::RELU_N1_TO_1,
        op::TANH,
        op::LOGISTIC,
        op::ABS,
        op::NEG,
        op::EXP,
        op::FLOOR,
        op::CEIL,
        op::ROUND,
        op::ELU,
        op::HARD_SWISH,
        op::SQUARE,
        op::SIN,
        op::COS,
        op::SIGN,
        op::GELU,
        op::LEAKY_RELU,
        op::ZEROS_LIKE,
    ];
    let x = s.operand(real)?;
    let op = *s.source.pick(OPS);
    let mut options = plain(op);
    if let Some(o) = options.as_mut().filter(|_| op == op::LEAKY_RELU) {
        o.set(leaky_relu_options::ALPHA, 0.25);
    }
    s.op(op, &[x.index], like(&x), options);
    Some(())
}

/// Operators on integers that stand for reals: what the output's parameters must be, where they are fixed.
pub(super) fn quantized_unary(s: &mut Smith<'_, '_>) -> Option<()> {
    type Row = (i32, &'static [DType]);
    const BYTES: &[DType] = &[DType::Int8, DType::Uint8];
    const SIGNED: &[DType] = &[DType::Int8, DType::Int16];
    const ALL: &[DType] = &[DType::Int8, DType::Uint8, DType::Int16];
    const OPS: &[Row] = &[
        (op::RELU, ALL),
        (op::RELU6, ALL),
        (op::LOGISTIC, ALL),
        (op::TANH, ALL),
        (op::LEAKY_RELU, ALL),
        (op::HARD_SWISH, BYTES),
        (op::GELU, BYTES),
        (op::ELU, &[DType::Int8]),
        (op::ABS, SIGNED),
        (op::EXP, SIGNED),
    ];
    let x = s.operand(quantized)?;
    let (op, types) = *s.source.pick(OPS);
    if !types.contains(&x.dtype) {
        return None;
    }
    let mut options = plain(op);
    if let Some(o) = options.as_mut().filter(|_| op == op::LEAKY_RELU) {
        o.set(leaky_relu_options::ALPHA, 0.25);
    }
    let fixed = match (op, x.dtype) {
        (op::LOGISTIC, DType::Int8) => Some((1.0 / 256.0, -128)),
        (op::LOGISTIC, DType::Uint8) => Some((1.0 / 256.0, 0)),
        (op::TANH, DType::Int8) => Some((1.0 / 128.0, 0)),
        (op::TANH, DType::Uint8) => Some((1.0 / 128.0, 128)),
        (op::LOGISTIC | op::TANH, _) => Some((1.0 / 32768.0, 0)),
        _ => s.quant(x.dtype),
    };
    s.op(op, &[x.index], (x.dtype, &x.shape, fixed), options);
    Some(())
}

pub(super) fn binary(s: &mut Smith<'_, '_>) -> Option<()> {
    const REALS: &[i32] = &[
        op::ADD,
        op::SUB,
        op::MUL,
        op::DIV,
        op::MAXIMUM,
        op::MINIMUM,
        op::SQUARED_DIFFERENCE,
        op::POW,
    ];
    const INTS: &[i32] = &[op::ADD, op::SUB, op::MUL, op::MAXIMUM, op::MINIMUM];
    let x = s.operand(|v| v.dtype != DType::Bool)?;
    let op = if real(&x) { *s.source.pick(REALS) } else { *s.source.pick(INTS) };
    // These two compare what is stored.
    let stored = matches!(op, op::MAXIMUM | op::MINIMUM);
    let y = other(s, &x, stored);
    let quant = if stored { x.quant } else { s.quant(x.dtype) };
    s.op(op, &[x.index, y], (x.dtype, &x.shape, quant), plain(op));
    Some(())
}

/// Another operand of the type and shape of `x`, and of its quantization where that matters: one that is there, or
/// a constant, perhaps one that broadcasts.
fn other(s: &mut Smith<'_, '_>, x: &Value, alike: bool) -> i32 {
    let fits =
        |v: &Value| v.dtype == x.dtype && v.shape == x.shape && (!alike || v.quant == x.quant);
    if s.source.one_in(2)
        && let Some(y) = s.operand(fits)
    {
        return y.index;
    }
    let shape = if s.source.one_in(2) {
        x.shape.clone()
    } else {
        x.shape.last().copied().into_iter().collect()
    };
    let quant = if alike { x.quant } else { s.quant(x.dtype) };
    s.constant(x.dtype, &shape, quant)
}

pub(super) fn compare(s: &mut Smith<'_, '_>) -> Option<()> {
    const OPS: &[i32] =
        &[op::LESS, op::LESS_EQUAL, op::GREATER, op::GREATER_EQUAL, op::EQUAL, op::NOT_EQUAL];
    let x = s.operand(|v| v.dtype != DType::Bool)?;
    let y = other(s, &x, false);
    let op = *s.source.pick(OPS);
    s.op(op, &[x.index, y], (DType::Bool, &x.shape, None), plain(op));
    Some(())
}

pub(super) fn logical(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype == DType::Bool)?;
    let op = *s.source.pick(&[op::LOGICAL_NOT, op::LOGICAL_AND, op::LOGICAL_OR]);
    let mut inputs = vec![x.index];
    if op != op::LOGICAL_NOT {
        inputs.push(other(s, &x, false));
    }
    s.op(op, &inputs, like(&x), plain(op));
    Some(())
}

pub(super) fn select(s: &mut Smith<'_, '_>) -> Option<()> {
    let condition = s.operand(|v| v.dtype == DType::Bool)?;
    let x = s.constant(REAL, &condition.shape, None);
    let y = s.constant(REAL, &condition.shape, None);
    let inputs = [condition.index, x, y];
    s.op(op::SELECT_V2, &inputs, (REAL, &condition.shape, None), plain(op::SELECT_V2));
    Some(())
}

pub(super) fn cast(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| !quantized(v))?;
    let to = *s.source.pick(&[DType::Int32, REAL, DType::Int64]);
    if to == x.dtype {
        return None;
    }
    let number = |d: DType| d.tflite().unwrap_or(0).cast_signed();
    let options = Object::new(TableId::CAST_OPTIONS)
        .with(cast_options::IN_DATA_TYPE, number(x.dtype))
        .with(cast_options::OUT_DATA_TYPE, number(to));
    s.op(op::CAST, &[x.index], (to, &x.shape, None), Some(options));
    Some(())
}

pub(super) fn quantize(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(real)?;
    let to = *s.source.pick(&[DType::Int8, DType::Uint8, DType::Int16]);
    let quant = s.quant(to);
    s.op(op::QUANTIZE, &[x.index], (to, &x.shape, quant), plain(op::QUANTIZE));
    Some(())
}

/// From one quantization to another.
pub(super) fn rescale(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(quantized)?;
    let to = match x.dtype {
        DType::Int8 => *s.source.pick(&[DType::Int8, DType::Uint8, DType::Int16]),
        DType::Uint8 => *s.source.pick(&[DType::Uint8, DType::Int8]),
        _ => *s.source.pick(&[DType::Int16, DType::Int8]),
    };
    let quant = s.quant(to);
    s.op(op::QUANTIZE, &[x.index], (to, &x.shape, quant), plain(op::QUANTIZE));
    Some(())
}

pub(super) fn dequantize(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(quantized)?;
    s.op(op::DEQUANTIZE, &[x.index], (REAL, &x.shape, None), plain(op::DEQUANTIZE));
    Some(())
}
