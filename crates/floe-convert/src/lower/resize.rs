//! Changing the size of pictures.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Scope};
use floe_graph::DType;

pub(super) const OPS: Family = &[
    ("ResizeBilinear", |cx, s| resize(cx, s, B::ResizeBilinear)),
    ("ResizeNearestNeighbor", |cx, s| resize(cx, s, B::ResizeNearestNeighbor)),
];

fn resize(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Lowered {
    let mut x = s.x(0)?;
    if op == B::ResizeBilinear {
        // The result is float32 whatever the picture is.
        x = cx.cast(x, DType::Float32)?;
    }
    let size = cx.index32(s.x(1)?)?;
    let attrs = Attrs::new()
        .with("align_corners", s.node.bool("align_corners", false))
        .with("half_pixel_centers", s.node.bool("half_pixel_centers", false));
    one(cx.op_with(op, &[x, size], attrs))
}
