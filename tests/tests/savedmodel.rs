//! GraphDefs and SavedModels of the corpus and the fixtures: constants against TensorFlow's own
//! values, freezing against the checkpoint that TensorFlow wrote, text against binary.
//!
//! What the frozen graphs compute is checked by TensorFlow itself in the conformance run.

use floe_checkpoint::Checkpoint;
use floe_graph::{DType, GraphId, Model, Side, TensorId, TensorSource, walk};
use floe_proto::tensorflow::{FingerprintDef, GraphDef, NodeDef, attr_value::Value};
use floe_proto::{Message, text};
use floe_savedmodel::{
    Form, FreezeOptions, Frozen, Graph, Kind, SavedModel, Target, fingerprint, sniff, write,
};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

fn manifest(case: &Path) -> Json {
    serde_json::from_slice(&std::fs::read(case.join("manifest.json")).unwrap()).unwrap()
}

fn digits() -> PathBuf {
    floe_tests::fixtures().join("digits/saved_model")
}

/// Every way that a case can be frozen: the model, its checkpoint, and what for.
fn jobs(case: &Path) -> Vec<(PathBuf, Option<PathBuf>, Target)> {
    let m = manifest(case);
    let texts = |v: &Json| {
        v.as_object().unwrap().values().map(|t| t.as_str().unwrap().to_owned()).collect()
    };
    if let Some(signatures) = m["signatures"].as_object() {
        let model = case.join(m["saved_model"].as_str().unwrap());
        let target = |key: &String| (model.clone(), None, Target::Signature(key.clone()));
        return signatures.keys().map(target).collect();
    }
    if !m["fetches"].is_object() {
        return Vec::new();
    }
    let target = Target::Tensors { inputs: texts(&m["feeds"]), outputs: texts(&m["fetches"]) };
    let checkpoint = m["checkpoint"].as_str().map(|c| case.join(c));
    let sources = ["graph", "graph_text"].iter().filter_map(|key| m[key].as_str());
    sources.map(|source| (case.join(source), checkpoint.clone(), target.clone())).collect()
}

fn freeze(model: &SavedModel, checkpoint: Option<&Checkpoint>, target: &Target) -> Frozen {
    let options = FreezeOptions { target: target.clone(), ..FreezeOptions::default() };
    let source = checkpoint.as_ref().map(|c| c as &dyn TensorSource<'_>);
    model.freeze(source, &options).unwrap_or_else(|e| panic!("{}: {e}", model.path().display()))
}

fn checkpoint(model: &SavedModel, given: Option<PathBuf>) -> Option<Checkpoint> {
    given.or_else(|| model.variables_prefix()).map(|prefix| Checkpoint::open(prefix).unwrap())
}

/// All nodes, those of functions too.
fn nodes(graph: &GraphDef) -> impl Iterator<Item = &NodeDef> {
    let functions = graph.library.iter().flat_map(|l| &l.function);
    graph.node.iter().chain(functions.flat_map(|f| &f.node_def))
}

#[test]
fn every_case_freezes_to_a_whole_graph_the_same_each_time() {
    for case in floe_tests::cases("graph").into_iter().chain(floe_tests::cases("model")) {
        for (path, given, target) in jobs(&case) {
            let model = SavedModel::open(&path).unwrap();
            let variables = checkpoint(&model, given);
            let frozen = freeze(&model, variables.as_ref(), &target);
            let again = freeze(&model, variables.as_ref(), &target);
            assert_eq!(
                frozen.graph.encode_to_vec(),
                again.graph.encode_to_vec(),
                "{}",
                path.display()
            );
            let calls = nodes(&frozen.graph).filter(|n| n.op.ends_with("PartitionedCall"));
            assert_eq!(calls.count(), 0, "{}", path.display());
            if frozen.init.is_empty() {
                let variable = nodes(&frozen.graph).find(|n| n.op.starts_with("Var"));
                assert!(variable.is_none(), "{}: {variable:?}", path.display());
            }
            let graph = frozen.into_graph().unwrap();
            let model = &graph;
            for node in walk::nodes(&model, GraphId(0)).unwrap() {
                for input in walk::inputs(&model, node).unwrap() {
                    input.unwrap_or_else(|e| {
                        panic!("{}: {:?}: {e}", path.display(), model.node_name(node))
                    });
                }
            }
        }
    }
}

#[test]
fn frozen_constants_are_the_checkpoints_tensors() {
    let model = SavedModel::open(digits()).unwrap();
    let variables = checkpoint(&model, None).unwrap();
    let frozen = freeze(&model, Some(&variables), &Target::Default);
    let variables = &variables;
    let mut weights: Vec<Vec<u8>> = (0..variables.tensor_count())
        .map(|id| variables.tensor(TensorId(id)).unwrap())
        .filter(|t| t.dtype.bytes() == Some(4) && t.shape.rank() > Some(0))
        .map(|t| t.bytes(1 << 24).unwrap().into_owned())
        .collect();
    let mut constants = 0;
    for node in &frozen.graph.node {
        let Some(Value::Tensor(tensor)) = node.attr.get("value").and_then(|a| a.value.as_ref())
        else {
            continue;
        };
        if let Some(at) = weights.iter().position(|w| *w == tensor.tensor_content) {
            weights.swap_remove(at);
            constants += 1;
        }
    }
    assert!(constants >= 4, "{constants} of the weights are in the graph");
    let consts = frozen.graph.node.iter().filter(|n| n.op == "Const");
    let bytes: usize = consts.map(Message::encoded_len).sum();
    assert!(
        bytes
            < 2 * std::fs::metadata(digits().join("variables/variables.data-00000-of-00001"))
                .unwrap()
                .len() as usize
    );
}

#[test]
fn constants_of_every_dtype_and_coding_are_tensorflows() {
    for case in floe_tests::cases("graph") {
        let m = manifest(&case);
        let constants =
            m["goldens"].as_array().into_iter().flatten().filter(|g| g["name"].is_string());
        let constants: Vec<_> = constants.collect();
        if constants.is_empty() {
            continue;
        }
        let model = SavedModel::open(case.join(m["graph"].as_str().unwrap())).unwrap();
        let graph = model.graph(&[]).unwrap();
        for golden in constants {
            let name = golden["name"].as_str().unwrap();
            let id = (&graph).find_tensor(name).unwrap_or_else(|| panic!("no constant {name}"));
            let view = (&graph).tensor(id).unwrap_or_else(|e| panic!("{name}: {e}"));
            let shape: Vec<_> =
                golden["shape"].as_array().unwrap().iter().map(|d| d.as_i64().unwrap()).collect();
            assert_eq!(view.shape.iter().collect::<Vec<_>>(), shape, "{name}");
            if let Some(file) = golden["file"].as_str().filter(|f| f.ends_with(".npy")) {
                let npy = std::fs::read(case.join(file)).unwrap();
                let data = 10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]));
                assert_eq!(view.bytes(1 << 26).unwrap(), &npy[data..], "{name}");
            }
        }
    }
}

#[test]
fn text_and_binary_are_the_same_graph() {
    for case in floe_tests::cases("graph") {
        let (binary, text) = (case.join("graph.pb"), case.join("graph.pbtxt"));
        let Ok(bytes) = std::fs::read(&binary) else { continue };
        let printed = text::print("tensorflow.GraphDef", &bytes).unwrap();
        let parsed = text::parse("tensorflow.GraphDef", printed.as_bytes()).unwrap();
        assert_eq!(parsed, bytes, "{}", binary.display());
        // TensorFlow's own text of the same graph; of one graph it leaves two constants out.
        let Ok(own) = std::fs::read(&text) else { continue };
        let own = text::from_text::<GraphDef>(&own).unwrap();
        let graph = GraphDef::decode(bytes.as_slice()).unwrap();
        let missing = graph.node.len() - own.node.len();
        assert!(missing <= 2, "{missing} nodes missing in {}", text.display());
        for node in &own.node {
            let same = graph.node.iter().find(|n| n.name == node.name).unwrap();
            assert_eq!(
                node.encode_to_vec(),
                same.encode_to_vec(),
                "{}: {}",
                text.display(),
                node.name
            );
        }
    }
}

#[test]
fn what_a_file_is_shows_in_its_content() {
    let model = std::fs::read(digits().join("saved_model.pb")).unwrap();
    assert_eq!(sniff(&model), Some((Kind::SavedModel, Form::Binary)));
    let opened = SavedModel::open(digits()).unwrap();
    let frozen = freeze(&opened, checkpoint(&opened, None).as_ref(), &Target::Default);
    for form in [Form::Binary, Form::Text] {
        let mut bytes = Vec::new();
        write(&frozen.graph, form, &mut bytes).unwrap();
        assert_eq!(sniff(&bytes), Some((Kind::GraphDef, form)));
        let again = SavedModel::parse(bytes.into(), Path::new("frozen")).unwrap();
        assert_eq!(again.graphs()[0].def().encode_to_vec(), frozen.graph.encode_to_vec());
    }
    for case in floe_tests::cases("graph") {
        let meta = case.join("ckpt/model.ckpt.meta");
        if meta.is_file() {
            assert_eq!(SavedModel::open(&meta).unwrap().kind(), Kind::MetaGraph);
        }
    }
}

#[test]
fn signatures_are_ports_of_the_model() {
    let opened = SavedModel::open(digits()).unwrap();
    let graph: &Graph = opened.graph(&["serve"]).unwrap();
    assert!(opened.graph(&["train"]).unwrap_err().to_string().contains("`serve`"));
    let ids = (0..(&graph).signature_count()).map(floe_graph::SignatureId);
    let signature = ids
        .map(|id| (id, (&graph).signature(id).unwrap()))
        .find(|(_, s)| s.key == "serving_default");
    let (id, signature) = signature.unwrap();
    assert_eq!((signature.inputs, signature.outputs), (1, 1));
    let port = (&graph).signature_port(id, Side::Input, 0).unwrap();
    let value = (&graph).value(port.value).unwrap();
    assert_eq!((value.dtype, value.shape.dim(0)), (Some(DType::Float32), Some(-1)));
    let error = graph.signature_def(Some("no")).unwrap_err().to_string();
    assert!(
        error.contains("there is no signature `no`; there are: `serve`, `serving_default`"),
        "{error}"
    );
}

#[test]
fn a_freeze_for_a_tensor_that_is_not_there_says_so() {
    let opened = SavedModel::open(digits()).unwrap();
    let target = Target::Tensors { inputs: vec![], outputs: vec!["nothing:0".into()] };
    let options = FreezeOptions { target, ..FreezeOptions::default() };
    let error = opened.freeze(None, &options).unwrap_err().to_string();
    assert!(error.contains("there is no node `nothing`"), "{error}");
    let error = opened.freeze(None, &FreezeOptions::default()).unwrap_err().to_string();
    assert!(error.contains("needs a checkpoint"), "{error}");
}

#[test]
fn fingerprints_are_tensorflows() {
    let mut compared = 0;
    for case in floe_tests::cases("graph").into_iter().chain(floe_tests::cases("model")) {
        let dir = case.join("saved_model");
        let Ok(wanted) = std::fs::read(dir.join("fingerprint.pb")) else { continue };
        let wanted = FingerprintDef::decode(&*wanted).unwrap();
        let bytes = std::fs::read(dir.join("saved_model.pb")).unwrap();
        let model = floe_proto::tensorflow::SavedModel::decode(&*bytes).unwrap();
        let index = std::fs::read(dir.join("variables/variables.index")).ok();
        let mut got = fingerprint(&model, index.as_deref()).unwrap();
        got.uuid.clone_from(&wanted.uuid);
        assert_eq!(got, wanted, "{}", dir.display());
        compared += 1;
    }
    assert!(compared > 0 || floe_tests::cases("graph").is_empty());
}

/// All files below `folder` with one of the endings.
fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, endings, found);
        } else if endings.iter().any(|end| path.to_str().is_some_and(|p| p.ends_with(end))) {
            found.push(path);
        }
    }
}

#[test]
fn every_binary_file_is_the_same_after_its_text() {
    let mut all = Vec::new();
    files(floe_tests::fixtures(), &[".pb", ".meta"], &mut all);
    if let Some(corpus) = floe_tests::corpus() {
        files(&corpus, &[".pb", ".meta"], &mut all);
    }
    let mut compared = 0;
    for path in all {
        let bytes = std::fs::read(&path).unwrap();
        let message = match sniff(&bytes) {
            Some((Kind::GraphDef, Form::Binary)) => "tensorflow.GraphDef",
            Some((Kind::MetaGraph, Form::Binary)) => "tensorflow.MetaGraphDef",
            Some((Kind::SavedModel, Form::Binary)) => "tensorflow.SavedModel",
            _ => continue,
        };
        let printed = text::print(message, &bytes).unwrap();
        let again = text::parse(message, printed.as_bytes()).unwrap();
        assert!(again == bytes, "{}", path.display());
        compared += 1;
    }
    assert!(compared >= 3, "{compared}");
}
