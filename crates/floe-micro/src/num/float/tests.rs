//! Against the platform's double-precision functions.

use super::*;

fn samples() -> impl Iterator<Item = f32> {
    (-4000..4000).map(|i| i as f32 * 0.0213 + 0.001)
}

fn close(got: f32, want: f64) -> bool {
    let want32 = want as f32;
    if !want32.is_finite() || want32 == 0.0 {
        return got == want32 || (want32.is_nan() && got.is_nan()) || (got - want32).abs() < 1e-37;
    }
    (f64::from(got) - want).abs() <= 4e-7 * want.abs() + 1e-37
}

#[test]
fn exponentials_are_close() {
    for x in samples() {
        let w = f64::from(x);
        assert!(close(exp(x), w.exp()), "exp {x}: {} {}", exp(x), w.exp());
        assert!((f64::from(logistic(x)) - 1.0 / (1.0 + (-w).exp())).abs() < 2e-7, "logistic {x}");
        assert!((f64::from(tanh(x / 20.0)) - f64::from(x / 20.0).tanh()).abs() < 2e-7, "tanh {x}");
        assert!((exp64(w * 4.0) / (w * 4.0).exp() - 1.0).abs() < 1e-13, "exp64 {x}");
    }
    assert_eq!((exp(f32::INFINITY), exp(f32::NEG_INFINITY)), (f32::INFINITY, 0.0));
    assert!(exp(f32::NAN).is_nan() && tanh(f32::NAN).is_nan() && logistic(f32::NAN).is_nan());
    assert_eq!((tanh(1e9), tanh(-1e9)), (1.0, -1.0));
}

#[test]
fn logarithms_powers_and_angles_are_close() {
    for x in samples() {
        let w = f64::from(x);
        assert!(close(ln(x), w.ln()), "ln {x}");
        assert!((f64::from(sin(x)) - w.sin()).abs() < 1e-7, "sin {x}");
        assert!((f64::from(cos(x)) - w.cos()).abs() < 1e-7, "cos {x}");
        for y in [-2.5f32, -1.0, 0.0, 0.3, 2.0, 3.0] {
            assert!(close(pow(x, y), w.powf(f64::from(y))), "{x} ^ {y} = {}", pow(x, y));
            assert!((f64::from(atan2(y, x)) - f64::from(y).atan2(w)).abs() < 4e-7, "atan2 {y} {x}");
        }
    }
    for (x, y) in [(0.0f32, -1.0f32), (-0.0, -3.0), (0.0, 2.0), (-2.0, 0.5), (-1.0, f32::INFINITY)]
    {
        let want = x.powf(y);
        assert!(pow(x, y) == want || (pow(x, y).is_nan() && want.is_nan()), "{x} ^ {y}");
    }
    for (y, x) in [(0.0f32, -0.0f32), (-0.0, -1.0), (1.0, 0.0), (f32::INFINITY, f32::NEG_INFINITY)]
    {
        assert!((atan2(y, x) - y.atan2(x)).abs() < 1e-6, "atan2 {y} {x}");
    }
}

#[test]
fn roundings_are_exact() {
    for x in samples().chain([0.5, -0.5, 1.5, 2.5, -2.5, 8_388_609.0, 1e30, -0.0, 0.499_999_97]) {
        assert_eq!(
            (trunc(x), round(x), floor(x), ceil(x)),
            (x.trunc(), x.round(), x.floor(), x.ceil()),
            "{x}"
        );
        assert_eq!(round_even(x), x.round_ties_even(), "{x}");
    }
}

#[test]
fn roots_are_exact() {
    for x in samples().map(f32::abs).chain([
        0.0,
        f32::MAX,
        f32::MIN_POSITIVE,
        f32::from_bits(1),
        f32::INFINITY,
    ]) {
        assert_eq!(sqrt(x), x.sqrt(), "{x}");
        assert!(
            (sqrt64(f64::from(x.min(1e6))) - f64::from(x.min(1e6)).sqrt()).abs()
                <= 1e-12 * f64::from(x).max(1.0)
        );
    }
    assert!(sqrt(-1.0).is_nan());
}

#[test]
fn the_error_function_is_known_at_some_points() {
    // Abramowitz and Stegun, table 7.1.
    for (x, want) in
        [(0.1, 0.112_462_92), (0.5, 0.520_499_9), (1.0, 0.842_700_8), (2.0, 0.995_322_3)]
    {
        assert!((erf(x) - want).abs() < 1e-7 && (erf(-x) + want).abs() < 1e-7, "erf {x}");
    }
}

#[test]
fn halves_go_both_ways() {
    for bits in 0..=u16::MAX {
        let x = from_f16(bits);
        if x.is_nan() {
            assert!(from_f16(to_f16(x)).is_nan());
        } else {
            assert_eq!(to_f16(x), bits, "{x}");
        }
    }
    assert_eq!(from_f16(0x3c00), 1.0);
    assert_eq!(from_f16(1), 2f32.powi(-24));
    assert_eq!(to_f16(65520.0), 0x7c00);
    assert_eq!(to_f16(1.0 + 1.0 / 2048.0), 0x3c00, "a tie goes to even");
}
