//! `floe checkpoint objects`: who holds whom under which name, and under which key a value is stored.

use super::{named, open};
use crate::failure::{Failure, Outcome};
use crate::{human, out};
use floe::checkpoint::{ObjectGraph, ObjectNode};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

/// Print the object graph that TensorFlow 2 stores beside an object's variables
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The checkpoint
    path: PathBuf,
    /// Print a JSON array of all nodes, the root first
    #[arg(long)]
    json: bool,
}

/// One node in JSON.
#[derive(Serialize)]
struct Node<'a> {
    children: BTreeMap<&'a str, usize>,
    attributes: Vec<Attribute<'a>>,
    slot_variables: Vec<Slot<'a>>,
}

#[derive(Serialize)]
struct Attribute<'a> {
    name: &'a str,
    full_name: &'a str,
    key: &'a str,
}

#[derive(Serialize)]
struct Slot<'a> {
    original_variable: usize,
    slot_name: &'a str,
    slot_variable: usize,
}

impl<'a> From<ObjectNode<'a>> for Node<'a> {
    fn from(node: ObjectNode<'a>) -> Self {
        let attribute = |a: floe::checkpoint::Attribute<'a>| Attribute {
            name: a.name,
            full_name: a.full_name,
            key: a.key,
        };
        let slot = |s: floe::checkpoint::SlotVariable<'a>| Slot {
            original_variable: s.original,
            slot_name: s.name,
            slot_variable: s.slot,
        };
        Self {
            children: node.children().map(|c| (c.name, c.node)).collect(),
            attributes: node.attributes().map(attribute).collect(),
            slot_variables: node.slot_variables().map(slot).collect(),
        }
    }
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let checkpoint = open(&self.path)?;
        let Some(graph) = named(checkpoint.objects())? else {
            let why = "a checkpoint by names: there is no object graph in it";
            return Err(Failure::at(&self.path, why));
        };
        if self.json {
            return out::json_lines(graph.nodes().map(|n| Ok(Node::from(n))));
        }
        let mut out = out::stdout();
        print(&graph, &mut out)?;
        Ok(out.flush()?)
    }
}

/// The tree of shortest paths: each node once, its values under it.
fn print(graph: &ObjectGraph, out: &mut impl Write) -> io::Result<()> {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for (index, path) in graph.paths().into_iter().enumerate() {
        lines.extend(path.map(|path| (path, index)));
    }
    lines.sort();
    for (path, index) in &lines {
        let depth = if path.is_empty() { 0 } else { path.matches('/').count() + 1 };
        let name = if path.is_empty() { "(root)" } else { path.rsplit('/').next().unwrap_or(path) };
        writeln!(out, "{:indent$}{}", "", human::clean(name), indent = depth * 2)?;
        for attribute in graph.node(*index).into_iter().flat_map(ObjectNode::attributes) {
            let (indent, key) = (depth * 2 + 2, human::clean(attribute.key));
            writeln!(out, "{:indent$}{} = {key}", "", human::clean(attribute.name))?;
        }
    }
    Ok(())
}
