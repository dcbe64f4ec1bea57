//! LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM: long short-term memory, for one step or for a sequence.
//!
//! Four gates, each of a matrix for the input x, one for the last output h, and optionally a diagonal one for the cell c
//! ("peephole") and a normalisation over the cells: i, f, o = σ(…), g = activation(…); c' = f c + i g; h' = P (o activation(c')).
//! Without an input gate i = 1 − f; without a projection P, h' is not multiplied. float32 with weights of float32 or int8
//! ("hybrid", [`float`]); int8 with a cell of int16 ([`integer`]). The output and cell states are variables, inputs 18 and 19.

pub mod basic;
pub mod bidirectional;
pub mod float;
pub mod integer;

use super::recurrent::check_dims;
use super::rnn::Steps;
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind, Operand};
use crate::{Done, Op, OpDef};
use floe_tflite::fields::{lstm_options, unidirectional_sequence_lstm_options as sequence_options};
use floe_tflite::op;

pub use bidirectional::BIDIRECTIONAL_SEQUENCE_LSTM;

/// LSTM.
pub static LSTM: OpDef = OpDef::builtin(
    op::LSTM,
    4,
    &[
        basic::KERNEL,
        float::kernel::<f32, false>(),
        float::kernel::<i8, false>(),
        integer::kernel::<false>(),
    ],
);
/// UNIDIRECTIONAL_SEQUENCE_LSTM.
pub static UNIDIRECTIONAL_SEQUENCE_LSTM: OpDef = OpDef::builtin(
    op::UNIDIRECTIONAL_SEQUENCE_LSTM,
    4,
    &[float::kernel::<f32, true>(), float::kernel::<i8, true>(), integer::kernel::<true>()],
);

/// The output state.
pub const HIDDEN: Operand = In(18);
/// The cell state.
pub const CELL: Operand = In(19);

/// The inputs that are only read; a tensor that is absent reads as empty.
const READ: [Operand; 22] = [
    In(0),
    In(1),
    In(2),
    In(3),
    In(4),
    In(5),
    In(6),
    In(7),
    In(8),
    In(9),
    In(10),
    In(11),
    In(12),
    In(13),
    In(14),
    In(15),
    In(16),
    In(17),
    In(20),
    In(21),
    In(22),
    In(23),
];

/// The gates, as the op numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Input,
    Forget,
    Cell,
    Output,
}

const GATES: [Gate; 4] = [Gate::Input, Gate::Forget, Gate::Cell, Gate::Output];

impl Gate {
    /// This gate's of what there is one for each.
    const fn of<T>(self, [input, forget, cell, output]: &[T; 4]) -> &T {
        match self {
            Self::Input => input,
            Self::Forget => forget,
            Self::Cell => cell,
            Self::Output => output,
        }
    }
    /// Where the unidirectional op has it, as all that follow.
    const fn input(self) -> Operand {
        In(1 + self as u16)
    }
    const fn recurrent(self) -> Operand {
        In(5 + self as u16)
    }
    /// The cell gate has none.
    const fn peephole(self) -> Option<Operand> {
        match self {
            Self::Input => Some(In(9)),
            Self::Forget => Some(In(10)),
            Self::Cell => None,
            Self::Output => Some(In(11)),
        }
    }
    const fn bias(self) -> Operand {
        In(12 + self as u16)
    }
    const fn norm(self) -> Operand {
        In(20 + self as u16)
    }
}

const PROJECTION: Operand = In(16);
const PROJECTION_BIAS: Operand = In(17);

/// Where a layer's operands are: code names them as the unidirectional op numbers them.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The sequence it reads.
    x: Operand,
    /// How much further on its weights begin.
    shift: u16,
    hidden: Operand,
    cell: Operand,
    /// Whether it can have normalisations.
    norms: bool,
}

impl Place {
    /// That of the unidirectional op itself.
    const OWN: Self = Self { x: In(0), shift: 0, hidden: HIDDEN, cell: CELL, norms: true };

    /// Where the operand is that the unidirectional op has at `operand`.
    const fn of(&self, operand: Operand) -> Operand {
        match operand {
            In(0) => self.x,
            In(i @ 1..=17) => In(i + self.shift),
            HIDDEN => self.hidden,
            CELL => self.cell,
            In(_) if !self.norms => In(u16::MAX),
            other => other,
        }
    }
}

/// Sizes and options of the operator.
struct Params {
    place: Place,
    steps: Steps,
    input: usize,
    cells: usize,
    output: usize,
    activation: i8,
    cell_clip: f32,
    projection_clip: f32,
    asymmetric: bool,
}

fn params<const SEQUENCE: bool>(op: &Op<'_>) -> Result<Params, Fault> {
    let (time_major, activation, asymmetric, cell_clip, projection_clip) = if SEQUENCE {
        use sequence_options as o;
        (
            op.option(o::TIME_MAJOR),
            op.option(o::FUSED_ACTIVATION_FUNCTION),
            op.option(o::ASYMMETRIC_QUANTIZE_INPUTS),
            op.option(o::CELL_CLIP),
            op.option(o::PROJ_CLIP),
        )
    } else {
        use lstm_options as o;
        (
            false,
            op.option(o::FUSED_ACTIVATION_FUNCTION),
            op.option(o::ASYMMETRIC_QUANTIZE_INPUTS),
            op.option(o::CELL_CLIP),
            op.option(o::PROJ_CLIP),
        )
    };
    Ok(Params {
        place: Place::OWN,
        steps: Steps::new(op, SEQUENCE, time_major)?,
        input: op.shape(In(0))?.last(),
        cells: op.shape(Gate::Output.input())?.dim(0),
        output: op.shape(Gate::Output.recurrent())?.dim(1),
        activation,
        cell_clip,
        projection_clip,
        asymmetric,
    })
}

/// Whether the operand is given with data.
fn given(op: &Op<'_>, operand: Operand) -> bool {
    op.has(operand) && op.shape(operand).is_ok_and(|s| !s.is_empty())
}

/// Checks shapes and options, and sets the output's shape.
fn prepare<const SEQUENCE: bool>(op: &mut Op<'_>) -> Result<Params, Fault> {
    if !SEQUENCE && (op.option(lstm_options::KERNEL_TYPE) != 0 || op.inputs() < 20) {
        return Err(Kind::Option.at(Operand::None));
    }
    if SEQUENCE && op.option(sequence_options::DIAGONAL_RECURRENT_TENSORS) {
        return Err(Kind::Option.at(Operand::None));
    }
    let p = params::<SEQUENCE>(op)?;
    if !(p.cell_clip >= 0.0 && p.projection_clip >= 0.0) {
        return Err(Kind::Option.at(Operand::None));
    }
    check_layer(op, &p)?;
    let x = op.shape(In(0))?;
    let shape = x.with(x.rank() - 1, p.output).ok_or(Kind::Shape.at(Out(0)))?;
    op.set_shape(Out(0), &shape)?;
    Ok(p)
}

/// Checks all of a layer's shapes.
fn check_layer(op: &Op<'_>, p: &Params) -> Done {
    for gate in GATES {
        check_gate(op, p, gate)?;
    }
    check_whole(op, p)
}

fn check_gate(op: &Op<'_>, p: &Params, gate: Gate) -> Done {
    let given = |op: &Op<'_>, operand| given(op, p.place.of(operand));
    let check_dims =
        |op: &Op<'_>, operand, dims: &[usize]| check_dims(op, p.place.of(operand), dims);
    let absent = gate == Gate::Input && !given(op, gate.input());
    let needed = [gate.input(), gate.recurrent(), gate.bias()];
    if let Some(&odd) = needed.iter().find(|&&i| given(op, i) == absent) {
        return Err(Kind::Missing.at(odd));
    }
    if absent {
        return Ok(());
    }
    check_dims(op, gate.input(), &[p.cells, p.input])?;
    check_dims(op, gate.recurrent(), &[p.cells, p.output])?;
    for vector in [gate.peephole(), Some(gate.bias()), Some(gate.norm())].into_iter().flatten() {
        if given(op, vector) {
            check_dims(op, vector, &[p.cells])?;
        }
    }
    // What one gate has, all have.
    let like = |own: Operand, other: Operand| given(op, own) == given(op, other);
    if gate.peephole().is_some_and(|own| !like(own, In(11))) || !like(gate.norm(), In(23)) {
        return Err(Kind::Missing.at(gate.norm()));
    }
    Ok(())
}

fn check_whole(op: &Op<'_>, p: &Params) -> Done {
    let given = |op: &Op<'_>, operand| given(op, p.place.of(operand));
    let check_dims =
        |op: &Op<'_>, operand, dims: &[usize]| check_dims(op, p.place.of(operand), dims);
    if given(op, PROJECTION) {
        check_dims(op, PROJECTION, &[p.output, p.cells])?;
        if given(op, PROJECTION_BIAS) {
            check_dims(op, PROJECTION_BIAS, &[p.output])?;
        }
    } else if p.output != p.cells {
        return Err(Kind::Missing.at(PROJECTION));
    }
    for (state, len) in [(HIDDEN, p.output), (CELL, p.cells)] {
        if op.shape(p.place.of(state))?.len() != p.steps.batches * len {
            return Err(Kind::Shape.at(state));
        }
    }
    if p.input == 0 || p.cells == 0 { Err(Kind::Shape.at(In(0))) } else { Ok(()) }
}

/// What [`READ`] read, by operand.
struct Inputs<'a>([&'a [u8]; READ.len()]);

impl<'a> Inputs<'a> {
    fn get(&self, operand: Operand) -> &'a [u8] {
        let i = READ.iter().position(|&read| read == operand);
        i.and_then(|i| self.0.get(i)).copied().unwrap_or_default()
    }
}
