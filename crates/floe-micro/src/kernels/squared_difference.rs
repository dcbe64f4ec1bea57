//! SQUARED_DIFFERENCE: (a − b)².
//!
//! float32, int32; int8 and int16 quantized: both inputs are brought to twice the larger input scale, int8 with
//! 7 fraction bits.

use super::binary::pair;
use super::common::zip;
use super::function::{real, saturate};
use crate::data::Quantized;
use crate::error::Fault;
use crate::error::Operand::{In, Out};
use crate::num::fixed::Multiplier;
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::op;

/// SQUARED_DIFFERENCE.
pub static SQUARED_DIFFERENCE: OpDef = OpDef::builtin(
    op::SQUARED_DIFFERENCE,
    3,
    &[
        Kernel::new(pair::<f32, f32>, |op| zip(op, |a: f32, b: f32| (a - b) * (a - b))),
        Kernel::new(prepare::<i8>, eval::<i8>),
        Kernel::new(prepare::<i16>, eval::<i16>),
        Kernel::new(pair::<i32, i32>, |op| zip(op, square)),
    ],
);

fn square(a: i32, b: i32) -> i32 {
    let difference = a.wrapping_sub(b);
    difference.wrapping_mul(difference)
}

/// How quantized numbers are brought together.
#[derive(Clone, Copy, Debug)]
struct Params {
    zero: [i32; 2],
    left_shift: u32,
    input: [Multiplier; 2],
    output: Multiplier,
    output_zero: i32,
}

impl Params {
    fn new(scales: [(f32, i32); 3], left_shift: u32) -> Result<Self, Fault> {
        let [(a, zero_a), (b, zero_b), (out, output_zero)] = scales;
        let (a, b, out) = (real(a)?, real(b)?, real(out)?);
        let twice = a.max(b).scaled(1);
        let unit = out.scaled(2 * left_shift as i32);
        Ok(Self {
            zero: [zero_a, zero_b],
            left_shift,
            input: [a.div(twice).multiplier(), b.div(twice).multiplier()],
            output: twice.mul(twice).div(unit).multiplier(),
            output_zero,
        })
    }

    fn at(&self, a: i32, b: i32) -> i32 {
        let [a, b] = [(a, self.zero[0], self.input[0]), (b, self.zero[1], self.input[1])].map(
            |(x, zero, to)| to.apply_small(x.wrapping_sub(zero).wrapping_shl(self.left_shift)),
        );
        self.output.apply(square(a, b)).wrapping_add(self.output_zero)
    }
}

fn params(op: &Op<'_>) -> Result<Params, Fault> {
    let left_shift = if op.dtype(Out(0))? == DType::Int16 { 0 } else { 7 };
    Params::new([op.scale(In(0))?, op.scale(In(1))?, op.scale(Out(0))?], left_shift)
}

fn prepare<T: Quantized>(op: &mut Op<'_>) -> Done {
    pair::<T, T>(op)?;
    params(op).map(|_| ())
}

fn eval<T: Quantized>(op: &mut Op<'_>) -> Done {
    let p = params(op)?;
    zip(op, |a: T, b: T| saturate::<T>(p.at(a.into(), b.into())))
}

#[cfg(test)]
mod tests {
    use super::{Params, square};

    #[test]
    fn it_is_the_real_one_within_a_step() {
        let p = Params::new([(0.05, 3), (0.03, -7), (0.6, -100)], 7).unwrap();
        for a in (-128..128).step_by(5) {
            for b in (-128..128).step_by(3) {
                let difference = 0.05 * f64::from(a - 3) - 0.03 * f64::from(b + 7);
                let want = difference * difference / 0.6 - 100.0;
                assert!(
                    (f64::from(p.at(a, b)) - want).abs() < 0.6,
                    "{a} {b}: {} {want}",
                    p.at(a, b)
                );
            }
        }
    }

    #[test]
    fn integers_wrap() {
        let exact = (i128::from(i32::MIN) - 5) * (i128::from(i32::MIN) - 5);
        assert_eq!(square(i32::MIN, 5), exact as i32);
    }
}
