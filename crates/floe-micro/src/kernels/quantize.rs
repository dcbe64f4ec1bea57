//! QUANTIZE and DEQUANTIZE: between real numbers and the integers that stand for them, and between two ways
//! in which integers stand for them.
//!
//! QUANTIZE: float32 to int8, uint8, int16, int4; int8, uint8, int16 and int32 to each other. DEQUANTIZE: int8,
//! uint8, int16, int32, int4, int2 and float16, bfloat16 to float32. Scales of constants may be one per slice.

use super::common::{map, type_range, types};
use crate::data::{Quantized, Scalar, View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::fixed::Multiplier;
use crate::num::float::{from_f16, round};
use crate::num::scale::Real;
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::{DType, Quant};
use floe_tflite::op;

/// QUANTIZE.
pub static QUANTIZE: OpDef = OpDef::builtin(
    op::QUANTIZE,
    4,
    &[
        F32_I8,
        I8_I8,
        Kernel::new(prepare_quantize::<u8>, eval_quantize::<u8>),
        Kernel::new(prepare_quantize::<i16>, eval_quantize::<i16>),
        Kernel::new(prepare_packed, eval_packed),
        Kernel::new(prepare_rescale, eval_rescale),
    ],
);
/// QUANTIZE of float32 to int8 alone.
pub static QUANTIZE_F32_I8: OpDef = OpDef::builtin(op::QUANTIZE, 4, &[F32_I8]);
/// QUANTIZE of int8 to int8 alone.
pub static QUANTIZE_I8: OpDef = OpDef::builtin(op::QUANTIZE, 4, &[I8_I8]);
/// DEQUANTIZE.
pub static DEQUANTIZE: OpDef = OpDef::builtin(
    op::DEQUANTIZE,
    9,
    &[
        I8_F32,
        Kernel::new(prepare_dequantize::<u8>, eval_dequantize::<u8>),
        Kernel::new(prepare_dequantize::<i16>, eval_dequantize::<i16>),
        Kernel::new(prepare_dequantize::<i32>, eval_dequantize::<i32>),
        Kernel::new(prepare_half, eval_half),
        Kernel::new(prepare_unpack, eval_unpack),
    ],
);
/// DEQUANTIZE of int8 alone.
pub static DEQUANTIZE_I8: OpDef = OpDef::builtin(op::DEQUANTIZE, 9, &[I8_F32]);

const F32_I8: Kernel = Kernel::new(prepare_quantize::<i8>, eval_quantize::<i8>);
const I8_I8: Kernel = Kernel::new(prepare_bytes, eval_bytes).in_place();
const I8_F32: Kernel = Kernel::new(prepare_dequantize::<i8>, eval_dequantize::<i8>);

fn set_output(op: &mut Op<'_>) -> Done {
    let shape = op.shape(In(0))?;
    op.set_shape(Out(0), &shape)
}

/// Elements of a row: a run that has one scale; and the scale's number for each row, counted in a circle.
fn rows(op: &Op<'_>, operand: crate::Operand) -> Result<(usize, usize), Fault> {
    let (shape, quant) = (op.shape(operand)?, op.quant(operand)?);
    if !quant.is_per_axis() {
        return Ok((shape.len().max(1), 1));
    }
    let axis = quant.axis as usize;
    if axis >= shape.rank() || shape.dim(axis) != quant.scales.len() {
        return Err(Kind::Quant.at(operand));
    }
    Ok((shape.span(axis + 1, shape.rank()).max(1), quant.scales.len()))
}

/// Scale and zero point of row `row`.
fn pair(quant: &Quant<'_>, row: usize, count: usize) -> (f32, i32) {
    let (scale, zero) = quant.pair(row % count.max(1)).unwrap_or((1.0, 0));
    (scale, zero.clamp(i32::MIN.into(), i32::MAX.into()) as i32)
}

/// The integer that stands for `x`, kept in `range`.
#[must_use]
#[inline(always)]
pub fn quantize(x: f32, scale: f32, zero: i32, range: (i32, i32)) -> i32 {
    (round(x / scale) as i32).saturating_add(zero).max(range.0).min(range.1)
}

fn prepare_quantize<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Float32), (Out(0), T::DTYPE)])?;
    set_output(op)?;
    rows(op, Out(0)).map(|_| ())
}

fn eval_quantize<T: Quantized>(op: &mut Op<'_>) -> Done {
    let (quant, range, (run, count)) =
        (op.quant(Out(0))?, type_range(T::DTYPE)?, rows(op, Out(0))?);
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let mut y = ViewMut::<T>::new(y);
    for (row, (x, mut y)) in View::<f32>::new(x).pieces(run).zip(y.pieces(run)).enumerate() {
        let (scale, zero) = pair(&quant, row, count);
        y.write(x.iter().map(|x| T::narrow(quantize(x, scale, zero, range))));
    }
    Ok(())
}

fn prepare_packed(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Float32), (Out(0), DType::Int4)])?;
    op.scale(Out(0))?;
    set_output(op)
}

fn eval_packed(op: &mut Op<'_>) -> Done {
    let (scale, zero) = op.scale(Out(0))?;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let x = View::<f32>::new(x);
    let half = |i: usize| x.get(i).map_or(0, |x| quantize(x, scale, zero, (-8, 7)) as u8 & 15);
    for (i, y) in y.iter_mut().enumerate() {
        *y = half(2 * i) | half(2 * i + 1) << 4;
    }
    Ok(())
}

/// The factor from the input's steps to the output's, and both zero points.
fn rescale(op: &Op<'_>) -> Result<(Multiplier, i32, i32), Fault> {
    let bad = Kind::Quant.at(In(0));
    let ((from, zero_in), (to, zero_out)) = (op.scale(In(0))?, op.scale(Out(0))?);
    let real = |x: f32| Real::positive(x).ok_or(bad);
    Ok((real(from)?.div(real(to)?).multiplier(), zero_in, zero_out))
}

fn prepare_bytes(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Int8), (Out(0), DType::Int8)])?;
    rescale(op)?;
    set_output(op)
}

fn eval_bytes(op: &mut Op<'_>) -> Done {
    let (factor, zero_in, zero_out) = rescale(op)?;
    map(op, |x: i8| {
        let y = factor.apply(i32::from(x) - zero_in).wrapping_add(zero_out);
        y.clamp(-128, 127) as i8
    })
}

fn prepare_rescale(op: &mut Op<'_>) -> Done {
    for operand in [In(0), Out(0)] {
        type_range(op.dtype(operand)?).map_err(|_| Kind::Type.at(operand))?;
    }
    rescale(op)?;
    set_output(op)
}

fn eval_rescale(op: &mut Op<'_>) -> Done {
    match op.dtype(In(0))? {
        DType::Int8 => rescale_from::<i8>(op),
        DType::Uint8 => rescale_from::<u8>(op),
        DType::Int16 => rescale_from::<i16>(op),
        _ => rescale_from::<i32>(op),
    }
}

fn rescale_from<T: Scalar + Into<i32>>(op: &mut Op<'_>) -> Done {
    let (factor, zero_in, zero_out) = rescale(op)?;
    let dtype = op.dtype(Out(0))?;
    let (low, high) = type_range(dtype)?;
    let f = |x: T| {
        let y = factor.apply(x.into().wrapping_sub(zero_in)).wrapping_add(zero_out);
        y.max(low).min(high)
    };
    match dtype {
        DType::Int8 => map(op, |x| f(x) as i8),
        DType::Uint8 => map(op, |x| f(x) as u8),
        DType::Int16 => map(op, |x| f(x) as i16),
        _ => map(op, f),
    }
}

fn prepare_dequantize<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), DType::Float32)])?;
    rows(op, In(0))?;
    set_output(op)
}

fn eval_dequantize<T: Scalar + Into<i32>>(op: &mut Op<'_>) -> Done {
    let (quant, (run, count)) = (op.quant(In(0))?, rows(op, In(0))?);
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let mut y = ViewMut::<f32>::new(y);
    for (row, (x, mut y)) in View::<T>::new(x).pieces(run).zip(y.pieces(run)).enumerate() {
        let (scale, zero) = pair(&quant, row, count);
        y.write(x.iter().map(|x| scale * x.into().wrapping_sub(zero) as f32));
    }
    Ok(())
}

fn prepare_half(op: &mut Op<'_>) -> Done {
    if !matches!(op.dtype(In(0))?, DType::Float16 | DType::Bfloat16) {
        return Err(Kind::Type.at(In(0)));
    }
    types(op, [(Out(0), DType::Float32)])?;
    set_output(op)
}

fn eval_half(op: &mut Op<'_>) -> Done {
    if op.dtype(In(0))? == DType::Float16 {
        return map(op, from_f16);
    }
    map(op, |x: u16| f32::from_bits(u32::from(x) << 16))
}

fn prepare_unpack(op: &mut Op<'_>) -> Done {
    if !matches!(op.dtype(In(0))?, DType::Int4 | DType::Int2) {
        return Err(Kind::Type.at(In(0)));
    }
    types(op, [(Out(0), DType::Float32)])?;
    rows(op, In(0))?;
    set_output(op)
}

fn eval_unpack(op: &mut Op<'_>) -> Done {
    let (quant, (run, count)) = (op.quant(In(0))?, rows(op, In(0))?);
    // Numbers of a byte, and the bits above the first.
    let (each, above) = if op.dtype(In(0))? == DType::Int2 { (4, 6) } else { (2, 4) };
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let mut y = ViewMut::<f32>::new(y);
    for i in 0..y.len() {
        let byte = x.get(i / each).copied().unwrap_or_default();
        let own = (byte << (above - i % each * (8 / each))) as i8 >> above;
        let (scale, zero) = pair(&quant, i / run.max(1), count);
        y.set(i, scale * (i32::from(own) - zero) as f32);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::quantize;

    #[test]
    fn halves_round_away_and_ends_hold() {
        assert_eq!(
            [0.5f32, -0.5, 1.49, 1e30, -1e30].map(|x| quantize(x, 1.0, 3, (-128, 127))),
            [4, 2, 4, 127, -128]
        );
        assert_eq!(quantize(f32::NAN, 1.0, 3, (-128, 127)), 3);
    }
}
