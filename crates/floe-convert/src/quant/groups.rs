//! Which values share one scale, and what it is.
//!
//! An operator of [`Scales::Same`] binds its operands to its result; a result of [`Scales::Fixed`] binds all that it is
//! bound to. A second operand whose scale is fixed already is requantized instead. Facts: converter §4.2.

use super::calibrate::Ranges;
use super::params;
use super::range::Range;
use super::rules::{Integer, Scales};
use crate::ir::{Graph, Node, QuantParams, ValueId};
use floe_graph::DType;
use std::collections::BTreeMap;

/// What the values of one group have in common.
#[derive(Clone, Debug, Default)]
struct Group {
    range: Option<Range>,
    fixed: Option<QuantParams>,
}

/// Groups of values.
#[derive(Debug)]
pub(super) struct Groups {
    dtype: DType,
    /// The value that stands for this one's group, or one nearer to it.
    parents: BTreeMap<ValueId, ValueId>,
    groups: BTreeMap<ValueId, Group>,
}

impl Groups {
    /// The groups of `graph`, whose nodes `rule` says how to compute in the integers of `dtype`.
    pub(super) fn new<'r>(
        graph: &Graph,
        ranges: &Ranges,
        dtype: DType,
        rule: impl Fn(&Node) -> Option<&'r Integer>,
    ) -> Self {
        let mut groups = Self { dtype, parents: BTreeMap::new(), groups: BTreeMap::new() };
        for (&v, &range) in ranges {
            groups.groups.insert(v, Group { range: Some(range), fixed: None });
        }
        for (_, node) in graph.nodes() {
            if let Some(rule) = rule(node) {
                groups.add(graph, node, rule.scales);
            }
        }
        groups
    }

    fn add(&mut self, graph: &Graph, node: &Node, scales: Scales) {
        let Some(out) = node.outputs.iter().copied().find(|&v| is_float(graph, v)) else { return };
        match scales {
            Scales::Free => {}
            Scales::Fixed(scale, zero, wide) => {
                let one = match self.dtype {
                    DType::Int16 => params::single(wide, 0),
                    _ => params::single(scale, zero),
                };
                self.groups.entry(out).or_default().fixed = Some(one);
            }
            Scales::Same => {
                for &v in node.outputs.iter().filter(|&&v| v != out && is_float(graph, v)) {
                    self.unite(v, out);
                }
                let operands: Vec<ValueId> =
                    node.inputs.iter().flatten().copied().filter(|&v| is_float(graph, v)).collect();
                for &v in &operands {
                    if let Some(t) = graph.value(v).tensor() {
                        // Of a constant among others the result's range says what matters.
                        if operands.len() == 1 {
                            self.widen(out, t.to_f32().and_then(Range::of));
                        }
                    } else if operands.len() == 1 || self.fixed(v).is_none() {
                        self.unite(v, out);
                    }
                }
            }
        }
    }

    fn root(&self, v: ValueId) -> ValueId {
        let mut v = v;
        while let Some(&parent) = self.parents.get(&v) {
            v = parent;
        }
        v
    }

    fn fixed(&self, v: ValueId) -> Option<&QuantParams> {
        self.groups.get(&self.root(v))?.fixed.as_ref()
    }

    fn widen(&mut self, v: ValueId, range: Option<Range>) {
        let root = self.root(v);
        let group = self.groups.entry(root).or_default();
        group.range = match (group.range, range) {
            (Some(a), Some(b)) => Some(a.union(b)),
            (a, b) => a.or(b),
        };
    }

    fn unite(&mut self, a: ValueId, b: ValueId) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let old = self.groups.remove(&b).unwrap_or_default();
        self.parents.insert(b, a);
        self.widen(a, old.range);
        let group = self.groups.entry(a).or_default();
        group.fixed = group.fixed.take().or(old.fixed);
    }

    /// How `v` is held in integers; `None` when it was never seen.
    pub(super) fn params(&self, v: ValueId) -> Option<QuantParams> {
        self.params_as(v, self.dtype)
    }

    /// As [`params`](Self::params) in the integers of `dtype`.
    pub(super) fn params_as(&self, v: ValueId, dtype: DType) -> Option<QuantParams> {
        let group = self.groups.get(&self.root(v))?;
        match &group.fixed {
            Some(fixed) if dtype == self.dtype => Some(fixed.clone()),
            _ => Some(params::activation(group.range?, dtype)),
        }
    }
}

/// Whether `v` is a tensor of float32.
pub(super) fn is_float(graph: &Graph, v: ValueId) -> bool {
    graph.value(v).dtype == DType::Float32
}
