//! Walks over any [`Model`]: iterators over ids, and with `alloc` the op histogram and orders.
//!
//! Invariant: written once over the trait; nothing here knows a format.

use crate::{GraphId, Input, Model, NodeId, Port, Result, Side, Signature, SignatureId, ValueId};

/// All graphs, the main one first.
pub fn graphs<'data, M: Model<'data> + ?Sized>(
    model: &M,
) -> impl Iterator<Item = GraphId> + use<M> {
    (0..model.graph_count()).map(GraphId)
}

/// All nodes of `graph`, in the file's order.
///
/// # Errors
/// As [`Model::graph`].
pub fn nodes<'data, M: Model<'data> + ?Sized>(
    model: &M,
    graph: GraphId,
) -> Result<impl Iterator<Item = NodeId> + use<M>> {
    Ok((0..model.graph(graph)?.nodes).map(move |index| NodeId { graph, index }))
}

/// All inputs or outputs of `graph`.
///
/// # Errors
/// As [`Model::graph`]; each item as [`Model::port`].
pub fn ports<'data, M: Model<'data> + ?Sized>(
    model: &M,
    graph: GraphId,
    side: Side,
) -> Result<impl Iterator<Item = Result<Port<'data>>>> {
    let info = model.graph(graph)?;
    let count = if side == Side::Input { info.inputs } else { info.outputs };
    Ok((0..count).map(move |i| model.port(graph, side, i)))
}

/// All inputs or outputs of signature `id`.
///
/// # Errors
/// As [`Model::signature`]; each item as [`Model::signature_port`].
pub fn signature_ports<'data, M: Model<'data> + ?Sized>(
    model: &M,
    id: SignatureId,
    side: Side,
) -> Result<impl Iterator<Item = Result<Port<'data>>>> {
    let Signature { inputs, outputs, .. } = model.signature(id)?;
    let count = if side == Side::Input { inputs } else { outputs };
    Ok((0..count).map(move |i| model.signature_port(id, side, i)))
}

/// All inputs of `node`.
///
/// # Errors
/// As [`Model::node`]; each item as [`Model::input`].
pub fn inputs<'data, M: Model<'data> + ?Sized>(
    model: &M,
    node: NodeId,
) -> Result<impl Iterator<Item = Result<Input>>> {
    Ok((0..model.node(node)?.inputs).map(move |i| model.input(node, i)))
}

/// All outputs of `node`.
///
/// # Errors
/// As [`Model::node`]; each item as [`Model::output`].
pub fn outputs<'data, M: Model<'data> + ?Sized>(
    model: &M,
    node: NodeId,
) -> Result<impl Iterator<Item = Result<ValueId>>> {
    Ok((0..model.node(node)?.outputs).map(move |i| model.output(node, i)))
}

/// How often each op occurs in all graphs together, by name.
///
/// # Errors
/// What is wrong with a node in the file.
#[cfg(feature = "alloc")]
pub fn op_histogram<'data, M: Model<'data> + ?Sized>(
    model: &M,
) -> Result<alloc::collections::BTreeMap<&'data str, u32>> {
    let mut counts = alloc::collections::BTreeMap::new();
    for graph in graphs(model) {
        for node in nodes(model, graph)? {
            let count: &mut u32 = counts.entry(model.node(node)?.op.name()).or_default();
            *count = count.saturating_add(1);
        }
    }
    Ok(counts)
}
