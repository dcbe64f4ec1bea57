//! Ops that give the same elements another shape or order.

use super::super::site::Site;
use super::Rule;
use crate::build::Tensor;
use floe_graph::DType;

pub(super) const RULES: &[(&str, Rule)] = &[
    ("Reshape", back),
    ("Squeeze", back),
    ("ExpandDims", back),
    ("Transpose", transpose),
    ("ReverseV2", reverse),
    ("IdentityN", each),
    ("Fill", fill),
    ("BroadcastTo", repeated),
    ("Tile", tile),
    ("SpaceToDepth", |s| blocks(s, "DepthToSpace")),
    ("DepthToSpace", |s| blocks(s, "SpaceToDepth")),
    ("SpaceToBatchND", |s| batches(s, "BatchToSpaceND")),
    ("BatchToSpaceND", |s| batches(s, "SpaceToBatchND")),
];

fn back(s: &mut Site<'_>) {
    let (x, dy) = (s.x(0), s.dy(0));
    s.give(0, || dy.reshape(x.shape()));
}

fn transpose(s: &mut Site<'_>) {
    let (perm, dy) = (s.x(1), s.dy(0));
    s.give(0, || dy.binary("Transpose", perm.unary("InvertPermutation")));
}

fn reverse(s: &mut Site<'_>) {
    let (axes, dy) = (s.x(1), s.dy(0));
    s.give(0, || dy.binary("ReverseV2", axes));
}

fn each(s: &mut Site<'_>) {
    for (i, dy) in s.dys().into_iter().enumerate() {
        s.give(i, || dy);
    }
}

fn fill(s: &mut Site<'_>) {
    let (g, dy, from, by) = (s.g, s.dy(0), s.index(0), s.index(1));
    s.give(1, || dy.sum(g.op("Range").inputs([from, dy.unary("Rank"), by]).output(), false));
}

fn repeated(s: &mut Site<'_>) {
    if s.wants(0) {
        let dx = s.unbroadcast(s.dy(0), 0);
        s.give(0, || dx);
    }
}

/// Each dimension apart into how often it is repeated and what is repeated; the sum over the former.
fn tile(s: &mut Site<'_>) {
    let (g, x, dy) = (s.g, s.x(0), s.dy(0));
    let times = s.x(1).cast(DType::Int32);
    let (from, by) = (s.index(0), s.index(2));
    s.give(0, || {
        let shape = x.shape();
        let pairs: Tensor<'_> = g.op("Pack").inputs([times, shape]).attr("axis", 1i64).output();
        let apart = pairs.reshape(g.ints("flat", &[-1]));
        let axes = g.op("Range").inputs([from, apart.unary("Size"), by]).output();
        dy.reshape(apart).sum(axes, false).reshape(shape)
    });
}

fn blocks(s: &mut Site<'_>, op: &'static str) {
    let call = s.op(op).input(s.dy(0)).attrs_of(&s.node, &["block_size", "data_format"]);
    s.give(0, || call.output());
}

fn batches(s: &mut Site<'_>, op: &'static str) {
    let call = s.op(op).inputs([s.dy(0), s.x(1), s.x(2)]);
    s.give(0, || call.output());
}
