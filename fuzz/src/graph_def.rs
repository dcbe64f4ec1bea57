//! GraphDefs, binary and text: read all of it, freeze it to its last nodes, write it again.

use crate::reader::read_model;
use crate::saved_model::{MOST_NODES, freeze};
use bytes::Bytes;
use floe_proto::Message;
use floe_proto::tensorflow::GraphDef;
use floe_savedmodel::{FreezeOptions, Kind, SavedModel, Target};
use std::path::Path;

/// How many of the last nodes are frozen to, each by itself.
const LAST_NODES: usize = 3;

/// Reads `data`, freezes it, and decodes what it is encoded to.
///
/// # Panics
/// When an encoded graph decodes to something else.
pub fn run(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    let Ok(model) = SavedModel::parse(bytes, Path::new("graph.pb")) else { return };
    let ([graph], Kind::GraphDef) = (model.graphs(), model.kind()) else { return };
    read_model(&graph);
    let outputs = graph.def().node.iter().rev().take(LAST_NODES);
    let targets = outputs.map(|node| Target::Tensors {
        inputs: Vec::new(),
        outputs: vec![format!("{}:0", node.name)],
    });
    for target in targets.chain([Target::Default]) {
        freeze(
            &model,
            &FreezeOptions { target, max_nodes: MOST_NODES, ..FreezeOptions::default() },
        );
    }
    let encoded = graph.def().encode_to_vec();
    // Compared by their bytes: a NaN is not equal to itself.
    let again = GraphDef::decode(encoded.as_slice()).expect("what was encoded decodes");
    assert_eq!(again.encode_to_vec(), encoded);
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_files() {
        crate::smoke::smoke(super::run, "graph_def", |name| name == "frozen.pb");
    }
}
