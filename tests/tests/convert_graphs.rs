//! The converter on graphs made by hand: signatures in one file, and what it says of graphs that it cannot convert.

use floe_convert::{Converted, Error, Options, Signature, Source, convert};
use floe_graph::Model as _;
use floe_proto::tensorflow::{GraphDef, NodeDef, attr_value::Value};

fn node(name: &str, op: &str, inputs: &[&str]) -> NodeDef {
    let mut node = NodeDef { name: name.into(), op: op.into(), ..NodeDef::default() };
    node.input = inputs.iter().map(|&i| i.to_owned()).collect();
    node
}

/// A graph of ops between a float32 placeholder `x` of shape `[1, 4]` and the last node.
fn graph(nodes: Vec<NodeDef>) -> GraphDef {
    let mut x = node("x", "Placeholder", &[]);
    let mut shape = floe_proto::tensorflow::TensorShapeProto::default();
    for size in [1, 4] {
        shape
            .dim
            .push(floe_proto::tensorflow::tensor_shape_proto::Dim { size, ..Default::default() });
    }
    x.attr.insert("dtype".into(), attr(Value::Type(1)));
    x.attr.insert("shape".into(), attr(Value::Shape(Box::new(shape))));
    let mut all = vec![x];
    all.extend(nodes);
    GraphDef { node: all, ..GraphDef::default() }
}

fn attr(value: Value) -> floe_proto::tensorflow::AttrValue {
    floe_proto::tensorflow::AttrValue { value: Some(value) }
}

fn convert_to(graph: &GraphDef, output: &str) -> Result<Converted, Error> {
    let (inputs, outputs) = (vec![("x".into(), "x:0".into())], vec![("y".into(), output.into())]);
    let signatures = [Signature { key: String::new(), inputs, outputs }];
    let source = Source { graph, signatures: &signatures, init: &[], files: &[] };
    convert(&source, &Options::default())
}

#[test]
fn all_that_stands_in_the_way_is_said_at_once() {
    let g = graph(vec![
        node("first", "Ndtri", &["x"]),
        node("second", "BesselI0", &["x"]),
        node("sum", "AddV2", &["first", "second"]),
        node("third", "Betainc", &["sum", "x", "x"]),
    ]);
    let Err(Error::Unconvertible(problems)) = convert_to(&g, "third:0") else { panic!() };
    let named: Vec<_> = problems.iter().map(|p| (p.op.as_str(), p.node.as_str())).collect();
    assert_eq!(named, [("BesselI0", "second"), ("Betainc", "third"), ("Ndtri", "first")]);
    let text = convert_to(&g, "third:0").unwrap_err().to_string();
    assert!(text.contains("node 'second' op BesselI0: "), "{text}");
}

#[test]
fn signatures_share_a_file_and_its_weights() {
    let mut w = node("w", "Const", &[]);
    let mut tensor = floe_proto::tensorflow::TensorProto { dtype: 1, ..Default::default() };
    let mut shape = floe_proto::tensorflow::TensorShapeProto::default();
    for size in [4, 256] {
        shape
            .dim
            .push(floe_proto::tensorflow::tensor_shape_proto::Dim { size, ..Default::default() });
    }
    tensor.tensor_shape = Some(shape);
    let numbers: Vec<u8> = (0..1024u16).flat_map(|i| f32::from(i).to_le_bytes()).collect();
    tensor.tensor_content = numbers.into();
    w.attr.insert("value".into(), attr(Value::Tensor(Box::new(tensor))));
    w.attr.insert("dtype".into(), attr(Value::Type(1)));
    let g = graph(vec![w, node("y", "MatMul", &["x", "w"]), node("z", "Tanh", &["y"])]);
    let of = |key: &str, tensor: &str| Signature {
        key: key.into(),
        inputs: vec![("x".into(), "x:0".into())],
        outputs: vec![("out".into(), tensor.into())],
    };
    let signatures = [of("serving_default", "y:0"), of("bent", "z:0")];
    let source = Source { graph: &g, signatures: &signatures, init: &[], files: &[] };
    let file = convert(&source, &Options::default()).unwrap().to_vec().unwrap();
    let faults = floe_tflite::verify::faults(&file, &floe_tflite::verify::Options::default());
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(floe_tflite::TfLite::parse(&file).unwrap().signature_count(), 2);
    assert!(file.len() < 2 * 4096, "the weights are there twice: {} bytes", file.len());
}

#[test]
fn damaged_graphs_are_errors() {
    let dangling = graph(vec![node("y", "Relu", &["nowhere"])]);
    assert!(matches!(convert_to(&dangling, "y:0"), Err(Error::Graph(_))));
    let cycle = graph(vec![node("a", "Relu", &["b"]), node("b", "Relu", &["a"])]);
    assert!(matches!(convert_to(&cycle, "b:0"), Err(Error::Graph(_))));
    let fine = graph(vec![node("y", "Relu", &["x"])]);
    assert!(matches!(convert_to(&fine, "z:0"), Err(Error::Request(_))));
    assert!(matches!(convert_to(&fine, "y:7"), Err(Error::Graph(_))));
    assert!(convert_to(&fine, "y:0").is_ok());
}
