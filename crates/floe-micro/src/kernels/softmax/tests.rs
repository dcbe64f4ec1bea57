//! Against the real function in double precision.

extern crate std;
use super::*;
use std::vec::Vec;

fn real(x: &[f64]) -> Vec<f64> {
    let sum: f64 = x.iter().map(|x| x.exp()).sum();
    x.iter().map(|x| x.exp() / sum).collect()
}

fn params_of(scale: f32) -> Exponents {
    let input = Real::positive(scale).unwrap().scaled(26).multiplier();
    Exponents { input, least: -(((31i64 << 26) >> input.shift) as i32) }
}

#[test]
fn bytes_are_within_a_step_of_the_real_function() {
    let x: Vec<i8> = (0..40).map(|i| ((i * 37) % 201 - 100) as i8).collect();
    let bytes: Vec<u8> = x.iter().map(|&b| b as u8).collect();
    let scale = 0.04f32;
    let mut y = [0u8; 40];
    quantized::<i8, i8>(View::new(&bytes), &params_of(scale), (-128, 127), ViewMut::new(&mut y));
    let want = real(&x.iter().map(|&b| f64::from(b) * f64::from(scale)).collect::<Vec<_>>());
    for (got, want) in y.iter().zip(want) {
        let got = f64::from(*got as i8) + 128.0;
        assert!((got - (want * 256.0).min(255.0)).abs() <= 1.0, "{got} {}", want * 256.0);
    }
}

#[test]
fn a_row_of_a_thousand_equals_is_the_least_output() {
    let x = [7u8; 1000];
    let mut y = [0u8; 1000];
    quantized::<i8, i8>(View::new(&x), &params_of(0.1), (-128, 127), ViewMut::new(&mut y));
    assert!(y.iter().all(|&b| b as i8 == -128));
}

#[test]
fn sixteen_bits_are_within_some_steps_of_the_real_function() {
    let (x, scale) = ([-20_000i16, 3, 15_000, 20_000, 32_767], 1.0f32 / 4096.0);
    let bytes: Vec<u8> = x.iter().flat_map(|v| v.to_le_bytes()).collect();
    let mut y = [0u8; 10];
    let factor = Real::positive(scale).unwrap().div(TEN_65535THS).multiplier();
    int16(View::new(&bytes), factor, ViewMut::new(&mut y));
    let want = real(&x.iter().map(|&v| f64::from(v) * f64::from(scale)).collect::<Vec<_>>());
    for (got, want) in View::<i16>::new(&y).iter().zip(want) {
        assert!((f64::from(got) / 32768.0 - want).abs() < 1e-3, "{got} {want}");
    }
}

#[test]
fn tables_hold_the_functions() {
    for i in 0..ENTRIES {
        let at = i as f64 / 512.0;
        let want = (32768.0 * (-10.0 * (1.0 - at)).exp()).min(32767.0);
        assert!((f64::from(EXP[i]) - want).abs() <= 2.0, "exp {i}: {} {want}", EXP[i]);
        let want = (32768.0 / (1.0 + at)).min(32767.0);
        assert!((f64::from(INVERSE[i]) - want).abs() <= 1.0, "inverse {i}: {} {want}", INVERSE[i]);
    }
}

#[test]
fn floats_sum_to_one() {
    let bytes: Vec<u8> = [1.0f32, -3.0, 80.0, 79.0].iter().flat_map(|v| v.to_le_bytes()).collect();
    let mut y = [0u8; 16];
    float(View::new(&bytes), 1.0, ViewMut::new(&mut y));
    let y: Vec<f32> = View::<f32>::new(&y).iter().collect();
    assert!(
        (y.iter().sum::<f32>() - 1.0).abs() < 1e-6 && (y[2] - 0.731_058_6).abs() < 1e-6,
        "{y:?}"
    );
}
