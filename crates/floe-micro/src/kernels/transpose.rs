//! TRANSPOSE: dimensions in another order. Any element type of whole bytes.

use super::strided::{gather, same_type, steps, width};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_tflite::op;

/// TRANSPOSE.
pub static TRANSPOSE: OpDef = OpDef::builtin(op::TRANSPOSE, 9, &[Kernel::new(prepare, eval)]);

/// For each dimension of the output the input's.
fn permutation(op: &Op<'_>, rank: usize) -> Result<[usize; MAX_RANK], Fault> {
    let bad = Kind::Value.at(In(1));
    let given = op.known_ints::<MAX_RANK>(In(1))?;
    if given.len() != rank {
        return Err(bad);
    }
    let mut order = [0; MAX_RANK];
    let mut seen = [false; MAX_RANK];
    for (to, &axis) in order.iter_mut().zip(given.iter()) {
        let axis = if axis < 0 { axis.wrapping_add(rank as i32) } else { axis };
        *to = usize::try_from(axis).ok().filter(|&a| a < rank).ok_or(bad)?;
        let seen = seen.get_mut(*to).ok_or(bad)?;
        if core::mem::replace(seen, true) {
            return Err(bad);
        }
    }
    Ok(order)
}

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let shape = op.shape(In(0))?;
    let order = permutation(op, shape.rank())?;
    let dims = order.iter().take(shape.rank()).map(|&i| shape.dim(i) as i32);
    op.set_shape(Out(0), &Shape::new(dims).ok_or(Kind::Shape.at(Out(0)))?)
}

fn eval(op: &mut Op<'_>) -> Done {
    let (width, input, shape) = (width(op, In(0))?, op.shape(In(0))?, op.shape(Out(0))?);
    let order = permutation(op, shape.rank())?;
    let of_input = steps(&input);
    let steps = order.map(|i| of_input.get(i).copied().unwrap_or(0));
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    gather(y, &shape, x, width, 0, &steps);
    Ok(())
}
