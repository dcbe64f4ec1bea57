//! DIV: quotients with broadcasting and a fused activation.
//!
//! float32; int32, rounded towards zero; int8, uint8 and int16 quantized, in fixed point by the reciprocal of
//! the divisor. Divisors of zero are refused, except of floats.
//!
//! LiteRT's reference shifts right by as many as 40 bits, of which an x86 processor takes the count modulo 32; its
//! quotients of numbers near zero are therefore wrong, and `Numerics::LiteRt` has the same ones. The other profile
//! gives those that the arithmetic stands for.

use super::binary::{no_divisor, pair};
use super::common::{clamp, float_range, quantized_range, zip};
use super::function::real;
use crate::data::Quantized;
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::fixed::{Multiplier, high_mul, reciprocal, round_shift, saturating_shl};
use crate::{Done, Kernel, Numerics, Op, OpDef};
use floe_tflite::fields::div_options::FUSED_ACTIVATION_FUNCTION;
use floe_tflite::op;

/// DIV.
pub static DIV: OpDef = OpDef::builtin(
    op::DIV,
    3,
    &[
        Kernel::new(prepare::<f32>, eval_float),
        Kernel::new(prepare_quantized::<i8>, eval_quantized::<i8>),
        Kernel::new(prepare_quantized::<u8>, eval_quantized::<u8>),
        Kernel::new(prepare_quantized::<i16>, eval_quantized::<i16>),
        Kernel::new(prepare::<i32>, eval_int),
    ],
);

fn prepare<T: crate::data::Scalar>(op: &mut Op<'_>) -> Done {
    pair::<T, T>(op)?;
    float_range(op.option(FUSED_ACTIVATION_FUNCTION)).map(|_| ())
}

fn eval_float(op: &mut Op<'_>) -> Done {
    let range = float_range(op.option(FUSED_ACTIVATION_FUNCTION))?;
    zip(op, |a: f32, b: f32| clamp(a / b, range))
}

fn eval_int(op: &mut Op<'_>) -> Done {
    let (low, high) = float_range(op.option(FUSED_ACTIVATION_FUNCTION))?;
    no_divisor(op, 0i32)?;
    zip(op, |a: i32, b: i32| {
        let quotient = if b == 0 { 0 } else { a.wrapping_div(b) };
        quotient.max(low as i32).min(high as i32)
    })
}

#[derive(Clone, Copy, Debug)]
struct Params {
    zero: [i32; 3],
    factor: Multiplier,
    range: (i32, i32),
    numerics: Numerics,
}

impl Params {
    /// The quotient of two stored numbers; the divisor stands for something other than zero.
    fn at(&self, a: i32, b: i32) -> i32 {
        let (mut a, mut b) = (a.wrapping_sub(self.zero[0]), b.wrapping_sub(self.zero[1]));
        if b < 0 {
            (a, b) = (a.wrapping_neg(), b.wrapping_neg());
        }
        let (inverse, over_one) = reciprocal(b.max(1), 31);
        // Bits that only repeat the sign.
        let spare = (a ^ (a >> 31)).leading_zeros() as i32 - 1;
        let quotient = high_mul(a.wrapping_shl(spare as u32), inverse);
        let shift = self.factor.shift - over_one - spare;
        let scaled = shift_by(high_mul(quotient, self.factor.mantissa), shift, self.numerics);
        scaled.saturating_add(self.zero[2]).max(self.range.0).min(self.range.1)
    }
}

/// `x × 2^shift`, rounded or saturating.
fn shift_by(x: i32, shift: i32, numerics: Numerics) -> i32 {
    match (shift, numerics) {
        // The mask of the bits shifted out has all bits set, so every number that is not negative is rounded up.
        (..=-32, Numerics::LiteRt) => {
            x.wrapping_shr(shift.unsigned_abs()).wrapping_add((x >= 0).into())
        }
        (..=-32, Numerics::Tflm) => 0,
        (-31..=0, _) => round_shift(x, shift.unsigned_abs()),
        _ => saturating_shl(x, shift.min(31).unsigned_abs()),
    }
}

fn params(op: &Op<'_>) -> Result<Params, Fault> {
    let [(a, zero_a), (b, zero_b), (out, zero)] =
        [op.scale(In(0))?, op.scale(In(1))?, op.scale(Out(0))?];
    Ok(Params {
        zero: [zero_a, zero_b, zero],
        factor: real(a)?.div_f32(real(b)?.mul_f32(real(out)?)).multiplier(),
        range: quantized_range(op, Out(0), op.option(FUSED_ACTIVATION_FUNCTION))?,
        numerics: op.numerics(),
    })
}

fn prepare_quantized<T: Quantized>(op: &mut Op<'_>) -> Done {
    pair::<T, T>(op)?;
    params(op).map(|_| ())
}

fn eval_quantized<T: Quantized>(op: &mut Op<'_>) -> Done {
    let p = params(op)?;
    if op.read::<T>(In(1))?.iter().any(|b| b.into() == p.zero[1]) {
        return Err(Kind::Value.at(In(1)));
    }
    zip(op, |a: T, b: T| T::narrow(p.at(a.into(), b.into())))
}

#[cfg(test)]
mod tests {
    use super::{Params, shift_by};
    use crate::Numerics;
    use crate::kernels::function::real;

    #[test]
    fn a_quantized_quotient_is_the_real_one() {
        let factor = real(0.1).unwrap().div_f32(real(0.2).unwrap().mul_f32(real(0.05).unwrap()));
        let p = Params {
            zero: [3, -7, 5],
            factor: factor.multiplier(),
            range: (-128, 127),
            numerics: Numerics::Tflm,
        };
        for a in (-128..128).step_by(3) {
            for b in (-128..128).filter(|&b| b != -7) {
                let quotient = 0.1 * f64::from(a - 3) / (0.2 * f64::from(b + 7));
                let want = (quotient / 0.05 + 5.0).clamp(-128.0, 127.0);
                assert!(
                    (f64::from(p.at(a, b)) - want).abs() < 0.5001,
                    "{a} {b}: {} {want}",
                    p.at(a, b)
                );
            }
        }
    }

    #[test]
    fn shifts_are_total() {
        let all = |numerics| {
            [(5, -1), (-5, -1), (7, -40), (0, -32), (-8, -33), (1, 31), (-3, 40)]
                .map(|(x, shift)| shift_by(x, shift, numerics))
        };
        assert_eq!(all(Numerics::Tflm), [3, -3, 0, 0, 0, i32::MAX, i32::MIN]);
        assert_eq!(all(Numerics::LiteRt), [3, -3, 1, 1, -4, i32::MAX, i32::MIN]);
    }
}
