//! Computes and stores once what is there twice: nodes of the same op, inputs and attributes.
//!
//! One round merges what has equal inputs, which may make more inputs equal; rounds go on while they
//! find something.

use super::Work;
use crate::fingerprint64;
use floe_proto::Message;
use floe_proto::tensorflow::NodeDef;
use std::collections::HashMap;

/// A chain of equal nodes needs a round for each of its links; longer ones are left.
const ROUNDS: usize = 100;

pub(super) fn run(work: &mut Work<'_>) -> usize {
    let mut total = 0usize;
    for _ in 0..ROUNDS {
        let found = round(work);
        if found == 0 {
            break;
        }
        total = total.saturating_add(found);
    }
    total
}

fn round(work: &mut Work<'_>) -> usize {
    let mut known: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut instead = HashMap::new();
    let nodes = &work.graph.node;
    for (i, node) in nodes.iter().enumerate() {
        // What was merged before is still there, but nothing uses it.
        if !work.is_pure(node) {
            continue;
        }
        let alike = known.entry(key(node)).or_default();
        let first = alike.iter().filter_map(|&j| nodes.get(j)).find(|first| equal(first, node));
        match first {
            None => alike.push(i),
            Some(_) if work.keep.contains(node.name.as_str()) => {}
            Some(first) => {
                instead.insert(node.name.clone(), first.name.clone());
            }
        }
    }
    let merged = work.rename(&instead);
    work.graph.node.retain(|n| !instead.contains_key(&n.name));
    merged
}

impl Work<'_> {
    /// Connects all that uses any output of a node, or waits for it, to the same of another.
    fn rename(&mut self, instead: &HashMap<String, String>) -> usize {
        for node in &mut self.graph.node {
            for input in &mut node.input {
                let (control, rest) = match input.strip_prefix('^') {
                    Some(rest) => ("^", rest),
                    None => ("", input.as_str()),
                };
                let (name, port) = rest.split_once(':').map_or((rest, None), |(n, p)| (n, Some(p)));
                if let Some(new) = instead.get(name) {
                    *input = match port {
                        Some(port) => format!("{control}{new}:{port}"),
                        None => format!("{control}{new}"),
                    };
                }
            }
        }
        instead.len()
    }
}

fn key(node: &NodeDef) -> u64 {
    let mut text = node.op.clone();
    for input in &node.input {
        text.push('\n');
        text.push_str(input);
    }
    let attrs = node.attr.iter().map(|(name, value)| {
        fingerprint64(name.as_bytes()) ^ fingerprint64(&value.encode_to_vec())
    });
    attrs.fold(fingerprint64(text.as_bytes()), |all, one| all.rotate_left(5) ^ one)
}

/// Whether two nodes compute the same. By bytes, so that a NaN is itself.
fn equal(a: &NodeDef, b: &NodeDef) -> bool {
    let bytes = |n: &NodeDef| {
        let attrs: Vec<_> = n.attr.iter().map(|(k, v)| (k.clone(), v.encode_to_vec())).collect();
        attrs
    };
    a.op == b.op && a.input == b.input && bytes(a) == bytes(b)
}
