//! LSTM of int8 with a cell of int16: gates in Q3.12, functions in Q0.15, as the reference's "8x8_16" form.
//!
//! The cell's scale is a power of two. Five intermediate tensors give the scales inside: of each gate before its normalisation
//! (2^−12 without one), and of the output before its projection. Each matrix product is rescaled and saturated to 16 bits by itself.

use super::{CELL, GATES, Gate, HIDDEN, Inputs, PROJECTION, PROJECTION_BIAS, Params, READ, given};
use crate::data::{Scalar, View, ViewMut, copy};
use crate::error::Operand::{In, Out, Scratch};
use crate::error::{Fault, Kind, Operand};
use crate::kernels::common::types;
use crate::kernels::dot;
use crate::kernels::function::{real, saturate};
use crate::num::fixed::{Multiplier, logistic_16, round_shift, tanh_16};
use crate::num::root::inverse_sqrt;
use crate::num::scale::Real;
use crate::{Done, Kernel, Op};
use floe_graph::DType;

pub(super) const fn kernel<const SEQUENCE: bool>() -> Kernel {
    Kernel::new(prepare::<SEQUENCE>, eval::<SEQUENCE>).impure()
}

fn prepare<const SEQUENCE: bool>(op: &mut Op<'_>) -> Done {
    let (int8, int16) = (DType::Int8, DType::Int16);
    types(op, [(In(0), int8), (HIDDEN, int8), (CELL, int16), (Out(0), int8), (PROJECTION, int8)])?;
    types(op, [1, 2, 3, 4, 5, 6, 7, 8].map(|i| (In(i), int8)))?;
    types(op, [9, 10, 11, 20, 21, 22, 23].map(|i| (In(i), int16)))?;
    types(op, [12, 13, 14, 15, 17].map(|i| (In(i), DType::Int32)))?;
    let p = super::prepare::<SEQUENCE>(op)?;
    scaling(op, &p)?;
    op.scratch(p.cells * 9)
}

/// The factors and offsets of one gate.
#[derive(Clone, Copy, Default)]
struct GateScaling {
    input: Multiplier,
    recurrent: Multiplier,
    peephole: Multiplier,
    norm: Multiplier,
    /// The variance that stands for none.
    guard: i32,
}

struct Scaling {
    gates: [GateScaling; 4],
    projection: Multiplier,
    hidden: Multiplier,
    input_zero: i32,
    hidden_zero: i32,
    output_zero: i32,
    /// Fraction bits of the cell.
    fraction: i32,
    cell_clip: i16,
    projection_clip: i8,
}

fn scaling(op: &Op<'_>, p: &Params) -> Result<Scaling, Fault> {
    let (input, input_zero) = op.scale(In(0))?;
    let (output, output_zero) = op.scale(HIDDEN)?;
    let cell = op.scale(CELL)?.0;
    let power = super::super::add::power_of_two(cell).ok_or(Kind::Quant.at(CELL))?;
    if !(-15..=-9).contains(&power) {
        return Err(Kind::Quant.at(CELL));
    }
    let (inner, hidden_zero) = intermediate(op, 4)?;
    let (input, output, inner) = (real(input)?, real(output)?, real(inner)?);
    let mut gates = [GateScaling::default(); 4];
    for (i, (own, gate)) in gates.iter_mut().zip(GATES).enumerate() {
        if given(op, gate.input()) {
            *own = gate_scaling(op, gate, i, [input, output], power)?;
        }
    }
    // The reference takes the zero point before a projection with the other sign.
    let (projection, hidden_zero) = if given(op, PROJECTION) {
        let factor = real(op.scale(PROJECTION)?.0)?.mul_f32(inner).div_f32(output);
        (factor.multiplier(), hidden_zero.wrapping_neg())
    } else {
        (Multiplier::default(), hidden_zero)
    };
    let steps =
        |limit: f32, scale: f32, top: f32| if limit > 0.0 { (limit / scale).min(top) } else { 0.0 };
    Ok(Scaling {
        gates,
        projection,
        hidden: Real::ONE.scaled(-30).div_f32(inner).multiplier(),
        input_zero,
        hidden_zero,
        output_zero,
        fraction: -power,
        cell_clip: steps(p.cell_clip, cell, 32767.0) as i16,
        projection_clip: steps(p.projection_clip, op.scale(HIDDEN)?.0, 127.0) as i8,
    })
}

/// Scale and zero point of an intermediate tensor.
fn intermediate(op: &Op<'_>, i: usize) -> Result<(f32, i32), Fault> {
    let bad = Kind::Quant.at(Operand::None);
    let (scale, zero) = op.intermediate(i)?.quant().and_then(|q| q.pair(0)).ok_or(bad)?;
    Ok((scale, i32::try_from(zero).map_err(|_| bad)?))
}

fn gate_scaling(
    op: &Op<'_>,
    gate: Gate,
    index: usize,
    [input, output]: [Real; 2],
    cell: i32,
) -> Result<GateScaling, Fault> {
    let normed = given(op, gate.norm());
    let inner = if normed { real(intermediate(op, index)?.0)? } else { Real::ONE.scaled(-12) };
    let matrix = |operand: Operand, x: Real| -> Result<Multiplier, Fault> {
        Ok(real(op.scale(operand)?.0)?.mul_f32(x).div_f32(inner).multiplier())
    };
    let peephole = match gate.peephole() {
        Some(own) if given(op, own) => matrix(own, Real::ONE.scaled(cell))?,
        _ => Multiplier::default(),
    };
    let norm = if normed { real(op.scale(gate.norm())?.0)? } else { Real::ONE };
    Ok(GateScaling {
        input: matrix(gate.input(), input)?,
        recurrent: matrix(gate.recurrent(), output)?,
        peephole,
        norm: norm.multiplier(),
        guard: (norm.mul_f32(Real::from_u32(10_000)).floor().min(i32::MAX.into()) as i32).max(1),
    })
}

fn eval<const SEQUENCE: bool>(op: &mut Op<'_>) -> Done {
    let p = super::params::<SEQUENCE>(op)?;
    let scaling = scaling(op, &p)?;
    let (reads, [y, hidden, cell, scratch]) = op.io(READ, [Out(0), HIDDEN, CELL, Scratch])?;
    let layer = Layer { inputs: Inputs(reads), p, scaling };
    let x = View::<i8>::new(layer.inputs.get(In(0)));
    let (mut y, mut hidden) = (ViewMut::<i8>::new(y), ViewMut::<i8>::new(hidden));
    let mut cell = ViewMut::<i16>::new(cell);
    let (input, cells, output) = (layer.p.input, layer.p.cells, layer.p.output);
    for batch in 0..layer.p.steps.batches {
        let mut hidden = hidden.part(batch * output, output);
        let mut cell = cell.part(batch * cells, cells);
        for time in 0..layer.p.steps.times {
            let row = layer.p.steps.row(batch, time);
            layer.step(x.part(row * input, input), &mut hidden, &mut cell, scratch);
            copy(y.part(row * output, output).into_bytes(), hidden.reborrow().into_bytes());
        }
    }
    Ok(())
}

struct Layer<'a> {
    inputs: Inputs<'a>,
    p: Params,
    scaling: Scaling,
}

impl Layer<'_> {
    fn view<T: Scalar>(&self, operand: Operand) -> View<'_, T> {
        View::new(self.inputs.get(operand))
    }

    /// One step of one sequence.
    fn step(
        &self,
        x: View<'_, i8>,
        hidden: &mut ViewMut<'_, i8>,
        cell: &mut ViewMut<'_, i16>,
        scratch: &mut [u8],
    ) {
        let (s, cells) = (&self.scaling, self.p.cells);
        let (numbers, inner) = scratch.split_at_mut_checked(cells * 8).unwrap_or_default();
        let mut numbers = ViewMut::<i16>::new(numbers);
        let mut parts = numbers.pieces(cells);
        let [Some(mut i), Some(mut f), Some(mut g), Some(mut o)] = [(); 4].map(|()| parts.next())
        else {
            return;
        };
        let now = (x, hidden.view());
        self.gate(Gate::Forget, now, cell.view(), &mut f);
        self.gate(Gate::Cell, now, cell.view(), &mut g);
        if self.inputs.get(Gate::Input.input()).is_empty() {
            i.write(f.view().iter().map(|f| 32767 - f));
        } else {
            self.gate(Gate::Input, now, cell.view(), &mut i);
        }
        let product = |a: i16, b: i16| i32::from(a).wrapping_mul(b.into());
        let new = (30 - s.fraction) as u32;
        for k in 0..cells {
            let kept = round_shift(product(f.at(k), cell.at(k)), 15);
            let gained = round_shift(product(i.at(k), g.at(k)), new) as i16;
            cell.set(k, self.clip(saturate::<i16>(i32::from(kept as i16) + i32::from(gained))));
        }
        self.gate(Gate::Output, now, cell.view(), &mut o);
        let mut inner = ViewMut::<i8>::new(inner);
        for k in 0..cells {
            let squashed = tanh_16(cell.at(k), (15 - s.fraction) as u32);
            let steps = s.hidden.apply(product(o.at(k), squashed));
            inner.set(k, saturate::<i8>(steps.saturating_add(s.hidden_zero)));
        }
        self.project(inner.view(), hidden);
    }

    fn clip(&self, c: i16) -> i16 {
        match self.scaling.cell_clip {
            0 => c,
            limit => c.max(-limit).min(limit),
        }
    }

    fn gate(
        &self,
        gate: Gate,
        (x, h): (View<'_, i8>, View<'_, i8>),
        cell: View<'_, i16>,
        out: &mut ViewMut<'_, i16>,
    ) {
        let s = gate.of(&self.scaling.gates);
        let (bias, norm) = (self.view::<i32>(gate.bias()), self.view::<i16>(gate.norm()));
        let early = if norm.is_empty() { bias } else { View::new(&[]) };
        let (w, r) = (self.view::<i8>(gate.input()), self.view::<i8>(gate.recurrent()));
        let zeros =
            (self.scaling.input_zero.wrapping_neg(), self.scaling.output_zero.wrapping_neg());
        let rows = w.pieces(self.p.input).zip(r.pieces(self.p.output));
        for (k, (w, r)) in rows.enumerate() {
            let sum = dot::int(x, w, zeros.0).wrapping_add(early.at(k));
            let first = saturate::<i16>(s.input.apply(sum));
            let second = s.recurrent.apply(dot::int(h, r, zeros.1));
            out.set(k, saturate::<i16>(second.saturating_add(first.into())));
        }
        if let Some(peephole) = gate.peephole() {
            for (k, (w, c)) in self.view::<i16>(peephole).iter().zip(cell.iter()).enumerate() {
                let steps = s.peephole.apply(i32::from(w).wrapping_mul(c.into()));
                out.set(k, saturate::<i16>(steps.saturating_add(out.at(k).into())));
            }
        }
        if !norm.is_empty() {
            normalise(out, norm, bias, s);
        }
        out.update(|x| if gate == Gate::Cell { tanh_16(x, 3) } else { logistic_16(x) });
    }

    fn project(&self, cells: View<'_, i8>, hidden: &mut ViewMut<'_, i8>) {
        let s = &self.scaling;
        let (w, bias) = (self.view::<i8>(PROJECTION), self.view::<i32>(PROJECTION_BIAS));
        if w.is_empty() {
            return hidden.write(cells.iter());
        }
        for (k, row) in w.pieces(self.p.cells).enumerate() {
            let sum = dot::int(cells, row, s.hidden_zero.wrapping_neg()).wrapping_add(bias.at(k));
            let y = saturate::<i8>(s.projection.apply(sum).saturating_add(s.output_zero));
            hidden.set(
                k,
                if s.projection_clip > 0 {
                    y.max(-s.projection_clip).min(s.projection_clip)
                } else {
                    y
                },
            );
        }
    }
}

/// Takes the mean away, divides by the standard deviation, and multiplies by `weights` and adds `bias`, in Q.10.
fn normalise(
    row: &mut ViewMut<'_, i16>,
    weights: View<'_, i16>,
    bias: View<'_, i32>,
    s: &GateScaling,
) {
    let n = (row.len() as i64).max(1);
    let (sum, squares) =
        row.view().iter().map(i64::from).fold((0, 0), |(s, q), x| (s + x, q + x * x));
    let mean = (sum * 1024 / n) as i32;
    let variance = squares * ((1 << 20) / n) - i64::from(mean) * i64::from(mean);
    let variance = (variance / (1 << 20)) as i32;
    let (mantissa, shift) = inverse_sqrt(if variance < 1 { s.guard } else { variance });
    let inverse = Multiplier { mantissa, shift };
    let last = Multiplier { shift: (s.norm.shift + 12).min(30), ..s.norm };
    for (k, (w, b)) in weights.iter().zip(bias.iter()).enumerate() {
        let centred = (1024 * i32::from(row.at(k))).wrapping_sub(mean);
        let scaled = i64::from(inverse.apply(centred)) * i64::from(w) + i64::from(b);
        let half = if scaled > 0 { 512 } else { -512 };
        row.set(k, saturate::<i16>(last.apply(((scaled + half) / 1024) as i32)));
    }
}
