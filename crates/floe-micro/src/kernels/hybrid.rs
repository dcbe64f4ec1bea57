//! Floats met by int8 weights: rows of floats are quantized as they come.
//!
//! Symmetric: the largest magnitude becomes 127. Asymmetric: smallest and largest, zero among them, become −128 and
//! 127, and 0 is one of the steps between.

use crate::data::ViewMut;
use crate::num::float::round;

/// How a row of integers stands for a row of floats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// A step.
    pub scale: f32,
    /// What stands for 0.
    pub zero: i32,
}

/// Writes the integers that stand for `row` to `quantized`: over the whole range when `asymmetric`, else from the
/// largest magnitude to −127 … 127.
pub fn quantize(
    row: impl Iterator<Item = f32> + Clone,
    asymmetric: bool,
    quantized: &mut ViewMut<'_, i8>,
) -> Row {
    let (low, high) = row.clone().fold((0f32, 0f32), |(low, high), x| (low.min(x), high.max(x)));
    if low == high {
        quantized.fill(0);
        return Row { scale: 1.0, zero: 0 };
    }
    if !asymmetric {
        let range = high.max(-low);
        let inverse = 127.0 / range;
        quantized.write(row.map(|x| (round(x * inverse) as i32).clamp(-127, 127) as i8));
        return Row { scale: range / 127.0, zero: 0 };
    }
    let (scale, zero) = grid(low.into(), high.into());
    let inverse = 1.0 / scale;
    quantized.write(row.map(|x| (round(zero as f32 + x * inverse) as i32).clamp(-128, 127) as i8));
    Row { scale, zero }
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
    use super::{Row, quantize};
    use crate::data::{View, ViewMut};

    #[test]
    fn rows_come_back_within_half_a_step() {
        let row = [-1.0f32, 0.25, 3.0, 0.0, 2.999];
        for asymmetric in [false, true] {
            let mut bytes = [0u8; 5];
            let q = quantize(row.into_iter(), asymmetric, &mut ViewMut::new(&mut bytes));
            for (x, n) in row.iter().zip(View::<i8>::new(&bytes).iter()) {
                let back = (i32::from(n) - q.zero) as f32 * q.scale;
                assert!((back - x).abs() <= 0.501 * q.scale, "{asymmetric} {x}: {back}");
            }
        }
        let mut bytes = [7u8; 2];
        let nothing = quantize([0.0; 2].into_iter(), true, &mut ViewMut::new(&mut bytes));
        assert_eq!((nothing, bytes), (Row { scale: 1.0, zero: 0 }, [0, 0]));
    }
}
