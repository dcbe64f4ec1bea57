//! REVERSE_V2: some dimensions backwards. REVERSE_SEQUENCE: the beginning of each sequence of a batch
//! backwards. Any element type of whole bytes.

use super::strided::{gather, same_type, steps, width};
use crate::data::copy;
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_tflite::fields::reverse_sequence_options::{BATCH_DIM, SEQ_DIM};
use floe_tflite::op;

/// REVERSE_V2.
pub static REVERSE_V2: OpDef = OpDef::builtin(op::REVERSE_V2, 4, &[Kernel::new(prepare, eval)]);
/// REVERSE_SEQUENCE.
pub static REVERSE_SEQUENCE: OpDef =
    OpDef::builtin(op::REVERSE_SEQUENCE, 1, &[Kernel::new(prepare_sequence, eval_sequence)]);

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let shape = op.shape(In(0))?;
    if op.shape(In(1))?.rank() > 1 || op.shape(In(1))?.len() > shape.rank() {
        return Err(Kind::Shape.at(In(1)));
    }
    op.set_shape(Out(0), &shape)
}

fn eval(op: &mut Op<'_>) -> Done {
    let (width, shape) = (width(op, In(0))?, op.shape(In(0))?);
    let mut steps = steps(&shape);
    let mut base = 0;
    for &axis in op.known_ints::<MAX_RANK>(In(1))?.iter() {
        let axis = shape.axis(axis).ok_or(Kind::Value.at(In(1)))?;
        // A dimension that is named twice is turned once.
        if let Some(step) = steps.get_mut(axis).filter(|step| **step > 0) {
            base += *step * (shape.dim(axis) as isize - 1).max(0);
            *step = -*step;
        }
    }
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    gather(y, &shape, x, width, base, &steps);
    Ok(())
}

/// The dimensions of time and of the batch.
fn axes(op: &Op<'_>, shape: &Shape) -> Result<(usize, usize), Fault> {
    let axis = |i: i32| usize::try_from(i).ok().filter(|&i| i < shape.rank());
    let (seq, batch) = (axis(op.option(SEQ_DIM)), axis(op.option(BATCH_DIM)));
    seq.zip(batch).filter(|(seq, batch)| seq != batch).ok_or(Kind::Option.at(In(0)))
}

fn prepare_sequence(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let shape = op.shape(In(0))?;
    let (_, batch) = axes(op, &shape)?;
    if op.shape(In(1))?.dims() != [shape.dim(batch) as i32] {
        return Err(Kind::Shape.at(In(1)));
    }
    op.set_shape(Out(0), &shape)
}

fn eval_sequence(op: &mut Op<'_>) -> Done {
    let (width, shape) = (width(op, In(0))?, op.shape(In(0))?);
    let (seq, batch) = axes(op, &shape)?;
    // Between the two dimensions and behind them elements stay together.
    let (first, second) = (seq.min(batch), seq.max(batch));
    let middle = shape.span(first + 1, second);
    let bytes = shape.span(second + 1, shape.rank()) * width;
    let (outer, a, b) = (shape.span(0, first), shape.dim(first), shape.dim(second));
    for i in 0..outer * a * middle * b {
        let (rest, at_b) = (i / b.max(1), i % b.max(1));
        let (rest, at_middle) = (rest / middle.max(1), rest % middle.max(1));
        let at_a = rest % a.max(1);
        let (time, which) = if seq < batch { (at_a, at_b) } else { (at_b, at_a) };
        let length =
            length(op, which)?.filter(|&l| l <= shape.dim(seq)).ok_or(Kind::Value.at(In(1)))?;
        let time = if time < length { length - 1 - time } else { time };
        let (from_a, from_b) = if seq < batch { (time, at_b) } else { (at_a, time) };
        let from = ((rest / a.max(1) * a + from_a) * middle + at_middle) * b + from_b;
        let ([x], [y]) = op.io([In(0)], [Out(0)])?;
        if let (Some(to), Some(from)) = (y.get_mut(i * bytes..), x.get(from * bytes..)) {
            copy(to.get_mut(..bytes).unwrap_or_default(), from);
        }
    }
    Ok(())
}

/// The length of sequence `i`; `None` when it is negative.
fn length(op: &Op<'_>, i: usize) -> Result<Option<usize>, Fault> {
    super::strided::index(op, In(1), i).map(|n| usize::try_from(n).ok())
}
