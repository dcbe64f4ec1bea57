//! SIGN: −1, 0 or 1.
//!
//! float32, float64, int32. NaN stays.

use super::common::map;
use super::function::same;
use crate::data::Scalar;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::op;

/// SIGN.
pub static SIGN: OpDef = OpDef::builtin(op::SIGN, 2, &[of::<f32>(), of::<f64>(), of::<i32>()]);

const fn of<T: Scalar + From<i8>>() -> Kernel {
    Kernel::new(same::<T, T>, eval::<T>).in_place()
}

fn eval<T: Scalar + From<i8>>(op: &mut Op<'_>) -> Done {
    map(op, sign::<T>)
}

fn sign<T: Scalar + From<i8>>(x: T) -> T {
    let zero = T::default();
    match (x > zero, x < zero) {
        (true, _) => T::from(1),
        (_, true) => T::from(-1),
        // Zero, or NaN.
        _ => x,
    }
}

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn signs() {
        assert_eq!([-7, 0, 9].map(sign::<i32>), [-1, 0, 1]);
        assert_eq!([-0.1, -0.0, f32::INFINITY].map(sign::<f32>), [-1.0, 0.0, 1.0]);
        assert!(sign(f32::NAN).is_nan());
    }
}
