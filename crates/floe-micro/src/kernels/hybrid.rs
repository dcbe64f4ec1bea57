//! Floats met by int8 weights: rows of floats are quantized as they come.
//!
//! Symmetric: the largest magnitude becomes 127. Asymmetric: smallest and largest, zero among them, become −128 and
//! 127, and 0 is one of the steps between.

use crate::data::{View, ViewMut};
use crate::num::float::round;

/// Writes to `out` the int8 numbers that stand for `x`, and returns their scale and zero point: the whole range
/// when `asymmetric`, else from the largest magnitude to −127 … 127.
pub fn quantize(x: View<'_, f32>, asymmetric: bool, out: &mut [u8]) -> (f32, i32) {
    quantize_each(x.iter(), asymmetric, &mut ViewMut::new(out))
}

/// As [`quantize`], of numbers that need not lie side by side.
pub fn quantize_each(
    x: impl Iterator<Item = f32> + Clone,
    asymmetric: bool,
    out: &mut ViewMut<'_, i8>,
) -> (f32, i32) {
    let (low, high) = x.clone().fold((0f32, 0f32), |(low, high), x| (low.min(x), high.max(x)));
    if low == high {
        out.fill(0);
        return (1.0, 0);
    }
    if !asymmetric {
        let range = high.max(-low);
        let inverse = 127.0 / range;
        out.write(x.map(|x| (round(x * inverse) as i32).clamp(-127, 127) as i8));
        return (range / 127.0, 0);
    }
    let (scale, zero) = grid(low.into(), high.into());
    let inverse = 1.0 / scale;
    out.write(x.map(|x| (round(zero as f32 + x * inverse) as i32).clamp(-128, 127) as i8));
    (scale, zero)
}

/// Step and zero point of the grid over `low` ≤ 0 ≤ `high`.
fn grid(low: f64, high: f64) -> (f32, i32) {
    let scale = (high - low) / 255.0;
    // The end nearer to zero fixes the zero point.
    let from_low = 128.0 - low / scale < 127.0 + high / scale;
    let zero = if from_low { -128.0 - low / scale } else { 127.0 - high / scale };
    (scale as f32, round(zero.clamp(-128.0, 127.0) as f32) as i32)
}

#[cfg(test)]
mod tests {
    use super::quantize;
    use crate::data::View;

    #[test]
    fn rows_come_back_within_half_a_step() {
        let row = [-1.0f32, 0.25, 3.0, 0.0, 2.999];
        let bytes = row.map(f32::to_le_bytes).concat();
        for asymmetric in [false, true] {
            let mut out = [0u8; 5];
            let (scale, zero) = quantize(View::new(&bytes), asymmetric, &mut out);
            for (x, n) in row.iter().zip(View::<i8>::new(&out).iter()) {
                let back = (i32::from(n) - zero) as f32 * scale;
                assert!((back - x).abs() <= 0.501 * scale, "{asymmetric} {x}: {back}");
            }
        }
        let mut out = [7u8; 2];
        assert_eq!(quantize(View::new(&[0; 8]), true, &mut out), (1.0, 0));
        assert_eq!(out, [0, 0]);
    }
}
