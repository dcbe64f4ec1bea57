//! `synthetic FOLDER`: a model of a little over 2 GiB of weights, as `two_gib.tflite` and `two_gib.pb`.
//!
//! 33 constants of 64 MiB, all zeros but for their first number, are added up. They are read from a
//! sparse file, so that making the models takes no memory to speak of.

use bytes::Bytes;
use floe_graph::{DType, map};
use floe_proto::Message;
use floe_proto::tensorflow::attr_value::Value;
use floe_proto::tensorflow::tensor_shape_proto::Dim;
use floe_proto::tensorflow::{AttrValue, GraphDef, NodeDef, TensorProto, TensorShapeProto};
use floe_tflite::build::{ModelBuilder, OpSpec, TensorSpec};
use floe_tflite::{Encoded, Layout, op};
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

const COUNT: usize = 33;
const ELEMENTS: i32 = 1 << 24;
const LENGTH: usize = 4 * ELEMENTS as usize;
/// `DataType.DT_FLOAT`.
const FLOAT: i32 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: synthetic FOLDER")?;
    let folder = Path::new(&folder);
    let source = folder.join("two_gib.weights");
    sparse(&source)?;
    let weights = map::open(&source)?;
    let constants: Vec<Bytes> =
        (0..COUNT).map(|i| weights.slice(i * LENGTH..(i + 1) * LENGTH)).collect();
    tflite(&folder.join("two_gib.tflite"), &constants)?;
    graph_def(&folder.join("two_gib.pb"), &constants)?;
    Ok(std::fs::remove_file(&source)?)
}

fn sparse(path: &Path) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    for i in 0..COUNT {
        file.seek(SeekFrom::Start((i * LENGTH) as u64))?;
        file.write_all(&(i as f32).to_le_bytes())?;
    }
    file.set_len((COUNT * LENGTH) as u64)
}

fn tflite(path: &Path, constants: &[Bytes]) -> Result<(), Box<dyn Error>> {
    let mut model = ModelBuilder::new();
    let graph = model.add_subgraph("main");
    let input = model.add_tensor(graph, TensorSpec::new("x", DType::Float32, &[ELEMENTS]));
    let mut sum = input;
    for (i, constant) in constants.iter().enumerate() {
        let buffer = model.add_buffer(&constant[..]);
        let spec = |name: String| TensorSpec::new(name, DType::Float32, &[ELEMENTS]);
        let weight = model.add_tensor(graph, spec(format!("w{i}")).with_buffer(buffer));
        let next = model.add_tensor(graph, spec(format!("sum{i}")));
        model.add_op(graph, OpSpec::new(op::ADD, &[sum, weight], &[next]));
        sum = next;
    }
    model.set_ports(graph, &[input], &[sum]);
    let model = model.finish();
    let mut out = BufWriter::new(File::create(path)?);
    Encoded::new(&model, Layout::default())?.write_to(&mut out)?;
    Ok(out.flush()?)
}

/// Node by node: messages one after the other are one message.
fn graph_def(path: &Path, constants: &[Bytes]) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(File::create(path)?);
    let mut write = |node: NodeDef| {
        let graph = GraphDef { node: vec![node], ..GraphDef::default() };
        out.write_all(&graph.encode_to_vec())
    };
    write(node("x", "Placeholder", &[], None))?;
    let mut sum = "x".to_owned();
    for (i, constant) in constants.iter().enumerate() {
        let weight = format!("w{i}");
        write(node(&weight, "Const", &[], Some(constant)))?;
        let next = format!("sum{i}");
        write(node(&next, "AddV2", &[&sum, &weight], None))?;
        sum = next;
    }
    Ok(out.flush()?)
}

fn node(name: &str, op: &str, inputs: &[&str], content: Option<&Bytes>) -> NodeDef {
    let mut node = NodeDef { name: name.into(), op: op.into(), ..NodeDef::default() };
    node.input = inputs.iter().map(|i| (*i).to_owned()).collect();
    let attr = |value| AttrValue { value: Some(value) };
    let key = if content.is_some() || inputs.is_empty() { "dtype" } else { "T" };
    node.attr.insert(key.into(), attr(Value::Type(FLOAT)));
    if let Some(content) = content {
        let dim = vec![Dim { size: ELEMENTS.into(), ..Dim::default() }];
        let shape = TensorShapeProto { dim, ..TensorShapeProto::default() };
        let tensor = TensorProto {
            dtype: FLOAT,
            tensor_shape: Some(shape),
            tensor_content: content.clone(),
            ..TensorProto::default()
        };
        node.attr.insert("value".into(), attr(Value::Tensor(Box::new(tensor))));
    }
    node
}
