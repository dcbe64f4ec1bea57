//! StableHLO's ops that LiteRT runs: STABLEHLO_ADD, STABLEHLO_MULTIPLY, STABLEHLO_MAXIMUM, STABLEHLO_MINIMUM of operands of one
//! shape; STABLEHLO_PAD, whose edges may be negative, with elements between the input's own.
//!
//! float32 and integers of 8 to 64 bits, wrapping, whatever quantization says; STABLEHLO_PAD any element type of whole bytes.

use super::binary::pair;
use super::common::zip;
use super::strided::{same_type, steps, width};
use crate::data::{Scalar, copy, pieces, pieces_mut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef};
use floe_tflite::fields::stablehlo_pad_options as options;
use floe_tflite::op;

macro_rules! elementwise {
    ($($(#[$doc:meta])* $name:ident |$a:ident, $b:ident| $float:expr, $whole:expr;)*) => {$(
        $(#[$doc])*
        pub static $name: OpDef = OpDef::builtin(op::$name, 1, &[
            kernel::<f32>(|op| zip(op, |$a: f32, $b: f32| $float)),
            kernel::<i8>(|op| zip(op, |$a: i8, $b: i8| $whole)),
            kernel::<u8>(|op| zip(op, |$a: u8, $b: u8| $whole)),
            kernel::<i16>(|op| zip(op, |$a: i16, $b: i16| $whole)),
            kernel::<i32>(|op| zip(op, |$a: i32, $b: i32| $whole)),
            kernel::<i64>(|op| zip(op, |$a: i64, $b: i64| $whole)),
        ]);
    )*};
}
elementwise! {
    /// STABLEHLO_ADD.
    STABLEHLO_ADD |a, b| a + b, a.wrapping_add(b);
    /// STABLEHLO_MULTIPLY.
    STABLEHLO_MULTIPLY |a, b| a * b, a.wrapping_mul(b);
    /// STABLEHLO_MAXIMUM.
    STABLEHLO_MAXIMUM |a, b| if a < b { b } else { a }, if a < b { b } else { a };
    /// STABLEHLO_MINIMUM.
    STABLEHLO_MINIMUM |a, b| if b < a { b } else { a }, if b < a { b } else { a };
}

const fn kernel<T: Scalar>(eval: fn(&mut Op<'_>) -> Done) -> Kernel {
    Kernel::new(pair::<T, T>, eval)
}

/// STABLEHLO_PAD.
pub static STABLEHLO_PAD: OpDef =
    OpDef::builtin(op::STABLEHLO_PAD, 1, &[Kernel::new(prepare, eval)]);

/// Along one dimension: where the input's first element goes, how far apart its neighbours come to lie, and how many elements
/// come out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Axis {
    start: i64,
    apart: i64,
    size: usize,
}

impl Axis {
    fn new(size: usize, low: i64, high: i64, between: i64) -> Option<Self> {
        let apart = between.checked_add(1).filter(|&a| a > 0)?;
        let own = (size as i64).checked_sub(1)?.checked_mul(apart)?.checked_add(1)?;
        let all = own.checked_add(low)?.checked_add(high)?.max(0);
        Some(Self { start: low, apart, size: usize::try_from(all).ok()? })
    }
}

fn axes(op: &Op<'_>) -> Result<[Axis; MAX_RANK], Fault> {
    let shape = op.shape(In(0))?;
    let [low, high, between] =
        [options::EDGE_PADDING_LOW, options::EDGE_PADDING_HIGH, options::INTERIOR_PADDING]
            .map(|f| op.option_list(f));
    let mut axes = [Axis::default(); MAX_RANK];
    for (i, (axis, size)) in axes.iter_mut().zip(shape.iter()).enumerate() {
        let all = low.get(i).zip(high.get(i)).zip(between.get(i));
        let own = all.and_then(|((low, high), between)| Axis::new(size.max(1), low, high, between));
        *axis = own.ok_or(Kind::Option.at(In(0)))?;
    }
    if shape.is_empty() { Err(Kind::Shape.at(In(0))) } else { Ok(axes) }
}

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    same_type(op, In(1), Out(0))?;
    let (axes, rank) = (axes(op)?, op.shape(In(0))?.rank());
    if op.shape(In(1))?.len() != 1 {
        return Err(Kind::Shape.at(In(1)));
    }
    op.set_dims(Out(0), axes.map(|a| a.size).get(..rank).unwrap_or_default())
}

fn eval(op: &mut Op<'_>) -> Done {
    let (axes, width) = (axes(op)?, width(op, In(0))?);
    let (shape, steps) = (op.shape(In(0))?, steps(&op.shape(Out(0))?));
    let ([x, fill], [y]) = op.io([In(0), In(1)], [Out(0)])?;
    pieces_mut(y, width).for_each(|to| copy(to, fill));
    for (i, element) in pieces(x, width).enumerate() {
        let (mut rest, mut at) = (i, Some(0isize));
        for d in (0..shape.rank()).rev() {
            let (Some(axis), Some(step)) = (axes.get(d), steps.get(d)) else { continue };
            let place = axis
                .start
                .saturating_add(axis.apart.saturating_mul((rest % shape.dim(d).max(1)) as i64));
            rest /= shape.dim(d).max(1);
            let inside = usize::try_from(place).is_ok_and(|p| p < axis.size);
            at = at.filter(|_| inside).map(|at| at + place as isize * step);
        }
        let to = at.and_then(|at| y.get_mut(at.unsigned_abs() * width..)?.get_mut(..width));
        copy(to.unwrap_or_default(), element);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Axis;

    #[test]
    fn edges_may_be_cut() {
        let axis = |low, high, between| {
            Axis::new(3, low, high, between).map(|a| (a.start, a.apart, a.size))
        };
        assert_eq!(axis(1, 2, 0), Some((1, 1, 6)));
        assert_eq!(axis(-1, 0, 2), Some((-1, 3, 6)));
        assert_eq!(axis(-9, 0, 0), Some((-9, 1, 0)));
        assert_eq!(axis(0, 0, -1), None);
    }
}
