//! Freezing graphs whose every variable has a value: what comes out is whole and has none left.

use crate::reader::read_model;
use crate::saved_model::MOST_NODES;
use bytes::Bytes;
use floe_graph::{DType, Payload, Shape, TensorId, TensorSource, TensorView};
use floe_proto::tensorflow::{GraphDef, NodeDef, attr_value::Value};
use floe_savedmodel::{FreezeOptions, Graph, SavedModel, Target};
use std::path::Path;

/// How many of the last nodes are frozen to, each by itself.
const LAST_NODES: usize = 4;

/// A value for each variable of a graph: zeros of its dtype and shape.
struct Zeros(Vec<(String, DType, Vec<i64>)>);

impl Zeros {
    fn of(graph: &GraphDef) -> Self {
        let made = nodes(graph).filter_map(|node| {
            if !matches!(node.op.as_str(), "VarHandleOp" | "VariableV2" | "Variable") {
                return None;
            }
            let Some(Value::Type(dtype)) = node.attr.get("dtype")?.value.as_ref() else {
                return None;
            };
            let Some(Value::Shape(shape)) = node.attr.get("shape")?.value.as_ref() else {
                return None;
            };
            let dims = shape.dim.iter().map(|d| d.size.max(0)).collect();
            Some((node.name.clone(), DType::from_tensorflow(*dtype)?, dims))
        });
        Self(made.collect())
    }
}

impl<'d> TensorSource<'d> for &'d Zeros {
    fn tensor_count(&self) -> u32 {
        self.0.len() as u32
    }

    fn tensor(&self, id: TensorId) -> floe_graph::Result<TensorView<'d>> {
        let zeros: &'d Zeros = self;
        let (_, dtype, dims) = &zeros.0[id.0 as usize];
        let one = &[0; 16][..dtype.bytes().unwrap_or(0)];
        Ok(TensorView::new(*dtype, Shape::I64(dims), Payload::Fill(one)))
    }

    fn tensor_name(&self, id: TensorId) -> floe_graph::Result<&'d str> {
        let zeros: &'d Zeros = self;
        Ok(&zeros.0[id.0 as usize].0)
    }
}

/// Freezes the graph `data` for its last nodes and for all that nothing uses.
///
/// # Panics
/// When a frozen graph cannot be read, or holds a variable that nothing sets.
pub fn run(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    let Ok(model) = SavedModel::parse(bytes, Path::new("graph.pb")) else { return };
    let Some(graph) = model.graphs().first() else { return };
    let zeros = Zeros::of(graph.def());
    let tensor = |node: &NodeDef| format!("{}:0", node.name);
    let last = graph.def().node.iter().rev().take(LAST_NODES);
    let targets = last.map(|n| Target::Tensors { inputs: Vec::new(), outputs: vec![tensor(n)] });
    for target in targets.chain([Target::Default, Target::Signatures(Vec::new())]) {
        let tags = graph.tags().to_vec();
        let options = FreezeOptions { tags, target, max_nodes: MOST_NODES };
        let Ok(frozen) = model.freeze(Some(&&zeros), &options) else { continue };
        let is_variable = |n: &NodeDef| matches!(n.op.as_str(), "VarHandleOp" | "VariableV2");
        let left = nodes(&frozen.graph).find(|n| is_variable(n));
        assert!(left.is_none() || !frozen.init.is_empty(), "{left:?}");
        read_model(&&Graph::from_def(frozen.graph).expect("a frozen graph can be indexed"));
    }
}

/// All nodes, those of functions too.
fn nodes(graph: &GraphDef) -> impl Iterator<Item = &NodeDef> {
    let functions = graph.library.iter().flat_map(|l| &l.function);
    graph.node.iter().chain(functions.flat_map(|f| &f.node_def))
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_files() {
        crate::smoke::smoke(super::run, "freeze_graph", |name| {
            name == "saved_model.pb" || name.ends_with(".meta")
        });
    }
}
