//! Counting into bins, and reductions of runs of rows that have one number.

use super::site::one;
use super::{Bound, Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Dim, Reason, Scope, ValueId};
use floe_graph::DType;

pub(super) const OPS: Family = &[
    ("Bincount", |cx, s| bins(cx, s, false)),
    ("DenseBincount", |cx, s| {
        let binary = s.node.bool("binary_output", false);
        bins(cx, s, binary)
    }),
    ("SegmentMax", |cx, s| runs(cx, s, B::UnsortedSegmentMax)),
    ("SegmentMean", mean),
    ("SegmentMin", |cx, s| runs(cx, s, B::UnsortedSegmentMin)),
    ("SegmentProd", |cx, s| {
        let (x, ids, n, _) = segments(cx, s)?;
        one(cx.op(B::UnsortedSegmentProd, &[x, ids, n]))
    }),
];

/// Inputs: numbers, how many bins, weights or nothing. Numbers of two dimensions are counted row by row.
fn bins(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, binary: bool) -> Lowered {
    let (mut x, size, weights) = (s.x(0)?, cx.index32(s.x(1)?)?, s.x(2)?);
    let dtype = cx.get(weights).dtype;
    if !matches!(dtype, DType::Float32 | DType::Int32 | DType::Int64) {
        return Err(format!("TFLite does not count in {dtype}; use int32 or float32").into());
    }
    x = cx.index32(x)?;
    let given = !cx.get(weights).shape.iter().any(|d| d.is(0));
    if cx.get(x).rank() == 0 {
        x = cx.reshape(x, &[1.into()])?;
    }
    let (on, off) = (cx.scalar(dtype, 1.0)?, cx.scalar(dtype, 0.0)?);
    let mut marks = cx.op_with(B::OneHot, &[x, size, on, off], Attrs::new().with("axis", -1i64))?;
    if given && !binary {
        let weights = super::shape::insert_dim(cx, weights, -1)?;
        marks = cx.op(B::Mul, &[marks, weights])?;
    }
    let axis = cx.i32s(&[cx.get(x).rank() as i64 - 1])?;
    let op = if binary { B::ReduceMax } else { B::Sum };
    one(cx.op_with(op, &[marks, axis], Attrs::new().with("keep_dims", false)))
}

/// The rows, the number that each has, how many numbers there are, and how many rows have each, in a shape that
/// broadcasts over the result.
fn segments(
    cx: &mut Cx<'_, '_>,
    s: &Site<'_, '_>,
) -> Result<(ValueId, ValueId, ValueId, ValueId), Reason> {
    let (x, ids) = (s.x(0)?, cx.index32(s.x(1)?)?);
    let (one, axis) = (cx.i32(1)?, cx.i32s(&[0])?);
    let last = cx.op_with(B::ReduceMax, &[ids, axis], Attrs::new().with("keep_dims", false))?;
    let n = cx.op(B::Add, &[last, one])?;
    let shape = super::shape::shape_of(cx, ids)?;
    let ones = cx.op(B::Fill, &[shape, one])?;
    let counts = cx.op(B::UnsortedSegmentSum, &[ones, ids, n])?;
    let mut dims: Vec<Dim> = cx.get(counts).shape.clone();
    dims.resize(cx.get(x).rank().max(1), Dim::known(1));
    let counts = cx.reshape(counts, &dims)?;
    Ok((x, ids, n, counts))
}

/// A number that no row has gives zero.
fn runs(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Lowered {
    let (x, ids, n, counts) = segments(cx, s)?;
    let all = cx.op(op, &[x, ids, n])?;
    let (none, zero) = (cx.i32(0)?, cx.scalar(cx.get(x).dtype, 0.0)?);
    let some = cx.op(B::Greater, &[counts, none])?;
    Ok(vec![Bound::Value(cx.op(B::SelectV2, &[some, all, zero])?)])
}

fn mean(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, ids, n, counts) = segments(cx, s)?;
    let sum = cx.op(B::UnsortedSegmentSum, &[x, ids, n])?;
    let one_row = cx.i32(1)?;
    let counts = cx.op(B::Maximum, &[counts, one_row])?;
    let counts = cx.cast(counts, cx.get(x).dtype)?;
    one(cx.op(B::Div, &[sum, counts]))
}
