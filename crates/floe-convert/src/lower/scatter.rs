//! Writing by index, segments, sorting and running sums.

use super::site::one;
use super::{Bound, Cx, Family, Lowered, Site};
use crate::infer::need_axis;
use crate::ir::{Attrs, Builtin as B, Dim, Reason, Scope, Tensor, ValueId};
use floe_graph::DType;

pub(super) const OPS: Family = &[
    ("Cumprod", cumprod),
    ("Cumsum", cumsum),
    ("ScatterNd", scatter_nd),
    ("SegmentSum", segment_sum),
    ("SparseToDense", sparse_to_dense),
    ("TensorScatterAdd", |cx, s| scatter_onto(cx, s, B::Add)),
    ("TensorScatterMax", |cx, s| scatter_best(cx, s, B::UnsortedSegmentMax, B::Maximum)),
    ("TensorScatterMin", |cx, s| scatter_best(cx, s, B::UnsortedSegmentMin, B::Minimum)),
    ("TensorScatterSub", |cx, s| scatter_onto(cx, s, B::Sub)),
    ("TensorScatterUpdate", scatter_update),
    ("TopK", top_k),
    ("TopKV2", top_k),
    ("Unique", unique),
    ("UniqueV2", |cx, s| {
        if s.ints(cx, 1)?.iter().any(|&axis| axis != 0) || cx.get(s.x(0)?).rank() != 1 {
            return Err("TFLite finds the different elements of a vector only".into());
        }
        unique(cx, s)
    }),
    ("UnsortedSegmentMax", |cx, s| segments(cx, s, B::UnsortedSegmentMax)),
    ("UnsortedSegmentMin", |cx, s| segments(cx, s, B::UnsortedSegmentMin)),
    ("UnsortedSegmentProd", |cx, s| segments(cx, s, B::UnsortedSegmentProd)),
    ("UnsortedSegmentSum", |cx, s| segments(cx, s, B::UnsortedSegmentSum)),
    ("Where", |cx, s| {
        let x = s.x(0)?;
        one(cx.op(B::Where, &[x]))
    }),
];

fn cumsum(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, axis) = (s.x(0)?, s.x(1)?);
    let axis = cx.index32(axis)?;
    let attrs = Attrs::new()
        .with("exclusive", s.node.bool("exclusive", false))
        .with("reverse", s.node.bool("reverse", false));
    one(cx.op_with(B::Cumsum, &[x, axis], attrs))
}

/// Running products by doubling: what is 1, 2, 4 … places before is multiplied in. Inputs: value, axis.
fn cumprod(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let mut x = s.x(0)?;
    let rank = cx.get(x).rank();
    let axis = need_axis(s.int(cx, 1)?, rank)?;
    let n = cx.get(x).shape.get(axis).and_then(Dim::get);
    let n = n.ok_or("the length of its axis is unknown; TFLite has no running product")?;
    let reverse = s.node.bool("reverse", false);
    if s.node.bool("exclusive", false) {
        x = later(cx, x, axis, 1, n, reverse)?;
    }
    let mut step = 1;
    while step < n {
        let before = later(cx, x, axis, step, n, reverse)?;
        x = cx.op(B::Mul, &[x, before])?;
        step *= 2;
    }
    one(Ok(x))
}

/// `x` moved by `step` along `axis`, to the end (the front when `reverse`), with ones where it was.
fn later(
    cx: &mut Cx<'_, '_>,
    x: ValueId,
    axis: usize,
    step: i64,
    n: i64,
    reverse: bool,
) -> Result<ValueId, Reason> {
    let rank = cx.get(x).rank();
    let (mut pads, mut begin, mut sizes) = (vec![0; 2 * rank], vec![0; rank], vec![-1; rank]);
    if let Some(pad) = pads.get_mut(2 * axis + usize::from(reverse)) {
        *pad = step;
    }
    if let (Some(b), Some(s)) = (begin.get_mut(axis), sizes.get_mut(axis)) {
        *b = if reverse { step } else { 0 };
        *s = n;
    }
    let pads = Tensor::ints(DType::Int32, &[rank, 2], &pads).ok_or("it is moved too far")?;
    let (pads, one) = (cx.constant(pads), cx.scalar(cx.get(x).dtype, 1.0)?);
    let wide = cx.op(B::Padv2, &[x, pads, one])?;
    let (begin, sizes) = (cx.i32s(&begin)?, cx.i32s(&sizes)?);
    cx.op(B::Slice, &[wide, begin, sizes])
}

/// The best of the tensor and the updates at each place, by segments: each row that an index names is one.
/// Inputs: tensor, indices, updates.
fn scatter_best(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, segments: B, best: B) -> Lowered {
    let (x, updates) = (s.x(0)?, s.x(2)?);
    let at = cx.index32(s.x(1)?)?;
    let depth = cx.get(at).shape.last().and_then(Dim::size).ok_or("its indices have no depth")?;
    let shape = cx.get(x).shape.clone();
    let (named, rest) = shape.split_at_checked(depth).ok_or("its indices are too deep")?;
    let sizes: Option<Vec<usize>> = named.iter().map(Dim::size).collect();
    let sizes = sizes.ok_or("the dimensions that its indices count are unknown")?;
    let steps: Vec<i64> = crate::ir::strides(&sizes).into_iter().map(|n| n as i64).collect();
    let steps = cx.i32s(&steps)?;
    let terms = cx.op(B::Mul, &[at, steps])?;
    let axis = cx.i32s(&[-1])?;
    let ids = cx.op_with(B::Sum, &[terms, axis], Attrs::new().with("keep_dims", false))?;
    let many = cx.symbols().product(&cx.get(ids).shape).ok_or("a dimension overflows")?;
    let ids = cx.reshape(ids, std::slice::from_ref(&many))?;
    let mut dims = vec![many];
    dims.extend(rest.iter().cloned());
    let updates = cx.reshape(updates, &dims)?;
    let count = crate::ir::count(&sizes).ok_or("a dimension overflows")?;
    let count = cx.i32(i64::try_from(count).unwrap_or(i64::MAX))?;
    let found = cx.op(segments, &[updates, ids, count])?;
    let found = cx.reshape(found, &shape)?;
    one(cx.op(best, &[x, found]))
}

/// Inputs: indices, updates, shape.
fn scatter_nd(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (at, updates) = (cx.index32(s.x(0)?)?, s.x(1)?);
    let shape = cx.index32(s.x(2)?)?;
    one(cx.op(B::ScatterNd, &[at, updates, shape]))
}

/// What SCATTER_ND sums up on zeros, added to (taken from) the tensor. Inputs: tensor, indices, updates.
fn scatter_onto(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Lowered {
    let x = s.x(0)?;
    let at = cx.index32(s.x(1)?)?;
    let shape = super::shape::shape_of(cx, x)?;
    let sums = cx.op(B::ScatterNd, &[at, s.x(2)?, shape])?;
    one(cx.op(op, &[x, sums]))
}

/// The updates where something is written, else the tensor. Inputs: tensor, indices, updates.
fn scatter_update(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let (at, updates) = (cx.index32(s.x(1)?)?, s.x(2)?);
    let shape = super::shape::shape_of(cx, x)?;
    let written = cx.op(B::ScatterNd, &[at, updates, shape])?;
    let like = super::shape::shape_of(cx, updates)?;
    let k = cx.scalar(DType::Int32, 1.0)?;
    let ones = cx.op(B::Fill, &[like, k])?;
    let times = cx.op(B::ScatterNd, &[at, ones, shape])?;
    let zero = cx.scalar(DType::Int32, 0.0)?;
    let here = cx.op(B::Greater, &[times, zero])?;
    one(cx.op(B::SelectV2, &[here, written, x]))
}

fn segment_sum(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, ids) = (s.x(0)?, s.x(1)?);
    let ids = cx.index32(ids)?;
    one(cx.op(B::SegmentSum, &[x, ids]))
}

/// Inputs: data, segment ids, number of segments.
fn segments(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Lowered {
    let x = s.x(0)?;
    let (ids, n) = (cx.index32(s.x(1)?)?, cx.index32(s.x(2)?)?);
    one(cx.op(op, &[x, ids, n]))
}

/// Inputs: indices, shape, values, default.
fn sparse_to_dense(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let all: Vec<Option<ValueId>> = s.all()?.into_iter().map(Some).collect();
    let shape = cx.get(s.x(1)?).content.clone();
    let dims = shape.map(|d| d.to_vec()).ok_or("its shape must be a constant")?;
    let dtype = cx.get(s.x(2)?).dtype;
    let t = crate::infer::Type::new(dtype, dims);
    let attrs = Attrs::new().with("validate_indices", s.node.bool("validate_indices", true));
    let out = cx.raw(crate::ir::Op::Builtin(B::SparseToDense), &all, attrs, vec![t]);
    Ok(out.into_iter().map(Bound::Value).collect())
}

fn top_k(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let k = match s.x(1) {
        Ok(k) => cx.index32(k)?,
        Err(_) => cx.i32(s.node.int("k", 1))?,
    };
    need_axis(-1, cx.get(x).rank())?;
    let all = cx.op_all(B::TopkV2, &[Some(x), Some(k)], Attrs::new())?;
    let [values, at] = all.as_slice() else { return Err(Reason::from("it has no results")) };
    let at = cx.cast(*at, s.node.dtype("index_type").unwrap_or(DType::Int32))?;
    Ok(vec![(*values).into(), at.into()])
}

fn unique(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let dtype = s.node.dtype("out_idx").unwrap_or(DType::Int32);
    let all = cx.op_all(B::Unique, &[Some(x)], Attrs::new().with("idx_out_type", dtype))?;
    Ok(all.into_iter().map(Bound::Value).collect())
}
