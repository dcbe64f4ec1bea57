//! Functions of each element, and those that are made of other such functions.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Builtin as B, Reason, Scope, ValueId};
use floe_graph::DType;

/// Ops that TFLite has under another name, and ops that are made of others.
pub(super) const OPS: Family = &[
    ("Abs", |cx, s| one(apply(cx, s, B::Abs))),
    ("Ceil", |cx, s| one(apply(cx, s, B::Ceil))),
    ("Cos", |cx, s| one(apply(cx, s, B::Cos))),
    ("Exp", |cx, s| one(apply(cx, s, B::Exp))),
    ("Floor", |cx, s| one(apply(cx, s, B::Floor))),
    ("Log", |cx, s| one(apply(cx, s, B::Log))),
    ("LogicalNot", |cx, s| one(apply(cx, s, B::LogicalNot))),
    ("Neg", |cx, s| one(apply(cx, s, B::Neg))),
    ("Round", |cx, s| one(apply(cx, s, B::Round))),
    ("Rint", |cx, s| one(apply(cx, s, B::Round))),
    ("Rsqrt", |cx, s| one(apply(cx, s, B::Rsqrt))),
    ("Sigmoid", |cx, s| one(apply(cx, s, B::Logistic))),
    ("Sign", |cx, s| one(apply(cx, s, B::Sign))),
    ("Sin", |cx, s| one(apply(cx, s, B::Sin))),
    ("Sqrt", |cx, s| one(apply(cx, s, B::Sqrt))),
    ("Tanh", |cx, s| one(apply(cx, s, B::Tanh))),
    ("ZerosLike", |cx, s| one(apply(cx, s, B::ZerosLike))),
    ("Erf", |cx, s| Ok(cx.composite("Erf", s.x(0)?))),
    ("Erfc", |cx, s| Ok(cx.composite("Erfc", s.x(0)?))),
    ("Expm1", |cx, s| with_one(cx, s, &[Step::Do(B::Exp), Step::Less])),
    ("Inv", reciprocal),
    ("IsFinite", is_finite),
    ("IsInf", is_inf),
    ("IsNan", |cx, s| {
        let x = s.x(0)?;
        one(cx.op(B::NotEqual, &[x, x]))
    }),
    ("Log1p", |cx, s| with_one(cx, s, &[Step::More, Step::Do(B::Log)])),
    ("OnesLike", ones_like),
    ("Reciprocal", reciprocal),
    ("Softplus", softplus),
    ("Softsign", softsign),
    ("Square", square),
    ("Tan", tan),
    ("Sinh", |cx, s| hyperbolic(cx, s, B::Sub)),
    ("Cosh", |cx, s| hyperbolic(cx, s, B::Add)),
    ("Invert", invert),
];

fn apply(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Result<ValueId, Reason> {
    let x = s.x(0)?;
    // The kernels of these round integers to themselves by doing nothing at all.
    if matches!(op, B::Ceil | B::Floor | B::Round) && !cx.get(x).dtype.is_float() {
        return Ok(x);
    }
    cx.op(op, &[x])
}

/// One step of a short chain.
enum Step {
    Do(B),
    /// Plus one.
    More,
    /// Minus one.
    Less,
}

fn with_one(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, steps: &[Step]) -> Lowered {
    let mut x = s.x(0)?;
    let dtype = cx.get(x).dtype;
    for step in steps {
        x = match step {
            Step::Do(op) => cx.op(*op, &[x])?,
            Step::More | Step::Less => {
                let k = cx.scalar(dtype, 1.0)?;
                cx.op(if matches!(step, Step::More) { B::Add } else { B::Sub }, &[x, k])?
            }
        };
    }
    one(Ok(x))
}

fn reciprocal(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let k = cx.scalar(cx.get(x).dtype, 1.0)?;
    one(cx.op(B::Div, &[k, x]))
}

/// x - x is 0 for finite numbers and NaN for all others.
fn is_finite(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let d = cx.op(B::Sub, &[x, x])?;
    one(cx.op(B::Equal, &[d, d]))
}

fn is_inf(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let a = cx.op(B::Abs, &[x])?;
    let k = cx.scalar(cx.get(x).dtype, f64::INFINITY)?;
    one(cx.op(B::Equal, &[a, k]))
}

fn ones_like(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let shape = super::shape::shape_of(cx, x)?;
    let k = cx.scalar(cx.get(x).dtype, 1.0)?;
    one(cx.op(B::Fill, &[shape, k]))
}

/// log(1 + e^x) as max(x, 0) + log(1 + e^-|x|), which does not overflow.
fn softplus(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let a = cx.op(B::Abs, &[x])?;
    let n = cx.op(B::Neg, &[a])?;
    let e = cx.op(B::Exp, &[n])?;
    let k = cx.scalar(cx.get(x).dtype, 1.0)?;
    let t = cx.op(B::Add, &[e, k])?;
    let l = cx.op(B::Log, &[t])?;
    let r = cx.op(B::Relu, &[x])?;
    one(cx.op(B::Add, &[r, l]))
}

fn softsign(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let a = cx.op(B::Abs, &[x])?;
    let k = cx.scalar(cx.get(x).dtype, 1.0)?;
    let d = cx.op(B::Add, &[a, k])?;
    one(cx.op(B::Div, &[x, d]))
}

fn square(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    if cx.get(x).dtype.is_float() {
        return one(cx.op(B::Square, &[x]));
    }
    one(cx.op(B::Mul, &[x, x]))
}

fn tan(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let (a, b) = (cx.op(B::Sin, &[x])?, cx.op(B::Cos, &[x])?);
    one(cx.op(B::Div, &[a, b]))
}

fn hyperbolic(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Lowered {
    let x = s.x(0)?;
    let n = cx.op(B::Neg, &[x])?;
    let (a, b) = (cx.op(B::Exp, &[x])?, cx.op(B::Exp, &[n])?);
    let d = cx.op(op, &[a, b])?;
    let k = cx.scalar(cx.get(x).dtype, 0.5)?;
    one(cx.op(B::Mul, &[d, k]))
}

/// All bits flipped: -1 - x in two's complement.
fn invert(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let dtype = cx.get(x).dtype;
    if !matches!(dtype, DType::Int32 | DType::Int64) {
        return Err(format!("TFLite cannot flip the bits of {dtype}").into());
    }
    let k = cx.scalar(dtype, -1.0)?;
    one(cx.op(B::Sub, &[k, x]))
}
