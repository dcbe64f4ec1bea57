//! GATHER: slices of a dimension by their numbers. GATHER_ND: by coordinates of several dimensions.
//! SCATTER_ND: the reverse, adding where slices meet. EMBEDDING_LOOKUP: rows by their numbers,
//! dequantized where the table is int8 and the output float32.
//!
//! Any element type of whole bytes, and strings for GATHER and GATHER_ND; SCATTER_ND adds, so it takes numbers only. An index out of range is
//! [`Kind::Value`].

use super::strided::{index, same_type, width};
#[cfg(feature = "std")]
use super::strings;
use crate::data::{Scalar, View, ViewMut, copy};
use crate::error::Operand::{self, In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::fields::gather_options::{AXIS, BATCH_DIMS};
use floe_tflite::op;

/// GATHER.
pub static GATHER: OpDef = OpDef::builtin(
    op::GATHER,
    8,
    &[
        Kernel::new(prepare, eval),
        #[cfg(feature = "std")]
        Kernel::new(prepare_strings, eval_strings),
    ],
);
/// GATHER_ND.
pub static GATHER_ND: OpDef = OpDef::builtin(
    op::GATHER_ND,
    6,
    &[
        Kernel::new(prepare_nd, eval_nd),
        #[cfg(feature = "std")]
        Kernel::new(prepare_nd_strings, eval_nd_strings),
    ],
);
/// SCATTER_ND.
pub static SCATTER_ND: OpDef =
    OpDef::builtin(op::SCATTER_ND, 1, &[Kernel::new(prepare_scatter, eval_scatter)]);
/// EMBEDDING_LOOKUP.
pub static EMBEDDING_LOOKUP: OpDef = OpDef::builtin(
    op::EMBEDDING_LOOKUP,
    5,
    &[Kernel::new(prepare_rows, eval_rows), Kernel::new(prepare_dequantized, eval_dequantized)],
);

/// Refuses the kernel unless `operand` holds indices.
fn indices(op: &Op<'_>, operand: Operand) -> Result<Shape, Fault> {
    match op.dtype(operand)? {
        DType::Int16 | DType::Int32 | DType::Int64 => op.shape(operand),
        _ => Err(Kind::Type.at(operand)),
    }
}

/// Index `i` of `operand`, which must be below `limit`.
fn bounded(op: &Op<'_>, operand: Operand, i: usize, limit: usize) -> Result<usize, Fault> {
    let at = usize::try_from(index(op, operand, i)?).ok().filter(|&at| at < limit);
    at.ok_or(Kind::Value.at(operand))
}

/// The dimension and the number of batch dimensions.
fn dimensions(op: &Op<'_>, shape: &Shape, ids: &Shape) -> Option<(usize, usize)> {
    let axis = shape.axis(op.option(AXIS))?;
    let batch = op.option(BATCH_DIMS);
    let batch = if batch < 0 { batch.wrapping_add(ids.rank() as i32) } else { batch };
    let batch = usize::try_from(batch).ok().filter(|&b| b <= axis && b <= ids.rank())?;
    (0..batch).all(|i| shape.dim(i) == ids.dim(i)).then_some((axis, batch))
}

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let shape = gathered(op)?;
    op.set_shape(Out(0), &shape)
}

#[cfg(feature = "std")]
fn prepare_strings(op: &mut Op<'_>) -> Done {
    let shape = gathered(op)?;
    strings::set_shape(op, In(0), &shape)
}

/// GATHER's output shape.
fn gathered(op: &Op<'_>) -> Result<Shape, Fault> {
    let (shape, ids) = (op.shape(In(0))?, indices(op, In(1))?);
    let (axis, batch) = dimensions(op, &shape, &ids).ok_or(Kind::Option.at(In(0)))?;
    let head = shape.dims().iter().take(axis);
    let dims = head.chain(ids.dims().iter().skip(batch)).chain(shape.dims().iter().skip(axis + 1));
    Shape::new(dims.copied()).ok_or(Kind::Shape.at(Out(0)))
}

#[cfg(feature = "std")]
fn eval_strings(op: &mut Op<'_>) -> Done {
    let (shape, ids, dtype) = (op.shape(In(0))?, op.shape(In(1))?, op.dtype(In(1))?);
    let (axis, batch) = dimensions(op, &shape, &ids).ok_or(Kind::Option.at(In(0)))?;
    let run = shape.span(axis + 1, shape.rank()).max(1);
    let (outer, dim) = (shape.span(batch, axis).max(1), shape.dim(axis));
    let each = ids.span(batch, ids.rank()).max(1);
    strings::pick(op, In(0), In(1), |ids, i| {
        let (row, within) = (i / run, i % run);
        let (before, number) = (row / each, row % each);
        let id = strings::index(ids, dtype, before / outer * each + number)?;
        (id < dim).then_some((before * dim + id) * run + within)
    })
}

fn eval(op: &mut Op<'_>) -> Done {
    let (shape, ids) = (op.shape(In(0))?, op.shape(In(1))?);
    let (axis, batch) = dimensions(op, &shape, &ids).ok_or(Kind::Option.at(In(0)))?;
    let run = shape.span(axis + 1, shape.rank()) * width(op, In(0))?;
    let (outer, dim) = (shape.span(batch, axis), shape.dim(axis));
    let each = ids.span(batch, ids.rank());
    for b in 0..ids.span(0, batch) {
        for i in 0..each {
            let id = bounded(op, In(1), b * each + i, dim)?;
            for o in 0..outer {
                let (from, to) = ((b * outer + o) * dim + id, (b * outer + o) * each + i);
                move_run(op, from, to, run)?;
            }
        }
    }
    Ok(())
}

/// Copies run `from` of input 0, of `run` bytes each, to run `to` of output 0.
fn move_run(op: &mut Op<'_>, from: usize, to: usize, run: usize) -> Done {
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let to = y.get_mut(to * run..).and_then(|y| y.get_mut(..run));
    copy(to.unwrap_or_default(), x.get(from * run..).unwrap_or_default());
    Ok(())
}

/// How many dimensions each row of coordinates names.
fn depth(ids: &Shape, shape: &Shape) -> Option<usize> {
    Some(ids.last()).filter(|&d| ids.rank() > 0 && d <= shape.rank())
}

/// The slice of a tensor of shape `shape` that row `row` of coordinates names.
fn slice_at(
    op: &Op<'_>,
    operand: Operand,
    row: usize,
    depth: usize,
    shape: &Shape,
) -> Result<usize, Fault> {
    (0..depth).try_fold(0, |at, i| {
        Ok(at * shape.dim(i) + bounded(op, operand, row * depth + i, shape.dim(i))?)
    })
}

fn prepare_nd(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let shape = gathered_nd(op)?;
    op.set_shape(Out(0), &shape)
}

#[cfg(feature = "std")]
fn prepare_nd_strings(op: &mut Op<'_>) -> Done {
    let shape = gathered_nd(op)?;
    strings::set_shape(op, In(0), &shape)
}

/// GATHER_ND's output shape.
fn gathered_nd(op: &Op<'_>) -> Result<Shape, Fault> {
    let (shape, ids) = (op.shape(In(0))?, indices(op, In(1))?);
    let depth = depth(&ids, &shape).ok_or(Kind::Shape.at(In(1)))?;
    let head = ids.dims().split_last().map_or(&[][..], |(_, head)| head);
    let dims = head.iter().chain(shape.dims().iter().skip(depth)).copied();
    Shape::new(dims).ok_or(Kind::Shape.at(Out(0)))
}

#[cfg(feature = "std")]
fn eval_nd_strings(op: &mut Op<'_>) -> Done {
    let (shape, ids, dtype) = (op.shape(In(0))?, op.shape(In(1))?, op.dtype(In(1))?);
    let depth = depth(&ids, &shape).ok_or(Kind::Shape.at(In(1)))?;
    let run = shape.span(depth, shape.rank()).max(1);
    strings::pick(op, In(0), In(1), |ids, i| {
        let row = (0..depth).try_fold(0, |at, k| {
            let id = strings::index(ids, dtype, i / run * depth + k)?;
            (id < shape.dim(k)).then_some(at * shape.dim(k) + id)
        })?;
        Some(row * run + i % run)
    })
}

fn eval_nd(op: &mut Op<'_>) -> Done {
    let (shape, ids) = (op.shape(In(0))?, op.shape(In(1))?);
    let depth = depth(&ids, &shape).ok_or(Kind::Shape.at(In(1)))?;
    let run = shape.span(depth, shape.rank()) * width(op, In(0))?;
    for row in 0..ids.span(0, ids.rank() - 1) {
        let from = slice_at(op, In(1), row, depth, &shape)?;
        move_run(op, from, row, run)?;
    }
    Ok(())
}

fn prepare_scatter(op: &mut Op<'_>) -> Done {
    same_type(op, In(1), Out(0))?;
    adder(op.dtype(In(1))?)?;
    let (ids, updates) = (indices(op, In(0))?, op.shape(In(1))?);
    let dims = op.known_ints::<MAX_RANK>(In(2))?;
    let shape = Shape::new(dims.iter().copied()).ok_or(Kind::Value.at(In(2)))?;
    let depth = depth(&ids, &shape).ok_or(Kind::Shape.at(In(0)))?;
    let head = ids.dims().split_last().map_or(&[][..], |(_, head)| head);
    let wanted = Shape::new(head.iter().chain(shape.dims().iter().skip(depth)).copied());
    if wanted != Some(updates) {
        return Err(Kind::Shape.at(In(1)));
    }
    op.set_shape(Out(0), &shape)
}

fn eval_scatter(op: &mut Op<'_>) -> Done {
    let (ids, shape) = (op.shape(In(0))?, op.shape(Out(0))?);
    let add = adder(op.dtype(In(1))?)?;
    let depth = depth(&ids, &shape).ok_or(Kind::Shape.at(In(0)))?;
    let run = shape.span(depth, shape.rank()) * width(op, In(1))?;
    let ([], [y]) = op.io([], [Out(0)])?;
    y.fill(0);
    for row in 0..ids.span(0, ids.rank() - 1) {
        let to = slice_at(op, In(0), row, depth, &shape)?;
        let ([x], [y]) = op.io([In(1)], [Out(0)])?;
        let to = y.get_mut(to * run..).and_then(|y| y.get_mut(..run));
        add(to.unwrap_or_default(), x.get(row * run..).unwrap_or_default());
    }
    Ok(())
}

/// Adds the elements of the second onto those of the first.
type Add = fn(&mut [u8], &[u8]);

/// What adds elements of this type onto others.
fn adder(dtype: DType) -> Result<Add, Fault> {
    fn add<T: Scalar>(to: &mut [u8], from: &[u8], plus: impl Fn(T, T) -> T) {
        let mut from = View::<T>::new(from).iter();
        ViewMut::<T>::new(to).update(|x| from.next().map_or(x, |y| plus(x, y)));
    }
    Ok(match dtype {
        DType::Float32 => |to, from| add(to, from, |x: f32, y| x + y),
        DType::Int8 => |to, from| add(to, from, i8::wrapping_add),
        DType::Uint8 => |to, from| add(to, from, u8::wrapping_add),
        DType::Int16 => |to, from| add(to, from, i16::wrapping_add),
        DType::Int32 => |to, from| add(to, from, i32::wrapping_add),
        DType::Int64 => |to, from| add(to, from, i64::wrapping_add),
        DType::Bool => |to, from| add(to, from, |x: bool, y| x | y),
        _ => return Err(Kind::Type.at(In(1))),
    })
}

/// Sets the output's shape: a row of the table for each number.
fn set_rows(op: &mut Op<'_>) -> Done {
    let (ids, table) = (op.shape(In(0))?, op.shape(In(1))?);
    if ids.rank() != 1 || table.rank() < 2 {
        return Err(Kind::Shape.at(In(0)));
    }
    op.set_shape(Out(0), &table.with(0, ids.len()).ok_or(Kind::Size.at(Out(0)))?)
}

fn prepare_rows(op: &mut Op<'_>) -> Done {
    same_type(op, In(1), Out(0))?;
    indices(op, In(0))?;
    set_rows(op)
}

fn eval_rows(op: &mut Op<'_>) -> Done {
    let table = op.shape(In(1))?;
    let run = table.span(1, table.rank()) * width(op, In(1))?;
    for i in 0..op.shape(In(0))?.len() {
        let id = bounded(op, In(0), i, table.dim(0))?;
        let ([x], [y]) = op.io([In(1)], [Out(0)])?;
        let to = y.get_mut(i * run..).and_then(|y| y.get_mut(..run));
        copy(to.unwrap_or_default(), x.get(id * run..).unwrap_or_default());
    }
    Ok(())
}

fn prepare_dequantized(op: &mut Op<'_>) -> Done {
    super::common::types(op, [(In(1), DType::Int8), (Out(0), DType::Float32)])?;
    indices(op, In(0))?;
    op.quant(In(1))?;
    set_rows(op)
}

fn eval_dequantized(op: &mut Op<'_>) -> Done {
    let table = op.shape(In(1))?;
    let run = table.span(1, table.rank());
    let quant = op.quant(In(1))?;
    for i in 0..op.shape(In(0))?.len() {
        let id = bounded(op, In(0), i, table.dim(0))?;
        let (scale, _) = quant.pair(id).ok_or(Kind::Quant.at(In(1)))?;
        let ([x], [y]) = op.io([In(1)], [Out(0)])?;
        let from = View::<i8>::new(x).part(id * run, run);
        ViewMut::<f32>::new(y).part(i * run, run).write(from.iter().map(|x| f32::from(x) * scale));
    }
    Ok(())
}
