//! Functions of pairs of elements, broadcast.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::infer::broadcast;
use crate::ir::{Builtin as B, Reason, Scope, ValueId};
use floe_graph::DType;

pub(super) const OPS: Family = &[
    ("Add", |cx, s| one(pair(cx, s, B::Add))),
    ("AddV2", |cx, s| one(pair(cx, s, B::Add))),
    ("Atan2", |cx, s| one(alike(cx, s, B::Atan2))),
    ("BitwiseXor", |cx, s| one(pair(cx, s, B::BitwiseXor))),
    ("Div", |cx, s| one(pair(cx, s, B::Div))),
    ("Equal", |cx, s| one(pair(cx, s, B::Equal))),
    ("FloorDiv", floor_div),
    ("FloorMod", |cx, s| one(pair(cx, s, B::FloorMod))),
    ("Greater", |cx, s| one(pair(cx, s, B::Greater))),
    ("GreaterEqual", |cx, s| one(pair(cx, s, B::GreaterEqual))),
    ("Less", |cx, s| one(pair(cx, s, B::Less))),
    ("LessEqual", |cx, s| one(pair(cx, s, B::LessEqual))),
    ("LogicalAnd", |cx, s| one(pair(cx, s, B::LogicalAnd))),
    ("LogicalOr", |cx, s| one(pair(cx, s, B::LogicalOr))),
    ("Maximum", |cx, s| one(pair(cx, s, B::Maximum))),
    ("Minimum", |cx, s| one(pair(cx, s, B::Minimum))),
    ("Mul", |cx, s| one(pair(cx, s, B::Mul))),
    ("NotEqual", |cx, s| one(pair(cx, s, B::NotEqual))),
    ("Pow", |cx, s| one(pair(cx, s, B::Pow))),
    ("RealDiv", |cx, s| one(pair(cx, s, B::Div))),
    ("RightShift", |cx, s| one(pair(cx, s, B::RightShift))),
    ("SquaredDifference", |cx, s| one(pair(cx, s, B::SquaredDifference))),
    ("Sub", |cx, s| one(pair(cx, s, B::Sub))),
    ("AddN", add_n),
    ("ApproximateEqual", approximate_equal),
    ("DivNoNan", div_no_nan),
    ("LeftShift", left_shift),
    ("LogicalXor", |cx, s| one(pair(cx, s, B::NotEqual))),
    ("MulNoNan", mul_no_nan),
    ("TruncateDiv", |cx, s| one(pair(cx, s, B::Div))),
    ("TruncateMod", truncate_mod),
    ("Mod", truncate_mod),
    ("Xdivy", |cx, s| times_unless_zero(cx, s, |cx, x, y| cx.op(B::Div, &[x, y]))),
    ("Xlog1py", |cx, s| {
        times_unless_zero(cx, s, |cx, x, y| {
            let k = cx.scalar(cx.get(y).dtype, 1.0)?;
            let more = cx.op(B::Add, &[y, k])?;
            let l = cx.op(B::Log, &[more])?;
            cx.op(B::Mul, &[x, l])
        })
    }),
    ("Xlogy", |cx, s| {
        times_unless_zero(cx, s, |cx, x, y| {
            let l = cx.op(B::Log, &[y])?;
            cx.op(B::Mul, &[x, l])
        })
    }),
];

fn pair(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Result<ValueId, Reason> {
    let (x, y) = (s.x(0)?, s.x(1)?);
    cx.op(op, &[x, y])
}

/// Of reals the quotient is rounded to float32 before it is rounded down, as TensorFlow does it; FLOOR_DIV keeps
/// float64 in between, and gives 9 for 3.0 / 0.3.
fn floor_div(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    if !cx.get(s.x(0)?).dtype.is_float() {
        return one(pair(cx, s, B::FloorDiv));
    }
    let quotient = pair(cx, s, B::Div)?;
    one(cx.op(B::Floor, &[quotient]))
}

/// Operators whose kernels do not broadcast get operands of one shape.
fn alike(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Result<ValueId, Reason> {
    let (x, y) = (s.x(0)?, s.x(1)?);
    let dims = broadcast(cx.symbols(), &cx.get(x).shape, &cx.get(y).shape)?;
    let mut both = [x, y];
    for v in &mut both {
        if cx.get(*v).shape != dims {
            let shape = super::lists::dims_vector(cx, &dims)?;
            *v = cx.op(B::BroadcastTo, &[*v, shape])?;
        }
    }
    cx.op(op, &both)
}

fn add_n(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    match s.all()?.as_slice() {
        [] => Err("it has no inputs".into()),
        [x] => one(Ok(*x)),
        [x, y] => one(cx.op(B::Add, &[*x, *y])),
        all => one(cx.op(B::AddN, all)),
    }
}

fn approximate_equal(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let d = pair(cx, s, B::Sub)?;
    let a = cx.op(B::Abs, &[d])?;
    let k = cx.scalar(cx.get(d).dtype, s.node.float("tolerance", 1e-5).into())?;
    one(cx.op(B::Less, &[a, k]))
}

/// Where the divisor is 0 the result is 0.
fn div_no_nan(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let q = pair(cx, s, B::Div)?;
    let y = s.x(1)?;
    let zero = cx.scalar(cx.get(y).dtype, 0.0)?;
    let bad = cx.op(B::Equal, &[y, zero])?;
    one(cx.op(B::SelectV2, &[bad, zero, q]))
}

/// Where the second factor is 0 the result is 0.
fn mul_no_nan(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let p = pair(cx, s, B::Mul)?;
    let y = s.x(1)?;
    let zero = cx.scalar(cx.get(y).dtype, 0.0)?;
    let bad = cx.op(B::Equal, &[y, zero])?;
    one(cx.op(B::SelectV2, &[bad, zero, p]))
}

/// Where the first factor is 0 the result is 0.
fn times_unless_zero(
    cx: &mut Cx<'_, '_>,
    s: &Site<'_, '_>,
    f: impl Fn(&mut Cx<'_, '_>, ValueId, ValueId) -> Result<ValueId, Reason>,
) -> Lowered {
    let (x, y) = (s.x(0)?, s.x(1)?);
    let v = f(cx, x, y)?;
    let zero = cx.scalar(cx.get(x).dtype, 0.0)?;
    let none = cx.op(B::Equal, &[x, zero])?;
    one(cx.op(B::SelectV2, &[none, zero, v]))
}

/// The remainder with the sign of the dividend: x - trunc(x / y) × y.
fn truncate_mod(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, y) = (s.x(0)?, s.x(1)?);
    if cx.get(x).dtype.is_float() {
        let (ax, ay) = (cx.op(B::Abs, &[x])?, cx.op(B::Abs, &[y])?);
        let r = cx.op(B::FloorMod, &[ax, ay])?;
        let sign = cx.op(B::Sign, &[x])?;
        return one(cx.op(B::Mul, &[r, sign]));
    }
    let q = cx.op(B::Div, &[x, y])?;
    let p = cx.op(B::Mul, &[q, y])?;
    one(cx.op(B::Sub, &[x, p]))
}

/// A product with a power of two, from a table of them.
fn left_shift(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, y) = (s.x(0)?, s.x(1)?);
    let dtype = cx.get(x).dtype;
    if dtype != DType::Int32 {
        return Err(format!("TFLite cannot shift {dtype}; cast to int32 before").into());
    }
    let powers: Vec<i64> = (0..31).map(|i| 1i64 << i).chain([i64::from(i32::MIN)]).collect();
    let table = cx.i32s(&powers)?;
    let factor = cx.op(B::Gather, &[table, y])?;
    one(cx.op(B::Mul, &[x, factor]))
}
