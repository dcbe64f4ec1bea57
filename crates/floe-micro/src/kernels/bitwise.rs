//! BITWISE_XOR, RIGHT_SHIFT.
//!
//! int8, uint8, int16, uint16, int32, uint32. Signed numbers keep their sign when shifted; a shift by more than the
//! type's bits shifts by all but one, by a negative number not at all.

use super::binary::pair;
use super::common::zip;
use crate::data::Scalar;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::op;

/// BITWISE_XOR.
pub static BITWISE_XOR: OpDef = OpDef::builtin(op::BITWISE_XOR, 1, &kernels::<false>());
/// RIGHT_SHIFT.
pub static RIGHT_SHIFT: OpDef = OpDef::builtin(op::RIGHT_SHIFT, 1, &kernels::<true>());

const fn kernels<const SHIFT: bool>() -> [Kernel; 6] {
    [
        of::<SHIFT, i8>(),
        of::<SHIFT, u8>(),
        of::<SHIFT, i16>(),
        of::<SHIFT, u16>(),
        of::<SHIFT, i32>(),
        of::<SHIFT, u32>(),
    ]
}

const fn of<const SHIFT: bool, T: Bits>() -> Kernel {
    Kernel::new(pair::<T, T>, eval::<SHIFT, T>)
}

fn eval<const SHIFT: bool, T: Bits>(op: &mut Op<'_>) -> Done {
    zip(op, if SHIFT { T::shift } else { T::xor })
}

trait Bits: Scalar {
    fn xor(self, other: Self) -> Self;
    fn shift(self, by: Self) -> Self;
}

macro_rules! bits {
    ($($t:ty)*) => {$(
        impl Bits for $t {
            fn xor(self, other: Self) -> Self {
                self ^ other
            }
            fn shift(self, by: Self) -> Self {
                #[allow(unused_comparisons, reason = "of unsigned types")]
                let by = if by < 0 { 0 } else { by as u32 };
                self >> by.min(<$t>::BITS - 1)
            }
        }
    )*};
}
bits!(i8 u8 i16 u16 i32 u32);

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn shifts_stay_within_the_type() {
        assert_eq!(
            [0i8, 1, 7, 8, 100, -3].map(|by| (-100i8).shift(by)),
            [-100, -50, -1, -1, -1, -100]
        );
        assert_eq!([0u8, 1, 7, 8].map(|by| 200u8.shift(by)), [200, 100, 1, 1]);
        assert_eq!(0b1100u16.xor(0b1010), 0b0110);
    }
}
