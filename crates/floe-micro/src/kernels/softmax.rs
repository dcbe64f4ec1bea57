//! SOFTMAX: e^(beta × x) over the last dimension, divided by its sum.
//!
//! float32; int8 and uint8 by gemmlowp's fixed point, int8 also to int16; int16 by tables of e^x and
//! 1 / (1 + x). The references abort when the sum of a row's exponentials reaches 512; here the row is
//! then what the formula tends to: the least output.

use super::common::types;
use crate::data::{Quantized, Scalar, View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::fixed::{Multiplier, exp_neg, high_mul, reciprocal, round_shift};
use crate::num::float::exp;
use crate::num::lut::ENTRIES;
use crate::num::scale::Real;
use crate::task::{Memory, Operands, Prepare, Task, one_to_one};
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::fields::softmax_options::BETA;
use floe_tflite::op;

/// SOFTMAX.
pub static SOFTMAX: OpDef = OpDef::builtin(
    op::SOFTMAX,
    4,
    &[
        F32,
        I8,
        Kernel::new(prepare_bytes::<u8, u8>, eval_bytes::<u8, u8>),
        Kernel::new(prepare_bytes::<i8, i16>, eval_bytes::<i8, i16>),
        Kernel::new(prepare_int16, eval_int16),
    ],
);
/// SOFTMAX of int8 alone.
pub static SOFTMAX_I8: OpDef = OpDef::builtin(op::SOFTMAX, 4, &[I8]);
/// SOFTMAX of float32 alone.
pub static SOFTMAX_F32: OpDef = OpDef::builtin(op::SOFTMAX, 4, &[F32]);

const F32: Kernel = Kernel::new(prepare_float, eval_float);
const I8: Kernel = Kernel::task::<Softmax>(prepare_bytes::<i8, i8>);

fn set_output(op: &mut Op<'_>) -> Done {
    let shape = op.shape(In(0))?;
    if shape.rank() == 0 {
        return Err(Kind::Shape.at(In(0)));
    }
    op.set_shape(Out(0), &shape)
}

fn prepare_float(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Float32), (Out(0), DType::Float32)])?;
    set_output(op)
}

fn eval_float(op: &mut Op<'_>) -> Done {
    let (depth, beta) = (op.shape(In(0))?.last(), op.option(BETA));
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let mut y = ViewMut::<f32>::new(y);
    for (x, y) in View::<f32>::new(x).pieces(depth).zip(y.pieces(depth)) {
        float(x, beta, y);
    }
    Ok(())
}

/// One row of floats.
pub fn float(x: View<'_, f32>, beta: f32, mut y: ViewMut<'_, f32>) {
    let most = x.iter().fold(f32::NEG_INFINITY, f32::max);
    y.write(x.iter().map(|x| exp((x - most) * beta)));
    let sum: f32 = y.view().iter().sum();
    y.update(|e| e / sum);
}

/// How quantized numbers become exponents.
#[derive(Clone, Copy, Debug)]
pub struct Exponents {
    /// From input steps to 5 integer and 26 fraction bits.
    pub input: Multiplier,
    /// Differences below this count as infinite.
    pub least: i32,
}

fn exponents(op: &Op<'_>) -> Result<Exponents, Fault> {
    let bad = Kind::Quant.at(In(0));
    let scale = Real::positive(op.scale(In(0))?.0).ok_or(bad)?;
    let beta = Real::positive(op.option(BETA)).ok_or(Kind::Option.at(In(0)))?;
    let real = beta.mul(scale).scaled(26);
    let most = Real::from_u32(i32::MAX as u32);
    let input = if most.less(real) { most } else { real }.multiplier();
    if input.shift < 0 {
        return Err(bad);
    }
    // The largest number of 5 integer bits, in input steps.
    let radius = (31i64 << 26) >> input.shift.clamp(0, 62);
    Ok(Exponents { input, least: -(radius as i32) })
}

fn prepare_bytes<T: Scalar, U: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), U::DTYPE)])?;
    exponents(op)?;
    set_output(op)
}

/// SOFTMAX of bytes.
#[derive(Clone, Copy, Debug)]
pub struct Softmax {
    /// Elements of a row.
    pub depth: usize,
    /// How they become exponents.
    pub exponents: Exponents,
}

impl Softmax {
    fn run_as<T: Quantized, U: Quantized>(&self, mut memory: Memory<'_>) -> Done {
        let range = super::common::type_range(U::DTYPE)?;
        let ([x, ..], [y, _]) = memory.slices()?;
        let mut y = ViewMut::<U>::new(y);
        for (x, y) in View::<T>::new(x).pieces(self.depth).zip(y.pieces(self.depth)) {
            quantized(x, &self.exponents, range, y);
        }
        Ok(())
    }
}

impl Prepare for Softmax {
    fn of(op: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self { depth: op.shape(In(0))?.last(), exponents: exponents(op)? })
    }

    fn operands(&self) -> Operands {
        one_to_one(In(0))
    }
}

impl Task for Softmax {
    fn run(&self, memory: Memory<'_>) -> Done {
        self.run_as::<i8, i8>(memory)
    }
}

fn eval_bytes<T: Quantized, U: Quantized>(op: &mut Op<'_>) -> Done {
    let task = Softmax::of(op)?;
    let (reads, writes) = task.operands();
    task.run_as::<T, U>(op.memory_of(reads, writes)?)
}

/// One row of 8-bit numbers; `range` is the output type's.
pub fn quantized<T: Quantized, U: Quantized>(
    x: View<'_, T>,
    p: &Exponents,
    range: (i32, i32),
    mut y: ViewMut<'_, U>,
) {
    let most = x.iter().fold(i32::MIN, |most, x| most.max(x.into()));
    let exponential = |x: T| {
        let difference = x.into() - most;
        let scaled = high_mul(difference.wrapping_shl(p.input.shift as u32), p.input.mantissa);
        (difference >= p.least).then(|| exp_neg::<5>(scaled))
    };
    let sum = x
        .iter()
        .filter_map(exponential)
        .fold(0i32, |sum, e| sum.saturating_add(round_shift(e, 12)));
    let (scale, over_one) = reciprocal(sum, 12);
    let bits = size_of::<U>() as i32 * 8;
    let shift = over_one + 31 - bits;
    let finish = |e: i32| {
        let fraction = if (0..=31).contains(&shift) {
            round_shift(high_mul(scale, e), shift as u32)
        } else {
            0
        };
        fraction.saturating_add(range.0).min(range.1)
    };
    y.write(x.iter().map(|x| U::narrow(exponential(x).map_or(range.0, finish))));
}

/// e^x for x from −10 to 0.
static EXP: [i16; ENTRIES] = table(true);
/// 1 / (1 + x) for x from 0 to 1.
static INVERSE: [i16; ENTRIES] = table(false);

/// A table of 32768 f at 513 places, moved by half the error that interpolation makes midway.
#[expect(clippy::indexing_slicing, reason = "runs in the compiler only")]
const fn table(exponential: bool) -> [i16; ENTRIES] {
    let mut table = [0; ENTRIES];
    let mut i = 0;
    while i < ENTRIES {
        let (at, half) = (i as f64 / 512.0, 0.5 / 512.0);
        let sample = round(image(at, exponential));
        let middle = round(image(at + half, exponential));
        let next = image(at + 2.0 * half, exponential);
        let error = round((next + sample as f64) / 2.0) - middle;
        let moved = if i + 1 < ENTRIES { sample - round(error as f64 / 2.0) } else { sample };
        table[i] = if moved > 32767 { 32767 } else { moved as i16 };
        i += 1;
    }
    table
}

/// 32768 times the function at `at` of its range.
const fn image(at: f64, exponential: bool) -> f64 {
    if !exponential {
        // The reference computes this one in single precision.
        return (32768f32 / (1f32 + at as f32)) as f64;
    }
    // e^−10(1 − at): the 64th power of a series.
    let x = -10.0 * (1.0 - at) / 64.0;
    let (mut e, mut k) = (1.0, 16);
    while k > 0 {
        e = 1.0 + e * x / k as f64;
        k -= 1;
    }
    let mut squarings = 6;
    while squarings > 0 {
        e *= e;
        squarings -= 1;
    }
    32768.0 * e
}

/// The nearest integer, halves away from zero.
const fn round(x: f64) -> i32 {
    (if x < 0.0 { x - 0.5 } else { x + 0.5 }) as i32
}

/// 10 / 65535 as a double.
const TEN_65535THS: Real = Real::from_u32(10).div(Real::from_u32(65535));

fn factor16(op: &Op<'_>) -> Result<Multiplier, Fault> {
    let bad = Kind::Quant.at(In(0));
    let (scale, zero) = op.scale(In(0))?;
    if zero != 0 || op.scale(Out(0))?.1 != 0 {
        return Err(bad);
    }
    let real = |x: f32| Real::positive(x).ok_or(bad);
    // 65535 steps make 10; the product is taken in single precision.
    let product = real(scale)?.mul_f32(real(op.option(BETA))?);
    Ok(product.div(TEN_65535THS).multiplier())
}

fn prepare_int16(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Int16), (Out(0), DType::Int16)])?;
    factor16(op)?;
    set_output(op)
}

fn eval_int16(op: &mut Op<'_>) -> Done {
    let (depth, factor) = (op.shape(In(0))?.last(), factor16(op)?);
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let mut y = ViewMut::<i16>::new(y);
    for (x, y) in View::<i16>::new(x).pieces(depth).zip(y.pieces(depth)) {
        int16(x, factor, y);
    }
    Ok(())
}

fn by_table(table: &[i16; ENTRIES], x: i32) -> i32 {
    let x = x.clamp(-32768, 32767);
    let index = ((x >> 7) + 256) as usize;
    let at = |i: usize| i32::from(table.get(i).copied().unwrap_or_default());
    let (base, next) = (at(index), at(index + 1));
    base + (((next - base) * (x & 0x7f) + 64) >> 7)
}

/// One row of 16-bit numbers; `factor` brings differences to steps of 10/65535.
pub fn int16(x: View<'_, i16>, factor: Multiplier, mut y: ViewMut<'_, i16>) {
    let most = x.iter().fold(i32::MIN, |most, x| most.max(x.into()));
    y.write(x.iter().map(|x| {
        let scaled = factor.apply(i32::from(x) - most);
        by_table(&EXP, scaled.saturating_add(32767)) as i16
    }));
    let sum = y.view().iter().fold(0i32, |sum, e| sum.wrapping_add(e.into()));
    let headroom = sum.leading_zeros() as i32;
    let up = (i64::from(sum) << (headroom - 1).clamp(0, 31)) + (1 << 13);
    let shifted = (up >> 14) as i32;
    let inverse = by_table(&INVERSE, shifted - (1 << 15) - (1 << 16));
    let shift = (31 - headroom).clamp(1, 31) as u32;
    let half = 1i64 << (shift - 1);
    y.update(|e| ((i64::from(e) * i64::from(inverse) + half) >> shift).clamp(0, 32767) as i16);
}

#[cfg(test)]
mod tests;
