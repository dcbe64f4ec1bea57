//! Changes of the element type, and counting into buckets.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Scope, ValueId};
use floe_graph::DType;

pub(super) const OPS: Family = &[("Bitcast", bitcast), ("Bucketize", bucketize), ("Cast", cast)];

fn cast(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let to = s.node.need_dtype("DstT")?;
    let x = s.x(0)?;
    // A float's fraction is dropped by TFLite as by TensorFlow; bool comes of "not zero" in both. What does not
    // fit a short integer wraps in TensorFlow, by way of int32, where TFLite takes the nearest that fits.
    let short = matches!(to, DType::Int8 | DType::Int16 | DType::Uint8 | DType::Uint16);
    let x = if short && cx.get(x).dtype.is_float() && !is_held(cx, x) { cx.index32(x)? } else { x };
    one(cx.cast(x, to))
}

/// Whether `x` was held between two numbers just before.
fn is_held(cx: &Cx<'_, '_>, x: ValueId) -> bool {
    let by = |op: B| cx.graph.producer(x).is_some_and(|(_, n)| n.op.is(op));
    by(B::Minimum) || by(B::Maximum)
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
