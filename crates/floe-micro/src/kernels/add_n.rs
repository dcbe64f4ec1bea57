//! ADD_N: the sum of any number of inputs of one shape.
//!
//! float32, int32 (wrapping); int8 as TensorFlow Lite Micro has it: inputs of one scale, in fixed point with
//! 20 fraction bits.

use super::common::types;
use super::function::{affine, real, saturate};
use crate::data::{Scalar, View, ViewMut};
use crate::error::Operand::{In, Out, Scratch};
use crate::error::{Fault, Kind};
use crate::num::fixed::Multiplier;
use crate::num::lut::Affine;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::op;

/// ADD_N.
pub static ADD_N: OpDef = OpDef::builtin(
    op::ADD_N,
    1,
    &[
        Kernel::new(prepare::<f32>, |op| eval(op, |a: f32, b: f32| a + b)),
        Kernel::new(prepare::<i32>, |op| eval(op, i32::wrapping_add)),
        Kernel::new(prepare_quantized, eval_quantized),
    ],
);

fn input(i: usize) -> crate::Operand {
    In(u16::try_from(i).unwrap_or(u16::MAX))
}

fn prepare<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), T::DTYPE)])?;
    let shape = op.shape(In(0))?;
    for i in 1..op.inputs() {
        types(op, [(input(i), T::DTYPE)])?;
        if op.shape(input(i))? != shape {
            return Err(Kind::Shape.at(input(i)));
        }
    }
    op.set_shape(Out(0), &shape)
}

fn eval<T: Scalar>(op: &mut Op<'_>, add: fn(T, T) -> T) -> Done {
    op.copy(In(0), Out(0))?;
    for i in 1..op.inputs() {
        let ([x], [y]) = op.io([input(i)], [Out(0)])?;
        let mut x = View::<T>::new(x).iter();
        ViewMut::<T>::new(y).update(|y| x.next().map_or(y, |x| add(y, x)));
    }
    Ok(())
}

const LEFT_SHIFT: i32 = 20;

/// The factors into the sum and out of it.
fn params(q: &Affine) -> Result<[Multiplier; 2], Fault> {
    let twice = real(q.input.0)?.scaled(1);
    let unit = real(q.output.0)?.scaled(LEFT_SHIFT);
    Ok([real(q.input.0)?.div(twice).multiplier(), twice.div(unit).multiplier()])
}

fn prepare_quantized(op: &mut Op<'_>) -> Done {
    prepare::<i8>(op)?;
    params(&affine(op)?)?;
    let scale = op.scale(In(0))?;
    for i in 1..op.inputs() {
        if op.scale(input(i))? != scale {
            return Err(Kind::Quant.at(input(i)));
        }
    }
    let elements = op.shape(In(0))?.len();
    op.scratch(elements.saturating_mul(4))
}

fn eval_quantized(op: &mut Op<'_>) -> Done {
    let q = affine(op)?;
    let [into, out] = params(&q)?;
    for i in 0..op.inputs() {
        let ([x], [sum]) = op.io([input(i)], [Scratch])?;
        let mut x = View::<i8>::new(x).iter();
        ViewMut::<i32>::new(sum).update(|sum| {
            let steps = i32::from(x.next().unwrap_or_default()).wrapping_sub(q.input.1);
            let term = into.apply_small(steps.wrapping_shl(LEFT_SHIFT as u32));
            if i == 0 { term } else { sum.wrapping_add(term) }
        });
    }
    let ([sum], [y]) = op.io([Scratch], [Out(0)])?;
    let total = |sum| saturate::<i8>(out.apply(sum).wrapping_add(q.output.1));
    ViewMut::<i8>::new(y).write(View::<i32>::new(sum).iter().map(total));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LEFT_SHIFT, params};
    use crate::num::lut::Affine;

    #[test]
    fn a_quantized_sum_is_the_real_one() {
        let q = Affine { input: (0.1, 4), output: (0.25, -3) };
        let [into, out] = params(&q).unwrap();
        for x in -128..128 {
            let term = into.apply_small((x - 4) << LEFT_SHIFT);
            let got = out.apply(term * 3);
            let want = 3.0 * 0.1 * f64::from(x - 4) / 0.25;
            assert!((f64::from(got) - want).abs() <= 0.5001, "{x}: {got} {want}");
        }
    }
}
