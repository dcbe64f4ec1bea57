//! BATCH_MATMUL: products of matrices, the leading dimensions broadcast.
//!
//! float32; int8 to int8 or (unscaled, without zero points) to int32; int16 by int16 or int8; float32 by int8
//! weights, whose rows are quantized as they come. Options transpose either side.

use super::common::{type_range, types};
use super::function::real;
use super::hybrid;
use crate::data::{Quantized, Scalar, View, ViewMut};
use crate::error::Operand::{In, Out, Scratch};
use crate::error::{Fault, Kind};
use crate::num::fixed::Multiplier;
use crate::{Done, Kernel, Numerics, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::fields::batch_mat_mul_options::{ADJ_X, ADJ_Y, ASYMMETRIC_QUANTIZE_INPUTS};
use floe_tflite::op;

/// BATCH_MATMUL.
pub static BATCH_MATMUL: OpDef = OpDef::builtin(
    op::BATCH_MATMUL,
    5,
    &[
        Kernel::new(prepare::<f32, f32, f32>, eval_float),
        Kernel::new(prepare_quantized::<i8, i8>, eval_quantized::<i8, i8>),
        Kernel::new(prepare::<i8, i8, i32>, eval_plain),
        Kernel::new(prepare_quantized::<i16, i16>, eval_quantized::<i16, i16>),
        Kernel::new(prepare_quantized::<i16, i8>, eval_quantized::<i16, i8>),
        Kernel::new(prepare_hybrid, eval_hybrid),
    ],
);

/// One side of the product as it lies in memory.
#[derive(Clone, Copy, Debug)]
struct Side {
    shape: Shape,
    /// Its rows (left) or columns (right), each `depth` long.
    count: usize,
    /// Elements from one of these to the next, and from one element of it to the next.
    steps: [usize; 2],
}

impl Side {
    /// The left side, or the right side, which counts columns.
    fn new(shape: Shape, by_columns: bool) -> Option<(Self, usize)> {
        let row = shape.rank().checked_sub(2)?;
        let (rows, columns) = (shape.dim(row), shape.dim(row + 1));
        Some(if by_columns {
            (Self { shape, count: columns, steps: [1, columns] }, rows)
        } else {
            (Self { shape, count: rows, steps: [columns, 1] }, columns)
        })
    }

    /// Where its matrix for matrix `batch` of `out` begins.
    fn start(&self, out: &Shape, batch: usize) -> usize {
        let lead = out.rank() - self.shape.rank();
        let (mut rest, mut step, mut at) =
            (batch, self.shape.span(self.shape.rank() - 2, self.shape.rank()), 0);
        for i in (0..out.rank() - 2).rev() {
            let size = out.dim(i).max(1);
            let own = if i < lead { 1 } else { self.shape.dim(i - lead) };
            at += if own == 1 { 0 } else { rest % size * step };
            rest /= size;
            step *= own;
        }
        at
    }

    /// Row or column `i` of the matrix that begins at `start`.
    #[inline]
    fn line<'v, T: Scalar>(
        &self,
        x: View<'v, T>,
        start: usize,
        i: usize,
        depth: usize,
    ) -> impl Iterator<Item = T> + Clone + use<'v, T> {
        let [across, along] = self.steps;
        let from = start + i * across;
        x.part(from, (depth.max(1) - 1) * along + 1).iter().step_by(along.max(1)).take(depth)
    }
}

/// The product's sides and size.
#[derive(Clone, Copy, Debug)]
struct Product {
    left: Side,
    right: Side,
    depth: usize,
    out: Shape,
}

impl Product {
    fn new(left: Shape, right: Shape, adj_x: bool, adj_y: bool) -> Option<Self> {
        let (left, depth) = Side::new(left, adj_x)?;
        let (right, right_depth) = Side::new(right, !adj_y)?;
        let batches = |s: &Shape| Shape::new(s.dims().iter().copied().take(s.rank() - 2));
        let lead = batches(&left.shape)?.broadcast(&batches(&right.shape)?)?;
        let sizes = [left.count as i32, right.count as i32];
        let out = Shape::new(lead.dims().iter().copied().chain(sizes))?;
        (depth == right_depth).then_some(Self { left, right, depth, out })
    }

    fn of(op: &Op<'_>) -> Result<Self, Fault> {
        let (left, right) = (op.shape(In(0))?, op.shape(In(1))?);
        Self::new(left, right, op.option(ADJ_X), op.option(ADJ_Y)).ok_or(Kind::Shape.at(In(1)))
    }

    /// Calls `f` for each row of the output: the row, where its left matrix begins and which row of that it is, and
    /// where its right matrix begins.
    fn rows<T: Scalar>(
        &self,
        y: &mut ViewMut<'_, T>,
        mut f: impl FnMut(&mut ViewMut<'_, T>, [usize; 3]),
    ) {
        for (row, mut y) in y.pieces(self.right.count).enumerate() {
            let (batch, i) = (row / self.left.count.max(1), row % self.left.count.max(1));
            f(&mut y, [self.left.start(&self.out, batch), i, self.right.start(&self.out, batch)]);
        }
    }

    /// Writes what `f` makes of each pair of a left row and a right column.
    fn each<A: Scalar, B: Scalar, T: Scalar>(
        &self,
        (a, b): (View<'_, A>, View<'_, B>),
        y: &mut ViewMut<'_, T>,
        f: impl Fn(&mut dyn Iterator<Item = (A, B)>) -> T,
    ) {
        self.rows(y, |y, [left, i, right]| {
            let row = self.left.line(a, left, i, self.depth);
            y.write(
                (0..self.right.count)
                    .map(|j| f(&mut row.clone().zip(self.right.line(b, right, j, self.depth)))),
            );
        });
    }
}

fn prepare<A: Scalar, B: Scalar, T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), A::DTYPE), (In(1), B::DTYPE), (Out(0), T::DTYPE)])?;
    let product = Product::of(op)?;
    op.set_shape(Out(0), &product.out)
}

fn eval_float(op: &mut Op<'_>) -> Done {
    let product = Product::of(op)?;
    let ([a, b], [y]) = op.io([In(0), In(1)], [Out(0)])?;
    let sides = (View::<f32>::new(a), View::<f32>::new(b));
    product.each(sides, &mut ViewMut::<f32>::new(y), |pairs| {
        pairs.fold(0.0, |sum, (a, b)| sum + a * b)
    });
    Ok(())
}

fn eval_plain(op: &mut Op<'_>) -> Done {
    let product = Product::of(op)?;
    let ([a, b], [y]) = op.io([In(0), In(1)], [Out(0)])?;
    let sides = (View::<i8>::new(a), View::<i8>::new(b));
    product.each(sides, &mut ViewMut::<i32>::new(y), |pairs| {
        pairs.fold(0i32, |sum, (a, b)| sum.wrapping_add(i32::from(a) * i32::from(b)))
    });
    Ok(())
}

/// The factor from products of inputs to the output: the inputs' scales are multiplied in single precision. To LiteRT a tensor
/// of several scales has the scale 0 here, so that nothing but the zero point comes out; TensorFlow Lite Micro takes the first.
fn factor(op: &Op<'_>) -> Result<Multiplier, Fault> {
    let several = op.quant(In(0))?.is_per_axis() || op.quant(In(1))?.is_per_axis();
    if several && op.numerics() == Numerics::LiteRt {
        return Ok(Multiplier::default());
    }
    let [a, b, out] = [op.scale(In(0))?.0, op.scale(In(1))?.0, op.scale(Out(0))?.0];
    Ok(real(a)?.mul_f32(real(b)?).div(real(out)?).multiplier())
}

fn prepare_quantized<A: Quantized, B: Quantized>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), A::DTYPE), (In(1), B::DTYPE), (Out(0), A::DTYPE)])?;
    factor(op)?;
    if A::DTYPE == DType::Int16 {
        for operand in [In(0), In(1), Out(0)] {
            if op.scale(operand)?.1 != 0 {
                return Err(Kind::Quant.at(operand));
            }
        }
    }
    prepare::<A, B, A>(op)
}

fn eval_quantized<A: Quantized, B: Quantized>(op: &mut Op<'_>) -> Done {
    let product = Product::of(op)?;
    let factor = factor(op)?;
    let [zero_a, zero_b, zero] = [op.scale(In(0))?.1, op.scale(In(1))?.1, op.scale(Out(0))?.1];
    let (low, high) = type_range(A::DTYPE)?;
    let ([a, b], [y]) = op.io([In(0), In(1)], [Out(0)])?;
    let sides = (View::<A>::new(a), View::<B>::new(b));
    let term = |(a, b): (A, B)| (a.into().wrapping_sub(zero_a), b.into().wrapping_sub(zero_b));
    let put = |scaled: i32| A::narrow(scaled.wrapping_add(zero).max(low).min(high));
    product.each(sides, &mut ViewMut::<A>::new(y), |pairs| {
        if A::DTYPE == DType::Int16 {
            let wide = |(a, b): (i32, i32)| i64::from(a).wrapping_mul(b.into());
            put(factor.apply_wide(pairs.fold(0i64, |sum, pair| sum.wrapping_add(wide(term(pair))))))
        } else {
            let narrow = |(a, b): (i32, i32)| a.wrapping_mul(b);
            put(factor.apply(pairs.fold(0i32, |sum, pair| sum.wrapping_add(narrow(term(pair))))))
        }
    });
    Ok(())
}

fn prepare_hybrid(op: &mut Op<'_>) -> Done {
    prepare::<f32, i8, f32>(op)?;
    let product = Product::of(op)?;
    let weights = op.quant(In(1))?;
    if ![1, product.right.count].contains(&weights.scales.len()) {
        return Err(Kind::Quant.at(In(1)));
    }
    op.scratch(product.depth)
}

fn eval_hybrid(op: &mut Op<'_>) -> Done {
    let product = Product::of(op)?;
    let asymmetric = op.option(ASYMMETRIC_QUANTIZE_INPUTS);
    let scales = op.quant(In(1))?.scales;
    let ([a, b], [y, row]) = op.io([In(0), In(1)], [Out(0), Scratch])?;
    let (a, b, mut row) = (View::<f32>::new(a), View::<i8>::new(b), ViewMut::<i8>::new(row));
    product.rows(&mut ViewMut::<f32>::new(y), |y, [left, i, right]| {
        let line = product.left.line(a, left, i, product.depth);
        let q = hybrid::quantize(line, asymmetric, &mut row);
        let row = row.view();
        y.write((0..product.right.count).map(|j| {
            let column = product.right.line(b, right, j, product.depth);
            let (sum, weights) =
                row.iter().zip(column).fold((0i32, 0i32), |(sum, weights), (x, w)| {
                    let (x, w) = (i32::from(x), i32::from(w));
                    (sum.wrapping_add(x * w), weights.wrapping_add(w))
                });
            let scale = scales.get(if scales.len() > 1 { j } else { 0 }).unwrap_or(0.0);
            q.scale * scale * sum.wrapping_sub(weights.wrapping_mul(q.zero)) as f32
        }));
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::Product;
    use crate::Shape;
    use crate::data::{View, ViewMut};
    use std::vec::Vec;

    #[test]
    fn either_side_may_lie_across_and_stretch() {
        let s = |d: &[i32]| Shape::new(d.iter().copied()).unwrap();
        let a: Vec<u8> = (0..12).map(|i| i as u8).collect();
        let b: Vec<u8> = (0..24).map(|i| (7 * i % 13) as u8).collect();
        // [2, 1, 2, 3] × [2, 3, 4] with each transposition: batches broadcast to [2, 2].
        for (adj_x, adj_y) in [(false, false), (true, false), (false, true), (true, true)] {
            let left = s(if adj_x { &[2, 1, 3, 2] } else { &[2, 1, 2, 3] });
            let right = s(if adj_y { &[2, 4, 3] } else { &[2, 3, 4] });
            let p = Product::new(left, right, adj_x, adj_y).unwrap();
            assert_eq!(p.out, s(&[2, 2, 2, 4]));
            let mut out = [0u8; 32];
            p.each(
                (View::<u8>::new(&a), View::<u8>::new(&b)),
                &mut ViewMut::<u8>::new(&mut out),
                |pairs| pairs.fold(0u8, |sum, (a, b)| sum.wrapping_add(a.wrapping_mul(b))),
            );
            for (at, got) in out.iter().enumerate() {
                let (n, m, i, j) = (at / 16, at / 8 % 2, at / 4 % 2, at % 4);
                let mut want = 0u8;
                for k in 0..3 {
                    let x = a[n * 6 + if adj_x { k * 2 + i } else { i * 3 + k }];
                    let z = b[m * 12 + if adj_y { j * 3 + k } else { k * 4 + j }];
                    want = want.wrapping_add(x.wrapping_mul(z));
                }
                assert_eq!(*got, want, "{adj_x} {adj_y} {at}");
            }
        }
        assert!(Product::new(s(&[2, 3]), s(&[2, 3]), false, false).is_none());
        assert!(Product::new(s(&[3]), s(&[3, 2]), false, false).is_none());
    }
}
