//! EMBEDDING_LOOKUP_SPARSE: rows of a table, named by a sparse tensor, weighted and joined where they share a cell.
//!
//! float32. Inputs: the rows' numbers `[n]`, the cells that they go to `[n, r]` in rising order, the sparse tensor's shape `[r]`, weights
//! `[n]`, the table. The last dimension of a cell is what is joined. The combiner divides the sum by nothing, by the sum of
//! weights, or by the root of the sum of their squares.

use super::common::types;
use crate::data::{View, ViewMut};
use crate::error::Kind;
use crate::error::Operand::{In, Out};
use crate::num::float::sqrt;
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::fields::embedding_lookup_sparse_options::COMBINER;
use floe_tflite::op;

/// EMBEDDING_LOOKUP_SPARSE.
pub static EMBEDDING_LOOKUP_SPARSE: OpDef =
    OpDef::builtin(op::EMBEDDING_LOOKUP_SPARSE, 1, &[Kernel::new(prepare, eval)]);

const MEAN: i8 = 1;
const ROOT: i8 = 2;

fn prepare(op: &mut Op<'_>) -> Done {
    types(op, [0, 1, 2].map(|i| (In(i), DType::Int32)))?;
    types(op, [(In(3), DType::Float32), (In(4), DType::Float32), (Out(0), DType::Float32)])?;
    let (ids, cells, table) = (op.shape(In(0))?, op.shape(In(1))?, op.shape(In(4))?);
    let dims = op.known_ints::<MAX_RANK>(In(2))?;
    let sound = ids.rank() == 1
        && cells.rank() == 2
        && cells.dim(0) == ids.len()
        && cells.dim(1) == dims.len();
    if !sound || dims.is_empty() || op.shape(In(3))?.len() != ids.len() {
        return Err(Kind::Shape.at(In(1)));
    }
    if table.rank() < 2 {
        return Err(Kind::Shape.at(In(4)));
    }
    let head = dims.iter().take(dims.len() - 1);
    let shape = Shape::new(head.chain(table.dims().iter().skip(1)).copied());
    op.set_shape(Out(0), &shape.ok_or(Kind::Value.at(In(2)))?)
}

fn eval(op: &mut Op<'_>) -> Done {
    let (table, cells, out) = (op.shape(In(4))?, op.shape(In(1))?, op.shape(Out(0))?);
    let (run, depth, combiner) = (table.span(1, table.rank()), cells.dim(1), op.option(COMBINER));
    let ([ids, places, weights, rows], [y]) = op.io([In(0), In(1), In(3), In(4)], [Out(0)])?;
    let (ids, places) = (View::<i32>::new(ids), View::<i32>::new(places));
    let (weights, rows) = (View::<f32>::new(weights), View::<f32>::new(rows));
    let mut y = ViewMut::<f32>::new(y);
    y.fill(0.0);
    let cell = |i: usize| {
        (0..depth.saturating_sub(1)).try_fold(0usize, |at, k| {
            let place =
                usize::try_from(places.at(i * depth + k)).ok().filter(|&p| p < out.dim(k))?;
            Some(at * out.dim(k) + place)
        })
    };
    let (mut sum, mut squares) = (0f32, 0f32);
    for (i, id) in ids.iter().enumerate() {
        let at = cell(i).ok_or(Kind::Value.at(In(1)))?;
        let id = usize::try_from(id)
            .ok()
            .filter(|&id| id < table.dim(0))
            .ok_or(Kind::Value.at(In(0)))?;
        let weight = weights.at(i);
        (sum, squares) = (sum + weight, squares + weight * weight);
        let mut to = y.part(at * run, run);
        for (k, x) in rows.part(id * run, run).iter().enumerate() {
            to.set(k, to.at(k) + x * weight);
        }
        if i + 1 == ids.len() || cell(i + 1) != Some(at) {
            let divisor = match combiner {
                MEAN => sum,
                ROOT => sqrt(squares),
                _ => 0.0,
            };
            if divisor != 0.0 {
                to.update(|x| x / divisor);
            }
            (sum, squares) = (0.0, 0.0);
        }
    }
    Ok(())
}
