//! LOG_SOFTMAX: x − log Σ e^x along the last dimension.
//!
//! float32; int8 and uint8 in fixed point, to an output scale of 1/16 whose largest number stands for 0.

use super::function::{range_of, real, rows, same, same_quantized, saturate};
use crate::data::{Quantized, View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::fixed::{
    Multiplier, exp_neg, half_sum, high_mul, one_over_one_plus, rescale, round_shift,
    saturating_shl,
};
use crate::num::float::{exp, ln};
use crate::num::scale::Real;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::op;

/// LOG_SOFTMAX.
pub static LOG_SOFTMAX: OpDef = OpDef::builtin(
    op::LOG_SOFTMAX,
    2,
    &[
        Kernel::new(same::<f32, f32>, eval),
        Kernel::new(prepare_quantized::<i8>, eval_quantized::<i8>),
        Kernel::new(prepare_quantized::<u8>, eval_quantized::<u8>),
    ],
);

fn eval(op: &mut Op<'_>) -> Done {
    rows(op, |x: View<'_, f32>, y| {
        let largest = x.iter().fold(f32::MIN, f32::max);
        let log = ln(x.iter().fold(0.0, |sum, x| sum + exp(x - largest)));
        y.write(x.iter().map(|x| x - largest - log));
    })
}

/// Differences from the largest number of a row: into Q5.26, and how far they count.
#[derive(Clone, Copy, Debug)]
struct Params {
    into: Multiplier,
    back: Multiplier,
    least: i32,
}

impl Params {
    fn new(scale: f32) -> Result<Self, Fault> {
        let limit = Real::from_u32(i32::MAX as u32);
        let scaled = real(scale)?.scaled(26);
        let into = if scaled.less(limit) { scaled } else { limit }.multiplier();
        let left = into.shift.clamp(0, 31);
        let back = Real::ONE.scaled(31 - left).div(Real::from_u32(into.mantissa.unsigned_abs()));
        let least = -((31i64 << 26) >> left) as i32;
        Ok(Self { into, back: back.multiplier(), least })
    }

    /// Writes a row's logarithms, in 1/16, from 0 down.
    fn row<T: Quantized>(&self, x: View<'_, T>, y: &mut ViewMut<'_, T>) {
        let (low, high) = range_of::<T>();
        let largest = x.iter().map(Into::into).fold(low, i32::max);
        let mut sum = 0i32; // Q12.19
        for x in x.iter() {
            let difference = x.into() - largest;
            if difference >= self.least {
                let e = exp_neg::<5>(self.into.apply(difference));
                sum = sum.wrapping_add(round_shift(e, 12));
            }
        }
        let log = log_from_one(sum);
        let least = self.back.apply(log.wrapping_add(i32::MIN)).max(self.least - 1);
        y.write(x.iter().map(|x| {
            let difference = x.into() - largest;
            if difference > least {
                let steps = round_shift(self.into.apply(difference).wrapping_sub(log), 22);
                saturate::<T>(steps.wrapping_add(high))
            } else {
                saturate::<T>(low)
            }
        }));
    }
}

/// The logarithm of `x` ≥ 1 in Q12.19, in Q5.26.
///
/// x = r × 2^p with r about √½: log x = p log 2 + log r, the latter by a Padé approximant around the fourth
/// root of ½. Two candidates for (r, p) are formed; the larger p, which has the smaller r, is taken.
fn log_from_one(x: i32) -> i32 {
    const INPUT: i32 = 12;
    const ACCUMULATOR: u32 = 6; // Integer bits: one more than the result's.
    const LOG_2: i32 = 1_488_522_236;
    const FOURTH_ROOT_HALF: i32 = 1_805_811_301;
    const ROOT_HALF: i32 = 1_518_500_250;
    const QUARTER: i32 = 1 << (29 - ACCUMULATOR);
    const ALPHA_N: i32 = 117_049_297;
    const ALPHA_D: i32 = 127_690_142;
    const ALPHA_I: i32 = 1_057_819_769;
    const ALPHA_F: i32 = 638_450_708;
    let whole = |p: i32| {
        (p as i64 * (1i64 << (31 - ACCUMULATOR))).clamp(i32::MIN.into(), i32::MAX.into()) as i32
    };

    let zeros_a = x.leading_zeros() as i32;
    let a = saturating_shl(x, zeros_a.wrapping_sub(1).max(0) as u32);
    let r_a = saturating_shl(high_mul(a, ROOT_HALF), 1);
    let p_a = whole(INPUT - zeros_a).saturating_add(QUARTER);
    let zeros_b = high_mul(x, ROOT_HALF).leading_zeros() as i32 - 1;
    let r_b = saturating_shl(x, zeros_b.max(0) as u32);
    let p_b = whole(INPUT - zeros_b).saturating_sub(QUARTER);
    let (r, p) = (r_a.min(r_b), p_a.max(p_b));

    let mean = half_sum(r, FOURTH_ROOT_HALF);
    let q = r.wrapping_sub(FOURTH_ROOT_HALF);
    let q = q.wrapping_add(q);
    let square = high_mul(q, q);
    let numerator = high_mul(q, r).wrapping_add(high_mul(high_mul(q, square), ALPHA_N));
    let inner = ALPHA_I.wrapping_add(q).wrapping_add(high_mul(ALPHA_D, square));
    let denominator = high_mul(mean, inner).wrapping_add(high_mul(ALPHA_F, q));
    let scaled = rescale(numerator, ACCUMULATOR as i32);
    let log = high_mul(p, LOG_2).wrapping_add(high_mul(scaled, one_over_one_plus(denominator)));
    rescale(log, -1)
}

fn prepare_quantized<T: Quantized>(op: &mut Op<'_>) -> Done {
    same_quantized::<T>(op)?;
    if op.scale(Out(0))? != (1.0 / 16.0, range_of::<T>().1) {
        return Err(Kind::Quant.at(Out(0)));
    }
    Params::new(op.scale(In(0))?.0).map(|_| ())
}

fn eval_quantized<T: Quantized>(op: &mut Op<'_>) -> Done {
    let p = Params::new(op.scale(In(0))?.0)?;
    rows(op, |x: View<'_, T>, y| p.row(x, y))
}

#[cfg(test)]
mod tests {
    use super::{Params, log_from_one};
    use crate::data::{View, ViewMut};

    #[test]
    fn logarithms_are_close() {
        for x in (1 << 19..1 << 22).step_by(997).chain((1 << 22..i32::MAX).step_by(10_000_019)) {
            let want = (f64::from(x) / 2f64.powi(19)).ln();
            let got = f64::from(log_from_one(x)) / 2f64.powi(26);
            assert!((got - want).abs() < 1e-6, "{x}: {got} {want}");
        }
    }

    #[test]
    fn a_row_is_the_real_one_within_a_step() {
        let x = [-128i8, -20, 0, 3, 50, 50, 127];
        let bytes = x.map(|x| x as u8);
        let mut out = [0u8; 7];
        Params::new(0.1).unwrap().row(View::<i8>::new(&bytes), &mut ViewMut::<i8>::new(&mut out));
        let log = x.iter().map(|&x| (0.1 * f64::from(x)).exp()).sum::<f64>().ln();
        for (x, y) in x.iter().zip(out) {
            let want = ((0.1 * f64::from(*x) - log) * 16.0 + 127.0).max(-128.0);
            assert!((f64::from(y as i8) - want).abs() < 0.6, "{x}: {} {want}", y as i8);
        }
    }
}
