//! Integers throughout: int8, or int16 activations with int8 weights.
//!
//! Operators with kernels of integers compute in them; the others stay float32 islands between DEQUANTIZE and QUANTIZE,
//! and are told of. Only the main graph is changed: bodies of control flow stay as they are. Facts: converter §4.
//!
//! Invariant: a value is float32 or has the scale of its group; a node meets only what its kernel takes.

use super::calibrate::{Observed, Ranges};
use super::groups::{Groups, is_float};
use super::range::Range;
use super::rules::{self, Integer, Scales, Weights};
use super::{Tuning, dynamic, params, trained, weights};
use crate::error::{Error, Problem};
use crate::ir::{
    Attrs, Builtin, Def, Graph, Module, Node, NodeId, Op, QuantParams, Tensor, Value, ValueId,
};
use floe_graph::DType;
use std::collections::{BTreeMap, BTreeSet};

/// What to make.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'t> {
    /// The activations: int8 or int16.
    pub(super) dtype: DType,
    /// The float32 inputs and outputs of the model.
    pub(super) ports: DType,
    pub(super) tuning: &'t Tuning,
}

/// Makes the main graph of `module` compute in integers, but for the nodes `keep`; what stays float is told.
pub(super) fn run(
    module: &mut Module,
    observed: &Observed,
    target: Target<'_>,
    keep: &BTreeSet<NodeId>,
) -> Result<Vec<String>, Error> {
    let Some(graph) = module.graphs.first_mut() else { return Ok(Vec::new()) };
    let mut ranges = observed.ranges.clone();
    let trained = trained::take(graph, &mut ranges);
    let islands = islands(graph, &ranges, target.dtype, keep);
    let rule = |node: &Node| {
        rule(node, target.dtype).filter(|_| node.outputs.iter().all(|v| !islands.contains(v)))
    };
    let groups = Groups::new(graph, &ranges, target.dtype, rule);
    let mut work = Work {
        graph,
        groups,
        target,
        keep,
        trained,
        made: BTreeMap::new(),
        summed: BTreeMap::new(),
        said: BTreeMap::new(),
    };
    work.inputs();
    for id in work.graph.node_ids() {
        let Some(node) = work.graph.node(id).cloned() else { continue };
        match rule(&node) {
            Some(rule) => work.integer(id, &node, rule)?,
            None => work.float(id, &node),
        }
    }
    work.outputs()?;
    if target.tuning.full_integer && !work.said.is_empty() {
        let problem = |((op, why), nodes): (&(String, &str), &Vec<String>)| {
            let reason = format!("it {why}, and nothing may stay float32");
            let one = |node: &String| Problem {
                op: op.clone(),
                node: node.clone(),
                reason: reason.clone(),
            };
            nodes.iter().map(one).collect::<Vec<_>>()
        };
        return Err(Error::Unconvertible(work.said.iter().flat_map(problem).collect()));
    }
    Ok(work.said.into_iter().map(|((op, why), nodes)| told(&op, why, &nodes)).collect())
}

/// Why an operator stays float32.
const NO_KERNEL: &str = "has no kernel for these integers";
const LOSES: &str = "loses more than the outputs may";
const AMONG_FLOATS: &str = "has nothing to gain from integers, or no range for them";

fn told(op: &str, why: &str, nodes: &[String]) -> String {
    let first = nodes.first().map_or("?", |n| n);
    match nodes.len() {
        0 | 1 => format!("{op} {why}: '{first}' stays float32"),
        n => format!("{op} {why}: '{first}' and {} more stay float32", n - 1),
    }
}

/// The rule of a node with a kernel of integers for its operands.
fn rule(node: &Node, dtype: DType) -> Option<&'static Integer> {
    let Op::Builtin(op) = node.op else { return None };
    rules::integer(op).filter(|r| r.int16 || dtype != DType::Int16)
}

/// What the outputs of nodes stand for that stay float32: without a rule, without a range, with weights that are not
/// constant, or between floats, where integers would gain nothing.
fn islands(
    graph: &Graph,
    ranges: &Ranges,
    dtype: DType,
    keep: &BTreeSet<NodeId>,
) -> BTreeSet<ValueId> {
    let mut floats = BTreeSet::new();
    for (id, node) in graph.nodes() {
        let known = |v: ValueId| {
            !is_float(graph, v)
                || ranges.contains_key(&v)
                || graph.value(v).tensor().is_some_and(|t| t.to_f32().is_some())
        };
        let whole = node.inputs.iter().flatten().chain(&node.outputs).all(|&v| known(v));
        let weighed = weights_of(node).is_none_or(|w| {
            let constant =
                |i: usize| node.input(i).is_none_or(|v| graph.value(v).tensor().is_some());
            w.inputs.iter().all(|&i| constant(i)) && w.sums.is_none_or(|(_, bias)| constant(bias))
        });
        let touched = match rule(node, dtype) {
            Some(rule) if rule.scales == Scales::Same => {
                let operands = node.inputs.iter().flatten().filter(|&&v| is_float(graph, v));
                let mut active =
                    operands.filter(|&&v| graph.value(v).tensor().is_none()).peekable();
                active.peek().is_none() || active.any(|v| !floats.contains(v))
            }
            Some(_) => {
                node.inputs.iter().flatten().chain(&node.outputs).any(|&v| is_float(graph, v))
            }
            None => false,
        };
        if !(whole && weighed && touched) || keep.contains(&id) {
            floats.extend(node.outputs.iter().copied());
        }
    }
    floats
}

/// The weights of a node that its integer kernel adds up.
fn weights_of(node: &Node) -> Option<&'static Weights> {
    let Op::Builtin(op) = node.op else { return None };
    rules::weights(op).filter(|w| w.sums.is_some())
}

/// What a value was made into: by its number, and scale and zero point (none for float32).
type Key = (ValueId, Option<(u32, i64)>);

fn key(v: ValueId, params: Option<&QuantParams>) -> Key {
    let pair = params.and_then(|p| Some((p.scales.first()?.to_bits(), *p.zero_points.first()?)));
    (v, pair)
}

struct Work<'g> {
    graph: &'g mut Graph,
    groups: Groups,
    target: Target<'g>,
    /// The nodes that are to stay float32.
    keep: &'g BTreeSet<NodeId>,
    /// The ranges that weights were trained for.
    trained: BTreeMap<ValueId, Range>,
    made: BTreeMap<Key, ValueId>,
    /// What weights and biases were made into, by all that decides it.
    summed: BTreeMap<(ValueId, Vec<u32>), ValueId>,
    /// The operators that stay float32 and why, and their nodes.
    said: BTreeMap<(String, &'static str), Vec<String>>,
}

impl Work<'_> {
    /// The model's float inputs in the type that the user wants.
    fn inputs(&mut self) {
        for v in self.graph.inputs.clone() {
            if self.target.ports == DType::Float32 || !is_float(self.graph, v) {
                continue;
            }
            if let Some(params) = self.groups.params_as(v, self.target.ports) {
                let value = self.graph.value_mut(v);
                value.dtype = self.target.ports;
                value.quant = Some(params);
            }
        }
    }

    fn outputs(&mut self) -> Result<(), Error> {
        for i in 0..self.graph.outputs.len() {
            let Some(&v) = self.graph.outputs.get(i) else { continue };
            let value = self.graph.value(v);
            if !(value.dtype == DType::Float32 || value.quant.is_some())
                || value.dtype == self.target.ports
            {
                continue;
            }
            let at = self.graph.order.len();
            let new = if self.target.ports == DType::Float32 {
                self.as_float(v, at)
            } else {
                let params = self.groups.params_as(v, self.target.ports);
                let why = || {
                    Error::Request(format!(
                        "output '{}' has no range, so no integers stand for it",
                        self.graph.value(v).name
                    ))
                };
                let params = params.ok_or_else(why)?;
                self.converted(v, self.target.ports, Some(params), at)
            };
            if let Some(slot) = self.graph.outputs.get_mut(i) {
                *slot = new;
            }
        }
        Ok(())
    }

    /// A node that computes in integers.
    fn integer(&mut self, id: NodeId, node: &Node, rule: &Integer) -> Result<(), Error> {
        let lost = || {
            Error::Invalid(format!(
                "'{}' cannot be quantized",
                node.origin.first().map_or("?", |n| n)
            ))
        };
        let result = node.outputs.iter().copied().find(|&v| is_float(self.graph, v));
        let shared = match (rule.scales, result) {
            (Scales::Same, Some(out)) => Some(self.groups.params(out).ok_or_else(lost)?),
            _ => None,
        };
        let weighed = weights_of(node);
        let special = |i: usize| {
            weighed.is_some_and(|w| w.inputs.contains(&i) || w.sums.is_some_and(|s| s.1 == i))
        };
        for (i, v) in node.inputs.iter().enumerate() {
            let Some(v) = *v else { continue };
            let value = self.graph.value(v);
            let active = value.dtype == DType::Float32 || value.quant.is_some();
            if !active
                || special(i)
                || matches!(value.def, Def::State)
                    && value.quant.is_none()
                    && !value.users.contains(&id)
            {
                continue;
            }
            let new = match value.tensor().cloned() {
                Some(t) => self.constant(v, &t, shared.as_ref()).ok_or_else(lost)?,
                None => {
                    let params =
                        shared.clone().or_else(|| self.groups.params(v)).ok_or_else(lost)?;
                    self.converted(v, self.target.dtype, Some(params), self.place(id))
                }
            };
            self.graph.set_input(id, i, Some(new));
        }
        if let Some(w) = weighed {
            self.sum(id, w).ok_or_else(lost)?;
        }
        for &v in &node.outputs {
            if is_float(self.graph, v) {
                let params = self.groups.params(v);
                let value = self.graph.value_mut(v);
                value.dtype = self.target.dtype;
                value.quant = Some(params.ok_or_else(lost)?);
            }
        }
        if matches!(node.op, Op::Builtin(Builtin::Add | Builtin::Sub))
            && self.target.dtype == DType::Int16
            && let Some(node) = self.graph.node_mut(id)
        {
            node.attrs.set("pot_scale_int16", false);
        }
        Ok(())
    }

    /// Weights as int8 and the bias in steps of the products.
    fn sum(&mut self, id: NodeId, w: &Weights) -> Option<()> {
        let (x, bias) = w.sums?;
        let node = self.graph.node(id)?;
        let &at = w.inputs.first()?;
        let input = self.graph.value(node.input(x)?).quant.clone()?;
        let input = *input.scales.first()?;
        let old = node.input(at)?;
        let bias_value = node.input(bias);
        let bias_tensor = bias_value.and_then(|v| self.graph.value(v).tensor().cloned());
        let numbers = bias_tensor.as_ref().and_then(|t| t.to_f32());
        let least: Vec<f32> = match (&numbers, self.target.dtype) {
            // Half of what 32 bits hold leaves room for the products.
            (Some(b), DType::Int8) => {
                b.iter().map(|b| b.abs() / (input * (1u32 << 30) as f32)).collect()
            }
            _ => Vec::new(),
        };
        let decided = (old, least.iter().map(|s| s.to_bits()).collect());
        let new = match self.summed.get(&decided) {
            Some(&done) => done,
            None => {
                let value = self.graph.value(old).clone();
                let (q, params) = self.weights(old, value.tensor()?, id, w, &least)?;
                self.value_like(&value, q, params)
            }
        };
        self.summed.insert(decided, new);
        self.graph.set_input(id, at, Some(new));
        if let (Some(v), Some(numbers)) = (bias_value, numbers) {
            let new = self.bias(v, &numbers, input, new)?;
            self.graph.set_input(id, bias, Some(new));
        }
        Some(())
    }

    /// The weights `t`, which are value `v`, as int8: in the range that they were trained for, else in their own.
    fn weights(
        &self,
        v: ValueId,
        t: &Tensor,
        id: NodeId,
        w: &Weights,
        least: &[f32],
    ) -> Option<(Tensor, QuantParams)> {
        if let Some(&range) = self.trained.get(&v) {
            let scale = range.high.max(-range.low) / weights::MAX;
            return weights::int8_from(&trained::clamped(t, range)?, None, &[scale]);
        }
        let dense = self.graph.node(id)?.op.is(Builtin::FullyConnected);
        let axis = w.axis.filter(|_| !(dense && self.target.tuning.per_tensor_dense));
        let whole = least.iter().copied().reduce(f32::max);
        match axis {
            None => weights::int8_from(t, None, whole.as_slice()),
            axis => weights::int8_from(t, axis, least),
        }
    }

    /// The bias `v` for an input of scale `input` and the quantized `weights`.
    fn bias(
        &mut self,
        v: ValueId,
        numbers: &[f32],
        input: f32,
        weights: ValueId,
    ) -> Option<ValueId> {
        let decided = (v, vec![input.to_bits(), weights.0]);
        if let Some(&done) = self.summed.get(&decided) {
            return Some(done);
        }
        let wide = if self.target.dtype == DType::Int16 { DType::Int64 } else { DType::Int32 };
        let value = self.graph.value(v).clone();
        let params = self.graph.value(weights).quant.clone()?;
        let (t, params) = bias_of(numbers, value.tensor()?.shape(), input, &params, wide)?;
        let new = self.value_like(&value, t, params);
        self.summed.insert(decided, new);
        Some(new)
    }

    /// A constant `t` that stands for that in `value`.
    fn value_like(&mut self, value: &Value, t: Tensor, params: QuantParams) -> ValueId {
        let mut new =
            Value::new(t.dtype(), value.shape.clone(), Def::Const(t.into()), value.name.clone());
        new.quant = Some(params);
        self.graph.add_value(new)
    }

    /// The constant operand `v` in integers: by `shared`, else by its own range.
    fn constant(
        &mut self,
        v: ValueId,
        t: &Tensor,
        shared: Option<&QuantParams>,
    ) -> Option<ValueId> {
        let own = || Some(params::activation(Range::of(t.to_f32()?)?, self.target.dtype));
        let params = shared.cloned().or_else(own)?;
        let slot = key(v, Some(&params));
        if let Some(&done) = self.made.get(&slot) {
            return Some(done);
        }
        let value = self.graph.value(v).clone();
        let new = self.value_like(&value, params::constant(t, self.target.dtype, &params)?, params);
        self.made.insert(slot, new);
        Some(new)
    }

    /// A node that computes in float32.
    fn float(&mut self, id: NodeId, node: &Node) {
        let mut any = node.outputs.iter().any(|&v| is_float(self.graph, v));
        for (i, v) in node.inputs.iter().enumerate() {
            let Some(v) = *v else { continue };
            let value = self.graph.value(v);
            any |= value.dtype == DType::Float32;
            if value.quant.is_some() && value.tensor().is_none() {
                any = true;
                let new = self.as_float(v, self.place(id));
                self.graph.set_input(id, i, Some(new));
            }
        }
        if any {
            let name = node.origin.first().map_or("?", |n| n).to_owned();
            let why = match rule(node, self.target.dtype) {
                _ if self.keep.contains(&id) => LOSES,
                None => NO_KERNEL,
                Some(_) => AMONG_FLOATS,
            };
            self.said.entry((node.op.name().to_owned(), why)).or_default().push(name);
            dynamic::quantize_weights(self.graph, id);
        }
    }

    /// Where node `id` stands in running order.
    fn place(&self, id: NodeId) -> usize {
        self.graph.order.iter().position(|&n| n == id).unwrap_or(self.graph.order.len())
    }

    fn as_float(&mut self, v: ValueId, at: usize) -> ValueId {
        self.converted(v, DType::Float32, None, at)
    }

    /// `v` as `dtype` by `params`: itself when it is that, else by a node that runs as number `at`, unless one has.
    fn converted(
        &mut self,
        v: ValueId,
        dtype: DType,
        params: Option<QuantParams>,
        at: usize,
    ) -> ValueId {
        let value = self.graph.value(v).clone();
        if value.dtype == dtype && value.quant == params {
            return v;
        }
        let slot = key(v, params.as_ref());
        if let Some(&done) = self.made.get(&slot).filter(|&&d| self.graph.value(d).dtype == dtype) {
            return done;
        }
        let op = if dtype == DType::Float32 { Builtin::Dequantize } else { Builtin::Quantize };
        let mut new = Value::new(dtype, value.shape.clone(), Def::State, value.name.clone());
        new.quant = params;
        let new = self.graph.add_value(new);
        let (inputs, origin) = (vec![Some(v)], vec![value.name]);
        let node =
            Node { op: Op::Builtin(op), inputs, outputs: vec![new], attrs: Attrs::new(), origin };
        self.graph.insert_node(at, node);
        self.made.insert(slot, new);
        new
    }
}

/// A bias in steps of the products of an input of scale `input` and weights by `params`.
fn bias_of(
    numbers: &[f32],
    shape: &[usize],
    input: f32,
    weights: &QuantParams,
    dtype: DType,
) -> Option<(Tensor, QuantParams)> {
    let of = |i: usize| weights.scales.get(if weights.scales.len() == 1 { 0 } else { i }).copied();
    let scales: Vec<f32> =
        (0..numbers.len()).map(|i| Some(input * of(i)?)).collect::<Option<_>>()?;
    let most = if dtype == DType::Int32 { f64::from(i32::MAX) } else { i64::MAX as f64 };
    let code =
        |(b, s): (&f32, &f32)| (f64::from(*b) / f64::from(*s)).round().clamp(-most, most) as i64;
    let codes: Vec<i64> = numbers.iter().zip(&scales).map(code).collect();
    let scales = if weights.scales.len() == 1 { vec![*scales.first()?] } else { scales };
    let zero_points = vec![0; scales.len()];
    Some((Tensor::ints(dtype, shape, &codes)?, QuantParams { scales, zero_points, axis: 0 }))
}
