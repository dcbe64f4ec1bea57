//! RFFT2D: the two-dimensional Fourier transform of real pictures: height × (width / 2 + 1) complex numbers.
//!
//! float32 to complex64. Input 1 holds height and width, powers of two, to which pictures are cut or filled up with
//! zeros. Double precision inside.

use super::common::types;
use crate::data::{Scalar, View, ViewMut};
use crate::error::Operand::{In, Out, Scratch};
use crate::error::{Fault, Kind};
use crate::num::float::sin_cos64;
use crate::{Done, Kernel, Op, OpDef};
use core::f64::consts::TAU;
use floe_graph::DType;
use floe_tflite::op;

/// RFFT2D.
pub static RFFT2D: OpDef = OpDef::builtin(op::RFFT2D, 1, &[Kernel::new(prepare, eval)]);

/// Height and width of the transform.
fn lengths(op: &Op<'_>) -> Result<[usize; 2], Fault> {
    let bad = Kind::Value.at(In(1));
    let [height, width] = *op.known_ints::<2>(In(1))? else { return Err(bad) };
    let length = |n: i32| usize::try_from(n).ok().filter(|n| n.is_power_of_two()).ok_or(bad);
    Ok([length(height)?, length(width)?])
}

fn prepare(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), f32::DTYPE), (In(1), DType::Int32), (Out(0), DType::Complex64)])?;
    let shape = op.shape(In(0))?;
    let [height, width] = lengths(op)?;
    let bad = Kind::Shape.at(In(0));
    let row = shape.rank().checked_sub(2).ok_or(bad)?;
    let out = shape.with(row, height).and_then(|s| s.with(row + 1, width / 2 + 1)).ok_or(bad)?;
    op.set_shape(Out(0), &out)?;
    op.scratch(height.max(width).saturating_mul(16))
}

fn eval(op: &mut Op<'_>) -> Done {
    let [height, width] = lengths(op)?;
    let shape = op.shape(In(0))?;
    let (own_width, own_height) = (shape.last(), shape.dim(shape.rank().saturating_sub(2)));
    let columns = width / 2 + 1;
    let ([x], [y, line]) = op.io([In(0)], [Out(0), Scratch])?;
    let mut line = ViewMut::<f64>::new(line);
    let mut pictures = ViewMut::<f32>::new(y);
    let inputs = View::<f32>::new(x);
    for (x, mut y) in
        inputs.pieces(own_width * own_height).zip(pictures.pieces(height * columns * 2))
    {
        y.fill(0.0);
        for (x, mut y) in x.pieces(own_width).zip(y.pieces(columns * 2)) {
            line.fill(0.0);
            for (i, x) in x.iter().take(width).enumerate() {
                line.set(2 * i, x.into());
            }
            transform(&mut line.part(0, 2 * width));
            y.write(line.view().iter().map(|v| v as f32));
        }
        for column in 0..columns {
            let places = (0..height).flat_map(|row| {
                let at = 2 * (row * columns + column);
                [at, at + 1]
            });
            line.write(places.clone().map(|at| y.at(at).into()));
            transform(&mut line.part(0, 2 * height));
            for (at, v) in places.zip(line.view().iter()) {
                y.set(at, v as f32);
            }
        }
    }
    Ok(())
}

/// The Fourier transform in place of complex numbers, as many as a power of two.
fn transform(z: &mut ViewMut<'_, f64>) {
    let n = z.len() / 2;
    if n < 2 {
        return;
    }
    let bits = n.trailing_zeros();
    for i in 0..n {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            for part in 0..2 {
                let (a, b) = (z.at(2 * i + part), z.at(2 * j + part));
                z.set(2 * i + part, b);
                z.set(2 * j + part, a);
            }
        }
    }
    for bit in 0..bits {
        let half = 1usize << bit;
        for k in 0..half {
            let (sin, cos) = sin_cos64(-TAU * k as f64 / (2 * half) as f64);
            for a in (k..n).step_by(2 * half) {
                butterfly(z, 2 * a, 2 * (a + half), cos, sin);
            }
        }
    }
}

/// (a, b) becomes (a + wb, a − wb) for w = (`cos`, `sin`).
#[inline]
fn butterfly(z: &mut ViewMut<'_, f64>, a: usize, b: usize, cos: f64, sin: f64) {
    let (br, bi) = (z.at(b), z.at(b + 1));
    let (tr, ti) = (br * cos - bi * sin, br * sin + bi * cos);
    let (ar, ai) = (z.at(a), z.at(a + 1));
    z.set(a, ar + tr);
    z.set(a + 1, ai + ti);
    z.set(b, ar - tr);
    z.set(b + 1, ai - ti);
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::transform;
    use crate::data::{View, ViewMut};
    use std::vec::Vec;

    #[test]
    fn it_is_the_sum_of_the_definition() {
        for n in [1usize, 2, 8, 32] {
            let x: Vec<f64> = (0..2 * n).map(|i| ((i * 7 + 3) % 11) as f64 - 5.0).collect();
            let mut bytes: Vec<u8> = x.iter().flat_map(|x| x.to_le_bytes()).collect();
            transform(&mut ViewMut::new(&mut bytes));
            let got = View::<f64>::new(&bytes);
            for k in 0..n {
                let (mut re, mut im) = (0.0, 0.0);
                for t in 0..n {
                    let (s, c) = (-core::f64::consts::TAU * (k * t) as f64 / n as f64).sin_cos();
                    re += x[2 * t] * c - x[2 * t + 1] * s;
                    im += x[2 * t] * s + x[2 * t + 1] * c;
                }
                assert!(
                    (got.at(2 * k) - re).abs() < 1e-10 && (got.at(2 * k + 1) - im).abs() < 1e-10
                );
            }
        }
    }
}
