//! [`Quant`]: how integers stand for real numbers: `real = scale × (integer − zero point)`.

use crate::LeSlice;

/// Affine quantization parameters: one pair for the whole tensor, or one for each slice along
/// [`axis`](Self::axis).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Quant<'data> {
    /// The scales, in real units per integer step. One, or as many as the axis is long.
    pub scales: LeSlice<'data, f32>,
    /// The integers that stand for zero. As many as scales, or one for all.
    pub zero_points: LeSlice<'data, i64>,
    /// The dimension that the scales belong to, when there is more than one.
    pub axis: u32,
}

impl<'data> Quant<'data> {
    /// Parameters as they lie in a file.
    #[must_use]
    pub const fn new(
        scales: LeSlice<'data, f32>,
        zero_points: LeSlice<'data, i64>,
        axis: u32,
    ) -> Self {
        Self { scales, zero_points, axis }
    }

    /// Whether there is a scale for each slice along the axis.
    #[must_use]
    pub const fn is_per_axis(&self) -> bool {
        self.scales.len() > 1
    }

    /// Scale and zero point of slice `i`; those of the tensor when there is only one pair. A missing
    /// zero point is 0.
    #[must_use]
    pub fn pair(&self, i: usize) -> Option<(f32, i64)> {
        let scale = self.scales.get(if self.is_per_axis() { i } else { 0 })?;
        let zero = self.zero_points.get(if self.zero_points.len() > 1 { i } else { 0 });
        Some((scale, zero.unwrap_or(0)))
    }
}
