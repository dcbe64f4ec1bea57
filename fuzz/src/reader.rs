//! What every reader must survive: being asked for all that it has.

use floe_graph::{Attr, AttrValue, Model, NodeId, Side, TensorId, TensorSource, ValueId, walk};

/// Bytes of one tensor that are put together: what a splat or varints may claim is not bounded by the file.
const MOST_BYTES: usize = 1 << 20;

/// Asks for every tensor, whole.
pub fn read_tensors<'d, S: TensorSource<'d>>(source: &S) {
    for id in (0..source.tensor_count()).map(TensorId) {
        let _ = source.tensor_name(id);
        if let Ok(tensor) = source.tensor(id) {
            let _ = tensor.bytes(MOST_BYTES);
        }
    }
}

/// Asks for every tensor, graph, port, node, attribute and value.
pub fn read_model<'d, M: Model<'d>>(model: &M) {
    read_tensors(model);
    for graph in walk::graphs(model) {
        for side in [Side::Input, Side::Output] {
            let _ = walk::ports(model, graph, side).map(|ports| ports.for_each(drop));
        }
        for index in 0..model.graph(graph).map_or(0, |g| g.values) {
            let id = ValueId { graph, index };
            let _ = (model.value(id), model.value_name(id));
        }
        for node in walk::nodes(model, graph).into_iter().flatten() {
            read_node(model, node);
        }
    }
}

fn read_node<'d, M: Model<'d>>(model: &M, node: NodeId) {
    let _ = model.node_name(node);
    let _ = walk::inputs(model, node).map(|inputs| inputs.for_each(drop));
    let _ = walk::outputs(model, node).map(|outputs| outputs.for_each(drop));
    for i in 0..model.node(node).map_or(0, |n| n.attrs) {
        if let Ok(Attr { value: AttrValue::Tensor(tensor), .. }) = model.attr(node, i) {
            let _ = tensor.bytes(MOST_BYTES);
        }
    }
}
