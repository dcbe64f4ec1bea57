use super::*;
use crate::tensorflow::{
    AttrValue, BundleEntryProto, CheckpointState, GraphDef, NodeDef, StructuredValue, TensorProto,
    attr_value::{ListValue, Value},
    structured_value,
};

fn graph() -> GraphDef {
    let list = ListValue { i: vec![1, -2], s: vec!["a\"\n\0é".into()], ..ListValue::default() };
    let tensor = TensorProto {
        dtype: 1,
        float_val: vec![1.0, -0.5, 3.4e38, 1e-45, f32::NAN, f32::INFINITY, 16_777_217.0],
        double_val: vec![0.1, 1e300, 5e-324, -0.0],
        half_val: vec![15360],
        tensor_content: vec![0, 255, b'\'', b'\\'].into(),
        ..TensorProto::default()
    };
    let attr = [
        ("list", Value::List(Box::new(list))),
        ("T", Value::Type(99)),
        ("b", Value::B(false)),
        ("f", Value::F(1e-4)),
        ("value", Value::Tensor(Box::new(tensor))),
    ];
    let attr =
        attr.into_iter().map(|(k, v)| (k.to_owned(), AttrValue { value: Some(v) })).collect();
    let node = NodeDef { name: "n".into(), op: "Const".into(), attr, ..NodeDef::default() };
    GraphDef { node: vec![node], ..GraphDef::default() }
}

#[test]
fn text_and_back_is_the_same_message() {
    let wire = graph().encode_to_vec();
    let text = print("tensorflow.GraphDef", &wire).unwrap();
    assert_eq!(parse("tensorflow.GraphDef", text.as_bytes()).unwrap(), wire, "{text}");
}

#[test]
fn the_form_is_the_one_that_tensorflow_writes() {
    let entry =
        BundleEntryProto { dtype: 14, crc32c: 7, offset: -1, ..BundleEntryProto::default() };
    assert_eq!(to_text(&entry).unwrap(), "dtype: DT_BFLOAT16\noffset: -1\ncrc32c: 7\n");
    let value = StructuredValue { kind: Some(structured_value::Kind::Int64Value(-3)) };
    assert_eq!(to_text(&value).unwrap(), "int64_value: -3\n");
    let text = to_text(&graph()).unwrap();
    assert!(
        text.starts_with("node {\n  name: \"n\"\n  op: \"Const\"\n  attr {\n    key: \"T\"\n"),
        "{text}"
    );
    assert!(text.contains("s: \"a\\\"\\n\\000\\303\\251\"\n"), "{text}");
}

#[test]
fn every_spelling_is_read() {
    let text = b"# latest\nmodel_checkpoint_path: 'ck' \"-\\x31\\u00e9\"\n\
        all_model_checkpoint_paths: [\"a\", \"b\"];all_model_checkpoint_timestamps: 0x10,\
        last_preserved_timestamp: 1.5f";
    let state: CheckpointState = from_text(text).unwrap();
    assert_eq!(state.model_checkpoint_path, "ck-1é");
    assert_eq!(state.all_model_checkpoint_paths, ["a", "b"]);
    assert_eq!(state.last_preserved_timestamp, 1.5);
}

#[test]
fn faults_name_their_line() {
    for (text, line) in [
        (&b"node {\n  nam: \"x\"\n}"[..], 2),
        (b"node {\n", 2),
        (b"node { name: 5 }", 1),
        (b"\n\nnode { name: \"x }", 3),
        (b"versions { producer: 1.5 }", 1),
        (b"versions { producer: 4294967296 }", 1),
        (b"node { name: \"\\400\" }", 1),
        (b"node { name: \"\\377\" }", 1),
        (b"}", 1),
        (b"\x01", 1),
    ] {
        let error = from_text::<GraphDef>(text).unwrap_err();
        assert_eq!(error.line, line, "{error} in {}", text.escape_ascii());
    }
}

#[test]
fn deep_nesting_is_refused_not_followed() {
    let text = "experimental_type { args { ".to_owned() + &"args { ".repeat(100_000);
    assert!(parse("tensorflow.NodeDef", text.as_bytes()).unwrap_err().reason.contains("nested"));
    let mut wire = Vec::new();
    for _ in 0..200 {
        let mut outer = vec![0x12];
        prost::encoding::encode_varint(wire.len() as u64, &mut outer);
        outer.append(&mut wire);
        wire = outer;
    }
    assert!(print("tensorflow.FullTypeDef", &wire).unwrap_err().reason.contains("nested"));
}

#[test]
fn what_the_schemas_do_not_have_goes_there_and_back() {
    let wire = [0xf8, 0x07, 5, 0xfa, 0x07, 1, b'x', 0xfd, 0x07, 1, 2, 3, 4, 0x0a, 0];
    let text = print("tensorflow.GraphDef", &wire).unwrap();
    assert_eq!(text, "127: 5\n127: \"x\"\n127: 0x04030201\nnode {\n}\n");
    assert_eq!(parse("tensorflow.GraphDef", text.as_bytes()).unwrap(), wire);
}

#[test]
fn strings_that_are_not_utf8_have_no_text() {
    let wire = [0x0a, 3, 0x0a, 1, 0xff];
    assert!(
        print("tensorflow.GraphDef", &wire).unwrap_err().reason.contains("`name` is not UTF-8")
    );
}

#[test]
fn what_has_a_name_is_not_given_by_number() {
    for text in ["3: 7777775775777", "1: \"\""] {
        let error = parse("tensorflow.GraphDef", text.as_bytes()).unwrap_err();
        assert!(error.reason.starts_with("field "), "{error}");
    }
    assert!(parse("tensorflow.GraphDef", b"3: 0x00000001").is_ok(), "of another wire type");
}
