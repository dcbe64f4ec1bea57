//! RNN and UNIDIRECTIONAL_SEQUENCE_RNN: h' = activation(W x + R h + b), for one step or for a sequence.
//!
//! float32, with weights of float32 or of int8 ("hybrid"). Inputs: x `[batch, input]` or, for a sequence, `[batch, time, input]`
//! (`[time, batch, input]` when time is major); W `[units, input]`; R `[units, units]`; b `[units]`; the variable h `[batch, units]`.

use super::common::types;
use super::recurrent::{Activation, Matrix, Row, Weight, check_dims, matrix_scale};
use crate::data::{View, ViewMut, copy};
use crate::error::Operand::{In, Out, Scratch};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::fields::{rnn_options, sequence_rnn_options};
use floe_tflite::op;

/// RNN.
pub static RNN: OpDef =
    OpDef::builtin(op::RNN, 3, &[kernel::<f32, false>(), kernel::<i8, false>()]);
/// UNIDIRECTIONAL_SEQUENCE_RNN.
pub static UNIDIRECTIONAL_SEQUENCE_RNN: OpDef = OpDef::builtin(
    op::UNIDIRECTIONAL_SEQUENCE_RNN,
    3,
    &[kernel::<f32, true>(), kernel::<i8, true>()],
);

const fn kernel<W: Weight, const SEQUENCE: bool>() -> Kernel {
    Kernel::new(prepare::<W, SEQUENCE>, eval::<W, SEQUENCE>).impure()
}

/// How the rows of a sequence lie.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// Sequences.
    pub batches: usize,
    /// Steps of each.
    pub times: usize,
    /// Whether rows of one time are neighbours, not those of one sequence.
    pub time_major: bool,
}

impl Steps {
    /// The steps of input 0, whose last dimension is a row.
    ///
    /// # Errors
    /// [`Kind::Shape`].
    pub fn new(op: &Op<'_>, sequence: bool, time_major: bool) -> Result<Self, Fault> {
        let x = op.shape(In(0))?;
        match (sequence, x.rank(), time_major) {
            (false, 2, _) => Ok(Self { batches: x.dim(0), times: 1, time_major: false }),
            (true, 3, true) => Ok(Self { batches: x.dim(1), times: x.dim(0), time_major }),
            (true, 3, false) => Ok(Self { batches: x.dim(0), times: x.dim(1), time_major }),
            _ => Err(Kind::Shape.at(In(0))),
        }
    }

    /// Which row step `time` of sequence `batch` is.
    #[must_use]
    pub const fn row(&self, batch: usize, time: usize) -> usize {
        if self.time_major { time * self.batches + batch } else { batch * self.times + time }
    }
}

struct Params {
    steps: Steps,
    input: usize,
    units: usize,
    activation: Activation,
    asymmetric: bool,
}

fn params<const SEQUENCE: bool>(op: &Op<'_>) -> Result<Params, Fault> {
    let (time_major, activation, asymmetric) = if SEQUENCE {
        use sequence_rnn_options::{
            ASYMMETRIC_QUANTIZE_INPUTS, FUSED_ACTIVATION_FUNCTION, TIME_MAJOR,
        };
        (
            op.option(TIME_MAJOR),
            op.option(FUSED_ACTIVATION_FUNCTION),
            op.option(ASYMMETRIC_QUANTIZE_INPUTS),
        )
    } else {
        use rnn_options::{ASYMMETRIC_QUANTIZE_INPUTS, FUSED_ACTIVATION_FUNCTION};
        (false, op.option(FUSED_ACTIVATION_FUNCTION), op.option(ASYMMETRIC_QUANTIZE_INPUTS))
    };
    let steps = Steps::new(op, SEQUENCE, time_major)?;
    let (input, units) = (op.shape(In(0))?.last(), op.shape(In(1))?.dim(0));
    let activation = Activation::new(activation)?;
    Ok(Params { steps, input, units, activation, asymmetric })
}

fn prepare<W: Weight, const SEQUENCE: bool>(op: &mut Op<'_>) -> Done {
    let float = DType::Float32;
    types(op, [(In(0), float), (In(1), W::DTYPE), (In(2), W::DTYPE), (In(3), float)])?;
    types(op, [(In(4), float), (Out(0), float)])?;
    let p = params::<SEQUENCE>(op)?;
    for (operand, dims) in [(In(1), [p.units, p.input]), (In(2), [p.units, p.units])] {
        check_dims(op, operand, &dims)?;
        matrix_scale::<W>(op, operand)?;
    }
    check_dims(op, In(3), &[p.units])?;
    let whole = [In(1), In(2), In(3), In(4)].into_iter().all(|i| op.has(i));
    if !whole || op.shape(In(4))?.len() != p.steps.batches * p.units {
        return Err(Kind::Shape.at(In(4)));
    }
    op.scratch(W::scratch(p.input + p.units))?;
    let x = op.shape(In(0))?;
    let shape = x.with(x.rank() - 1, p.units).ok_or(Kind::Shape.at(Out(0)))?;
    op.set_shape(Out(0), &shape)
}

fn eval<W: Weight, const SEQUENCE: bool>(op: &mut Op<'_>) -> Done {
    let p = params::<SEQUENCE>(op)?;
    let (w_scale, r_scale) = (matrix_scale::<W>(op, In(1))?, matrix_scale::<W>(op, In(2))?);
    let ([x, w, r, b], [y, h, scratch]) =
        op.io([In(0), In(1), In(2), In(3)], [Out(0), In(4), Scratch])?;
    let w = Matrix::<W> { data: View::new(w), scale: w_scale };
    let r = Matrix::<W> { data: View::new(r), scale: r_scale };
    let (x, b) = (View::<f32>::new(x), View::<f32>::new(b));
    let (mut y, mut h) = (ViewMut::<f32>::new(y), ViewMut::<f32>::new(h));
    let (x_scratch, h_scratch) =
        scratch.split_at_mut_checked(W::scratch(p.input)).unwrap_or_default();
    for batch in 0..p.steps.batches {
        for time in 0..p.steps.times {
            let row = p.steps.row(batch, time);
            let mut h = h.part(batch * p.units, p.units);
            let mut y = y.part(row * p.units, p.units);
            y.write(b.iter());
            let x = x.part(row * p.input, p.input);
            w.accumulate(&Row::new::<W>(x, p.asymmetric, x_scratch), &mut y);
            r.accumulate(&Row::new::<W>(h.view(), p.asymmetric, h_scratch), &mut y);
            y.update(|sum| p.activation.at(sum));
            copy(h.reborrow().into_bytes(), y.into_bytes());
        }
    }
    Ok(())
}
