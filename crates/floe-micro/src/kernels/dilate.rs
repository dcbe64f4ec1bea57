//! DILATE: a tensor spread out, with a given element between its own. Any element type of whole bytes.
//!
//! Input 1 says for each dimension how far apart neighbours come to lie.

use super::strided::{index, same_type, steps, width};
use crate::data::{copy, pieces, pieces_mut};
use crate::error::Kind;
use crate::error::Operand::{In, Out};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef};
use floe_tflite::op;

/// DILATE.
pub static DILATE: OpDef = OpDef::builtin(op::DILATE, 1, &[Kernel::new(prepare, eval)]);

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    same_type(op, In(2), Out(0))?;
    let shape = op.shape(In(0))?;
    op.known(In(1))?;
    if op.shape(In(1))?.dims() != [shape.rank() as i32] || op.shape(In(2))?.len() != 1 {
        return Err(Kind::Shape.at(In(1)));
    }
    let mut dims = [0; MAX_RANK];
    for (i, (to, dim)) in dims.iter_mut().zip(shape.iter()).enumerate() {
        let apart = usize::try_from(index(op, In(1), i)?).ok().filter(|&d| d > 0);
        let gaps = dim.saturating_sub(1).checked_mul(apart.ok_or(Kind::Value.at(In(1)))?);
        *to = gaps.ok_or(Kind::Size.at(Out(0)))?.saturating_add(dim.min(1));
    }
    op.set_dims(Out(0), dims.get(..shape.rank()).unwrap_or_default())
}

fn eval(op: &mut Op<'_>) -> Done {
    let (width, shape, output) = (width(op, In(0))?, op.shape(In(0))?, op.shape(Out(0))?);
    let mut steps = steps(&output);
    for (i, step) in steps.iter_mut().enumerate().take(shape.rank()) {
        *step *= index(op, In(1), i)? as isize;
    }
    let ([x, fill], [y]) = op.io([In(0), In(2)], [Out(0)])?;
    pieces_mut(y, width).for_each(|to| copy(to, fill));
    let mut place = [0usize; MAX_RANK];
    let mut at = 0isize;
    for element in pieces(x, width) {
        let to = y.get_mut(at.unsigned_abs() * width..).and_then(|y| y.get_mut(..width));
        copy(to.unwrap_or_default(), element);
        for i in (0..shape.rank()).rev() {
            let (Some(place), Some(step)) = (place.get_mut(i), steps.get(i)) else { break };
            *place += 1;
            at += step;
            if *place < shape.dim(i) {
                break;
            }
            at -= step * *place as isize;
            *place = 0;
        }
    }
    Ok(())
}
