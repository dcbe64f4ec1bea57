//! Makes a frozen graph smaller without changing what it computes.
//!
//! Each pass is a line of [`PASSES`] and a file; they can be run alone and in any order.
//!
//! Invariant: the nodes that the caller keeps stay, with their names and values; nodes with an effect
//! are never merged or left out while something keeps them.

mod arithmetic;
mod functions;
mod identity;
mod prune;
mod share;

use crate::names::Reference;
use crate::ops::Ops;
use crate::{Error, Result};
use floe_proto::tensorflow::{GraphDef, NodeDef};
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
    Pass { name: "identity", summary: "take out ops that hand their input on", run: identity::run },
    Pass {
        name: "arithmetic",
        summary: "take out x + 0, x - 0, x * 1 and x / 1",
        run: arithmetic::run,
    },
    Pass { name: "share", summary: "compute and store once what is there twice", run: share::run },
    Pass { name: "prune", summary: "leave out what no output needs", run: prune::run },
    Pass { name: "functions", summary: "drop functions that nothing names", run: functions::run },
];

/// Runs the passes called `names`, or all, on `graph`, whose nodes `keep` are fetched or fed. Returns
/// the passes in their order with how many nodes or functions each one changed.
///
/// # Errors
/// [`Error::NoSuch`] for a pass or a kept node that is not there.
pub fn optimize(
    graph: &mut GraphDef,
    keep: &[&str],
    names: &[&str],
) -> Result<Vec<(&'static str, usize)>> {
    if let Some(unknown) = names.iter().find(|n| PASSES.iter().all(|p| p.name != **n)) {
        return Err(Error::no_such("pass", *unknown, PASSES.iter().map(|p| p.name)));
    }
    let own: HashSet<&str> = graph.node.iter().map(|n| n.name.as_str()).collect();
    if let Some(missing) = keep.iter().find(|k| !own.contains(*k)) {
        return Err(Error::no_such("node", *missing, []));
    }
    let mut ops = Ops::default();
    ops.load(graph.node.iter().map(|n| n.op.as_str()));
    let mut work = Work { graph, keep: keep.iter().copied().collect(), ops };
    let wanted = PASSES.iter().filter(|p| names.is_empty() || names.contains(&p.name));
    Ok(wanted.map(|pass| (pass.name, (pass.run)(&mut work))).collect())
}

/// A graph and what is known of it.
struct Work<'w> {
    graph: &'w mut GraphDef,
    keep: HashSet<&'w str>,
    ops: Ops,
}

impl Work<'_> {
    /// Whether `node` only makes its outputs, always the same from the same inputs.
    fn is_pure(&self, node: &NodeDef) -> bool {
        self.ops.loaded(&node.op).is_some_and(|op| !op.is_stateful)
            && !node.op.starts_with("Placeholder")
            && !crate::freeze::is_v1_control_flow(&node.op)
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
