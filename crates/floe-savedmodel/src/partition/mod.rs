//! [`partition`]: a graph taken apart into graphs of about equal load that send each other as few
//! tensors as they can, and [`rejoin`], which puts it together again.
//!
//! A tensor that crosses is sent by an `Identity` and received by a `Placeholder`, so that any runtime
//! runs a part by itself; an order that crosses is a constant that waits. Constants and inputs cost no
//! traffic: each part that reads one has it.
//!
//! Invariant: a part only receives from parts before it, so they can run one after the other, and those
//! that do not need each other side by side; what may not be apart (loops and branches of TensorFlow 1,
//! handles and what they are handles of) is in one part.

mod assign;
mod atoms;
mod cut;

use crate::names::{Reference, tensor};
use crate::ops::{self, Ops};
use crate::optimize::{Options, optimize};
use crate::{Error, Result};
use atoms::Atoms;
use cut::Cutter;
use floe_proto::tensorflow::{FunctionDefLibrary, GraphDef, NodeDef};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A tensor, or an order, that goes from one part to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// What goes over it, in the graph before: `node`, `node:1`, or `^node` for an order.
    pub tensor: String,
    /// The number of the part that sends.
    pub from: usize,
    /// The node that is fetched there.
    pub send: String,
    /// The number of the part that receives.
    pub to: usize,
    /// The node that is fed there.
    pub receive: String,
}

/// A graph in parts.
#[derive(Clone, Debug)]
pub struct Partition {
    /// The parts, each after all that it receives from.
    pub parts: Vec<GraphDef>,
    /// What goes from part to part, in the order of the receivers.
    pub channels: Vec<Channel>,
    /// What each part costs, by the measure that was given.
    pub loads: Vec<u64>,
}

/// Takes `graph` apart into `count` parts; `cost` measures a node.
///
/// # Errors
/// [`Error::Limit`] when there are fewer pieces than parts; [`Error::Node`] for an input that is not
/// there.
pub fn partition(
    graph: &GraphDef,
    count: usize,
    cost: &dyn Fn(&NodeDef) -> u64,
) -> Result<Partition> {
    let places = Places::new(graph)?;
    let atoms = Atoms::new(graph, &places, cost);
    if count == 0 || count > atoms.loads.len() {
        let hint =
            "ask for at least one part, and for no more than there are pieces that can be apart";
        return Err(Error::Limit { what: "the number of parts", limit: atoms.loads.len(), hint });
    }
    let part_of_atom = assign::assign(&atoms, count);
    let mut loads = vec![0u64; count];
    for (part, load) in part_of_atom.iter().zip(&atoms.loads) {
        if let Some(sum) = loads.get_mut(*part) {
            *sum = sum.saturating_add(*load);
        }
    }
    let part = |at: usize| part_of_atom.get((*atoms.of.get(at)?)?).copied();
    let (mut parts, channels) = Cutter::new(graph, &places, count, &part).run();
    for part in &mut parts {
        optimize(part, &Options { passes: &["functions"], ..Options::default() })?;
    }
    Ok(Partition { parts, channels, loads })
}

/// Puts parts together again: the nodes of the graph that they are of, in the order of the parts.
///
/// # Errors
/// [`Error::NoSuch`] for a channel whose sender is not there.
pub fn rejoin(parts: &[GraphDef], channels: &[Channel]) -> Result<GraphDef> {
    let sends: BTreeSet<(usize, &str)> =
        channels.iter().map(|c| (c.from, c.send.as_str())).collect();
    let receives: BTreeMap<(usize, &str), &str> =
        channels.iter().map(|c| ((c.to, c.receive.as_str()), c.tensor.as_str())).collect();
    let mut whole = GraphDef::default();
    let mut seen = BTreeSet::new();
    let mut functions = BTreeSet::new();
    for (number, part) in parts.iter().enumerate() {
        for node in &part.node {
            let place = (number, node.name.as_str());
            if !sends.contains(&place)
                && !receives.contains_key(&place)
                && seen.insert(node.name.clone())
            {
                let mut node = node.clone();
                node.input.iter_mut().for_each(|input| restore(input, number, &receives));
                whole.node.push(node);
            }
        }
        let library = whole.library.get_or_insert_default();
        for function in part.library.iter().flat_map(|l| &l.function) {
            if functions.insert(crate::graph::signature_name(function).to_owned()) {
                library.function.push(function.clone());
            }
        }
        whole.versions = whole.versions.or_else(|| part.versions.clone());
    }
    for channel in channels {
        let name = Reference::parse(&channel.tensor).map_or("", |r| r.node());
        if !seen.contains(name) {
            return Err(Error::no_such("node", name, []));
        }
    }
    if whole.library == Some(FunctionDefLibrary::default()) {
        whole.library = None;
    }
    Ok(whole)
}

/// Names what a receiver stands for.
fn restore(input: &mut String, part: usize, receives: &BTreeMap<(usize, &str), &str>) {
    let name = input.strip_prefix('^').unwrap_or(input);
    if let Some(original) = receives.get(&(part, name)) {
        *input = (*original).to_owned();
    }
}

/// Where nodes are, what they read, and what kind of output it is.
struct Places<'g> {
    names: HashMap<&'g str, usize>,
    ops: Ops,
    /// For each node what it reads or waits for: the node and the output, none for an order.
    reads: Vec<Vec<(usize, Option<u32>)>>,
}

impl<'g> Places<'g> {
    fn new(graph: &'g GraphDef) -> Result<Self> {
        let names: HashMap<&str, usize> =
            graph.node.iter().enumerate().map(|(i, n)| (n.name.as_str(), i)).collect();
        let mut ops = Ops::default();
        ops.load(graph.node.iter().map(|n| n.op.as_str()));
        let find = |node: &NodeDef, input: &String| {
            let found = match Reference::parse(input) {
                Some(Reference::Control(name)) => names.get(name).map(|&at| (at, None)),
                Some(Reference::Tensor { node, index }) => {
                    names.get(node).map(|&at| (at, Some(index)))
                }
                _ => None,
            };
            let reason = || format!("its input `{input}` is not in the graph");
            found.ok_or_else(|| crate::build::node_fault(node, reason()))
        };
        let reads = graph.node.iter().map(|n| n.input.iter().map(|i| find(n, i)).collect());
        let reads = reads.collect::<Result<_>>()?;
        Ok(Self { names, ops, reads })
    }

    /// The dtype number of an output, and whether it is a reference to a variable.
    fn output(&self, node: &NodeDef, index: u32) -> Option<(i32, bool)> {
        let arguments = ops::outputs(node, self.ops.loaded(&node.op)?)?;
        let argument = arguments.iter().find(|a| index.wrapping_sub(a.start) < a.count)?;
        Some((argument.dtype(index.wrapping_sub(argument.start))?, argument.def.is_ref))
    }
}

/// Whether every part that reads `node` has it for itself.
fn is_everywhere(node: &NodeDef) -> bool {
    node.input.is_empty() && (node.op == "Const" || node.op.starts_with("Placeholder"))
}

/// The name of what is read: `node`, `node:1` or `^node`.
fn read_name(node: &NodeDef, index: Option<u32>) -> String {
    index.map_or_else(|| format!("^{}", node.name), |index| tensor(&node.name, index))
}

#[cfg(test)]
mod tests;
