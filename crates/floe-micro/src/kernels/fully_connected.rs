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
use super::{filter, hybrid, requant};
use crate::data::{Quantized, Scalar, View, ViewMut};
use crate::error::Operand::{In, Out, Scales, Scratch};
use crate::error::{Fault, Kind};
use crate::num::Numerics;
use crate::num::fixed::Multiplier;
use crate::num::scale::Real;
use crate::task::{Memory, Operands, Prepare, Task};
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
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
const I8: Kernel = Kernel::task::<Dense>(prepare_quantized::<i8>);
const I16: Kernel = Kernel::new(prepare_quantized::<i16>, eval_int16_by_bytes);
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

/// Zero points of the input, the weights and the output.
fn zeros(op: &Op<'_>) -> Result<(i32, i32, i32), Fault> {
    let weights = op.quant(In(1))?;
    let zero = if weights.is_per_axis() { 0 } else { weights.pair(0).map_or(0, |p| p.1) };
    let zero_weights = i32::try_from(zero).map_err(|_| Kind::Quant.at(In(1)))?;
    Ok((op.scale(In(0))?.1, zero_weights, op.scale(Out(0))?.1))
}

/// The range of the output.
fn range(op: &Op<'_>) -> Result<(i32, i32), Fault> {
    quantized_range(op, Out(0), activation(op))
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
    let (zero_in, _, zero_out) = zeros(op)?;
    if wide && (zero_in != 0 || zero_out != 0) {
        return Err(Kind::Quant.at(In(0)));
    }
    range(op).map(|_| ())
}

/// Bits of a weight.
fn weight_bits(op: &Op<'_>) -> Result<u32, Fault> {
    Ok(op.dtype(In(1))?.bits().unwrap_or(8) as u32)
}

/// Scratch bytes for weights of less than a byte.
fn unpacked_bytes(op: &Op<'_>) -> Result<usize, Fault> {
    Ok(if weight_bits(op)? < 8 { op.shape(In(1))?.len() } else { 0 })
}

/// The weights as bytes: unpacked into `scratch` when that is there for them.
fn unpack<'s>(weights: &'s [u8], scratch: &'s mut [u8], bits: u32) -> View<'s, i8> {
    if scratch.is_empty() {
        return View::new(weights);
    }
    filter::unpack(weights, scratch, bits);
    View::new(scratch)
}

/// The operator of int8 and smaller weights.
#[derive(Clone, Copy, Debug)]
pub struct Dense {
    /// Its sizes.
    pub sizes: Sizes,
    /// Bits of a weight.
    pub bits: u32,
    /// Zero points of the input, the weights and the output.
    pub zeros: (i32, i32, i32),
    /// The range of the output.
    pub range: (i32, i32),
    /// What brings sums to the output's steps.
    pub factors: Factors,
}

/// The factors of the units.
#[derive(Clone, Copy, Debug)]
pub enum Factors {
    /// One for all, in double precision.
    Double(f64),
    /// One for all, in fixed point.
    Fixed(Multiplier),
    /// Input scale × weights' scale / output scale, unit by unit.
    Units {
        /// The input's scale.
        input: f32,
        /// The output's scale.
        output: f32,
        /// Whether in double precision.
        double: bool,
    },
}

impl Factors {
    fn of(op: &Op<'_>) -> Result<Self, Fault> {
        let double = op.numerics() == Numerics::LiteRt;
        if op.quant(In(1))?.is_per_axis() {
            let (input, output) = (op.scale(In(0))?.0, op.scale(Out(0))?.0);
            return Ok(Self::Units { input, output, double });
        }
        if double {
            let factor = requant::factors(op)?.next().ok_or(Kind::Quant.at(In(1)))?;
            return factor.double().map(Self::Double).ok_or(Kind::Quant.at(In(1)));
        }
        requant::single(op).map(Self::Fixed)
    }

    /// The scaling of each unit by the weights' scale; the same for all when there is one.
    fn scaling(&self) -> impl Fn(f32) -> Scaling + use<> {
        let positive = |scale| Real::positive(scale).unwrap_or(requant::NOTHING);
        let (one, ends, double) = match *self {
            Self::Fixed(factor) => (Some(Scaling::Fixed(factor)), [Real::ONE; 2], false),
            Self::Double(factor) => {
                let factor = Real::new64(factor).unwrap_or(requant::NOTHING);
                (Some(Scaling::Double(factor)), [Real::ONE; 2], true)
            }
            Self::Units { input, output, double } => (None, [input, output].map(positive), double),
        };
        move |scale| {
            if let Some(one) = one {
                return one;
            }
            let factor = requant::factor(ends, scale);
            if double { Scaling::Double(factor) } else { Scaling::Fixed(factor.multiplier()) }
        }
    }
}

impl Prepare for Dense {
    fn of(op: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self {
            sizes: sizes(op)?,
            bits: weight_bits(op)?,
            zeros: zeros(op)?,
            range: range(op)?,
            factors: Factors::of(op)?,
        })
    }

    fn operands(&self) -> Operands {
        ([In(0), In(1), In(2), Scales(1)], [Out(0), Scratch])
    }
}
impl Task for Dense {
    fn run(&self, memory: Memory<'_>) -> Done {
        self.run_as::<i8>(memory)
    }
}

impl Dense {
    /// Runs it over inputs and outputs of this type, with biases of 32 bits.
    fn run_as<T: Quantized + Element>(&self, mut memory: Memory<'_>) -> Done {
        let Sizes { units, depth, .. } = self.sizes;
        let (zero_in, zero_weights, zero_out) = self.zeros;
        let ([x, w, b, scales], [y, scratch]) = memory.slices()?;
        let (x, b, mut y) = (View::<T>::new(x), View::<i32>::new(b), ViewMut::<T>::new(y));
        let (w, scales) = (unpack(w, scratch, self.bits), View::<f32>::new(scales));
        let (scaling_of, each) = (self.factors.scaling(), scales.len() > 1);
        let mut scaling = [scaling_of(scales.at(0)); ROWS];
        for unit in (0..units).step_by(ROWS) {
            let rows = ROWS.min(units - unit);
            if each {
                for (to, scale) in scaling.iter_mut().zip(scales.part(unit, ROWS).iter()) {
                    *to = scaling_of(scale);
                }
            }
            let w = w.part(unit * depth, usize::MAX);
            for (batch, x) in x.pieces(depth).enumerate() {
                let mut sums = [0; ROWS];
                dot::rows(x, w, depth, rows, -zero_in, &mut sums);
                let all = if zero_weights == 0 { 0 } else { dot::sum(x, -zero_in) };
                let all = all.wrapping_mul(-zero_weights);
                let outputs = (unit..).zip(sums).zip(&scaling).map(|((unit, sum), scaling)| {
                    let sum = sum.wrapping_add(all).wrapping_add(b.at(unit));
                    T::narrow(finish(scaling.apply(sum), zero_out, self.range))
                });
                y.part(batch * units + unit, rows).write(outputs);
            }
        }
        Ok(())
    }
}

/// A scaled sum as an output.
#[inline(always)]
fn finish(scaled: i32, zero: i32, range: (i32, i32)) -> i32 {
    scaled.wrapping_add(zero).max(range.0).min(range.1)
}

fn eval_int16_by_bytes(op: &mut Op<'_>) -> Done {
    let dense = Dense::of(op)?;
    let (reads, writes) = dense.operands();
    if !wide(op)? {
        return dense.run_as::<i16>(op.memory_of(reads, writes)?);
    }
    let Sizes { units, depth, .. } = dense.sizes;
    let (_, zero_weights, zero_out) = dense.zeros;
    let ([x, w, b, scales], [y, scratch]) = op.io(reads, writes)?;
    let (x, b, mut y) = (View::<i16>::new(x), View::<i64>::new(b), ViewMut::<i16>::new(y));
    let (w, scales) = (unpack(w, scratch, dense.bits), View::<f32>::new(scales));
    let scaling_of = dense.factors.scaling();
    for (unit, row) in w.pieces(depth).enumerate() {
        let scaling = scaling_of(scales.at(unit));
        for (batch, x) in x.pieces(depth).enumerate() {
            let sum = dot::wide_any(x, row, -zero_weights).wrapping_add(b.at(unit));
            let out = finish(scaling.apply_wide(sum), zero_out, dense.range);
            y.set(batch * units + unit, out as i16);
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
    let (s, (_, zero_weights, zero_out), range) = (sizes(op)?, zeros(op)?, range(op)?);
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
                sum.wrapping_add(i64::from(x) * (i64::from(w) - i64::from(zero_weights)))
            });
            let out = finish(factor.apply_wide(sum), zero_out, range);
            y.set(batch * s.units + unit, out as i16);
        }
    }
    Ok(())
}

fn prepare_u8(op: &mut Op<'_>) -> Done {
    let byte = DType::Uint8;
    types(op, [(In(0), byte), (In(1), byte), (In(2), DType::Int32), (Out(0), byte)])?;
    set_output(op)?;
    requant::single(op)?;
    zeros(op)?;
    range(op).map(|_| ())
}

fn eval_u8(op: &mut Op<'_>) -> Done {
    let (s, (zero_in, zero_weights, zero_out), range) = (sizes(op)?, zeros(op)?, range(op)?);
    let scaling = Factors::of(op)?.scaling()(0.0);
    let ([x, w, b], [y]) = op.io([In(0), In(1), In(2)], [Out(0)])?;
    let (x, w, b, mut y) =
        (View::<u8>::new(x), View::<u8>::new(w), View::<i32>::new(b), ViewMut::<u8>::new(y));
    for (unit, row) in w.pieces(s.depth).enumerate() {
        for (batch, x) in x.pieces(s.depth).enumerate() {
            let sum = dot::offset(x, row, -zero_in, -zero_weights).wrapping_add(b.at(unit));
            y.set(batch * s.units + unit, finish(scaling.apply(sum), zero_out, range) as u8);
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
    let (range, bits) = (float_range(activation(op))?, weight_bits(op)?);
    let asymmetric = op.option(options::ASYMMETRIC_QUANTIZE_INPUTS);
    let quant = op.quant(In(1))?;
    let ([x, w, b], [y, scratch]) = op.io([In(0), In(1), In(2)], [Out(0), Scratch])?;
    let (row, scratch) = scratch.split_at_mut_checked(s.depth).unwrap_or_default();
    let (x, w) = (View::<f32>::new(x), unpack(w, scratch, bits));
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
