//! Changes of the element type, and counting into buckets.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Scope};
use floe_graph::DType;

pub(super) const OPS: Family = &[("Bitcast", bitcast), ("Bucketize", bucketize), ("Cast", cast)];

fn cast(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let to = s.node.need_dtype("DstT")?;
    let x = s.x(0)?;
    // A float's fraction is dropped by TFLite as by TensorFlow; bool comes of "not zero" in both.
    one(cx.cast(x, to))
}

fn bitcast(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let to: DType = s.node.need_dtype("type")?;
    let x = s.x(0)?;
    one(cx.op_with(B::Bitcast, &[x], Attrs::new().with("to", to)))
}

fn bucketize(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let attrs = Attrs::new().with("boundaries", s.node.floats("boundaries").to_vec());
    one(cx.op_with(B::Bucketize, &[x], attrs))
}
