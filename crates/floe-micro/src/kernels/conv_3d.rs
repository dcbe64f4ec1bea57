//! CONV_3D and CONV_3D_TRANSPOSE: convolution of volumes [batch, depth, height, width, channels] with a
//! filter [depth, height, width, in, out], and the one it is the gradient of (filter [depth, height, width, out,
//! in]; inputs: the output's shape, the filter, the input, an optional bias). float32.

use super::common::{Window, clamp, float_range, types};
use crate::data::{View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, Op, OpDef, Operand, Shape};
use floe_graph::DType;
use floe_tflite::fields::conv_3d_options as options;
use floe_tflite::op;

/// CONV_3D.
pub static CONV_3D: OpDef =
    OpDef::builtin(op::CONV_3D, 1, &[Kernel::new(prepare::<false>, eval::<false>)]);
/// CONV_3D_TRANSPOSE.
pub static CONV_3D_TRANSPOSE: OpDef =
    OpDef::builtin(op::CONV_3D_TRANSPOSE, 1, &[Kernel::new(prepare::<true>, eval::<true>)]);

/// Operands: input, filter, bias.
const fn operands<const TRANSPOSE: bool>() -> [Operand; 3] {
    if TRANSPOSE { [In(2), In(1), In(3)] } else { [In(0), In(1), In(2)] }
}

/// The sizes of the operator.
#[derive(Clone, Copy, Debug)]
struct Geometry {
    input: [usize; 5],
    output: [usize; 5],
    /// Down each spatial dimension.
    windows: [Window; 3],
    /// Channels of the input that one filter sees.
    depth: usize,
}

fn five(shape: &Shape) -> Option<[usize; 5]> {
    if shape.rank() == 5 { shape.extended() } else { None }
}

fn geometry<const TRANSPOSE: bool>(op: &Op<'_>) -> Result<Geometry, Fault> {
    let [source, filter, bias] = operands::<TRANSPOSE>();
    let input = five(&op.shape(source)?).ok_or(Kind::Shape.at(source))?;
    let taps = five(&op.shape(filter)?).ok_or(Kind::Shape.at(filter))?;
    let [_, _, _, a, b] = taps;
    let (depth, channels) = if TRANSPOSE { (b, a) } else { (a, b) };
    let groups = input[4].checked_div(depth).unwrap_or(0);
    if groups == 0
        || groups * depth != input[4]
        || channels % groups != 0
        || (TRANSPOSE && groups != 1)
    {
        return Err(Kind::Shape.at(filter));
    }
    if op.has(bias) && op.shape(bias)?.len() != channels {
        return Err(Kind::Shape.at(bias));
    }
    let mut output = [input[0], 0, 0, 0, channels];
    if TRANSPOSE {
        let shape = op.known_ints::<5>(In(0))?;
        for (to, &d) in output.iter_mut().zip(shape.iter()) {
            *to = usize::try_from(d).map_err(|_| Kind::Value.at(In(0)))?;
        }
        if shape.len() != 5 || output[0] != input[0] || output[4] != channels {
            return Err(Kind::Shape.at(In(0)));
        }
    }
    let mode = op.option(options::PADDING);
    let strides = [options::STRIDE_D, options::STRIDE_H, options::STRIDE_W].map(|f| op.option(f));
    let dilations =
        [options::DILATION_D_FACTOR, options::DILATION_H_FACTOR, options::DILATION_W_FACTOR];
    let dilations = dilations.map(|f| op.option(f));
    // A transposed convolution's windows move over its output.
    let moved = if TRANSPOSE { output } else { input };
    let ([_, d, h, w, _], [kd, kh, kw, ..]) = (moved, taps);
    let ([sd, sh, sw], [dd, dh, dw]) = (strides, dilations);
    let windows = [
        Window::new(mode, d, kd, sd, dd)?,
        Window::new(mode, h, kh, sh, dh)?,
        Window::new(mode, w, kw, sw, dw)?,
    ];
    if !TRANSPOSE {
        let [d, h, w] = windows.map(|w| w.out);
        output = [input[0], d, h, w, channels];
    }
    Ok(Geometry { input, output, windows, depth })
}

fn prepare<const TRANSPOSE: bool>(op: &mut Op<'_>) -> Done {
    let float = DType::Float32;
    let [source, filter, bias] = operands::<TRANSPOSE>();
    types(op, [(source, float), (filter, float), (bias, float), (Out(0), float)])?;
    float_range(op.option(options::FUSED_ACTIVATION_FUNCTION))?;
    let g = geometry::<TRANSPOSE>(op)?;
    op.set_dims(Out(0), &g.output)
}

/// The taps that join output position `at` with an input position, and that position.
fn joined(
    w: Window,
    transpose: bool,
    at: usize,
    input: usize,
) -> impl Iterator<Item = (usize, usize)> {
    (0..w.taps).filter_map(move |tap| {
        let position = if transpose {
            let place = (at + w.pad).checked_sub(tap * w.dilation)?;
            (place % w.stride.max(1) == 0).then_some(place / w.stride.max(1))?
        } else {
            (at * w.stride + tap * w.dilation).checked_sub(w.pad)?
        };
        (position < input).then_some((tap, position))
    })
}

fn eval<const TRANSPOSE: bool>(op: &mut Op<'_>) -> Done {
    let g = geometry::<TRANSPOSE>(op)?;
    let range = float_range(op.option(options::FUSED_ACTIVATION_FUNCTION))?;
    let ([x, w, b], [y]) = op.io(operands::<TRANSPOSE>(), [Out(0)])?;
    let (x, w, b, mut y) =
        (View::<f32>::new(x), View::<f32>::new(w), View::<f32>::new(b), ViewMut::<f32>::new(y));
    let [_, in_d, in_h, in_w, in_c] = g.input;
    let [batches, out_d, out_h, out_w, channels] = g.output;
    let [deep, down, across] = g.windows;
    let group = (channels / (in_c / g.depth.max(1)).max(1)).max(1);
    for at in 0..batches * out_d * out_h * out_w {
        let (row, ox) = (at / out_w.max(1), at % out_w.max(1));
        let (plane, oy) = (row / out_h.max(1), row % out_h.max(1));
        let (n, od) = (plane / out_d.max(1), plane % out_d.max(1));
        for c in 0..channels {
            let mut sum = 0f32;
            for (kd, id) in joined(deep, TRANSPOSE, od, in_d) {
                for (ky, iy) in joined(down, TRANSPOSE, oy, in_h) {
                    for (kx, ix) in joined(across, TRANSPOSE, ox, in_w) {
                        let pixel = (((n * in_d + id) * in_h + iy) * in_w + ix) * in_c;
                        let tap = (kd * down.taps + ky) * across.taps + kx;
                        let first = c / group * g.depth;
                        for i in 0..g.depth {
                            let weight = if TRANSPOSE {
                                w.at((tap * channels + c) * g.depth + i)
                            } else {
                                w.at((tap * g.depth + i) * channels + c)
                            };
                            sum += x.at(pixel + first + i) * weight;
                        }
                    }
                }
            }
            y.set(at * channels + c, clamp(sum + b.at(c), range));
        }
    }
    Ok(())
}
