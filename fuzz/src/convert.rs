//! Frozen GraphDefs: converted to their last nodes, in every mode that needs no data; what comes out is
//! an error or a file that verifies.

use bytes::Bytes;
use floe_convert::{Options, Quantize, Signature, Source, convert};
use floe_proto::tensorflow::GraphDef;
use floe_savedmodel::SavedModel;
use std::path::Path;

/// How many of the last nodes are converted to, each by itself.
const LAST_NODES: usize = 3;
/// Bytes of a graph above which nothing is converted: constants may be splats of any size.
const MOST_BYTES: usize = 1 << 20;

/// Converts the graph that `data` holds.
///
/// # Panics
/// When a converted file does not verify.
pub fn run(data: &[u8]) {
    if data.len() > MOST_BYTES {
        return;
    }
    let bytes = Bytes::copy_from_slice(data);
    let Ok(model) = SavedModel::parse(bytes, Path::new("graph.pb")) else { return };
    let [graph] = model.graphs() else { return };
    let graph = graph.def();
    let inputs: Vec<(String, String)> = graph
        .node
        .iter()
        .filter(|n| n.op == "Placeholder")
        .map(|n| (n.name.clone(), format!("{}:0", n.name)))
        .collect();
    let modes = [Quantize::None, Quantize::Float16, Quantize::Dynamic];
    for (node, mode) in graph.node.iter().rev().take(LAST_NODES).zip(modes) {
        check(graph, &inputs, &format!("{}:0", node.name), mode);
    }
}

fn check(graph: &GraphDef, inputs: &[(String, String)], output: &str, mode: Quantize) {
    let outputs = vec![("y".to_owned(), output.to_owned())];
    let signatures = [Signature { key: "s".to_owned(), inputs: inputs.to_vec(), outputs }];
    let source = Source { graph, signatures: &signatures, init: &[], files: &[] };
    let mut options = Options::default();
    options.quantize = mode;
    let Ok(converted) = convert(&source, &options) else { return };
    let Ok(file) = converted.to_vec() else { return };
    let faults = floe_tflite::verify::faults(&file, &floe_tflite::verify::Options::default());
    assert!(faults.is_empty(), "{output}: {faults:?}");
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_graphs() {
        crate::smoke::smoke(super::run, "convert", |name| name == "frozen.pb");
    }

    #[test]
    fn survives_damaged_cases() {
        let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/cases/convert");
        for entry in std::fs::read_dir(cases).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|x| x == "pbtxt") {
                super::run(&std::fs::read(path).unwrap());
            }
        }
    }
}
