//! A graph to a file, node by node: what is held in memory beyond the graph is its largest node.
//!
//! Invariant: the bytes are those that encoding the whole message at once would give.

use crate::Form;
use floe_proto::tensorflow::{GraphDef, NodeDef};
use floe_proto::{Message, text};
use prost::encoding::{WireType, encode_key};
use std::io::{self, Write};

/// Writes `graph` in the given form. Give it a buffered writer.
///
/// # Errors
/// What the writer says; [`io::ErrorKind::InvalidData`] for a graph that is nested too deeply for
/// the text form.
pub fn write(graph: &GraphDef, form: Form, out: &mut impl Write) -> io::Result<()> {
    let mut buffer = Vec::new();
    for node in &graph.node {
        buffer.clear();
        one(node, &mut buffer)?;
        put(form, &buffer, out)?;
    }
    let rest = GraphDef {
        node: Vec::new(),
        library: graph.library.clone(),
        version: graph.version,
        versions: graph.versions.clone(),
        debug_info: graph.debug_info.clone(),
    };
    put(form, &rest.encode_to_vec(), out)
}

/// The encoded form of a graph with one node.
fn one(node: &NodeDef, buffer: &mut Vec<u8>) -> io::Result<()> {
    encode_key(1, WireType::LengthDelimited, buffer);
    node.encode_length_delimited(buffer).map_err(io::Error::other)
}

fn put(form: Form, wire: &[u8], out: &mut impl Write) -> io::Result<()> {
    match form {
        Form::Binary => out.write_all(wire),
        Form::Text => {
            let text = text::print("tensorflow.GraphDef", wire)
                .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
            out.write_all(text.as_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use floe_proto::tensorflow::{FunctionDefLibrary, VersionDef};

    #[test]
    fn both_forms_are_those_of_the_whole_message() {
        let node =
            |name: &str| NodeDef { name: name.into(), op: "NoOp".into(), ..NodeDef::default() };
        let graph = GraphDef {
            node: vec![node("a"), node("b")],
            library: Some(FunctionDefLibrary::default()),
            versions: Some(VersionDef { producer: 1987, ..VersionDef::default() }),
            ..GraphDef::default()
        };
        let mut bytes = Vec::new();
        write(&graph, Form::Binary, &mut bytes).unwrap();
        assert_eq!(bytes, graph.encode_to_vec());
        bytes.clear();
        write(&graph, Form::Text, &mut bytes).unwrap();
        assert_eq!(bytes, text::to_text(&graph).unwrap().into_bytes());
    }
}
