//! What kernels share: fused activations, window geometry, elementwise loops.
//!
//! Invariant: nothing here knows an op.

use crate::data::{Scalar, View, ViewMut, copy};
use crate::error::{Fault, Kind, Operand};
use crate::num::scale::Real;
use crate::shape::{MAX_RANK, Shape};
use crate::task::{Memory, Operands, Prepare, Task, one_to_one};
use crate::{Done, Op};
use Operand::{In, Out};
use floe_graph::DType;
use floe_tflite::enums::{activation_function_type as act, padding};

/// Refuses the kernel when the operands do not have these element types.
///
/// # Errors
/// [`Kind::Type`] for the first that differs; an absent operand is no fault.
pub fn types<const N: usize>(op: &Op<'_>, wanted: [(Operand, DType); N]) -> Done {
    for (operand, dtype) in wanted {
        if op.has(operand) && op.dtype(operand)? != dtype {
            return Err(Kind::Type.at(operand));
        }
    }
    Ok(())
}

/// The numbers between which a fused activation keeps a float. Without one, infinities become the largest numbers, as in
/// the references.
///
/// # Errors
/// [`Kind::Option`] for tanh and sign, which no kernel fuses.
pub fn float_range(activation: i8) -> Result<(f32, f32), Fault> {
    match activation {
        act::NONE => Ok((f32::MIN, f32::MAX)),
        act::RELU => Ok((0.0, f32::MAX)),
        act::RELU_N1_TO_1 => Ok((-1.0, 1.0)),
        act::RELU6 => Ok((0.0, 6.0)),
        _ => Err(Kind::Option.at(Operand::None)),
    }
}

/// `x` between `low` and `high`; NaN stays.
#[must_use]
#[inline(always)]
pub fn clamp(x: f32, (low, high): (f32, f32)) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// The numbers that an integer type holds.
///
/// # Errors
/// [`Kind::Type`] for other types than 8-, 16- and 32-bit integers.
pub fn type_range(dtype: DType) -> Result<(i32, i32), Fault> {
    match dtype {
        DType::Int8 => Ok((-128, 127)),
        DType::Uint8 => Ok((0, 255)),
        DType::Int16 => Ok((-32768, 32767)),
        DType::Int32 => Ok((i32::MIN, i32::MAX)),
        _ => Err(Kind::Type.at(Operand::None)),
    }
}

/// The numbers between which a fused activation keeps a quantized output.
///
/// # Errors
/// [`Kind::Quant`]; as [`float_range`] and [`type_range`].
pub fn quantized_range(op: &Op<'_>, out: Operand, activation: i8) -> Result<(i32, i32), Fault> {
    let (low, high) = type_range(op.dtype(out)?)?;
    if activation == act::NONE {
        return Ok((low, high));
    }
    let (scale, zero) = op.scale(out)?;
    let scale = Real::positive(scale).ok_or(Kind::Quant.at(out))?;
    let quantized = |x: f32| {
        let steps = Real::new(x).map_or(0, |x| x.div_f32(scale).round());
        steps.saturating_add(zero.into()).clamp(i32::MIN.into(), i32::MAX.into()) as i32
    };
    match activation {
        act::RELU => Ok((low.max(zero), high)),
        act::RELU6 => Ok((low.max(zero), high.min(quantized(6.0)))),
        act::RELU_N1_TO_1 => Ok((low.max(quantized(-1.0)), high.min(quantized(1.0)))),
        _ => Err(Kind::Option.at(Operand::None)),
    }
}

/// How a window moves along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Positions of the window: the output's size.
    pub out: usize,
    /// How many steps before the input's first element the first window begins.
    pub pad: usize,
    /// Elements from one window to the next.
    pub stride: usize,
    /// Elements from one tap of the window to the next.
    pub dilation: usize,
    /// Taps of the window.
    pub taps: usize,
}

impl Window {
    /// The window of `taps` taps over `input` elements, by the file's options.
    ///
    /// # Errors
    /// [`Kind::Option`] for a stride, dilation or window that is not positive, or a window that does
    /// not fit.
    pub fn new(
        mode: i8,
        input: usize,
        taps: usize,
        stride: i32,
        dilation: i32,
    ) -> Result<Self, Fault> {
        let bad = Kind::Option.at(Operand::None);
        let positive = |x: i32| usize::try_from(x).ok().filter(|&x| x > 0).ok_or(bad);
        let (stride, dilation) = (positive(stride)?, positive(dilation)?);
        let reach = taps.checked_sub(1).and_then(|t| t.checked_mul(dilation)).ok_or(bad)?;
        let span = reach.checked_add(1).filter(|&s| i32::try_from(s).is_ok()).ok_or(bad)?;
        let out = match mode {
            padding::SAME => input.div_ceil(stride),
            padding::VALID => (input + stride).saturating_sub(span) / stride,
            _ => return Err(bad),
        };
        let needed = out.saturating_sub(1).checked_mul(stride).and_then(|n| n.checked_add(span));
        let pad = needed.ok_or(bad)?.saturating_sub(input) / 2;
        Ok(Self { out, pad, stride, dilation, taps })
    }

    /// The taps of window `position` that fall on one of `input` elements, and the element that tap 0
    /// would fall on, which may lie before the first.
    #[must_use]
    #[inline]
    pub fn taps_on(&self, position: usize, input: usize) -> (core::ops::Range<usize>, isize) {
        let origin = (position * self.stride) as isize - self.pad as isize;
        let dilation = self.dilation.max(1);
        let first = if origin < 0 { origin.unsigned_abs().div_ceil(dilation) } else { 0 };
        let room = (input as isize - origin).max(0) as usize;
        let end = room.div_ceil(dilation).min(self.taps);
        (first.min(end)..end, origin)
    }
}

/// Output 0 is input 0, or lies where it does.
#[derive(Clone, Copy, Debug)]
pub struct Copied {
    /// Whether it lies there already.
    pub in_place: bool,
}

impl Prepare for Copied {
    fn of(op: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self { in_place: op.in_place() })
    }

    fn operands(&self) -> Operands {
        one_to_one(if self.in_place { Operand::None } else { In(0) })
    }
}

impl Task for Copied {
    fn run(&self, mut memory: Memory<'_>) -> Done {
        let ([x, ..], [y, _]) = memory.slices()?;
        if !self.in_place {
            copy(y, x);
        }
        Ok(())
    }
}

/// Writes `f` of each number of input 0 to output 0, in place where the plan has it so.
///
/// # Errors
/// As [`Op::io`].
#[inline(always)]
pub fn map<T: Scalar, U: Scalar>(op: &mut Op<'_>, mut f: impl FnMut(T) -> U) -> Done {
    if op.in_place() {
        let ([], [y]) = op.io([], [Out(0)])?;
        for bytes in y.chunks_exact_mut(size_of::<T>().max(1)) {
            let x = T::of(bytes).first().map_or_else(T::default, |b| T::load(*b));
            ViewMut::<U>::new(bytes).set(0, f(x));
        }
        return Ok(());
    }
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    ViewMut::<U>::new(y).write(View::<T>::new(x).iter().map(&mut f));
    Ok(())
}

/// As [`map`] for bytes, by a table when there are more than it has entries.
///
/// # Errors
/// As [`Op::io`].
pub fn map_bytes(op: &mut Op<'_>, f: &mut dyn FnMut(u8) -> u8) -> Done {
    if op.shape(In(0))?.len() < 256 {
        return map(op, f);
    }
    let mut table = [0u8; 256];
    for (i, to) in (0u8..=255).zip(table.iter_mut()) {
        *to = f(i);
    }
    map(op, |x: u8| table.get(usize::from(x)).copied().unwrap_or_default())
}

/// For the elements of an output that several inputs broadcast to: the inputs' steps along each of its
/// dimensions, 0 where one element serves all.
#[derive(Clone, Copy, Debug)]
pub struct Steps([usize; MAX_RANK]);

impl Steps {
    /// The steps of an input of shape `shape` in an output of shape `out`.
    #[must_use]
    pub fn new(shape: &Shape, out: &Shape) -> Self {
        let mut steps = [0; MAX_RANK];
        let lead = out.rank().saturating_sub(shape.rank());
        for (i, step) in steps.iter_mut().enumerate().take(out.rank()).skip(lead) {
            let own = i - lead;
            if shape.dim(own) != 1 {
                *step = shape.span(own + 1, shape.rank());
            }
        }
        Self(steps)
    }

    /// The step along dimension `i`.
    #[must_use]
    #[inline]
    pub fn along(&self, i: usize) -> usize {
        self.0.get(i).copied().unwrap_or(0)
    }
}

/// Calls `f` for each row (run along the last dimension) of an output: the index of its first element,
/// and the first element of each input's row.
#[inline(always)]
pub fn rows<const N: usize>(out: &Shape, steps: &[Steps; N], mut f: impl FnMut(usize, [usize; N])) {
    let width = out.last();
    let outer = out.rank().saturating_sub(1);
    let count = out.span(0, outer);
    let mut index = [0usize; MAX_RANK];
    let mut at = [0usize; N];
    for row in 0..count {
        f(row * width, at);
        for i in (0..outer).rev() {
            let Some(index) = index.get_mut(i) else { break };
            *index += 1;
            let wrap = *index == out.dim(i);
            for (at, steps) in at.iter_mut().zip(steps) {
                let step = steps.along(i);
                *at = if wrap { *at - step * (*index - 1) } else { *at + step };
            }
            if !wrap {
                break;
            }
            *index = 0;
        }
    }
}

/// Sets the shape of output 0 to what inputs 0 and 1 broadcast to.
///
/// # Errors
/// [`Kind::Shape`] when they do not.
pub fn set_broadcast(op: &mut Op<'_>) -> Done {
    let (a, b) = (op.shape(In(0))?, op.shape(In(1))?);
    op.set_shape(Out(0), &a.broadcast(&b).ok_or(Kind::Shape.at(In(1)))?)
}

/// Numbers at a time that are saved from being written over by [`zip`].
const BLOCK: usize = 32;

/// Inputs 0 and 1, broadcast to output 0.
#[derive(Clone, Copy)]
pub struct Zip {
    /// Their shapes, and the output's.
    shapes: [Shape; 3],
    /// In whose place the output lies.
    place: Option<u16>,
}

impl Zip {
    /// The pair with these dimensions.
    #[must_use]
    pub const fn known(a: &[i32], b: &[i32], out: &[i32], place: Option<u16>) -> Self {
        Self { shapes: [Shape::known(a), Shape::known(b), Shape::known(out)], place }
    }

    /// The operator's pair.
    ///
    /// # Errors
    /// As [`Op::shape`].
    pub fn of(op: &Op<'_>) -> Result<Self, Fault> {
        let mut shapes = [op.shape(In(0))?, op.shape(In(1))?, op.shape(Out(0))?];
        let [a, b, out] = shapes;
        if a == b {
            // One long row.
            shapes = [Shape::of(&[out.len()]).unwrap_or(out); 3];
        }
        Ok(Self { shapes, place: op.in_place_of(2) })
    }

    /// What is read and written.
    #[must_use]
    pub fn operands(&self) -> Operands {
        let source = |i: u16| if self.place == Some(i) { Operand::None } else { In(i) };
        ([source(0), source(1), Operand::None, Operand::None], [Out(0), Operand::None])
    }
}

impl core::fmt::Debug for Zip {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let [a, b, out] = &self.shapes;
        write!(f, "Zip::known(&{a:?}, &{b:?}, &{out:?}, {:?})", self.place)
    }
}

/// Writes `f` of each pair of numbers of inputs 0 and 1, broadcast, to output 0, in the place of one of them
/// where the plan has it so.
///
/// # Errors
/// As [`Op::io`].
#[inline(always)]
pub fn zip<A: Scalar, B: Scalar, U: Scalar>(op: &mut Op<'_>, f: impl FnMut(A, B) -> U) -> Done {
    let pair = Zip::of(op)?;
    let (reads, writes) = pair.operands();
    zip_in(&pair, op.memory_of(reads, writes)?, f)
}

/// As [`zip`], in the memory of a task.
///
/// # Errors
/// As [`Op::io`].
#[inline(always)]
pub fn zip_in<A: Scalar, B: Scalar, U: Scalar>(
    pair: &Zip,
    mut memory: Memory<'_>,
    mut f: impl FnMut(A, B) -> U,
) -> Done {
    let Zip { shapes: [sa, sb, so], place } = *pair;
    let [from_a, from_b] = [place != Some(0), place != Some(1)];
    let ([a, b, ..], [y, _]) = memory.slices()?;
    let (a, b, mut y) = (View::<A>::new(a), View::<B>::new(b), ViewMut::<U>::new(y));
    let steps = [Steps::new(&sa, &so), Steps::new(&sb, &so)];
    let (width, last) = (so.last(), so.rank().saturating_sub(1));
    let wide = steps.map(|s| s.along(last) != 0);
    let block = if place.is_some() { BLOCK } else { width.max(1) };
    let mut saved = [0u8; BLOCK * 8];
    rows(&so, &steps, |start, [at_a, at_b]| {
        // Said again where it is used: else the step links a path to a panic.
        for done in (0..width).step_by(block.max(1)) {
            let mut y = y.part(start + done, block.min(width - done));
            if place.is_some() {
                copy(&mut saved, y.reborrow().into_bytes());
            }
            let part = |at: usize, wide: bool| at + if wide { done } else { 0 };
            let a = if from_a { a.part(part(at_a, wide[0]), y.len()) } else { View::new(&saved) };
            let b = if from_b { b.part(part(at_b, wide[1]), y.len()) } else { View::new(&saved) };
            match wide {
                [true, true] => y.write(a.iter().zip(b.iter()).map(|(a, b)| f(a, b))),
                [true, false] => {
                    let b = b.at(0);
                    y.write(a.iter().map(|a| f(a, b)));
                }
                [false, true] => {
                    let a = a.at(0);
                    y.write(b.iter().map(|b| f(a, b)));
                }
                [false, false] => y.fill(f(a.at(0), b.at(0))),
            }
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn windows_are_those_of_tensorflow() {
        // TensorFlow's documentation: SAME covers ceil(in / stride) positions, VALID only whole windows.
        let w = Window::new(padding::SAME, 7, 3, 2, 1).unwrap();
        assert_eq!((w.out, w.pad), (4, 1));
        let w = Window::new(padding::SAME, 8, 3, 2, 1).unwrap();
        assert_eq!((w.out, w.pad), (4, 0));
        let w = Window::new(padding::VALID, 8, 3, 2, 2).unwrap();
        assert_eq!((w.out, w.pad), (2, 0));
        assert!(Window::new(padding::SAME, 8, 0, 1, 1).is_err());
        assert!(Window::new(padding::SAME, 8, 3, 0, 1).is_err());
        assert!(Window::new(padding::VALID, 8, i32::MAX as usize, 1, i32::MAX).is_err());
    }

    #[test]
    fn taps_stay_on_the_input() {
        for (taps, stride, dilation, input) in
            [(3, 1, 1, 5), (3, 2, 3, 5), (5, 1, 1, 2), (1, 4, 1, 3)]
        {
            let w = Window::new(padding::SAME, input, taps, stride, dilation).unwrap();
            for position in 0..w.out {
                let (range, origin) = w.taps_on(position, input);
                let inside =
                    |t: &usize| (0..input as isize).contains(&(origin + (t * w.dilation) as isize));
                let want: Vec<usize> = (0..taps).filter(inside).collect();
                assert_eq!(range.collect::<Vec<_>>(), want, "{w:?} at {position}");
            }
        }
    }

    #[test]
    fn rows_walk_the_inputs_in_step() {
        let s = |d: &[i32]| Shape::new(d.iter().copied()).unwrap();
        let (a, b, out) = (s(&[2, 1, 3]), s(&[4, 1]), s(&[2, 4, 3]));
        let mut seen = Vec::new();
        rows(&out, &[Steps::new(&a, &out), Steps::new(&b, &out)], |y, at| seen.push((y, at)));
        let want: Vec<_> = (0..8).map(|r| (r * 3, [r / 4 * 3, r % 4])).collect();
        assert_eq!(seen, want);
    }
}
