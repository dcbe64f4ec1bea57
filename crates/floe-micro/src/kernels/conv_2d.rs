//! CONV_2D: convolution of a picture batch with a filter [out, height, width, in], grouped when the
//! filter's depth divides the input's.
//!
//! float32; int8 and int16 with int8 filters (scales per tensor or per channel), int4 filters too; legacy
//! uint8; float32 with int8 filters ("hybrid", see [`hybrid`]). int16 accumulates in 64 bits
//! when its bias is int64 or absent, else in 32.

use super::common::{Window, clamp, float_range, quantized_range, types};
use super::dot::{self, Element, ROWS};
use super::filter::{Filter, unpack};
use super::hybrid;
use super::requant::{self, Requant};
use crate::data::{Quantized, Scalar, View, ViewMut};
use crate::error::Operand::{In, Out, Scratch};
use crate::error::{Fault, Kind};
use crate::task::{Memory, Operands, Prepare, Task};
use crate::{Done, Kernel, Op, OpDef, Rows, Sweep};
use core::ops::Range;
use floe_graph::DType;
use floe_tflite::fields::conv_2d_options as options;
use floe_tflite::op;

/// CONV_2D.
pub static CONV_2D: OpDef = OpDef::builtin(op::CONV_2D, 8, &[F32, I8, I16, HYBRID, U8]);
/// CONV_2D of int8 alone.
pub static CONV_2D_I8: OpDef = OpDef::builtin(op::CONV_2D, 8, &[I8]);
/// CONV_2D of float32 alone.
pub static CONV_2D_F32: OpDef = OpDef::builtin(op::CONV_2D, 8, &[F32]);

const F32: Kernel = Kernel::new(prepare_float, eval_float).sweeps(sweep);
const I8: Kernel = Kernel::task::<Conv2d>(prepare_quantized::<i8>).sweeps(sweep);
const I16: Kernel = Kernel::new(prepare_quantized::<i16>, eval_int16).sweeps(sweep);
const HYBRID: Kernel = Kernel::new(prepare_hybrid, eval_hybrid);
const U8: Kernel = Kernel::new(prepare_u8, eval_u8).sweeps(sweep);

/// The sizes of one convolution.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    /// Batches.
    pub batches: usize,
    /// Height, width and channels of the input.
    pub input: [usize; 3],
    /// Output channels.
    pub channels: usize,
    /// Channels of the input that one output channel sees.
    pub depth: usize,
    /// How the filter moves down.
    pub y: Window,
    /// How the filter moves across.
    pub x: Window,
}

impl Geometry {
    /// Output channels that share their input channels.
    #[must_use]
    pub fn group(&self) -> usize {
        let groups = self.input[2] / self.depth.max(1);
        (self.channels / groups.max(1)).max(1)
    }

    /// Output rows of all batches together.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.batches * self.y.out
    }

    /// How the rows of the output follow from those of the input, when both have elements of `element` bytes.
    #[must_use]
    pub const fn sweep(&self, element: usize) -> Sweep {
        let [height, width, channels] = self.input;
        Sweep {
            batches: self.batches,
            input: (height, width * channels * element),
            output: (self.y.out, self.x.out * self.channels * element),
            stride: self.y.stride,
            pad: self.y.pad,
            reach: (self.y.taps - 1) * self.y.dilation + 1,
        }
    }

    /// Calls `f` for each run of at most `block` output channels of the rows `rows` that see the same input: the
    /// index in them of the first output element, its channel, how many there are, and where the window falls for the
    /// first channel's filter.
    #[inline(always)]
    pub fn each(
        &self,
        rows: &Rows,
        block: usize,
        mut f: impl FnMut(usize, usize, usize, &Taps<'_>),
    ) {
        let [height, width, _] = self.input;
        let group = self.group();
        for (line, row) in rows.range.clone().enumerate() {
            let (batch, out_y) = (row / self.y.out.max(1), row % self.y.out.max(1));
            let (ky, in_y) = self.y.taps_on(out_y, height);
            for out_x in 0..self.x.out {
                let (kx, in_x) = self.x.taps_on(out_x, width);
                let top = (batch * height) as isize + in_y - rows.skipped as isize;
                let mut taps =
                    Taps { geometry: self, ky: ky.clone(), kx, top, in_x, first: 0, filter: 0 };
                let base = (line * self.x.out + out_x) * self.channels;
                while taps.filter < self.channels {
                    let end = (taps.filter + group).min(self.channels);
                    while taps.filter < end {
                        let n = block.min(end - taps.filter);
                        f(base + taps.filter, taps.filter, n, &taps);
                        taps.filter += n;
                    }
                    taps.first += self.depth;
                }
            }
        }
    }

    /// Elements of one output channel's filter.
    #[must_use]
    pub const fn filter_len(&self) -> usize {
        self.y.taps * self.x.taps * self.depth
    }
}

/// Where one window of a convolution falls on the input.
pub struct Taps<'a> {
    geometry: &'a Geometry,
    ky: Range<usize>,
    kx: Range<usize>,
    /// The line of the input at hand that tap 0 falls on, which may lie before the first.
    top: isize,
    in_x: isize,
    /// The first input channel.
    first: usize,
    /// The output channel.
    filter: usize,
}

impl Taps<'_> {
    /// Calls `f` with the first input element, the first filter element and the length of each run.
    #[inline(always)]
    pub fn runs(&self, mut f: impl FnMut(usize, usize, usize)) {
        let g = self.geometry;
        let [_, width, channels] = g.input;
        for ky in self.ky.clone() {
            let line = (self.top + (ky * g.y.dilation) as isize) as usize * width;
            let filter = ((self.filter * g.y.taps + ky) * g.x.taps) * g.depth;
            if g.x.dilation == 1 && g.depth == channels {
                // Neighbouring taps see neighbouring elements: one run.
                let x = (self.in_x + self.kx.start as isize) as usize;
                f((line + x) * channels, filter + self.kx.start * g.depth, self.kx.len() * g.depth);
                continue;
            }
            for kx in self.kx.clone() {
                let x = (self.in_x + (kx * g.x.dilation) as isize) as usize;
                f((line + x) * channels + self.first, filter + kx * g.depth, g.depth);
            }
        }
    }
}

/// The sizes of the operator.
///
/// # Errors
/// [`Kind::Shape`], [`Kind::Option`].
pub fn geometry(op: &Op<'_>) -> Result<Geometry, Fault> {
    let [batches, height, width, channels] =
        op.shape(In(0))?.nhwc().ok_or(Kind::Shape.at(In(0)))?;
    let [out, kh, kw, depth] = op.shape(In(1))?.nhwc().ok_or(Kind::Shape.at(In(1)))?;
    let whole = channels.checked_rem(depth) == Some(0);
    let groups = channels.checked_div(depth).unwrap_or(0);
    if !whole || groups == 0 || out.checked_rem(groups) != Some(0) {
        return Err(Kind::Shape.at(In(1)));
    }
    if op.has(In(2)) && op.shape(In(2))?.len() != out {
        return Err(Kind::Shape.at(In(2)));
    }
    let mode = op.option(options::PADDING);
    let (sy, sx) = (op.option(options::STRIDE_H), op.option(options::STRIDE_W));
    let (dy, dx) = (op.option(options::DILATION_H_FACTOR), op.option(options::DILATION_W_FACTOR));
    Ok(Geometry {
        batches,
        input: [height, width, channels],
        channels: out,
        depth,
        y: Window::new(mode, height, kh, sy, dy)?,
        x: Window::new(mode, width, kw, sx, dx)?,
    })
}

/// Sets the shape of the output.
pub(super) fn set_output(op: &mut Op<'_>) -> Result<Geometry, Fault> {
    let g = geometry(op)?;
    op.set_dims(Out(0), &[g.batches, g.y.out, g.x.out, g.channels])?;
    Ok(g)
}

fn sweep(op: &Op<'_>) -> Result<Sweep, Fault> {
    Ok(geometry(op)?.sweep(op.element_bytes(In(0))?))
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
    let g = geometry(op)?;
    let range = float_range(activation(op))?;
    let (strips, ([_, w, b], _)) = op.sweep(g.sweep(4), [In(0), In(1), In(2)], [Out(0)])?;
    strips.each(|strip| {
        let (x, y) = (View::new(strip.input), ViewMut::new(strip.output));
        float(&g, &strip.rows, x, View::new(w), View::new(b), range, y);
    });
    Ok(())
}

/// Rows `rows` of the convolution of floats. An empty bias is none.
pub fn float(
    g: &Geometry,
    rows: &Rows,
    input: View<'_, f32>,
    filter: View<'_, f32>,
    bias: View<'_, f32>,
    range: (f32, f32),
    mut out: ViewMut<'_, f32>,
) {
    g.each(rows, 1, |at, c, _, taps| {
        let mut sum = bias.at(c);
        taps.runs(|x, w, n| sum += dot::float(input.part(x, n), filter.part(w, n)));
        out.set(at, clamp(sum, range));
    });
}

/// Whether accumulators of an int16 input have 64 bits.
pub(super) fn accumulates_wide(
    op: &Op<'_>,
    (input, bias): (crate::Operand, crate::Operand),
    by_option: i8,
) -> Result<bool, Fault> {
    let int32 = DType::Int32;
    Ok(op.dtype(input)? == DType::Int16
        && if op.has(bias) {
            op.dtype(bias)? != int32
        } else {
            Some(by_option as u8) != int32.tflite()
        })
}

fn wide(op: &Op<'_>) -> Result<bool, Fault> {
    accumulates_wide(op, (In(0), In(2)), op.option(options::QUANTIZED_BIAS_TYPE))
}

/// Checks the types of a quantized convolution: input and output of `T`, a filter of int8 or int4.
pub(super) fn quantized_types<T: Scalar>(op: &Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), T::DTYPE)])?;
    if !matches!(op.dtype(In(1))?, DType::Int8 | DType::Int4) {
        return Err(Kind::Type.at(In(1)));
    }
    let allowed = |bias| bias == DType::Int32 || (bias == DType::Int64 && T::DTYPE == DType::Int16);
    if op.has(In(2)) && !allowed(op.dtype(In(2))?) {
        return Err(Kind::Type.at(In(2)));
    }
    if T::DTYPE == DType::Int16 && (op.scale(In(0))?.1 != 0 || op.scale(Out(0))?.1 != 0) {
        return Err(Kind::Quant.at(In(0)));
    }
    Ok(())
}

/// Scratch memory of a quantized kernel: its factors, and the filter when that is packed.
pub(super) fn quantized_scratch(op: &mut Op<'_>) -> Done {
    let packed = op.dtype(In(1))? == DType::Int4;
    let filter = if packed { op.shape(In(1))?.len() } else { 0 };
    let pairs = requant::scratch_bytes(&op.tensor(In(1))?.quant().ok_or(Kind::Quant.at(In(1)))?);
    op.scratch(pairs.saturating_add(filter))
}

/// CONV_2D of int8.
#[derive(Clone, Copy, Debug)]
pub struct Conv2d(pub Filter);

impl Prepare for Conv2d {
    fn of(op: &Op<'_>) -> Result<Self, Fault> {
        Filter::of(op, geometry(op)?, activation(op)).map(Self)
    }

    fn operands(&self) -> Operands {
        Filter::OPERANDS
    }
}

impl Task for Conv2d {
    fn run(&self, memory: Memory<'_>) -> Done {
        self.run_as::<i8>(memory)
    }
}

impl Conv2d {
    /// Runs it over inputs and outputs of this type, with biases of 32 bits.
    fn run_as<T: Quantized + Element>(&self, memory: Memory<'_>) -> Done {
        let Filter { geometry, zeros, .. } = &self.0;
        self.0.run(memory, |rows, x, w, b, requant, y| {
            int::<T>(geometry, rows, x, w, b, -zeros.0, requant, y);
        })
    }
}

fn prepare_quantized<T: Quantized>(op: &mut Op<'_>) -> Done {
    quantized_types::<T>(op)?;
    let g = set_output(op)?;
    requant::check(op, g.channels, 0)?;
    quantized_range(op, Out(0), activation(op))?;
    quantized_scratch(op)
}

fn eval_int16(op: &mut Op<'_>) -> Done {
    let (task, wide) = (Conv2d::of(op)?, wide(op)?);
    let (reads, writes) = Filter::OPERANDS;
    let memory = op.memory_of(reads, writes)?;
    if !wide {
        return task.run_as::<i16>(memory);
    }
    let geometry = &task.0.geometry;
    task.0.run(memory, |rows, x, w, b, requant, y| int_wide(geometry, rows, x, w, b, requant, y))
}

/// Rows `rows` of the convolution of integers with 32-bit accumulators. `offset` is minus the input's
/// zero point; an empty bias is none.
#[expect(clippy::too_many_arguments, reason = "what a convolution is made of")]
pub fn int<T: Quantized + Element>(
    g: &Geometry,
    rows: &Rows,
    input: View<'_, T>,
    filter: View<'_, i8>,
    bias: View<'_, i32>,
    offset: i32,
    requant: &Requant<'_>,
    mut out: ViewMut<'_, T>,
) {
    let step = g.filter_len();
    g.each(rows, ROWS, |at, c, n, taps| {
        let mut sums = [0; ROWS];
        taps.runs(|x, w, len| {
            dot::rows(input.part(x, len), filter.part(w, usize::MAX), step, n, offset, &mut sums);
        });
        let outputs =
            (c..).zip(sums).map(|(c, sum)| requant.apply(c, sum.wrapping_add(bias.at(c))));
        out.part(at, n).write(outputs.map(T::narrow));
    });
}

/// The same for int16 with 64-bit accumulators.
pub fn int_wide(
    g: &Geometry,
    rows: &Rows,
    input: View<'_, i16>,
    filter: View<'_, i8>,
    bias: View<'_, i64>,
    requant: &Requant<'_>,
    mut out: ViewMut<'_, i16>,
) {
    g.each(rows, 1, |at, c, _, taps| {
        let mut sum = bias.at(c);
        taps.runs(|x, w, n| sum = sum.wrapping_add(dot::wide(input.part(x, n), filter.part(w, n))));
        out.set(at, requant.apply_wide(c, sum) as i16);
    });
}

/// Checks the types of a hybrid convolution; asks for memory for the quantized input and an unpacked filter.
pub(super) fn hybrid_types(op: &mut Op<'_>) -> Done {
    let float = DType::Float32;
    types(op, [(In(0), float), (In(2), float), (Out(0), float)])?;
    let packed = match op.dtype(In(1))? {
        DType::Int8 => 0,
        DType::Int4 => op.shape(In(1))?.len(),
        _ => return Err(Kind::Type.at(In(1))),
    };
    let input = op.shape(In(0))?.len();
    op.scratch(input.saturating_add(packed))
}

/// Splits hybrid scratch memory: the quantized input, and the filter as bytes.
pub(super) fn hybrid_scratch<'s>(
    input: usize,
    filter: &'s [u8],
    scratch: &'s mut [u8],
) -> (ViewMut<'s, i8>, View<'s, i8>) {
    let (quantized, unpacked) = scratch.split_at_mut_checked(input).unwrap_or_default();
    let quantized = ViewMut::new(quantized);
    if unpacked.is_empty() {
        return (quantized, View::new(filter));
    }
    unpack(filter, unpacked, 4);
    (quantized, View::new(unpacked))
}

fn prepare_hybrid(op: &mut Op<'_>) -> Done {
    hybrid_types(op)?;
    float_range(activation(op))?;
    let g = set_output(op)?;
    let scales = op.quant(In(1))?.scales.len();
    if scales == 1 || scales == g.channels { Ok(()) } else { Err(Kind::Quant.at(In(1))) }
}

fn eval_hybrid(op: &mut Op<'_>) -> Done {
    let (g, range, quant) = (geometry(op)?, float_range(activation(op))?, op.quant(In(1))?);
    let ([x, w, b], [y, scratch]) = op.io([In(0), In(1), In(2)], [Out(0), Scratch])?;
    let x = View::<f32>::new(x);
    let (mut quantized, w) = hybrid_scratch(x.len(), w, scratch);
    let (b, mut y) = (View::<f32>::new(b), ViewMut::<f32>::new(y));
    let picture = x.len() / g.batches.max(1);
    for batch in 0..g.batches {
        let mut part = quantized.part(batch * picture, picture);
        // One scale for the whole filter: the reference's older form, with symmetric inputs.
        let q = hybrid::quantize(
            x.part(batch * picture, picture).iter(),
            quant.is_per_axis(),
            &mut part,
        );
        let input = quantized.view();
        let rows = Rows { range: batch * g.y.out..(batch + 1) * g.y.out, skipped: 0 };
        let (base, mut y) = (batch * g.y.out * g.x.out * g.channels, y.reborrow());
        g.each(&rows, 1, |at, c, _, taps| {
            let mut sum = 0i32;
            taps.runs(|i, j, n| {
                sum = sum.wrapping_add(dot::int(input.part(i, n), w.part(j, n), -q.zero));
            });
            let scale = quant.pair(c).map_or(0.0, |p| p.0);
            y.set(base + at, clamp(sum as f32 * scale * q.scale + b.at(c), range));
        });
    }
    Ok(())
}

fn prepare_u8(op: &mut Op<'_>) -> Done {
    let byte = DType::Uint8;
    types(op, [(In(0), byte), (In(1), byte), (In(2), DType::Int32), (Out(0), byte)])?;
    requant::single(op)?;
    quantized_range(op, Out(0), activation(op))?;
    set_output(op).map(|_| ())
}

fn eval_u8(op: &mut Op<'_>) -> Done {
    let g = geometry(op)?;
    let (low, high) = quantized_range(op, Out(0), activation(op))?;
    let (zero_x, zero_w, zero) = (op.scale(In(0))?.1, op.scale(In(1))?.1, op.scale(Out(0))?.1);
    let factor = requant::single(op)?;
    let (strips, ([_, w, b], _)) = op.sweep(g.sweep(1), [In(0), In(1), In(2)], [Out(0)])?;
    let (w, b) = (View::<u8>::new(w), View::<i32>::new(b));
    strips.each(|strip| {
        let (x, mut y) = (View::<u8>::new(strip.input), ViewMut::<u8>::new(strip.output));
        g.each(&strip.rows, 1, |at, c, _, taps| {
            let mut sum = b.at(c);
            taps.runs(|i, j, n| {
                sum = sum.wrapping_add(dot::offset(x.part(i, n), w.part(j, n), -zero_x, -zero_w));
            });
            y.set(at, factor.apply(sum).wrapping_add(zero).max(low).min(high) as u8);
        });
    });
    Ok(())
}
