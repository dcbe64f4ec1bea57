//! Fixed point as gemmlowp defines it.
//!
//! A [`Multiplier`] is a real factor `mantissa / 2^31 × 2^shift`. Invariant: every function is total
//! and wraps where the reference's `int32_t` would.

#![allow(clippy::arithmetic_side_effects, reason = "bounded by the argument of each function")]

/// `a × b / 2^31`, rounded to nearest, halves up; the one overflow saturates.
#[must_use]
#[inline(always)]
pub const fn high_mul(a: i32, b: i32) -> i32 {
    if a == i32::MIN && b == i32::MIN {
        return i32::MAX;
    }
    high_mul_small(a, b)
}

/// As [`high_mul`], when the factors are not both the smallest number.
#[inline(always)]
const fn high_mul_small(a: i32, b: i32) -> i32 {
    // The reference nudges by the sign and truncates, so a negative half goes up: the same as this floor.
    ((a as i64 * b as i64 + (1 << 30)) >> 31) as i32
}

/// The same for 16-bit numbers: `a × b / 2^15`.
#[must_use]
#[inline(always)]
pub const fn high_mul_16(a: i16, b: i16) -> i16 {
    if a == i16::MIN && b == i16::MIN {
        return i16::MAX;
    }
    let ab = a as i32 * b as i32;
    let nudge = if ab >= 0 { 1 << 14 } else { 1 - (1 << 14) };
    ((ab + nudge) / (1 << 15)) as i16
}

/// `x / 2^exponent`, rounded to nearest, halves away from zero; `exponent` 0 to 31.
#[must_use]
#[inline(always)]
pub const fn round_shift(x: i32, exponent: u32) -> i32 {
    let exponent = exponent & 31;
    let mask = (1u32 << exponent) - 1;
    let remainder = x as u32 & mask;
    let threshold = (mask >> 1) + (x < 0) as u32;
    (x >> exponent) + (remainder > threshold) as i32
}

/// `x × 2^exponent`, saturating.
#[must_use]
#[inline]
pub const fn saturating_shl(x: i32, exponent: u32) -> i32 {
    let wide = (x as i64) << (exponent & 31);
    if wide > i32::MAX as i64 {
        i32::MAX
    } else if wide < i32::MIN as i64 {
        i32::MIN
    } else {
        wide as i32
    }
}

/// A real factor in fixed point: `mantissa / 2^31 × 2^shift`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Multiplier {
    /// The fraction, 2^30 to 2^31 − 1 in magnitude, or 0; so never the smallest `i32`.
    pub mantissa: i32,
    /// The power of two, −31 to 30.
    pub shift: i32,
}

impl Multiplier {
    /// `x` times the factor, rounded twice: by the multiplication, and by the shift right.
    #[must_use]
    #[inline(always)]
    pub const fn apply(self, x: i32) -> i32 {
        let left = if self.shift > 0 { self.shift as u32 } else { 0 };
        let right = if self.shift > 0 { 0 } else { self.shift.unsigned_abs() };
        round_shift(high_mul_small(x.wrapping_shl(left), self.mantissa), right)
    }

    /// As [`apply`](Self::apply) for a factor of at most one.
    #[must_use]
    #[inline(always)]
    pub const fn apply_small(self, x: i32) -> i32 {
        round_shift(high_mul_small(x, self.mantissa), self.shift.unsigned_abs())
    }

    /// `x` times the factor, of which only 16 bits are used, rounded once: the reference's rule for
    /// 64-bit accumulators.
    #[must_use]
    #[inline(always)]
    pub const fn apply_wide(self, x: i64) -> i32 {
        let reduced =
            if self.mantissa < 0x7fff_0000 { (self.mantissa + (1 << 15)) >> 16 } else { 0x7fff };
        let shift = (15 - self.shift) as u32 & 63;
        let half = if shift == 0 { 0 } else { 1i64 << (shift - 1) };
        (x.wrapping_mul(reduced as i64).wrapping_add(half) >> shift) as i32
    }
}

/// `x / 2^exponent` in the fixed point of [`exp_neg`] and its like: the product with `2^-exponent`
/// when `exponent` is positive, a saturating shift left when it is negative.
#[must_use]
#[inline]
pub const fn rescale(x: i32, exponent: i32) -> i32 {
    if exponent >= 0 {
        round_shift(x, exponent as u32)
    } else {
        saturating_shl(x, exponent.unsigned_abs())
    }
}

/// `(a + b) / 2` rounded, halves away from zero.
#[must_use]
#[inline]
pub const fn half_sum(a: i32, b: i32) -> i32 {
    let sum = a as i64 + b as i64;
    let sign = if sum >= 0 { 1 } else { -1 };
    ((sum + sign) / 2) as i32
}

// The functions below come in words of 32 and of 16 bits; both are held in an `i32`.

/// The constant that 31 fraction bits give, in a word of `WORD` bits.
const fn constant<const WORD: u32>(x: i32) -> i32 {
    round_shift(x, 32 - WORD)
}

/// The largest number of a word.
const fn top<const WORD: u32>() -> i32 {
    i32::MAX >> (32 - WORD)
}

/// [`high_mul`] of words.
const fn product<const WORD: u32>(a: i32, b: i32) -> i32 {
    if WORD == 16 { high_mul_16(a as i16, b as i16) as i32 } else { high_mul(a, b) }
}

/// [`saturating_shl`] of words.
const fn raise<const WORD: u32>(x: i32, exponent: u32) -> i32 {
    saturating_shl(x, exponent + 32 - WORD) >> (32 - WORD)
}

/// exp(a) for a in [−1/4, 0), both with 0 integer bits.
fn exp_quarter<const WORD: u32>(a: i32) -> i32 {
    let factor = constant::<WORD>(1_895_147_668); // exp(−1/8)
    let third = constant::<WORD>(715_827_883);
    let x = a.wrapping_add(1 << (WORD - 4)); // a + 1/8
    let x2 = product::<WORD>(x, x);
    let x3 = product::<WORD>(x2, x);
    let x4 = product::<WORD>(x2, x2);
    let x4_over_4 = round_shift(x4, 2);
    let cubic = product::<WORD>(x4_over_4.wrapping_add(x3), third);
    let sum = round_shift(cubic.wrapping_add(x2), 1);
    factor.wrapping_add(product::<WORD>(factor, x.wrapping_add(sum)))
}

fn exp_of<const WORD: u32, const INTEGER: u32>(a: i32) -> i32 {
    let fraction = WORD - 1 - INTEGER;
    let quarter = 1i32 << (fraction - 2);
    let mask = quarter - 1;
    let in_quarter = (a & mask) - quarter;
    let mut result = exp_quarter::<WORD>(raise::<WORD>(in_quarter, INTEGER));
    let remainder = in_quarter.wrapping_sub(a);
    // exp(−2^e) for e from −2 to 4.
    const STEPS: [(i32, i32); 7] = [
        (-2, 1_672_461_947),
        (-1, 1_302_514_674),
        (0, 790_015_084),
        (1, 290_630_308),
        (2, 39_332_535),
        (3, 720_401),
        (4, 242),
    ];
    for (exponent, factor) in STEPS {
        if (INTEGER as i32) > exponent {
            let bit = 1i32 << (fraction as i32 + exponent);
            if remainder & bit != 0 {
                result = product::<WORD>(result, constant::<WORD>(factor));
            }
        }
    }
    if INTEGER > 5 {
        let clamp = if INTEGER > 5 { -(1i32 << (fraction + 5)) } else { 0 };
        if a < clamp {
            result = 0;
        }
    }
    if a == 0 { top::<WORD>() } else { result }
}

/// exp(a) for a ≤ 0 with `INTEGER` integer bits; the result has 0.
#[must_use]
pub fn exp_neg<const INTEGER: u32>(a: i32) -> i32 {
    exp_of::<32, INTEGER>(a)
}

fn one_over_one_plus_of<const WORD: u32>(x: i32) -> i32 {
    raise::<WORD>(newton::<WORD>(half_sum(x, top::<WORD>())), 1)
}

/// 1 / (1 + x) for x in [0, 1], both with 0 integer bits.
#[must_use]
pub fn one_over_one_plus(x: i32) -> i32 {
    one_over_one_plus_of::<32>(x)
}

/// (1 − x) / (1 + x) for x in [0, 1], both with 0 integer bits.
fn one_minus_over_one_plus<const WORD: u32>(x: i32) -> i32 {
    let r = newton::<WORD>(half_sum(x, top::<WORD>())); // 2 integer bits
    raise::<WORD>(r.wrapping_sub(1 << (WORD - 3)), 2)
}

/// 1 / half_denominator with 2 integer bits, by three Newton steps from 48/17 − 32/17 d.
fn newton<const WORD: u32>(half_denominator: i32) -> i32 {
    let c48_17 = constant::<WORD>(1_515_870_810);
    let cm32_17 = constant::<WORD>(-1_010_580_540);
    let mut x = c48_17.wrapping_add(product::<WORD>(half_denominator, cm32_17));
    for _ in 0..3 {
        let rest = (1i32 << (WORD - 3)).wrapping_sub(product::<WORD>(half_denominator, x));
        x = x.wrapping_add(raise::<WORD>(product::<WORD>(x, rest), 2));
    }
    x
}

fn logistic_of<const WORD: u32, const INTEGER: u32>(a: i32) -> i32 {
    if a == 0 {
        return 1 << (WORD - 2);
    }
    let positive = a > 0;
    let magnitude = if positive { a.wrapping_neg() } else { a };
    let result = one_over_one_plus_of::<WORD>(exp_of::<WORD, INTEGER>(magnitude));
    if positive { result } else { top::<WORD>().wrapping_sub(result) }
}

/// 1 / (1 + exp(−a)) for a with `INTEGER` integer bits; the result has 0.
#[must_use]
pub fn logistic<const INTEGER: u32>(a: i32) -> i32 {
    logistic_of::<32, INTEGER>(a)
}

/// As [`logistic`] for 16-bit numbers with 3 integer bits.
#[must_use]
pub fn logistic_16(a: i16) -> i16 {
    logistic_of::<16, 3>(a.into()) as i16
}

fn tanh_of<const WORD: u32>(a: i32, exp: fn(i32) -> i32) -> i32 {
    if a == 0 {
        return 0;
    }
    let negative = a < 0;
    let t = one_minus_over_one_plus::<WORD>(exp(if negative { a } else { a.wrapping_neg() }));
    if negative { t.wrapping_neg() } else { t }
}

/// tanh(a) for a with `INTEGER` integer bits, at most 6; the result has 0.
#[must_use]
pub fn tanh<const INTEGER: u32>(a: i32) -> i32 {
    // exp(2a): the same bits with one integer bit more.
    tanh_of::<32>(
        a,
        match INTEGER {
            0 => exp_of::<32, 1>,
            1 => exp_of::<32, 2>,
            2 => exp_of::<32, 3>,
            3 => exp_of::<32, 4>,
            4 => exp_of::<32, 5>,
            5 => exp_of::<32, 6>,
            _ => exp_of::<32, 7>,
        },
    )
}

/// As [`tanh`] for 16-bit numbers with `integer` integer bits, at most 6.
#[must_use]
pub fn tanh_16(a: i16, integer: u32) -> i16 {
    tanh_of::<16>(
        a.into(),
        match integer {
            0 => exp_of::<16, 1>,
            1 => exp_of::<16, 2>,
            2 => exp_of::<16, 3>,
            3 => exp_of::<16, 4>,
            4 => exp_of::<16, 5>,
            5 => exp_of::<16, 6>,
            _ => exp_of::<16, 7>,
        },
    ) as i16
}

/// 1 / x for x > 0 with `integer` integer bits: the result with 0 integer bits, and the power of
/// two it must be divided by.
#[must_use]
pub fn reciprocal(x: i32, integer: i32) -> (i32, i32) {
    let zeros = x.leading_zeros();
    let over_one = integer - zeros as i32;
    let fraction = (((x as u32) << (zeros & 31)).wrapping_sub(1 << 31)) as i32;
    (one_over_one_plus(fraction), over_one)
}

#[cfg(test)]
mod tests;
