//! Signal ops that keep state from run to run: SignalDelay, SignalFilterBankSpectralSubtraction, SignalFramer,
//! SignalOverlapAdd, SignalStacker, CIRCULAR_BUFFER.

use super::{count, number, shift};
use crate::data::{Scalar, View, ViewMut, copy};
use crate::error::Operand::{In, Out, State};
use crate::error::{Fault, Kind};
use crate::kernels::common::types;
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_graph::DType;

/// SignalDelay: the samples as they were some time before.
pub static SIGNAL_DELAY: OpDef =
    OpDef::custom("SignalDelay", &[Kernel::new(prepare_delay, eval_delay).impure()]);
/// SignalFilterBankSpectralSubtraction: channels less what is always in them, and what that is.
pub static SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION: OpDef = OpDef::custom(
    "SignalFilterBankSpectralSubtraction",
    &[Kernel::new(prepare_subtraction, eval_subtraction).impure()],
);
/// SignalFramer: frames that overlap, and whether all of them are whole.
pub static SIGNAL_FRAMER: OpDef =
    OpDef::custom("SignalFramer", &[Kernel::new(prepare_framer, eval_framer).impure()]);
/// SignalOverlapAdd: the sum of frames that overlap.
pub static SIGNAL_OVERLAP_ADD: OpDef = OpDef::custom(
    "SignalOverlapAdd",
    &[
        Kernel::new(prepare_overlap::<i16>, |op| eval_overlap(op, i16::saturating_add)).impure(),
        Kernel::new(prepare_overlap::<f32>, |op| eval_overlap(op, |a: f32, b| a + b)).impure(),
    ],
);
/// SignalStacker: the last few inputs as one, and whether there are enough.
pub static SIGNAL_STACKER: OpDef =
    OpDef::custom("SignalStacker", &[Kernel::new(prepare_stacker, eval_stacker).impure()]);
/// CIRCULAR_BUFFER: the last few inputs, the newest behind.
pub static CIRCULAR_BUFFER: OpDef =
    OpDef::custom("CIRCULAR_BUFFER", &[Kernel::new(prepare_ring, eval_ring).impure()]);

/// Moves the elements behind the first `n` to the front.
fn drop_front<T: Scalar>(all: &mut ViewMut<'_, T>, n: usize) {
    for i in n..all.len() {
        all.set(i - n, all.at(i));
    }
}

fn prepare_delay(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Int16), (Out(0), DType::Int16)])?;
    let shape = op.shape(In(0))?;
    let rows = shape.len().checked_div(shape.last()).unwrap_or(0);
    op.state(rows.saturating_mul(count(op, "delay_length")?).saturating_mul(2))?;
    op.set_shape(Out(0), &shape)
}

fn eval_delay(op: &mut Op<'_>) -> Done {
    let (delay, width) = (count(op, "delay_length")?, op.shape(In(0))?.last());
    let ([x], [y, state]) = op.io([In(0)], [Out(0), State])?;
    let (mut y, mut state) = (ViewMut::<i16>::new(y), ViewMut::<i16>::new(state));
    for (row, (x, mut y)) in View::<i16>::new(x).pieces(width).zip(y.pieces(width)).enumerate() {
        let mut past = state.part(row * delay, delay);
        for i in 0..width {
            y.set(i, if i < delay { past.at(i) } else { x.at(i - delay) });
        }
        drop_front(&mut past, width.min(delay));
        for i in delay.saturating_sub(width)..delay {
            past.set(i, x.at(width + i - delay));
        }
    }
    Ok(())
}

/// How the estimate of noise follows the signal, for even and odd channels.
const SMOOTHING: [[&str; 2]; 2] = [
    ["smoothing", "one_minus_smoothing"],
    ["alternate_smoothing", "alternate_one_minus_smoothing"],
];

fn prepare_subtraction(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Uint32), (Out(0), DType::Uint32), (Out(1), DType::Uint32)])?;
    let shape = op.shape(In(0))?;
    if count(op, "num_channels")? != shape.len() {
        return Err(Kind::Shape.at(In(0)));
    }
    for key in SMOOTHING.as_flattened().iter().chain(&["min_signal_remaining", "clamping"]) {
        number(op, key)?;
    }
    shift(op, "smoothing_bits")?;
    shift(op, "spectral_subtraction_bits")?;
    op.state(shape.len() * 4)?;
    op.set_shape(Out(0), &shape)?;
    op.set_shape(Out(1), &shape)
}

fn eval_subtraction(op: &mut Op<'_>) -> Done {
    let wide = |op: &Op<'_>, key: &str| number(op, key).map(|n| u64::from(n as u32));
    let mut smoothing = [[0; 2]; 2];
    for (to, key) in smoothing.as_flattened_mut().iter_mut().zip(SMOOTHING.as_flattened()) {
        *to = wide(op, key)?;
    }
    let (least, clamping) = (wide(op, "min_signal_remaining")?, number(op, "clamping")? != 0);
    let (up, down) = (shift(op, "smoothing_bits")?, shift(op, "spectral_subtraction_bits")?);
    let ([x], [y, noise, state]) = op.io([In(0)], [Out(0), Out(1), State])?;
    let (mut y, mut estimates) = (ViewMut::<u32>::new(y), ViewMut::<u32>::new(state));
    for (i, x) in View::<u32>::new(x).iter().enumerate() {
        let [[even, even_rest], [odd, odd_rest]] = smoothing;
        let (new, old) = if i % 2 == 0 { (even, even_rest) } else { (odd, odd_rest) };
        let signal = x << up;
        let sum = u64::from(signal)
            .wrapping_mul(new)
            .wrapping_add(u64::from(estimates.at(i)).wrapping_mul(old));
        let estimate = (sum >> down) as u32;
        let kept = estimate.min(signal);
        estimates.set(i, if clamping { kept } else { estimate });
        let floor = (u64::from(x).wrapping_mul(least) >> down) as u32;
        y.set(i, ((signal - kept) >> up).max(floor));
    }
    ViewMut::<u32>::new(noise).write(estimates.view().iter());
    Ok(())
}

/// A queue in the state: how many samples it holds, and one more, so that 0 is a queue that was never used; the samples.
struct Queue<'a> {
    len: ViewMut<'a, u32>,
    samples: ViewMut<'a, i16>,
}

impl<'a> Queue<'a> {
    /// Bytes of a queue for so many samples.
    const fn bytes(capacity: usize) -> usize {
        capacity.saturating_mul(2).saturating_add(4)
    }

    /// The queue; when it was never used, with `first` zeros in it. Whether it was.
    fn new(bytes: &'a mut [u8], first: usize) -> (Self, bool) {
        let (len, samples) = bytes.split_at_mut_checked(4).unwrap_or_default();
        let mut queue = Self { len: ViewMut::new(len), samples: ViewMut::new(samples) };
        let used = queue.len.at(0) != 0;
        if !used {
            queue.set_len(first);
        }
        (queue, used)
    }

    fn len(&self) -> usize {
        self.len.at(0).saturating_sub(1) as usize
    }

    fn set_len(&mut self, len: usize) {
        self.len.set(0, len as u32 + 1);
    }

    fn push(&mut self, x: View<'_, i16>) {
        let len = self.len();
        self.samples.part(len, x.len()).write(x.iter());
        self.set_len(len + x.len());
    }

    fn discard(&mut self, n: usize) {
        drop_front(&mut self.samples, n);
        self.set_len(self.len().saturating_sub(n));
    }

    /// Whether there are as many samples as `y` takes, which then are the oldest.
    fn peek(&self, y: &mut ViewMut<'_, i16>) -> bool {
        let enough = self.len() >= y.len();
        if enough {
            y.write(self.samples.view().iter());
        } else {
            y.fill(0);
        }
        enough
    }
}

/// Sizes of frames, of steps between them, and bytes of the queue of each row.
fn frames(op: &Op<'_>) -> Result<(usize, usize, usize), Fault> {
    let (size, step) = (count(op, "frame_size")?, count(op, "frame_step")?);
    let whole = op.shape(In(0))?.last().checked_rem(step) == Some(0);
    if !whole || step > size {
        Err(Kind::Option.at(In(0)))
    } else {
        Ok((size, step, Queue::bytes(size + step)))
    }
}

fn prepare_framer(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Int16), (Out(0), DType::Int16), (Out(1), DType::Bool)])?;
    let (x, (size, step, bytes)) = (op.shape(In(0))?, frames(op)?);
    number(op, "prefill")?;
    let (last, head) = x.dims().split_last().ok_or(Kind::Shape.at(In(0)))?;
    let count = usize::try_from(*last).ok().and_then(|last| last.checked_div(step)).unwrap_or(0);
    op.state(bytes.saturating_mul(x.span(0, head.len())))?;
    let shape = Shape::new(head.iter().copied().chain([count as i32, size as i32]));
    op.set_shape(Out(0), &shape.ok_or(Kind::Shape.at(Out(0)))?)?;
    op.set_dims(Out(1), &[])
}

fn eval_framer(op: &mut Op<'_>) -> Done {
    let ((size, step, bytes), width) = (frames(op)?, op.shape(In(0))?.last());
    let first = if number(op, "prefill")? != 0 { size - step } else { 0 };
    let ([x], [y, valid, state]) = op.io([In(0)], [Out(0), Out(1), State])?;
    let (mut y, mut all) = (ViewMut::<i16>::new(y), true);
    let mut out = y.pieces(size);
    for (x, state) in View::<i16>::new(x).pieces(width).zip(state.chunks_exact_mut(bytes.max(1))) {
        let (mut queue, _) = Queue::new(state, first);
        for (x, mut y) in x.pieces(step).zip(&mut out) {
            queue.push(x);
            let enough = queue.peek(&mut y);
            if enough {
                queue.discard(step);
            }
            all &= enough;
        }
    }
    ViewMut::<bool>::new(valid).set(0, all);
    Ok(())
}

fn prepare_overlap<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), T::DTYPE)])?;
    let (x, step) = (op.shape(In(0))?, count(op, "frame_step")?);
    let outer = x.rank().checked_sub(2).ok_or(Kind::Shape.at(In(0)))?;
    if step > x.last() {
        return Err(Kind::Option.at(In(0)));
    }
    op.state(x.span(0, outer).saturating_mul(x.last()).saturating_mul(size_of::<T>()))?;
    let mut dims = [0; MAX_RANK];
    for (to, d) in dims.iter_mut().zip(x.iter()) {
        *to = d;
    }
    if let Some(last) = dims.get_mut(outer) {
        *last = last.saturating_mul(step);
    }
    op.set_dims(Out(0), dims.get(..=outer).unwrap_or_default())
}

fn eval_overlap<T: Scalar>(op: &mut Op<'_>, add: fn(T, T) -> T) -> Done {
    let (x, step) = (op.shape(In(0))?, count(op, "frame_step")?);
    let (size, frames) = (x.last(), x.dim(x.rank() - 2));
    let ([x], [y, state]) = op.io([In(0)], [Out(0), State])?;
    let (mut y, mut state) = (ViewMut::<T>::new(y), ViewMut::<T>::new(state));
    for (frame, x) in View::<T>::new(x).pieces(size).enumerate() {
        let mut sums = state.part(frame / frames.max(1) * size, size);
        for (i, x) in x.iter().enumerate() {
            sums.set(i, add(sums.at(i), x));
        }
        y.part(frame * step, step).write(sums.view().iter());
        drop_front(&mut sums, step);
        sums.part(size - step, step).fill(T::default());
    }
    Ok(())
}

/// Channels of an input, inputs of an output, inputs between outputs, and how often the first is repeated.
fn stacking(op: &Op<'_>) -> Result<[usize; 4], Fault> {
    let channels = count(op, "num_channels")?;
    let (left, right) = (count(op, "stacker_left_context")?, count(op, "stacker_right_context")?);
    let (inputs, step) = (left + right + 1, count(op, "stacker_step")?);
    if step == 0 || step > inputs || op.shape(In(0))?.len() != channels {
        return Err(Kind::Option.at(In(0)));
    }
    Ok([channels, inputs, step, left])
}

fn prepare_stacker(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Int16), (Out(0), DType::Int16), (Out(1), DType::Bool)])?;
    let [channels, inputs, ..] = stacking(op)?;
    let size = channels.checked_mul(inputs).ok_or(Kind::Size.at(Out(0)))?;
    op.state(Queue::bytes(size))?;
    op.set_dims(Out(0), &[size])?;
    op.set_dims(Out(1), &[])
}

fn eval_stacker(op: &mut Op<'_>) -> Done {
    let [channels, _, step, left] = stacking(op)?;
    let ([x], [y, valid, state]) = op.io([In(0)], [Out(0), Out(1), State])?;
    let (x, mut y) = (View::<i16>::new(x), ViewMut::<i16>::new(y));
    let (mut queue, used) = Queue::new(state, 0);
    for _ in 0..=if used { 0 } else { left } {
        queue.push(x);
    }
    let enough = queue.peek(&mut y);
    if enough {
        queue.discard(step * channels);
    }
    ViewMut::<bool>::new(valid).set(0, enough);
    Ok(())
}

fn prepare_ring(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Int8), (Out(0), DType::Int8)])?;
    let (x, y) = (op.shape(In(0))?, op.shape(Out(0))?);
    let alike = [0, 2, 3].iter().all(|&i: &usize| x.dim(i) == y.dim(i));
    if x.rank() != 4 || y.rank() != 4 || x.dim(1) != 1 || x.dim(0) != 1 || y.dim(1) == 0 || !alike {
        return Err(Kind::Shape.at(In(0)));
    }
    let bytes = y.len();
    op.state(bytes)?;
    op.set_shape(Out(0), &y)
}

/// TensorFlow Lite Micro ends the run here but every `cycles_max` times; a run goes on here, with the same contents.
fn eval_ring(op: &mut Op<'_>) -> Done {
    let ([x], [y, state]) = op.io([In(0)], [Out(0), State])?;
    let mut slots = ViewMut::<i8>::new(state);
    let (all, n) = (slots.len(), x.len());
    drop_front(&mut slots, n);
    slots.part(all - n, n).write(View::<i8>::new(x).iter());
    copy(y, slots.into_bytes());
    Ok(())
}
