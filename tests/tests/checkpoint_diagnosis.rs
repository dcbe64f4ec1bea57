//! What is said when something else is handed in the place of a checkpoint: what it is, and which
//! argument was meant.

use floe_checkpoint::{Checkpoint, verify};
use std::fs;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> Vec<u8> {
    fs::read(floe_tests::fixtures().join(name)).unwrap()
}

fn said(path: &Path) -> String {
    Checkpoint::open(path).unwrap_err().to_string()
}

/// Asserts that each file, written into a folder of its own under its name, is told by these words.
fn assert_told(cases: &[(&str, &[u8], &str)]) {
    for (name, content, words) in cases {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::write(&path, content).unwrap();
        let said = said(&path);
        assert!(said.contains(words), "{name}: {said}");
        assert!(said.starts_with(&path.display().to_string()), "{said}");
    }
}

#[test]
fn downloads_that_went_wrong() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n";
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    assert_told(&[
        ("model.ckpt.index", pointer, "Git LFS pointer, not the file itself: run `git lfs pull`"),
        ("model.ckpt", b"\n<!DOCTYPE HTML><title>Sign in</title>", "a web page"),
        ("model.ckpt", b"<?xml version=\"1.0\"?><Error><Code>AccessDenied", "storage service"),
        ("model.ckpt", b"{\"error\": \"rate limit\"}", "JSON"),
        ("model.tar", &tar, "a tar archive: unpack it"),
        ("model.ckpt.index.gz", b"\x1f\x8b\x08\0", "a gzip archive: unpack it"),
        ("model.ckpt", b"", "an empty file"),
    ]);
}

#[test]
fn other_formats() {
    assert_told(&[
        ("frozen.pb", b"\x0a\x2f\x0a\x05input\x12\x0bPlaceholder", "a frozen graph (.pb)"),
        ("m.pbtxt", b"node {\n  name: \"x\"", "a graph in text form"),
        ("m.meta", b"meta_info_def {\n", "a .meta file in text form"),
        ("m.tflite", &fixture("digits/tflite/int8.tflite"), "a TFLite model"),
        ("saved_model.pb", &fixture("digits/saved_model/saved_model.pb"), "variables/variables"),
        ("m.safetensors", b"\x10\0\0\0\0\0\0\0{\"a\":", "floe checkpoint import"),
        (
            "m.npz",
            b"PK\x03\x04\x14\0\0\0\0\0\0\0!\0aaaabbbbcccc\x05\0\0\0a.npy",
            "checkpoint import",
        ),
        ("m.keras", b"PK\x03\x04\x14\0\0\0\0\0\0\0!\0metadata.json", "a zip archive"),
        ("m.weights.h5", b"\x89HDF\r\n\x1a\n", "a Keras HDF5 file"),
        ("m.pt", b"\x80\x02\x8a\x0a", "a Python pickle"),
        ("m.bin", b"what is this", "nothing that is known"),
    ]);
    assert!(
        said(&floe_tests::fixtures().join("digits/saved_model")).contains("variables/variables")
    );
}

/// A folder with the files of the fixture `dtypes` for which `keep` is true, their content by `change`.
fn folder(change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    for name in ["dtypes.index", "dtypes.data-00000-of-00001"] {
        if let Some(content) = change(name, fixture(&format!("checkpoint/{name}"))) {
            fs::write(dir.path().join(name), content).unwrap();
        }
    }
    let prefix = dir.path().join("dtypes");
    (dir, prefix)
}

#[test]
fn parts_of_a_checkpoint() {
    let (dir, prefix) = folder(|_, content| Some(content));
    for whole in ["dtypes", "dtypes.index", "dtypes.data-00000-of-00001"] {
        assert_eq!(Checkpoint::open(dir.path().join(whole)).unwrap().prefix(), prefix);
    }
    assert_eq!(
        Checkpoint::open(dir.path()).unwrap().prefix(),
        prefix,
        "the only one in its folder"
    );
    assert!(said(&dir.path().join("dtype")).contains("the folder holds dtypes"));
    fs::rename(dir.path().join("dtypes.index"), dir.path().join("dtypes.idx")).unwrap();
    assert!(said(&dir.path().join("dtypes.idx")).contains("must end in .index"));
    let shard = said(&dir.path().join("dtypes.data-00000-of-00001"));
    assert!(
        shard.contains("data shard 0 of 1") && shard.contains("dtypes.index, which is missing")
    );
    assert!(said(&prefix).contains("not its index"), "{}", said(&prefix));
}

#[test]
fn a_state_file_under_any_name() {
    let (dir, prefix) = folder(|_, content| Some(content));
    for name in ["checkpoint", "latest.txt"] {
        let file = dir.path().join(name);
        fs::write(&file, "model_checkpoint_path: \"dtypes\"\n").unwrap();
        assert_eq!(Checkpoint::open(&file).unwrap().prefix(), prefix);
        fs::write(&file, "model_checkpoint_path: \"gone-7\"\n").unwrap();
        assert!(said(&file).contains("gone-7: no such checkpoint; the folder holds dtypes"));
    }
}

#[test]
fn files_that_were_cut_off() {
    let (_dir, prefix) = folder(|name, mut content| {
        if name.ends_with("index") {
            content.truncate(500);
        }
        Some(content)
    });
    assert!(said(&prefix).contains("the last 8 of its 500 bytes"), "{}", said(&prefix));
    let (_dir, prefix) = folder(|name, mut content| {
        if name.contains("data") {
            content.truncate(300);
        }
        Some(content)
    });
    let faults = verify(&prefix, &|_| {}).faults;
    assert!(!faults.is_empty());
    for fault in faults.iter().map(ToString::to_string) {
        assert!(
            fault.contains("data-00000-of-00001: tensor `") && fault.contains("ends too early")
        );
    }
}

fn assert_told_once(change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>, words: &str) {
    let (_dir, prefix) = folder(change);
    let report = verify(&prefix, &|_| {});
    let told: Vec<_> = report.faults.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("dtypes.data-00000-of-00001") && told[0].contains(words), "{told:?}");
    assert!(report.notes[0].what.contains("more tensors lie in it"), "{:?}", report.notes);
}

#[test]
fn data_that_are_not_there_are_told_once() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n";
    let is_data = |name: &str| name.contains("data");
    assert_told_once(
        |name, content| Some(if is_data(name) { pointer.to_vec() } else { content }),
        "run `git lfs pull`",
    );
    assert_told_once(
        |name, content| (!is_data(name)).then_some(content),
        "a data shard is missing",
    );
}
