//! RSQRT: one over the square root.
//!
//! float32; int8 in fixed point and int16 by table, whose real numbers must not be negative. Zero gives the
//! largest output.

use super::common::map;
use super::function::{Function, affine, float, real, run16, same_quantized, saturate, scratch16};
use crate::data::Quantized;
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::fixed::Multiplier;
use crate::num::float::sqrt;
use crate::num::lut::Affine;
use crate::num::root::inverse_sqrt;
use crate::num::scale::Real;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::op;

/// RSQRT.
pub static RSQRT: OpDef = OpDef::builtin(
    op::RSQRT,
    3,
    &[float::<Rsqrt>(), Kernel::new(prepare8, eval8), Kernel::new(prepare16, eval16)],
);

struct Rsqrt;

impl Function for Rsqrt {
    fn new(_: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }
    #[inline(always)]
    fn at(&self, x: f32) -> f32 {
        1.0 / sqrt(x)
    }
}

fn prepare8(op: &mut Op<'_>) -> Done {
    same_quantized::<i8>(op)?;
    params(&affine(op)?).map(|_| ())
}

/// Fraction bits that the root keeps between its two roundings.
const KEPT: i32 = 20;

/// The factor from 1 / √(steps of the input) to steps of the output, with the kept bits taken off.
fn params(q: &Affine) -> Result<Multiplier, Fault> {
    let root = real(sqrt(q.input.0))?;
    let factor = Real::ONE.div(root.mul_f32(real(q.output.0)?)).multiplier();
    Ok(Multiplier { shift: factor.shift - KEPT, ..factor })
}

/// 1 / √`steps`, by `factor`, in steps of the output; `None` for 1 / √0.
fn root(steps: i32, factor: Multiplier) -> Option<i32> {
    let (mantissa, shift) = inverse_sqrt(steps);
    let root = Multiplier { mantissa, shift: shift + KEPT }.apply(1);
    (steps != 0).then(|| factor.apply(root))
}

fn check_sign<T: Quantized>(op: &Op<'_>, zero: i32) -> Done {
    let negative = op.read::<T>(In(0))?.iter().any(|x| x.into() < zero);
    if negative { Err(Kind::Value.at(In(0))) } else { Ok(()) }
}

fn eval8(op: &mut Op<'_>) -> Done {
    let q = affine(op)?;
    let factor = params(&q)?;
    check_sign::<i8>(op, q.input.1)?;
    map(op, |x: i8| {
        let root = root(i32::from(x).wrapping_sub(q.input.1), factor);
        root.map_or(127, |r| saturate::<i8>(r.wrapping_add(q.output.1)))
    })
}

fn prepare16(op: &mut Op<'_>) -> Done {
    same_quantized::<i16>(op)?;
    let q = affine(op)?;
    if q.input.1 != 0 || q.output.1 != 0 {
        return Err(Kind::Quant.at(Out(0)));
    }
    scratch16(op)
}

fn eval16(op: &mut Op<'_>) -> Done {
    let q = affine(op)?;
    check_sign::<i16>(op, q.input.1)?;
    let largest = 32767.0 * q.output.0;
    run16(op, &|x| if x <= 0.0 { largest } else { 1.0 / sqrt(x) })
}

#[cfg(test)]
mod tests {
    use super::{params, root};
    use crate::num::lut::Affine;

    #[test]
    fn roots_are_within_a_step() {
        let q = Affine { input: (0.1, 0), output: (0.04, 0) };
        let factor = params(&q).unwrap();
        for x in 1..=255 {
            let want = 1.0 / (f64::from(x) * 0.1).sqrt() / 0.04;
            let got = f64::from(root(x, factor).unwrap());
            assert!((got - want).abs() < 0.51, "{x}: {got} {want}");
        }
        assert_eq!(root(0, factor), None);
    }
}
