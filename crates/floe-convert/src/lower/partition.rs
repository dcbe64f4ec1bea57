//! Rows dealt out by a number each has, and put together again.

use super::{Bound, Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Dim, Reason, Scope, ValueId};
use floe_graph::DType;

pub(super) const OPS: Family = &[
    ("DynamicPartition", partition),
    ("DynamicStitch", stitch),
    ("ParallelDynamicStitch", stitch),
];

/// Parts into which rows are dealt.
const MAX_PARTS: i64 = 256;
/// Rows of a stitch whose order is worked out at conversion.
const MAX_ROWS: i64 = 1 << 20;

/// `v` with its first `depth` dimensions as one.
fn rows(cx: &mut Cx<'_, '_>, v: ValueId, depth: usize) -> Result<ValueId, Reason> {
    let shape = cx.get(v).shape.clone();
    let (first, rest) = shape.split_at_checked(depth).ok_or("an operand has too few dimensions")?;
    let n = cx.symbols().product(first).ok_or("a dimension overflows")?;
    let mut dims = vec![n];
    dims.extend(rest.iter().cloned());
    cx.reshape(v, &dims)
}

/// Inputs: rows, and the part that each goes to.
fn partition(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (data, part) = (s.x(0)?, s.x(1)?);
    let n = s.node.int("num_partitions", 1);
    if !(1..=MAX_PARTS).contains(&n) {
        return Err(format!("it deals out {n} parts: expected 1 to {MAX_PARTS}").into());
    }
    let depth = cx.get(part).rank();
    let (data, part) = (rows(cx, data, depth)?, rows(cx, part, depth)?);
    let mut parts = Vec::new();
    for k in 0..n {
        let k = cx.i32(k)?;
        let here = cx.op(B::Equal, &[part, k])?;
        let at = cx.op(B::Where, &[here])?;
        let at = cx.index32(at)?;
        parts.push(Bound::Value(cx.op(B::GatherNd, &[data, at])?));
    }
    Ok(parts)
}

/// Inputs: indices of each part, then the parts: each part's rows go where its indices say, the last wins.
fn stitch(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let all = s.all()?;
    let (indices, parts) = all.split_at(all.len() / 2);
    let mut flat = Vec::with_capacity(parts.len());
    for (&i, &p) in indices.iter().zip(parts) {
        let depth = cx.get(i).rank();
        flat.push(rows(cx, p, depth)?);
    }
    let known: Option<Vec<i64>> = indices
        .iter()
        .map(|&i| cx.get(i).ints())
        .collect::<Option<Vec<_>>>()
        .map(|all| all.into_iter().flatten().collect());
    let joined = super::slice::join(cx, &flat, 0)?;
    let order = match known {
        Some(known) => {
            let order = order(&known)?;
            cx.i32s(&order)?
        }
        None => {
            let mut vectors = Vec::with_capacity(indices.len());
            for &i in indices {
                let depth = cx.get(i).rank();
                vectors.push(rows(cx, i, depth)?);
            }
            let at = super::slice::join(cx, &vectors, 0)?;
            computed_order(cx, at)?
        }
    };
    Ok(vec![cx.op_with(B::Gather, &[joined, order], Attrs::new().with("axis", 0i64))?.into()])
}

/// Which row goes to each place.
fn order(known: &[i64]) -> Result<Vec<i64>, Reason> {
    let n = known.iter().copied().max().map_or(0, |m| m.saturating_add(1));
    let n = usize::try_from(n.min(MAX_ROWS)).ok().ok_or("an index is out of range")?;
    let mut source = vec![-1i64; n];
    for (row, &place) in (0i64..).zip(known) {
        let slot = usize::try_from(place).ok().and_then(|p| source.get_mut(p));
        *slot.ok_or("an index is out of range")? = row;
    }
    if source.contains(&-1) {
        return Err("its indices leave rows without a value".into());
    }
    Ok(source)
}

/// The same where only a run knows the indices: the largest row number of each place.
fn computed_order(cx: &mut Cx<'_, '_>, at: ValueId) -> Result<ValueId, Reason> {
    let at = cx.index32(at)?;
    let (zero, one, axis) = (cx.i32(0)?, cx.i32(1)?, cx.i32s(&[0])?);
    let last = cx.op_with(B::ReduceMax, &[at, axis], Attrs::new().with("keep_dims", false))?;
    let count = cx.op(B::Add, &[last, one])?;
    let count = cx.op(B::Maximum, &[count, zero])?;
    let shape = super::shape::shape_of(cx, at)?;
    let total = cx.reshape(shape, &[])?;
    let numbers = cx.op(B::Range, &[zero, total, one])?;
    let dims: Vec<Dim> = cx.get(at).shape.clone();
    if let Some(slot) = cx.graph.value_mut(numbers).shape.first_mut()
        && let Some(d) = dims.first()
    {
        *slot = d.clone();
    }
    let order = cx.op(B::UnsortedSegmentMax, &[numbers, at, count])?;
    debug_assert_eq!(cx.get(order).dtype, DType::Int32);
    cx.op(B::Maximum, &[order, zero])
}
