//! What recurrent ops share: rows of floats met by matrices of floats or of int8, and fused activations.
//!
//! Invariant: nothing here knows an op. A matrix of int8 has one scale; the row that meets it is quantized
//! first, as [`hybrid`] does.

use super::common::{clamp, float_range};
use super::{dot, hybrid};
use crate::Op;
use crate::data::{Scalar, View, ViewMut};
use crate::error::{Fault, Kind, Operand};
use crate::num::float::tanh;
use floe_tflite::enums::activation_function_type as act;

/// A row of floats, ready to meet matrices.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    exact: View<'a, f32>,
    quantized: View<'a, i8>,
    grid: hybrid::Row,
}

impl<'a> Row<'a> {
    /// `row` as matrices of `W` need it; `scratch` holds as many numbers when they are integers.
    pub fn new<W: Weight>(row: View<'a, f32>, asymmetric: bool, scratch: &'a mut [u8]) -> Self {
        let (quantized, grid) = W::quantize(row, asymmetric, scratch);
        Self { exact: row, quantized, grid }
    }
}

/// An element of a matrix.
pub trait Weight: Scalar {
    /// Bytes of scratch memory that a row of `len` numbers takes.
    fn scratch(len: usize) -> usize;
    /// The row as integers, where they are needed.
    fn quantize<'a>(
        row: View<'_, f32>,
        asymmetric: bool,
        to: &'a mut [u8],
    ) -> (View<'a, i8>, hybrid::Row);
    /// The sum of products, in steps of the weights' scale.
    fn dot(x: &Row<'_>, w: View<'_, Self>) -> f32;
    /// The element in steps of its scale.
    fn steps(self) -> f32;
}

impl Weight for f32 {
    fn scratch(_: usize) -> usize {
        0
    }
    fn quantize<'a>(_: View<'_, f32>, _: bool, _: &'a mut [u8]) -> (View<'a, i8>, hybrid::Row) {
        (View::new(&[]), hybrid::Row { scale: 1.0, zero: 0 })
    }
    fn dot(x: &Row<'_>, w: View<'_, f32>) -> f32 {
        dot::float(x.exact, w)
    }
    fn steps(self) -> f32 {
        self
    }
}

impl Weight for i8 {
    fn scratch(len: usize) -> usize {
        len
    }
    fn quantize<'a>(
        row: View<'_, f32>,
        asymmetric: bool,
        to: &'a mut [u8],
    ) -> (View<'a, i8>, hybrid::Row) {
        let mut to = ViewMut::<i8>::new(to.get_mut(..row.len()).unwrap_or_default());
        let grid = hybrid::quantize(row.iter(), asymmetric, &mut to);
        (View::new(to.into_bytes()), grid)
    }
    fn dot(x: &Row<'_>, w: View<'_, i8>) -> f32 {
        dot::int(x.quantized, w, -x.grid.zero) as f32 * x.grid.scale
    }
    fn steps(self) -> f32 {
        self.into()
    }
}

/// A matrix [rows, columns], or a diagonal one as its diagonal; without elements when it is absent.
#[derive(Clone, Copy)]
pub struct Matrix<'a, W: Scalar> {
    /// The elements, in steps of the scale.
    pub data: View<'a, W>,
    /// A step.
    pub scale: f32,
}

impl<W: Weight> Matrix<'_, W> {
    /// Whether there is one.
    #[must_use]
    pub fn is_present(&self) -> bool {
        !self.data.is_empty()
    }

    /// Adds the product with `x` to `sums`, one for each row.
    pub fn accumulate(&self, x: &Row<'_>, sums: &mut ViewMut<'_, f32>) {
        for (i, row) in self.data.pieces(x.exact.len()).enumerate() {
            sums.set(i, sums.at(i) + W::dot(x, row) * self.scale);
        }
    }

    /// Adds the diagonal's product with `x` to `sums`.
    pub fn accumulate_diagonal(&self, x: View<'_, f32>, sums: &mut ViewMut<'_, f32>) {
        for (i, (w, x)) in self.data.iter().zip(x.iter()).enumerate() {
            sums.set(i, sums.at(i) + w.steps() * self.scale * x);
        }
    }
}

/// The scale of a matrix' elements: 1 for floats and for what is absent.
///
/// # Errors
/// [`Kind::Quant`].
pub fn matrix_scale<W: Weight>(op: &Op<'_>, operand: Operand) -> Result<f32, Fault> {
    if W::DTYPE.is_float() || !op.has(operand) { Ok(1.0) } else { Ok(op.scale(operand)?.0) }
}

/// Refuses an operand that is given and is not of the dimensions `dims`.
///
/// # Errors
/// [`Kind::Shape`].
pub fn check_dims(op: &Op<'_>, operand: Operand, dims: &[usize]) -> Result<(), Fault> {
    if op.has(operand) {
        let shape = op.shape(operand)?;
        let same = (0..dims.len()).all(|i| Some(&shape.dim(i)) == dims.get(i));
        if shape.rank() != dims.len() || !same {
            return Err(Kind::Shape.at(operand));
        }
    }
    Ok(())
}

/// A fused activation of recurrent ops, which may also be tanh.
#[derive(Clone, Copy, Debug)]
pub enum Activation {
    /// tanh.
    Tanh,
    /// Kept between two numbers.
    Clamp(f32, f32),
}

impl Activation {
    /// The activation of this number in the schema.
    ///
    /// # Errors
    /// [`Kind::Option`] for a sign.
    pub fn new(number: i8) -> Result<Self, Fault> {
        if number == act::TANH {
            return Ok(Self::Tanh);
        }
        float_range(number).map(|(low, high)| Self::Clamp(low, high))
    }

    /// Its value at `x`.
    #[must_use]
    pub fn at(self, x: f32) -> f32 {
        match self {
            Self::Tanh => tanh(x),
            Self::Clamp(low, high) => clamp(x, (low, high)),
        }
    }
}
