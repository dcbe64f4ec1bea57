//! What FAKE_QUANT says of a model that was trained for integers: its ranges are those of its values.
//!
//! Invariant: afterwards no FAKE_QUANT is left in the graph.

use super::calibrate::Ranges;
use super::groups::is_float;
use super::range::Range;
use super::rules::{self, Scales};
use crate::ir::{Builtin, Graph, Op, Tensor, ValueId};
use std::collections::BTreeMap;

/// Takes out FAKE_QUANT: its range becomes that of its operand, for activations in `ranges`; those of weights are given.
pub(super) fn take(graph: &mut Graph, ranges: &mut Ranges) -> BTreeMap<ValueId, Range> {
    let mut weights = BTreeMap::new();
    for id in graph.node_ids() {
        let Some(node) = graph.node(id).filter(|n| n.op.is(Builtin::FakeQuant)) else { continue };
        let (Some(x), Some(y)) = (node.input(0), node.output(0)) else { continue };
        let range = Range { low: node.attrs.float("min"), high: node.attrs.float("max") };
        let sink = if graph.value(x).tensor().is_some() { &mut weights } else { &mut *ranges };
        sink.insert(x, range);
        graph.replace(y, x);
        graph.remove_if_dead(id);
    }
    graph.sweep();
    weights
}

/// The ranges that FAKE_QUANT gives to values, and those that follow from them; none when there is no FAKE_QUANT.
pub(super) fn ranges(graph: &Graph) -> Ranges {
    let mut ranges = Ranges::new();
    for (_, node) in graph.nodes().filter(|(_, n)| n.op.is(Builtin::FakeQuant)) {
        let range = Range { low: node.attrs.float("min"), high: node.attrs.float("max") };
        for v in node.input(0).into_iter().chain(node.output(0)) {
            if graph.value(v).tensor().is_none() {
                ranges.insert(v, range);
            }
        }
    }
    if ranges.is_empty() {
        return ranges;
    }
    for (_, node) in graph.nodes() {
        let Op::Builtin(op) = node.op else { continue };
        let Some(rule) = rules::integer(op) else { continue };
        let known = |v: &ValueId| ranges.get(v).copied();
        let range = match rule.scales {
            Scales::Fixed(scale, zero, _) => {
                let end = |n: i64| scale * (n - zero) as f32;
                Some(Range { low: end(-128), high: end(127) })
            }
            Scales::Same => node.inputs.iter().flatten().filter_map(known).reduce(Range::union),
            Scales::Free => None,
        };
        for &v in node.outputs.iter().filter(|&&v| is_float(graph, v)) {
            if let Some(range) = range {
                ranges.entry(v).or_insert(range);
            }
        }
    }
    ranges
}

/// `t` without what lies beyond `range`.
pub(super) fn clamped(t: &Tensor, range: Range) -> Option<Tensor> {
    let values: Vec<f32> = t.to_f32()?.iter().map(|x| x.max(range.low).min(range.high)).collect();
    Tensor::f32(t.shape(), &values)
}
