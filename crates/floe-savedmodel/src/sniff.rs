//! What a `.pb` or `.pbtxt` is, told by its content.
//!
//! Facts: field 1 of a SavedModel is a varint, of a GraphDef a node with a name and an op, of a
//! MetaGraphDef a message whose second field is a list of ops.

use floe_proto::Message;
use floe_proto::tensorflow::NodeDef;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// Which message a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A bare graph.
    GraphDef,
    /// A graph with signatures, collections and how its variables are restored: a `.meta` file.
    MetaGraph,
    /// One graph for each set of tags: `saved_model.pb`.
    SavedModel,
}

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The protocol buffers' wire format.
    Binary,
    /// Their text format.
    Text,
}

/// What `bytes` hold; `None` when it is none of these.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<(Kind, Form)> {
    text(bytes).map(|kind| (kind, Form::Text)).or_else(|| Some((binary(bytes)?, Form::Binary)))
}

/// The first field of each message that a text file can begin with.
const FIRST_FIELDS: &[(&str, Kind)] = &[
    ("node", Kind::GraphDef),
    ("library", Kind::GraphDef),
    ("versions", Kind::GraphDef),
    ("version", Kind::GraphDef),
    ("debug_info", Kind::GraphDef),
    ("meta_info_def", Kind::MetaGraph),
    ("graph_def", Kind::MetaGraph),
    ("saver_def", Kind::MetaGraph),
    ("collection_def", Kind::MetaGraph),
    ("signature_def", Kind::MetaGraph),
    ("asset_file_def", Kind::MetaGraph),
    ("object_graph_def", Kind::MetaGraph),
    ("saved_model_schema_version", Kind::SavedModel),
    ("meta_graphs", Kind::SavedModel),
];

fn text(bytes: &[u8]) -> Option<Kind> {
    let mut rest = bytes;
    loop {
        rest = rest.trim_ascii_start();
        match rest.strip_prefix(b"#") {
            Some(comment) => {
                rest = comment.split_at_checked(comment.iter().position(|&b| b == b'\n')?)?.1;
            }
            None => break,
        }
    }
    let end = rest.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_')?;
    let (name, after) = rest.split_at_checked(end)?;
    let after = after.trim_ascii_start();
    if !matches!(after.first(), Some(b'{' | b':' | b'<')) {
        return None;
    }
    FIRST_FIELDS.iter().find(|(field, _)| field.as_bytes() == name).map(|(_, kind)| *kind)
}

fn binary(bytes: &[u8]) -> Option<Kind> {
    let mut rest = bytes;
    let mut kind = None;
    while !rest.is_empty() {
        let (tag, wire) = decode_key(&mut rest).ok()?;
        match (tag, wire) {
            (1, WireType::Varint) => return Some(Kind::SavedModel),
            (1, WireType::LengthDelimited) => return Some(first_field(message(&mut rest)?)),
            // A graph without nodes is told from a MetaGraphDef by nothing but what is missing.
            (2 | 4 | 5, WireType::LengthDelimited) | (3, WireType::Varint) => {
                kind = Some(Kind::GraphDef);
                skip_field(wire, tag, &mut rest, DecodeContext::default()).ok()?;
            }
            (3 | 6 | 7, WireType::LengthDelimited) => return Some(Kind::MetaGraph),
            _ => return None,
        }
    }
    kind
}

/// The bytes of a length-delimited field.
fn message<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let len = usize::try_from(decode_varint(rest).ok()?).ok()?;
    let (head, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    Some(head)
}

fn first_field(bytes: &[u8]) -> Kind {
    let is_op = |op: &str| {
        !op.is_empty() && op.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'>'))
    };
    match NodeDef::decode(bytes) {
        Ok(node) if is_op(&node.op) => Kind::GraphDef,
        _ => Kind::MetaGraph,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use floe_proto::tensorflow::{
        GraphDef, MetaGraphDef, OpDef, OpList, SavedModel, meta_graph_def::MetaInfoDef,
    };

    fn graph() -> GraphDef {
        let node = NodeDef { name: "x".into(), op: "Placeholder".into(), ..NodeDef::default() };
        GraphDef { node: vec![node], ..GraphDef::default() }
    }

    #[test]
    fn binary_messages_are_told_apart() {
        assert_eq!(sniff(&graph().encode_to_vec()), Some((Kind::GraphDef, Form::Binary)));
        let op = OpDef { name: "Conv2D".into(), ..OpDef::default() };
        let info = MetaInfoDef {
            stripped_op_list: Some(OpList { op: vec![op] }),
            tags: vec!["serve".into()],
            ..MetaInfoDef::default()
        };
        let mut meta = MetaGraphDef {
            meta_info_def: Some(info),
            graph_def: Some(graph()),
            ..MetaGraphDef::default()
        };
        assert_eq!(sniff(&meta.encode_to_vec()), Some((Kind::MetaGraph, Form::Binary)));
        meta.meta_info_def = Some(MetaInfoDef::default());
        assert_eq!(sniff(&meta.encode_to_vec()), Some((Kind::MetaGraph, Form::Binary)));
        let saved = SavedModel { saved_model_schema_version: 1, meta_graphs: vec![meta] };
        assert_eq!(sniff(&saved.encode_to_vec()), Some((Kind::SavedModel, Form::Binary)));
    }

    #[test]
    fn text_is_told_by_its_first_field() {
        assert_eq!(sniff(b"# made by hand\n\n node {"), Some((Kind::GraphDef, Form::Text)));
        assert_eq!(sniff(b"meta_graphs<"), Some((Kind::SavedModel, Form::Text)));
        assert_eq!(sniff(b"graph_def {"), Some((Kind::MetaGraph, Form::Text)));
        assert_eq!(sniff(b"nodes {"), None);
        assert_eq!(sniff(b"node"), None);
    }

    #[test]
    fn other_files_are_none() {
        for bytes in [&b""[..], b"\x1c\0\0\0TFL3", b"\x83\xaf\x70\xd1", b"PK\x03\x04", b"\x93NUMPY"]
        {
            assert_eq!(sniff(bytes), None, "{bytes:?}");
        }
    }
}
