//! Functions of each element alone.

use super::super::site::Site;
use super::Rule;
use crate::build::Tensor;
use floe_graph::DType;
use std::f64::consts::FRAC_2_SQRT_PI;

/// The input, the output and what came back to it.
struct One<'b> {
    x: Tensor<'b>,
    y: Tensor<'b>,
    dy: Tensor<'b>,
}

/// A rule that needs no attributes.
fn one<'b>(s: &mut Site<'b>, dx: fn(One<'b>) -> Tensor<'b>) {
    let (x, y, dy) = (s.x(0), s.y(0), s.dy(0));
    s.give(0, || dx(One { x, y, dy }));
}

/// One of TensorFlow's own ops for the gradient, of what came back and the input.
fn with_input(s: &mut Site<'_>, op: &'static str, attrs: &[&str]) {
    let call = s.op(op).input(s.dy(0)).input(s.x(0)).attrs_of(&s.node, attrs);
    s.give(0, || call.output());
}

/// The same of what came back and the output.
fn with_output(s: &mut Site<'_>, op: &'static str) {
    let (y, dy) = (s.y(0), s.dy(0));
    s.give(0, || dy.binary(op, y));
}

/// The same with the output first.
fn output_first(s: &mut Site<'_>, op: &'static str) {
    let (y, dy) = (s.y(0), s.dy(0));
    s.give(0, || y.binary(op, dy));
}

pub(super) const RULES: &[(&str, Rule)] = &[
    ("Identity", |s| one(s, |t| t.dy)),
    ("Snapshot", |s| one(s, |t| t.dy)),
    ("CheckNumerics", |s| one(s, |t| t.dy)),
    ("Neg", |s| one(s, |t| -t.dy)),
    ("Abs", |s| one(s, |t| t.dy * t.x.unary("Sign"))),
    ("Square", |s| one(s, |t| t.dy * (t.x * 2.0))),
    ("Exp", |s| one(s, |t| t.dy * t.y)),
    ("Expm1", |s| one(s, |t| t.dy * (t.y + 1.0))),
    ("Log", |s| one(s, |t| t.dy / t.x)),
    ("Log1p", |s| one(s, |t| t.dy / (t.x + 1.0))),
    ("Sin", |s| one(s, |t| t.dy * t.x.unary("Cos"))),
    ("Cos", |s| one(s, |t| -(t.dy * t.x.unary("Sin")))),
    ("Tan", |s| one(s, |t| t.dy * (t.y.unary("Square") + 1.0))),
    ("Asin", |s| one(s, |t| t.dy * (-(t.x.unary("Square") - 1.0)).unary("Rsqrt"))),
    ("Acos", |s| one(s, |t| -(t.dy * (-(t.x.unary("Square") - 1.0)).unary("Rsqrt")))),
    ("Atan", |s| one(s, |t| t.dy / (t.x.unary("Square") + 1.0))),
    ("Sinh", |s| one(s, |t| t.dy * t.x.unary("Cosh"))),
    ("Cosh", |s| one(s, |t| t.dy * t.x.unary("Sinh"))),
    ("Asinh", |s| one(s, |t| t.dy / t.y.unary("Cosh"))),
    ("Acosh", |s| one(s, |t| t.dy / t.y.unary("Sinh"))),
    ("Atanh", |s| one(s, |t| t.dy / -(t.x.unary("Square") - 1.0))),
    ("Erf", |s| one(s, |t| t.dy * ((-t.x.unary("Square")).unary("Exp") * FRAC_2_SQRT_PI))),
    ("Erfc", |s| one(s, |t| t.dy * ((-t.x.unary("Square")).unary("Exp") * -FRAC_2_SQRT_PI))),
    ("L2Loss", |s| one(s, |t| t.x * t.dy)),
    ("Tanh", |s| output_first(s, "TanhGrad")),
    ("Sigmoid", |s| output_first(s, "SigmoidGrad")),
    ("Sqrt", |s| output_first(s, "SqrtGrad")),
    ("Rsqrt", |s| output_first(s, "RsqrtGrad")),
    ("Reciprocal", |s| output_first(s, "ReciprocalGrad")),
    ("Inv", |s| output_first(s, "InvGrad")),
    ("Relu", |s| with_output(s, "ReluGrad")),
    ("Relu6", |s| with_output(s, "Relu6Grad")),
    ("Elu", |s| with_output(s, "EluGrad")),
    ("Selu", |s| with_output(s, "SeluGrad")),
    ("Softplus", |s| with_input(s, "SoftplusGrad", &[])),
    ("Softsign", |s| with_input(s, "SoftsignGrad", &[])),
    ("LeakyRelu", |s| with_input(s, "LeakyReluGrad", &["alpha"])),
    ("FakeQuantWithMinMaxArgs", |s| {
        with_input(
            s,
            "FakeQuantWithMinMaxArgsGradient",
            &["min", "max", "num_bits", "narrow_range"],
        );
    }),
    ("Cast", cast),
];

fn cast(s: &mut Site<'_>) {
    let (dy, dtype) = (s.dy(0), s.x(0).dtype().unwrap_or(DType::Float32));
    s.give(0, || dy.cast(dtype));
}
