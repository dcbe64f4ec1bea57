//! Takes out control edges that order nothing: those behind which no node has an effect.
//!
//! Facts: TensorFlow ties every read of a variable to the end of its function. Once the variable is a
//! constant, such an edge only hides what the results need. Lookups and reads through a reference are
//! not marked as stateful; where something changes what they read, they must stay in order with it.
//!
//! Invariant: bodies with TF1's loops and conditions keep all edges: there they say which loop a
//! constant belongs to.

use super::handles::makes_handle;
use super::program::{Body, Kind, Node, Program, Src};
use crate::{Result, ops};
use std::collections::HashSet;

/// What a graph changes while it runs.
#[derive(Clone, Copy)]
struct Changes {
    tables: bool,
    references: bool,
}

impl Changes {
    /// `init` are the nodes that run before.
    fn of(program: &Program<'_>, init: &[usize]) -> Self {
        let mut changes = Self { tables: false, references: false };
        let init: HashSet<usize> = init.iter().copied().collect();
        for (id, body) in program.bodies.iter().enumerate() {
            for (number, node) in body.nodes.iter().enumerate() {
                if node.kind != Kind::Op || (id == 0 && init.contains(&number)) {
                    continue;
                }
                changes.tables |= node.op().starts_with("LookupTable") && !is_lookup(node.op());
                let definition = program.graph.ops().get(node.op());
                changes.references |= !node.op().starts_with("Ref")
                    && definition.is_some_and(|op| op.input_arg.iter().any(|arg| arg.is_ref));
            }
        }
        changes
    }

    /// Whether `node` of `body` reads what is changed.
    fn are_read(self, body: &Body, node: &Node) -> bool {
        let is_reference =
            |src: &Src| body.get(src.node).is_some_and(|n| makes_handle(n.op()) == Some(true));
        (self.tables && is_lookup(node.op()))
            || (self.references && node.inputs.iter().any(is_reference))
    }
}

fn is_lookup(op: &str) -> bool {
    matches!(
        op.strip_suffix("V2").unwrap_or(op),
        "LookupTableFind" | "LookupTableSize" | "LookupTableExport"
    )
}

/// Simplifies all bodies, innermost first. `init` are the nodes of the main graph that run before.
///
/// # Errors
/// When a body has a cycle.
pub(super) fn simplify(program: &mut Program<'_>, init: &[usize]) -> Result<()> {
    let changes = Changes::of(program, init);
    let mut effects = vec![false; program.bodies.len()];
    // A child's number is above its parent's.
    for id in (0..program.bodies.len()).rev() {
        let own: Vec<bool> = program
            .body(id)?
            .nodes
            .iter()
            .map(|node| has_effect(program, node, &effects))
            .collect();
        let body = program.body(id)?;
        let reads = body.nodes.iter().map(|node| changes.are_read(body, node));
        let own: Vec<bool> = own.into_iter().zip(reads).map(|(own, reads)| own || reads).collect();
        let body = program.body_mut(id)?;
        let any =
            if body.has_v1_control_flow() { own.contains(&true) } else { drop_orders(body, own)? };
        if let Some(slot) = effects.get_mut(id) {
            *slot = any;
        }
    }
    Ok(())
}

/// Whether running `node` does more than make its outputs.
fn has_effect(program: &Program<'_>, node: &Node, bodies: &[bool]) -> bool {
    if node.kind != Kind::Op {
        return false;
    }
    if !node.children.is_empty() {
        return node.children.iter().any(|&c| bodies.get(c).copied().unwrap_or(true));
    }
    // Making a handle is no effect: whoever uses it gets the same one.
    if makes_resource(node.op()) || is_lookup(node.op()) {
        return false;
    }
    program.graph.ops().get(node.op()).is_none_or(|op| ops::has_effect(&op))
}

fn makes_resource(op: &str) -> bool {
    makes_handle(op).is_some() || op == "Placeholder" || op.contains("HashTable")
}

/// Drops the edges; says whether the results come from behind an effect.
fn drop_orders(body: &mut Body, mut effect: Vec<bool>) -> Result<bool> {
    for id in order(body)? {
        let Some(node) = body.nodes.get_mut(id) else { continue };
        let behind = |n: usize| effect.get(n).copied().unwrap_or(true);
        node.controls.retain(|&n| behind(n));
        let inherited = !node.controls.is_empty() || node.inputs.iter().any(|src| behind(src.node));
        if inherited && let Some(slot) = effect.get_mut(id) {
            *slot = true;
        }
    }
    let behind = |n: usize| effect.get(n).copied().unwrap_or(true);
    body.control_rets.retain(|(_, n)| behind(*n));
    Ok(!body.control_rets.is_empty() || body.rets.iter().any(|r| behind(r.src.node)))
}

/// The nodes of `body`, each after those that it needs, otherwise by number. Edges out of
/// `NextIteration` do not count: they lead back into their loop.
///
/// # Errors
/// When there is another cycle.
pub(super) fn order(body: &Body) -> Result<Vec<usize>> {
    let is_back = |src: usize| body.get(src).is_some_and(|n| n.op().ends_with("NextIteration"));
    let mut waits = vec![0usize; body.nodes.len()];
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); body.nodes.len()];
    for (id, node) in body.nodes.iter().enumerate() {
        let needs = node.inputs.iter().map(|s| s.node).chain(node.controls.iter().copied());
        for need in needs.filter(|&n| !is_back(n)) {
            if let (Some(wait), Some(list)) = (waits.get_mut(id), users.get_mut(need)) {
                *wait = wait.saturating_add(1);
                list.push(id);
            }
        }
    }
    let ready =
        waits.iter().enumerate().filter(|(_, w)| **w == 0).map(|(id, _)| std::cmp::Reverse(id));
    let mut ready: std::collections::BinaryHeap<_> = ready.collect();
    let mut order = Vec::with_capacity(body.nodes.len());
    while let Some(std::cmp::Reverse(id)) = ready.pop() {
        order.push(id);
        for &user in users.get(id).into_iter().flatten() {
            if let Some(wait) = waits.get_mut(user) {
                *wait = wait.saturating_sub(1);
                if *wait == 0 {
                    ready.push(std::cmp::Reverse(user));
                }
            }
        }
    }
    match waits.iter().position(|w| *w > 0).and_then(|id| body.get(id)) {
        Some(node) => Err(node.fault("the node is part of a cycle, or behind one")),
        None => Ok(order),
    }
}
