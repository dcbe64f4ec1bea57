//! Operators that compute element by element.

use super::{REAL, Smith, Value, like, plain, real};
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

/// 8-bit operators with a known output range, or that keep the scale.
pub(super) fn quantized_unary(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype == DType::Int8)?;
    let (op, quant) = *s.source.pick(&[
        (op::RELU, None),
        (op::LOGISTIC, Some((1.0 / 256.0, -128))),
        (op::TANH, Some((1.0 / 128.0, 0))),
    ]);
    s.op(op, &[x.index], (x.dtype, &x.shape, quant.or(x.quant)), plain(op));
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
    let x = s.operand(|v| matches!(v.dtype, DType::Float32 | DType::Int8 | DType::Int32))?;
    let y = other(s, &x);
    let op = match x.dtype {
        DType::Float32 => *s.source.pick(REALS),
        DType::Int8 => *s.source.pick(&[op::ADD, op::SUB, op::MUL]),
        _ => *s.source.pick(INTS),
    };
    s.op(op, &[x.index, y], like(&x), plain(op));
    Some(())
}

/// Another operand of the type and shape of `x`: one that is there, or a constant, perhaps one that
/// broadcasts.
fn other(s: &mut Smith<'_, '_>, x: &Value) -> i32 {
    if s.source.one_in(2)
        && let Some(y) = s.operand(|v| v.dtype == x.dtype && v.shape == x.shape)
    {
        return y.index;
    }
    let shape = if s.source.one_in(2) {
        x.shape.clone()
    } else {
        x.shape.last().copied().into_iter().collect()
    };
    s.constant(x.dtype, &shape, x.quant)
}

pub(super) fn compare(s: &mut Smith<'_, '_>) -> Option<()> {
    const OPS: &[i32] =
        &[op::LESS, op::LESS_EQUAL, op::GREATER, op::GREATER_EQUAL, op::EQUAL, op::NOT_EQUAL];
    let x = s.operand(|v| v.dtype != DType::Bool)?;
    let y = other(s, &x);
    let op = *s.source.pick(OPS);
    s.op(op, &[x.index, y], (DType::Bool, &x.shape, None), plain(op));
    Some(())
}

pub(super) fn logical(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype == DType::Bool)?;
    let op = *s.source.pick(&[op::LOGICAL_NOT, op::LOGICAL_AND, op::LOGICAL_OR]);
    let mut inputs = vec![x.index];
    if op != op::LOGICAL_NOT {
        inputs.push(other(s, &x));
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
    let x = s.operand(|v| v.dtype != DType::Int8)?;
    let to = if x.dtype == REAL { DType::Int32 } else { REAL };
    let number = |d: DType| d.tflite().unwrap_or(0).cast_signed();
    let options = Object::new(TableId::CAST_OPTIONS)
        .with(cast_options::IN_DATA_TYPE, number(x.dtype))
        .with(cast_options::OUT_DATA_TYPE, number(to));
    s.op(op::CAST, &[x.index], (to, &x.shape, None), Some(options));
    Some(())
}

pub(super) fn quantize(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(real)?;
    let quant = s.quant(DType::Int8);
    s.op(op::QUANTIZE, &[x.index], (DType::Int8, &x.shape, quant), plain(op::QUANTIZE));
    Some(())
}

pub(super) fn dequantize(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype == DType::Int8)?;
    s.op(op::DEQUANTIZE, &[x.index], (REAL, &x.shape, None), plain(op::DEQUANTIZE));
    Some(())
}
