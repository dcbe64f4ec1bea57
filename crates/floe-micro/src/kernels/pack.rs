//! PACK: tensors of one shape side by side along a new axis. Any element type of whole bytes.

use crate::data::{copy, pieces, pieces_mut};
use crate::error::Kind;
use crate::error::Operand::{In, Out};
use crate::{Done, Kernel, Op, OpDef, Shape};
use floe_tflite::fields::pack_options::{AXIS, VALUES_COUNT};
use floe_tflite::op;

/// PACK.
pub static PACK: OpDef = OpDef::builtin(op::PACK, 4, &[Kernel::new(prepare, eval)]);

/// The new axis in the output.
fn axis(op: &Op<'_>, input: &Shape) -> Option<usize> {
    let axis = op.option(AXIS);
    let rank = input.rank() as i32 + 1;
    usize::try_from(if axis < 0 { axis + rank } else { axis }).ok().filter(|&a| a < rank as usize)
}

fn prepare(op: &mut Op<'_>) -> Done {
    let (shape, dtype) = (op.shape(In(0))?, op.dtype(In(0))?);
    if dtype.bytes().is_none() {
        return Err(Kind::Type.at(In(0)));
    }
    if usize::try_from(op.option(VALUES_COUNT)) != Ok(op.inputs()) {
        return Err(Kind::Option.at(In(0)));
    }
    for i in 1..op.inputs() {
        let other = In(i as u16);
        if op.shape(other)? != shape || op.dtype(other)? != dtype {
            return Err(Kind::Shape.at(other));
        }
    }
    let axis = axis(op, &shape).ok_or(Kind::Option.at(Out(0)))?;
    let (head, tail) = shape.dims().split_at_checked(axis).unwrap_or_default();
    let count = op.inputs() as i32;
    let dims = head.iter().chain([&count]).chain(tail).copied();
    op.set_shape(Out(0), &Shape::new(dims).ok_or(Kind::Size.at(Out(0)))?)
}

fn eval(op: &mut Op<'_>) -> Done {
    let shape = op.shape(In(0))?;
    let axis = axis(op, &shape).ok_or(Kind::Option.at(Out(0)))?;
    let outer = shape.span(0, axis);
    let count = op.inputs();
    for i in 0..count {
        let ([x], [y]) = op.io([In(i as u16)], [Out(0)])?;
        let run = x.len() / outer.max(1);
        let places = pieces_mut(y, run).skip(i).step_by(count.max(1));
        for (to, from) in places.zip(pieces(x, run)) {
            copy(to, from);
        }
    }
    Ok(())
}
