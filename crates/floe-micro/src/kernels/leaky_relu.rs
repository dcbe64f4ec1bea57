//! LEAKY_RELU: x, and alpha × x below zero.
//!
//! float32; int8, uint8 and int16 quantized.

use super::common::map;
use super::function::{Function, affine, float, real, same_quantized, saturate};
use crate::data::Quantized;
use crate::error::Operand::Out;
use crate::error::{Fault, Kind};
use crate::num::fixed::Multiplier;
use crate::num::lut::Affine;
use crate::num::scale::Real;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::fields::leaky_relu_options::ALPHA;
use floe_tflite::op;

/// LEAKY_RELU.
pub static LEAKY_RELU: OpDef = OpDef::builtin(
    op::LEAKY_RELU,
    2,
    &[float::<Leaky>(), quantized::<i8>(), quantized::<u8>(), quantized::<i16>()],
);

struct Leaky {
    alpha: f32,
}

impl Function for Leaky {
    fn new(op: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self { alpha: op.option(ALPHA) })
    }
    #[inline(always)]
    fn at(&self, x: f32) -> f32 {
        if x > 0.0 { x } else { x * self.alpha }
    }
}

const fn quantized<T: Quantized>() -> Kernel {
    Kernel::new(prepare::<T>, eval::<T>).in_place()
}

/// The factors for numbers from zero on, and below it.
fn factors(q: &Affine, alpha: f32) -> Result<[Multiplier; 2], Fault> {
    let (from, to) = (real(q.input.0)?, real(q.output.0)?);
    let alpha = Real::new(alpha).ok_or(Kind::Option.at(Out(0)))?;
    Ok([from.div_f32(to).multiplier(), from.mul_f32(alpha).div_f32(to).multiplier()])
}

fn prepare<T: Quantized>(op: &mut Op<'_>) -> Done {
    same_quantized::<T>(op)?;
    factors(&affine(op)?, op.option(ALPHA)).map(|_| ())
}

fn eval<T: Quantized>(op: &mut Op<'_>) -> Done {
    let q = affine(op)?;
    let [above, below] = factors(&q, op.option(ALPHA))?;
    map(op, |x: T| {
        let steps = x.into().wrapping_sub(q.input.1);
        let factor = if steps >= 0 { above } else { below };
        saturate::<T>(factor.apply(steps).wrapping_add(q.output.1))
    })
}

#[cfg(test)]
mod tests {
    use super::factors;
    use crate::num::lut::Affine;

    #[test]
    fn factors_are_the_real_ones() {
        let q = Affine { input: (0.1, 0), output: (0.2, 0) };
        let [above, below] = factors(&q, -0.5).unwrap();
        assert_eq!([3, 1].map(|x| above.apply(x)), [2, 1]);
        assert_eq!([-4, -2, -8].map(|x| below.apply(x)), [1, 1, 2]);
        assert!(factors(&q, f32::NAN).is_err());
    }
}
