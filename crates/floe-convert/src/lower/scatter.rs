//! Writing by index, segments, sorting and running sums.

use super::site::one;
use super::{Bound, Cx, Family, Lowered, Site};
use crate::infer::need_axis;
use crate::ir::{Attrs, Builtin as B, Dim, Reason, Scope, ValueId};
use floe_graph::DType;

pub(super) const OPS: Family = &[
    ("Cumsum", cumsum),
    ("DynamicStitch", dynamic_stitch),
    ("ParallelDynamicStitch", dynamic_stitch),
    ("ScatterNd", scatter_nd),
    ("SegmentSum", segment_sum),
    ("SparseToDense", sparse_to_dense),
    ("TensorScatterAdd", |cx, s| scatter_onto(cx, s, B::Add)),
    ("TensorScatterSub", |cx, s| scatter_onto(cx, s, B::Sub)),
    ("TensorScatterUpdate", scatter_update),
    ("TopKV2", top_k),
    ("Unique", unique),
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

/// Inputs: indices of each part, then the parts: each part's rows go where its indices say.
fn dynamic_stitch(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let all = s.all()?;
    let (indices, parts) = all.split_at(all.len() / 2);
    let mut known: Vec<i64> = Vec::new();
    for &i in indices {
        known.extend(cx.get(i).ints().ok_or("its indices must be constants")?);
    }
    let rows = known.iter().copied().max().map_or(0, |m| m.saturating_add(1));
    let mut source = vec![
        -1i64;
        usize::try_from(rows)
            .ok()
            .filter(|&r| r <= 1 << 20)
            .ok_or("an index is out of range")?
    ];
    for (k, &i) in known.iter().enumerate() {
        let slot = usize::try_from(i).ok().and_then(|i| source.get_mut(i));
        *slot.ok_or("an index is negative")? = k as i64;
    }
    if source.contains(&-1) {
        return Err("its indices leave rows without a value".into());
    }
    let mut flat = Vec::with_capacity(parts.len());
    for (&i, &p) in indices.iter().zip(parts) {
        let depth = cx.get(i).rank();
        let n: Dim =
            cx.get(i).shape.iter().try_fold(Dim::known(1), |a, d| a.mul(d)).ok_or("too large")?;
        let mut dims = vec![n];
        dims.extend(cx.get(p).shape.get(depth..).unwrap_or_default().iter().cloned());
        flat.push(cx.reshape(p, &dims)?);
    }
    let joined = super::slice::join(cx, &flat, 0)?;
    let order = cx.i32s(&source)?;
    one(cx.op_with(B::Gather, &[joined, order], Attrs::new().with("axis", 0i64)))
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
    let (x, k) = (s.x(0)?, cx.index32(s.x(1)?)?);
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
