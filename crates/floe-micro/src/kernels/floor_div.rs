//! FLOOR_DIV, FLOOR_MOD: division that rounds down, and its remainder, which has the divisor's sign.
//!
//! float32, int8, int16, int32, int64; of integers the stored number counts, whatever quantization says. Divisors
//! of zero are refused, except in a float's FLOOR_MOD.

use super::binary::{no_divisor, pair};
use super::common::zip;
use crate::data::Scalar;
use crate::num::special::{floor64, fmod};
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::op;

/// FLOOR_DIV.
pub static FLOOR_DIV: OpDef = OpDef::builtin(op::FLOOR_DIV, 3, &kernels::<false>());
/// FLOOR_MOD.
pub static FLOOR_MOD: OpDef = OpDef::builtin(op::FLOOR_MOD, 2, &kernels::<true>());

const fn kernels<const MOD: bool>() -> [Kernel; 5] {
    [of::<MOD, f32>(), of::<MOD, i8>(), of::<MOD, i16>(), of::<MOD, i32>(), of::<MOD, i64>()]
}

const fn of<const MOD: bool, T: Floored>() -> Kernel {
    Kernel::new(pair::<T, T>, eval::<MOD, T>)
}

fn eval<const MOD: bool, T: Floored>(op: &mut Op<'_>) -> Done {
    if !(MOD && T::DTYPE.is_float()) {
        no_divisor(op, T::default())?;
    }
    zip(op, if MOD { T::modulo } else { T::div })
}

/// Numbers that are divided with rounding down.
trait Floored: Scalar {
    fn div(self, by: Self) -> Self;
    fn modulo(self, by: Self) -> Self;
}

macro_rules! integers {
    ($($t:ty)*) => {$(
        impl Floored for $t {
            fn div(self, by: Self) -> Self {
                if by == 0 {
                    return 0;
                }
                let quotient = self.wrapping_div(by);
                let inexact = self.wrapping_rem(by) != 0;
                if inexact && (self < 0) != (by < 0) { quotient.wrapping_sub(1) } else { quotient }
            }
            fn modulo(self, by: Self) -> Self {
                if by == 0 {
                    return 0;
                }
                let rest = self.wrapping_rem(by);
                if rest != 0 && (rest < 0) != (by < 0) { rest.wrapping_add(by) } else { rest }
            }
        }
    )*};
}
integers!(i8 i16 i32 i64);

impl Floored for f32 {
    fn div(self, by: Self) -> Self {
        floor64(f64::from(self) / f64::from(by)) as f32
    }
    fn modulo(self, by: Self) -> Self {
        let rest = fmod(self, by);
        if rest != 0.0 && (rest < 0.0) != (by < 0.0) { rest + by } else { rest }
    }
}

#[cfg(test)]
mod tests {
    use super::Floored;

    #[test]
    fn division_rounds_down() {
        for a in -9..=9i32 {
            for b in [-4, -3, -1, 1, 2, 5] {
                let want = (f64::from(a) / f64::from(b)).floor();
                assert_eq!(f64::from(a.div(b)), want, "{a} / {b}");
                assert_eq!(a.modulo(b), a - b * a.div(b), "{a} mod {b}");
                let (x, y) = (a as f32, b as f32);
                assert_eq!(f64::from(x.div(y)), want);
                assert_eq!(x.modulo(y), a.modulo(b) as f32);
            }
        }
        assert_eq!((i32::MIN.div(-1), i32::MIN.modulo(-1)), (i32::MIN, 0));
    }
}
