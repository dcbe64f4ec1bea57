//! Poolings and resizes.

use super::super::site::Site;
use super::Rule;

/// The attributes that a pooling shares with its gradient.
const WINDOW: &[&str] = &["ksize", "strides", "padding", "explicit_paddings", "data_format"];

pub(super) const RULES: &[(&str, Rule)] = &[
    ("MaxPool", |s| largest(s, "MaxPoolGrad")),
    ("MaxPool3D", |s| largest(s, "MaxPool3DGrad")),
    ("AvgPool", |s| average(s, "AvgPoolGrad")),
    ("AvgPool3D", |s| average(s, "AvgPool3DGrad")),
    ("ResizeBilinear", |s| resize(s, "ResizeBilinearGrad")),
    ("ResizeBicubic", |s| resize(s, "ResizeBicubicGrad")),
    ("ResizeNearestNeighbor", nearest),
];

const CORNERS: &[&str] = &["align_corners", "half_pixel_centers"];

fn largest(s: &mut Site<'_>, op: &'static str) {
    let call = s.op(op).inputs([s.x(0), s.y(0), s.dy(0)]).attrs_of(&s.node, WINDOW);
    s.give(0, || call.output());
}

fn average(s: &mut Site<'_>, op: &'static str) {
    let (g, x, dy, node) = (s.g, s.x(0), s.dy(0), s.node.clone());
    s.give(0, || g.op(op).inputs([x.shape(), dy]).attrs_of(&node, WINDOW).output());
}

fn resize(s: &mut Site<'_>, op: &'static str) {
    let call = s.op(op).inputs([s.dy(0), s.x(0)]).attrs_of(&s.node, CORNERS);
    s.give(0, || call.output());
}

fn nearest(s: &mut Site<'_>) {
    let (g, x, dy, node) = (s.g, s.x(0), s.dy(0), s.node.clone());
    s.give(0, || {
        let (begin, size) = (g.ints("begin", &[1]), g.ints("size", &[2]));
        let size = g.op("Slice").inputs([x.shape(), begin, size]).output();
        g.op("ResizeNearestNeighborGrad").inputs([dy, size]).attrs_of(&node, CORNERS).output()
    });
}
