//! FILL: one element everywhere. ZEROS_LIKE: zeros in the shape of another tensor. Any element type of
//! whole bytes; FILL also strings.

use super::strided::{same_type, width};
#[cfg(feature = "std")]
use super::strings;
use crate::data::{copy, pieces_mut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_tflite::op;

/// FILL.
pub static FILL: OpDef = OpDef::builtin(
    op::FILL,
    5,
    &[
        Kernel::new(prepare, eval),
        #[cfg(feature = "std")]
        Kernel::new(prepare_strings, eval_strings),
    ],
);
/// ZEROS_LIKE.
pub static ZEROS_LIKE: OpDef =
    OpDef::builtin(op::ZEROS_LIKE, 1, &[Kernel::new(prepare_zeros, eval_zeros).shapes_only()]);

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(1), Out(0))?;
    let shape = filled(op)?;
    op.set_shape(Out(0), &shape)
}

#[cfg(feature = "std")]
fn prepare_strings(op: &mut Op<'_>) -> Done {
    let shape = filled(op)?;
    strings::set_shape(op, In(1), &shape)
}

#[cfg(feature = "std")]
fn eval_strings(op: &mut Op<'_>) -> Done {
    strings::pick(op, In(1), In(1), |_, _| Some(0))
}

/// FILL's output shape.
fn filled(op: &Op<'_>) -> Result<Shape, Fault> {
    if op.shape(In(1))?.len() != 1 {
        return Err(Kind::Shape.at(In(1)));
    }
    let dims = op.known_ints::<MAX_RANK>(In(0))?;
    Shape::new(dims.iter().copied()).ok_or(Kind::Value.at(In(0)))
}

fn eval(op: &mut Op<'_>) -> Done {
    let width = width(op, Out(0))?;
    let ([x], [y]) = op.io([In(1)], [Out(0)])?;
    pieces_mut(y, width).for_each(|to| copy(to, x));
    Ok(())
}

fn prepare_zeros(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let shape = op.shape(In(0))?;
    op.set_shape(Out(0), &shape)
}

fn eval_zeros(op: &mut Op<'_>) -> Done {
    let ([], [y]) = op.io([], [Out(0)])?;
    y.fill(0);
    Ok(())
}
