//! Drops orders that nothing can notice: waiting for what has no effect.
//!
//! An order stays when something behind it has an effect, or may not run at all: ops with a state, and
//! the branches and loops of TensorFlow 1.

use super::Work;
use crate::names::Reference;
use std::collections::HashSet;

pub(super) fn run(work: &mut Work<'_>) -> usize {
    let nodes = &work.graph.node;
    let mut idle: HashSet<&str> = HashSet::new();
    // What hangs in a cycle is not visited, so it is not idle.
    for node in super::order(nodes).into_iter().filter_map(|at| nodes.get(at)) {
        let fed = node.op.starts_with("Placeholder");
        let read =
            |input: &String| Reference::parse(input).is_some_and(|r| idle.contains(r.node()));
        if (fed || work.is_pure(node)) && node.input.iter().all(read) {
            idle.insert(&node.name);
        }
    }
    let idle: HashSet<String> = idle.into_iter().map(str::to_owned).collect();
    let mut dropped = 0usize;
    for node in &mut work.graph.node {
        let before = node.input.len();
        node.input.retain(|i| i.strip_prefix('^').is_none_or(|name| !idle.contains(name)));
        dropped = dropped.saturating_add(before.saturating_sub(node.input.len()));
    }
    dropped
}
