//! The cell in a loop's body: which variables are its states, and its weights.

use super::looped::Loop;
use super::view::{View, per_channel};
use crate::ir::{Builtin as B, Dim, Op, Tensor, ValueId};

/// What a cell does with its weighted sum.
pub(super) enum Gates {
    /// The rows of input, forget, cell and output gate.
    Lstm([usize; 4]),
    /// One activation, by its number in the schema.
    Simple(i64),
}

/// A cell.
pub(super) struct Cell {
    pub(super) gates: Gates,
    /// `[gates × units, depth]`.
    pub(super) weights: Tensor,
    /// `[gates × units, units]`.
    pub(super) recurrent: Tensor,
    /// `[gates × units]`.
    pub(super) bias: Tensor,
    /// The variables: the sequence, the counter, the hidden state, the cell's memory.
    pub(super) sequence: usize,
    pub(super) counter: usize,
    pub(super) hidden: usize,
    pub(super) memory: Option<usize>,
    /// The list of all hidden states, and the list of the last alone.
    pub(super) output: Option<usize>,
    pub(super) last: Option<usize>,
}

/// The cell of `l`'s body.
pub(super) fn find(l: &Loop<'_>) -> Option<Cell> {
    let all = 0..l.body.outputs.len();
    let (gates, sum, hidden, memory) =
        all.clone().find_map(|k| lstm(l, k).or_else(|| simple(l, k)))?;
    let terms = Terms::of(l, sum, hidden)?;
    let new = *l.body.outputs.get(hidden)?;
    let (mut output, mut last) = (None, None);
    for k in all {
        match l.collects(k, new) {
            Some(true) => output = Some(k),
            Some(false) => last = Some(k),
            None => {}
        }
    }
    let Terms { weights, recurrent, bias, sequence, counter } = terms;
    Some(Cell { gates, weights, recurrent, bias, sequence, counter, hidden, memory, output, last })
}

type Found = (Gates, ValueId, usize, Option<usize>);

/// Both orders of a node's two inputs; nothing for a node with fewer.
fn orders(v: &View<'_>) -> Vec<(ValueId, ValueId)> {
    v.either_order().map(Vec::from).unwrap_or_default()
}

/// The part of the split that a gate is made of, through its activation.
fn gate<'m>(l: &Loop<'m>, v: ValueId, activation: B) -> Option<(View<'m>, usize)> {
    let act = l.in_body(v).filter(|a| a.is(activation))?;
    let part = act.input(0)?;
    let split = l.in_body(part).filter(|s| s.is(B::Split) && s.node.outputs.len() == 4)?;
    let k = split.node.outputs.iter().position(|&o| o == part)?;
    Some((split, k))
}

/// h' = σ(o) × tanh(c') with c' = σ(f) × c + σ(i) × tanh(g).
fn lstm(l: &Loop<'_>, hidden: usize) -> Option<Found> {
    let new = l.in_body(*l.body.outputs.get(hidden)?).filter(|m| m.is(B::Mul) && m.is_plain())?;
    let (split, o, c_new) = orders(&new).into_iter().find_map(|(a, b)| {
        let (split, o) = gate(l, a, B::Logistic)?;
        let tanh = l.in_body(b).filter(|t| t.is(B::Tanh))?;
        Some((split, o, tanh.input(0)?))
    })?;
    let memory = l.body.outputs.iter().position(|&v| v == c_new)?;
    let add = l.in_body(c_new).filter(|a| a.is(B::Add) && a.is_plain())?;
    let (f, i, g) = orders(&add).into_iter().find_map(|(keep, write)| {
        let keep = l.in_body(keep).filter(|m| m.is(B::Mul) && m.is_plain())?;
        let write = l.in_body(write).filter(|m| m.is(B::Mul) && m.is_plain())?;
        let f = orders(&keep).into_iter().find_map(|(a, b)| {
            (l.variable(b)? == memory).then_some(())?;
            gate(l, a, B::Logistic)
        })?;
        let (i, g) = orders(&write)
            .into_iter()
            .find_map(|(a, b)| Some((gate(l, a, B::Logistic)?, gate(l, b, B::Tanh)?)))?;
        Some((f.1, i.1, g.1))
    })?;
    let mut order = [i, f, g, o];
    order.sort_unstable();
    if order != [0, 1, 2, 3] {
        return None;
    }
    let axis = l.body.value(split.input(0)?).ints()?;
    let sum = split.input(1)?;
    let rank = l.body.value(sum).rank() as i64;
    (axis == [rank - 1] || axis == [-1]).then_some(())?;
    Some((Gates::Lstm([i, f, g, o]), sum, hidden, Some(memory)))
}

/// h' = f(sum), f a tanh or a ReLU.
fn simple(l: &Loop<'_>, hidden: usize) -> Option<Found> {
    let new = l.in_body(*l.body.outputs.get(hidden)?)?;
    let activation = match new.node.op {
        Op::Builtin(B::Tanh) => 4,
        Op::Builtin(B::Relu) => 1,
        Op::Builtin(B::Relu6) => 3,
        _ => return None,
    };
    let sum = new.input(0)?;
    l.in_body(sum).filter(|a| a.is(B::Add) && a.is_plain())?;
    Some((Gates::Simple(activation), sum, hidden, None))
}

/// The parts of the weighted sum.
struct Terms {
    weights: Tensor,
    recurrent: Tensor,
    bias: Tensor,
    sequence: usize,
    counter: usize,
}

impl Terms {
    /// Takes a tree of sums apart: one product with the sequence's element, one with the hidden state,
    /// and constants.
    fn of(l: &Loop<'_>, sum: ValueId, hidden: usize) -> Option<Self> {
        let n = l.body.value(sum).shape.last().and_then(Dim::size)?;
        let mut bias = vec![0f32; n];
        let (mut x, mut h) = (None, None);
        let mut stack = vec![sum];
        let mut steps = 0;
        while let Some(v) = stack.pop() {
            steps += 1;
            if steps > 16 {
                return None;
            }
            if let Some(t) = l.body.value(v).tensor() {
                add_to(&mut bias, &per_channel(t, n)?);
                continue;
            }
            let at = l.in_body(v).filter(View::is_plain)?;
            if at.is(B::Add) {
                stack.extend([at.input(0)?, at.input(1)?]);
                continue;
            }
            if !at.is(B::FullyConnected) {
                return None;
            }
            if let Some(b) = at.input(2) {
                add_to(&mut bias, &per_channel(at.tensor(b)?, n)?);
            }
            let weights = at.tensor(at.input(1)?)?.as_ref().clone();
            let from = at.input(0)?;
            if l.variable(from) == Some(hidden) {
                h = h.is_none().then_some(weights);
            } else {
                let element = l.element(from)?;
                x = x.is_none().then_some((weights, element));
            }
        }
        let ((weights, (sequence, counter)), recurrent) = (x?, h?);
        let bias = Tensor::f32(&[n], &bias)?;
        Some(Self { weights, recurrent, bias, sequence, counter })
    }
}

fn add_to(sum: &mut [f32], more: &[f32]) {
    sum.iter_mut().zip(more).for_each(|(a, b)| *a += b);
}
