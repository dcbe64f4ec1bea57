//! Float functions that few ops need: remainders, e^x − 1, the complementary error function.
//!
//! Invariant: as in [`float`](super::float): IEEE operations in a fixed order.

use super::float::exp64;
use core::f64::consts as c64;

/// The remainder of `x / y` with the sign of `x`, exact.
#[must_use]
pub fn fmod(x: f32, y: f32) -> f32 {
    if !x.is_finite() || y.is_nan() || y == 0.0 {
        return f32::NAN;
    }
    let divisor = y.abs();
    if y.is_infinite() || x.abs() < divisor {
        return x;
    }
    // Long division in binary: both as integers times 2^exponent.
    let parts = |v: f32| {
        let bits = v.to_bits() & 0x7fff_ffff;
        let exponent = (bits >> 23) as i32;
        let fraction = bits & 0x7f_ffff;
        if exponent == 0 { (fraction, 1) } else { (fraction | 1 << 23, exponent) }
    };
    let ((a, a_exponent), (b, b_exponent)) = (parts(x), parts(divisor));
    let mut rest = u64::from(a);
    let b = u64::from(b.max(1));
    for _ in b_exponent..a_exponent {
        rest = rest % b * 2;
    }
    rest %= b;
    // At most 24 bits, so exact; the scale is that of the divisor's last bit.
    let unit = f64::from_bits(((b_exponent.wrapping_add(1023 - 150)) as u64) << 52);
    ((rest as f64 * unit) as f32).copysign(x)
}

/// The largest integer not above `x`.
#[must_use]
pub fn floor64(x: f64) -> f64 {
    // From 2^52 on there is no fraction; NaN compares false.
    if x.abs() < 4_503_599_627_370_496.0 {
        let t = x as i64 as f64;
        (if t > x { t - 1.0 } else { t }).copysign(x)
    } else {
        x
    }
}

/// e^`x` − 1, in double precision to about 1e-16 absolute or relative, whichever is smaller.
#[must_use]
pub fn expm1(x: f64) -> f64 {
    if x.abs() > 0.5 {
        return exp64(x) - 1.0;
    }
    let mut p = 1.0;
    for k in (2..=16).rev() {
        p = 1.0 + p * x / f64::from(k);
    }
    p * x
}

/// The hyperbolic tangent, in double precision to about 1e-15.
#[must_use]
pub fn tanh64(x: f64) -> f64 {
    let e = expm1(2.0 * x.abs().min(20.0));
    if x.is_nan() { x } else { (e / (e + 2.0)).copysign(x) }
}

/// 1 − erf(`x`), in double precision to about 1e-14, relative.
#[must_use]
pub fn erfc(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let a = x.abs();
    let tail = if a > 27.3 {
        0.0
    } else if a < 2.0 {
        1.0 - erf_series(a)
    } else {
        // Laplace's continued fraction: e^(−a²)/√π · 1/(a + ½/(a + 1/(a + 3/2/(a + …)))).
        let mut f = a;
        for k in (1..=120).rev() {
            f = a + f64::from(k) * 0.5 / f;
        }
        exp64(-a * a) * (c64::FRAC_2_SQRT_PI * 0.5) / f
    };
    if x < 0.0 { 2.0 - tail } else { tail }
}

/// erf(`a`) for 0 ≤ `a` < 2: 2/√π e^(−a²) Σ 2^n a^(2n+1) / (1·3·5…(2n+1)), all terms positive.
fn erf_series(a: f64) -> f64 {
    let (mut term, mut sum, mut odd) = (a, a, 1.0);
    while term > 1e-18 * sum {
        odd += 2.0;
        term *= 2.0 * a * a / odd;
        sum += term;
    }
    c64::FRAC_2_SQRT_PI * exp64(-a * a) * sum
}

#[cfg(test)]
mod tests {
    use super::{erfc, expm1, floor64, fmod, tanh64};

    #[test]
    fn remainders_are_exact() {
        let edges = [1.0f32, -1.5, 0.1, 3.0e38, 1e-40, 7.25, -0.0, 16_777_217.0, f32::MIN_POSITIVE];
        for x in edges {
            for y in edges {
                let want = x % y;
                let got = fmod(x, y);
                assert!(
                    got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan()),
                    "{x} % {y}: {got} {want}"
                );
            }
        }
        assert!(fmod(f32::INFINITY, 1.0).is_nan() && fmod(1.0, f32::NAN).is_nan());
        assert_eq!(fmod(-3.0, f32::INFINITY), -3.0);
    }

    #[test]
    fn rounding_down_is_exact() {
        for x in [-2.5, -2.0, -0.5, -0.0, 0.0, 0.75, 1e10 + 0.5, -1e300, f64::INFINITY] {
            assert_eq!(floor64(x).to_bits(), x.floor().to_bits(), "{x}");
        }
    }

    #[test]
    fn differences_do_not_cancel() {
        for i in -400..400 {
            let x = f64::from(i) * 0.05;
            assert!((expm1(x) - x.exp_m1()).abs() <= 1e-14 * x.exp_m1().abs() + 1e-300, "{x}");
        }
    }

    #[test]
    fn tangents_are_close() {
        for i in -300..300 {
            let x = f64::from(i) * 0.09 + 1e-5;
            assert!((tanh64(x) - x.tanh()).abs() <= 1e-15, "{x}");
        }
        assert_eq!((tanh64(f64::INFINITY), tanh64(-1e300)), (1.0, -1.0));
    }

    #[test]
    fn the_error_function_is_known_at_some_points() {
        // Abramowitz and Stegun, tables 7.1 and 7.3.
        for (x, want) in [
            (0.0, 1.0),
            (0.5, 0.479_500_122_186_95),
            (1.0, 0.157_299_207_050_285),
            (2.0, 0.004_677_734_981_047_266),
            (4.0, 1.541_725_790_028_002e-8),
        ] {
            assert!((erfc(x) / want - 1.0).abs() < 1e-12, "{x}: {}", erfc(x));
            assert!((erfc(-x) + want - 2.0).abs() < 1e-13, "-{x}");
        }
        assert_eq!((erfc(30.0), erfc(-30.0)), (0.0, 2.0));
    }
}
