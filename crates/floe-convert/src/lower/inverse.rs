//! Inverses of the circular and hyperbolic functions, by ATAN2, LOG and SQRT.

use super::Family;
use super::arith::{Arith, Made, formula};
use crate::ir::{Builtin as B, Scope, ValueId};

pub(super) const OPS: Family = &[
    ("Acos", |cx, s| formula(cx, s, acos)),
    ("Acosh", |cx, s| formula(cx, s, acosh)),
    ("Asin", |cx, s| formula(cx, s, asin)),
    ("Asinh", |cx, s| formula(cx, s, asinh)),
    ("Atan", |cx, s| formula(cx, s, atan)),
    ("Atanh", |cx, s| formula(cx, s, atanh)),
];

/// √((1 - x)(1 + x)), the other leg of a right triangle.
fn leg(m: &mut Arith<'_, '_, '_>, x: ValueId) -> Made {
    let (a, b) = (m.from(1.0, x)?, m.plus(x, 1.0)?);
    let product = m.mul(a, b)?;
    m.of(B::Sqrt, product)
}

fn asin(m: &mut Arith<'_, '_, '_>, x: ValueId) -> Made {
    let leg = leg(m, x)?;
    m.cx.op(B::Atan2, &[x, leg])
}

fn acos(m: &mut Arith<'_, '_, '_>, x: ValueId) -> Made {
    let leg = leg(m, x)?;
    m.cx.op(B::Atan2, &[leg, x])
}

/// ATAN2 with ones, of the same shape: its kernel does not broadcast.
fn atan(m: &mut Arith<'_, '_, '_>, x: ValueId) -> Made {
    let (shape, one) = (super::shape::shape_of(m.cx, x)?, m.k(1.0)?);
    let ones = m.cx.op(B::Fill, &[shape, one])?;
    m.cx.op(B::Atan2, &[x, ones])
}

/// sign(x) × log(|x| + √(x² + 1)).
fn asinh(m: &mut Arith<'_, '_, '_>, x: ValueId) -> Made {
    let a = m.of(B::Abs, x)?;
    let square = m.mul(x, x)?;
    let more = m.plus(square, 1.0)?;
    let root = m.of(B::Sqrt, more)?;
    let sum = m.add(a, root)?;
    let (log, sign) = (m.of(B::Log, sum)?, m.of(B::Sign, x)?);
    m.mul(sign, log)
}

/// log(x + √(x - 1) × √(x + 1)).
fn acosh(m: &mut Arith<'_, '_, '_>, x: ValueId) -> Made {
    let (a, b) = (m.plus(x, -1.0)?, m.plus(x, 1.0)?);
    let (a, b) = (m.of(B::Sqrt, a)?, m.of(B::Sqrt, b)?);
    let root = m.mul(a, b)?;
    let sum = m.add(x, root)?;
    m.of(B::Log, sum)
}

/// ½ log((1 + x) / (1 - x)).
fn atanh(m: &mut Arith<'_, '_, '_>, x: ValueId) -> Made {
    let (a, b) = (m.plus(x, 1.0)?, m.from(1.0, x)?);
    let ratio = m.div(a, b)?;
    let log = m.of(B::Log, ratio)?;
    m.times(log, 0.5)
}
