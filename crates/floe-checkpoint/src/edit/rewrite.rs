//! The object graph of a checkpoint whose tensors get other names.

use super::Edit;
use super::links::{Renamed, follow};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, Result};
use crate::objects::{OBJECT_GRAPH_KEY, ObjectGraph};
use floe_graph::{Error as ReadError, ErrorKind, TensorSource};
use floe_proto::Message;
use floe_proto::tensorflow::TrackableObjectGraph;
use floe_proto::tensorflow::trackable_object_graph::trackable_object::SerializedTensor;
use std::collections::BTreeMap;
use std::ops::Bound;

/// The graph of `source` for tensors called as `names` says, `None` for those that are dropped.
pub(super) fn renamed(
    source: &Checkpoint,
    names: &BTreeMap<String, Option<String>>,
    edit: &Edit,
) -> Result<Vec<u8>> {
    let graph =
        source.objects()?.map_or_else(Default::default, |g: ObjectGraph| g.message().clone());
    let mut graph = TrackableObjectGraph::decode(graph).map_err(|_| malformed(source))?;
    let mut renamed = Vec::new();
    for (number, node) in graph.nodes.iter_mut().enumerate() {
        let mut kept = Vec::new();
        for old in std::mem::take(&mut node.attributes) {
            let from = old.checkpoint_key.clone();
            let Some(new) = attribute(old, names, edit) else { continue };
            if new.checkpoint_key != from {
                renamed.push(Renamed { node: number, from, to: new.checkpoint_key.clone() });
            }
            kept.push(new);
        }
        node.attributes = kept;
    }
    follow(&mut graph, &renamed);
    Ok(graph.encode_to_vec())
}

/// The attribute under its new key; `None` when all of its tensors are dropped.
fn attribute(
    mut attribute: SerializedTensor,
    names: &BTreeMap<String, Option<String>>,
    edit: &Edit,
) -> Option<SerializedTensor> {
    let key = &attribute.checkpoint_key;
    let renamed = match names.get(key) {
        Some(new) => new.clone()?,
        // A table's key is none of a tensor's but begins those of its tensors: `-keys` and `-values`.
        None => {
            let from = (Bound::Excluded(key.clone()), Bound::Unbounded);
            let mut own =
                names.range(from).take_while(|(name, _)| name.starts_with(key.as_str())).peekable();
            if own.peek().is_some() && own.all(|(_, new)| new.is_none()) {
                return None;
            }
            edit.name(key).unwrap_or_else(|| key.clone())
        }
    };
    attribute.checkpoint_key = renamed;
    Some(attribute)
}

fn malformed(source: &Checkpoint) -> Error {
    let e = ReadError::new(ErrorKind::Malformed, 0);
    match source.find_tensor(OBJECT_GRAPH_KEY) {
        Some(id) => source.explain(id, e),
        None => Error::File { path: source.prefix().to_owned(), source: e },
    }
}
