//! Scales and zero points, and numbers as integers.
//!
//! Facts: converter §4.1. Invariant: 0 is exactly an integer, and every parameter is what the format can hold.

use super::range::Range;
use super::weights::NO_RANGE;
use crate::ir::{QuantParams, Tensor};
use floe_graph::DType;

/// One scale and zero point.
pub(super) fn single(scale: f32, zero: i64) -> QuantParams {
    QuantParams { scales: vec![scale], zero_points: vec![zero], axis: 0 }
}

/// The numbers that `dtype` holds.
pub(super) const fn limits(dtype: DType) -> (f64, f64) {
    match dtype {
        DType::Uint8 => (0.0, 255.0),
        DType::Int16 => (-32768.0, 32767.0),
        _ => (-128.0, 127.0),
    }
}

/// How `dtype` stands for the numbers of `range`: asymmetric in 8 bits, symmetric in 16.
pub(super) fn activation(range: Range, dtype: DType) -> QuantParams {
    let (low, high) = (f64::from(range.low.min(0.0)), f64::from(range.high.max(0.0)));
    if dtype == DType::Int16 {
        let most = high.max(-low).max(f64::from(NO_RANGE));
        return single((most / 32767.0) as f32, 0);
    }
    let (least, most) = limits(dtype);
    if high - low <= f64::from(NO_RANGE) {
        let scale = 2.0 * f64::from(NO_RANGE) / (most - least);
        return single(scale as f32, f64::midpoint(least, most).ceil() as i64);
    }
    // TensorFlow takes the difference in float32.
    let scale = f64::from((high - low) as f32) / (most - least);
    // Of both ends, that one fixes the zero point from which it follows with the smaller error.
    let (from_low, from_high) = (least - low / scale, most - high / scale);
    let error = |end: f64, steps: f64| end.abs() + (steps * scale).abs();
    let zero =
        if error(least, low / scale) < error(most, high / scale) { from_low } else { from_high };
    single(scale as f32, zero.round().clamp(least, most) as i64)
}

/// `t` in the integers of `dtype` by `params`, one pair for all.
pub(super) fn constant(t: &Tensor, dtype: DType, params: &QuantParams) -> Option<Tensor> {
    let (scale, zero) = (*params.scales.first()?, *params.zero_points.first()?);
    let (least, most) = limits(dtype);
    let code = |x: f32| {
        ((f64::from(x) / f64::from(scale)).round() + zero as f64).clamp(least, most) as i64
    };
    let codes: Vec<i64> = t.to_f32()?.into_iter().map(code).collect();
    Tensor::ints(dtype, t.shape(), &codes)
}

#[cfg(test)]
mod tests {
    use super::{activation, constant};
    use crate::ir::Tensor;
    use crate::quant::range::Range;
    use floe_graph::DType;

    #[test]
    fn ranges_give_the_scales_that_tensorflow_gives() {
        let p = activation(Range { low: -0.69973, high: 2.09965 }, DType::Int8);
        assert!((p.scales[0] - 0.010_977_964).abs() < 1e-8 && p.zero_points == [-64], "{p:?}");
        let p = activation(Range { low: -2.0, high: 2.099_68 }, DType::Int16);
        assert!((p.scales[0] - 6.4078e-5).abs() < 1e-8 && p.zero_points == [0], "{p:?}");
    }

    #[test]
    fn ranges_are_widened_to_hold_zero() {
        let p = activation(Range { low: 1.0, high: 2.55 }, DType::Int8);
        assert_eq!((p.scales[0], p.zero_points[0]), (0.01, -128));
        let p = activation(Range { low: 0.0, high: 0.0 }, DType::Int8);
        assert!(p.scales[0] > 0.0, "{p:?}");
    }

    #[test]
    fn numbers_beyond_the_range_saturate() {
        let p = activation(Range { low: 0.0, high: 2.55 }, DType::Int8);
        let t = Tensor::f32(&[3], &[0.0, 1.275, 9.0]).unwrap();
        assert_eq!(constant(&t, DType::Int8, &p).unwrap().to_ints().unwrap(), [-128, 0, 127]);
    }
}
