//! VAR_HANDLE, READ_VARIABLE and ASSIGN_VARIABLE: resource variables, shared by name between all subgraphs.
//!
//! A handle is a number that is known before the model runs; the variable itself lies in the state, so that
//! a snapshot holds it. Reading what was never assigned is refused.

use crate::error::Kind;
use crate::error::Operand::{In, Out, Resource};
use crate::resource::{HEADER, read_header, write_header};
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::op;

/// VAR_HANDLE.
pub static VAR_HANDLE: OpDef =
    OpDef::builtin(op::VAR_HANDLE, 1, &[Kernel::new(prepare_handle, eval_handle).shapes_only()]);
/// READ_VARIABLE.
pub static READ_VARIABLE: OpDef =
    OpDef::builtin(op::READ_VARIABLE, 1, &[Kernel::new(prepare_read, eval_read).impure()]);
/// ASSIGN_VARIABLE.
pub static ASSIGN_VARIABLE: OpDef =
    OpDef::builtin(op::ASSIGN_VARIABLE, 1, &[Kernel::new(prepare_assign, eval_assign).impure()]);

fn prepare_handle(op: &mut Op<'_>) -> Done {
    if op.dtype(Out(0))? != DType::Resource {
        return Err(Kind::Type.at(Out(0)));
    }
    op.make_resource()?;
    let shape = op.shape(Out(0))?;
    op.set_shape(Out(0), &shape)
}

fn eval_handle(op: &mut Op<'_>) -> Done {
    let handle = op.own_resource()?;
    let ([], [y]) = op.io([], [Out(0)])?;
    for word in y.chunks_exact_mut(4) {
        word.copy_from_slice(&handle.to_le_bytes());
    }
    Ok(())
}

fn prepare_read(op: &mut Op<'_>) -> Done {
    let shape = op.shape(Out(0))?;
    let bytes = op.bytes_for(Out(0), &shape)?;
    op.reserve_resource(In(0), bytes)?;
    op.set_shape(Out(0), &shape)
}

fn eval_read(op: &mut Op<'_>) -> Done {
    let ([variable], []) = op.io([Resource(0)], [])?;
    let shape = read_header(variable).ok_or(Kind::Order.at(In(0)))?;
    op.set_shape(Out(0), &shape)?;
    let ([variable], [y]) = op.io([Resource(0)], [Out(0)])?;
    crate::data::copy(y, variable.get(HEADER..).unwrap_or_default());
    Ok(())
}

fn prepare_assign(op: &mut Op<'_>) -> Done {
    let shape = op.shape(In(1))?;
    let bytes = op.bytes_for(In(1), &shape)?;
    op.reserve_resource(In(0), bytes)
}

fn eval_assign(op: &mut Op<'_>) -> Done {
    let shape = op.shape(In(1))?;
    let ([x], [variable]) = op.io([In(1)], [Resource(0)])?;
    let (header, data) = variable.split_at_mut_checked(HEADER).unwrap_or_default();
    let data = data.get_mut(..x.len()).ok_or(Kind::Grow.at(In(1)))?;
    write_header(header, &shape);
    crate::data::copy(data, x);
    Ok(())
}
