//! Reductions.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Reason, Scope, ValueId};
use floe_graph::DType;

pub(super) const OPS: Family = &[
    ("All", |cx, s| one(reduce(cx, s, B::ReduceAll))),
    ("Any", |cx, s| one(reduce(cx, s, B::ReduceAny))),
    ("ArgMax", |cx, s| arg(cx, s, B::ArgMax)),
    ("ArgMin", |cx, s| arg(cx, s, B::ArgMin)),
    ("EuclideanNorm", euclidean),
    ("Max", |cx, s| one(reduce(cx, s, B::ReduceMax))),
    ("Mean", |cx, s| one(reduce(cx, s, B::Mean))),
    ("Min", |cx, s| one(reduce(cx, s, B::ReduceMin))),
    ("Prod", |cx, s| one(reduce(cx, s, B::ReduceProd))),
    ("Sum", |cx, s| one(reduce(cx, s, B::Sum))),
];

fn reduce(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Result<ValueId, Reason> {
    let x = s.x(0)?;
    reduce_value(cx, s, op, x)
}

fn reduce_value(
    cx: &mut Cx<'_, '_>,
    s: &Site<'_, '_>,
    op: B,
    x: ValueId,
) -> Result<ValueId, Reason> {
    let keep = s.node.bool("keep_dims", s.node.bool("keepdims", false));
    let axes = s.ints(cx, 1)?;
    if axes.is_empty() {
        return Ok(x);
    }
    let axes = cx.i32s(&axes)?;
    cx.op_with(op, &[x, axes], Attrs::new().with("keep_dims", keep))
}

fn euclidean(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let sq = cx.op(B::Mul, &[x, x])?;
    let sum = reduce_value(cx, s, B::Sum, sq)?;
    one(cx.op(B::Sqrt, &[sum]))
}

fn arg(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Lowered {
    let x = s.x(0)?;
    let axis = s.int(cx, 1)?;
    let axis = cx.i32(axis)?;
    let to = s.node.dtype("output_type").unwrap_or(DType::Int64);
    one(cx.op_with(op, &[x, axis], Attrs::new().with("output_type", to)))
}
