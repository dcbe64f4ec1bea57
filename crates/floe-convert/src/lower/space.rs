//! Moving blocks between space, depth and batch.

use super::conv::{channels_first, from_last, to_last};
use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Scope};

pub(super) const OPS: Family = &[
    ("BatchToSpace", |cx, s| square(cx, s, B::BatchToSpaceNd)),
    ("BatchToSpaceND", |cx, s| batch(cx, s, B::BatchToSpaceNd)),
    ("DepthToSpace", |cx, s| depth(cx, s, B::DepthToSpace)),
    ("SpaceToBatch", |cx, s| square(cx, s, B::SpaceToBatchNd)),
    ("SpaceToBatchND", |cx, s| batch(cx, s, B::SpaceToBatchNd)),
    ("SpaceToDepth", |cx, s| depth(cx, s, B::SpaceToDepth)),
];

/// Inputs: value, block shape, paddings or crops.
fn batch(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Lowered {
    let x = s.x(0)?;
    let (block, edges) = (cx.index32(s.x(1)?)?, cx.index32(s.x(2)?)?);
    one(cx.op(op, &[x, block, edges]))
}

fn square(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Lowered {
    let x = s.x(0)?;
    let edges = cx.index32(s.x(1)?)?;
    let size = s.node.int("block_size", 2);
    let block = cx.i32s(&[size, size])?;
    one(cx.op(op, &[x, block, edges]))
}

fn depth(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Lowered {
    let first = channels_first(s.node)?;
    let x = to_last(cx, s.x(0)?, first)?;
    let attrs = Attrs::new().with("block_size", s.node.int("block_size", 2));
    let y = cx.op_with(op, &[x], attrs)?;
    one(from_last(cx, y, first))
}
