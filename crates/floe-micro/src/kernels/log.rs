//! LOG: the natural logarithm.
//!
//! float32; int8 and int16 by table, where numbers that have none give the smallest output there is.

use super::function::{Function, affine, float, range_of, table8, table16};
use crate::data::Quantized;
use crate::error::Fault;
use crate::num::float::ln;
use crate::{Op, OpDef};
use core::marker::PhantomData;
use floe_tflite::op;

/// LOG.
pub static LOG: OpDef = OpDef::builtin(
    op::LOG,
    2,
    &[float::<Log>(), table8::<Floored<i8>, i8>(), table16::<Floored<i16>>()],
);

struct Log;

impl Function for Log {
    fn new(_: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }
    #[inline(always)]
    fn at(&self, x: f32) -> f32 {
        ln(x)
    }
}

/// The logarithm on a type `T`, whose smallest number stands for `floor`.
struct Floored<T> {
    floor: f32,
    of: PhantomData<T>,
}

impl<T: Quantized> Function for Floored<T> {
    fn new(op: &Op<'_>) -> Result<Self, Fault> {
        let (scale, zero) = affine(op)?.output;
        let floor = range_of::<T>().0.wrapping_sub(zero) as f32 * scale;
        Ok(Self { floor, of: PhantomData })
    }
    fn at(&self, x: f32) -> f32 {
        if x <= 0.0 { self.floor } else { ln(x) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Floored, Function};
    use core::marker::PhantomData;

    #[test]
    fn what_has_no_logarithm_gives_the_floor() {
        let f = Floored::<i8> { floor: -3.5, of: PhantomData };
        assert_eq!([f.at(0.0), f.at(-1.0), f.at(1.0)], [-3.5, -3.5, 0.0]);
    }
}
