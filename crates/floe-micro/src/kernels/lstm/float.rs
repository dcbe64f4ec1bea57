//! LSTM of floats, with weights of floats or of int8.

use super::{CELL, Gate, HIDDEN, Inputs, PROJECTION, PROJECTION_BIAS, Params, Place, READ};
use crate::data::{View, ViewMut, copy};
use crate::error::Operand::{In, Out, Scratch};
use crate::error::{Fault, Operand};
use crate::kernels::common::{clamp, types};
use crate::kernels::recurrent::{Activation, Matrix, Row, Weight, matrix_scale};
use crate::num::float::{logistic, sqrt};
use crate::{Done, Kernel, Op};
use floe_graph::DType;

pub(super) const fn kernel<W: Weight, const SEQUENCE: bool>() -> Kernel {
    Kernel::new(prepare::<W, SEQUENCE>, eval::<W, SEQUENCE>).impure()
}

/// The matrices that have elements `W`; everything else is float32.
const MATRICES: [Operand; 12] =
    [In(1), In(2), In(3), In(4), In(5), In(6), In(7), In(8), In(9), In(10), In(11), In(16)];

fn prepare<W: Weight, const SEQUENCE: bool>(op: &mut Op<'_>) -> Done {
    check_types::<W>(op, &Place::OWN)?;
    let p = super::prepare::<SEQUENCE>(op)?;
    Activation::new(p.activation)?;
    op.scratch(scratch::<W>(&p))
}

/// Refuses the kernel when a layer's operands are not of its types.
pub(super) fn check_types<W: Weight>(op: &Op<'_>, place: &Place) -> Done {
    types(op, [In(0), HIDDEN, CELL].map(|i| (place.of(i), DType::Float32)))?;
    types(op, [(Out(0), DType::Float32)])?;
    types(op, MATRICES.map(|i| (place.of(i), W::DTYPE)))?;
    types(op, [12, 13, 14, 15, 17, 20, 21, 22, 23].map(|i| (place.of(In(i)), DType::Float32)))?;
    scales::<W>(op, place).map(|_| ())
}

/// Bytes of scratch memory that a layer takes.
pub(super) fn scratch<W: Weight>(p: &Params) -> usize {
    p.cells * 16 + W::scratch(p.input + p.output + p.cells)
}

/// One gate's weights.
struct GateWeights<'a, W: Weight> {
    input: Matrix<'a, W>,
    recurrent: Matrix<'a, W>,
    peephole: Matrix<'a, W>,
    bias: View<'a, f32>,
    norm: View<'a, f32>,
}

/// A whole layer's.
struct Weights<'a, W: Weight> {
    gates: [GateWeights<'a, W>; 4],
    projection: Matrix<'a, W>,
    projection_bias: View<'a, f32>,
}

/// The scales of all matrices, by operand number.
type Scales = [f32; 17];

fn scales<W: Weight>(op: &Op<'_>, place: &Place) -> Result<Scales, Fault> {
    let mut scales = [1.0; 17];
    for matrix in MATRICES {
        if let In(i) = matrix
            && let Some(scale) = scales.get_mut(usize::from(i))
        {
            *scale = matrix_scale::<W>(op, place.of(matrix))?;
        }
    }
    Ok(scales)
}

fn weights<'a, W: Weight>(inputs: &Inputs<'a>, scales: &Scales) -> Weights<'a, W> {
    let matrix = |operand: Operand| {
        let i = if let In(i) = operand { usize::from(i) } else { 0 };
        Matrix {
            data: View::new(inputs.get(operand)),
            scale: scales.get(i).copied().unwrap_or(1.0),
        }
    };
    let nothing = Matrix { data: View::new(&[]), scale: 1.0 };
    Weights {
        gates: super::GATES.map(|gate| GateWeights {
            input: matrix(gate.input()),
            recurrent: matrix(gate.recurrent()),
            peephole: gate.peephole().map_or(nothing, matrix),
            bias: View::new(inputs.get(gate.bias())),
            norm: View::new(inputs.get(gate.norm())),
        }),
        projection: matrix(PROJECTION),
        projection_bias: View::new(inputs.get(PROJECTION_BIAS)),
    }
}

fn eval<W: Weight, const SEQUENCE: bool>(op: &mut Op<'_>) -> Done {
    let p = super::params::<SEQUENCE>(op)?;
    let whole = Target { out: Out(0), stride: p.output, start: 0, backward: false };
    run::<W>(op, p, &whole)
}

/// Where a layer's outputs go.
pub(super) struct Target {
    pub(super) out: Operand,
    /// Numbers from one row to the next, and before its first.
    pub(super) stride: usize,
    pub(super) start: usize,
    /// Whether the sequence is read from its end.
    pub(super) backward: bool,
}

/// Runs one layer.
pub(super) fn run<W: Weight>(op: &mut Op<'_>, p: Params, target: &Target) -> Done {
    let (place, scales) = (p.place, scales::<W>(op, &p.place)?);
    let activation = Activation::new(p.activation)?;
    let (reads, [y, hidden, cell, scratch]) =
        op.io(READ.map(|i| place.of(i)), [target.out, place.hidden, place.cell, Scratch])?;
    let inputs = Inputs(reads);
    let layer = Layer { p, activation, weights: weights::<W>(&inputs, &scales) };
    let x = View::<f32>::new(inputs.get(In(0)));
    let (mut y, mut hidden) = (ViewMut::<f32>::new(y), ViewMut::<f32>::new(hidden));
    let mut cell = ViewMut::<f32>::new(cell);
    let (input, cells, output) = (layer.p.input, layer.p.cells, layer.p.output);
    let times = layer.p.steps.times;
    for batch in 0..layer.p.steps.batches {
        let mut state = State {
            hidden: hidden.part(batch * output, output),
            cell: cell.part(batch * cells, cells),
        };
        for step in 0..times {
            let time = if target.backward { times - 1 - step } else { step };
            let row = layer.p.steps.row(batch, time);
            layer.step(x.part(row * input, input), &mut state, scratch);
            let mut y = y.part(row * target.stride + target.start, output);
            copy(y.reborrow().into_bytes(), state.hidden.reborrow().into_bytes());
        }
    }
    Ok(())
}

struct Layer<'a, W: Weight> {
    p: Params,
    activation: Activation,
    weights: Weights<'a, W>,
}

struct State<'a> {
    hidden: ViewMut<'a, f32>,
    cell: ViewMut<'a, f32>,
}

impl<W: Weight> Layer<'_, W> {
    /// One step of one sequence.
    fn step(&self, x: View<'_, f32>, state: &mut State<'_>, scratch: &mut [u8]) {
        let cells = self.p.cells;
        let (numbers, coarse) = scratch.split_at_mut_checked(cells * 16).unwrap_or_default();
        let (x_coarse, coarse) =
            coarse.split_at_mut_checked(W::scratch(self.p.input)).unwrap_or_default();
        let (h_coarse, coarse) =
            coarse.split_at_mut_checked(W::scratch(self.p.output)).unwrap_or_default();
        let mut numbers = ViewMut::<f32>::new(numbers);
        let rows = [
            Row::new::<W>(x, self.p.asymmetric, x_coarse),
            Row::new::<W>(state.hidden.view(), self.p.asymmetric, h_coarse),
        ];
        let mut parts = numbers.pieces(cells);
        let [Some(mut i), Some(mut f), Some(mut g), Some(mut o)] = [(); 4].map(|()| parts.next())
        else {
            return;
        };
        let act = |x| self.activation.at(x);
        self.gate(Gate::Forget, &rows, state.cell.view(), &mut f, logistic);
        if Gate::Input.of(&self.weights.gates).input.is_present() {
            self.gate(Gate::Input, &rows, state.cell.view(), &mut i, logistic);
        } else {
            i.write(f.view().iter().map(|f| 1.0 - f));
        }
        self.gate(Gate::Cell, &rows, state.cell.view(), &mut g, act);
        for k in 0..cells {
            let c = f.at(k) * state.cell.at(k) + i.at(k) * g.at(k);
            state.cell.set(k, clip(c, self.p.cell_clip));
        }
        self.gate(Gate::Output, &rows, state.cell.view(), &mut o, logistic);
        for (k, c) in state.cell.view().iter().enumerate() {
            o.set(k, o.at(k) * act(c));
        }
        self.project(o.view(), &mut state.hidden, coarse);
    }

    fn gate(
        &self,
        gate: Gate,
        [x, h]: &[Row<'_>; 2],
        cell: View<'_, f32>,
        out: &mut ViewMut<'_, f32>,
        function: impl Fn(f32) -> f32,
    ) {
        let w = gate.of(&self.weights.gates);
        out.fill(0.0);
        if w.norm.is_empty() {
            out.write(w.bias.iter());
        }
        w.input.accumulate(x, out);
        w.recurrent.accumulate(h, out);
        w.peephole.accumulate_diagonal(cell, out);
        if !w.norm.is_empty() {
            normalise(out);
            for (k, (norm, bias)) in w.norm.iter().zip(w.bias.iter()).enumerate() {
                out.set(k, out.at(k) * norm + bias);
            }
        }
        out.update(function);
    }

    fn project(&self, cells: View<'_, f32>, hidden: &mut ViewMut<'_, f32>, coarse: &mut [u8]) {
        let w = &self.weights;
        if !w.projection.is_present() {
            return hidden.write(cells.iter());
        }
        hidden.fill(0.0);
        hidden.write(w.projection_bias.iter());
        w.projection.accumulate(&Row::new::<W>(cells, self.p.asymmetric, coarse), hidden);
        hidden.update(|x| clip(x, self.p.projection_clip));
    }
}

/// `x` between −`limit` and `limit`; as it is for a limit of 0.
fn clip(x: f32, limit: f32) -> f32 {
    if limit > 0.0 { clamp(x, (-limit, limit)) } else { x }
}

/// Takes the mean away and divides by the standard deviation.
fn normalise(row: &mut ViewMut<'_, f32>) {
    let n = row.len() as f32;
    let mean = row.view().iter().sum::<f32>() / n;
    let variance = row.view().iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / n;
    let inverse = 1.0 / sqrt(variance + 1e-8);
    row.update(|x| (x - mean) * inverse);
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{clip, normalise};
    use crate::data::ViewMut;

    #[test]
    fn a_normalised_row_has_mean_0_and_deviation_1() {
        let mut bytes: std::vec::Vec<u8> =
            [3.0f32, -1.0, 4.0, 1.5].iter().flat_map(|x| x.to_le_bytes()).collect();
        let mut row = ViewMut::new(&mut bytes);
        normalise(&mut row);
        let (sum, squares) = row.view().iter().fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
        assert!(sum.abs() < 1e-6 && (squares - 4.0).abs() < 1e-5, "{sum} {squares}");
    }

    #[test]
    fn a_limit_of_0_clips_nothing() {
        assert_eq!([clip(7.0, 0.0), clip(7.0, 2.0), clip(-7.0, 2.0)], [7.0, 2.0, -2.0]);
    }
}
