//! SHAPE: a tensor's dimensions. Known as soon as the shape is.

use crate::data::ViewMut;
use crate::error::Kind;
use crate::error::Operand::{In, Out};
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::op;

/// SHAPE.
pub static SHAPE: OpDef = OpDef::builtin(op::SHAPE, 1, &[Kernel::new(prepare, eval).shapes_only()]);

fn prepare(op: &mut Op<'_>) -> Done {
    if !matches!(op.dtype(Out(0))?, DType::Int32 | DType::Int64) {
        return Err(Kind::Type.at(Out(0)));
    }
    let rank = op.shape(In(0))?.rank();
    op.set_dims(Out(0), &[rank])
}

fn eval(op: &mut Op<'_>) -> Done {
    let shape = op.shape(In(0))?;
    let wide = op.dtype(Out(0))? == DType::Int64;
    let ([], [y]) = op.io([], [Out(0)])?;
    if wide {
        ViewMut::<i64>::new(y).write(shape.dims().iter().map(|&d| d.into()));
    } else {
        ViewMut::<i32>::new(y).write(shape.dims().iter().copied());
    }
    Ok(())
}
