//! Every fault of a graph, not only the first.
//!
//! Rules: versions that this reader may read; names that are valid and used once; inputs that lead
//! somewhere, as many and of the dtypes that the op's definition asks for; attributes that are there
//! and of their kind; no cycles but TF1's loops; functions that exist; signatures and assets that are
//! there; a checkpoint that is the one the model was saved with.
//!
//! Invariant: an error is what some reader of TensorFlow's refuses; all else is a warning.

mod nodes;
mod reach;

pub use reach::reaches_out;

use crate::names::{Reference, is_valid_node_name};
use crate::{Graph, SavedModel, fingerprint64};
use floe_graph::{GraphId, Model, TensorId, TensorSource};
use floe_proto::tensorflow::{NodeDef, TensorInfo, tensor_info::Encoding};
use std::collections::HashSet;
use std::fmt;

/// The version of TensorFlow's graphs that this crate knows, that of release 2.21.
pub const GRAPH_VERSION: i32 = 2474;
/// Ops of graphs made by older producers than this differ in meaning.
const OLDEST: i32 = 21;

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Valid, but not as it should be.
    Warning,
    /// Some reader refuses it.
    Error,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// How bad it is.
    pub severity: Severity,
    /// Where: a node with its op and function, a signature, a tensor, a file.
    pub place: String,
    /// What is wrong, and what was expected.
    pub reason: String,
}

impl Fault {
    fn error(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { severity: Severity::Error, place: place.into(), reason: reason.into() }
    }

    fn warning(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(place, reason) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.reason, self.place)
    }
}

/// Hands every fault of `model` to `found`: of all its graphs, of its assets, of its checkpoint.
pub fn verify(model: &SavedModel, found: &mut dyn FnMut(Fault)) {
    for graph in model.graphs() {
        verify_graph(graph, found);
        for asset in &graph.meta().asset_file_def {
            let place = format!("asset `{}`", asset.filename);
            match model.asset(&asset.filename) {
                None => found(Fault::error(place, "the name leads out of the folder `assets`")),
                Some(path) if !path.is_file() => {
                    found(Fault::error(place, "there is no such file"));
                }
                Some(_) => {}
            }
        }
    }
    checkpoint(model, found);
}

/// Hands every fault of `graph` to `found`.
pub fn verify_graph(graph: &Graph, found: &mut dyn FnMut(Fault)) {
    versions(graph, found);
    names(graph, found);
    for id in 0..graph.graph_count_usize() {
        nodes::verify(graph, GraphId(u16::try_from(id).unwrap_or(u16::MAX)), found);
    }
    let source: &Graph = graph;
    for id in (0..(&source).tensor_count()).map(TensorId) {
        if let Err(e) = (&source).tensor(id) {
            let name = (&source).tensor_name(id).unwrap_or("?");
            found(Fault::error(format!("constant `{name}`"), e.to_string()));
        }
    }
    for (key, signature) in graph.signatures() {
        let inputs = signature.inputs.iter().map(|(name, info)| ("input", name, info));
        let outputs = signature.outputs.iter().map(|(name, info)| ("output", name, info));
        for (side, name, info) in inputs.chain(outputs) {
            if let Err(reason) = signature_tensor(graph, info) {
                found(Fault::error(format!("signature `{key}`, {side} `{name}`"), reason));
            }
        }
    }
}

fn versions(graph: &Graph, found: &mut dyn FnMut(Fault)) {
    let Some(versions) = &graph.def().versions else { return };
    let place = "versions";
    if versions.min_consumer > GRAPH_VERSION {
        let reason = format!(
            "readers must know version {}, this one knows {GRAPH_VERSION}",
            versions.min_consumer
        );
        found(Fault::error(place, reason));
    }
    if versions.bad_consumers.contains(&GRAPH_VERSION) {
        found(Fault::error(
            place,
            format!("readers of version {GRAPH_VERSION} must refuse the graph"),
        ));
    }
    if versions.producer < OLDEST {
        let reason =
            format!("made by version {}: some ops meant something else", versions.producer);
        found(Fault::warning(place, reason));
    }
}

fn names(graph: &Graph, found: &mut dyn FnMut(Fault)) {
    for node in &graph.def().node {
        if !is_valid_node_name(&node.name) {
            found(Fault::error(place(node, ""), "the name has characters that names may not have"));
        }
    }
    let functions = graph.functions().iter().map(crate::graph::signature_name);
    let mut seen = HashSet::new();
    for name in functions {
        if !seen.insert(name) {
            found(Fault::error(format!("function `{name}`"), "two functions have this name"));
        }
    }
}

/// A node's place, in words.
fn place(node: &NodeDef, function: &str) -> String {
    let NodeDef { name, op, .. } = node;
    match function {
        "" => format!("node `{name}`, {op}"),
        _ => format!("node `{name}`, {op}, function `{function}`"),
    }
}

fn signature_tensor(graph: &Graph, info: &TensorInfo) -> Result<(), String> {
    let names: Vec<&str> = match &info.encoding {
        Some(Encoding::Name(name)) => vec![name],
        Some(Encoding::CooSparse(s)) => {
            vec![&s.values_tensor_name, &s.indices_tensor_name, &s.dense_shape_tensor_name]
        }
        Some(Encoding::CompositeTensor(c)) => {
            return c.components.iter().try_for_each(|c| signature_tensor(graph, c));
        }
        None => return Err("it names no tensor".into()),
    };
    for name in names {
        let Some(Reference::Tensor { node, index }) = Reference::parse(name) else {
            return Err(format!("`{name}` is not the name of a tensor"));
        };
        let id = graph.node_number(node).ok_or_else(|| format!("there is no node `{node}`"))?;
        let id = floe_graph::NodeId { graph: GraphId(0), index: id };
        graph.output(id, index).map_err(|_| format!("`{node}` has no output {index}"))?;
    }
    Ok(())
}

/// The checkpoint's hash, where the model's fingerprint has one.
fn checkpoint(model: &SavedModel, found: &mut dyn FnMut(Fault)) {
    let (Some(fingerprint), Some(prefix)) = (model.fingerprint(), model.variables_prefix()) else {
        return;
    };
    let index = prefix.with_extension("index");
    if fingerprint.checkpoint_hash == 0 {
        return;
    }
    match floe_graph::map::open(&index) {
        Ok(bytes) if fingerprint64(&bytes) == fingerprint.checkpoint_hash => {}
        Ok(_) => found(Fault::error(
            index.display().to_string(),
            "is not the checkpoint that the model was saved with: fingerprint.pb has another hash",
        )),
        Err(e) => found(Fault::error(index.display().to_string(), e.to_string())),
    }
}

#[cfg(test)]
mod tests;
