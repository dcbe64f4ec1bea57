//! The object graph of a checkpoint.

use bytes::Bytes;
use floe_checkpoint::{ObjectGraph, ObjectNode};

/// Reads `data` as an object graph and walks it.
///
/// # Panics
/// When a path leads elsewhere than tonowhere.
pub fn run(data: &[u8]) {
    let Ok(graph) = ObjectGraph::parse(Bytes::copy_from_slice(data)) else { return };
    for node in graph.nodes() {
        assert!(node.children().all(|c| c.node < graph.len()));
        assert!(node.slot_variables().all(|s| s.original < graph.len() && s.slot < graph.len()));
        node.attributes().for_each(drop);
    }
    for path in graph.paths().iter().flatten().take(64) {
        let _ = (graph.find(path), graph.key(path));
    }
    let _ = (
        graph.paths_by_key(),
        graph.names_by_key(),
        graph.nodes().flat_map(ObjectNode::children).count(),
    );
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_graphs() {
        crate::smoke::smoke(super::run, "object_graph", |_| false);
    }
}
