//! RANGE: the numbers from start on, by delta, before limit. Inputs are start, limit, delta.
//!
//! float32, whose values are added up as LiteRT does, int32, int64.

use super::common::types;
use crate::data::{Scalar, View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::special::floor64;
use crate::{Done, Kernel, Op, OpDef, Operand, Shape};
use floe_tflite::op;

/// RANGE.
pub static RANGE: OpDef = OpDef::builtin(op::RANGE, 2, &[of::<f32>(), of::<i32>(), of::<i64>()]);

const fn of<T: Number>() -> Kernel {
    Kernel::new(prepare::<T>, eval::<T>)
}

/// Numbers that one counts with.
trait Number: Scalar {
    /// How many numbers lie from `start` on, by `delta`, before `limit`; `None` when there is no way.
    fn count(start: Self, limit: Self, delta: Self) -> Option<usize>;
    fn plus(self, delta: Self) -> Self;
}

macro_rules! integers {
    ($($t:ty)*) => {$(
        impl Number for $t {
            fn count(start: Self, limit: Self, delta: Self) -> Option<usize> {
                let on_the_way = (start <= limit && delta > 0) || (start >= limit && delta < 0);
                if !on_the_way {
                    return None;
                }
                usize::try_from(start.abs_diff(limit).div_ceil(delta.unsigned_abs().max(1))).ok()
            }
            fn plus(self, delta: Self) -> Self {
                self.wrapping_add(delta)
            }
        }
    )*};
}
integers!(i32 i64);

impl Number for f32 {
    fn count(start: Self, limit: Self, delta: Self) -> Option<usize> {
        let on_the_way = (start <= limit && delta > 0.0) || (start >= limit && delta < 0.0);
        let steps = f64::from(((limit - start) / delta).abs());
        (on_the_way && steps < 2_147_483_647.0).then(|| -floor64(-steps) as usize)
    }
    fn plus(self, delta: Self) -> Self {
        self + delta
    }
}

fn only<T: Scalar>(op: &Op<'_>, operand: Operand) -> Result<T, Fault> {
    View::<T>::new(op.known(operand)?).get(0).ok_or(Kind::Value.at(operand))
}

fn prepare<T: Number>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (In(1), T::DTYPE), (In(2), T::DTYPE), (Out(0), T::DTYPE)])?;
    let count = T::count(only(op, In(0))?, only(op, In(1))?, only(op, In(2))?);
    let shape = Shape::of(&[count.ok_or(Kind::Value.at(In(2)))?]);
    op.set_shape(Out(0), &shape.ok_or(Kind::Size.at(Out(0)))?)
}

fn eval<T: Number>(op: &mut Op<'_>) -> Done {
    let (mut next, delta) = (only::<T>(op, In(0))?, only::<T>(op, In(2))?);
    let ([], [y]) = op.io([], [Out(0)])?;
    ViewMut::<T>::new(y).update(|_| {
        let x = next;
        next = next.plus(delta);
        x
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn the_limit_is_left_out() {
        assert_eq!(i32::count(1, 6, 2), Some(3));
        assert_eq!(i32::count(6, 1, -5), Some(1));
        assert_eq!(i32::count(3, 3, 1), Some(0));
        assert_eq!([i32::count(1, 6, -2), i32::count(1, 6, 0)], [None, None]);
        assert_eq!(i64::count(i64::MIN, i64::MAX, i64::MAX), Some(3));
        assert_eq!(f32::count(0.0, 1.0, 0.3), Some(4));
        assert_eq!([f32::count(0.0, 1e30, 1e-30), f32::count(0.0, f32::NAN, 1.0)], [None, None]);
    }
}
