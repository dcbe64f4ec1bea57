//! Weights as int8: symmetric, from -127 to 127, a scale for each slice of an axis or one for all.
//!
//! Facts: converter §4.1.

use crate::ir::{QuantParams, Tensor, count};
use floe_graph::DType;

/// The largest int8 that weights use; the smallest is its negative.
pub(super) const MAX: f32 = 127.0;
/// The range of numbers that are all zero.
pub(super) const NO_RANGE: f32 = 1e-6;

/// `t` as int8, and its scales.
pub(super) fn int8(t: &Tensor, axis: Option<usize>) -> Option<(Tensor, QuantParams)> {
    int8_from(t, axis, &[])
}

/// As [`int8`], with scales that are no smaller than `least`, one for each slice.
pub(super) fn int8_from(
    t: &Tensor,
    axis: Option<usize>,
    least: &[f32],
) -> Option<(Tensor, QuantParams)> {
    let values = t.to_f32()?;
    let shape = t.shape();
    let (slices, inner) = match axis {
        Some(a) => (*shape.get(a)?, count(shape.get(a + 1..)?)?),
        None => (1, values.len()),
    };
    let slice_of =
        |i: usize| i.checked_div(inner.max(1)).and_then(|s| s.checked_rem(slices)).unwrap_or(0);
    let mut ranges = vec![0f32; slices];
    for (i, x) in values.iter().enumerate() {
        if !x.is_finite() {
            return None;
        }
        let range = ranges.get_mut(slice_of(i))?;
        *range = range.max(x.abs());
    }
    for (i, r) in ranges.iter_mut().enumerate() {
        *r = r.max(NO_RANGE).max(least.get(i).map_or(0.0, |s| s * MAX));
    }
    let code = |(i, x): (usize, &f32)| {
        let range = ranges.get(slice_of(i)).copied().unwrap_or(1.0);
        ((x * (MAX / range)).round().clamp(-MAX, MAX) as i8) as u8
    };
    let bytes: Vec<u8> = values.iter().enumerate().map(code).collect();
    let scales: Vec<f32> = ranges.iter().map(|r| r / MAX).collect();
    let zero_points = vec![0; scales.len()];
    let params = QuantParams { scales, zero_points, axis: axis.unwrap_or(0) };
    Some((Tensor::new(DType::Int8, shape.to_vec(), bytes)?, params))
}

#[cfg(test)]
mod tests {
    use super::int8;
    use crate::ir::Tensor;

    #[test]
    fn each_slice_has_its_own_scale() {
        let t = Tensor::f32(&[2, 2], &[1.0, -2.0, 0.25, 0.5]).unwrap();
        let (q, p) = int8(&t, Some(0)).unwrap();
        assert_eq!(q.to_ints().unwrap(), [64, -127, 64, 127]);
        assert_eq!(p.scales, [2.0 / 127.0, 0.5 / 127.0]);
        let (q, p) = int8(&t, Some(1)).unwrap();
        assert_eq!(q.to_ints().unwrap(), [127, -127, 32, 32]);
        assert_eq!(p.scales, [1.0 / 127.0, 2.0 / 127.0]);
    }

    #[test]
    fn no_weights_give_zeros_and_nan_gives_nothing() {
        let (q, p) = int8(&Tensor::f32(&[2], &[0.0, 0.0]).unwrap(), None).unwrap();
        assert_eq!(q.to_ints().unwrap(), [0, 0]);
        assert!(p.scales[0] > 0.0);
        assert!(int8(&Tensor::f32(&[1], &[f32::NAN]).unwrap(), None).is_none());
    }
}
