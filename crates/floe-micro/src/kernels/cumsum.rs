//! CUMSUM: sums of all elements up to each one, along one axis.
//!
//! float32, int32, int64 (wrapping); int8 as TensorFlow Lite Micro has it, in fixed point with 20 fraction bits.

use super::common::types;
use super::function::{affine, real, same, saturate};
use crate::data::{Scalar, View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::fixed::Multiplier;
use crate::num::lut::Affine;
use crate::{Done, Kernel, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::fields::cumsum_options::{EXCLUSIVE, REVERSE};
use floe_tflite::op;

/// CUMSUM.
pub static CUMSUM: OpDef = OpDef::builtin(
    op::CUMSUM,
    1,
    &[
        Kernel::new(prepare::<f32>, |op| eval(op, |a: f32, b: f32| a + b)),
        Kernel::new(prepare::<i32>, |op| eval(op, i32::wrapping_add)),
        Kernel::new(prepare::<i64>, |op| eval(op, i64::wrapping_add)),
        Kernel::new(prepare_quantized, eval_quantized),
    ],
);

fn prepare<T: Scalar>(op: &mut Op<'_>) -> Done {
    same::<T, T>(op)?;
    types(op, [(In(1), DType::Int32)])
}

/// The order in which elements are added up.
#[derive(Clone, Copy, Debug)]
struct Scan {
    outer: usize,
    depth: usize,
    inner: usize,
    reverse: bool,
    exclusive: bool,
}

impl Scan {
    fn new(op: &Op<'_>, shape: &Shape) -> Result<Self, Fault> {
        let axis = shape.axis(op.known_int(In(1))?).ok_or(Kind::Value.at(In(1)))?;
        Ok(Self {
            outer: shape.span(0, axis),
            depth: shape.dim(axis),
            inner: shape.span(axis + 1, shape.rank()),
            reverse: op.option(REVERSE),
            exclusive: op.option(EXCLUSIVE),
        })
    }

    /// Calls `put` with each index and the sum there, made by `add` from `start` on.
    fn run<A: Copy>(&self, start: A, add: impl Fn(A, usize) -> A, mut put: impl FnMut(usize, A)) {
        for outer in 0..self.outer {
            for inner in 0..self.inner {
                let mut sum = start;
                for step in 0..self.depth {
                    let k = if self.reverse { self.depth - 1 - step } else { step };
                    let at = (outer * self.depth + k) * self.inner + inner;
                    let next = add(sum, at);
                    put(at, if self.exclusive { sum } else { next });
                    sum = next;
                }
            }
        }
    }
}

fn eval<T: Scalar>(op: &mut Op<'_>, add: fn(T, T) -> T) -> Done {
    let scan = Scan::new(op, &op.shape(In(0))?)?;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let (x, mut y) = (View::<T>::new(x), ViewMut::<T>::new(y));
    scan.run(T::default(), |sum, at| add(sum, x.at(at)), |at, sum| y.set(at, sum));
    Ok(())
}

const LEFT_SHIFT: i32 = 20;

/// The factors into the sum and out of it.
fn params(q: &Affine) -> Result<[Multiplier; 2], Fault> {
    let (input, output) = (real(q.input.0)?, real(q.output.0)?);
    let twice = input.scaled(1);
    Ok([input.div(twice).multiplier(), twice.div(output.scaled(LEFT_SHIFT)).multiplier()])
}

fn prepare_quantized(op: &mut Op<'_>) -> Done {
    prepare::<i8>(op)?;
    params(&affine(op)?).map(|_| ())
}

fn eval_quantized(op: &mut Op<'_>) -> Done {
    let q = affine(op)?;
    let [into, out] = params(&q)?;
    let scan = Scan::new(op, &op.shape(In(0))?)?;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let (x, mut y) = (View::<i8>::new(x), ViewMut::<i8>::new(y));
    let term = |steps: i32| into.apply_small(steps.wrapping_shl(LEFT_SHIFT as u32));
    // The reference starts from the stored number 0, not from the one that stands for 0.
    let start = term(q.input.1.wrapping_neg());
    scan.run(
        start,
        |sum, at| sum.wrapping_add(term(i32::from(x.at(at)).wrapping_sub(q.input.1))),
        |at, sum| y.set(at, saturate::<i8>(out.apply(sum).wrapping_add(q.output.1))),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::Scan;
    use std::vec::Vec;

    fn sums(reverse: bool, exclusive: bool) -> Vec<i32> {
        let x = [1, 2, 3, 4, 5, 6, 7, 8];
        let scan = Scan { outer: 2, depth: 2, inner: 2, reverse, exclusive };
        let mut y = [0; 8].to_vec();
        scan.run(0, |sum, at| sum + x[at], |at, sum| y[at] = sum);
        y
    }

    #[test]
    fn sums_run_along_the_axis() {
        assert_eq!(sums(false, false), [1, 2, 4, 6, 5, 6, 12, 14]);
        assert_eq!(sums(false, true), [0, 0, 1, 2, 0, 0, 5, 6]);
        assert_eq!(sums(true, false), [4, 6, 3, 4, 12, 14, 7, 8]);
        assert_eq!(sums(true, true), [3, 4, 0, 0, 7, 8, 0, 0]);
    }
}
