//! The logarithm of the gamma function and its derivative, by Lanczos' approximation with g = 7 and nine
//! terms; below ½ by reflection.

use super::Family;
use super::arith::{Arith, Made, formula};
use crate::ir::{Builtin as B, ValueId};
use std::f64::consts::{LN_2, PI};

pub(super) const OPS: Family =
    &[("Digamma", |cx, s| formula(cx, s, digamma)), ("Lgamma", |cx, s| formula(cx, s, lgamma))];

const G: f64 = 7.0;
const BASE: f64 = 0.999_999_999_999_809_9;
const TERMS: [f64; 8] = [
    676.520_368_121_885_1,
    -1_259.139_216_722_402_8,
    771.323_428_777_653_1,
    -176.615_029_162_140_6,
    12.507_343_278_686_905,
    -0.138_571_095_265_720_12,
    9.984_369_578_019_572e-6,
    1.505_632_735_149_311_6e-7,
];

/// What both functions need of x.
struct Parts {
    /// Whether x is below ½.
    small: ValueId,
    /// -x below ½, else x - 1.
    z: ValueId,
    /// z + g + ½.
    t: ValueId,
    /// Its logarithm.
    log_t: ValueId,
}

fn parts(m: &mut Arith<'_, '_, '_>, x: ValueId) -> Result<Parts, crate::ir::Reason> {
    let small = m.is(B::Less, x, 0.5)?;
    let (mirrored, less) = (m.of(B::Neg, x)?, m.plus(x, -1.0)?);
    let z = m.pick(small, mirrored, less)?;
    let t = m.plus(z, G + 0.5)?;
    let log_t = m.of(B::Log, t)?;
    Ok(Parts { small, z, t, log_t })
}

/// The sum of the series at z.
fn series(m: &mut Arith<'_, '_, '_>, z: ValueId) -> Made {
    let mut sum = m.k(BASE)?;
    for (i, &c) in (1u8..).zip(&TERMS) {
        let (c, at) = (m.k(c)?, m.plus(z, i.into())?);
        let term = m.div(c, at)?;
        sum = m.add(sum, term)?;
    }
    Ok(sum)
}

fn lgamma(m: &mut Arith<'_, '_, '_>, x: ValueId) -> Made {
    let p = parts(m, x)?;
    let sum = series(m, p.z)?;
    let log_sum = m.of(B::Log, sum)?;
    // (z + ½ - t / log t) × log t + ½ log 2π + log sum
    let (half, ratio) = (m.plus(p.z, 0.5)?, m.div(p.t, p.log_t)?);
    let d = m.sub(half, ratio)?;
    let product = m.mul(d, p.log_t)?;
    let shifted = m.plus(product, 0.5 * (LN_2 + PI.ln()))?;
    let direct = m.add(shifted, log_sum)?;
    // log π - log |sin πx| - direct; at a pole the sine is 0, and the result infinite.
    let a = m.of(B::Abs, x)?;
    let floor = m.of(B::Floor, a)?;
    let rest = m.sub(a, floor)?;
    let (over, other) = (m.is(B::Greater, rest, 0.5)?, m.from(1.0, rest)?);
    let rest = m.pick(over, other, rest)?;
    let angle = m.times(rest, PI)?;
    let sine = m.of(B::Sin, angle)?;
    let log_sine = m.of(B::Log, sine)?;
    let mirrored = m.from(PI.ln(), log_sine)?;
    let mirrored = m.sub(mirrored, direct)?;
    let (pole, endless) = (m.is(B::Equal, sine, 0.0)?, m.k(f64::INFINITY)?);
    let mirrored = m.pick(pole, endless, mirrored)?;
    m.pick(p.small, mirrored, direct)
}

fn digamma(m: &mut Arith<'_, '_, '_>, x: ValueId) -> Made {
    let p = parts(m, x)?;
    let sum = series(m, p.z)?;
    let mut slope = m.k(0.0)?;
    for (i, &c) in (1u8..).zip(&TERMS) {
        let (c, at) = (m.k(-c)?, m.plus(p.z, i.into())?);
        let square = m.mul(at, at)?;
        let term = m.div(c, square)?;
        slope = m.add(slope, term)?;
    }
    // log t + slope / sum - g / t
    let (ratio, g) = (m.div(slope, sum)?, m.k(G)?);
    let last = m.div(g, p.t)?;
    let direct = m.add(p.log_t, ratio)?;
    let direct = m.sub(direct, last)?;
    // direct - π / tan πx, of x brought near 0 first; at a pole not a number.
    let near = m.plus(x, 0.5)?;
    let whole = m.of(B::Floor, near)?;
    let rest = m.sub(x, whole)?;
    let angle = m.times(rest, PI)?;
    let (cosine, sine) = (m.of(B::Cos, angle)?, m.of(B::Sin, angle)?);
    let cosine = m.times(cosine, PI)?;
    let cotangent = m.div(cosine, sine)?;
    let mirrored = m.sub(direct, cotangent)?;
    let (pole, none) = (m.is(B::Equal, rest, 0.0)?, m.k(f64::NAN)?);
    let mirrored = m.pick(pole, none, mirrored)?;
    m.pick(p.small, mirrored, direct)
}
