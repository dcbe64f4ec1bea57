//! [`Atoms`]: the pieces of a graph that may be apart, in an order in which they can run.

use super::{Places, is_everywhere};
use crate::freeze::is_v1_control_flow;
use floe_graph::DType;
use floe_proto::tensorflow::{GraphDef, NodeDef};
use std::collections::{BTreeMap, BTreeSet};

/// Pieces, numbered in an order in which they can run.
pub(super) struct Atoms {
    /// The piece of each node; none for what is everywhere.
    pub(super) of: Vec<Option<usize>>,
    /// What each piece costs.
    pub(super) loads: Vec<u64>,
    /// What crosses between pieces: the one that makes it and those that read it.
    pub(super) tensors: Vec<(usize, BTreeSet<usize>)>,
}

impl Atoms {
    pub(super) fn new(
        graph: &GraphDef,
        places: &Places<'_>,
        cost: &dyn Fn(&NodeDef) -> u64,
    ) -> Self {
        let groups = groups(graph, places);
        let edges = || {
            let reads = places.reads.iter().enumerate();
            let all = reads
                .flat_map(|(to, reads)| reads.iter().map(move |&(from, port)| (from, port, to)));
            let apart = |at: usize| graph.node.get(at).is_some_and(|n| !is_everywhere(n));
            all.filter(move |&(from, _, to)| apart(from) && apart(to))
        };
        let group = |at: usize| groups.get(at).copied().unwrap_or(at);
        let mut users: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (from, _, to) in edges() {
            let (from, to) = (group(from), group(to));
            if from != to {
                users.entry(from).or_default().insert(to);
            }
        }
        let roots: BTreeSet<usize> = (0..graph.node.len())
            .filter(|&at| graph.node.get(at).is_some_and(|n| !is_everywhere(n)))
            .map(group)
            .collect();
        // Groups that need each other are one piece.
        let number = components(&roots, &users);
        let of: Vec<Option<usize>> = (0..graph.node.len())
            .map(|at| {
                graph
                    .node
                    .get(at)
                    .filter(|n| !is_everywhere(n))
                    .and_then(|_| number.get(&group(at)).copied())
            })
            .collect();
        let count = number.values().max().map_or(0, |n| n.saturating_add(1));
        let mut loads = vec![0u64; count];
        for (node, atom) in graph.node.iter().zip(&of) {
            if let Some(load) = atom.and_then(|a| loads.get_mut(a)) {
                *load = load.saturating_add(cost(node));
            }
        }
        let atom = |at: usize| of.get(at).copied().flatten();
        let mut tensors: BTreeMap<(usize, Option<u32>), BTreeSet<usize>> = BTreeMap::new();
        for (from, port, to) in edges() {
            if let (Some(a), Some(b)) = (atom(from), atom(to))
                && a != b
            {
                tensors.entry((from, port)).or_default().insert(b);
            }
        }
        let tensors =
            tensors.into_iter().filter_map(|((from, _), to)| Some((atom(from)?, to))).collect();
        Self { of, loads, tensors }
    }
}

/// For each node the first of those that it must be with.
fn groups(graph: &GraphDef, places: &Places<'_>) -> Vec<usize> {
    let mut sets = Sets { parent: (0..graph.node.len()).collect() };
    let inside = inside(graph, places);
    for (to, reads) in places.reads.iter().enumerate() {
        for &(from, port) in reads {
            let Some(node) = graph.node.get(from) else { continue };
            let handle =
                port.and_then(|p| places.output(node, p)).is_some_and(|(dtype, is_ref)| {
                    is_ref
                        || matches!(
                            DType::from_tensorflow(dtype),
                            Some(DType::Resource | DType::Variant)
                        )
                });
            let both = inside.get(from) == Some(&true) && inside.get(to) == Some(&true);
            if (handle || both) && !is_everywhere(node) {
                sets.join(from, to);
            }
        }
    }
    (0..graph.node.len()).map(|at| sets.find(at)).collect()
}

/// The nodes between the first and the last op of TensorFlow 1's loops and branches.
fn inside(graph: &GraphDef, places: &Places<'_>) -> Vec<bool> {
    let is_flow: Vec<bool> = graph.node.iter().map(|n| is_v1_control_flow(&n.op)).collect();
    if !is_flow.contains(&true) {
        return vec![false; graph.node.len()];
    }
    let mut users = vec![Vec::new(); graph.node.len()];
    let mut reads = vec![Vec::new(); graph.node.len()];
    for (to, all) in places.reads.iter().enumerate() {
        for &(from, _) in all {
            if let (Some(u), Some(r)) = (users.get_mut(from), reads.get_mut(to)) {
                u.push(to);
                r.push(from);
            }
        }
    }
    let (behind, before) = (reached(&is_flow, &users), reached(&is_flow, &reads));
    behind.into_iter().zip(before).map(|(a, b)| a && b).collect()
}

/// What the marked nodes lead to.
fn reached(from: &[bool], next: &[Vec<usize>]) -> Vec<bool> {
    let mut marks = from.to_vec();
    let mut todo: Vec<usize> = (0..from.len()).filter(|&at| from.get(at) == Some(&true)).collect();
    while let Some(at) = todo.pop() {
        for &to in next.get(at).into_iter().flatten() {
            if let Some(mark) = marks.get_mut(to)
                && !std::mem::replace(mark, true)
            {
                todo.push(to);
            }
        }
    }
    marks
}

/// Disjoint sets.
struct Sets {
    parent: Vec<usize>,
}

impl Sets {
    fn find(&mut self, mut at: usize) -> usize {
        while let Some(&up) = self.parent.get(at)
            && up != at
        {
            let above = self.parent.get(up).copied().unwrap_or(up);
            if let Some(slot) = self.parent.get_mut(at) {
                *slot = above;
            }
            at = above;
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        if let Some(slot) = self.parent.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }
}

/// Numbers the strongly connected components in an order in which they can run: what is made before
/// what uses it, and each close to what it is made of.
fn components(
    all: &BTreeSet<usize>,
    users: &BTreeMap<usize, BTreeSet<usize>>,
) -> BTreeMap<usize, usize> {
    // Kosaraju's two walks: the first orders by the time of leaving, the second goes against the edges.
    let mut reads: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (&from, to) in users {
        to.iter().for_each(|&to| _ = reads.entry(to).or_default().insert(from));
    }
    let mut left = Vec::new();
    let mut seen = BTreeSet::new();
    for &root in all {
        leave(root, &reads, &mut seen, &mut |at| left.push(at));
    }
    // `left` has what is read before what reads it, but for cycles; a walk along the users from the
    // end gathers exactly one component at a time.
    let mut number = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut found: Vec<Vec<usize>> = Vec::new();
    for &root in left.iter().rev() {
        let mut component = Vec::new();
        leave(root, users, &mut seen, &mut |at| component.push(at));
        if !component.is_empty() {
            found.push(component);
        }
    }
    for (i, component) in found.iter().rev().enumerate() {
        component.iter().for_each(|&at| _ = number.insert(at, i));
    }
    number
}

/// Walks from `root` along `next` and calls `left` for each new node after all that it leads to.
fn leave(
    root: usize,
    next: &BTreeMap<usize, BTreeSet<usize>>,
    seen: &mut BTreeSet<usize>,
    left: &mut dyn FnMut(usize),
) {
    let mut stack = vec![(root, false)];
    while let Some((at, done)) = stack.pop() {
        if done {
            left(at);
        } else if seen.insert(at) {
            stack.push((at, true));
            let more = next.get(&at).into_iter().flatten().rev();
            stack.extend(more.filter(|to| !seen.contains(to)).map(|&to| (to, false)));
        }
    }
}
