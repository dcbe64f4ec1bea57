//! Activations.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Scope};

/// The constants of the scaled exponential linear unit (Klambauer et al., 2017).
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;

pub(super) const OPS: Family = &[
    ("Elu", |cx, s| {
        let x = s.x(0)?;
        one(cx.op(B::Elu, &[x]))
    }),
    ("LeakyRelu", leaky_relu),
    ("LogSoftmax", |cx, s| {
        let x = s.x(0)?;
        one(cx.op(B::LogSoftmax, &[x]))
    }),
    ("LRN", local_response),
    ("Relu", |cx, s| {
        let x = s.x(0)?;
        one(cx.op(B::Relu, &[x]))
    }),
    ("Relu6", |cx, s| {
        let x = s.x(0)?;
        one(cx.op(B::Relu6, &[x]))
    }),
    ("Selu", selu),
    ("Softmax", softmax),
];

fn leaky_relu(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let attrs = Attrs::new().with("alpha", s.node.float("alpha", 0.2));
    let x = s.x(0)?;
    one(cx.op_with(B::LeakyRelu, &[x], attrs))
}

fn local_response(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let attrs = Attrs::new()
        .with("radius", s.node.int("depth_radius", 5))
        .with("bias", s.node.float("bias", 1.0))
        .with("alpha", s.node.float("alpha", 1.0))
        .with("beta", s.node.float("beta", 0.5));
    let x = s.x(0)?;
    one(cx.op_with(B::LocalResponseNormalization, &[x], attrs))
}

/// scale × (max(x, 0) + alpha × (e^min(x, 0) - 1)), by ELU for the second part.
fn selu(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let dtype = cx.get(x).dtype;
    let (r, zero) = (cx.op(B::Relu, &[x])?, cx.scalar(dtype, 0.0)?);
    let negative = cx.op(B::Minimum, &[x, zero])?;
    let e = cx.op(B::Elu, &[negative])?;
    let alpha = cx.scalar(dtype, SELU_ALPHA)?;
    let e = cx.op(B::Mul, &[e, alpha])?;
    let sum = cx.op(B::Add, &[r, e])?;
    let scale = cx.scalar(dtype, SELU_SCALE)?;
    one(cx.op(B::Mul, &[sum, scale]))
}

fn softmax(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    one(cx.op_with(B::Softmax, &[x], Attrs::new().with("beta", 1.0f32)))
}
