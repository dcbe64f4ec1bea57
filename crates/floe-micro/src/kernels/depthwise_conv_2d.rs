//! DEPTHWISE_CONV_2D: each input channel is convolved with filters of its own, [1, height, width, channels ×
//! multiplier].
//!
//! float32; int8 and int16 with int8 filters (scales per tensor or per channel), int4 filters too; legacy
//! uint8. int16 accumulates in 64 bits when its bias is int64 or absent.

use super::common::{Window, clamp, float_range, quantized_range, types};
use super::conv_2d::{
    Geometry, accumulates_wide, hybrid_scratch, hybrid_types, quantized_scratch, quantized_types,
};
use super::dot::Element;
use super::filter::Filter;
use super::hybrid;
use super::requant::{self, Requant};
use crate::data::{Quantized, View, ViewMut};
use crate::error::Operand::{In, Out, Scratch};
use crate::error::{Fault, Kind};
use crate::task::{Memory, Operands, Prepare, Task};
use crate::{Done, Kernel, Op, OpDef, Rows, Sweep};
use floe_graph::DType;
use floe_tflite::fields::depthwise_conv_2d_options as options;
use floe_tflite::op;

/// DEPTHWISE_CONV_2D.
pub static DEPTHWISE_CONV_2D: OpDef =
    OpDef::builtin(op::DEPTHWISE_CONV_2D, 7, &[F32, I8, I16, HYBRID, U8]);
/// DEPTHWISE_CONV_2D of int8 alone.
pub static DEPTHWISE_CONV_2D_I8: OpDef = OpDef::builtin(op::DEPTHWISE_CONV_2D, 7, &[I8]);
/// DEPTHWISE_CONV_2D of float32 alone.
pub static DEPTHWISE_CONV_2D_F32: OpDef = OpDef::builtin(op::DEPTHWISE_CONV_2D, 7, &[F32]);

const F32: Kernel = Kernel::new(prepare_float, eval_float).sweeps(sweep);
const I8: Kernel = Kernel::task::<DepthwiseConv2d>(prepare_quantized::<i8>).sweeps(sweep);
const I16: Kernel = Kernel::new(prepare_quantized::<i16>, eval_int16).sweeps(sweep);
const HYBRID: Kernel = Kernel::new(prepare_hybrid, eval_hybrid);
const U8: Kernel = Kernel::new(prepare_u8, eval_u8).sweeps(sweep);

/// The sizes of the operator; `depth` is the multiplier: output channels for each input channel.
///
/// # Errors
/// [`Kind::Shape`], [`Kind::Option`].
pub fn geometry(op: &Op<'_>) -> Result<Geometry, Fault> {
    let [batches, height, width, channels] =
        op.shape(In(0))?.nhwc().ok_or(Kind::Shape.at(In(0)))?;
    let [one, kh, kw, out] = op.shape(In(1))?.nhwc().ok_or(Kind::Shape.at(In(1)))?;
    // The multiplier follows from the shapes; some files leave the option at 0.
    let multiplier = out.checked_div(channels).unwrap_or(0);
    if one != 1 || multiplier == 0 || multiplier * channels != out {
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
        depth: multiplier,
        y: Window::new(mode, height, kh, sy, dy)?,
        x: Window::new(mode, width, kw, sx, dx)?,
    })
}

/// Channels whose sums are kept at once.
const BLOCK: usize = 32;

/// For each block of channels of each output pixel: calls `tap` for each tap that falls on the input, with the
/// block's sums (zero at first), its first channel, the first element of the tap's pixel and of its filter; then
/// `end` with the index of the block's first output element in the rows, its first channel and its sums.
#[inline(always)]
pub(super) fn blocks<A: Copy + Default>(
    g: &Geometry,
    rows: &Rows,
    mut tap: impl FnMut(&mut [A], usize, usize, usize),
    mut end: impl FnMut(usize, usize, &[A]),
) {
    let [height, width, channels] = g.input;
    for (line, row) in rows.range.clone().enumerate() {
        let (batch, out_y) = (row / g.y.out.max(1), row % g.y.out.max(1));
        let (taps_y, in_y) = g.y.taps_on(out_y, height);
        let top = (batch * height) as isize + in_y - rows.skipped as isize;
        for out_x in 0..g.x.out {
            let (taps_x, in_x) = g.x.taps_on(out_x, width);
            for first in (0..g.channels).step_by(BLOCK) {
                let mut sums = [A::default(); BLOCK];
                let sums = sums.get_mut(..BLOCK.min(g.channels - first)).unwrap_or_default();
                for ky in taps_y.clone() {
                    let y = (top + (ky * g.y.dilation) as isize) as usize;
                    for kx in taps_x.clone() {
                        let x = (in_x + (kx * g.x.dilation) as isize) as usize;
                        let pixel = (y * width + x) * channels;
                        tap(sums, first, pixel, (ky * g.x.taps + kx) * g.channels);
                    }
                }
                end((line * g.x.out + out_x) * g.channels + first, first, sums);
            }
        }
    }
}

/// Adds one tap to the sums of a block: `f` of sum, input element and filter element.
#[inline(always)]
fn add_tap<A: Copy, X: crate::data::Scalar, W: crate::data::Scalar>(
    depth: usize,
    sums: &mut [A],
    first: usize,
    input: View<'_, X>,
    filter: View<'_, W>,
    f: impl Fn(A, X, W) -> A,
) {
    let filter = filter.part(first, sums.len());
    if depth == 1 {
        let input = input.part(first, sums.len());
        for ((sum, x), w) in sums.iter_mut().zip(input.iter()).zip(filter.iter()) {
            *sum = f(*sum, x, w);
        }
        return;
    }
    // Neighbouring sums see the same input element.
    let depth = depth.max(1);
    let (mut at, mut channel, mut left) = (0, first / depth, depth - first % depth);
    while at < sums.len() {
        let x = input.at(channel);
        let own = sums.get_mut(at..).unwrap_or_default().iter_mut().take(left);
        for (sum, w) in own.zip(filter.part(at, left).iter()) {
            *sum = f(*sum, x, w);
        }
        at += left;
        (channel, left) = (channel + 1, depth);
    }
}

fn set_output(op: &mut Op<'_>) -> Result<Geometry, Fault> {
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
    let (pixel, taps) = (g.input[2], g.channels);
    blocks(
        g,
        rows,
        |sums, first, x, w| {
            let (x, w) = (input.part(x, pixel), filter.part(w, taps));
            add_tap(g.depth, sums, first, x, w, |sum: f32, x: f32, w: f32| sum + x * w);
        },
        |at, first, sums| {
            let outputs = (first..).zip(sums).map(|(c, sum)| clamp(sum + bias.at(c), range));
            out.part(at, sums.len()).write(outputs);
        },
    );
}

fn wide(op: &Op<'_>) -> Result<bool, Fault> {
    accumulates_wide(op, (In(0), In(2)), 0)
}

fn prepare_quantized<T: Quantized>(op: &mut Op<'_>) -> Done {
    quantized_types::<T>(op)?;
    let g = set_output(op)?;
    requant::check(op, g.channels, 3)?;
    quantized_range(op, Out(0), activation(op))?;
    quantized_scratch(op)
}

/// DEPTHWISE_CONV_2D of int8.
#[derive(Clone, Copy, Debug)]
pub struct DepthwiseConv2d(pub Filter);

impl Prepare for DepthwiseConv2d {
    fn of(op: &Op<'_>) -> Result<Self, Fault> {
        Filter::of(op, geometry(op)?, activation(op)).map(Self)
    }

    fn operands(&self) -> Operands {
        Filter::OPERANDS
    }
}

impl Task for DepthwiseConv2d {
    fn run(&self, memory: Memory<'_>) -> Done {
        self.run_as::<i8>(memory)
    }
}

impl DepthwiseConv2d {
    /// Runs it over inputs and outputs of this type, with biases of 32 bits.
    fn run_as<T: Quantized + Element>(&self, memory: Memory<'_>) -> Done {
        let Filter { geometry, zeros, .. } = &self.0;
        self.0.run(memory, |rows, x, w, b, requant, y| {
            int::<T>(geometry, rows, x, w, b, -zeros.0, requant, y);
        })
    }
}

fn eval_int16(op: &mut Op<'_>) -> Done {
    let (task, wide) = (DepthwiseConv2d::of(op)?, wide(op)?);
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
    let (pixel, taps) = (g.input[2], g.channels);
    blocks(
        g,
        rows,
        |sums, first, x, w| {
            let (x, w) = (input.part(x, pixel), filter.part(w, taps));
            add_tap(g.depth, sums, first, x, w, |sum: i32, x: T, w: i8| {
                sum.wrapping_add((x.wide() + offset).wrapping_mul(w.into()))
            });
        },
        |at, first, sums| {
            let outputs =
                (first..).zip(sums).map(|(c, sum)| requant.apply(c, sum.wrapping_add(bias.at(c))));
            out.part(at, sums.len()).write(outputs.map(T::narrow));
        },
    );
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
    let (pixel, taps) = (g.input[2], g.channels);
    blocks(
        g,
        rows,
        |sums, first, x, w| {
            let (x, w) = (input.part(x, pixel), filter.part(w, taps));
            add_tap(g.depth, sums, first, x, w, |sum: i64, x: i16, w: i8| {
                sum.wrapping_add((i32::from(x) * i32::from(w)).into())
            });
        },
        |at, first, sums| {
            let outputs = (first..)
                .zip(sums)
                .map(|(c, sum)| requant.apply_wide(c, sum.wrapping_add(bias.at(c))) as i16);
            out.part(at, sums.len()).write(outputs);
        },
    );
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
    let (mut quantized, filter) = hybrid_scratch(x.len(), w, scratch);
    let (b, mut out) = (View::<f32>::new(b), ViewMut::<f32>::new(y));
    let (pixel, taps, picture) = (g.input[2], g.channels, x.len() / g.batches.max(1));
    for batch in 0..g.batches {
        let mut part = quantized.part(batch * picture, picture);
        let q = hybrid::quantize(x.part(batch * picture, picture).iter(), true, &mut part);
        let input = quantized.view();
        let rows = Rows { range: batch * g.y.out..(batch + 1) * g.y.out, skipped: 0 };
        let base = batch * g.y.out * g.x.out * g.channels;
        blocks(
            &g,
            &rows,
            |sums, first, x, w| {
                let (x, w) = (input.part(x, pixel), filter.part(w, taps));
                add_tap(g.depth, sums, first, x, w, |sum: i32, x: i8, w: i8| {
                    sum.wrapping_add((i32::from(x) - q.zero).wrapping_mul(w.into()))
                });
            },
            |at, first, sums| {
                let outputs = (first..).zip(sums).map(|(c, &sum)| {
                    let scale = quant.pair(c).map_or(0.0, |p| p.0);
                    clamp(sum as f32 * scale * q.scale + b.at(c), range)
                });
                out.part(base + at, sums.len()).write(outputs);
            },
        );
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
    let (filter, b) = (View::<u8>::new(w), View::<i32>::new(b));
    let (pixel, taps) = (g.input[2], g.channels);
    strips.each(|strip| {
        let (input, mut out) = (View::<u8>::new(strip.input), ViewMut::<u8>::new(strip.output));
        blocks(
            &g,
            &strip.rows,
            |sums, first, x, w| {
                let (x, w) = (input.part(x, pixel), filter.part(w, taps));
                add_tap(g.depth, sums, first, x, w, |sum: i32, x: u8, w: u8| {
                    sum.wrapping_add((i32::from(x) - zero_x).wrapping_mul(i32::from(w) - zero_w))
                });
            },
            |at, first, sums| {
                let scaled =
                    (first..).zip(sums).map(|(c, sum)| factor.apply(sum.wrapping_add(b.at(c))));
                out.part(at, sums.len())
                    .write(scaled.map(|y| y.wrapping_add(zero).max(low).min(high) as u8));
            },
        );
    });
    Ok(())
}
