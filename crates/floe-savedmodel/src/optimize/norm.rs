//! Puts what scales and shifts the channels of a convolution or a matrix product into its weights and
//! bias: batch normalisation, fused or as the multiplication and addition that frameworks export.
//!
//! A chain begins at a linear op with constant weights and goes on while each result has one use.
//! Its last node keeps its name and becomes the addition of one bias.

use super::known::constant;
use super::{Evaluate, Work};
use crate::build::Builder;
use crate::names::Reference;
use crate::ops;
use crate::tensor::shape_proto;
use floe_graph::{DType, Shape};
use floe_proto::tensorflow::{AttrValue, NodeDef, TensorProto, attr_value::Value};
use std::collections::HashMap;

/// Where the weights of a linear op have their output channels.
#[derive(Clone, Copy, PartialEq)]
enum Layout {
    /// In the last dimension.
    Last,
    /// In the last but one.
    BeforeLast,
    /// In the last two together.
    LastTwo,
}

/// Linear ops: their name, the layout of their weights, the rank of what they make.
const LINEAR: &[(&str, Layout, usize)] = &[
    ("Conv2D", Layout::Last, 4),
    ("Conv3D", Layout::Last, 5),
    ("DepthwiseConv2dNative", Layout::LastTwo, 4),
    ("Conv2DBackpropInput", Layout::BeforeLast, 4),
    ("Conv3DBackpropInputV2", Layout::BeforeLast, 5),
    ("MatMul", Layout::Last, 2),
];

/// What a node does to each channel.
enum Step {
    Scale(TensorProto),
    Divide(TensorProto),
    Shift(TensorProto),
    ShiftBack(TensorProto),
    Normalise(Box<Normalise>),
}

/// `(x - mean) * scale / sqrt(variance + epsilon) + offset`.
struct Normalise {
    scale: TensorProto,
    offset: TensorProto,
    mean: TensorProto,
    variance: TensorProto,
    epsilon: f32,
}

/// A linear op and its weights.
struct Linear {
    at: usize,
    weights: TensorProto,
    layout: Layout,
    /// How many dimensions come behind that of the channels in the result.
    behind: usize,
    rank: usize,
    channels: i64,
}

pub(super) fn run(work: &mut Work<'_>) -> usize {
    let Some(evaluator) = work.evaluator else { return 0 };
    let index = Index::new(work);
    let mut folded = Vec::new();
    let mut removed = 0usize;
    for at in 0..work.graph.node.len() {
        let Some(linear) = index.linear(work, at) else { continue };
        let (last, steps) = index.chain(work, &linear);
        let scales =
            steps.iter().filter(|s| !matches!(s, Step::Shift(_) | Step::ShiftBack(_))).count();
        if scales == 0 && steps.len() < 2 {
            continue;
        }
        if let Some((weights, bias)) = compute(evaluator, &linear, &steps) {
            let shifts =
                scales < steps.len() || steps.iter().any(|s| matches!(s, Step::Normalise(_)));
            folded.push((linear.at, last, weights, shifts.then_some(bias)));
            removed = removed.saturating_add(steps.len());
        }
    }
    for (at, last, weights, bias) in folded {
        replace(work, at, last, weights, bias);
    }
    removed
}

/// Nodes by name and by what uses them.
struct Index {
    names: HashMap<String, usize>,
    /// For each node: all that reads it or waits for it.
    users: Vec<Vec<usize>>,
}

impl Index {
    fn new(work: &Work<'_>) -> Self {
        let nodes = &work.graph.node;
        let names: HashMap<String, usize> =
            nodes.iter().enumerate().map(|(i, n)| (n.name.clone(), i)).collect();
        let mut users = vec![Vec::new(); nodes.len()];
        for (user, node) in nodes.iter().enumerate() {
            let read = node.input.iter().filter_map(|i| names.get(Reference::parse(i)?.node()));
            for &at in read {
                if let Some(users) = users.get_mut(at) {
                    users.push(user);
                }
            }
        }
        Self { names, users }
    }

    /// The value of `input`, when it is a constant of float32.
    fn constant(&self, work: &Work<'_>, input: Option<&String>) -> Option<TensorProto> {
        let Reference::Tensor { node, index: 0 } = Reference::parse(input?)? else { return None };
        let node = work.graph.node.get(*self.names.get(node)?)?;
        let Value::Tensor(proto) = node.attr.get("value")?.value.as_ref()? else { return None };
        let float = proto.dtype == i32::from(DType::Float32.tensorflow());
        (node.op == "Const" && node.input.is_empty() && float).then(|| (**proto).clone())
    }

    fn linear(&self, work: &Work<'_>, at: usize) -> Option<Linear> {
        let node = work.graph.node.get(at)?;
        let &(_, layout, rank) = LINEAR.iter().find(|(op, ..)| *op == node.op)?;
        let weights = self.constant(work, node.input.get(1))?;
        let transposed = matches!(attr(work, node, "transpose_b"), Some(Value::B(true)));
        let layout = if transposed { Layout::BeforeLast } else { layout };
        let dims = dims(&weights);
        let mut last = dims.iter().rev();
        let (a, b) = (*last.next()?, *last.next()?);
        let channels = match layout {
            Layout::Last => a,
            Layout::BeforeLast => b,
            Layout::LastTwo => a.checked_mul(b)?,
        };
        let behind = if format(work, node) { rank.saturating_sub(2) } else { 0 };
        Some(Linear { at, weights, layout, behind, rank, channels })
    }

    /// The steps behind `linear`, and the node of the last.
    fn chain(&self, work: &Work<'_>, linear: &Linear) -> (usize, Vec<Step>) {
        let mut at = linear.at;
        let mut steps = Vec::new();
        while let Some([user]) = self.users.get(at).map(Vec::as_slice)
            && let Some(node) = work.graph.node.get(at)
            && !work.keep.contains(node.name.as_str())
            && let Some(next) = work.graph.node.get(*user)
            && let Some(step) = self.step(work, linear, node, next)
        {
            steps.push(step);
            at = *user;
        }
        (at, steps)
    }

    /// What `next` does to the channels of its input `node`.
    fn step(
        &self,
        work: &Work<'_>,
        linear: &Linear,
        node: &NodeDef,
        next: &NodeDef,
    ) -> Option<Step> {
        let is_input = |i: usize| {
            let reference = next.input.get(i).and_then(|text| Reference::parse(text));
            reference == Some(Reference::Tensor { node: &node.name, index: 0 })
        };
        if next.input.iter().any(|i| i.starts_with('^')) {
            return None;
        }
        let other = |i: usize| linear.per_channel(self.constant(work, next.input.get(i))?);
        let either = || {
            if is_input(0) {
                other(1)
            } else if is_input(1) {
                other(0)
            } else {
                None
            }
        };
        match next.op.as_str() {
            "Mul" => either().map(Step::Scale),
            "RealDiv" if is_input(0) => other(1).map(Step::Divide),
            "Add" | "AddV2" => either().map(Step::Shift),
            "Sub" if is_input(0) => other(1).map(Step::ShiftBack),
            "BiasAdd" if is_input(0) && format(work, next) == (linear.behind > 0) => {
                linear.flat(self.constant(work, next.input.get(1))?).map(Step::Shift)
            }
            "FusedBatchNorm" | "FusedBatchNormV2" | "FusedBatchNormV3" if is_input(0) => {
                self.normalise(work, linear, next)
            }
            _ => None,
        }
    }

    fn normalise(&self, work: &Work<'_>, linear: &Linear, node: &NodeDef) -> Option<Step> {
        let Some(&Value::B(false)) = attr(work, node, "is_training") else { return None };
        let Some(&Value::F(epsilon)) = attr(work, node, "epsilon") else { return None };
        // Its statistics would be gone.
        let at = *self.names.get(&node.name)?;
        let users = self.users.get(at)?.iter().filter_map(|&u| work.graph.node.get(u));
        let mut read = users.flat_map(|u| &u.input).filter_map(|i| Reference::parse(i));
        let other = read.any(
            |r| matches!(r, Reference::Tensor { node: n, index } if n == node.name && index > 0),
        );
        if other
            || work.keep.contains(node.name.as_str())
            || format(work, node) != (linear.behind > 0)
        {
            return None;
        }
        let parameter = |i: usize| linear.flat(self.constant(work, node.input.get(i))?);
        Some(Step::Normalise(Box::new(Normalise {
            scale: parameter(1)?,
            offset: parameter(2)?,
            mean: parameter(3)?,
            variance: parameter(4)?,
            epsilon,
        })))
    }
}

impl Linear {
    /// `value` with one dimension, when it has a number for each channel or one for all, and does not
    /// change the shape of the result.
    fn per_channel(&self, value: TensorProto) -> Option<TensorProto> {
        let dims = dims(&value);
        if dims.len() > self.rank {
            return None;
        }
        let behind = |(i, &d): (usize, &i64)| d == 1 || (i == self.behind && d == self.channels);
        let fits = dims.iter().rev().enumerate().all(behind);
        let count = dims.iter().product();
        fits.then(|| reshaped(value, &[count]))
    }

    /// `value`, when it has just a number for each channel.
    fn flat(&self, value: TensorProto) -> Option<TensorProto> {
        (dims(&value) == [self.channels]).then_some(value)
    }

    /// The dimensions in which `count` factors fit the weights: one for each channel, or one for all.
    fn beside_weights(&self, count: i64) -> Vec<i32> {
        let dims = dims(&self.weights);
        let channels: &[i64] = match self.layout {
            _ if count == 1 => &[1],
            Layout::Last => &[self.channels],
            Layout::BeforeLast => &[self.channels, 1],
            Layout::LastTwo => dims.get(dims.len().saturating_sub(2)..).unwrap_or_default(),
        };
        channels.iter().map(|&d| i32::try_from(d).unwrap_or(i32::MAX)).collect()
    }
}

/// The weights and the bias with all steps in them.
#[allow(
    clippy::arithmetic_side_effects,
    reason = "operators on tensors add nodes: nothing overflows"
)]
fn compute(
    evaluator: &dyn Evaluate,
    linear: &Linear,
    steps: &[Step],
) -> Option<(TensorProto, TensorProto)> {
    let g = Builder::new();
    let constant = |value: &TensorProto| g.constant("Const", value.clone());
    let count = |value: &TensorProto| dims(value).iter().product();
    let beside = |count: i64| g.ints("dims", &linear.beside_weights(count));
    let mut weights = constant(&linear.weights);
    let mut bias = constant(&splat(0.0, linear.channels));
    for step in steps {
        match step {
            Step::Scale(by) => {
                let factors = constant(by);
                weights = weights * factors.reshape(beside(count(by)));
                bias = bias * factors;
            }
            Step::Divide(by) => {
                let divisors = constant(by);
                weights = weights / divisors.reshape(beside(count(by)));
                bias = bias / divisors;
            }
            Step::Shift(by) => bias = bias + constant(by),
            Step::ShiftBack(by) => bias = bias - constant(by),
            Step::Normalise(n) => {
                let Normalise { scale, offset, mean, variance, epsilon } = &**n;
                let spread = constant(variance) + f64::from(*epsilon);
                let factors = constant(scale) * spread.unary("Rsqrt");
                weights = weights * factors.reshape(beside(linear.channels));
                bias = (bias - constant(mean)) * factors + constant(offset);
            }
        }
    }
    let wanted = [weights.name(), bias.name()];
    let graph = g.finish().ok()?;
    let [weights, bias] = <[_; 2]>::try_from(evaluator.evaluate(&graph, &wanted).ok()?).ok()?;
    let fits = dims(&weights) == dims(&linear.weights) && dims(&bias) == [linear.channels];
    fits.then_some((weights, bias))
}

/// Puts the linear op with its new weights, and the bias, in the place of the last node of a chain.
fn replace(
    work: &mut Work<'_>,
    at: usize,
    last: usize,
    weights: TensorProto,
    bias: Option<TensorProto>,
) {
    let (Some(mut linear), Some(tail)) =
        (work.graph.node.get(at).cloned(), work.graph.node.get(last).cloned())
    else {
        return;
    };
    let name = |what: &str| work.free(format!("{}/{what}", tail.name));
    let (weights, bias) =
        (constant(&name("weights"), weights), bias.map(|b| constant(&name("bias"), b)));
    if let Some(input) = linear.input.get_mut(1) {
        input.clone_from(&weights.name);
    }
    let whole = match &bias {
        None => NodeDef { name: tail.name, ..linear },
        Some(bias) => {
            let kept = ["T", "data_format"];
            linear.name = name("linear");
            let mut attr = linear.attr.clone();
            attr.retain(|name, _| kept.contains(&name.as_str()));
            // Of five dimensions the format has five letters; the addition takes the four-letter one.
            if let Some(AttrValue { value: Some(Value::S(format)) }) = attr.get_mut("data_format") {
                *format = if format.starts_with(b"NC") { "NCHW" } else { "NHWC" }.into();
            }
            let input = vec![linear.name.clone(), bias.name.clone()];
            let whole = NodeDef {
                name: tail.name,
                op: "BiasAdd".into(),
                input,
                attr,
                ..NodeDef::default()
            };
            work.graph.node.push(linear);
            whole
        }
    };
    work.graph.node.extend([Some(weights), bias].into_iter().flatten());
    if let Some(slot) = work.graph.node.get_mut(last) {
        *slot = whole;
    }
}

fn attr<'a>(work: &'a Work<'_>, node: &'a NodeDef, name: &str) -> Option<&'a Value> {
    ops::attr(node, work.ops.loaded(&node.op), name)
}

/// Whether the channels come before the positions.
fn format(work: &Work<'_>, node: &NodeDef) -> bool {
    matches!(attr(work, node, "data_format"), Some(Value::S(s)) if s.starts_with(b"NC"))
}

fn dims(value: &TensorProto) -> Vec<i64> {
    value.tensor_shape.iter().flat_map(|s| &s.dim).map(|d| d.size).collect()
}

fn reshaped(value: TensorProto, dims: &[i64]) -> TensorProto {
    TensorProto { tensor_shape: Some(shape_proto(&Shape::I64(dims))), ..value }
}

fn splat(value: f32, count: i64) -> TensorProto {
    TensorProto {
        dtype: DType::Float32.tensorflow().into(),
        tensor_shape: Some(shape_proto(&Shape::I64(&[count]))),
        float_val: vec![value],
        ..TensorProto::default()
    }
}
