//! How the graphs of two models of one format differ: ports, nodes, edges, attributes.
//!
//! Invariant: nodes are known by their names, or where they have none by that of their first output, so
//! that an insertion does not shift the rest.

use crate::human;
use crate::look::attribute;
use floe::graph::{GraphId, Input, Model, NodeId, Result, Side, SignatureId, walk};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// What differs between two graphs.
#[derive(Serialize)]
pub(super) struct GraphDiff {
    same: usize,
    only_a: Vec<String>,
    only_b: Vec<String>,
    changed: Vec<Change>,
}

/// A part that is on both sides and not the same.
#[derive(Serialize)]
struct Change {
    what: String,
    a: String,
    b: String,
}

impl GraphDiff {
    /// How many differences there are.
    pub(super) fn len(&self) -> usize {
        self.only_a.len() + self.only_b.len() + self.changed.len()
    }

    /// Shows them.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for (mark, names) in [('-', &self.only_a), ('+', &self.only_b)] {
            for name in names {
                writeln!(out, "{mark} {}", human::clean(name))?;
            }
        }
        for Change { what, a, b } in &self.changed {
            writeln!(
                out,
                "~ {}\n    a  {}\n    b  {}",
                human::clean(what),
                human::clean(a),
                human::clean(b)
            )?;
        }
        writeln!(
            out,
            "graph: {} same, {} changed, {} only in a, {} only in b",
            human::plural(self.same as u64, "part"),
            self.changed.len(),
            self.only_a.len(),
            self.only_b.len()
        )
    }
}

/// Compares the ports, nodes, edges and attributes of two models.
pub(super) fn compare(a: &dyn Model<'_>, b: &dyn Model<'_>) -> Result<GraphDiff> {
    let (a, mut b) = (parts(a)?, parts(b)?);
    let mut diff =
        GraphDiff { same: 0, only_a: Vec::new(), only_b: Vec::new(), changed: Vec::new() };
    for (what, a) in a {
        match b.remove(&what) {
            None => diff.only_a.push(what),
            Some(b) if a == b => diff.same += 1,
            Some(b) => diff.changed.push(Change { what, a, b }),
        }
    }
    diff.only_b = b.into_keys().collect();
    Ok(diff)
}

/// Every part of a model by name, as text.
fn parts(model: &dyn Model<'_>) -> Result<BTreeMap<String, String>> {
    let mut parts = BTreeMap::new();
    for id in (0..model.signature_count()).map(SignatureId) {
        let key = model.signature(id)?.key;
        for (side, name) in [(Side::Input, "input"), (Side::Output, "output")] {
            for port in walk::signature_ports(model, id, side)? {
                let port = port?;
                let value = model.value(port.value)?;
                let text = format!("{} {}", value.dtype.map_or("?", |d| d.name()), value.shape);
                parts.insert(format!("{name} {} of signature {key}", port.name), text);
            }
        }
    }
    for graph in walk::graphs(model) {
        let within = place(model, graph)?;
        for node in walk::nodes(model, graph)? {
            let mut name = format!("node {}{within}", name_of(model, node)?);
            while parts.contains_key(&name) {
                name.push('\'');
            }
            let text = text_of(model, node)?;
            parts.insert(name, text);
        }
    }
    Ok(parts)
}

fn place(model: &dyn Model<'_>, graph: GraphId) -> Result<String> {
    Ok(match (graph.0, model.graph(graph)?.name) {
        (0, _) => String::new(),
        (n, "") => format!(" of graph {n}"),
        (_, name) => format!(" of {name}"),
    })
}

fn name_of<'d>(model: &dyn Model<'d>, node: NodeId) -> Result<&'d str> {
    match model.node_name(node)? {
        "" if model.node(node)?.outputs > 0 => model.value_name(model.output(node, 0)?),
        name => Ok(name),
    }
}

/// A node's op, inputs and attributes in one line.
fn text_of(model: &dyn Model<'_>, node: NodeId) -> Result<String> {
    let info = model.node(node)?;
    let mut inputs = Vec::new();
    for input in walk::inputs(model, node)? {
        inputs.push(match input? {
            Input::None => "-".to_owned(),
            Input::Value(v) => model.value_name(v)?.to_owned(),
            Input::Control(n) => format!("^{}", name_of(model, n)?),
        });
    }
    let mut attrs = Vec::new();
    for i in 0..info.attrs {
        let attr = model.attr(node, i)?;
        attrs.push(format!("{}={}", attr.name, attribute(&attr.value)));
    }
    attrs.sort();
    Ok(format!("{}({}) {}", info.op.name(), inputs.join(", "), attrs.join(" "))
        .trim_end()
        .to_owned())
}
