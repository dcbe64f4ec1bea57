//! Reductions and running sums.

use super::super::site::Site;
use super::Rule;
use crate::build::Tensor;
use floe_graph::DType;

pub(super) const RULES: &[(&str, Rule)] =
    &[("Sum", sum), ("Mean", mean), ("Max", extreme), ("Min", extreme), ("Cumsum", running)];

/// The shape of the input with size 1 where it was reduced.
fn kept<'b>(s: &Site<'b>) -> Tensor<'b> {
    let (g, x) = (s.g, s.x(0));
    let rank = x.unary("Rank");
    let axes = s.x(1).cast(DType::Int32).reshape(g.ints("flat", &[-1]));
    let axes = (axes + rank).binary("FloorMod", rank);
    let all = g.op("Range").inputs([s.index(0), rank, s.index(1)]).output();
    let ones = g.fill(axes.shape(), s.index(1));
    g.op("DynamicStitch").inputs([all, axes, x.shape(), ones]).attr("N", 2i64).output()
}

/// `tensor`, of the output's shape, repeated to that of the input.
fn spread<'b>(s: &Site<'b>, tensor: Tensor<'b>) -> Tensor<'b> {
    tensor.reshape(kept(s)).binary("BroadcastTo", s.x(0).shape())
}

fn sum(s: &mut Site<'_>) {
    if s.wants(0) {
        let dx = spread(s, s.dy(0));
        s.give(0, || dx);
    }
}

fn mean(s: &mut Site<'_>) {
    if s.wants(0) {
        let (x, y) = (s.x(0), s.y(0));
        let count =
            x.unary("Size").binary("FloorDiv", y.unary("Size").binary("Maximum", s.index(1)));
        let dx = spread(s, s.dy(0)) / count.cast(x.dtype().unwrap_or(DType::Float32));
        s.give(0, || dx);
    }
}

/// To all elements that are the largest or the smallest, in equal parts.
fn extreme(s: &mut Site<'_>) {
    if s.wants(0) {
        let (x, shape) = (s.x(0), kept(s));
        let (y, dy) = (s.y(0).reshape(shape), s.dy(0).reshape(shape));
        let chosen = x.binary("Equal", y).cast(x.dtype().unwrap_or(DType::Float32));
        let count = s.op("Sum").inputs([chosen, s.x(1)]).output().reshape(shape);
        s.give(0, || chosen / count * dy);
    }
}

fn running(s: &mut Site<'_>) {
    let backwards = !s.flag("reverse");
    let call = s.op("Cumsum").inputs([s.dy(0), s.x(1)]);
    let call = call.attrs_of(&s.node, &["exclusive"]).attr("reverse", backwards);
    s.give(0, || call.output());
}
