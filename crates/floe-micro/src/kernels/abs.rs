//! ABS: the distance from zero.
//!
//! float32, int32, unquantized int16; int8 and int16 quantized, rescaled to the output.

use super::common::map;
use super::function::{affine, factor, same, same_quantized, saturate};
use crate::data::Quantized;
use crate::num::fixed::Multiplier;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::op;

/// ABS.
pub static ABS: OpDef = OpDef::builtin(
    op::ABS,
    5,
    &[
        Kernel::new(same::<f32, f32>, |op| map(op, f32::abs)).in_place(),
        Kernel::new(same_quantized::<i8>, eval::<i8>).in_place(),
        Kernel::new(same_quantized::<i16>, eval::<i16>).in_place(),
        Kernel::new(same::<i16, i16>, |op| map(op, i16::wrapping_abs)).in_place(),
        Kernel::new(same::<i32, i32>, |op| map(op, i32::wrapping_abs)).in_place(),
    ],
);

fn eval<T: Quantized>(op: &mut Op<'_>) -> Done {
    let q = affine(op)?;
    let scaled = if q.input.0 == q.output.0 { None } else { Some(factor(q.input.0, q.output.0)?) };
    map(op, |x: T| saturate::<T>(distance(x.into(), q.input.1, scaled).wrapping_add(q.output.1)))
}

/// How far `x` is from `zero`, in steps of the output.
fn distance(x: i32, zero: i32, factor: Option<Multiplier>) -> i32 {
    let steps = x.wrapping_sub(zero).wrapping_abs();
    factor.map_or(steps, |f| f.apply(steps))
}

#[cfg(test)]
mod tests {
    use super::distance;
    use crate::kernels::function::factor;

    #[test]
    fn distances_round_halves_away() {
        let half = factor(0.5, 1.0).unwrap();
        assert_eq!([-3, -2, 1, 4].map(|x| distance(x, 1, Some(half))), [2, 2, 0, 2]);
        assert_eq!(distance(-128, 127, None), 255);
    }
}
