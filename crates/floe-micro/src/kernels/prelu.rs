//! PRELU: x, and x times an alpha of its own, broadcast, below zero.
//!
//! float32; int8 and uint8 quantized; int16 with alphas of int8. LiteRT computes the factors in single precision,
//! TensorFlow Lite Micro in double.

use super::common::{set_broadcast, types, zip};
use super::function::{real, saturate};
use crate::data::{Quantized, Scalar};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::fixed::Multiplier;
use crate::{Done, Kernel, Numerics, Op, OpDef};
use floe_tflite::op;

/// PRELU.
pub static PRELU: OpDef = OpDef::builtin(
    op::PRELU,
    1,
    &[
        Kernel::new(prepare::<f32, f32>, eval_float),
        Kernel::new(prepare_quantized::<i8, i8>, eval::<i8, i8>),
        Kernel::new(prepare_quantized::<u8, u8>, eval::<u8, u8>),
        Kernel::new(prepare_quantized::<i16, i8>, eval::<i16, i8>),
    ],
);

fn prepare<T: Scalar, A: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (In(1), A::DTYPE), (Out(0), T::DTYPE)])?;
    set_broadcast(op)?;
    if op.shape(In(0))? == op.shape(Out(0))? { Ok(()) } else { Err(Kind::Shape.at(In(1))) }
}

fn eval_float(op: &mut Op<'_>) -> Done {
    zip(op, |x: f32, alpha: f32| if x >= 0.0 { x } else { x * alpha })
}

#[derive(Clone, Copy, Debug)]
struct Params {
    zero: [i32; 3],
    above: Multiplier,
    below: Multiplier,
}

impl Params {
    fn new(scales: [(f32, i32); 3], numerics: Numerics) -> Result<Self, Fault> {
        let [(x, zero_x), (alpha, zero_alpha), (out, zero)] = scales;
        let (x, alpha, out) = (real(x)?, real(alpha)?, real(out)?);
        let (above, below) = match numerics {
            Numerics::LiteRt => (x.div_f32(out), x.mul_f32(alpha).div_f32(out)),
            Numerics::Tflm => (x.div(out), x.mul(alpha).div(out)),
        };
        let (above, below) = (above.multiplier(), below.multiplier());
        Ok(Self { zero: [zero_x, zero_alpha, zero], above, below })
    }

    fn at(&self, x: i32, alpha: i32) -> i32 {
        let (x, alpha) = (x.wrapping_sub(self.zero[0]), alpha.wrapping_sub(self.zero[1]));
        let scaled =
            if x >= 0 { self.above.apply(x) } else { self.below.apply(x.wrapping_mul(alpha)) };
        scaled.wrapping_add(self.zero[2])
    }
}

fn params(op: &Op<'_>) -> Result<Params, Fault> {
    Params::new([op.scale(In(0))?, op.scale(In(1))?, op.scale(Out(0))?], op.numerics())
}

fn prepare_quantized<T: Quantized, A: Quantized>(op: &mut Op<'_>) -> Done {
    prepare::<T, A>(op)?;
    params(op).map(|_| ())
}

fn eval<T: Quantized, A: Quantized>(op: &mut Op<'_>) -> Done {
    let p = params(op)?;
    zip(op, |x: T, alpha: A| saturate::<T>(p.at(x.into(), alpha.into())))
}

#[cfg(test)]
mod tests {
    use super::Params;
    use crate::Numerics;

    #[test]
    fn it_is_the_real_one_within_half_a_step() {
        let scales = [(0.1, 4), (0.02, -9), (0.07, 11)];
        let p = Params::new(scales, Numerics::LiteRt).unwrap();
        for x in (-128..128).step_by(3) {
            for alpha in (-128..128).step_by(7) {
                let real = 0.1 * f64::from(x - 4);
                let real = if real >= 0.0 { real } else { real * 0.02 * f64::from(alpha + 9) };
                let want = real / 0.07 + 11.0;
                assert!((f64::from(p.at(x, alpha)) - want).abs() <= 0.5001, "{x} {alpha}");
            }
        }
    }
}
