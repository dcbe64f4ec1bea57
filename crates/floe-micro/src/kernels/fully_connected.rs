//! FULLY_CONNECTED: rows of the input times rows of the weights [units, depth].
//!
//! float32; int8 and int16 with int8, int4 or int2 weights (scales per tensor or per unit); int16 with
//! int16 weights; legacy uint8; float32 with integer weights ("hybrid", see [`hybrid`]).
//!
//! LiteRT's reference rescales `round(acc × factor)` in double precision, TensorFlow Lite Micro's in fixed
//! point, its factor of weights with one scale taken in single precision; both are here ([`Scaling`]).
//! int16 accumulates in 64 bits unless the option `quantized_bias_type` says int32.

use super::common::{clamp, float_range, quantized_range, types};
use super::dot::{self, Element, ROWS};
use super::{hybrid, requant};
use crate::data::{Quantized, Scalar, View, ViewMut};
use crate::error::Operand::{In, Out, Scratch};
use crate::error::{Fault, Kind};
use crate::num::Numerics;
use crate::num::fixed::Multiplier;
use crate::num::scale::Real;
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::{DType, Quant};
use floe_tflite::fields::fully_connected_options as options;
use floe_tflite::op;

/// FULLY_CONNECTED.
pub static FULLY_CONNECTED: OpDef =
    OpDef::builtin(op::FULLY_CONNECTED, 14, &[F32, I8, I16, HYBRID, I16_I16, U8]);
/// FULLY_CONNECTED of int8 alone.
pub static FULLY_CONNECTED_I8: OpDef = OpDef::builtin(op::FULLY_CONNECTED, 14, &[I8]);
/// FULLY_CONNECTED of float32 alone.
pub static FULLY_CONNECTED_F32: OpDef = OpDef::builtin(op::FULLY_CONNECTED, 14, &[F32]);

const F32: Kernel = Kernel::new(prepare_float, eval_float);
const I8: Kernel = Kernel::new(prepare_quantized::<i8>, eval_quantized::<i8>);
const I16: Kernel = Kernel::new(prepare_quantized::<i16>, eval_quantized::<i16>);
const HYBRID: Kernel = Kernel::new(prepare_hybrid, eval_hybrid);
const I16_I16: Kernel = Kernel::new(prepare_int16, eval_int16);
const U8: Kernel = Kernel::new(prepare_u8, eval_u8);

/// The sizes of the operator.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Rows of the input.
    pub batches: usize,
    /// Rows of the weights: elements of an output row.
    pub units: usize,
    /// Elements of a row.
    pub depth: usize,
}

fn sizes(op: &Op<'_>) -> Result<Sizes, Fault> {
    let (input, weights) = (op.shape(In(0))?, op.shape(In(1))?);
    let (units, depth) = (weights.dim(0), weights.dim(1));
    let batches = input.len().checked_div(depth).ok_or(Kind::Shape.at(In(1)))?;
    if weights.rank() != 2
        || batches * depth != input.len()
        || op.option(options::WEIGHTS_FORMAT) != 0
    {
        return Err(Kind::Shape.at(In(1)));
    }
    if op.has(In(2)) && op.shape(In(2))?.len() != units {
        return Err(Kind::Shape.at(In(2)));
    }
    Ok(Sizes { batches, units, depth })
}

fn set_output(op: &mut Op<'_>) -> Result<Sizes, Fault> {
    let s = sizes(op)?;
    if !op.option(options::KEEP_NUM_DIMS) {
        op.set_dims(Out(0), &[s.batches, s.units])?;
        return Ok(s);
    }
    let input = op.shape(In(0))?;
    let shape = input.rank().checked_sub(1).and_then(|last| input.with(last, s.units));
    let shape = shape.filter(|_| input.last() == s.depth).ok_or(Kind::Shape.at(In(0)))?;
    op.set_shape(Out(0), &shape)?;
    Ok(s)
}

fn activation(op: &Op<'_>) -> i8 {
    op.option(options::FUSED_ACTIVATION_FUNCTION)
}

fn prepare_float(op: &mut Op<'_>) -> Done {
    let float = DType::Float32;
    types(op, [(In(0), float), (In(1), float), (In(2), float), (Out(0), float)])?;
    float_range(activation(op))?;
    set_output(op).map(|_| ())
}

fn eval_float(op: &mut Op<'_>) -> Done {
    let s = sizes(op)?;
    let range = float_range(activation(op))?;
    let ([x, w, b], [y]) = op.io([In(0), In(1), In(2)], [Out(0)])?;
    float(&s, View::new(x), View::new(w), View::new(b), range, ViewMut::new(y));
    Ok(())
}

/// Rows of floats times rows of floats; an empty bias is none.
pub fn float(
    s: &Sizes,
    input: View<'_, f32>,
    weights: View<'_, f32>,
    bias: View<'_, f32>,
    range: (f32, f32),
    mut out: ViewMut<'_, f32>,
) {
    for (unit, row) in weights.pieces(s.depth).enumerate() {
        for (batch, x) in input.pieces(s.depth).enumerate() {
            let sum = dot::float(x, row) + bias.at(unit);
            out.set(batch * s.units + unit, clamp(sum, range));
        }
    }
}

/// What is common to all quantized forms: the inputs' scales and zero points, and what makes outputs.
#[derive(Clone, Copy)]
struct Params<'a> {
    weights: Quant<'a>,
    zero_weights: i32,
    scale_in: f32,
    zero_in: i32,
    scale_out: f32,
    zero_out: i32,
    range: (i32, i32),
}

impl<'a> Params<'a> {
    fn new(op: &Op<'a>) -> Result<Self, Fault> {
        let weights = op.quant(In(1))?;
        let zero = if weights.is_per_axis() { 0 } else { weights.pair(0).map_or(0, |p| p.1) };
        let zero_weights = i32::try_from(zero).map_err(|_| Kind::Quant.at(In(1)))?;
        let ((scale_in, zero_in), (scale_out, zero_out)) = (op.scale(In(0))?, op.scale(Out(0))?);
        let range = quantized_range(op, Out(0), activation(op))?;
        Ok(Self { weights, zero_weights, scale_in, zero_in, scale_out, zero_out, range })
    }

    #[inline(always)]
    fn finish(&self, scaled: i32) -> i32 {
        scaled.wrapping_add(self.zero_out).max(self.range.0).min(self.range.1)
    }
}

/// How an accumulator becomes a number of output steps.
#[derive(Clone, Copy, Debug)]
pub enum Scaling {
    /// `round(acc × factor)` in double precision.
    Double(Real),
    /// In fixed point.
    Fixed(Multiplier),
}

impl Scaling {
    /// The scaled accumulator of 32 bits.
    #[must_use]
    #[inline]
    pub fn apply(&self, acc: i32) -> i32 {
        match self {
            Self::Double(factor) => factor.round_mul_32(acc),
            Self::Fixed(factor) => factor.apply(acc),
        }
    }

    /// The scaled accumulator of 64 bits.
    #[must_use]
    #[inline]
    pub fn apply_wide(&self, acc: i64) -> i32 {
        match self {
            Self::Double(factor) => saturate(factor.round_mul(acc)),
            Self::Fixed(factor) => factor.apply_wide(acc),
        }
    }
}

fn saturate(x: i64) -> i32 {
    x.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

/// The scaling of each unit; the same for all when there is one scale.
fn scalings<'a>(
    op: &Op<'a>,
    p: &Params<'a>,
) -> Result<impl Iterator<Item = Scaling> + use<'a>, Fault> {
    let real = |scale: f32| Real::positive(scale).ok_or(Kind::Quant.at(In(0)));
    let mut factors = requant::factors_between((real(p.scale_in)?, real(p.scale_out)?), &p.weights);
    let litert = op.numerics() == Numerics::LiteRt;
    let one = if p.weights.is_per_axis() {
        None
    } else if litert {
        factors.next().map(Scaling::Double)
    } else {
        Some(Scaling::Fixed(requant::single(op)?))
    };
    Ok(core::iter::from_fn(move || {
        let own = |factor: Real| {
            if litert { Scaling::Double(factor) } else { Scaling::Fixed(factor.multiplier()) }
        };
        one.or_else(|| factors.next().map(own))
    }))
}

/// Whether accumulators have 64 bits.
fn wide(op: &Op<'_>) -> Result<bool, Fault> {
    let by_option = op.option(options::QUANTIZED_BIAS_TYPE) as u8;
    let narrow = op.has(In(2)) && op.dtype(In(2))? == DType::Int32;
    Ok(op.dtype(In(0))? == DType::Int16 && !narrow && Some(by_option) != DType::Int32.tflite())
}

fn prepare_quantized<T: Quantized>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), T::DTYPE)])?;
    if !matches!(op.dtype(In(1))?, DType::Int8 | DType::Int4 | DType::Int2) {
        return Err(Kind::Type.at(In(1)));
    }
    check_quantized::<T>(op)?;
    let bytes = unpacked_bytes(op)?;
    op.scratch(bytes)
}

fn check_quantized<T: Scalar>(op: &mut Op<'_>) -> Done {
    let wide = T::DTYPE == DType::Int16;
    if op.has(In(2)) {
        let bias = op.dtype(In(2))?;
        if bias != DType::Int32 && !(wide && bias == DType::Int64) {
            return Err(Kind::Type.at(In(2)));
        }
    }
    let s = set_output(op)?;
    requant::check(op, s.units, 0)?;
    let q = Params::new(op)?;
    if wide && (q.zero_in != 0 || q.zero_out != 0) {
        return Err(Kind::Quant.at(In(0)));
    }
    Ok(())
}

/// Scratch bytes for weights of less than a byte.
fn unpacked_bytes(op: &Op<'_>) -> Result<usize, Fault> {
    let packed = matches!(op.dtype(In(1))?, DType::Int4 | DType::Int2);
    Ok(if packed { op.shape(In(1))?.len() } else { 0 })
}

/// The weights as bytes: unpacked into `scratch` when that is there for them.
fn unpack<'s>(weights: &'s [u8], scratch: &'s mut [u8], dtype: DType) -> View<'s, i8> {
    if scratch.is_empty() {
        return View::new(weights);
    }
    super::conv_2d::unpack(weights, scratch, if dtype == DType::Int2 { 2 } else { 4 });
    View::new(scratch)
}

fn eval_quantized<T: Quantized + Element>(op: &mut Op<'_>) -> Done {
    let (s, q, wide) = (sizes(op)?, Params::new(op)?, wide(op)?);
    let (mut scalings, dtype) = (scalings(op, &q)?, op.dtype(In(1))?);
    let ([x, w, b], [y, scratch]) = op.io([In(0), In(1), In(2)], [Out(0), Scratch])?;
    let (x, w, mut y) = (View::<T>::new(x), unpack(w, scratch, dtype), ViewMut::<T>::new(y));
    if wide {
        let (w, b) = (w.pieces(s.depth), View::<i64>::new(b));
        for ((unit, row), scaling) in w.enumerate().zip(scalings) {
            for (batch, x) in x.pieces(s.depth).enumerate() {
                let sum = dot::wide_any(x, row, -q.zero_weights).wrapping_add(b.at(unit));
                y.set(batch * s.units + unit, T::narrow(q.finish(scaling.apply_wide(sum))));
            }
        }
        return Ok(());
    }
    let b = View::<i32>::new(b);
    let mut scaling = [Scaling::Fixed(Multiplier::default()); ROWS];
    for unit in (0..s.units).step_by(ROWS) {
        let rows = ROWS.min(s.units - unit);
        if unit == 0 || q.weights.is_per_axis() {
            // One for all units is the same each time.
            scaling.iter_mut().for_each(|to| *to = scalings.next().unwrap_or(*to));
        }
        for (batch, x) in x.pieces(s.depth).enumerate() {
            let mut sums = [0; ROWS];
            dot::rows(x, w.part(unit * s.depth, usize::MAX), s.depth, rows, -q.zero_in, &mut sums);
            let all = if q.zero_weights == 0 { 0 } else { dot::sum(x, -q.zero_in) };
            let all = all.wrapping_mul(-q.zero_weights);
            let outputs = (unit..).zip(sums).zip(&scaling).map(|((unit, sum), scaling)| {
                scaling.apply(sum.wrapping_add(all).wrapping_add(b.at(unit)))
            });
            let outputs = outputs.map(|scaled| T::narrow(q.finish(scaled)));
            y.part(batch * s.units + unit, rows).write(outputs);
        }
    }
    Ok(())
}

fn prepare_int16(op: &mut Op<'_>) -> Done {
    let short = DType::Int16;
    types(op, [(In(0), short), (In(1), short), (Out(0), short)])?;
    check_quantized::<i16>(op)
}

fn eval_int16(op: &mut Op<'_>) -> Done {
    let (s, q) = (sizes(op)?, Params::new(op)?);
    let narrow = op.has(In(2)) && op.dtype(In(2))? == DType::Int32;
    let one = if op.quant(In(1))?.is_per_axis() { None } else { Some(requant::single(op)?) };
    let mut factors = requant::factors(op)?;
    let ([x, w, b], [y]) = op.io([In(0), In(1), In(2)], [Out(0)])?;
    let (x, w, mut y) = (View::<i16>::new(x), View::<i16>::new(w), ViewMut::<i16>::new(y));
    for (unit, row) in w.pieces(s.depth).enumerate() {
        let factor = one.or_else(|| factors.next().map(Real::multiplier)).unwrap_or_default();
        let bias =
            if narrow { View::<i32>::new(b).at(unit).into() } else { View::<i64>::new(b).at(unit) };
        for (batch, x) in x.pieces(s.depth).enumerate() {
            let terms = x.iter().zip(row.iter());
            let sum = terms.fold(bias, |sum: i64, (x, w)| {
                sum.wrapping_add(i64::from(x) * (i64::from(w) - i64::from(q.zero_weights)))
            });
            y.set(batch * s.units + unit, q.finish(factor.apply_wide(sum)) as i16);
        }
    }
    Ok(())
}

fn prepare_u8(op: &mut Op<'_>) -> Done {
    let byte = DType::Uint8;
    types(op, [(In(0), byte), (In(1), byte), (In(2), DType::Int32), (Out(0), byte)])?;
    set_output(op)?;
    requant::single(op)?;
    Params::new(op).map(|_| ())
}

fn eval_u8(op: &mut Op<'_>) -> Done {
    let (s, q) = (sizes(op)?, Params::new(op)?);
    let scaling = scalings(op, &q)?.next().ok_or(Kind::Quant.at(In(1)))?;
    let ([x, w, b], [y]) = op.io([In(0), In(1), In(2)], [Out(0)])?;
    let (x, w, b, mut y) =
        (View::<u8>::new(x), View::<u8>::new(w), View::<i32>::new(b), ViewMut::<u8>::new(y));
    for (unit, row) in w.pieces(s.depth).enumerate() {
        for (batch, x) in x.pieces(s.depth).enumerate() {
            let sum = dot::offset(x, row, -q.zero_in, -q.zero_weights).wrapping_add(b.at(unit));
            y.set(batch * s.units + unit, q.finish(scaling.apply(sum)) as u8);
        }
    }
    Ok(())
}

fn prepare_hybrid(op: &mut Op<'_>) -> Done {
    let float = DType::Float32;
    types(op, [(In(0), float), (In(2), float), (Out(0), float)])?;
    if !matches!(op.dtype(In(1))?, DType::Int8 | DType::Int4 | DType::Int2) {
        return Err(Kind::Type.at(In(1)));
    }
    float_range(activation(op))?;
    let s = set_output(op)?;
    let scales = op.quant(In(1))?.scales.len();
    if scales != 1 && scales != s.units {
        return Err(Kind::Quant.at(In(1)));
    }
    let bytes = unpacked_bytes(op)?;
    op.scratch(bytes.saturating_add(s.depth))
}

fn eval_hybrid(op: &mut Op<'_>) -> Done {
    let s = sizes(op)?;
    let (range, dtype) = (float_range(activation(op))?, op.dtype(In(1))?);
    let asymmetric = op.option(options::ASYMMETRIC_QUANTIZE_INPUTS);
    let quant = op.quant(In(1))?;
    let ([x, w, b], [y, scratch]) = op.io([In(0), In(1), In(2)], [Out(0), Scratch])?;
    let (row, scratch) = scratch.split_at_mut_checked(s.depth).unwrap_or_default();
    let (x, w) = (View::<f32>::new(x), unpack(w, scratch, dtype));
    let (b, mut y) = (View::<f32>::new(b), ViewMut::<f32>::new(y));
    for (batch, x) in x.pieces(s.depth).enumerate() {
        let mut row = ViewMut::<i8>::new(row);
        let q = hybrid::quantize(x.iter(), asymmetric, &mut row);
        for (unit, weights) in w.pieces(s.depth).enumerate() {
            let factor = q.scale * quant.pair(unit).map_or(0.0, |p| p.0);
            let sum = dot::int(row.view(), weights, -q.zero);
            y.set(batch * s.units + unit, clamp(b.at(unit) + sum as f32 * factor, range));
        }
    }
    Ok(())
}
