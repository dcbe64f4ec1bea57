//! Against exact arithmetic in `i128` and `f64`.

use super::*;

/// Rounds to nearest, halves away from zero.
fn round_div(n: i128, d: i128) -> i128 {
    let q = (n.abs() * 2 + d) / (d * 2);
    if n < 0 { -q } else { q }
}

const EDGES: [i32; 12] =
    [i32::MIN, i32::MIN + 1, -(1 << 30), -65537, -2, -1, 0, 1, 2, 65537, 1 << 30, i32::MAX];

#[test]
fn high_mul_rounds_halves_up_in_magnitude_only_when_positive() {
    for a in EDGES {
        for b in EDGES {
            let exact = i128::from(a) * i128::from(b);
            // Halves of negative products go towards zero: the nudge is one short of a half.
            let want = if exact >= 0 {
                (exact + (1 << 30)) >> 31
            } else {
                -((-exact + (1 << 30) - 1) >> 31)
            };
            assert_eq!(i128::from(high_mul(a, b)), want.min(i128::from(i32::MAX)), "{a} {b}");
        }
    }
}

#[test]
fn round_shift_rounds_halves_away() {
    for x in EDGES {
        for e in 0..32 {
            assert_eq!(i128::from(round_shift(x, e)), round_div(x.into(), 1 << e), "{x} {e}");
        }
    }
}

#[test]
fn a_multiplier_is_its_real_value_within_one_step() {
    for (mantissa, shift) in [(1 << 30, 0), (1_518_500_250, -7), (2_147_483_647, 3), (1 << 30, -31)]
    {
        let real = f64::from(mantissa) / 2f64.powi(31 - shift);
        for x in [-100_000, -1234, -1, 0, 1, 999, 123_456] {
            let got = f64::from(Multiplier { mantissa, shift }.apply(x));
            assert!((got - f64::from(x) * real).abs() <= 1.0, "{x} × {real} = {got}");
        }
    }
}

#[test]
fn a_wide_multiplier_keeps_sixteen_bits() {
    for (mantissa, shift) in [(1 << 30, 0), (1_518_500_250, -7), (2_147_483_647, -3)] {
        let reduced = (f64::from(mantissa) / 65536.0).round().min(32767.0);
        let real = reduced / 2f64.powi(15 - shift);
        for x in [-3_000_000_000i64, -77, 0, 5, 1 << 31] {
            let want = (x as f64 * real + 0.5).floor();
            assert_eq!(
                f64::from(Multiplier { mantissa, shift }.apply_wide(x)),
                want,
                "{x} × {real}"
            );
        }
    }
}

fn near(got: i32, want: f64, tolerance: f64) -> bool {
    (f64::from(got) / 2f64.powi(31) - want).abs() < tolerance
}

#[test]
fn functions_are_near_the_real_ones() {
    for i in 0..2000 {
        let a = -i * (1 << 20);
        let real = f64::from(a) / 2f64.powi(26);
        assert!(near(exp_neg::<5>(a), real.exp(), 1e-6), "exp {real}");
        for a in [a, -a] {
            let real = f64::from(a) / 2f64.powi(27);
            assert!(near(logistic::<4>(a), 1.0 / (1.0 + (-real).exp()), 3e-6), "logistic {real}");
            assert!(near(tanh::<4>(a), real.tanh(), 3e-6), "tanh {real}");
        }
        let x = i * (1 << 20);
        let real = f64::from(x) / 2f64.powi(31);
        assert!(near(one_over_one_plus(x), 1.0 / (1.0 + real), 3e-6), "1/(1+{real})");
    }
    assert_eq!(exp_neg::<5>(0), i32::MAX);
    assert_eq!(exp_neg::<5>(i32::MIN), (f64::from(-32).exp() * 2f64.powi(31)) as i32);
    assert_eq!(exp_neg::<12>(i32::MIN), 0);
}

#[test]
fn a_reciprocal_is_normalised() {
    for x in [1 << 19, 3 << 19, 12_345_678, i32::MAX] {
        let (r, shift) = reciprocal(x, 12);
        let real = f64::from(x) / 2f64.powi(19);
        let got = f64::from(r) / 2f64.powi(31) / 2f64.powi(shift);
        assert!((got * real - 1.0).abs() < 1e-6, "1/{real} = {got}");
    }
}
