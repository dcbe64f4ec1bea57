//! [`Real`]: a number as an IEEE double holds it, by integer arithmetic, so that a machine without
//! floating point computes the references' factors to the bit.
//!
//! The references compute factors of scales in `double` and split them with `frexp`. Scales are
//! positive, finite `float`s, so what is needed is little: multiply, divide by a `float`, round.
//! Invariant: each operation rounds to 53 bits, to nearest, ties to even, as a double does; only
//! the exponent is wider, so nothing overflows or becomes subnormal.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "53-bit mantissas in wider words, small exponents"
)]

use super::fixed::Multiplier;

/// A real number `±mantissa × 2^exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Real {
    negative: bool,
    /// 2^52 to 2^53 − 1, or 0.
    mantissa: u64,
    exponent: i32,
}

/// Bits of a mantissa, of a double's and of a `float`'s.
const DOUBLE: u32 = 53;
const FLOAT: u32 = 24;
/// Bits that a `float` leaves zero in a double's mantissa.
const SPARE: u32 = DOUBLE - FLOAT;
/// The bits of a mantissa that are zero in a float's.
const FINE: u64 = (1 << SPARE) - 1;
/// What is left of a word beside a mantissa.
const WORD: i32 = 64 - DOUBLE as i32;

impl Real {
    /// One.
    pub const ONE: Self = Self { negative: false, mantissa: 1 << 52, exponent: -52 };

    /// `x`; `None` for infinities and NaN.
    #[must_use]
    pub const fn new(x: f32) -> Option<Self> {
        let bits = x.to_bits();
        let negative = bits >> 31 != 0;
        let biased = (bits >> 23 & 0xff) as i32;
        let fraction = bits & 0x7f_ffff;
        match biased {
            0xff => None,
            0 => Some(Self::rounded::<DOUBLE>(negative, fraction as u64, -149, false)),
            _ => {
                let mantissa = ((fraction | 1 << 23) as u64) << SPARE;
                Some(Self { negative, mantissa, exponent: biased - 150 - SPARE as i32 })
            }
        }
    }

    /// `x`; `None` for infinities and NaN.
    #[must_use]
    pub const fn new64(x: f64) -> Option<Self> {
        let bits = x.to_bits();
        let biased = (bits >> 52 & 0x7ff) as i32;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = match biased {
            0x7ff => return None,
            0 => (fraction, -1074),
            _ => (fraction | 1 << 52, biased - 1075),
        };
        Some(Self::rounded::<DOUBLE>(bits >> 63 != 0, mantissa, exponent, false))
    }

    /// The same number as a double; `None` beyond what that holds.
    #[must_use]
    pub const fn double(self) -> Option<f64> {
        let biased = self.exponent.saturating_add(1075);
        if self.mantissa == 0 {
            return Some(0.0);
        }
        if biased < 1 || biased > 2046 {
            return None;
        }
        let sign = (self.negative as u64) << 63;
        let fraction = self.mantissa & ((1 << 52) - 1);
        Some(f64::from_bits(sign | (biased as u64) << 52 | fraction))
    }

    /// `x` as a scale: finite and not negative. Files do hold scales of zero, for tensors of zeros.
    #[must_use]
    pub const fn positive(x: f32) -> Option<Self> {
        match Self::new(x) {
            Some(r) if !r.negative => Some(r),
            _ => None,
        }
    }

    /// `x`, which every `u32` is exactly.
    #[must_use]
    pub const fn from_u32(x: u32) -> Self {
        Self::rounded::<DOUBLE>(false, x as u64, 0, false)
    }

    /// Whether it is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// `mantissa × 2^exponent` (and a little more when `sticky`) rounded to `BITS` bits.
    const fn rounded<const BITS: u32>(
        negative: bool,
        mantissa: u64,
        exponent: i32,
        sticky: bool,
    ) -> Self {
        if mantissa == 0 {
            return Self { negative, mantissa: 0, exponent: 0 };
        }
        // To the top of the word, of which the lowest bits are then rounded away.
        let zeros = mantissa.leading_zeros();
        let mantissa = mantissa << zeros;
        let rest = mantissa & (u64::MAX >> BITS);
        let half = 1 << (63 - BITS);
        let kept = mantissa >> (64 - BITS);
        let up = rest > half || (rest == half && (sticky || kept & 1 == 1));
        let kept = kept + up as u64;
        let exponent = exponent - zeros as i32 + WORD;
        // A carry into a new bit leaves only zeros below it, so nothing is lost.
        if kept >> BITS != 0 {
            return Self { negative, mantissa: 1 << (DOUBLE - 1), exponent: exponent + 1 };
        }
        Self { negative, mantissa: kept << (DOUBLE - BITS), exponent }
    }

    /// The product.
    #[must_use]
    pub const fn mul(self, other: Self) -> Self {
        self.product::<DOUBLE>(other)
    }

    /// The product rounded as a `float` is: 24 bits.
    #[must_use]
    pub const fn mul_f32(self, other: Self) -> Self {
        self.product::<FLOAT>(other)
    }

    const fn product<const BITS: u32>(self, other: Self) -> Self {
        let negative = self.negative != other.negative;
        if BITS == DOUBLE && (self.mantissa | other.mantissa) & FINE == 0 {
            // Of two floats, the product has at most 48 bits: all are kept.
            let product = (self.mantissa >> SPARE) * (other.mantissa >> SPARE);
            let exponent = self.exponent + other.exponent + 2 * SPARE as i32;
            if product != 0 {
                let up = product.leading_zeros() - (64 - DOUBLE);
                return Self { negative, mantissa: product << up, exponent: exponent - up as i32 };
            }
        }
        // Of the 106 bits the lowest 44 only count as more than nothing.
        let (high, low) = (self.mantissa >> 32, self.mantissa & 0xffff_ffff);
        let (other_high, other_low) = (other.mantissa >> 32, other.mantissa & 0xffff_ffff);
        let bottom = low * other_low;
        let middle = high * other_low + low * other_high + (bottom >> 32);
        let top = ((high * other_high) << 20) + (middle >> 12);
        let sticky = middle & 0xfff != 0 || bottom as u32 != 0;
        Self::rounded::<BITS>(negative, top, self.exponent + other.exponent + 44, sticky)
    }

    /// The quotient; the largest number there is for a divisor of zero.
    #[must_use]
    pub const fn div(self, divisor: Self) -> Self {
        self.quotient::<DOUBLE>(divisor)
    }

    /// The quotient rounded as a `float` is: 24 bits.
    #[must_use]
    pub const fn div_f32(self, divisor: Self) -> Self {
        self.quotient::<FLOAT>(divisor)
    }

    const fn quotient<const BITS: u32>(self, divisor: Self) -> Self {
        let negative = self.negative != divisor.negative;
        if divisor.mantissa == 0 {
            return Self { negative, mantissa: (1 << DOUBLE) - 1, exponent: 1 << 20 };
        }
        // A scale has only 24 bits: what lies below them need not be divided by.
        let exponent = self.exponent - divisor.exponent;
        if divisor.mantissa & FINE == 0 {
            let (quotient, rest) = long_divide(self.mantissa, (divisor.mantissa >> SPARE) as u32);
            return Self::rounded::<BITS>(negative, quotient, exponent - 26 - SPARE as i32, rest);
        }
        let (quotient, rest) = bitwise_divide(self.mantissa, divisor.mantissa);
        Self::rounded::<BITS>(negative, quotient, exponent - 55, rest)
    }

    /// The number times 2^`by`.
    #[must_use]
    pub const fn scaled(self, by: i32) -> Self {
        Self { exponent: self.exponent.saturating_add(by), ..self }
    }

    /// The sum of two numbers of the same sign, rounded.
    #[must_use]
    pub const fn add(self, other: Self) -> Self {
        let (large, small) =
            if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        if small.mantissa == 0 {
            return large;
        }
        let gap = large.exponent - small.exponent;
        if large.mantissa == 0 || gap > 60 {
            return if large.mantissa == 0 { small } else { large };
        }
        // Ten bits more than a mantissa has; what lies below them only counts as more than nothing.
        let below = small.mantissa << 10;
        let sum = (large.mantissa << 10) + (below >> gap);
        let sticky = below & ((1 << gap) - 1) != 0;
        Self::rounded::<DOUBLE>(large.negative, sum, large.exponent - 10, sticky)
    }

    /// Whether this is less than `other`; both not negative.
    #[must_use]
    pub const fn less(self, other: Self) -> bool {
        if self.mantissa == 0 || other.mantissa == 0 {
            return other.mantissa != 0;
        }
        self.exponent < other.exponent
            || (self.exponent == other.exponent && self.mantissa < other.mantissa)
    }

    /// The larger of two that are not negative.
    #[must_use]
    pub const fn max(self, other: Self) -> Self {
        if self.less(other) { other } else { self }
    }

    /// As `frexp` and a rounding to 31 bits give it, halves away from zero; factors below 2^−32 are 0.
    #[must_use]
    pub const fn multiplier(self) -> Multiplier {
        let mut shift = self.exponent + DOUBLE as i32;
        let mut q = (self.mantissa + (1 << 21)) >> 22;
        if q == 1 << 31 {
            q = 1 << 30;
            shift += 1;
        }
        if shift < -31 || q == 0 {
            return Multiplier { mantissa: 0, shift: 0 };
        }
        if shift > 30 {
            shift = 30;
            q = (1 << 31) - 1;
        }
        let mantissa = if self.negative { -(q as i64) as i32 } else { q as i32 };
        Multiplier { mantissa, shift }
    }

    /// `round((double)x × self)`: the product as a double, then to the nearest integer, halves away
    /// from zero; saturating.
    #[must_use]
    pub const fn round_mul(self, x: i64) -> i64 {
        let x = Self::rounded::<DOUBLE>(x < 0, x.unsigned_abs(), 0, false);
        self.mul(x).round()
    }

    /// [`round_mul`](Self::round_mul) of a 32-bit number, saturating to one: by 32 bits of the factor unless
    /// the product lies so near a half that the others decide.
    #[must_use]
    #[inline]
    pub const fn round_mul_32(self, x: i32) -> i32 {
        const DROP: u32 = DOUBLE - 32;
        // How far the product's rounding to 53 bits may lead, in units of the short product.
        const MARGIN: u64 = 1 << 9;
        let shift = -(self.exponent + DROP as i32);
        let magnitude = x.unsigned_abs();
        if magnitude != 0 && self.mantissa != 0 && 1 <= shift && shift < 63 {
            let short = magnitude as u64 * (self.mantissa >> DROP) as u32 as u64;
            // Mostly the steps stand in the upper word: shifts of one word then.
            let high = shift > 32;
            let half =
                if high { (1u64 << 32) * (1u32 << (shift - 33)) as u64 } else { 1 << (shift - 1) };
            let least = short + half - MARGIN;
            let most = least + magnitude as u64 + 2 * MARGIN;
            let (least, most) = if high {
                let (least, most) = ((least >> 32) as u32, (most >> 32) as u32);
                ((least >> (shift - 32)) as u64, (most >> (shift - 32)) as u64)
            } else {
                (least >> shift, most >> shift)
            };
            if least == most && least <= i32::MAX as u64 {
                let steps = least as i32;
                return if (x < 0) != self.negative { -steps } else { steps };
            }
        }
        let exact = self.round_mul(x as i64);
        if exact > i32::MAX as i64 {
            i32::MAX
        } else if exact < i32::MIN as i64 {
            i32::MIN
        } else {
            exact as i32
        }
    }

    /// The nearest integer, halves away from zero; saturating.
    #[must_use]
    pub const fn round(self) -> i64 {
        let magnitude = if self.mantissa == 0 || self.exponent < -(DOUBLE as i32) - 1 {
            0
        } else if self.exponent < 0 {
            let shift = self.exponent.unsigned_abs();
            ((self.mantissa >> (shift - 1)) + 1) >> 1
        } else if self.exponent < 10 {
            self.mantissa << self.exponent
        } else {
            i64::MAX as u64
        };
        if self.negative { -(magnitude as i64) } else { magnitude as i64 }
    }

    /// The largest integer not above a number that is not negative; saturating.
    #[must_use]
    pub const fn floor(self) -> i64 {
        if self.mantissa == 0 || self.exponent < -(DOUBLE as i32) {
            0
        } else if self.exponent < 0 {
            (self.mantissa >> self.exponent.unsigned_abs()) as i64
        } else if self.exponent < 10 {
            (self.mantissa << self.exponent) as i64
        } else {
            i64::MAX
        }
    }
}

/// `n × 2^26 / d` for `d` of 24 bits, and whether anything remains; digits of 8 bits, so that 32-bit division
/// does.
const fn long_divide(n: u64, d: u32) -> (u64, bool) {
    let d = if d == 0 { 1 } else { d };
    // 53 + 26 bits: what stands above the first digit is less than the divisor.
    let mut remainder = (n >> 30) as u32;
    let mut rest = n << 34;
    let mut quotient = 0u64;
    let mut digit = 0;
    while digit < 7 {
        remainder = remainder << 8 | (rest >> 56) as u32;
        rest <<= 8;
        quotient = quotient << 8 | (remainder / d) as u64;
        remainder %= d;
        digit += 1;
    }
    (quotient, remainder != 0)
}

/// `n × 2^55 / d` for mantissas `n` and `d`, bit by bit, and whether anything remains.
const fn bitwise_divide(n: u64, d: u64) -> (u64, bool) {
    let mut quotient = 0u64;
    let mut remainder = n;
    let mut bit = 0;
    while bit < 56 {
        quotient <<= 1;
        if remainder >= d {
            remainder -= d;
            quotient |= 1;
        }
        remainder <<= 1;
        bit += 1;
    }
    (quotient, remainder != 0)
}

#[cfg(test)]
mod tests {
    use super::Real;
    use crate::num::fixed::Multiplier;

    /// What the reference's C does, in real doubles.
    fn reference(x: f64) -> Multiplier {
        if x == 0.0 {
            return Multiplier::default();
        }
        let bits = x.to_bits();
        let mut shift = (bits >> 52 & 0x7ff) as i32 - 1022;
        let fraction = f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52);
        let mut q = (fraction * 2f64.powi(31)).round() as i64;
        if q.abs() == 1 << 31 {
            q /= 2;
            shift += 1;
        }
        if shift < -31 {
            return Multiplier::default();
        }
        Multiplier { mantissa: q as i32, shift }
    }

    /// Floats of all sizes, from a counter.
    fn floats() -> impl Iterator<Item = f32> {
        let mut s = 1u32;
        core::iter::repeat_with(move || {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from_bits((s >> 9) | (112 + (s >> 3 & 15)) << 23)
        })
    }

    #[test]
    fn factors_are_those_of_doubles() {
        let f: std::vec::Vec<f32> = floats().take(3000).collect();
        for w in f.windows(3) {
            let [a, b, c] = [w[0], w[1], w[2]];
            let [ra, rb, rc] =
                w.iter().map(|&x| Real::positive(x).unwrap()).collect::<std::vec::Vec<_>>()[..]
            else {
                unreachable!()
            };
            let (a, b, c) = (f64::from(a), f64::from(b), f64::from(c));
            assert_eq!(ra.mul(rb).div(rc).multiplier(), reference(a * b / c));
            assert_eq!(ra.div(rb.mul(rc)).multiplier(), reference(a / (b * c)));
            let single = f64::from(w[0] * w[1]);
            assert_eq!(ra.mul_f32(rb).div(rc).multiplier(), reference(single / c));
            assert_eq!(ra.add(rb).multiplier(), reference(a + b));
            for x in [1i64, -7, 12345, -987_654_321, i64::from(i32::MAX), 1 << 40] {
                assert_eq!(
                    ra.mul(rb).div(rc).round_mul(x),
                    (x as f64 * (a * b / c)).round() as i64
                );
                let x = x as i32;
                let want = (f64::from(x) * (a * b / c)).round();
                assert_eq!(ra.mul(rb).div(rc).round_mul_32(x), want as i32);
            }
            let six = Real::new(6.0).unwrap().div_f32(ra).round();
            assert_eq!(six, (6.0 / w[0]).round() as i64);
        }
    }

    #[test]
    fn doubles_are_taken_as_they_are() {
        for x in [0.1f64, -3.0, 1e-320, 12345.678] {
            assert_eq!(Real::new64(x).unwrap().multiplier(), reference(x), "{x}");
        }
        assert_eq!(Real::new64(f64::NAN), None);
    }

    #[test]
    fn ties_round_away_from_zero() {
        let half = Real::new(0.5).unwrap();
        assert_eq!([1, -1, 3, -3, 2].map(|x| half.round_mul(x)), [1, -1, 2, -2, 1]);
        let minus = Real::new(-0.25).unwrap();
        assert_eq!([2, -2, 1].map(|x| minus.round_mul(x)), [-1, 1, 0]);
    }

    #[test]
    fn extremes_are_total() {
        assert_eq!(Real::new(f32::NAN), None);
        assert_eq!(Real::new(f32::INFINITY), None);
        assert_eq!(Real::positive(-1.0), None);
        assert!(Real::positive(0.0).is_some_and(Real::is_zero));
        let tiny = Real::positive(f32::from_bits(1)).unwrap();
        assert_eq!(tiny.multiplier(), Multiplier::default());
        let huge = Real::positive(f32::MAX).unwrap().div(tiny);
        assert_eq!(huge.round(), i64::MAX);
        assert_eq!(huge.multiplier(), Multiplier { mantissa: i32::MAX, shift: 30 });
        assert_eq!(Real::ONE.div(Real::new(0.0).unwrap()).round(), i64::MAX);
    }
}
