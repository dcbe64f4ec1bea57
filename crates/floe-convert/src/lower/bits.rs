//! Bits of integers, by the shift and the exclusive or that TFLite has.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Builtin as B, Reason, Scope, ValueId};
use floe_graph::DType;

pub(super) const OPS: Family =
    &[("BitwiseAnd", |cx, s| both(cx, s, false)), ("BitwiseOr", |cx, s| both(cx, s, true))];

fn both(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, or: bool) -> Lowered {
    let (x, y) = (s.x(0)?, s.x(1)?);
    let dtype = cx.get(x).dtype;
    if !matches!(dtype, DType::Int8 | DType::Int16 | DType::Int32 | DType::Uint8 | DType::Uint16) {
        return Err(format!("TFLite combines the bits of up to 32-bit integers, not of {dtype}; cast to int32 before").into());
    }
    let (x, y) = (cx.index32(x)?, cx.index32(y)?);
    let mut v = and(cx, x, y)?;
    if or {
        // The bits of one only, and those of both, do not meet.
        let lone = cx.op(B::BitwiseXor, &[x, y])?;
        v = cx.op(B::Add, &[lone, v])?;
    }
    one(cx.cast(v, dtype))
}

/// Without the lowest bit: half of what the sum has more than the exclusive or, where the sum of the halved
/// numbers does not overflow. The lowest bits are 0 or 1, of which the product is their conjunction.
fn and(cx: &mut Cx<'_, '_>, x: ValueId, y: ValueId) -> Result<ValueId, Reason> {
    let (one, two) = (cx.i32(1)?, cx.i32(2)?);
    let (a, b) = (cx.op(B::RightShift, &[x, one])?, cx.op(B::RightShift, &[y, one])?);
    let (sum, lone) = (cx.op(B::Add, &[a, b])?, cx.op(B::BitwiseXor, &[a, b])?);
    let twice = cx.op(B::Sub, &[sum, lone])?;
    let (p, q) = (cx.op(B::FloorMod, &[x, two])?, cx.op(B::FloorMod, &[y, two])?);
    let lowest = cx.op(B::Mul, &[p, q])?;
    cx.op(B::Add, &[twice, lowest])
}
