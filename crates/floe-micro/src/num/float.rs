//! The float functions that `core` lacks, the same on every machine.
//!
//! Invariant: only IEEE additions, multiplications and divisions in a fixed order, so that a chip, a
//! browser and a server give the same bits. Single-precision forms are right within 2 units in the
//! last place or 1e-7, what is not hot goes through double precision.

use core::f32::consts::LOG2_E;
use core::f64::consts as c64;

/// 2^`n` for `n` in −126 … 127, else the nearest of these.
#[must_use]
#[inline]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.clamp(-126, 127).wrapping_add(127) as u32) << 23)
}

/// `x` without its fraction.
#[must_use]
#[inline]
pub fn trunc(x: f32) -> f32 {
    // From 2^23 on there is no fraction; NaN compares false.
    if x.abs() < 8_388_608.0 { (x as i32 as f32).copysign(x) } else { x }
}

/// The nearest integer, halves away from zero.
#[must_use]
#[inline]
pub fn round(x: f32) -> f32 {
    let t = trunc(x);
    if (x - t).abs() >= 0.5 { t + 1f32.copysign(x) } else { t }
}

/// The nearest integer, halves to even.
#[must_use]
pub fn round_even(x: f32) -> f32 {
    let r = round(x);
    if (x - trunc(x)).abs() == 0.5 { 2.0 * trunc(r / 2.0) } else { r }
}

/// The largest integer not above `x`.
#[must_use]
#[inline]
pub fn floor(x: f32) -> f32 {
    let t = trunc(x);
    if t > x { t - 1.0 } else { t }
}

/// The smallest integer not below `x`.
#[must_use]
#[inline]
pub fn ceil(x: f32) -> f32 {
    -floor(-x)
}

/// The square root, correctly rounded.
#[must_use]
pub fn sqrt(x: f32) -> f32 {
    if x < 0.0 || x.is_nan() {
        return f32::NAN;
    }
    if x == 0.0 || x.is_infinite() {
        return x;
    }
    // The root of the mantissa, shifted so that 26 bits come out of it.
    let bits = f64::from(x).to_bits();
    let exponent = (bits >> 52) as i32 - 1023;
    let odd = exponent & 1;
    let mantissa = (bits & ((1 << 52) - 1)) | 1 << 52;
    let wide = mantissa << odd; // 52 fraction bits, the value in [1, 4)
    let root = wide.isqrt(); // 26 fraction bits
    let sticky = u64::from(root.wrapping_mul(root) != wide);
    let exact = f64::from_bits(
        (((exponent - odd) / 2 + 1023) as u64) << 52 | ((root << 26 | sticky) & ((1 << 52) - 1)),
    );
    exact as f32
}

/// e^`x`.
#[must_use]
pub fn exp(x: f32) -> f32 {
    if x > 88.8 {
        return f32::INFINITY;
    }
    if x < -104.0 {
        return 0.0;
    }
    let n = round(x * LOG2_E);
    // ln 2 in two parts: the first has zeros enough that n × it is exact.
    let r = (x - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let mut p = 1.0 / 5040.0;
    for c in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = p * r + c;
    }
    let n = n as i32;
    let half = n / 2;
    p * power_of_two(half) * power_of_two(n - half)
}

/// 1 / (1 + e^−x).
#[must_use]
pub fn logistic(x: f32) -> f32 {
    if x < 0.0 {
        let e = exp(x);
        e / (1.0 + e)
    } else {
        1.0 / (1.0 + exp(-x))
    }
}

/// The hyperbolic tangent.
#[must_use]
pub fn tanh(x: f32) -> f32 {
    let a = x.abs();
    if a < 0.15 {
        let s = x * x;
        return x + x * s * (-1.0 / 3.0 + s * (2.0 / 15.0 - s * (17.0 / 315.0)));
    }
    let t = 1.0 - 2.0 / (exp(2.0 * a.min(20.0)) + 1.0);
    if x.is_nan() { x } else { t.copysign(x) }
}

/// e^`x` in double precision.
#[must_use]
pub fn exp64(x: f64) -> f64 {
    if x > 709.8 {
        return f64::INFINITY;
    }
    if x < -745.2 {
        return 0.0;
    }
    if x.is_nan() {
        return x;
    }
    let n = (x * c64::LOG2_E + 0.5f64.copysign(x)) as i32;
    let r =
        (x - f64::from(n) * 0.693_147_180_369_123_8) - f64::from(n) * 1.908_214_929_270_587_7e-10;
    let mut p = 1.0;
    for k in (1..=14).rev() {
        p = 1.0 + p * r / f64::from(k);
    }
    let two = |n: i32| f64::from_bits(((n + 1023) as u64) << 52);
    p * two(n / 2) * two(n - n / 2)
}

/// The natural logarithm in double precision.
#[must_use]
pub fn ln64(x: f64) -> f64 {
    if x < 0.0 || x.is_nan() {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x.is_infinite() {
        return x;
    }
    let (x, lift) = if x < f64::MIN_POSITIVE { (x * (1u64 << 54) as f64, 54) } else { (x, 0) };
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i32 - 1023 - lift;
    let mut m = f64::from_bits(bits & !(0xfff << 52) | 1023 << 52);
    if m > c64::SQRT_2 {
        m *= 0.5;
        exponent += 1;
    }
    let s = (m - 1.0) / (m + 1.0);
    let s2 = s * s;
    let mut p = 0.0;
    for k in (0..12).rev() {
        p = p * s2 + 1.0 / f64::from(2 * k + 1);
    }
    2.0 * s * p + f64::from(exponent) * c64::LN_2
}

/// The natural logarithm.
#[must_use]
pub fn ln(x: f32) -> f32 {
    ln64(f64::from(x)) as f32
}

/// sin and cos of `x`, in radians.
#[must_use]
pub fn sin_cos64(x: f64) -> (f64, f64) {
    if !x.is_finite() {
        return (f64::NAN, f64::NAN);
    }
    let turns = x * c64::FRAC_2_PI;
    let n = (turns + 0.5f64.copysign(x)) as i64;
    let q = n as f64;
    let r = ((x - q * 1.570_796_326_734_125_6) - q * 6.077_100_506_303_966e-11)
        - q * 2.022_266_248_795_950_6e-21;
    let s = r * r;
    let (mut sin, mut cos) = (1.0, 1.0);
    for k in (1..=9).rev() {
        let k = f64::from(k) * 2.0;
        sin = 1.0 - sin * s / (k * (k + 1.0));
        cos = 1.0 - cos * s / (k * (k - 1.0));
    }
    let sin = sin * r;
    match n & 3 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// The sine of `x` radians.
#[must_use]
pub fn sin(x: f32) -> f32 {
    sin_cos64(f64::from(x)).0 as f32
}

/// The cosine of `x` radians.
#[must_use]
pub fn cos(x: f32) -> f32 {
    sin_cos64(f64::from(x)).1 as f32
}

/// The angle whose tangent is `x`, in double precision.
#[must_use]
fn atan64(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let a = x.abs();
    let inverted = a > 1.0;
    let a = if inverted { 1.0 / a } else { a };
    // atan a = 2 atan(a / (1 + √(1 + a²))), twice, leaves at most 0.2.
    let halve = |a: f64| a / (1.0 + sqrt64(1.0 + a * a));
    let t = halve(halve(a));
    let s = t * t;
    let mut p = 0.0;
    for k in (0..12).rev() {
        p = 1.0 / f64::from(2 * k + 1) - p * s;
    }
    let angle = 4.0 * t * p;
    let angle = if inverted { c64::FRAC_PI_2 - angle } else { angle };
    angle.copysign(x)
}

/// The angle of the point (`x`, `y`).
#[must_use]
pub fn atan2(y: f32, x: f32) -> f32 {
    atan2_64(f64::from(y), f64::from(x)) as f32
}

/// The angle of the point (`x`, `y`), in double precision.
#[must_use]
pub fn atan2_64(y: f64, x: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    let angle = if y == 0.0 && x == 0.0 {
        0.0
    } else if y.is_infinite() && x.is_infinite() {
        c64::FRAC_PI_4
    } else if x == 0.0 {
        c64::FRAC_PI_2
    } else {
        atan64((y / x).abs())
    };
    let angle = if x.is_sign_negative() { c64::PI - angle } else { angle };
    angle.copysign(y)
}

/// The square root of a number of moderate size, in double precision, to the last bit or two.
#[must_use]
pub fn sqrt64(x: f64) -> f64 {
    if x <= 0.0 || !x.is_finite() {
        return if x == 0.0 || x == f64::INFINITY { x } else { f64::NAN };
    }
    let mut r = f64::from_bits((x.to_bits() >> 1) + (1023u64 << 51));
    for _ in 0..5 {
        r = 0.5 * (r + x / r);
    }
    r
}

/// The error function.
#[must_use]
pub fn erf(x: f32) -> f32 {
    let a = f64::from(x.abs());
    if x.is_nan() {
        return x;
    }
    if a > 4.5 {
        return 1f32.copysign(x);
    }
    // 2/√π e^(−a²) Σ 2^n a^(2n+1) / (1·3·5…(2n+1)): all terms positive, so nothing cancels.
    let (mut term, mut sum, mut odd) = (a, a, 1.0);
    while term > 1e-17 * sum {
        odd += 2.0;
        term *= 2.0 * a * a / odd;
        sum += term;
    }
    ((c64::FRAC_2_SQRT_PI * exp64(-a * a) * sum) as f32).copysign(x)
}

/// `x` to the power of `y`, with C's special cases.
#[must_use]
pub fn pow(x: f32, y: f32) -> f32 {
    if y == 0.0 || x == 1.0 {
        return 1.0;
    }
    if x.is_nan() || y.is_nan() {
        return f32::NAN;
    }
    let integer = trunc(y) == y;
    let odd = integer && y.abs() < 16_777_216.0 && (y as i32) & 1 == 1;
    if x == 0.0 || x.is_infinite() {
        let large = (x == 0.0) != (y > 0.0);
        let magnitude = if large { f32::INFINITY } else { 0.0 };
        return if odd { magnitude.copysign(x) } else { magnitude };
    }
    if x < 0.0 && !integer {
        return f32::NAN;
    }
    if y.is_infinite() {
        let grows = (x.abs() > 1.0) == (y > 0.0);
        return if x == -1.0 {
            1.0
        } else if grows {
            f32::INFINITY
        } else {
            0.0
        };
    }
    let magnitude = exp64(f64::from(y) * ln64(f64::from(x.abs()))) as f32;
    if odd { magnitude.copysign(x) } else { magnitude }
}

/// The half-precision number with these bits.
#[must_use]
#[inline]
pub fn from_f16(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let exponent = u32::from(bits >> 10 & 0x1f);
    let fraction = u32::from(bits & 0x3ff);
    match exponent {
        0 => {
            f32::from_bits(sign)
                + (fraction as f32 * (1.0 / 16_777_216.0)).copysign(f32::from_bits(sign | 1))
        }
        31 => f32::from_bits(sign | 0xff << 23 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

/// The bits of the half-precision number nearest to `x`, ties to even.
#[must_use]
pub fn to_f16(x: f32) -> u16 {
    let bits = x.to_bits();
    let sign = (bits >> 16 & 0x8000) as u16;
    let magnitude = bits & 0x7fff_ffff;
    let rounded = if magnitude > 0x7f80_0000 {
        0x7e00
    } else if magnitude >= 0x4780_0000 {
        0x7c00
    } else if magnitude < 0x3880_0000 {
        // Below the normal numbers: adding 0.5 leaves the fraction in the low bits, rounded.
        (f32::from_bits(magnitude) + 0.5).to_bits().wrapping_sub(0x3f00_0000)
    } else {
        let odd = magnitude >> 13 & 1;
        (magnitude.wrapping_sub(112 << 23).wrapping_add(0xfff + odd)) >> 13
    };
    sign | rounded as u16
}

#[cfg(test)]
mod tests;
