//! Fourier transforms and complex numbers.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Builtin as B, Reason, Scope, ValueId};
use floe_graph::DType;

pub(super) const OPS: Family = &[
    ("ComplexAbs", |cx, s| {
        let x = s.x(0)?;
        one(cx.op(B::ComplexAbs, &[x]))
    }),
    ("Imag", |cx, s| {
        let x = s.x(0)?;
        one(cx.op(B::Imag, &[x]))
    }),
    ("Real", |cx, s| {
        let x = s.x(0)?;
        one(cx.op(B::Real, &[x]))
    }),
    ("RFFT", rfft),
    ("RFFT2D", rfft_2d),
];

fn rfft_2d(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, size) = (s.x(0)?, cx.index32(s.x(1)?)?);
    one(cx.op(B::Rfft2d, &[x, size]))
}

/// RFFT2D over one row: a dimension of 1 goes in before the last and out again.
fn rfft(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, size) = (s.x(0)?, cx.index32(s.x(1)?)?);
    let n = cx.get(size).ints().and_then(|n| n.first().copied());
    let n = n.ok_or("its length must be a constant")?;
    if cx.get(x).dtype != DType::Float32 {
        return Err("TFLite transforms float32 only".into());
    }
    let wide = super::shape::insert_dim(cx, x, -2)?;
    let size = cx.i32s(&[1, n])?;
    let y = cx.op(B::Rfft2d, &[wide, size])?;
    one(drop_row(cx, y))
}

fn drop_row(cx: &mut Cx<'_, '_>, y: ValueId) -> Result<ValueId, Reason> {
    let mut dims = cx.get(y).shape.clone();
    let at = dims.len().checked_sub(2).ok_or("it has no row")?;
    dims.remove(at);
    cx.reshape(y, &dims)
}
