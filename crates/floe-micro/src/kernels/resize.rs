//! RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: pictures of another size.
//!
//! float32, int8, int16, uint8; nearest copies any element type of whole bytes. Where an output pixel
//! looks in the input depends on two options: `align_corners` lets the outermost pixels' centres meet,
//! `half_pixel_centers` takes a pixel's centre for its place. Signed integers interpolate in fixed point
//! with 10 fractional bits, uint8 in float32, as the reference does.

use super::strided::{element, same_type, width};
use crate::data::{Scalar, View, ViewMut, copy, pieces_mut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::float;
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::fields::{
    resize_bilinear_options as linear, resize_nearest_neighbor_options as nearest,
};
use floe_tflite::op;

/// RESIZE_BILINEAR.
pub static RESIZE_BILINEAR: OpDef =
    OpDef::builtin(op::RESIZE_BILINEAR, 4, &[Kernel::new(prepare_bilinear, eval_bilinear)]);
/// RESIZE_NEAREST_NEIGHBOR.
pub static RESIZE_NEAREST_NEIGHBOR: OpDef =
    OpDef::builtin(op::RESIZE_NEAREST_NEIGHBOR, 4, &[Kernel::new(prepare, eval_nearest)]);

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let [n, _, _, c] = op.shape(In(0))?.nhwc().ok_or(Kind::Shape.at(In(0)))?;
    let size = op.known_ints::<2>(In(1))?;
    let &[h, w] = &*size else { return Err(Kind::Shape.at(In(1))) };
    let positive = |d: i32| usize::try_from(d).ok().filter(|&d| d > 0).ok_or(Kind::Value.at(In(1)));
    op.set_dims(Out(0), &[n, positive(h)?, positive(w)?, c])
}

fn prepare_bilinear(op: &mut Op<'_>) -> Done {
    match op.dtype(In(0))? {
        DType::Float32 | DType::Int8 | DType::Int16 | DType::Uint8 => {}
        _ => return Err(Kind::Type.at(In(0))),
    }
    if op.option(linear::ALIGN_CORNERS) && op.option(linear::HALF_PIXEL_CENTERS) {
        return Err(Kind::Option.at(In(0)));
    }
    prepare(op)
}

/// How one side is stretched.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Pixels of the input.
    pub input: usize,
    /// Pixels of the output.
    pub output: usize,
    /// Whether the outermost pixels' centres meet.
    pub align: bool,
    /// Whether a pixel's place is its centre.
    pub half: bool,
}

impl Side {
    /// Input pixels an output pixel.
    fn scale(&self) -> f32 {
        if self.align && self.output > 1 {
            self.input.saturating_sub(1) as f32 / (self.output - 1) as f32
        } else {
            self.input as f32 / self.output.max(1) as f32
        }
    }

    /// The nearest input pixel to output pixel `i`.
    #[must_use]
    pub fn nearest(&self, i: usize) -> usize {
        let at = (i as f32 + if self.half { 0.5 } else { 0.0 }) * self.scale();
        let at = if self.align { float::round(at) } else { float::floor(at) };
        (at.max(0.0) as usize).min(self.input.saturating_sub(1))
    }

    /// The two input pixels around output pixel `i`, and how far it is from the first.
    #[must_use]
    pub fn around(&self, i: usize) -> (usize, usize, f32) {
        let at =
            if self.half { (i as f32 + 0.5) * self.scale() - 0.5 } else { i as f32 * self.scale() };
        let lower = float::floor(at).max(0.0) as usize;
        let upper = (float::ceil(at).max(0.0) as usize).min(self.input.saturating_sub(1));
        (lower, upper, at - lower as f32)
    }

    /// As [`around`](Self::around), the distance in 1024ths of a pixel.
    #[must_use]
    pub fn around_fixed(&self, i: usize) -> (usize, usize, i64) {
        let (input, output) = (self.input as i64, self.output.max(1) as i64);
        let scale = if self.align && output > 1 {
            (1024 * (input - 1) + (output - 1) / 2) / (output - 1).max(1)
        } else {
            (1024 * input + output / 2) / output
        };
        let at = i as i64 * scale + if self.half { scale / 2 - 512 } else { 0 };
        let lower = (at / 1024).max(0);
        let upper = ((at + 1023) / 1024).min(input - 1).max(0);
        (lower as usize, upper as usize, at - lower * 1024)
    }
}

/// The picture's geometry: batches, height, width, channels.
struct Pictures {
    batches: usize,
    sides: [Side; 2],
    channels: usize,
}

fn pictures(op: &Op<'_>, align: bool, half: bool) -> Result<Pictures, Fault> {
    let [batches, h, w, channels] = op.shape(In(0))?.nhwc().ok_or(Kind::Shape.at(In(0)))?;
    let [_, oh, ow, _] = op.shape(Out(0))?.nhwc().ok_or(Kind::Shape.at(Out(0)))?;
    let side = |input, output| Side { input, output, align, half };
    Ok(Pictures { batches, sides: [side(h, oh), side(w, ow)], channels })
}

fn eval_nearest(op: &mut Op<'_>) -> Done {
    let p =
        pictures(op, op.option(nearest::ALIGN_CORNERS), op.option(nearest::HALF_PIXEL_CENTERS))?;
    let width = width(op, In(0))?;
    let [high, wide] = p.sides;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let mut pixels = pieces_mut(y, p.channels * width);
    for b in 0..p.batches {
        for i in 0..high.output {
            let row = (b * high.input + high.nearest(i)) * wide.input;
            for (j, to) in pixels.by_ref().take(wide.output).enumerate() {
                let from = (row + wide.nearest(j)) * p.channels;
                copy(to, element(x, from as isize, width).unwrap_or_default());
            }
        }
    }
    Ok(())
}

fn eval_bilinear(op: &mut Op<'_>) -> Done {
    let p = pictures(op, op.option(linear::ALIGN_CORNERS), op.option(linear::HALF_PIXEL_CENTERS))?;
    match op.dtype(In(0))? {
        DType::Float32 => blend(op, &p, Side::around, |x: [f32; 4], dy, dx| mix(x, dy, dx)),
        DType::Uint8 => blend(op, &p, Side::around, |x: [u8; 4], dy, dx| {
            (mix(x.map(f32::from), dy, dx) + 0.5) as u8
        }),
        DType::Int8 => blend(op, &p, Side::around_fixed, |x: [i8; 4], dy, dx| {
            mix_fixed(x.map(i64::from), dy, dx) as i8
        }),
        _ => blend(op, &p, Side::around_fixed, |x: [i16; 4], dy, dx| {
            mix_fixed(x.map(i64::from), dy, dx) as i16
        }),
    }
}

/// Writes what `f` makes of the four input pixels around each output pixel and the two distances.
fn blend<T: Scalar, D: Copy>(
    op: &mut Op<'_>,
    p: &Pictures,
    around: impl Fn(&Side, usize) -> (usize, usize, D),
    f: impl Fn([T; 4], D, D) -> T,
) -> Done {
    let [high, wide] = p.sides;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let (x, mut y) = (View::<T>::new(x), ViewMut::<T>::new(y));
    let mut pixels = y.pieces(p.channels);
    for b in 0..p.batches {
        for i in 0..high.output {
            let (top, bottom, dy) = around(&high, i);
            let rows = [top, bottom].map(|r| (b * high.input + r) * wide.input);
            for (j, mut to) in pixels.by_ref().take(wide.output).enumerate() {
                let (left, right, dx) = around(&wide, j);
                let pixel =
                    |row: usize, column: usize| x.part((row + column) * p.channels, p.channels);
                let [t, u] = rows;
                let around = [pixel(t, left), pixel(t, right), pixel(u, left), pixel(u, right)];
                to.write((0..p.channels).map(|c| f(around.each_ref().map(|v| v.at(c)), dy, dx)));
            }
        }
    }
    Ok(())
}

/// Between four numbers: top left, top right, bottom left, bottom right.
fn mix([tl, tr, bl, br]: [f32; 4], dy: f32, dx: f32) -> f32 {
    tl * (1.0 - dy) * (1.0 - dx) + bl * dy * (1.0 - dx) + tr * (1.0 - dy) * dx + br * dy * dx
}

/// As [`mix`], distances in 1024ths, rounded half away from zero.
fn mix_fixed([tl, tr, bl, br]: [i64; 4], dy: i64, dx: i64) -> i64 {
    let sum = tl * (1024 - dy) * (1024 - dx)
        + bl * dy * (1024 - dx)
        + tr * (1024 - dy) * dx
        + br * dy * dx;
    (sum + if sum > 0 { 1 << 19 } else { -(1 << 19) }) / (1 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(input: usize, output: usize, align: bool, half: bool) -> Side {
        Side { input, output, align, half }
    }

    #[test]
    fn the_corners_meet_or_the_centres_do() {
        assert_eq!(side(2, 3, true, false).around(1), (0, 1, 0.5));
        assert_eq!(side(2, 4, false, true).around(0), (0, 0, -0.25));
        assert_eq!(side(2, 4, false, true).around(3), (1, 1, 0.25));
        assert_eq!(side(2, 4, false, false).around(3), (1, 1, 0.5));
        assert_eq!(side(4, 2, false, false).nearest(1), 2);
        assert_eq!(side(3, 5, true, false).nearest(4), 2);
    }

    #[test]
    fn fixed_point_agrees_with_real_distances() {
        for (input, output) in [(2, 3), (5, 7), (7, 2), (1, 4)] {
            for (align, half) in [(false, false), (true, false), (false, true)] {
                let side = side(input, output, align, half);
                for i in 0..output {
                    let ((a, b, d), (fa, fb, fd)) = (side.around(i), side.around_fixed(i));
                    let at = |l: usize, d: f32| l as f32 + d;
                    assert!((at(a, d) - at(fa, fd as f32 / 1024.0)).abs() < 0.01, "{side:?} {i}");
                    assert!(a.abs_diff(fa) <= 1 && b.abs_diff(fb) <= 1);
                }
            }
        }
    }

    #[test]
    fn ties_round_away_from_zero() {
        assert_eq!(mix_fixed([1, 2, 1, 2], 0, 512), 2);
        assert_eq!(mix_fixed([-1, -2, -1, -2], 0, 512), -2);
        assert_eq!(mix_fixed([-128, 127, -128, 127], 0, 1024), 127);
    }
}
