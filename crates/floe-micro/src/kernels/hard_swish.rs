//! HARD_SWISH: x × min(max(x + 3, 0), 6) / 6.
//!
//! float32; int8 and uint8 quantized, in 16-bit fixed point: x with 7 fraction bits on the output's scale, times
//! the ramp (x + 3) / 6 with 15.

use super::common::map_bytes;
use super::function::{Function, affine, float, range_of, real, same_quantized};
use crate::data::Quantized;
use crate::error::Operand::Out;
use crate::error::{Fault, Kind};
use crate::num::fixed::{Multiplier, high_mul_16, round_shift};
use crate::num::lut::Affine;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::op;

/// HARD_SWISH.
pub static HARD_SWISH: OpDef = OpDef::builtin(
    op::HARD_SWISH,
    1,
    &[
        float::<HardSwish>(),
        Kernel::new(prepare::<i8>, eval::<i8>).in_place(),
        Kernel::new(prepare::<u8>, eval::<u8>).in_place(),
    ],
);

struct HardSwish;

impl Function for HardSwish {
    fn new(_: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }
    #[inline(always)]
    fn at(&self, x: f32) -> f32 {
        let ramp = x + 3.0;
        let ramp = if ramp > 0.0 { ramp } else { 0.0 };
        x * (if ramp < 6.0 { ramp } else { 6.0 }) / 6.0
    }
}

/// A factor whose mantissa has 15 bits.
#[derive(Clone, Copy, Debug)]
struct Short {
    mantissa: i16,
    shift: i32,
}

impl From<Multiplier> for Short {
    fn from(m: Multiplier) -> Self {
        let rounded = m.mantissa.saturating_add(1 << 15) >> 16;
        Self { mantissa: rounded.min(0x7fff) as i16, shift: m.shift }
    }
}

struct Params {
    q: Affine,
    output: Short,
    ramp: Short,
}

impl Params {
    fn new(q: Affine) -> Result<Self, Fault> {
        let fine = real(q.input.0)?.scaled(-7);
        let output: Short = fine.div_f32(real(q.output.0)?).multiplier().into();
        let ramp = fine.div_f32(real(3.0 / 32768.0)?).multiplier().into();
        if output.shift > 0 {
            return Err(Kind::Quant.at(Out(0)));
        }
        Ok(Self { q, output, ramp })
    }

    fn at(&self, x: i32) -> i32 {
        let fine = (x.wrapping_sub(self.q.input.1) as i16).wrapping_shl(7);
        let value = high_mul_16(fine, self.output.mantissa);
        let product = cut_mul(self.ramp(fine), value);
        round_shift(product.into(), self.output.shift.unsigned_abs().min(31))
            .wrapping_add(self.q.output.1)
    }

    /// (x + 3) / 6 kept between 0 and 1, with 15 fraction bits.
    fn ramp(&self, fine: i16) -> i16 {
        let shift = self.ramp.shift;
        let up = |x: i16, by: i32| (i64::from(x) << by.clamp(0, 40)).clamp(-32768, 32767) as i16;
        // All but one bit of a left shift come before the product, so that only the last may saturate.
        let x = if shift > 0 { up(fine, shift - 1) } else { fine };
        let x = high_mul_16(x, self.ramp.mantissa);
        let x = if shift > 0 { up(x, 1) } else { x };
        let x = round_shift(x.into(), shift.min(0).unsigned_abs().min(31));
        ((x + 32768) >> 1) as i16
    }
}

/// `a × b / 2^15`, cut off towards zero.
fn cut_mul(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b)) / (1 << 15)).min(32767) as i16
}

fn prepare<T: Quantized>(op: &mut Op<'_>) -> Done {
    same_quantized::<T>(op)?;
    Params::new(affine(op)?).map(|_| ())
}

fn eval<T: Quantized>(op: &mut Op<'_>) -> Done {
    let p = Params::new(affine(op)?)?;
    let (low, high) = range_of::<T>();
    map_bytes(op, &mut |x| {
        let x = if low < 0 { i32::from(x as i8) } else { i32::from(x) };
        p.at(x).max(low).min(high) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::{Function, HardSwish, Params, cut_mul};
    use crate::num::lut::Affine;

    #[test]
    fn it_is_the_real_one_within_a_step() {
        let p = Params::new(Affine { input: (0.05, -20), output: (0.04, -100) }).unwrap();
        for x in -128..128 {
            let real = 0.05 * f64::from(x + 20);
            let want = real * (real + 3.0).clamp(0.0, 6.0) / 6.0 / 0.04 - 100.0;
            assert!((f64::from(p.at(x)) - want).abs() < 1.01, "{x}: {} {want}", p.at(x));
        }
    }

    #[test]
    fn products_are_cut_towards_zero() {
        assert_eq!((cut_mul(-1, 1), cut_mul(i16::MIN, i16::MIN)), (0, 32767));
        assert_eq!([-4.0, 0.0, 1.5, 8.0].map(|x| HardSwish.at(x)), [-0.0, 0.0, 1.125, 8.0]);
    }
}
