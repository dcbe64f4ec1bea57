//! SLICE: a box out of a tensor. Any element type of whole bytes.
//!
//! Input 1 says where it begins and input 2 how large it is along each dimension; a size of -1 goes to
//! the end.

use super::strided::{gather, same_type, steps, width};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_tflite::op;

/// SLICE.
pub static SLICE: OpDef = OpDef::builtin(op::SLICE, 8, &[Kernel::new(prepare, eval)]);

/// Where the box begins, and its shape.
fn bounds(op: &Op<'_>, shape: &Shape) -> Result<([usize; MAX_RANK], Shape), Fault> {
    let (begins, sizes) = (op.known_ints::<MAX_RANK>(In(1))?, op.known_ints::<MAX_RANK>(In(2))?);
    if begins.len() != shape.rank() || sizes.len() != shape.rank() {
        return Err(Kind::Shape.at(In(1)));
    }
    let (mut start, mut dims) = ([0; MAX_RANK], [0; MAX_RANK]);
    for (i, (&begin, &size)) in begins.iter().zip(sizes.iter()).enumerate() {
        let begin = usize::try_from(begin).map_err(|_| Kind::Value.at(In(1)))?;
        let room = shape.dim(i).checked_sub(begin).ok_or(Kind::Value.at(In(1)))?;
        let size = if size == -1 { Some(room) } else { usize::try_from(size).ok() };
        let size = size.filter(|&s| s <= room).ok_or(Kind::Value.at(In(2)))?;
        if let (Some(start), Some(dim)) = (start.get_mut(i), dims.get_mut(i)) {
            (*start, *dim) = (begin, size);
        }
    }
    let dims = dims.get(..shape.rank()).unwrap_or_default();
    Ok((start, Shape::of(dims).ok_or(Kind::Shape.at(Out(0)))?))
}

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let (_, shape) = bounds(op, &op.shape(In(0))?)?;
    op.set_shape(Out(0), &shape)
}

fn eval(op: &mut Op<'_>) -> Done {
    let (width, input) = (width(op, In(0))?, op.shape(In(0))?);
    let (start, shape) = bounds(op, &input)?;
    let steps = steps(&input);
    let base = start.iter().zip(&steps).map(|(&s, step)| s as isize * step).sum();
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    gather(y, &shape, x, width, base, &steps);
    Ok(())
}
