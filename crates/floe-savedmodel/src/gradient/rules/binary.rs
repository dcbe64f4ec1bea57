//! Functions of two tensors, element by element; one may be repeated to the shape of the other.

use super::super::site::Site;
use super::Rule;
use crate::build::Tensor;

/// Both inputs, the output and what came back to it.
#[derive(Clone, Copy)]
struct Two<'b> {
    a: Tensor<'b>,
    b: Tensor<'b>,
    y: Tensor<'b>,
    dy: Tensor<'b>,
}

type Part<'b> = fn(Two<'b>) -> Tensor<'b>;

/// A rule from the derivatives by both inputs.
fn two<'b>(s: &mut Site<'b>, da: Part<'b>, db: Part<'b>) {
    let two = Two { a: s.x(0), b: s.x(1), y: s.y(0), dy: s.dy(0) };
    let same = two.a.place() == two.b.place();
    for (i, part) in [da, db].into_iter().enumerate() {
        if !s.wants(i) {
            continue;
        }
        let dx = part(two);
        let dx = if same { dx } else { s.unbroadcast(dx, i) };
        s.give(i, || dx);
    }
}

pub(super) const RULES: &[(&str, Rule)] = &[
    ("Add", |s| two(s, |t| t.dy, |t| t.dy)),
    ("AddV2", |s| two(s, |t| t.dy, |t| t.dy)),
    ("Sub", |s| two(s, |t| t.dy, |t| -t.dy)),
    ("Mul", |s| two(s, |t| t.dy * t.b, |t| t.dy * t.a)),
    ("RealDiv", |s| two(s, |t| t.dy / t.b, |t| -(t.dy * (t.y / t.b)))),
    ("Div", |s| two(s, |t| t.dy / t.b, |t| -(t.dy * (t.y / t.b)))),
    ("DivNoNan", |s| {
        two(s, |t| t.dy.binary("DivNoNan", t.b), |t| -(t.dy * t.y.binary("DivNoNan", t.b)));
    }),
    ("MulNoNan", |s| two(s, |t| t.dy.binary("MulNoNan", t.b), |t| t.a.binary("MulNoNan", t.dy))),
    ("SquaredDifference", |s| two(s, |t| slope(t), |t| -slope(t))),
    ("Maximum", |s| two(s, |t| first(t, "GreaterEqual"), |t| second(t, "GreaterEqual"))),
    ("Minimum", |s| two(s, |t| first(t, "LessEqual"), |t| second(t, "LessEqual"))),
    ("FloorMod", |s| two(s, |t| t.dy, |t| -(t.dy * t.a.binary("FloorDiv", t.b)))),
    ("Atan2", |s| two(s, |t| t.dy * (t.b / squares(t)), |t| -(t.dy * (t.a / squares(t))))),
    ("Pow", |s| two(s, base, exponent)),
    ("Xlogy", |s| two(s, xlogy, |t| t.dy * t.a.binary("Xdivy", t.b))),
    ("Xdivy", |s| two(s, |t| t.dy.binary("DivNoNan", t.b), |t| -(t.dy * (t.y / t.b)))),
    ("SelectV2", select),
    ("Select", select_same),
    ("AddN", add_n),
];

fn slope(t: Two<'_>) -> Tensor<'_> {
    t.dy * ((t.a - t.b) * 2.0)
}

fn squares(t: Two<'_>) -> Tensor<'_> {
    t.a.unary("Square") + t.b.unary("Square")
}

/// What came back, where `a` is what was chosen.
fn first<'b>(t: Two<'b>, chosen: &str) -> Tensor<'b> {
    choose(t.a.binary(chosen, t.b), t.dy, t.dy.like(0.0))
}

/// What came back, where `b` is what was chosen.
fn second<'b>(t: Two<'b>, chosen: &str) -> Tensor<'b> {
    choose(t.a.binary(chosen, t.b), t.dy.like(0.0), t.dy)
}

fn choose<'b>(condition: Tensor<'b>, yes: Tensor<'b>, no: Tensor<'b>) -> Tensor<'b> {
    condition.builder().op("SelectV2").inputs([condition, yes, no]).output()
}

fn base(t: Two<'_>) -> Tensor<'_> {
    t.dy * (t.b * t.a.binary("Pow", t.b - 1.0))
}

/// `y * log(a)`, and 0 where `a` is not above 0.
fn exponent(t: Two<'_>) -> Tensor<'_> {
    let above = t.a.binary("Greater", t.a.like(0.0));
    let safe = choose(above, t.a, t.a.like(1.0));
    t.dy * (t.y * safe.unary("Log"))
}

fn xlogy(t: Two<'_>) -> Tensor<'_> {
    let nonzero =
        t.a.binary("NotEqual", t.a.like(0.0))
            .cast(t.a.dtype().unwrap_or(floe_graph::DType::Float32));
    t.dy * nonzero.binary("Xlogy", t.b)
}

fn select(s: &mut Site<'_>) {
    let (condition, dy) = (s.x(0), s.dy(0));
    if s.wants(1) {
        let dx = s.unbroadcast(choose(condition, dy, dy.like(0.0)), 1);
        s.give(1, || dx);
    }
    if s.wants(2) {
        let dx = s.unbroadcast(choose(condition, dy.like(0.0), dy), 2);
        s.give(2, || dx);
    }
}

/// The older form: both choices have one shape, and the condition may be one for each row.
fn select_same(s: &mut Site<'_>) {
    let (g, condition, dy) = (s.g, s.x(0), s.dy(0));
    let zeros = dy.unary("ZerosLike");
    s.give(1, || g.op("Select").inputs([condition, dy, zeros]).output());
    s.give(2, || g.op("Select").inputs([condition, zeros, dy]).output());
}

fn add_n(s: &mut Site<'_>) {
    let dy = s.dy(0);
    for i in 0..s.inputs.len() {
        s.give(i, || dy);
    }
}
