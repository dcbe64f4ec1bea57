//! Sums, differences, products and quotients with constants, folded into the weights and the bias of
//! the convolution or dense layer before them; so batch normalisation costs nothing.

use super::view::{View, per_channel};
use super::{Pass, Rule};
use crate::ir::{Builtin as B, Dim, Patch, Scope, Tensor, ValueId};

pub(super) const PASS: Pass = Pass { name: "affine", rules: RULES };

const RULES: &[Rule] = &[behind_reshape, add, scale];

/// A linear operator: where its parts are.
struct Linear {
    op: B,
    weights: usize,
    bias: usize,
    /// The dimension of the weights that counts output channels.
    axis: usize,
}

const LINEAR: &[Linear] = &[
    Linear { op: B::Conv2d, weights: 1, bias: 2, axis: 0 },
    Linear { op: B::DepthwiseConv2d, weights: 1, bias: 2, axis: 3 },
    Linear { op: B::FullyConnected, weights: 1, bias: 2, axis: 0 },
    Linear { op: B::TransposeConv, weights: 1, bias: 3, axis: 0 },
    Linear { op: B::Conv3d, weights: 1, bias: 2, axis: 4 },
];

/// The linear operator behind `v`, when nothing else reads it and it applies no activation.
fn linear<'g>(at: &View<'g>, v: ValueId) -> Option<(View<'g>, &'static Linear)> {
    let view = at.maker(v)?;
    let linear = LINEAR.iter().find(|l| view.is(l.op))?;
    (view.is_read_once() && view.is_plain()).then_some((view, linear))
}

/// What a node does to its operand with a constant.
struct Step {
    x: ValueId,
    constant: ValueId,
    /// Whether it adds; else it multiplies.
    adds: bool,
    /// Whether the constant counts negated or inverted.
    inverse: bool,
}

fn step(at: &View<'_>) -> Option<Step> {
    let (adds, inverse) = match () {
        () if at.is(B::Add) => (true, false),
        () if at.is(B::Sub) => (true, true),
        () if at.is(B::Mul) => (false, false),
        () if at.is(B::Div) => (false, true),
        () => return None,
    };
    let (x, constant) = at.with_constant()?;
    if !at.is_plain() || inverse && at.input(1) != Some(constant) {
        return None;
    }
    Some(Step { x, constant, adds, inverse })
}

impl Step {
    /// The constant as what is added or multiplied to each channel.
    fn vector(&self, at: &View<'_>, channels: usize) -> Option<Vec<f32>> {
        let t = at.tensor(self.constant)?;
        // A constant with more dimensions than the operand gives the result more dimensions.
        if t.shape().len() > at.value(self.x).rank() {
            return None;
        }
        let mut v = per_channel(t, channels)?;
        match (self.inverse, self.adds) {
            (true, true) => v.iter_mut().for_each(|x| *x = -*x),
            (true, false) => v.iter_mut().for_each(|x| *x = 1.0 / *x),
            _ => {}
        }
        v.iter().all(|x| x.is_finite()).then_some(v)
    }
}

fn channels(at: &View<'_>, v: ValueId) -> Option<usize> {
    at.value(v).shape.last().and_then(Dim::size)
}

/// The bias of a linear operator; zeros where it has none.
fn bias_of(view: &View<'_>, l: &Linear, n: usize) -> Option<Vec<f32>> {
    match view.input(l.bias) {
        Some(b) => view.tensor(b)?.to_f32().filter(|b| b.len() == n),
        None => Some(vec![0.0; n]),
    }
}

/// The same operator with other weights or another bias.
fn rebuilt<'g>(
    at: &View<'g>,
    view: &View<'g>,
    l: &Linear,
    weights: Option<Tensor>,
    bias: &[f32],
) -> Option<Patch<'g>> {
    let mut patch = at.patch(&[view.node]);
    let mut inputs = view.node.inputs.clone();
    inputs.resize(inputs.len().max(l.bias + 1), None);
    if let Some(w) = weights {
        *inputs.get_mut(l.weights)? = Some(patch.constant(w));
    }
    *inputs.get_mut(l.bias)? = Some(patch.constant(Tensor::f32(&[bias.len()], bias)?));
    let new = patch.op_all(l.op, &inputs, view.node.attrs.clone()).ok()?;
    Some(patch.replacing(at.result()?, *new.first()?))
}

/// A constant that is added becomes part of the bias.
fn add<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    let s = step(at).filter(|s| s.adds)?;
    let (view, l) = linear(at, s.x)?;
    let n = channels(at, s.x)?;
    let shift = s.vector(at, n)?;
    let bias: Vec<f32> = bias_of(&view, l, n)?.iter().zip(&shift).map(|(a, b)| a + b).collect();
    rebuilt(at, &view, l, None, &bias)
}

/// A constant factor becomes part of weights and bias.
fn scale<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    let s = step(at).filter(|s| !s.adds)?;
    let (view, l) = linear(at, s.x)?;
    let n = channels(at, s.x)?;
    let factor = s.vector(at, n)?;
    let weights = scaled(view.tensor(view.input(l.weights)?)?, l.axis, &factor)?;
    let bias: Vec<f32> = bias_of(&view, l, n)?.iter().zip(&factor).map(|(a, b)| a * b).collect();
    rebuilt(at, &view, l, Some(weights), &bias)
}

/// `t` with slice `i` along `axis` multiplied by `factor[i]`.
fn scaled(t: &Tensor, axis: usize, factor: &[f32]) -> Option<Tensor> {
    let shape = t.shape();
    if shape.get(axis) != Some(&factor.len()) {
        return None;
    }
    let inner: usize = shape.get(axis + 1..)?.iter().product();
    let mut values = t.to_f32()?;
    let channels = factor.iter().cycle();
    for (run, f) in values.chunks_mut(inner.max(1)).zip(channels) {
        run.iter_mut().for_each(|x| *x *= f);
    }
    Tensor::f32(shape, &values)
}

/// A reshape that keeps the channels moves behind what works on each channel alike.
fn behind_reshape<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    let (x, constant) = match step(at) {
        Some(s) => (s.x, Some(s.constant)),
        None => (at.input(0).filter(|_| super::activation::code(at).is_some())?, None),
    };
    let reshape = at.made_by(x, B::Reshape).filter(View::is_read_once)?;
    let (from, shape) = (reshape.input(0)?, reshape.input(1)?);
    linear(at, from)?;
    let n = channels(at, from)?;
    if channels(at, x) != Some(n) || at.value(at.result()?).shape != at.value(x).shape {
        return None;
    }
    let crate::ir::Op::Builtin(op) = at.node.op else { return None };
    let mut patch = at.patch(&[reshape.node]);
    let mut operands = vec![from];
    if let Some(c) = constant {
        let t = at.tensor(c)?;
        per_channel(t, n)?;
        operands.push(patch.constant(t.reshaped(&[t.len()])?));
    }
    if at.input(1).is_some() && at.input(0) != Some(x) {
        operands.reverse();
    }
    let y = patch.op_with(op, &operands, at.node.attrs.clone()).ok()?;
    let z = patch.op(B::Reshape, &[y, shape]).ok()?;
    Some(patch.replacing(at.result()?, z))
}
