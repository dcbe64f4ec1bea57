//! Fake quantization: a float that is rounded to what an integer of so many bits could hold.
//!
//! Facts: TensorFlow nudges the range so that zero is exactly one of the steps.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Reason, Scope, ValueId};

pub(super) const OPS: Family = &[
    ("FakeQuantWithMinMaxArgs", |cx, s| {
        let (low, high) = (s.node.float("min", -6.0), s.node.float("max", 6.0));
        one(fake(cx, s, low, high))
    }),
    ("FakeQuantWithMinMaxVars", |cx, s| {
        let (low, high) = (bound(cx, s, 1)?, bound(cx, s, 2)?);
        one(fake(cx, s, low, high))
    }),
    ("FakeQuantWithMinMaxVarsPerChannel", per_channel),
];

fn bound(cx: &Cx<'_, '_>, s: &Site<'_, '_>, i: usize) -> Result<f32, Reason> {
    let t = cx.get(s.x(i)?).tensor().and_then(|t| t.scalar_f32());
    t.ok_or_else(|| "its range must be constant".into())
}

fn fake(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, low: f32, high: f32) -> Result<ValueId, Reason> {
    let x = s.x(0)?;
    let attrs = Attrs::new()
        .with("min", low)
        .with("max", high)
        .with("num_bits", s.node.int("num_bits", 8))
        .with("narrow_range", s.node.bool("narrow_range", false));
    cx.op_with(B::FakeQuant, &[x], attrs)
}

/// Range, step and nudged ends of one channel.
struct Steps {
    low: f32,
    high: f32,
    scale: f32,
}

fn steps(low: f32, high: f32, s: &Site<'_, '_>) -> Steps {
    let bits = s.node.int("num_bits", 8).clamp(2, 16);
    let least = if s.node.bool("narrow_range", false) { 1.0 } else { 0.0 };
    let most = ((1i64 << bits) - 1) as f32;
    let scale = (high - low) / (most - least);
    let zero = (least - low / scale).round_ties_even().clamp(least, most);
    Steps { low: (least - zero) * scale, high: (most - zero) * scale, scale }
}

/// The same by arithmetic, each channel with its own range.
fn per_channel(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let ends = |i: usize| {
        let t = cx.get(s.x(i)?).tensor().and_then(|t| t.to_f32());
        t.ok_or_else(|| Reason::from("its ranges must be constant"))
    };
    let all: Vec<Steps> = ends(1)?.into_iter().zip(ends(2)?).map(|(a, b)| steps(a, b, s)).collect();
    let mut vector = |f: fn(&Steps) -> f32| -> Result<ValueId, Reason> {
        let v: Vec<f32> = all.iter().map(f).collect();
        let t = crate::ir::Tensor::f32(&[v.len()], &v).ok_or("no channels")?;
        Ok(cx.constant(t))
    };
    let (low, high) = (vector(|s| s.low)?, vector(|s| s.high)?);
    let (scale, inverse) = (vector(|s| s.scale)?, vector(|s| 1.0 / s.scale)?);
    let y = cx.op(B::Maximum, &[x, low])?;
    let y = cx.op(B::Minimum, &[y, high])?;
    let y = cx.op(B::Sub, &[y, low])?;
    let y = cx.op(B::Mul, &[y, inverse])?;
    let half = cx.f32(0.5)?;
    let y = cx.op(B::Add, &[y, half])?;
    let y = cx.op(B::Floor, &[y])?;
    let y = cx.op(B::Mul, &[y, scale])?;
    one(cx.op(B::Add, &[y, low]))
}
