//! [`TensorInfo`]: what is known of an input or output before anything runs, as a constant.
//!
//! Generated code is full of these: `model!` and `floe embed` write one for each port. Invariant: the
//! conversions are QUANTIZE's and DEQUANTIZE's, so that what firmware computes is what the ops would.

use crate::kernels::quantize::quantize;
use floe_graph::DType;

/// An input or output of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct TensorInfo {
    /// The signature's name for it, else the tensor's.
    pub name: &'static str,
    /// The element type.
    pub dtype: DType,
    /// The dimensions.
    pub shape: &'static [usize],
    /// Scale and zero point, where integers stand for real numbers by one pair of them.
    pub quant: Option<(f32, i32)>,
}

impl TensorInfo {
    /// An input or output that is not quantized.
    #[must_use]
    pub const fn new(name: &'static str, dtype: DType, shape: &'static [usize]) -> Self {
        Self { name, dtype, shape, quant: None }
    }

    /// The same one with a scale and a zero point.
    #[must_use]
    pub const fn quantized(mut self, scale: f32, zero_point: i32) -> Self {
        self.quant = Some((scale, zero_point));
        self
    }

    /// The integer that stands for `x`: the nearest, halves away from zero, within the element type's
    /// range. Without quantization, `x` rounded.
    ///
    /// ```
    /// use floe_micro::{DType, TensorInfo};
    ///
    /// const X: TensorInfo = TensorInfo::new("x", DType::Int8, &[1, 4]).quantized(0.5, -10);
    /// assert_eq!([0.0, 1.25, 1e9].map(|x| X.quantize(x)), [-10, -7, 127]);
    /// assert_eq!(X.dequantize(-7), 1.5);
    /// ```
    #[must_use]
    pub fn quantize(&self, x: f32) -> i32 {
        let (scale, zero) = self.quant.unwrap_or((1.0, 0));
        let range = match self.dtype {
            DType::Int8 => (i8::MIN.into(), i8::MAX.into()),
            DType::Uint8 => (0, u8::MAX.into()),
            DType::Int16 => (i16::MIN.into(), i16::MAX.into()),
            _ => (i32::MIN, i32::MAX),
        };
        quantize(x, scale, zero, range)
    }

    /// The real number that `q` stands for; `q` itself without quantization.
    #[must_use]
    pub fn dequantize(&self, q: i32) -> f32 {
        let (scale, zero) = self.quant.unwrap_or((1.0, 0));
        q.wrapping_sub(zero) as f32 * scale
    }
}
