//! BROADCAST_TO: a tensor repeated along its dimensions of 1, to a given shape. BROADCAST_ARGS: the shape
//! that two shapes broadcast to.

use super::common::{Steps, types};
use super::strided::{gather, index, same_type, width};
use crate::data::ViewMut;
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::op;

/// BROADCAST_TO.
pub static BROADCAST_TO: OpDef = OpDef::builtin(op::BROADCAST_TO, 4, &[Kernel::new(prepare, eval)]);
/// BROADCAST_ARGS.
pub static BROADCAST_ARGS: OpDef =
    OpDef::builtin(op::BROADCAST_ARGS, 1, &[Kernel::new(prepare_args, eval_args)]);

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let input = op.shape(In(0))?;
    let shape = Shape::new(op.known_ints::<MAX_RANK>(In(1))?.iter().copied())
        .ok_or(Kind::Value.at(In(1)))?;
    if input.broadcast(&shape) != Some(shape) {
        return Err(Kind::Shape.at(In(1)));
    }
    op.set_shape(Out(0), &shape)
}

fn eval(op: &mut Op<'_>) -> Done {
    let (width, shape) = (width(op, In(0))?, op.shape(Out(0))?);
    let by = Steps::new(&op.shape(In(0))?, &shape);
    let steps = core::array::from_fn(|i| by.along(i) as isize);
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    gather(y, &shape, x, width, 0, &steps);
    Ok(())
}

fn prepare_args(op: &mut Op<'_>) -> Done {
    let dtype = op.dtype(In(0))?;
    if !matches!(dtype, DType::Int32 | DType::Int64) {
        return Err(Kind::Type.at(In(0)));
    }
    types(op, [(In(1), dtype), (Out(0), dtype)])?;
    let (a, b) = (op.shape(In(0))?, op.shape(In(1))?);
    if a.rank() != 1 || b.rank() != 1 {
        return Err(Kind::Shape.at(In(0)));
    }
    op.set_shape(Out(0), if a.len() > b.len() { &a } else { &b })
}

fn eval_args(op: &mut Op<'_>) -> Done {
    let rank = op.shape(Out(0))?.len();
    for i in 0..rank {
        let dim = |operand| -> Result<i64, Fault> {
            let own = op.shape(operand)?.len();
            (i + own).checked_sub(rank).map_or(Ok(1), |i| index(op, operand, i))
        };
        let dim = match (dim(In(0))?, dim(In(1))?) {
            (1, d) | (d, 1) => d,
            (a, b) if a == b => a,
            _ => return Err(Kind::Value.at(In(1))),
        };
        let wide = op.dtype(Out(0))? == DType::Int64;
        let ([], [y]) = op.io([], [Out(0)])?;
        if wide {
            ViewMut::<i64>::new(y).set(i, dim);
        } else {
            ViewMut::<i32>::new(y).set(i, dim as i32);
        }
    }
    Ok(())
}
