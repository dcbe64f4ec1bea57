//! BIDIRECTIONAL_SEQUENCE_RNN: two layers of RNN, one of which reads the sequence from its end.
//!
//! float32, with weights of float32 or of int8 ("hybrid"). Inputs: x; W, R, b and the variable h of the layer that goes
//! forward, then of the one that goes backward; an auxiliary sequence, and a matrix of each layer for it. Without those matrices
//! the auxiliary sequence is what the backward layer reads instead of x. Outputs: one of each layer, or both side by side.

use super::common::types;
use super::recurrent::{Activation, Matrix, Row, Weight, check_dims, matrix_scale};
use super::rnn::Steps;
use crate::data::{View, ViewMut, copy};
use crate::error::Operand::{self, In, Out, Scratch};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::fields::bidirectional_sequence_rnn_options as options;
use floe_tflite::op;

/// BIDIRECTIONAL_SEQUENCE_RNN.
pub static BIDIRECTIONAL_SEQUENCE_RNN: OpDef =
    OpDef::builtin(op::BIDIRECTIONAL_SEQUENCE_RNN, 3, &[kernel::<f32>(), kernel::<i8>()]);

const fn kernel<W: Weight>() -> Kernel {
    Kernel::new(prepare::<W>, eval::<W>).impure()
}

const AUXILIARY: Operand = In(9);

/// One of the two layers.
#[derive(Clone, Copy, Debug)]
struct Side {
    /// Its first matrix; the others follow.
    first: u16,
    /// Its matrix for the auxiliary sequence.
    auxiliary: Operand,
    backward: bool,
}

const SIDES: [Side; 2] = [
    Side { first: 1, auxiliary: In(10), backward: false },
    Side { first: 5, auxiliary: In(11), backward: true },
];

impl Side {
    const fn matrix(self) -> Operand {
        In(self.first)
    }
    const fn recurrent(self) -> Operand {
        In(self.first + 1)
    }
    const fn bias(self) -> Operand {
        In(self.first + 2)
    }
    const fn hidden(self) -> Operand {
        In(self.first + 3)
    }
    fn units(self, op: &Op<'_>) -> Result<usize, Fault> {
        Ok(op.shape(self.matrix())?.dim(0))
    }
}

fn steps(op: &Op<'_>) -> Result<Steps, Fault> {
    Steps::new(op, true, op.option(options::TIME_MAJOR))
}

/// Numbers of a row of the auxiliary sequence that has matrices of its own; 0 without.
fn width(op: &Op<'_>) -> Result<usize, Fault> {
    if op.has(In(10)) { Ok(op.shape(AUXILIARY)?.last()) } else { Ok(0) }
}

fn prepare<W: Weight>(op: &mut Op<'_>) -> Done {
    let float = DType::Float32;
    types(op, [0, 3, 4, 7, 8, 9].map(|i| (In(i), float)))?;
    types(op, [1, 2, 5, 6, 10, 11].map(|i| (In(i), W::DTYPE)))?;
    types(op, [(Out(0), float), (Out(1), float)])?;
    Activation::new(op.option(options::FUSED_ACTIVATION_FUNCTION))?;
    let (steps, x) = (steps(op)?, op.shape(In(0))?);
    if op.has(In(10)) != op.has(In(11)) || op.has(In(10)) && !op.has(AUXILIARY) {
        return Err(Kind::Missing.at(In(11)));
    }
    if op.has(AUXILIARY) {
        let other = op.shape(AUXILIARY)?;
        if other.rank() != 3 || other.dims().get(..2) != x.dims().get(..2) {
            return Err(Kind::Shape.at(AUXILIARY));
        }
    }
    for side in SIDES {
        check_side::<W>(op, side, &steps)?;
    }
    set_outputs(op)?;
    let [forward, backward] = [SIDES[0].units(op)?, SIDES[1].units(op)?];
    op.scratch(W::scratch(
        x.last() + forward.max(backward) + op.shape(AUXILIARY).map_or(0, |s| s.last()),
    ))
}

fn check_side<W: Weight>(op: &Op<'_>, side: Side, steps: &Steps) -> Done {
    let (x, units) = (op.shape(In(0))?, side.units(op)?);
    let own = if side.backward && width(op)? == 0 && op.has(AUXILIARY) { AUXILIARY } else { In(0) };
    check_dims(op, side.matrix(), &[units, op.shape(own)?.last()])?;
    check_dims(op, side.recurrent(), &[units, units])?;
    check_dims(op, side.auxiliary, &[units, width(op)?])?;
    check_dims(op, side.bias(), &[units])?;
    let all = [side.matrix(), side.recurrent(), side.bias(), side.hidden()];
    if !all.into_iter().all(|i| op.has(i))
        || op.shape(side.hidden())?.len() != steps.batches * units
    {
        return Err(Kind::Shape.at(side.hidden()));
    }
    for matrix in [side.matrix(), side.recurrent(), side.auxiliary] {
        matrix_scale::<W>(op, matrix)?;
    }
    if x.last() == 0 { Err(Kind::Shape.at(In(0))) } else { Ok(()) }
}

fn set_outputs(op: &mut Op<'_>) -> Done {
    let x = op.shape(In(0))?;
    let [forward, backward] = [SIDES[0].units(op)?, SIDES[1].units(op)?];
    let shape = |units: usize| x.with(2, units).ok_or(Kind::Shape.at(Out(0)));
    if op.option(options::MERGE_OUTPUTS) {
        return op.set_shape(Out(0), &shape(forward + backward)?);
    }
    op.set_shape(Out(0), &shape(forward)?)?;
    op.set_shape(Out(1), &shape(backward)?)
}

fn eval<W: Weight>(op: &mut Op<'_>) -> Done {
    SIDES.into_iter().try_for_each(|side| run::<W>(op, side))
}

/// Runs one layer.
fn run<W: Weight>(op: &mut Op<'_>, side: Side) -> Done {
    let (steps, units, width) = (steps(op)?, side.units(op)?, width(op)?);
    let activation = Activation::new(op.option(options::FUSED_ACTIVATION_FUNCTION))?;
    let asymmetric = op.option(options::ASYMMETRIC_QUANTIZE_INPUTS);
    let merged = op.option(options::MERGE_OUTPUTS);
    let own = if side.backward && width == 0 && op.has(AUXILIARY) { AUXILIARY } else { In(0) };
    let input = op.shape(own)?.last();
    let to = if side.backward && !merged { Out(1) } else { Out(0) };
    let stride = op.shape(to)?.last();
    let start = if side.backward && merged { stride - units } else { 0 };
    let scale = |operand| matrix_scale::<W>(op, operand);
    let scales = [scale(side.matrix())?, scale(side.recurrent())?, scale(side.auxiliary)?];
    let ([x, w, r, b, aux, a], [y, h, scratch]) = op.io(
        [own, side.matrix(), side.recurrent(), side.bias(), AUXILIARY, side.auxiliary],
        [to, side.hidden(), Scratch],
    )?;
    let [w, r, a] =
        [(w, scales[0]), (r, scales[1]), (a, scales[2])]
            .map(|(data, scale)| Matrix::<W> { data: View::new(data), scale });
    let (x, b, aux) = (View::<f32>::new(x), View::<f32>::new(b), View::<f32>::new(aux));
    let (mut y, mut h) = (ViewMut::<f32>::new(y), ViewMut::<f32>::new(h));
    let (x_scratch, rest) = scratch.split_at_mut_checked(W::scratch(input)).unwrap_or_default();
    let (h_scratch, aux_scratch) = rest.split_at_mut_checked(W::scratch(units)).unwrap_or_default();
    for batch in 0..steps.batches {
        for step in 0..steps.times {
            let row = steps.row(batch, if side.backward { steps.times - 1 - step } else { step });
            let mut h = h.part(batch * units, units);
            let mut y = y.part(row * stride + start, units);
            y.write(b.iter());
            w.accumulate(&Row::new::<W>(x.part(row * input, input), asymmetric, x_scratch), &mut y);
            if a.is_present() {
                let aux = aux.part(row * width, width);
                a.accumulate(&Row::new::<W>(aux, asymmetric, aux_scratch), &mut y);
            }
            r.accumulate(&Row::new::<W>(h.view(), asymmetric, h_scratch), &mut y);
            y.update(|sum| activation.at(sum));
            copy(h.reborrow().into_bytes(), y.into_bytes());
        }
    }
    Ok(())
}
