//! SavedModels and `.meta` files: read all of it, and freeze every signature.

use crate::reader::read_model;
use bytes::Bytes;
use floe_checkpoint::{Checkpoint, Checksums};
use floe_savedmodel::{FreezeOptions, Graph, SavedModel, Target};
use std::path::Path;
use std::sync::LazyLock;

/// How many nodes a small file may grow to when its calls are inlined.
pub(crate) const MOST_NODES: usize = 20_000;

/// The variables of the fixture: what is bred from its graph can be frozen with them.
static VARIABLES: LazyLock<Checkpoint> = LazyLock::new(|| {
    let index = include_bytes!("../../tests/fixtures/digits/saved_model/variables/variables.index");
    let data = include_bytes!(
        "../../tests/fixtures/digits/saved_model/variables/variables.data-00000-of-00001"
    );
    let shards = [Bytes::from_static(data)];
    Checkpoint::from_bytes(Bytes::from_static(index), shards, Checksums::Always)
        .expect("TensorFlow's own file")
});

/// Opens `data` as whatever holds a graph, reads it, and freezes it.
pub fn run(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    let Ok(model) = SavedModel::parse(bytes, Path::new("saved_model.pb")) else { return };
    for graph in model.graphs() {
        read_model(&graph);
        for target in targets(graph) {
            let options =
                FreezeOptions { tags: graph.tags().to_vec(), target, max_nodes: MOST_NODES };
            freeze(&model, &options);
        }
    }
}

/// Freezes with and without variables; what comes out is a graph like any other.
///
/// # Panics
/// When the frozen graph cannot be read back.
pub(crate) fn freeze(model: &SavedModel, options: &FreezeOptions) {
    for variables in [None, Some(&&*VARIABLES as _)] {
        if let Ok(frozen) = model.freeze(variables, options) {
            let graph = Graph::from_def(frozen.graph).expect("a frozen graph can be indexed");
            read_model(&&graph);
        }
    }
}

/// Each signature of `graph`.
fn targets(graph: &Graph) -> impl Iterator<Item = Target> {
    graph.signatures().map(|(key, _)| Target::Signature(key.to_owned()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_files() {
        crate::smoke::smoke(super::run, "saved_model", |name| {
            name == "saved_model.pb" || name.ends_with(".meta")
        });
    }
}
