//! SVDF: a fully connected layer over a window of time, factored into filters over the input and over time.
//!
//! Each of the `rank × units` filters turns the input `[batch, input]` into one number, which joins the last `memory` of its kind
//! in the state `[batch, filters × memory]`; the dot product with the filter's weights over time is summed over the ranks of a unit.
//! float32, with weights of float32 or of int8 ("hybrid"); int8 with a state and time weights of int16 (TensorFlow Lite
//! Micro's are also int8). The integer form ignores its activation as the reference does: its output cannot be below zero.

use super::common::types;
use super::dot;
use super::function::{range_of, real, saturate};
use super::recurrent::{Activation, Matrix, Row, Weight, check_dims, matrix_scale};
use crate::data::{Quantized, Scalar, View, ViewMut};
use crate::error::Operand::{In, Out, Scratch};
use crate::error::{Fault, Kind};
use crate::num::fixed::Multiplier;
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::fields::svdf_options as options;
use floe_tflite::op;

/// SVDF.
pub static SVDF: OpDef = OpDef::builtin(
    op::SVDF,
    4,
    &[
        Kernel::new(prepare_float::<f32>, eval_float::<f32>).impure(),
        Kernel::new(prepare_float::<i8>, eval_float::<i8>).impure(),
        Kernel::new(prepare_int::<i16>, eval_int::<i16>).impure(),
        Kernel::new(prepare_int::<i8>, eval_int::<i8>).impure(),
    ],
);

struct Sizes {
    input: usize,
    filters: usize,
    memory: usize,
    rank: usize,
}

fn sizes(op: &Op<'_>) -> Result<Sizes, Fault> {
    let (x, time) = (op.shape(In(0))?, op.shape(In(2))?);
    let rank = usize::try_from(op.option(options::RANK)).ok().filter(|&r| r > 0);
    let rank = rank.ok_or(Kind::Option.at(In(1)))?;
    Ok(Sizes { input: x.last(), filters: time.dim(0), memory: time.dim(1), rank })
}

/// Checks all shapes and sets the output's.
fn shapes(op: &mut Op<'_>) -> Result<Sizes, Fault> {
    let s = sizes(op)?;
    let batches = op.shape(In(0))?.dim(0);
    let units = s.filters / s.rank.max(1);
    check_dims(op, In(0), &[batches, s.input])?;
    check_dims(op, In(1), &[s.filters, s.input])?;
    check_dims(op, In(2), &[s.filters, s.memory])?;
    check_dims(op, In(3), &[units])?;
    if units * s.rank != s.filters || s.memory == 0 || !op.has(In(1)) {
        return Err(Kind::Shape.at(In(1)));
    }
    if op.shape(In(4))?.len() != batches * s.filters * s.memory {
        return Err(Kind::Shape.at(In(4)));
    }
    op.set_dims(Out(0), &[batches, units])?;
    Ok(s)
}

/// Moves each filter's numbers one place towards the past.
fn shift<T: Scalar>(state: &mut ViewMut<'_, T>, memory: usize) {
    for mut filter in state.pieces(memory) {
        for i in 1..memory {
            filter.set(i - 1, filter.at(i));
        }
    }
}

fn prepare_float<W: Weight>(op: &mut Op<'_>) -> Done {
    let float = DType::Float32;
    types(op, [(In(0), float), (In(1), W::DTYPE), (In(2), W::DTYPE), (In(3), float)])?;
    types(op, [(In(4), float), (Out(0), float)])?;
    Activation::new(op.option(options::FUSED_ACTIVATION_FUNCTION))?;
    matrix_scale::<W>(op, In(1))?;
    matrix_scale::<W>(op, In(2))?;
    let s = shapes(op)?;
    op.scratch(W::scratch(s.input) + s.filters * 4)
}

fn eval_float<W: Weight>(op: &mut Op<'_>) -> Done {
    let s = sizes(op)?;
    let activation = Activation::new(op.option(options::FUSED_ACTIVATION_FUNCTION))?;
    let asymmetric = op.option(options::ASYMMETRIC_QUANTIZE_INPUTS);
    let (feature_scale, time_scale) =
        (matrix_scale::<W>(op, In(1))?, matrix_scale::<W>(op, In(2))?);
    let ([x, feature, time, bias], [y, state, scratch]) =
        op.io([In(0), In(1), In(2), In(3)], [Out(0), In(4), Scratch])?;
    let feature = Matrix::<W> { data: View::new(feature), scale: feature_scale };
    let (time, bias) = (View::<W>::new(time), View::<f32>::new(bias));
    let (mut y, mut state) = (ViewMut::<f32>::new(y), ViewMut::<f32>::new(state));
    shift(&mut state, s.memory);
    let (numbers, row) = scratch.split_at_mut_checked(s.filters * 4).unwrap_or_default();
    let mut numbers = ViewMut::<f32>::new(numbers);
    let rows = View::<f32>::new(x).pieces(s.input);
    let states = state.pieces(s.filters * s.memory);
    for ((x, mut state), mut y) in rows.zip(states).zip(y.pieces(s.filters / s.rank.max(1))) {
        numbers.fill(0.0);
        feature.accumulate(&Row::new::<W>(x, asymmetric, row), &mut numbers);
        for (mut state, new) in state.pieces(s.memory).zip(numbers.view().iter()) {
            state.set(s.memory - 1, new);
        }
        let state = state.view();
        for unit in 0..y.len() {
            let filters = unit * s.rank * s.memory;
            let (w, past) =
                (time.part(filters, s.rank * s.memory), state.part(filters, s.rank * s.memory));
            let sum: f32 = w.iter().zip(past.iter()).map(|(w, x)| w.steps() * x).sum();
            y.set(unit, activation.at(bias.at(unit) + sum * time_scale));
        }
    }
    Ok(())
}

/// From sums of products to the state, and from those to the output; the zero points of both ends.
struct Scaling {
    state: Multiplier,
    output: Multiplier,
    input_zero: i32,
    output_zero: i32,
}

fn scaling(op: &Op<'_>) -> Result<Scaling, Fault> {
    let ((input, input_zero), (output, output_zero)) = (op.scale(In(0))?, op.scale(Out(0))?);
    let (feature, time) = (real(op.scale(In(1))?.0)?, real(op.scale(In(2))?.0)?);
    let state = real(op.scale(In(4))?.0)?;
    Ok(Scaling {
        state: real(input)?.mul_f32(feature).div_f32(state).multiplier(),
        output: state.mul_f32(time).div_f32(real(output)?).multiplier(),
        input_zero,
        output_zero,
    })
}

fn prepare_int<T: Quantized>(op: &mut Op<'_>) -> Done {
    types(
        op,
        [(In(0), DType::Int8), (In(1), DType::Int8), (In(2), T::DTYPE), (In(3), DType::Int32)],
    )?;
    types(op, [(In(4), T::DTYPE), (Out(0), DType::Int8)])?;
    scaling(op)?;
    shapes(op).map(|_| ())
}

fn eval_int<T: Quantized>(op: &mut Op<'_>) -> Done {
    let (s, q) = (sizes(op)?, scaling(op)?);
    let ([x, feature, time, bias], [y, state]) =
        op.io([In(0), In(1), In(2), In(3)], [Out(0), In(4)])?;
    let (feature, time) = (View::<i8>::new(feature), View::<T>::new(time));
    let (bias, x) = (View::<i32>::new(bias), View::<i8>::new(x));
    let (mut y, mut state) = (ViewMut::<i8>::new(y), ViewMut::<T>::new(state));
    shift(&mut state, s.memory);
    let states = state.pieces(s.filters * s.memory);
    for ((x, mut state), mut y) in
        x.pieces(s.input).zip(states).zip(y.pieces(s.filters / s.rank.max(1)))
    {
        for (mut state, row) in state.pieces(s.memory).zip(feature.pieces(s.input)) {
            let sum = dot::int(x, row, q.input_zero.wrapping_neg());
            state.set(s.memory - 1, saturate::<T>(q.state.apply(sum)));
        }
        let state = state.view();
        for unit in 0..y.len() {
            let (start, len) = (unit * s.rank * s.memory, s.rank * s.memory);
            let terms = time.part(start, len).iter().zip(state.part(start, len).iter());
            let sum = terms.fold(bias.at(unit), |sum, (w, x)| {
                sum.wrapping_add(w.into().wrapping_mul(x.into()))
            });
            let (low, high) = range_of::<i8>();
            y.set(unit, q.output.apply(sum).saturating_add(q.output_zero).max(low).min(high) as i8);
        }
    }
    Ok(())
}
