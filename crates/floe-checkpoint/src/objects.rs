//! The object graph that TensorFlow 2 stores beside an object's variables: who holds whom under which
//! name, and under which key each value is stored.
//!
//! A key alone does not tell what a variable is: it is the shortest path from the root at the time of
//! saving. Invariant: paths are resolved by walking children from the root, never by taking a key apart.

use crate::wire::{Fields, Value};
use bytes::Bytes;
use floe_graph::{Error, ErrorKind, Result};
use std::collections::{BTreeMap, VecDeque};

/// The key of the tensor that holds the object graph.
pub const OBJECT_GRAPH_KEY: &str = "_CHECKPOINTABLE_OBJECT_GRAPH";

/// An object graph; node 0 is the root. Nodes are decoded when they are looked at.
#[derive(Clone, Debug)]
pub struct ObjectGraph {
    message: Bytes,
    nodes: Vec<(usize, usize)>,
}

/// One object of a graph, borrowed from its message.
#[derive(Clone, Copy, Debug)]
pub struct ObjectNode<'graph>(&'graph [u8]);

/// A child: the node and the name under which its parent holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Child<'graph> {
    /// The number of the node.
    pub node: usize,
    /// The attribute or item name in the parent.
    pub name: &'graph str,
}

/// A value of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attribute<'graph> {
    /// What the object calls it: `VARIABLE_VALUE`.
    pub name: &'graph str,
    /// The variable's own name; may be empty, may repeat.
    pub full_name: &'graph str,
    /// The key of the tensor that holds the value.
    pub key: &'graph str,
}

/// A variable that an optimizer keeps for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotVariable<'graph> {
    /// The node of the variable that is optimized.
    pub original: usize,
    /// `m`, `v`, `momentum` …
    pub name: &'graph str,
    /// The node of the variable that is kept for it.
    pub slot: usize,
}

impl ObjectGraph {
    /// Reads a serialised `TrackableObjectGraph`. Every reference to a node is held against their number.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`], [`ErrorKind::NotUtf8`]; [`ErrorKind::NoSuchIndex`] for a reference to a
    /// node that is not there; [`ErrorKind::Limit`] for more nodes than their bytes could describe.
    pub fn parse(message: Bytes) -> Result<Self> {
        let mut nodes = Vec::new();
        let mut fields = Fields::new(&message);
        while let Some(field) = fields.next() {
            if let (1, value) = field? {
                let bytes = value.bytes()?;
                let end = fields.reached();
                nodes.push((end.saturating_sub(bytes.len()), end));
                if nodes.len() > (message.len() / 16).saturating_add(1 << 19) {
                    return Err(Error::new(ErrorKind::Limit, end));
                }
            }
        }
        let graph = Self { message, nodes };
        (0..graph.len()).try_for_each(|i| graph.check(i))?;
        Ok(graph)
    }

    /// How many nodes there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none, not even a root.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Node number `index`.
    #[must_use]
    pub fn node(&self, index: usize) -> Option<ObjectNode<'_>> {
        let &(start, end) = self.nodes.get(index)?;
        self.message.get(start..end).map(ObjectNode)
    }

    /// All nodes in order, the root first.
    pub fn nodes(&self) -> impl Iterator<Item = ObjectNode<'_>> {
        (0..self.len()).filter_map(|i| self.node(i))
    }

    /// The serialised `TrackableObjectGraph`.
    #[must_use]
    pub const fn message(&self) -> &Bytes {
        &self.message
    }

    /// The node at the end of `path`, the names of children from the root on joined by `/`.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<usize> {
        self.node(0)?;
        path.split('/').filter(|name| !name.is_empty()).try_fold(0, |at, name| {
            let name = unescape(name);
            self.node(at)?.children().find(|c| c.name == name).map(|c| c.node)
        })
    }

    /// The key of the value of the object at the end of `path`: of its attribute `VARIABLE_VALUE`, or of
    /// its only one.
    #[must_use]
    pub fn key(&self, path: &str) -> Option<&str> {
        let node = self.node(self.find(path)?)?;
        let mut values = node.attributes();
        let first = values.next()?;
        let variable = node.attributes().find(|a| a.name == "VARIABLE_VALUE");
        variable.or(if values.next().is_none() { Some(first) } else { None }).map(|a| a.key)
    }

    /// The shortest path from the root to each node, the names on it escaped and joined by `/`; `None`
    /// for nodes that cannot be reached. Of several shortest, the one whose edges come first.
    #[must_use]
    pub fn paths(&self) -> Vec<Option<String>> {
        let mut paths: Vec<Option<String>> = vec![None; self.len()];
        let mut queue = VecDeque::new();
        if let Some(root) = paths.first_mut() {
            *root = Some(String::new());
            queue.push_back(0);
        }
        // Every step of a path is bytes of the message, but a chain of nodes would make paths that grow
        // with its square.
        let mut left = self.message.len().saturating_mul(4).saturating_add(1 << 20);
        while let Some(at) = queue.pop_front() {
            let base = paths.get(at).cloned().flatten().unwrap_or_default();
            for child in self.node(at).into_iter().flat_map(ObjectNode::children) {
                let Some(slot @ None) = paths.get_mut(child.node) else { continue };
                let name = escape(child.name);
                let path = if base.is_empty() { name } else { format!("{base}/{name}") };
                let Some(rest) = left.checked_sub(path.len()) else { return paths };
                left = rest;
                *slot = Some(path);
                queue.push_back(child.node);
            }
        }
        paths
    }

    /// The paths of all variables by the key of their value.
    #[must_use]
    pub fn paths_by_key(&self) -> BTreeMap<&str, String> {
        let mut all = BTreeMap::new();
        for (node, path) in self.nodes().zip(self.paths()) {
            let Some(path) = path else { continue };
            for attribute in node.attributes() {
                all.entry(attribute.key).or_insert_with(|| path.clone());
            }
        }
        all
    }

    /// The variables' own names by the key of their value; variables without a name are left out.
    #[must_use]
    pub fn names_by_key(&self) -> BTreeMap<&str, &str> {
        let attributes = self.nodes().flat_map(ObjectNode::attributes);
        attributes.filter(|a| !a.full_name.is_empty()).map(|a| (a.key, a.full_name)).collect()
    }

    /// The keys with which `tf.train.Checkpoint.restore` fails, though the tensors are there: it looks for
    /// `.ATTRIBUTES/` in the key of each value that the object itself stores.
    pub fn unrestorable(&self) -> impl Iterator<Item = &str> {
        let own = self.nodes().filter(|n| n.messages(4).next().is_none());
        own.flat_map(ObjectNode::attributes).map(|a| a.key).filter(|k| !k.contains(".ATTRIBUTES/"))
    }

    /// Strings are UTF-8 and references point at nodes.
    fn check(&self, index: usize) -> Result<()> {
        let &(at, end) = self.nodes.get(index).ok_or(Error::new(ErrorKind::NoSuchIndex, index))?;
        let place = |e: Error| if e.at == 0 { Error { at, ..e } } else { e };
        for field in Fields::new(self.message.get(at..end).unwrap_or_default()) {
            let (number, value) = field.map_err(place)?;
            let kinds: &[Kind] = match number {
                1 => &[Kind::Node, Kind::Text],
                2 => &[Kind::Text, Kind::Text, Kind::Text],
                3 => &[Kind::Node, Kind::Text, Kind::Node],
                _ => continue,
            };
            for field in Fields::new(value.bytes().map_err(place)?) {
                let (number, value) = field.map_err(place)?;
                let kind = number.checked_sub(1).and_then(|n| kinds.get(n as usize));
                kind.map_or(Ok(()), |kind| kind.check(value, self.len())).map_err(place)?;
            }
        }
        Ok(())
    }
}

/// What a field of a node's submessages holds.
enum Kind {
    Node,
    Text,
}

impl Kind {
    fn check(&self, value: Value<'_>, nodes: usize) -> Result<()> {
        match self {
            Self::Node => match usize::try_from(value.int32()?) {
                Ok(n) if n < nodes => Ok(()),
                other => Err(Error::new(ErrorKind::NoSuchIndex, other.unwrap_or(usize::MAX))),
            },
            Self::Text => std::str::from_utf8(value.bytes()?)
                .map(drop)
                .map_err(|_| Error::new(ErrorKind::NotUtf8, 0)),
        }
    }
}

impl<'graph> ObjectNode<'graph> {
    /// The objects this one holds, by name.
    pub fn children(self) -> impl Iterator<Item = Child<'graph>> {
        self.messages(1).map(|m| Child { node: number(m, 1), name: text(m, 2) })
    }

    /// The values of this object.
    pub fn attributes(self) -> impl Iterator<Item = Attribute<'graph>> {
        self.messages(2).map(|m| Attribute {
            name: text(m, 1),
            full_name: text(m, 2),
            key: text(m, 3),
        })
    }

    /// The variables this optimizer keeps for others.
    pub fn slot_variables(self) -> impl Iterator<Item = SlotVariable<'graph>> {
        let slots = self.messages(3);
        slots.map(|m| SlotVariable { original: number(m, 1), name: text(m, 2), slot: number(m, 3) })
    }

    fn messages(self, wanted: u32) -> impl Iterator<Item = &'graph [u8]> {
        Fields::new(self.0).filter_map(move |field| match field {
            Ok((n, Value::Bytes(b))) if n == wanted => Some(b),
            _ => None,
        })
    }
}

fn number(message: &[u8], wanted: u32) -> usize {
    let last = Fields::new(message).flatten().filter(|(n, _)| *n == wanted).last();
    last.and_then(|(_, v)| usize::try_from(v.int32().ok()?).ok()).unwrap_or(0)
}

fn text(message: &[u8], wanted: u32) -> &str {
    let last = Fields::new(message).flatten().filter(|(n, _)| *n == wanted).last();
    last.and_then(|(_, v)| std::str::from_utf8(v.bytes().ok()?).ok()).unwrap_or("")
}

/// A name as keys spell it: `.` as `..`, `/` as `.S`.
#[must_use]
pub(crate) fn escape(name: &str) -> String {
    name.replace('.', "..").replace('/', ".S")
}

/// The name that a key spells as `name`.
#[must_use]
pub(crate) fn unescape(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name.chars();
    while let Some(c) = rest.next() {
        match (c, rest.as_str().chars().next()) {
            ('.', Some('S')) => out.push('/'),
            ('.', Some('.')) => out.push('.'),
            _ => {
                out.push(c);
                continue;
            }
        }
        rest.next();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use floe_proto::Message;
    use floe_proto::tensorflow::TrackableObjectGraph;
    use floe_proto::tensorflow::trackable_object_graph::TrackableObject;
    use floe_proto::tensorflow::trackable_object_graph::trackable_object::{
        ObjectReference, SerializedTensor, SlotVariableReference,
    };

    fn child(node_id: i32, name: &str) -> ObjectReference {
        ObjectReference { node_id, local_name: name.into() }
    }

    fn graph() -> TrackableObjectGraph {
        let value = SerializedTensor {
            name: "VARIABLE_VALUE".into(),
            full_name: "dense/kernel".into(),
            checkpoint_key: "opt/_v/0/.ATTRIBUTES/VARIABLE_VALUE".into(),
        };
        let slot = SlotVariableReference {
            original_variable_node_id: 2,
            slot_name: "m".into(),
            slot_variable_node_id: 0,
        };
        TrackableObjectGraph {
            nodes: vec![
                TrackableObject {
                    children: vec![child(1, "model"), child(0, "self")],
                    ..Default::default()
                },
                TrackableObject {
                    children: vec![child(2, "a.b/c")],
                    slot_variables: vec![slot],
                    ..Default::default()
                },
                TrackableObject { attributes: vec![value], ..Default::default() },
                TrackableObject::default(),
            ],
        }
    }

    #[test]
    fn paths_are_walked_and_keys_found() {
        let graph = ObjectGraph::parse(graph().encode_to_vec().into()).unwrap();
        let key = "opt/_v/0/.ATTRIBUTES/VARIABLE_VALUE";
        assert_eq!(graph.find(""), Some(0));
        assert_eq!(graph.key("model/a..b.Sc"), Some(key));
        assert_eq!(graph.key("self/self/model/a..b.Sc"), Some(key), "the graph is cyclic");
        assert_eq!(graph.find("model/none"), None);
        let paths = [Some(""), Some("model"), Some("model/a..b.Sc"), None];
        assert!(graph.paths().iter().map(Option::as_deref).eq(paths));
        assert_eq!(graph.paths_by_key()[key], "model/a..b.Sc");
        assert_eq!(graph.names_by_key()[key], "dense/kernel");
        let slot = graph.node(1).unwrap().slot_variables().next().unwrap();
        assert_eq!(slot, SlotVariable { original: 2, name: "m", slot: 0 });
        assert_eq!(graph.unrestorable().count(), 0);
    }

    #[test]
    fn keys_that_tensorflow_takes_apart_in_vain_are_told() {
        let mut renamed = graph();
        renamed.nodes[2].attributes[0].checkpoint_key = "kernel".into();
        let graph =
            |g: &TrackableObjectGraph| ObjectGraph::parse(g.encode_to_vec().into()).unwrap();
        assert!(graph(&renamed).unrestorable().eq(["kernel"]));
        renamed.nodes[2].registered_saver = Some(Default::default());
        assert_eq!(
            graph(&renamed).unrestorable().count(),
            0,
            "a registered saver has its own keys"
        );
    }

    #[test]
    fn references_to_nowhere_are_refused() {
        let mut bad = graph();
        bad.nodes[1].children[0].node_id = 4;
        let e = ObjectGraph::parse(bad.encode_to_vec().into()).unwrap_err();
        assert_eq!(e.kind, ErrorKind::NoSuchIndex);
        bad.nodes[1].children[0].node_id = -1;
        assert!(ObjectGraph::parse(bad.encode_to_vec().into()).is_err());
    }

    #[test]
    fn empty_nodes_by_the_million_are_refused() {
        let e = ObjectGraph::parse([0x0a, 0].repeat(3 << 20).into()).unwrap_err();
        assert_eq!(e.kind, ErrorKind::Limit);
    }

    #[test]
    fn names_go_both_ways() {
        for name in ["a.b/c", "..", "/", "S.S", ".S", ""] {
            assert_eq!(unescape(&escape(name)), name);
        }
    }
}
