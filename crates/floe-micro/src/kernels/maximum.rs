//! MAXIMUM, MINIMUM: the larger or smaller of two elements, as they are stored.
//!
//! float32, int8, uint8, int16, int32, int64. Where the two cannot be compared (NaN) the second wins.

use super::binary::pair;
use super::common::zip;
use crate::data::Scalar;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::op;

/// MAXIMUM.
pub static MAXIMUM: OpDef = OpDef::builtin(op::MAXIMUM, 4, &kernels::<true>());
/// MINIMUM.
pub static MINIMUM: OpDef = OpDef::builtin(op::MINIMUM, 4, &kernels::<false>());

const fn kernels<const MAX: bool>() -> [Kernel; 6] {
    [
        Kernel::new(pair::<f32, f32>, eval::<MAX, f32>).in_place_of(2),
        Kernel::new(pair::<i8, i8>, eval::<MAX, i8>).in_place_of(2),
        Kernel::new(pair::<u8, u8>, eval::<MAX, u8>).in_place_of(2),
        Kernel::new(pair::<i16, i16>, eval::<MAX, i16>).in_place_of(2),
        Kernel::new(pair::<i32, i32>, eval::<MAX, i32>).in_place_of(2),
        Kernel::new(pair::<i64, i64>, eval::<MAX, i64>).in_place_of(2),
    ]
}

fn eval<const MAX: bool, T: Scalar>(op: &mut Op<'_>) -> Done {
    zip(op, choose::<MAX, T>)
}

#[inline(always)]
fn choose<const MAX: bool, T: Scalar>(a: T, b: T) -> T {
    let first = if MAX { a > b } else { a < b };
    if first { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn the_larger_and_the_smaller() {
        assert_eq!((choose::<true, i8>(-3, 2), choose::<false, i8>(-3, 2)), (2, -3));
        assert_eq!(choose::<true, f32>(f32::NAN, 2.0), 2.0);
        assert!(choose::<true, f32>(2.0, f32::NAN).is_nan());
    }
}
