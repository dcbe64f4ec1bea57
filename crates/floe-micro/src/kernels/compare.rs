//! EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL: comparisons with broadcasting.
//!
//! float32, int16, int32, int64, bool (equality alone), strings (equality alone); int8, uint8 and, for equality,
//! int16 by the real numbers that they stand for, in fixed point with 8 fraction bits. Order of int16 is that of
//! the stored numbers, as LiteRT has it.

use super::binary::pair;
use super::common::{Steps, rows, set_broadcast, types, zip};
use super::function::real;
use super::strings::get;
use crate::data::{Quantized, Scalar, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::fixed::Multiplier;
use crate::{Done, Kernel, Op, OpDef};
use core::cmp::Ordering;
use floe_graph::DType;
use floe_tflite::op;

/// EQUAL.
pub static EQUAL: OpDef = OpDef::builtin(op::EQUAL, 4, &equality::<Equal>());
/// NOT_EQUAL.
pub static NOT_EQUAL: OpDef = OpDef::builtin(op::NOT_EQUAL, 4, &equality::<NotEqual>());
/// LESS.
pub static LESS: OpDef = OpDef::builtin(op::LESS, 3, &order::<Less>());
/// LESS_EQUAL.
pub static LESS_EQUAL: OpDef = OpDef::builtin(op::LESS_EQUAL, 3, &order::<LessEqual>());
/// GREATER.
pub static GREATER: OpDef = OpDef::builtin(op::GREATER, 3, &order::<Greater>());
/// GREATER_EQUAL.
pub static GREATER_EQUAL: OpDef = OpDef::builtin(op::GREATER_EQUAL, 3, &order::<GreaterEqual>());

/// Which outcomes of a comparison are true; `None` is that of NaN.
trait Test {
    fn holds(outcome: Option<Ordering>) -> bool;
}

macro_rules! tests {
    ($($name:ident |$o:ident| $holds:expr;)*) => {$(
        struct $name;
        impl Test for $name {
            #[inline(always)]
            fn holds($o: Option<Ordering>) -> bool {
                $holds
            }
        }
    )*};
}
tests! {
    Equal |o| o == Some(Ordering::Equal);
    NotEqual |o| o != Some(Ordering::Equal);
    Less |o| o == Some(Ordering::Less);
    LessEqual |o| matches!(o, Some(Ordering::Less | Ordering::Equal));
    Greater |o| o == Some(Ordering::Greater);
    GreaterEqual |o| matches!(o, Some(Ordering::Greater | Ordering::Equal));
}

const fn order<C: Test>() -> [Kernel; 6] {
    [
        plain::<C, f32>(),
        quantized::<C, i8>(),
        quantized::<C, u8>(),
        plain::<C, i16>(),
        plain::<C, i32>(),
        plain::<C, i64>(),
    ]
}

const fn equality<C: Test>() -> [Kernel; 9] {
    [
        plain::<C, f32>(),
        quantized::<C, i8>(),
        quantized::<C, u8>(),
        quantized::<C, i16>(),
        plain::<C, i16>(),
        plain::<C, i32>(),
        plain::<C, i64>(),
        plain::<C, bool>(),
        Kernel::new(prepare_strings, eval_strings::<C>),
    ]
}

const fn plain<C: Test, T: Scalar>() -> Kernel {
    Kernel::new(pair::<T, bool>, eval::<C, T>)
}

const fn quantized<C: Test, T: Quantized>() -> Kernel {
    Kernel::new(prepare_quantized::<T>, eval_quantized::<C, T>)
}

fn eval<C: Test, T: Scalar>(op: &mut Op<'_>) -> Done {
    zip(op, |a: T, b: T| C::holds(a.partial_cmp(&b)))
}

const LEFT_SHIFT: u32 = 8;

/// The real number, with fraction bits, that a stored one stands for.
#[derive(Clone, Copy, Debug)]
struct Scale {
    zero: i32,
    factor: Multiplier,
}

impl Scale {
    fn new((scale, zero): (f32, i32)) -> Result<Self, Fault> {
        Ok(Self { zero, factor: real(scale)?.multiplier() })
    }

    #[inline(always)]
    fn at(&self, x: i32) -> i32 {
        self.factor.apply(x.wrapping_sub(self.zero).wrapping_shl(LEFT_SHIFT))
    }
}

fn prepare_quantized<T: Quantized>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (In(1), T::DTYPE), (Out(0), DType::Bool)])?;
    if op.tensor(In(0))?.quant().is_none() {
        return Err(Kind::Type.at(In(0)));
    }
    Scale::new(op.scale(In(0))?)?;
    Scale::new(op.scale(In(1))?)?;
    set_broadcast(op)
}

fn eval_quantized<C: Test, T: Quantized>(op: &mut Op<'_>) -> Done {
    let (a_scale, b_scale) = (Scale::new(op.scale(In(0))?)?, Scale::new(op.scale(In(1))?)?);
    zip(op, |a: T, b: T| C::holds(Some(a_scale.at(a.into()).cmp(&b_scale.at(b.into())))))
}

fn prepare_strings(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::String), (In(1), DType::String), (Out(0), DType::Bool)])?;
    set_broadcast(op)
}

fn eval_strings<C: Test>(op: &mut Op<'_>) -> Done {
    let (sa, sb, so) = (op.shape(In(0))?, op.shape(In(1))?, op.shape(Out(0))?);
    let ([a, b], [y]) = op.io([In(0), In(1)], [Out(0)])?;
    let mut y = ViewMut::<bool>::new(y);
    let steps = [Steps::new(&sa, &so), Steps::new(&sb, &so)];
    let last = so.rank().saturating_sub(1);
    let [step_a, step_b] = [steps[0].along(last), steps[1].along(last)];
    rows(&so, &steps, |start, [at_a, at_b]| {
        for i in 0..so.last() {
            let (x, z) = (get(a, at_a + i * step_a), get(b, at_b + i * step_b));
            y.set(start + i, C::holds(Some(x.cmp(z))));
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Greater, NotEqual, Scale, Test};

    #[test]
    fn nothing_compares_to_nan_but_it_differs() {
        let outcome = f32::NAN.partial_cmp(&1.0);
        assert!(!Greater::holds(outcome) && NotEqual::holds(outcome));
    }

    #[test]
    fn scaled_numbers_keep_their_order() {
        let (a, b) = (Scale::new((0.5, 3)).unwrap(), Scale::new((0.25, -1)).unwrap());
        for x in (-128..128).step_by(3) {
            for y in (-128..128).step_by(5) {
                let exact = (0.5 * f64::from(x - 3)).partial_cmp(&(0.25 * f64::from(y + 1)));
                assert_eq!(Some(a.at(x).cmp(&b.at(y))), exact, "{x} {y}");
            }
        }
    }
}
