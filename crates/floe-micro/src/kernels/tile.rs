//! TILE: a tensor repeated along each dimension. Any element type of whole bytes, and strings.

use super::strided::{element, index, same_type, width};
#[cfg(feature = "std")]
use super::strings;
use crate::data::{copy, pieces_mut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_tflite::op;

/// TILE.
pub static TILE: OpDef = OpDef::builtin(
    op::TILE,
    3,
    &[
        Kernel::new(prepare, eval),
        #[cfg(feature = "std")]
        Kernel::new(prepare_strings, eval_strings),
    ],
);

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let shape = repeated(op)?;
    op.set_shape(Out(0), &shape)
}

#[cfg(feature = "std")]
fn prepare_strings(op: &mut Op<'_>) -> Done {
    let shape = repeated(op)?;
    strings::set_shape(op, In(0), &shape)
}

#[cfg(feature = "std")]
fn eval_strings(op: &mut Op<'_>) -> Done {
    let (input, shape) = (op.shape(In(0))?, op.shape(Out(0))?);
    strings::pick(op, In(0), crate::error::Operand::None, |_, i| {
        let (mut rest, mut at, mut step) = (i, 0, 1);
        for d in (0..shape.rank()).rev() {
            at += rest % shape.dim(d).max(1) % input.dim(d).max(1) * step;
            rest /= shape.dim(d).max(1);
            step *= input.dim(d);
        }
        Some(at)
    })
}

/// The output's shape.
fn repeated(op: &Op<'_>) -> Result<Shape, Fault> {
    let shape = op.shape(In(0))?;
    op.known(In(1))?;
    if op.shape(In(1))?.len() != shape.rank() {
        return Err(Kind::Shape.at(In(1)));
    }
    let mut dims = [0; MAX_RANK];
    for (i, (to, dim)) in dims.iter_mut().zip(shape.iter()).enumerate() {
        let times = usize::try_from(index(op, In(1), i)?).map_err(|_| Kind::Value.at(In(1)))?;
        *to = dim.checked_mul(times).ok_or(Kind::Size.at(Out(0)))?;
    }
    Shape::of(dims.get(..shape.rank()).unwrap_or_default()).ok_or(Kind::Shape.at(Out(0)))
}

fn eval(op: &mut Op<'_>) -> Done {
    let (width, input, shape) = (width(op, In(0))?, op.shape(In(0))?, op.shape(Out(0))?);
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    tile(y, &shape, x, &input, width);
    Ok(())
}

/// Repeats `x` over `y`, whose dimensions are multiples of `x`'s. Elements have `width` bytes.
pub fn tile(y: &mut [u8], shape: &Shape, x: &[u8], input: &Shape, width: usize) {
    let (from, to) = (input.last().max(1), shape.last());
    let rows = pieces_mut(y, to * width);
    for (row, to) in rows.enumerate() {
        let (mut rest, mut at, mut step) = (row, 0, from);
        for i in (0..shape.rank().saturating_sub(1)).rev() {
            at += rest % shape.dim(i).max(1) % input.dim(i).max(1) * step;
            rest /= shape.dim(i).max(1);
            step *= input.dim(i);
        }
        let row = element(x, at as isize, width).unwrap_or_default();
        for piece in pieces_mut(to, from * width) {
            copy(piece, row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tile;
    use crate::Shape;

    #[test]
    fn every_dimension_repeats() {
        let s = |d: &[i32]| Shape::new(d.iter().copied()).unwrap();
        let mut y = [0; 16];
        tile(&mut y, &s(&[4, 4]), &[1, 2, 3, 4], &s(&[2, 2]), 1);
        assert_eq!(y, [1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4]);
    }
}
