//! DYNAMIC_UPDATE_SLICE: a tensor with a box of it overwritten. Any element type of whole bytes.
//!
//! The box begins where input 2 says, moved so that it fits.

use super::strided::{element, index, same_type, steps, width};
use crate::data::copy;
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef};
use floe_tflite::op;

/// DYNAMIC_UPDATE_SLICE.
pub static DYNAMIC_UPDATE_SLICE: OpDef =
    OpDef::builtin(op::DYNAMIC_UPDATE_SLICE, 6, &[Kernel::new(prepare, eval).in_place()]);

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    same_type(op, In(1), Out(0))?;
    let (shape, update) = (op.shape(In(0))?, op.shape(In(1))?);
    let fits =
        update.rank() == shape.rank() && update.iter().zip(shape.iter()).all(|(u, d)| u <= d);
    if !fits {
        return Err(Kind::Shape.at(In(1)));
    }
    if op.shape(In(2))?.dims() != [shape.rank() as i32] {
        return Err(Kind::Shape.at(In(2)));
    }
    op.set_shape(Out(0), &shape)
}

/// Where the box begins.
fn starts(op: &Op<'_>) -> Result<[usize; MAX_RANK], Fault> {
    let (shape, update) = (op.shape(Out(0))?, op.shape(In(1))?);
    let mut starts = [0; MAX_RANK];
    for (i, start) in starts.iter_mut().enumerate().take(shape.rank()) {
        let room = shape.dim(i) - update.dim(i);
        *start = index(op, In(2), i)?.clamp(0, room as i64) as usize;
    }
    Ok(starts)
}

fn eval(op: &mut Op<'_>) -> Done {
    let (width, shape, update) = (width(op, In(0))?, op.shape(Out(0))?, op.shape(In(1))?);
    let starts = starts(op)?;
    if !op.in_place() {
        op.copy(In(0), Out(0))?;
    }
    let steps = steps(&shape);
    let row = update.last();
    let ([x], [y]) = op.io([In(1)], [Out(0)])?;
    for i in 0..update.span(0, update.rank().saturating_sub(1)) {
        let mut rest = i;
        let mut at = starts.iter().zip(&steps).map(|(&s, &step)| s * step as usize).sum::<usize>();
        for axis in (0..update.rank().saturating_sub(1)).rev() {
            at += rest % update.dim(axis).max(1) * steps.get(axis).map_or(0, |&s| s as usize);
            rest /= update.dim(axis).max(1);
        }
        let to = y.get_mut(at * width..).and_then(|y| y.get_mut(..row * width));
        copy(to.unwrap_or_default(), element(x, (i * row) as isize, width).unwrap_or_default());
    }
    Ok(())
}
