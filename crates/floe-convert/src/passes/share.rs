//! Equal computations done once.
//!
//! Invariant: only operators without state or chance are shared.

use crate::ir::{Def, Graph, Module, NodeId, Tensor, ValueId};
use crate::ops;
use floe_graph::DType;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

/// Bytes of a constant that its digest looks at.
const HASHED: usize = 4096;

/// Runs over all graphs of `module`.
pub(super) fn all(module: &mut Module) {
    module.graphs.iter_mut().for_each(run);
}

/// Lets nodes that compute the same share one, after equal constants became one.
fn run(graph: &mut Graph) {
    constants(graph);
    let mut seen: BTreeMap<String, NodeId> = BTreeMap::new();
    for id in graph.node_ids() {
        let Some(key) = key(graph, id) else { continue };
        let Some(&first) = seen.get(&key) else {
            seen.insert(key, id);
            continue;
        };
        let (Some(a), Some(b)) = (graph.node(first), graph.node(id)) else { continue };
        let pairs: Vec<(ValueId, ValueId)> =
            b.outputs.iter().copied().zip(a.outputs.iter().copied()).collect();
        if pairs.iter().any(|(old, _)| graph.is_output(*old)) {
            continue;
        }
        for (old, new) in pairs {
            graph.replace(old, new);
        }
        graph.remove_if_dead(id);
    }
}

/// Lets everything that reads one of several equal constants read the same.
fn constants(graph: &mut Graph) {
    let mut seen: BTreeMap<(DType, Vec<usize>, u64), Vec<ValueId>> = BTreeMap::new();
    for id in graph.node_ids() {
        let inputs = graph.node(id).map(|n| n.inputs.clone()).unwrap_or_default();
        for (i, v) in inputs.into_iter().enumerate() {
            let Some((v, t)) = v.and_then(|v| Some((v, graph.value(v).tensor()?.clone()))) else {
                continue;
            };
            let same = seen.entry((t.dtype(), t.shape().to_vec(), digest(&t))).or_default();
            let equal = |&&s: &&ValueId| {
                let (a, b) = (graph.value(s), graph.value(v));
                s == v || a.quant == b.quant && a.tensor().is_some_and(|u| **u == *t)
            };
            match same.iter().find(equal).copied() {
                Some(first) => graph.set_input(id, i, Some(first)),
                None => same.push(v),
            }
        }
    }
}

/// A digest of the elements, of a large constant only of the first ones.
fn digest(t: &Tensor) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    if let Some(strings) = t.as_strings() {
        strings.hash(&mut hasher);
    } else if let Some(one) = t.splat() {
        one.hash(&mut hasher);
    } else if let Some(bytes) = t.bytes() {
        bytes.get(..HASHED).unwrap_or(&bytes).hash(&mut hasher);
    }
    hasher.finish()
}

/// What a node computes, as text; `None` where equal text is not enough.
fn key(graph: &Graph, id: NodeId) -> Option<String> {
    let node = graph.node(id)?;
    if !ops::is_pure(&node.op) {
        return None;
    }
    let mut key = format!("{} {:?}", node.op, node.attrs);
    for v in &node.inputs {
        match v {
            None => key.push_str(" -"),
            Some(v) => match &graph.value(*v).def {
                // Large constants are compared by their value alone; small ones by what they hold.
                Def::Const(t) if t.len() <= 64 => {
                    key.push_str(&format!(" {}{:?}={:?}", t.dtype(), t.shape(), t.bytes()));
                }
                _ => key.push_str(&format!(" %{}", v.0)),
            },
        }
    }
    Some(key)
}
