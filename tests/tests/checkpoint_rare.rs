//! Checkpoints of rare kinds, which `tests/fixtures/checkpoint/make_checkpoints.py` had TensorFlow write:
//! dtypes it does not read itself, V1 in slices over shards, big-endian, compressed, miscounted.

use floe_checkpoint::{
    Checkpoint, Checksums, Edit, ProtoTensor, Slice, TensorList, Variant, Version, WriteOptions,
    Writer, merge,
};
use floe_graph::{DType, Error, Payload, Shape, TensorId, TensorSource, TensorView};
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

/// The files of one checkpoint in memory, the index first for a V2 one.
fn files(name: &str) -> Vec<Vec<u8>> {
    let files = Checkpoint::open(path(name)).unwrap().files();
    files.iter().map(|f| std::fs::read(f).unwrap()).collect()
}

fn from_memory(files: &[Vec<u8>], version: Version) -> Option<Checkpoint> {
    let mut files = files.iter().map(|f| bytes::Bytes::copy_from_slice(f));
    let opened = match version {
        Version::V1 => Checkpoint::from_v1_bytes(files, Checksums::Always),
        Version::V2 => Checkpoint::from_bytes(files.next()?, files, Checksums::Always),
    };
    opened.ok()
}

fn all(checkpoint: &Checkpoint) -> Option<Vec<(String, Value)>> {
    let ids = (0..checkpoint.len() as u32).map(TensorId);
    let one = |id| {
        let view = checkpoint.tensor(id).ok()?;
        let readable = match view.payload {
            Payload::Strings(strings) => strings.iter().all(|s| s.is_ok()),
            _ => view.bytes(1 << 20).is_ok(),
        };
        readable.then(|| (checkpoint.tensor_name(id).unwrap().to_owned(), described(&view)))
    };
    ids.map(one).collect()
}

/// Every bit of every byte, not some of them: a bool apart from 0 and 1 has a checksum too.
#[test]
fn a_flipped_bit_anywhere_is_reported_or_changes_nothing() {
    for (name, version) in
        [("snappy", Version::V2), ("sliced", Version::V2), ("v1_sharded", Version::V1)]
    {
        let mut files = files(name);
        let want = all(&from_memory(&files, version).unwrap()).unwrap();
        let lengths: Vec<usize> = files.iter().map(Vec::len).collect();
        for (file, at) in (0..).zip(lengths).flat_map(|(f, n)| (0..n).map(move |at| (f, at))) {
            for bit in 0..8 {
                files[file][at] ^= 1 << bit;
                let opened = from_memory(&files, version);
                files[file][at] ^= 1 << bit;
                let Some(checkpoint) = opened else { continue };
                let same = all(&checkpoint).as_ref() == Some(&want);
                assert!(
                    same || !checkpoint.verify(&|_| {}).faults.is_empty(),
                    "bit {bit} of byte {at} of file {file} of {name} goes unnoticed"
                );
            }
        }
    }
}

/// A part is read without the rest: damage to the rest goes unnoticed where no checksum asks for it.
#[test]
fn a_part_is_read_without_the_rest_as_the_policy_allows() {
    let scratch = tempfile::tempdir().unwrap();
    let rows = |checksums, from: &std::path::Path, name: &str, text: &str| {
        let checkpoint = Checkpoint::open_with(from, checksums).unwrap();
        let view = checkpoint.get(name).ok()?;
        let cut = Slice::parse(text).unwrap().cut(&view).unwrap();
        cut.view().bytes(1 << 20).map(std::borrow::Cow::into_owned).ok()
    };
    // One tensor in one piece, its last row damaged, and one in two slices, the second damaged.
    let prefix = scratch.path().join("ck");
    let mut writer = Writer::create(&prefix, WriteOptions::default()).unwrap();
    let raw: Vec<u8> = (0..12).collect();
    let whole = TensorView::new(DType::Uint8, Shape::I64(&[4, 3]), Payload::Raw(&raw));
    writer.add("plain", &whole).unwrap();
    for text in ["0,2:-", "2,2:-"] {
        let slice = Slice::parse(text).unwrap();
        writer.add_slice("parts", &[4, 3], &slice, &slice.cut(&whole).unwrap().view()).unwrap();
    }
    writer.finish().unwrap();
    let data = scratch.path().join("ck.data-00000-of-00001");
    let mut bytes = std::fs::read(&data).unwrap();
    assert_eq!(bytes.len(), 24);
    bytes[11] ^= 1;
    bytes[23] ^= 1;
    std::fs::write(&data, bytes).unwrap();
    for (policy, plain) in [
        (Checksums::Always, None),
        (Checksums::IfPresent, None),
        (Checksums::Never, Some(vec![3, 4, 5])),
    ] {
        assert_eq!(rows(policy, &prefix, "plain", "1,1:-"), plain, "{policy:?}");
        assert_eq!(rows(policy, &prefix, "parts", "1,1:-"), Some(vec![3, 4, 5]), "{policy:?}");
        let last = (policy == Checksums::Never).then(|| vec![9, 10, 10]);
        assert_eq!(rows(policy, &prefix, "parts", "3,1:-"), last, "{policy:?}");
    }
}
