//! Equal computations done once.
//!
//! Invariant: only operators without state or chance are shared.

use crate::ir::{Def, Graph, NodeId, ValueId};
use crate::ops;
use std::collections::BTreeMap;

/// Lets nodes that compute the same share one.
pub(super) fn run(graph: &mut Graph) {
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
