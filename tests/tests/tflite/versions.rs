//! Operator versions and the runtime a model needs, against what TensorFlow's converter wrote.

use super::corpus::models;
use floe_tflite::owned::Object;
use floe_tflite::versions::{MIN_RUNTIME, Policy, settle};
use floe_tflite::{TfLite, encode};
use std::path::{Path, PathBuf};

/// `(operator, version)` of every operator, and the runtime that the metadata names.
fn versions(bytes: &[u8]) -> (Vec<(String, i32)>, String) {
    let file = TfLite::parse(bytes).unwrap();
    let codes = file.subgraphs().flat_map(|g| g.operators()).map(|op| {
        let code = op.code().unwrap();
        (code.name().to_owned(), code.version)
    });
    let runtime = file.metadata(MIN_RUNTIME).unwrap_or_default();
    let runtime = runtime.split(|b| *b == 0).next().unwrap();
    (codes.collect(), String::from_utf8_lossy(runtime).into_owned())
}

fn settled(path: &Path, policy: Policy) -> [(Vec<(String, i32)>, String); 2] {
    let bytes = std::fs::read(path).unwrap();
    let mut model = Object::decode(&TfLite::parse(&bytes).unwrap()).unwrap();
    settle(&mut model, policy);
    [versions(&bytes), versions(&encode(&model).unwrap())]
}

/// What TensorFlow's converter wrote. Its calibrating quantizer gives 16-bit operators the versions of
/// 8-bit ones (no runtime minds), and models made by hand have what their hand gave them.
fn converted() -> impl Iterator<Item = PathBuf> {
    let all = models("op").into_iter().chain(models("model")).map(|(path, _)| path);
    all.filter(|path| {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        !name.contains("int16") && name != "model.tflite"
    })
}

/// TensorFlow gives all operators of a kind one version, the highest that any of them needs, so its
/// versions are an upper bound, and equal where there is only one of a kind.
#[test]
fn lowest_versions_are_tensorflows_where_an_operator_stands_alone() {
    let mut alone = 0;
    for path in converted() {
        let [(theirs, _), (ours, _)] = settled(&path, Policy::Lowest);
        for (i, ((name, theirs_v), (same, ours_v))) in theirs.iter().zip(&ours).enumerate() {
            assert_eq!(name, same);
            assert!(ours_v <= theirs_v, "{} {i} {name}: {ours_v} > {theirs_v}", path.display());
            if theirs.iter().filter(|(n, _)| n == name).count() == 1 {
                alone += 1;
                assert_eq!(ours_v, theirs_v, "{} {i} {name}", path.display());
            }
        }
    }
    assert!(alone > 0 || floe_tests::corpus().is_none());
}

#[test]
fn raised_versions_and_runtimes_are_tensorflows() {
    for path in converted() {
        let [(theirs, theirs_runtime), (ours, ours_runtime)] = settled(&path, Policy::Raise);
        assert_eq!(ours, theirs, "{}", path.display());
        assert_eq!(ours_runtime, theirs_runtime, "{}", path.display());
    }
}
