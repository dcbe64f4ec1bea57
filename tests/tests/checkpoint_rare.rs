//! Checkpoints of rare kinds, which `tests/fixtures/checkpoint/make_checkpoints.py` had TensorFlow write:
//! dtypes it does not read itself, V1 in slices over shards, big-endian, compressed, miscounted.

use floe_checkpoint::{
    Checkpoint, Checksums, Edit, ProtoTensor, TensorList, Variant, Version, WriteOptions, Writer,
    merge,
};
use floe_graph::{DType, Error, Payload, TensorId, TensorSource, TensorView};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::PathBuf;

const NAMES: [&str; 7] =
    ["dtypes", "sliced", "v1_dtypes", "v1_sharded", "big_endian", "snappy", "wrong_count"];

fn path(name: &str) -> PathBuf {
    floe_tests::fixtures().join("checkpoint").join(name)
}

fn expected() -> Value {
    serde_json::from_slice(&std::fs::read(path("expected.json")).unwrap()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The tensor as `expected.json` describes it.
fn described(view: &TensorView<'_>) -> Value {
    let shape: Vec<i64> = view.shape.iter().collect();
    let elements = match view.payload {
        Payload::Strings(s) => json!(s.iter().map(|s| hex(s.unwrap())).collect::<Vec<_>>()),
        _ => {
            let mut hash = Sha256::new();
            let read = view.for_each_chunk(|c| {
                hash.update(c);
                Ok::<_, Error>(())
            });
            read.unwrap();
            json!(hex(&hash.finalize()))
        }
    };
    json!([view.dtype.name(), shape, elements])
}

/// All tensors but variants are those that were put into the checkpoint `name`.
fn assert_same(checkpoint: &Checkpoint, name: &str) {
    let want = &expected()[name];
    let mut count = 0;
    for id in (0..checkpoint.len() as u32).map(TensorId) {
        let view = checkpoint.tensor(id).unwrap();
        if view.dtype != DType::Variant {
            let tensor = checkpoint.tensor_name(id).unwrap();
            assert_eq!(described(&view), want[tensor], "{tensor} of {name}");
            count += 1;
        }
    }
    assert_eq!(count, want.as_object().unwrap().len());
}

#[test]
fn every_tensor_is_what_was_put_in() {
    for name in NAMES {
        let checkpoint = Checkpoint::open(path(name)).unwrap();
        assert_same(&checkpoint, name);
    }
}

#[test]
fn all_of_them_verify_and_a_wrong_count_is_noted() {
    for name in NAMES {
        let report = floe_checkpoint::verify(path(name), &|_| {});
        assert!(report.faults.is_empty(), "{name}: {:?}", report.faults);
        assert_eq!(report.notes.len(), usize::from(name == "wrong_count"), "{:?}", report.notes);
    }
}

#[test]
fn a_v1_checkpoint_is_opened_by_any_of_its_names() {
    for name in ["v1_sharded", "v1_sharded-00001-of-00002", "v1_sharded-?????-of-00002"] {
        let checkpoint = Checkpoint::open(path(name)).unwrap();
        assert_eq!(checkpoint.version(), Version::V1);
        assert_eq!(checkpoint.len(), 3, "{name}");
    }
}

#[test]
fn a_list_of_tensors_is_decoded() {
    let checkpoint = Checkpoint::open(path("dtypes")).unwrap();
    let view = checkpoint.get("m_list").unwrap();
    let Payload::Strings(messages) = view.payload else { panic!("a variant is messages") };
    let message = messages.iter().next().unwrap().unwrap();
    let list = TensorList::decode(&Variant::parse(message).unwrap()).unwrap();
    assert_eq!((list.dtype, list.max_elements), (DType::Float32, -1));
    assert_eq!(list.items.len(), 3);
    assert!(list.items[0].is_none() && list.items[2].is_none());
    let item = ProtoTensor::parse(&list.items[1].unwrap().to_vec().into()).unwrap();
    let want: Vec<u8> = [5.0f32, 6.0].iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(item.view().bytes(8).unwrap(), want);
}

#[test]
fn copies_of_all_kinds_have_the_same_tensors() {
    let scratch = tempfile::tempdir().unwrap();
    for name in NAMES {
        for shards in [1, 3] {
            let copy = scratch.path().join("ck");
            let options = WriteOptions::default().shards(shards).replace(true);
            let source = Checkpoint::open(path(name)).unwrap();
            Edit::new().copy(&source, Writer::create(&copy, options).unwrap(), &|_| {}).unwrap();
            let copy = Checkpoint::open(&copy).unwrap();
            assert_same(&copy, name);
            assert!(copy.verify(&|_| {}).faults.is_empty());
        }
    }
}

#[test]
fn a_copy_of_every_dtype_is_tensorflows_bytes() {
    let scratch = tempfile::tempdir().unwrap();
    for name in ["dtypes", "sliced"] {
        let copy = scratch.path().join(name);
        let source = Checkpoint::open(path(name)).unwrap();
        Edit::new()
            .copy(&source, Writer::create(&copy, WriteOptions::default()).unwrap(), &|_| {})
            .unwrap();
        for (old, new) in source.files().iter().zip(Checkpoint::open(&copy).unwrap().files()) {
            assert_eq!(
                std::fs::read(old).unwrap(),
                std::fs::read(new).unwrap(),
                "{}",
                old.display()
            );
        }
    }
}

#[test]
fn an_empty_bundle_takes_part_in_a_merge() {
    let scratch = tempfile::tempdir().unwrap();
    let empty = scratch.path().join("empty");
    Writer::create(&empty, WriteOptions::default()).unwrap().finish().unwrap();
    let sources = [Checkpoint::open(&empty).unwrap(), Checkpoint::open(path("sliced")).unwrap()];
    let merged = scratch.path().join("merged");
    merge(&sources, Writer::create(&merged, WriteOptions::default()).unwrap(), &|_| {}).unwrap();
    let merged = Checkpoint::open(&merged).unwrap();
    assert_same(&merged, "sliced");
}

#[test]
fn a_checksum_policy_decides_whether_damage_is_seen() {
    let scratch = tempfile::tempdir().unwrap();
    for file in ["sliced.index", "sliced.data-00000-of-00001"] {
        let mut bytes = std::fs::read(path(file)).unwrap();
        if !file.ends_with("index") {
            bytes[0] ^= 1;
        }
        std::fs::write(scratch.path().join(file), bytes).unwrap();
    }
    let read = |checksums| {
        let checkpoint = Checkpoint::open_with(scratch.path().join("sliced"), checksums).unwrap();
        checkpoint.get("grid").and_then(|v| {
            v.bytes(1 << 10).map(|b| b.len()).map_err(|e| checkpoint.explain(TensorId(0), e))
        })
    };
    assert!(read(Checksums::Always).unwrap_err().to_string().contains("checksum"));
    assert!(read(Checksums::IfPresent).is_err());
    assert_eq!(read(Checksums::Never).unwrap(), 480);
}
