//! The error function where no fusion took it: TFLite has no operator for it.
//!
//! Facts: Abramowitz and Stegun 7.1.26: with t = 1 / (1 + p|x|), erfc(|x|) = t × poly(t) × e^(-x²) up
//! to 1.5e-7.

use super::view::View;
use super::{Pass, Rule};
use crate::ir::{Builtin as B, Op, Patch, Reason, Scope, ValueId};

pub(super) const PASS: Pass = Pass { name: "erf", rules: RULES };

const RULES: &[Rule] = &[expand];

const P: f32 = 0.327_591_1;
const POLY: [f32; 5] = [1.061_405_4, -1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6];

fn expand<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    let Op::Custom(name) = &at.node.op else { return None };
    let complement = match name.as_str() {
        "Erf" => false,
        "Erfc" => true,
        _ => return None,
    };
    let mut patch = at.patch(&[]);
    let new = formula(&mut patch, at.input(0)?, complement).ok()?;
    Some(patch.replacing(at.result()?, new))
}

fn formula(s: &mut Patch<'_>, x: ValueId, complement: bool) -> Result<ValueId, Reason> {
    let one = s.f32(1.0)?;
    let a = s.op(B::Abs, &[x])?;
    let p = s.f32(P)?;
    let d = s.op(B::Mul, &[a, p])?;
    let d = s.op(B::Add, &[d, one])?;
    let t = s.op(B::Div, &[one, d])?;
    let [first, rest @ ..] = POLY;
    let mut sum = s.f32(first)?;
    for c in rest {
        let m = s.op(B::Mul, &[t, sum])?;
        let c = s.f32(c)?;
        sum = s.op(B::Add, &[m, c])?;
    }
    let sum = s.op(B::Mul, &[sum, t])?;
    let sq = s.op(B::Mul, &[x, x])?;
    let n = s.op(B::Neg, &[sq])?;
    let e = s.op(B::Exp, &[n])?;
    let tail = s.op(B::Mul, &[sum, e])?;
    let whole = s.op(B::Sub, &[one, tail])?;
    let sign = s.op(B::Sign, &[x])?;
    let erf = s.op(B::Mul, &[sign, whole])?;
    if complement { s.op(B::Sub, &[one, erf]) } else { Ok(erf) }
}
