//! Checkpoints that TensorFlow wrote, against what TensorFlow read from them.

use base64::Engine as _;
use floe_checkpoint::{Checkpoint, Edit, Slice, Version, WriteOptions, Writer};
use floe_graph::{Error, Payload, TensorId, TensorSource, TensorView};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

fn manifest(case: &Path) -> Value {
    json_file(&case.join("manifest.json"))
}

fn json_file(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn sha256(view: &TensorView<'_>) -> String {
    let mut hash = Sha256::new();
    let chunks = view.for_each_chunk(|c| {
        hash.update(c);
        Ok::<_, Error>(())
    });
    chunks.unwrap();
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// The tensor in the corpus's words.
fn described(name: &str, view: &TensorView<'_>) -> Value {
    let shape: Vec<i64> = view.shape.iter().collect();
    let mut value = json!({"name": name, "dtype": view.dtype.name(), "shape": shape});
    match view.payload {
        Payload::Strings(strings) => {
            let base64 = base64::engine::general_purpose::STANDARD;
            let all: Vec<_> = strings.iter().map(|s| base64.encode(s.unwrap())).collect();
            value["values_b64"] = json!(all);
        }
        _ => value["sha256"] = json!(sha256(view)),
    }
    value
}

#[test]
fn every_tensor_of_the_corpus_reads_as_tensorflow_reads_it() {
    for case in floe_tests::cases("ckpt") {
        let manifest = manifest(&case);
        let checkpoint = Checkpoint::open(case.join(text(&manifest["prefix"]))).unwrap();
        let source = &checkpoint;
        let mut want = json_file(&case.join(text(&manifest["tensors_json"])));
        let want = want.as_array_mut().unwrap();
        want.iter_mut().for_each(|t| drop(t.as_object_mut().unwrap().remove("npy")));
        let got: Vec<_> = (0..source.tensor_count())
            .map(TensorId)
            .map(|id| described(source.tensor_name(id).unwrap(), &source.tensor(id).unwrap()))
            .collect();
        assert_eq!(&got, want, "{}", case.display());
    }
}

#[test]
fn slices_are_what_tensorflow_restores() {
    for case in floe_tests::cases("ckpt") {
        let manifest = manifest(&case);
        let Some(restores) = manifest["slice_restores"].as_array() else { continue };
        let checkpoint = Checkpoint::open(case.join(text(&manifest["prefix"]))).unwrap();
        for restore in restores {
            let view = checkpoint.get(text(&restore["name"])).unwrap();
            let (_, slice) = Slice::parse_with_shape(text(&restore["shape_and_slice"])).unwrap();
            let npy = std::fs::read(case.join(text(&restore["file"]))).unwrap();
            let part = slice.cut(&view).unwrap();
            let part = part.view().bytes(1 << 20).unwrap();
            assert!(npy.ends_with(&part), "{}: {slice}", case.display());
        }
    }
}

#[test]
fn the_object_graph_is_tensorflows() {
    for case in floe_tests::cases("ckpt") {
        let Ok(bytes) = std::fs::read(case.join("object_graph.json")) else { continue };
        let want: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
        let prefix = case.join(text(&manifest(&case)["prefix"]));
        let graph = Checkpoint::open(prefix).unwrap().objects().unwrap().unwrap();
        assert_eq!(graph.len(), want.len());
        for (node, want) in graph.nodes().zip(want) {
            let children: serde_json::Map<_, _> =
                node.children().map(|c| (c.name.to_owned(), json!(c.node))).collect();
            assert_eq!(want["children"], Value::Object(children));
            let key = |a: &Value| a.to_string();
            let attributes = node.attributes();
            let mut got: Vec<_> = attributes
                .map(|a| json!({"name": a.name, "full_name": a.full_name, "key": a.key}))
                .collect();
            let mut want = want["attributes"].as_array().unwrap().clone();
            got.sort_by_key(key);
            want.sort_by_key(key);
            assert_eq!(got, want);
        }
    }
}

#[test]
fn a_folder_stands_for_its_latest_checkpoint() {
    for case in floe_tests::cases("ckpt") {
        let manifest = manifest(&case);
        let (Some(latest), Some(file)) =
            (manifest["latest"].as_str(), manifest["state_file"].as_str())
        else {
            continue;
        };
        let folder = case.join(file);
        let checkpoint = Checkpoint::open(folder.parent().unwrap()).unwrap();
        assert_eq!(checkpoint.prefix().file_name(), Path::new(latest).file_name());
    }
}

#[test]
fn a_copy_of_what_tensorflow_wrote_is_the_same_bytes() {
    let scratch = tempfile::tempdir().unwrap();
    let mut copies = 0;
    for case in floe_tests::cases("ckpt") {
        let prefix = case.join(text(&manifest(&case)["prefix"]));
        let source = Checkpoint::open(&prefix).unwrap();
        if source.version() == Version::V1 || source.header().unwrap().shards != 1 {
            continue;
        }
        let copy = scratch.path().join("ck");
        let writer = Writer::create(&copy, WriteOptions::default().replace(true)).unwrap();
        Edit::new().copy(&source, writer, &|_| {}).unwrap();
        for (old, new) in source.files().iter().zip(Checkpoint::open(&copy).unwrap().files()) {
            assert!(
                std::fs::read(old).unwrap() == std::fs::read(new).unwrap(),
                "{}",
                old.display()
            );
        }
        copies += 1;
    }
    assert!(copies > 0 || floe_tests::corpus().is_none());
}
