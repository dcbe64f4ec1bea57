//! SPARSE_TO_DENSE: values at given places of an otherwise constant tensor. HASHTABLE_LOOKUP: rows of a
//! table by their keys, which are sorted; rows of zeros for keys it does not have. Any element type of
//! whole bytes; HASHTABLE_LOOKUP also strings.

use super::common::types;
use super::strided::{element, index, same_type, width};
#[cfg(feature = "std")]
use super::strings;
use crate::data::{View, ViewMut, copy, pieces_mut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::op;

/// SPARSE_TO_DENSE.
pub static SPARSE_TO_DENSE: OpDef =
    OpDef::builtin(op::SPARSE_TO_DENSE, 3, &[Kernel::new(prepare, eval)]);
/// HASHTABLE_LOOKUP.
pub static HASHTABLE_LOOKUP: OpDef = OpDef::builtin(
    op::HASHTABLE_LOOKUP,
    1,
    &[
        Kernel::new(prepare_lookup, eval_lookup),
        #[cfg(feature = "std")]
        Kernel::new(prepare_strings, eval_strings),
    ],
);

/// How many places there are, and how many numbers name one.
fn places(indices: &Shape) -> Option<(usize, usize)> {
    match indices.rank() {
        0 => Some((1, 1)),
        1 => Some((indices.dim(0), 1)),
        2 => Some((indices.dim(0), indices.dim(1))),
        _ => None,
    }
}

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(2), Out(0))?;
    same_type(op, In(3), Out(0))?;
    if !matches!(op.dtype(In(0))?, DType::Int32 | DType::Int64) {
        return Err(Kind::Type.at(In(0)));
    }
    let dims = op.known_ints::<MAX_RANK>(In(1))?;
    let shape = Shape::new(dims.iter().copied()).ok_or(Kind::Value.at(In(1)))?;
    let (count, numbers) = places(&op.shape(In(0))?).ok_or(Kind::Shape.at(In(0)))?;
    let values = op.shape(In(2))?;
    if numbers != shape.rank() || values.rank() > 1 || values.rank() == 1 && values.len() != count {
        return Err(Kind::Shape.at(In(2)));
    }
    if op.shape(In(3))?.len() != 1 {
        return Err(Kind::Shape.at(In(3)));
    }
    op.set_shape(Out(0), &shape)
}

fn eval(op: &mut Op<'_>) -> Done {
    let (width, shape) = (width(op, Out(0))?, op.shape(Out(0))?);
    let (count, numbers) = places(&op.shape(In(0))?).ok_or(Kind::Shape.at(In(0)))?;
    let one = op.shape(In(2))?.rank() == 0;
    let ([default], [y]) = op.io([In(3)], [Out(0)])?;
    pieces_mut(y, width).for_each(|to| copy(to, default));
    for i in 0..count {
        let mut at = 0;
        for j in 0..numbers {
            let place = usize::try_from(index(op, In(0), i * numbers + j)?).ok();
            let place = place.filter(|&p| p < shape.dim(j)).ok_or(Kind::Value.at(In(0)))?;
            at = at * shape.dim(j) + place;
        }
        let ([values], [y]) = op.io([In(2)], [Out(0)])?;
        let to = y.get_mut(at * width..).and_then(|y| y.get_mut(..width)).unwrap_or_default();
        copy(to, element(values, if one { 0 } else { i as isize }, width).unwrap_or_default());
    }
    Ok(())
}

fn prepare_lookup(op: &mut Op<'_>) -> Done {
    same_type(op, In(2), Out(0))?;
    let shape = found(op)?;
    op.set_shape(Out(0), &shape)
}

#[cfg(feature = "std")]
fn prepare_strings(op: &mut Op<'_>) -> Done {
    let shape = found(op)?;
    if shape.rank() != 1 {
        return Err(Kind::Shape.at(In(2)));
    }
    op.scratch(shape.len() * 4)?;
    strings::set_shape(op, In(2), &shape)
}

#[cfg(feature = "std")]
fn eval_strings(op: &mut Op<'_>) -> Done {
    let ([wanted, keys], [hits, rows]) =
        op.io([In(0), In(1)], [Out(1), crate::error::Operand::Scratch])?;
    let (mut hits, mut rows) = (ViewMut::<u8>::new(hits), ViewMut::<i32>::new(rows));
    for (i, key) in View::<i32>::new(wanted).iter().enumerate() {
        let found = View::<i32>::new(keys).iter().position(|k| k == key);
        hits.set(i, found.is_some().into());
        // There is no string of this number, which reads as empty.
        rows.set(i, found.map_or(i32::MAX, |row| row as i32));
    }
    strings::pick(op, In(2), crate::error::Operand::Scratch, |rows, i| {
        strings::index(rows, DType::Int32, i)
    })
}

/// Checks the operands, gives the hits' shape and that of the rows.
fn found(op: &mut Op<'_>) -> Result<Shape, Fault> {
    types(op, [(In(0), DType::Int32), (In(1), DType::Int32), (Out(1), DType::Uint8)])?;
    let (wanted, keys, table) = (op.shape(In(0))?, op.shape(In(1))?, op.shape(In(2))?);
    if wanted.rank() != 1 || keys.rank() != 1 || table.rank() == 0 || keys.len() != table.dim(0) {
        return Err(Kind::Shape.at(In(1)));
    }
    op.set_shape(Out(1), &wanted)?;
    table.with(0, wanted.len()).ok_or(Kind::Size.at(Out(0)))
}

fn eval_lookup(op: &mut Op<'_>) -> Done {
    let table = op.shape(In(2))?;
    let run = table.span(1, table.rank()) * width(op, In(2))?;
    let ([wanted, keys, rows], [y, hits]) = op.io([In(0), In(1), In(2)], [Out(0), Out(1)])?;
    y.fill(0);
    let keys = View::<i32>::new(keys);
    let mut hits = ViewMut::<u8>::new(hits);
    for (i, key) in View::<i32>::new(wanted).iter().enumerate() {
        let found = keys.iter().position(|k| k == key);
        hits.set(i, found.is_some().into());
        let from = found.and_then(|f| element(rows, f as isize, run)).unwrap_or_default();
        let to = y.get_mut(i * run..).and_then(|y| y.get_mut(..run));
        copy(to.unwrap_or_default(), from);
    }
    Ok(())
}
