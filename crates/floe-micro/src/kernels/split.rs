//! SPLIT and SPLIT_V: a tensor cut along a dimension, into equal parts or parts of given sizes.
//! UNPACK: into slices without that dimension. Any element type of whole bytes.

use super::strided::{index, same_type, width};
use crate::data::{copy, pieces, pieces_mut};
use crate::error::Operand::{self, In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, Op, OpDef, Shape};
use floe_tflite::fields::{split_options, split_v_options, unpack_options};
use floe_tflite::op;

/// SPLIT.
pub static SPLIT: OpDef = OpDef::builtin(op::SPLIT, 5, &[Kernel::new(prepare, eval)]);
/// SPLIT_V.
pub static SPLIT_V: OpDef =
    OpDef::builtin(op::SPLIT_V, 3, &[Kernel::new(prepare_sizes, eval_sizes)]);
/// UNPACK.
pub static UNPACK: OpDef =
    OpDef::builtin(op::UNPACK, 6, &[Kernel::new(prepare_unpack, eval_unpack)]);

/// The dimension that `value` names.
fn axis(op: &Op<'_>, shape: &Shape, axis: Operand) -> Result<usize, Fault> {
    shape.axis(op.known_int(axis)?).ok_or(Kind::Value.at(axis))
}

/// Refuses the kernel unless input and all outputs have one type, and there are as many as `count` says.
fn outputs(op: &Op<'_>, input: Operand, count: i32) -> Result<usize, Fault> {
    for i in 0..op.outputs() {
        same_type(op, input, Out(i as u16))?;
    }
    let count = usize::try_from(count).ok().filter(|&n| n > 0 && n == op.outputs());
    count.ok_or(Kind::Option.at(Operand::None))
}

fn prepare(op: &mut Op<'_>) -> Done {
    let count = outputs(op, In(1), op.option(split_options::NUM_SPLITS))?;
    let shape = op.shape(In(1))?;
    let axis = axis(op, &shape, In(0))?;
    let dim = shape.dim(axis).checked_div(count).filter(|d| d * count == shape.dim(axis));
    let part = dim.and_then(|d| shape.with(axis, d)).ok_or(Kind::Shape.at(In(1)))?;
    (0..count).try_for_each(|i| op.set_shape(Out(i as u16), &part))
}

fn eval(op: &mut Op<'_>) -> Done {
    let axis = axis(op, &op.shape(In(1))?, In(0))?;
    cut(op, In(1), axis)
}

fn prepare_sizes(op: &mut Op<'_>) -> Done {
    let count = outputs(op, In(0), op.option(split_v_options::NUM_SPLITS))?;
    let shape = op.shape(In(0))?;
    let axis = axis(op, &shape, In(2))?;
    op.known(In(1))?;
    if op.shape(In(1))?.len() != count {
        return Err(Kind::Shape.at(In(1)));
    }
    let (mut sum, mut open) = (0i64, None);
    for i in 0..count {
        match index(op, In(1), i)? {
            -1 if open.is_none() => open = Some(i),
            n if n >= 0 => sum = sum.saturating_add(n),
            _ => return Err(Kind::Value.at(In(1))),
        }
    }
    let rest =
        (shape.dim(axis) as i64).checked_sub(sum).filter(|&r| r >= 0 && (open.is_some() || r == 0));
    let rest = rest.ok_or(Kind::Value.at(In(1)))?;
    for i in 0..count {
        let size = if open == Some(i) { rest } else { index(op, In(1), i)? };
        let part = usize::try_from(size).ok().and_then(|d| shape.with(axis, d));
        op.set_shape(Out(i as u16), &part.ok_or(Kind::Value.at(In(1)))?)?;
    }
    Ok(())
}

fn eval_sizes(op: &mut Op<'_>) -> Done {
    let axis = axis(op, &op.shape(In(0))?, In(2))?;
    cut(op, In(0), axis)
}

fn prepare_unpack(op: &mut Op<'_>) -> Done {
    let count = outputs(op, In(0), op.option(unpack_options::NUM))?;
    let shape = op.shape(In(0))?;
    let axis = shape.axis(op.option(unpack_options::AXIS)).ok_or(Kind::Option.at(In(0)))?;
    if shape.dim(axis) != count {
        return Err(Kind::Option.at(In(0)));
    }
    let dims = shape.dims().iter().enumerate().filter(|&(i, _)| i != axis).map(|(_, &d)| d);
    let part = Shape::new(dims).ok_or(Kind::Shape.at(Out(0)))?;
    (0..count).try_for_each(|i| op.set_shape(Out(i as u16), &part))
}

fn eval_unpack(op: &mut Op<'_>) -> Done {
    let axis =
        op.shape(In(0))?.axis(op.option(unpack_options::AXIS)).ok_or(Kind::Option.at(In(0)))?;
    cut(op, In(0), axis)
}

/// Deals the elements of `input` out: for each index before `axis` a run to each output in turn.
fn cut(op: &mut Op<'_>, input: Operand, axis: usize) -> Done {
    let (width, shape) = (width(op, input)?, op.shape(input)?);
    let outer = shape.span(0, axis);
    let stride = shape.span(axis, shape.rank()) * width;
    let mut start = 0;
    for i in 0..op.outputs() {
        let out = Out(i as u16);
        let run = op.shape(out)?.len() * width / outer.max(1);
        let ([x], [y]) = op.io([input], [out])?;
        for (to, row) in pieces_mut(y, run).zip(pieces(x, stride)) {
            copy(to, row.get(start..).unwrap_or_default());
        }
        start += run;
    }
    Ok(())
}
