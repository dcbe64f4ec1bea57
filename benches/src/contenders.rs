//! Who reads a model, how, and what is checked when it is open.

use crate::flatbuffers;
use bytes::Bytes;
use floe_proto::Message;
use floe_proto::tensorflow::attr_value::Value;
use floe_proto::tensorflow::{GraphDef, NodeDef};
use floe_tflite::verify::{Options, verify};
use floe_tflite::{Operator, Subgraph, TfLite};

/// One way to read a model.
#[derive(Clone, Copy)]
pub struct Contender {
    /// Its name on the command line.
    pub name: &'static str,
    /// The ending of the files that it reads.
    pub format: &'static str,
    /// What has been checked when the model is open.
    pub checked: &'static str,
    /// Opens, and reads the first operator.
    pub first: fn(&Bytes) -> u64,
    /// Opens, and reads every operator and tensor; the weights' place and length, not the weights.
    pub all: fn(&Bytes) -> u64,
}

/// All of them. What sums of [`Contender::all`] are is the same for one format.
pub const ALL: &[Contender] = &[
    Contender {
        name: "floe-trusted",
        format: "tflite",
        checked: "header",
        first: |d| first(&TfLite::trusted(d).expect(VALID)),
        all: |d| all(&TfLite::trusted(d).expect(VALID)),
    },
    Contender {
        name: "floe",
        format: "tflite",
        checked: "structure",
        first: |d| first(&TfLite::parse(d).expect(VALID)),
        all: |d| all(&TfLite::parse(d).expect(VALID)),
    },
    Contender {
        name: "floe-verify",
        format: "tflite",
        checked: "structure and meaning",
        first: |d| first(&verified(d)),
        all: |d| all(&verified(d)),
    },
    Contender {
        name: "flatbuffers",
        format: "tflite",
        checked: "structure, UTF-8",
        first: |d| flatbuffers::first(flatbuffers::parse(d).expect(VALID)),
        all: |d| flatbuffers::all(flatbuffers::parse(d).expect(VALID)),
    },
    Contender {
        name: "prost-bytes",
        format: "pb",
        checked: "wire format",
        first: |d| graph_first(&GraphDef::decode(d.clone()).expect(VALID)),
        all: |d| graph_all(&GraphDef::decode(d.clone()).expect(VALID)),
    },
    Contender {
        name: "prost-owned",
        format: "pb",
        checked: "wire format",
        first: |d| graph_first(&GraphDef::decode(&d[..]).expect(VALID)),
        all: |d| graph_all(&GraphDef::decode(&d[..]).expect(VALID)),
    },
];

const VALID: &str = "the model is valid";

fn verified(data: &[u8]) -> TfLite<'_> {
    assert!(verify(data, &Options::default(), &mut |_| {}), "{VALID}");
    TfLite::trusted(data).expect(VALID)
}

fn operator(op: &Operator<'_>) -> u64 {
    let operands = op.inputs().iter().chain(op.outputs().iter());
    let sum = operands.fold(0u64, |n, i| n.wrapping_add(u64::from(i.cast_unsigned())));
    let code = op.code().map_or(0, |c| c.code.cast_unsigned());
    sum.wrapping_add(code.into())
}

fn first(model: &TfLite<'_>) -> u64 {
    let op = model.subgraph(0).and_then(|graph| graph.operator(0));
    op.map_or(0, |op| operator(&op))
}

/// What all operators and tensors of a `.tflite` sum to.
#[must_use]
pub fn all(model: &TfLite<'_>) -> u64 {
    model.subgraphs().map(|graph| graph_sum(&graph)).fold(0, u64::wrapping_add)
}

fn graph_sum(graph: &Subgraph<'_>) -> u64 {
    let operators = graph.operators().map(|op| operator(&op));
    let tensors = graph.tensors().map(|t| {
        let shape =
            t.shape().iter().fold(0u64, |n, d| n.wrapping_add(u64::from(d.cast_unsigned())));
        let data = t.data().ok().flatten().map_or(0, <[u8]>::len) as u64;
        let dtype = u64::from(t.type_number().cast_unsigned());
        shape.wrapping_add(dtype).wrapping_add(data).wrapping_add(t.name_bytes().len() as u64)
    });
    operators.chain(tensors).fold(0, u64::wrapping_add)
}

fn node(node: &NodeDef) -> u64 {
    let mut sum = node.op.len() + node.name.len();
    sum += node.input.iter().map(String::len).sum::<usize>();
    for attr in node.attr.values() {
        sum += match &attr.value {
            Some(Value::Type(dtype)) => *dtype as usize,
            Some(Value::Tensor(tensor)) => {
                let dims = tensor.tensor_shape.iter().flat_map(|s| &s.dim);
                tensor.tensor_content.len() + dims.map(|d| d.size as usize).sum::<usize>()
            }
            _ => 0,
        };
    }
    sum as u64
}

fn graph_first(graph: &GraphDef) -> u64 {
    graph.node.first().map_or(0, node)
}

/// What all nodes of a GraphDef sum to.
#[must_use]
pub fn graph_all(graph: &GraphDef) -> u64 {
    graph.node.iter().map(node).fold(0, u64::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn all_readers_of_a_file_read_the_same() {
        let file = "../tests/fixtures/digits/tflite/int8.tflite";
        let data = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let data = Bytes::from(data);
        let mut readers = ALL.iter().filter(|c| c.format == "tflite");
        let want = readers.next().map(|c| ((c.first)(&data), (c.all)(&data))).unwrap();
        assert!(want.0 > 0 && want.1 > want.0);
        for other in readers {
            assert_eq!(((other.first)(&data), (other.all)(&data)), want, "{}", other.name);
        }
    }
}
