//! Loops that step an LSTM or a simple recurrent cell over a sequence, as one operator.
//!
//! The operator starts from zero and keeps its state in variable tensors, so a loop is taken only when
//! its states start at zero, and the cell state is not read afterwards. Which row of the split belongs
//! to which gate is read off the body, so any order of gates will do.
//!
//! Invariant: the loop runs over the whole sequence, one element a turn.

use super::cell::{self, Cell, Gates};
use super::looped::Loop;
use super::view::View;
use crate::infer::Type;
use crate::ir::{
    Attrs, Builtin as B, Def, Dim, Module, NodeId, Op, Patch, Scope, Tensor, Value, ValueId,
};
use floe_graph::DType;

/// TANH in the schema's `ActivationFunctionType`.
const TANH: i64 = 4;
/// The gates in the operator's order.
const GATES: [&str; 4] = ["input", "forget", "cell", "output"];

/// Replaces every such loop of `module`.
pub(super) fn run(module: &mut Module) {
    for at in 0..module.graphs.len() {
        let Some(ids) = module.graphs.get(at).map(crate::ir::Graph::node_ids) else { continue };
        for id in ids {
            let Some(change) = fuse(module, at, id) else { continue };
            if let Some(graph) = module.graphs.get_mut(at) {
                change.apply(graph, id);
            }
        }
    }
}

fn fuse(module: &Module, at: usize, id: NodeId) -> Option<crate::ir::Change> {
    let graph = module.graphs.get(at)?;
    let node = graph.node(id).filter(|n| n.op.is(B::While))?;
    let view = View { graph, symbols: &module.symbols, node };
    let l = Loop::new(module, view)?;
    let cell = cell::find(&l)?;
    if module.open_batch && batch_of(&view, &cell)?.get().is_none() {
        return None;
    }
    l.runs_over(cell.sequence, cell.counter)?;
    starts_at_zero(&l, &cell)?;
    for (k, &v) in node.outputs.iter().enumerate() {
        let kept = cell.output == Some(k) || cell.hidden == k || cell.last == Some(k);
        if !kept && graph.use_count(v) > 0 {
            return None;
        }
    }
    let mut patch = view.patch(&[]);
    let sequence = Sequence::of(&mut patch, &view, node.input(cell.sequence)?);
    let y = operator(&mut patch, &cell, &sequence)?;
    Some(connect(patch, &view, &cell, &sequence, y)?.into_change())
}

/// The batch of the sequence, which lies time first.
fn batch_of<'m>(at: &View<'m>, cell: &Cell) -> Option<&'m Dim> {
    at.value(at.node.input(cell.sequence)?).shape.get(1)
}

/// Whether both states start at zero.
fn starts_at_zero(l: &Loop<'_>, cell: &Cell) -> Option<()> {
    let states = [Some(cell.hidden), cell.memory];
    let zero = |k: usize| {
        let v = l.outer.input(k)?;
        let v = match l.outer.made_by(v, B::Fill) {
            Some(fill) => fill.input(1)?,
            None => v,
        };
        (l.outer.number(v)? == 0.0).then_some(())
    };
    states.into_iter().flatten().try_for_each(zero)
}

/// The sequence, as the batch has it or as time has it first.
struct Sequence {
    value: ValueId,
    time_major: bool,
    batch: Dim,
}

impl Sequence {
    /// A time-major `v` that was made by exchanging the first two dimensions is taken as it was before;
    /// so is one that was reversed in between.
    fn of(patch: &mut Patch<'_>, at: &View<'_>, v: ValueId) -> Self {
        let batch = at.value(v).shape.get(1).cloned().unwrap_or(Dim::known(1));
        if let Some(value) = swapped(at, v) {
            return Self { value, time_major: false, batch };
        }
        let reversed = at.made_by(v, B::ReverseV2).and_then(|r| {
            (at.value(r.input(1)?).ints()? == [0]).then_some(())?;
            let x = swapped(at, r.input(0)?)?;
            let axis = patch.i32s(&[1]).ok()?;
            patch.op(B::ReverseV2, &[x, axis]).ok()
        });
        match reversed {
            Some(value) => Self { value, time_major: false, batch },
            None => Self { value: v, time_major: true, batch },
        }
    }
}

/// What `v` was before its first two dimensions were exchanged.
fn swapped(at: &View<'_>, v: ValueId) -> Option<ValueId> {
    let m = at.maker(v)?;
    let x = m.input(0)?;
    let [a, b, c] = at.value(x).shape.as_slice() else { return None };
    let [p, q, r] = at.value(v).shape.as_slice() else { return None };
    let crossed = [a, b, c] == [q, p, r];
    let moved = match m.node.op {
        Op::Builtin(B::Transpose) => at.value(m.input(1)?).ints()? == [1, 0, 2],
        Op::Builtin(B::Reshape) => a.is(1) || b.is(1),
        _ => false,
    };
    (crossed && moved).then_some(x)
}

fn state(patch: &mut Patch<'_>, batch: usize, units: usize, name: &str) -> ValueId {
    let shape = vec![Dim::from(batch), Dim::from(units)];
    patch.put_value(Value::new(DType::Float32, shape, Def::State, name.into()))
}

/// A constant with a name of its own.
fn named(patch: &mut Patch<'_>, t: Tensor, name: &str) -> ValueId {
    let shape = t.shape().iter().map(|&n| Dim::from(n)).collect();
    patch.put_value(Value::new(t.dtype(), shape, Def::Const(t.into()), name.into()))
}

/// The rows of gate `k` of stacked weights or biases.
fn rows(t: &Tensor, k: usize, units: usize) -> Option<Tensor> {
    let values = t.to_f32()?;
    let mut shape = t.shape().to_vec();
    *shape.first_mut()? = units;
    let n: usize = shape.iter().product();
    Tensor::f32(&shape, values.get(k.checked_mul(n)?..k.checked_add(1)?.checked_mul(n)?)?)
}

fn operator(patch: &mut Patch<'_>, cell: &Cell, s: &Sequence) -> Option<ValueId> {
    let units = cell.recurrent.shape().get(1).copied()?;
    // A state has a size: an open batch is held to one, as a file's own shape holds it.
    let batch = s.batch.size().unwrap_or(1);
    let mut inputs = vec![Some(s.value)];
    let mut attrs =
        Attrs::new().with("fused_activation_function", TANH).with("time_major", s.time_major);
    let op = match &cell.gates {
        Gates::Lstm(order) => {
            for (t, part) in [(&cell.weights, "input_to_"), (&cell.recurrent, "recurrent_to_")] {
                for (&k, gate) in order.iter().zip(GATES) {
                    inputs.push(Some(named(patch, rows(t, k, units)?, &format!("{part}{gate}"))));
                }
            }
            inputs.extend([None; 3]);
            for (&k, gate) in order.iter().zip(GATES) {
                inputs.push(Some(named(
                    patch,
                    rows(&cell.bias, k, units)?,
                    &format!("{gate}_bias"),
                )));
            }
            inputs.extend([None; 2]);
            inputs.push(Some(state(patch, batch, units, "output_state")));
            inputs.push(Some(state(patch, batch, units, "cell_state")));
            inputs.extend([None; 4]);
            attrs.set("cell_clip", 0.0f32);
            attrs.set("proj_clip", 0.0f32);
            B::UnidirectionalSequenceLstm
        }
        Gates::Simple(activation) => {
            attrs.set("fused_activation_function", *activation);
            for t in [&cell.weights, &cell.recurrent, &cell.bias] {
                inputs.push(Some(patch.constant(t.clone())));
            }
            inputs.push(Some(state(patch, batch, units, "hidden_state")));
            B::UnidirectionalSequenceRnn
        }
    };
    let shape = patch.get(s.value).shape.clone();
    let [a, b, _] = shape.as_slice() else { return None };
    let t = Type::new(DType::Float32, vec![a.clone(), b.clone(), units.into()]);
    patch.raw(Op::Builtin(op), &inputs, attrs, vec![t]).first().copied()
}

/// Lets what read the loop's results read those of the operator.
fn connect<'g>(
    mut patch: Patch<'g>,
    at: &View<'g>,
    cell: &Cell,
    s: &Sequence,
    y: ValueId,
) -> Option<Patch<'g>> {
    let used = |k: usize| at.node.output(k).filter(|&v| at.graph.use_count(v) > 0);
    if let Some(out) = cell.output.and_then(used) {
        let all = if s.time_major {
            y
        } else {
            let perm = patch.i32s(&[1, 0, 2]).ok()?;
            patch.op(B::Transpose, &[y, perm]).ok()?
        };
        patch = patch.replacing(out, all);
    }
    let last_list = cell.last.and_then(used);
    let hidden = used(cell.hidden);
    if last_list.is_none() && hidden.is_none() {
        return Some(patch);
    }
    let last = last_step(&mut patch, y, s.time_major)?;
    if let Some(out) = hidden {
        patch = patch.replacing(out, last);
    }
    if let Some(out) = last_list {
        let dims: Vec<i64> = at.value(out).shape.iter().map(Dim::signature).collect();
        let shape = patch.i32s(&dims).ok()?;
        let list = patch.op(B::Reshape, &[last, shape]).ok()?;
        patch = patch.replacing(out, list);
    }
    Some(patch)
}

/// The last element along time.
fn last_step(patch: &mut Patch<'_>, y: ValueId, time_major: bool) -> Option<ValueId> {
    let at = usize::from(!time_major);
    let mut begin = [0i64; 3];
    *begin.get_mut(at)? = -1;
    let (begin, end) = (patch.i32s(&begin).ok()?, patch.i32s(&[0; 3]).ok()?);
    let steps = patch.i32s(&[1; 3]).ok()?;
    let others = 0b111 ^ (1i64 << at);
    let attrs = Attrs::new()
        .with("begin_mask", others)
        .with("end_mask", others)
        .with("shrink_axis_mask", 1i64 << at);
    patch.op_with(B::StridedSlice, &[y, begin, end, steps], attrs).ok()
}
