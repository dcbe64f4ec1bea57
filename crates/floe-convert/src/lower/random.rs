//! Random numbers. They are drawn anew at each run, as in TensorFlow, from another generator.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Scope};
use floe_graph::DType;

pub(super) const OPS: Family = &[
    ("Multinomial", multinomial),
    ("RandomStandardNormal", |cx, s| draw(cx, s, B::RandomStandardNormal)),
    ("RandomUniform", |cx, s| draw(cx, s, B::RandomUniform)),
];

fn seeds(s: &Site<'_, '_>) -> Attrs {
    Attrs::new().with("seed", s.node.int("seed", 0)).with("seed2", s.node.int("seed2", 0))
}

fn draw(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Lowered {
    if s.node.dtype("dtype") != Some(DType::Float32) {
        return Err("TFLite draws float32 only".into());
    }
    let shape = cx.index32(s.x(0)?)?;
    one(cx.op_with(op, &[shape], seeds(s)))
}

fn multinomial(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (logits, n) = (s.x(0)?, s.x(1)?);
    let n = cx.index32(n)?;
    let to = s.node.dtype("output_dtype").unwrap_or(DType::Int64);
    one(cx.op_with(B::Multinomial, &[logits, n], seeds(s).with("output_type", to)))
}
