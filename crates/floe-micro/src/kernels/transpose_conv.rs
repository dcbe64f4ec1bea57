//! TRANSPOSE_CONV: the convolution whose gradient CONV_2D is. Inputs: the output's shape, the filter [out, height,
//! width, in], the input, an optional bias.
//!
//! float32; int8 and int16 with int8 filters (scales per tensor or per channel); legacy uint8; float32 with int8
//! filters ("hybrid"). Each output element gathers the taps that fall on it, so no memory for partial sums is needed.

use super::common::{Window, clamp, float_range, quantized_range, types};
use super::conv_2d::accumulates_wide;
use super::dot::{self, Element};
use super::hybrid;
use super::requant::{self, Requant};
use crate::data::{Quantized, View, ViewMut};
use crate::error::Operand::{In, Out, Scratch};
use crate::error::{Fault, Kind, Operand};
use crate::{Done, Kernel, Op, OpDef};
use core::ops::Range;
use floe_graph::DType;
use floe_tflite::fields::transpose_conv_options as options;
use floe_tflite::op;

/// TRANSPOSE_CONV.
pub static TRANSPOSE_CONV: OpDef =
    OpDef::builtin(op::TRANSPOSE_CONV, 5, &[F32, I8, I16, HYBRID, U8]);
/// TRANSPOSE_CONV of int8 alone.
pub static TRANSPOSE_CONV_I8: OpDef = OpDef::builtin(op::TRANSPOSE_CONV, 5, &[I8]);

const F32: Kernel = Kernel::new(prepare_float, eval_float);
const I8: Kernel = Kernel::new(prepare_quantized::<i8>, eval_quantized::<i8>);
const I16: Kernel = Kernel::new(prepare_quantized::<i16>, eval_quantized::<i16>);
const HYBRID: Kernel = Kernel::new(prepare_hybrid, eval_hybrid);
const U8: Kernel = Kernel::new(prepare_u8, eval_u8);

/// The operands: the filter, the input, the bias.
const FILTER: Operand = In(1);
const INPUT: Operand = In(2);
const BIAS: Operand = In(3);

/// The sizes of one transposed convolution.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    /// Batches.
    pub batches: usize,
    /// Height, width and channels of the input.
    pub input: [usize; 3],
    /// Height, width and channels of the output.
    pub output: [usize; 3],
    /// How the filter of the convolution that this transposes moves down, and across.
    pub windows: [Window; 2],
}

impl Geometry {
    /// Output rows of all batches together.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.batches * self.output[0]
    }

    /// Calls `f` for each output element of the rows `rows`: its index, its channel, and a function that calls
    /// another for each input pixel and filter tap that meet on it, by first index; runs are one pixel's channels.
    #[inline(always)]
    pub fn each(
        &self,
        rows: Range<usize>,
        mut f: impl FnMut(usize, usize, &dyn Fn(&mut dyn FnMut(usize, usize))),
    ) {
        let [in_h, in_w, depth] = self.input;
        let [out_h, out_w, channels] = self.output;
        let [down, across] = self.windows;
        for row in rows {
            let (batch, y) = (row / out_h.max(1), row % out_h.max(1));
            for x in 0..out_w {
                for c in 0..channels {
                    let meet = |g: &mut dyn FnMut(usize, usize)| {
                        for (ky, in_y) in meets(&down, y, in_h) {
                            for (kx, in_x) in meets(&across, x, in_w) {
                                let pixel = ((batch * in_h + in_y) * in_w + in_x) * depth;
                                g(pixel, ((c * down.taps + ky) * across.taps + kx) * depth);
                            }
                        }
                    };
                    f((row * out_w + x) * channels + c, c, &meet);
                }
            }
        }
    }
}

/// The taps that bring an input position to output position `at`, with that input position.
fn meets(w: &Window, at: usize, input: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
    let (pad, stride) = (w.pad, w.stride.max(1));
    (0..w.taps).filter_map(move |tap| {
        let place = (at + pad).checked_sub(tap)?;
        (place % stride == 0 && place / stride < input).then_some((tap, place / stride))
    })
}

fn geometry(op: &Op<'_>) -> Result<Geometry, Fault> {
    let [batches, height, width, depth] = op.shape(INPUT)?.nhwc().ok_or(Kind::Shape.at(INPUT))?;
    let [out, kh, kw, filter_depth] = op.shape(FILTER)?.nhwc().ok_or(Kind::Shape.at(FILTER))?;
    let shape = op.known_ints::<4>(In(0))?;
    let bad = Kind::Shape.at(In(0));
    let mut sizes = [0usize; 4];
    for (to, &d) in sizes.iter_mut().zip(shape.iter()) {
        *to = usize::try_from(d).map_err(|_| bad)?;
    }
    let [n, out_h, out_w, channels] = sizes;
    if shape.len() != 4 || n != batches || channels != out || filter_depth != depth {
        return Err(bad);
    }
    if op.has(BIAS) && op.shape(BIAS)?.len() != out {
        return Err(Kind::Shape.at(BIAS));
    }
    let mode = op.option(options::PADDING);
    let down = Window::new(mode, out_h, kh, op.option(options::STRIDE_H), 1)?;
    let across = Window::new(mode, out_w, kw, op.option(options::STRIDE_W), 1)?;
    let (input, output) = ([height, width, depth], [out_h, out_w, channels]);
    Ok(Geometry { batches, input, output, windows: [down, across] })
}

fn set_output(op: &mut Op<'_>) -> Result<Geometry, Fault> {
    let g = geometry(op)?;
    let [height, width, channels] = g.output;
    op.set_dims(Out(0), &[g.batches, height, width, channels])?;
    Ok(g)
}

fn activation(op: &Op<'_>) -> i8 {
    op.option(options::FUSED_ACTIVATION_FUNCTION)
}

fn prepare_float(op: &mut Op<'_>) -> Done {
    let float = DType::Float32;
    types(op, [(INPUT, float), (FILTER, float), (BIAS, float), (Out(0), float)])?;
    float_range(activation(op))?;
    set_output(op).map(|_| ())
}

fn eval_float(op: &mut Op<'_>) -> Done {
    let (g, range) = (geometry(op)?, float_range(activation(op))?);
    let ([x, w, b], [y]) = op.io([INPUT, FILTER, BIAS], [Out(0)])?;
    float(&g, 0..g.rows(), View::new(x), View::new(w), View::new(b), range, ViewMut::new(y));
    Ok(())
}

/// Rows `rows` of the transposed convolution of floats. An empty bias is none. `out` is the whole output.
pub fn float(
    g: &Geometry,
    rows: Range<usize>,
    input: View<'_, f32>,
    filter: View<'_, f32>,
    bias: View<'_, f32>,
    range: (f32, f32),
    mut out: ViewMut<'_, f32>,
) {
    let depth = g.input[2];
    g.each(rows, |at, c, meet| {
        let mut sum = 0.0;
        meet(&mut |x, w| sum += dot::float(input.part(x, depth), filter.part(w, depth)));
        out.set(at, clamp(sum + bias.at(c), range));
    });
}

fn prepare_quantized<T: Quantized>(op: &mut Op<'_>) -> Done {
    types(op, [(INPUT, T::DTYPE), (FILTER, DType::Int8), (Out(0), T::DTYPE)])?;
    let allowed = |bias| bias == DType::Int32 || (bias == DType::Int64 && T::DTYPE == DType::Int16);
    if op.has(BIAS) && !allowed(op.dtype(BIAS)?) {
        return Err(Kind::Type.at(BIAS));
    }
    let g = set_output(op)?;
    requant::check_of(op, (INPUT, FILTER), g.output[2], 0)?;
    quantized_range(op, Out(0), activation(op))?;
    let pairs = requant::scratch_bytes(&op.quant(FILTER)?);
    op.scratch(pairs)
}

fn eval_quantized<T: Quantized + Element>(op: &mut Op<'_>) -> Done {
    let (g, range) = (geometry(op)?, quantized_range(op, Out(0), activation(op))?);
    let ((scale_in, zero_in), (scale_out, zero)) = (op.scale(INPUT)?, op.scale(Out(0))?);
    let offset = -zero_in;
    let wide = accumulates_wide(op, (INPUT, BIAS), op.option(options::QUANTIZED_BIAS_TYPE))?;
    let reads = [INPUT, FILTER, BIAS, Operand::Scales(1)];
    let ([x, w, b, scales], [y, scratch]) = op.io(reads, [Out(0), Scratch])?;
    requant::write_pairs((scale_in, scale_out), View::new(scales), scratch);
    let requant = Requant::new(scratch, zero, range);
    let (x, w, mut y) = (View::<T>::new(x), View::<i8>::new(w), ViewMut::<T>::new(y));
    let depth = g.input[2];
    if wide {
        let bias = View::<i64>::new(b);
        g.each(0..g.rows(), |at, c, meet| {
            let mut sum = bias.at(c);
            meet(&mut |i, j| {
                sum = sum.wrapping_add(dot::wide_any(x.part(i, depth), w.part(j, depth), 0));
            });
            y.set(at, T::narrow(requant.apply_wide(c, sum)));
        });
    } else {
        let bias = View::<i32>::new(b);
        g.each(0..g.rows(), |at, c, meet| {
            let mut sum = bias.at(c);
            meet(&mut |i, j| {
                sum = sum.wrapping_add(dot::int(x.part(i, depth), w.part(j, depth), offset));
            });
            y.set(at, T::narrow(requant.apply(c, sum)));
        });
    }
    Ok(())
}

fn prepare_hybrid(op: &mut Op<'_>) -> Done {
    let float = DType::Float32;
    types(op, [(INPUT, float), (FILTER, DType::Int8), (BIAS, float), (Out(0), float)])?;
    float_range(activation(op))?;
    let g = set_output(op)?;
    let scales = op.quant(FILTER)?.scales.len();
    if scales != 1 && scales != g.output[2] {
        return Err(Kind::Quant.at(FILTER));
    }
    let bytes = op.shape(INPUT)?.len();
    op.scratch(bytes)
}

fn eval_hybrid(op: &mut Op<'_>) -> Done {
    let (g, range, quant) = (geometry(op)?, float_range(activation(op))?, op.quant(FILTER)?);
    let ([x, w, b], [y, scratch]) = op.io([INPUT, FILTER, BIAS], [Out(0), Scratch])?;
    let (x, w) = (View::<f32>::new(x), View::<i8>::new(w));
    let (b, mut y) = (View::<f32>::new(b), ViewMut::<f32>::new(y));
    let mut quantized = ViewMut::<i8>::new(scratch);
    let (depth, picture) = (g.input[2], x.len() / g.batches.max(1));
    for batch in 0..g.batches {
        let mut part = quantized.part(batch * picture, picture);
        let q = hybrid::quantize(x.part(batch * picture, picture).iter(), true, &mut part);
        let input = quantized.view();
        g.each(batch * g.output[0]..(batch + 1) * g.output[0], |at, c, meet| {
            let mut sum = 0i32;
            meet(&mut |i, j| {
                sum = sum.wrapping_add(dot::int(input.part(i, depth), w.part(j, depth), -q.zero));
            });
            let scale = quant.pair(c).map_or(0.0, |p| p.0);
            y.set(at, clamp(sum as f32 * scale * q.scale + b.at(c), range));
        });
    }
    Ok(())
}

fn prepare_u8(op: &mut Op<'_>) -> Done {
    let byte = DType::Uint8;
    types(op, [(INPUT, byte), (FILTER, byte), (BIAS, DType::Int32), (Out(0), byte)])?;
    requant::single_of(op, (INPUT, FILTER))?;
    quantized_range(op, Out(0), activation(op))?;
    set_output(op).map(|_| ())
}

fn eval_u8(op: &mut Op<'_>) -> Done {
    let (g, (low, high)) = (geometry(op)?, quantized_range(op, Out(0), activation(op))?);
    let (zero_x, zero_w, zero) = (op.scale(INPUT)?.1, op.scale(FILTER)?.1, op.scale(Out(0))?.1);
    let factor = requant::single_of(op, (INPUT, FILTER))?;
    let ([x, w, b], [y]) = op.io([INPUT, FILTER, BIAS], [Out(0)])?;
    let (x, w, b, mut y) =
        (View::<u8>::new(x), View::<u8>::new(w), View::<i32>::new(b), ViewMut::<u8>::new(y));
    let depth = g.input[2];
    g.each(0..g.rows(), |at, c, meet| {
        let mut sum = b.at(c);
        meet(&mut |i, j| {
            let product = dot::offset(x.part(i, depth), w.part(j, depth), -zero_x, -zero_w);
            sum = sum.wrapping_add(product);
        });
        y.set(at, factor.apply(sum).wrapping_add(zero).max(low).min(high) as u8);
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use floe_tflite::enums::padding;
    use std::vec::Vec;

    #[test]
    fn gathering_is_scattering() {
        let g = Geometry {
            batches: 1,
            input: [3, 2, 1],
            output: [7, 5, 1],
            windows: [
                Window::new(padding::VALID, 7, 3, 2, 1).unwrap(),
                Window::new(padding::SAME, 5, 3, 2, 1).unwrap(),
            ],
        };
        let numbers =
            |n: usize| -> Vec<u8> { (0..n).flat_map(|i| (i as f32 + 1.0).to_le_bytes()).collect() };
        let (x, w, mut y) = (numbers(6), numbers(9), std::vec![0u8; 35 * 4]);
        let none = (f32::NEG_INFINITY, f32::INFINITY);
        float(&g, 0..7, View::new(&x), View::new(&w), View::new(&[]), none, ViewMut::new(&mut y));
        let mut want = [0f32; 35];
        for (iy, ix, ky, kx) in (0..54usize).map(|i| (i / 18, i / 9 % 2, i / 3 % 3, i % 3)) {
            let (oy, ox) = (iy * 2 + ky, (ix * 2 + kx).wrapping_sub(g.windows[1].pad));
            if oy < 7 && ox < 5 {
                want[oy * 5 + ox] += (iy * 2 + ix + 1) as f32 * (ky * 3 + kx + 1) as f32;
            }
        }
        assert!(View::<f32>::new(&y).iter().eq(want));
    }
}
