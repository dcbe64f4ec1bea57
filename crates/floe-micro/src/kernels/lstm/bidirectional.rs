//! BIDIRECTIONAL_SEQUENCE_LSTM: two layers of LSTM, one of which reads the sequence from its end.
//!
//! Floats, as the unidirectional op without normalisation. Inputs 1 to 17 are the forward layer's weights, 18 to 34 the backward
//! one's; then the output and cell states of both. An auxiliary sequence, input 39, is what the backward layer reads instead; with
//! matrices of its own it is refused. Outputs: one of each layer, or both side by side.

use super::float::{Target, check_types, run, scratch};
use super::{Params, Place, check_layer};
use crate::error::Operand::{self, In, Out};
use crate::error::{Fault, Kind};
use crate::kernels::recurrent::{Activation, Weight};
use crate::kernels::rnn::Steps;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::fields::bidirectional_sequence_lstm_options as options;
use floe_tflite::op;

/// BIDIRECTIONAL_SEQUENCE_LSTM.
pub static BIDIRECTIONAL_SEQUENCE_LSTM: OpDef =
    OpDef::builtin(op::BIDIRECTIONAL_SEQUENCE_LSTM, 3, &[kernel::<f32>(), kernel::<i8>()]);

const fn kernel<W: Weight>() -> Kernel {
    Kernel::new(prepare::<W>, eval::<W>).impure()
}

const AUXILIARY: Operand = In(39);

/// Sizes and options of one layer.
fn params(op: &Op<'_>, backward: bool) -> Result<Params, Fault> {
    let place = if backward {
        let x = if op.has(AUXILIARY) { AUXILIARY } else { In(0) };
        Place { x, shift: 17, hidden: In(37), cell: In(38), norms: false }
    } else {
        Place { x: In(0), shift: 0, hidden: In(35), cell: In(36), norms: false }
    };
    Ok(Params {
        place,
        steps: Steps::new(op, true, op.option(options::TIME_MAJOR))?,
        input: op.shape(place.x)?.last(),
        cells: op.shape(place.of(In(4)))?.dim(0),
        output: op.shape(place.of(In(8)))?.dim(1),
        activation: op.option(options::FUSED_ACTIVATION_FUNCTION),
        cell_clip: op.option(options::CELL_CLIP),
        projection_clip: op.option(options::PROJ_CLIP),
        asymmetric: op.option(options::ASYMMETRIC_QUANTIZE_INPUTS),
    })
}

/// Both layers, and where their outputs go.
fn layers(op: &Op<'_>) -> Result<[(Params, Target); 2], Fault> {
    let [forward, backward] = [params(op, false)?, params(op, true)?];
    let [own, other] = [forward.output, backward.output];
    let merged = op.option(options::MERGE_OUTPUTS);
    let place = |out, start, stride, backward| Target { out, start, stride, backward };
    Ok(if merged {
        [
            (forward, place(Out(0), 0, own + other, false)),
            (backward, place(Out(0), own, own + other, true)),
        ]
    } else {
        [(forward, place(Out(0), 0, own, false)), (backward, place(Out(1), 0, other, true))]
    })
}

fn prepare<W: Weight>(op: &mut Op<'_>) -> Done {
    let (mut bytes, x) = (0, op.shape(In(0))?);
    for (p, target) in layers(op)? {
        check_types::<W>(op, &p.place)?;
        check_layer(op, &p)?;
        Activation::new(p.activation)?;
        if op.shape(p.place.x)?.dims().get(..2) != x.dims().get(..2) {
            return Err(Kind::Shape.at(AUXILIARY));
        }
        bytes = scratch::<W>(&p).max(bytes);
        let shape = x.with(2, target.stride).ok_or(Kind::Shape.at(target.out))?;
        op.set_shape(target.out, &shape)?;
    }
    let limits = [op.option(options::CELL_CLIP), op.option(options::PROJ_CLIP)];
    let crossed = (40..48).any(|i| op.has(In(i)));
    if crossed || !limits.iter().all(|&limit| limit >= 0.0) {
        return Err(Kind::Option.at(In(40)));
    }
    op.scratch(bytes)
}

fn eval<W: Weight>(op: &mut Op<'_>) -> Done {
    layers(op)?.into_iter().try_for_each(|(p, target)| run::<W>(op, p, &target))
}
