use super::*;
use crate::Slice;
use crate::write::WriteOptions;
use floe_proto::Message;
use floe_proto::tensorflow::TrackableObjectGraph;
use floe_proto::tensorflow::trackable_object_graph::TrackableObject;
use floe_proto::tensorflow::trackable_object_graph::trackable_object::{
    ObjectReference, SerializedTensor,
};
use std::path::Path;

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn writer(prefix: &Path) -> Writer {
    Writer::create(prefix, WriteOptions::default().sync(false).replace(true)).unwrap()
}

fn add(writer: &mut Writer, name: &str, dtype: DType, raw: &[u8]) {
    let dims = [(raw.len() / dtype.bytes().unwrap()) as i64];
    writer.add(name, &TensorView::new(dtype, Shape::I64(&dims), Payload::Raw(raw))).unwrap();
}

/// Writes a checkpoint by `fill` and opens it.
fn made(dir: &Path, name: &str, fill: impl FnOnce(&mut Writer)) -> Checkpoint {
    let prefix = dir.join(name);
    let mut out = writer(&prefix);
    fill(&mut out);
    out.finish().unwrap();
    Checkpoint::open(&prefix).unwrap()
}

fn raw(checkpoint: &Checkpoint, name: &str) -> Vec<u8> {
    checkpoint.get(name).unwrap().bytes(1 << 20).unwrap().into_owned()
}

fn names(checkpoint: &Checkpoint) -> Vec<&str> {
    ids(checkpoint).map(|id| name_of(checkpoint, id).unwrap()).collect()
}

fn quiet(_: u64) {}

#[test]
fn renamed_dropped_and_cast() {
    let dir = tempfile::tempdir().unwrap();
    let source = made(dir.path(), "a", |w| {
        add(w, "net/kernel", DType::Float32, &floats(&[1.0, 65504.0, 1e9, -0.1]));
        add(w, "net/step", DType::Int64, &7i64.to_le_bytes());
        add(w, "net/kernel/Adam", DType::Float32, &floats(&[1.0]));
    });
    let edit = Edit::new().rename("^net/(.*)$", "model/$1").unwrap().drop("*/Adam*").unwrap();
    let edit = edit.cast(DType::Float16).cast_matching("*/step", DType::Int32).unwrap();
    edit.copy(&source, writer(&dir.path().join("b")), &quiet).unwrap();
    let copy = Checkpoint::open(dir.path().join("b")).unwrap();
    assert_eq!(names(&copy), ["model/kernel", "model/step"]);
    assert_eq!(raw(&copy, "model/kernel"), [0x00, 0x3c, 0xff, 0x7b, 0x00, 0x7c, 0x66, 0xae]);
    assert_eq!(raw(&copy, "model/step"), 7i32.to_le_bytes());
}

#[test]
fn two_names_that_become_one_are_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let source = made(dir.path(), "a", |w| {
        add(w, "x1", DType::Uint8, &[1]);
        add(w, "x2", DType::Uint8, &[2]);
    });
    let edit = Edit::new().rename("[0-9]", "").unwrap();
    let e = edit.copy(&source, writer(&dir.path().join("b")), &quiet).unwrap_err();
    assert!(e.to_string().contains("written already"), "{e}");
    assert!(!dir.path().join("b.index").exists());
}

#[test]
fn a_cast_that_cannot_be_says_which() {
    let dir = tempfile::tempdir().unwrap();
    let source = made(dir.path(), "a", |w| add(w, "c", DType::Complex64, &[0; 8]));
    let edit = Edit::new().cast_matching("c", DType::Float32).unwrap();
    let e = edit.copy(&source, writer(&dir.path().join("b")), &quiet).unwrap_err();
    assert_eq!(e.to_string(), "tensor `c`: complex64 cannot be cast to float32");
    // A cast of everything is one of real floats.
    Edit::new().cast(DType::Float16).copy(&source, writer(&dir.path().join("b")), &quiet).unwrap();
}

fn object_graph(keys: &[&str]) -> Vec<u8> {
    TrackableObjectGraph { nodes: keys.iter().map(|key| value(key)).collect() }.encode_to_vec()
}

/// An object whose value is stored under `key`.
fn value(key: &str) -> TrackableObject {
    TrackableObject {
        attributes: vec![SerializedTensor { checkpoint_key: key.into(), ..Default::default() }],
        ..Default::default()
    }
}

#[test]
fn the_object_graph_follows() {
    let dir = tempfile::tempdir().unwrap();
    let source = made(dir.path(), "a", |w| {
        add(w, "m/a/.ATTRIBUTES/VARIABLE_VALUE", DType::Uint8, &[1]);
        add(w, "m/b/.ATTRIBUTES/VARIABLE_VALUE", DType::Uint8, &[2]);
        add(w, "m/t/.ATTRIBUTES/table-keys", DType::Uint8, &[3]);
        add(w, "m/t/.ATTRIBUTES/table-values", DType::Uint8, &[4]);
        add(w, "m/u/.ATTRIBUTES/table-keys", DType::Uint8, &[3]);
        let keys = [
            "m/a/.ATTRIBUTES/VARIABLE_VALUE",
            "m/b/.ATTRIBUTES/VARIABLE_VALUE",
            "m/t/.ATTRIBUTES/table",
            "m/u/.ATTRIBUTES/table",
        ];
        add_string(w, OBJECT_GRAPH_KEY, &object_graph(&keys)).unwrap();
    });
    let edit =
        Edit::new().rename("^m/", "model/").unwrap().drop("m/b/*").unwrap().drop("m/u/*").unwrap();
    edit.copy(&source, writer(&dir.path().join("b")), &quiet).unwrap();
    let copy = Checkpoint::open(dir.path().join("b")).unwrap();
    let graph = copy.objects().unwrap().unwrap();
    let keys: Vec<_> =
        graph.nodes().map(|n| n.attributes().map(|a| a.key.to_owned()).next()).collect();
    let want =
        [Some("model/a/.ATTRIBUTES/VARIABLE_VALUE"), None, Some("model/t/.ATTRIBUTES/table"), None];
    assert!(keys.iter().map(Option::as_deref).eq(want), "{keys:?}");
}

/// One half of `v`, a tensor of 4.
fn half(w: &mut Writer, text: &str, bytes: [u8; 2]) {
    let view = TensorView::new(DType::Uint8, Shape::I64(&[2]), Payload::Raw(&bytes));
    w.add_slice("v", &[4], &Slice::parse(text).unwrap(), &view).unwrap();
}

#[test]
fn slices_of_several_are_put_together() {
    let dir = tempfile::tempdir().unwrap();
    let a = made(dir.path(), "a", |w| {
        half(w, "0,2", [1, 2]);
        add(w, "both", DType::Uint8, &[9]);
    });
    let b = made(dir.path(), "b", |w| {
        half(w, "2,2", [3, 4]);
        half(w, "0,2", [1, 2]);
        add(w, "both", DType::Uint8, &[9]);
        add(w, "only", DType::Uint8, &[8]);
    });
    assert!(a.get("v").unwrap().bytes(64).is_err(), "half of it is missing");
    let empty = made(dir.path(), "empty", |_| {});
    merge(&[empty, a, b], writer(&dir.path().join("c")), &quiet).unwrap();
    let merged = Checkpoint::open(dir.path().join("c")).unwrap();
    assert_eq!(names(&merged), ["both", "only", "v"]);
    assert_eq!(raw(&merged, "v"), [1, 2, 3, 4]);
    assert_eq!(merged.slices(TensorId(2)).count(), 2);
}

#[test]
fn a_tensor_in_parts_and_the_same_in_one_piece_are_one() {
    let dir = tempfile::tempdir().unwrap();
    let parts = |name| {
        made(dir.path(), name, |w| {
            half(w, "0,2", [1, 2]);
            half(w, "2,2", [3, 4]);
        })
    };
    let whole = made(dir.path(), "w", |w| add(w, "v", DType::Uint8, &[1, 2, 3, 4]));
    merge(&[parts("p"), whole], writer(&dir.path().join("c")), &quiet).unwrap();
    assert_eq!(raw(&Checkpoint::open(dir.path().join("c")).unwrap(), "v"), [1, 2, 3, 4]);
    let other = made(dir.path(), "o", |w| add(w, "v", DType::Uint8, &[1, 2, 3, 5]));
    let e = merge(&[other, parts("p")], writer(&dir.path().join("c")), &quiet).unwrap_err();
    assert!(e.to_string().contains("elements differ"), "{e}");
}

#[test]
fn differing_tensors_of_one_name_are_not_merged() {
    let dir = tempfile::tempdir().unwrap();
    let a = made(dir.path(), "a", |w| add(w, "x", DType::Uint8, &[1]));
    let b = made(dir.path(), "b", |w| add(w, "x", DType::Uint8, &[2]));
    let e = merge(&[a, b], writer(&dir.path().join("c")), &quiet).unwrap_err();
    assert!(e.to_string().contains("elements differ"), "{e}");
}

#[test]
fn floats_are_averaged_and_the_rest_is_the_last_ones() {
    let dir = tempfile::tempdir().unwrap();
    let one = |name: &str, x: f32, step: u8| {
        made(dir.path(), name, |w| {
            add(w, "x", DType::Float32, &floats(&[x, 1e30]));
            add(w, "h", DType::Float16, &[0x00, 0x3c]);
            add(w, "step", DType::Uint8, &[step]);
        })
    };
    let sources = [one("a", 1.0, 1), one("b", 2.0, 2), one("c", 4.5, 3)];
    average(&sources, writer(&dir.path().join("m")), &quiet).unwrap();
    let mean = Checkpoint::open(dir.path().join("m")).unwrap();
    assert_eq!(raw(&mean, "x"), floats(&[2.5, 1e30]));
    assert_eq!(raw(&mean, "h"), [0x00, 0x3c]);
    assert_eq!(raw(&mean, "step"), [3]);
    let other = made(dir.path(), "d", |w| add(w, "x", DType::Float32, &floats(&[1.0])));
    let e = average(&[other, one("e", 1.0, 1)], writer(&dir.path().join("m")), &quiet).unwrap_err();
    assert!(matches!(e, Error::Conflict { .. }), "{e}");
}

#[test]
fn averages_lie_in_the_slices_of_the_last() {
    let dir = tempfile::tempdir().unwrap();
    let sliced = |name: &str, cuts: &[(&str, &[f32])]| {
        made(dir.path(), name, |w| {
            for (text, values) in cuts {
                let (bytes, dims) = (floats(values), [values.len() as i64]);
                let view = TensorView::new(DType::Float32, Shape::I64(&dims), Payload::Raw(&bytes));
                w.add_slice("v", &[3], &Slice::parse(text).unwrap(), &view).unwrap();
            }
        })
    };
    let whole = made(dir.path(), "w", |w| add(w, "v", DType::Float32, &floats(&[0.0, 1.0, 5.0])));
    let one = sliced("a", &[("0,1", &[1.0]), ("1,2", &[2.0, 3.0])]);
    let other = sliced("b", &[("0,2", &[5.0, 6.0]), ("2,1", &[7.0])]);
    average(&[whole, one, other], writer(&dir.path().join("m")), &quiet).unwrap();
    let mean = Checkpoint::open(dir.path().join("m")).unwrap();
    assert_eq!(raw(&mean, "v"), floats(&[2.0, 3.0, 5.0]));
    assert!(mean.slices(TensorId(0)).map(Slice::to_string).eq(["0,2", "2,1"]));
}

#[test]
fn twins_are_stored_once_and_read_twice() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (floats(&[1.5; 100]), floats(&[2.5; 100]));
    let source = made(dir.path(), "a", |w| {
        add(w, "first", DType::Float32, &one);
        add(w, "other", DType::Float32, &other);
        add(w, "twin", DType::Float32, &one);
        add(w, "bits", DType::Int32, &one);
    });
    Edit::new().share().copy(&source, writer(&dir.path().join("b")), &quiet).unwrap();
    let data = dir.path().join("b.data-00000-of-00001");
    assert_eq!(std::fs::metadata(data).unwrap().len(), 3 * 400);
    let copy = Checkpoint::open(dir.path().join("b")).unwrap();
    for (name, bytes) in [("first", &one), ("other", &other), ("twin", &one), ("bits", &one)] {
        assert_eq!(&raw(&copy, name), bytes, "{name}");
    }
    let report = copy.verify(&|_| ());
    assert!(report.faults.is_empty() && report.notes.is_empty(), "{:?}", report.notes);
    let mut out = writer(&dir.path().join("c"));
    assert!(out.repeat("x", "nothing").is_err());
    add(&mut out, "x", DType::Float32, &one);
    assert!(out.repeat("x", "x").is_err());
}

/// `holder`'s child `name`.
fn reference(node_id: i32, name: &str) -> ObjectReference {
    ObjectReference { node_id, local_name: name.into() }
}

#[test]
fn a_renamed_variable_is_found_by_its_old_and_its_new_path() {
    const VALUE: &str = "/.ATTRIBUTES/VARIABLE_VALUE";
    let dir = tempfile::tempdir().unwrap();
    let source = made(dir.path(), "a", |w| {
        for name in ["m/k", "m/b", "n"] {
            add(w, &format!("{name}{VALUE}"), DType::Uint8, &[1]);
        }
        let holding = |children| TrackableObject { children, ..Default::default() };
        let mut graph = TrackableObjectGraph {
            nodes: vec![
                holding(vec![reference(1, "m"), reference(4, "n")]),
                holding(vec![reference(2, "k"), reference(3, "b")]),
            ],
        };
        let keys = ["m/k", "m/b", "n"].map(|name| format!("{name}{VALUE}"));
        graph.nodes.extend(keys.iter().map(|key| value(key)));
        add_string(w, OBJECT_GRAPH_KEY, &graph.encode_to_vec()).unwrap();
    });
    let key = |to: &str, edit: Edit, path: &str| {
        edit.copy(&source, writer(&dir.path().join(to)), &quiet).unwrap();
        let graph = Checkpoint::open(dir.path().join(to)).unwrap().objects().unwrap().unwrap();
        let key = graph.key(path).map(|k| k.strip_suffix(VALUE).unwrap().to_owned());
        key.unwrap_or_default()
    };
    let rename = |from, to| Edit::new().rename(from, to).unwrap();
    assert_eq!(key("b", rename("^m/", "net/deep.S/"), "m/b"), "net/deep.S/b");
    assert_eq!(key("c", rename("^m/", "net/deep.S/"), "net/deep.S/b"), "net/deep.S/b");
    assert_eq!(key("d", rename("^m/k/", "n/k/"), "n/k"), "n/k");
    assert_eq!(key("e", rename("^m/k/", "n/k/"), "n"), "n");
    assert_eq!(key("f", rename("^m/k/", "k/"), "k"), "k");
    // What changes places is found in its new one only.
    let swap = || rename("^m/k/", "x/").rename("^n/", "m/k/").unwrap().rename("^x/", "n/").unwrap();
    assert_eq!(key("g", swap(), "n"), "n");
    assert_eq!(key("h", swap(), "m/k"), "m/k");
}

#[test]
fn a_cast_that_tensorflow_reads_in_one_piece_only_puts_slices_together() {
    let dir = tempfile::tempdir().unwrap();
    let values = [1f32, -2.0, 0.5, 4.0];
    let source = made(dir.path(), "a", |w| {
        for (text, half) in [("0,2", &values[..2]), ("2,2", &values[2..])] {
            let bytes = floats(half);
            let view = TensorView::new(DType::Float32, Shape::I64(&[2]), Payload::Raw(&bytes));
            w.add_slice("v", &[4], &Slice::parse(text).unwrap(), &view).unwrap();
        }
    });
    for (dtype, slices) in [(DType::Float16, 0), (DType::Bfloat16, 2), (DType::Float64, 2)] {
        let to = dir.path().join(dtype.name());
        Edit::new().cast(dtype).copy(&source, writer(&to), &quiet).unwrap();
        let copy = Checkpoint::open(&to).unwrap();
        assert_eq!(copy.slices(TensorId(0)).count(), slices, "{dtype}");
        let bytes = raw(&copy, "v");
        let numbers = bytes.chunks(dtype.bytes().unwrap());
        let read: Vec<_> = numbers.map(|b| floe_graph::number::to_f64(dtype, b).unwrap()).collect();
        assert_eq!(read, values.map(f64::from), "{dtype}");
    }
}
