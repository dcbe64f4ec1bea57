//! Makes a frozen graph smaller without changing what it computes.
//!
//! Each pass is a line of [`PASSES`] and a file; they can be run alone and in any order.
//!
//! Invariant: the nodes that the caller keeps stay, with their names and values; nodes with an effect
//! are never merged or left out while something keeps them.

mod arithmetic;
mod fold;
mod functions;
mod identity;
mod known;
mod norm;
mod orders;
mod prune;
mod share;

use crate::names::Reference;
use crate::ops::{self, Ops};
use crate::{Error, Result};
use floe_proto::tensorflow::{GraphDef, NodeDef, TensorProto};
use std::collections::{HashMap, HashSet};

/// One kind of improvement.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// The name by which it is asked for.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
    run: fn(&mut Work<'_>) -> usize,
}

/// All passes, in the order in which they help each other.
pub const PASSES: &[Pass] = &[
    Pass { name: "prune", summary: "leave out what no output needs", run: prune::run },
    Pass { name: "orders", summary: "drop orders behind what has no effect", run: orders::run },
    Pass { name: "identity", summary: "take out ops that hand their input on", run: identity::run },
    Pass { name: "fold", summary: "compute now what depends on no input", run: fold::run },
    Pass {
        name: "norm",
        summary: "put scales and offsets into the weights and biases before them",
        run: norm::run,
    },
    Pass {
        name: "arithmetic",
        summary: "take out x + 0, x - 0, x * 1 and x / 1",
        run: arithmetic::run,
    },
    Pass { name: "share", summary: "compute and store once what is there twice", run: share::run },
    Pass { name: "prune", summary: "leave out what no output needs", run: prune::run },
    Pass { name: "functions", summary: "drop functions that nothing names", run: functions::run },
];

/// The names of all passes, each once.
pub fn names_of_passes() -> impl Iterator<Item = &'static str> {
    let first =
        |(i, pass): &(usize, &Pass)| PASSES.iter().position(|p| p.name == pass.name) == Some(*i);
    PASSES.iter().enumerate().filter(first).map(|(_, pass)| pass.name)
}

/// What computes with constants. This crate has no kernels; the crate `floe` has an `Evaluator`.
pub trait Evaluate {
    /// The values of `tensors`, by name, of a graph that needs nothing fed.
    ///
    /// # Errors
    /// Why they cannot be computed: an op, a dtype or a size that the kernels do not have.
    fn evaluate(&self, graph: &GraphDef, tensors: &[String]) -> Result<Vec<TensorProto>, String>;
}

/// How to optimize.
#[derive(Clone, Copy, Default)]
pub struct Options<'o> {
    /// The nodes that are fetched or fed.
    pub keep: &'o [&'o str],
    /// The passes to run, by name; all when empty.
    pub passes: &'o [&'o str],
    /// What computes constants; without it only shapes that are known are folded.
    pub evaluator: Option<&'o dyn Evaluate>,
}

/// Runs passes on `graph`. Returns those that ran, in their order, with how many nodes or functions
/// each one changed.
///
/// # Errors
/// [`Error::NoSuch`] for a pass or a kept node that is not there.
pub fn optimize(graph: &mut GraphDef, options: &Options<'_>) -> Result<Vec<(&'static str, usize)>> {
    let Options { keep, passes: names, evaluator } = *options;
    if let Some(unknown) = names.iter().find(|n| PASSES.iter().all(|p| p.name != **n)) {
        return Err(Error::no_such("pass", *unknown, names_of_passes()));
    }
    let own: HashSet<&str> = graph.node.iter().map(|n| n.name.as_str()).collect();
    if let Some(missing) = keep.iter().find(|k| !own.contains(*k)) {
        return Err(Error::no_such("node", *missing, ends(graph)));
    }
    let mut ops = Ops::default();
    ops.load(graph.node.iter().map(|n| n.op.as_str()));
    let mut work = Work { graph, keep: keep.iter().copied().collect(), ops, evaluator };
    let wanted = PASSES.iter().filter(|p| names.is_empty() || names.contains(&p.name));
    Ok(wanted.map(|pass| (pass.name, (pass.run)(&mut work))).collect())
}

/// The nodes of `graph` that a caller who names none must mean: what is fed, and what no other node
/// uses or waits for. Constants are neither.
#[must_use]
pub fn ends(graph: &GraphDef) -> Vec<&str> {
    let inputs = graph.node.iter().flat_map(|n| &n.input);
    let used: HashSet<&str> = inputs.filter_map(|i| Some(Reference::parse(i)?.node())).collect();
    let is_end = |n: &&NodeDef| {
        n.op.starts_with("Placeholder") || (n.op != "Const" && !used.contains(n.name.as_str()))
    };
    graph.node.iter().filter(is_end).map(|n| n.name.as_str()).collect()
}

/// A graph and what is known of it.
struct Work<'w> {
    graph: &'w mut GraphDef,
    keep: HashSet<&'w str>,
    ops: Ops,
    evaluator: Option<&'w dyn Evaluate>,
}

impl Work<'_> {
    /// Whether `node` only makes its outputs, always the same from the same inputs.
    fn is_pure(&self, node: &NodeDef) -> bool {
        self.ops.loaded(&node.op).is_some_and(|op| !ops::has_effect(op))
            && !node.op.starts_with("Placeholder")
            && !crate::freeze::is_v1_control_flow(&node.op)
    }

    /// The dtypes of the outputs of `node`, as numbers of `DataType`.
    fn dtypes(&self, node: &NodeDef) -> Option<Vec<i32>> {
        let arguments = ops::outputs(node, self.ops.loaded(&node.op)?)?;
        let mut all = Vec::new();
        for argument in &arguments {
            for i in 0..argument.count {
                all.push(argument.dtype(i)?);
            }
        }
        Some(all)
    }

    /// `name`, with something behind it when a node has it already.
    fn free(&self, mut name: String) -> String {
        while self.graph.node.iter().any(|n| n.name == name) {
            name.push('_');
        }
        name
    }

    /// The nodes that others wait for without taking a value.
    fn waited_for(&self) -> HashSet<String> {
        let inputs = self.graph.node.iter().flat_map(|n| &n.input);
        inputs.filter_map(|text| text.strip_prefix('^')).map(str::to_owned).collect()
    }

    /// Connects all that uses a node of `instead` to the tensor given there. Returns how many nodes
    /// were replaced; they stay until [`prune`].
    fn redirect(&mut self, instead: &HashMap<String, String>) -> usize {
        for node in &mut self.graph.node {
            for input in &mut node.input {
                if let Some(new) = follow(input, instead) {
                    *input = new;
                }
            }
        }
        instead.len()
    }
}

/// The nodes, each after all that it reads or waits for; what hangs in a cycle is not there.
fn order(nodes: &[NodeDef]) -> Vec<usize> {
    let names: HashMap<&str, usize> =
        nodes.iter().enumerate().map(|(i, n)| (n.name.as_str(), i)).collect();
    let mut missing = vec![0usize; nodes.len()];
    let mut users = vec![Vec::new(); nodes.len()];
    for ((user, node), missing) in nodes.iter().enumerate().zip(&mut missing) {
        let read = node.input.iter().filter_map(|i| names.get(Reference::parse(i)?.node()));
        for &at in read {
            *missing = missing.saturating_add(1);
            if let Some(users) = users.get_mut(at) {
                users.push(user);
            }
        }
    }
    let free = missing.iter().enumerate().filter(|(_, m)| **m == 0);
    let mut order: Vec<usize> = free.map(|(i, _)| i).collect();
    let mut next = 0usize;
    while let Some(&at) = order.get(next) {
        next = next.saturating_add(1);
        for &user in users.get(at).into_iter().flatten() {
            if let Some(left) = missing.get_mut(user) {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    order.push(user);
                }
            }
        }
    }
    order
}

/// What stands for `input`, through as many replacements as there are.
fn follow(input: &str, instead: &HashMap<String, String>) -> Option<String> {
    // Longer chains keep a link, which is right too; a damaged graph may have cycles.
    const LONGEST: usize = 1000;
    let mut text = input;
    for _ in 0..LONGEST {
        let Some(Reference::Tensor { node, index: 0 }) = Reference::parse(text) else { break };
        match instead.get(node) {
            Some(next) => text = next,
            None => break,
        }
    }
    (text != input).then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
