//! Orders of a graph: one in which its nodes can run, and the levels of what can run at the same time.
//!
//! Fact: with `work` the cost of all nodes and `span` that of the dearest chain of nodes that wait for
//! each other, no number of workers is faster than one by more than `work / span`.
//!
//! Invariant: written once over [`Model`]; the edge that closes a loop of TensorFlow 1, out of a
//! `NextIteration`, is not waited for.

use crate::{Error, ErrorKind, GraphId, Input, Model, NodeId, Op, Result, walk};
use alloc::vec;
use alloc::vec::Vec;

/// Ops whose results belong to the next round of their loop.
const BACK: &[&str] = &["NextIteration", "RefNextIteration"];

/// What can run at the same time.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Levels {
    /// The nodes of each level, in the file's order; a node waits only for nodes of levels before its.
    pub levels: Vec<Vec<NodeId>>,
    /// What all nodes cost together.
    pub work: u64,
    /// What the dearest chain of nodes that wait for each other costs.
    pub span: u64,
}

impl Levels {
    /// How many times faster than one worker any number of workers can be at best.
    #[must_use]
    pub fn speed_up_bound(&self) -> f64 {
        if self.span == 0 { 1.0 } else { self.work as f64 / self.span as f64 }
    }
}

/// All nodes of `graph`, each after all that it reads or waits for; else in the file's order.
///
/// # Errors
/// [`ErrorKind::Cycle`] with the first node that waits for itself; what is wrong with an edge.
pub fn topological<'data, M: Model<'data> + ?Sized>(
    model: &M,
    graph: GraphId,
) -> Result<Vec<NodeId>> {
    let nodes = Waits::new(model, graph)?.order()?;
    Ok(nodes.into_iter().map(|index| NodeId { graph, index }).collect())
}

/// The levels of `graph`; a node is one level behind the last that it waits for.
///
/// # Errors
/// As [`topological`].
pub fn levels<'data, M: Model<'data> + ?Sized>(
    model: &M,
    graph: GraphId,
    cost: &dyn Fn(NodeId) -> u64,
) -> Result<Levels> {
    let waits = Waits::new(model, graph)?;
    let count = waits.reads.len();
    let (mut level, mut end) = (vec![0usize; count], vec![0u64; count]);
    let (mut work, mut span, mut depth) = (0u64, 0u64, 0usize);
    for at in waits.order()? {
        let (mut mine, mut start) = (0usize, 0u64);
        for &from in waits.reads.get(at as usize).into_iter().flatten() {
            let before = level.get(from as usize).copied().unwrap_or(0);
            mine = mine.max(before.saturating_add(1));
            start = start.max(end.get(from as usize).copied().unwrap_or(0));
        }
        let own = cost(NodeId { graph, index: at });
        let stop = start.saturating_add(own);
        if let (Some(l), Some(e)) = (level.get_mut(at as usize), end.get_mut(at as usize)) {
            (*l, *e) = (mine, stop);
        }
        (work, span, depth) =
            (work.saturating_add(own), span.max(stop), depth.max(mine.saturating_add(1)));
    }
    let mut levels = vec![Vec::new(); depth];
    for (index, at) in (0..).zip(level) {
        if let Some(nodes) = levels.get_mut(at) {
            nodes.push(NodeId { graph, index });
        }
    }
    Ok(Levels { levels, work, span })
}

/// What each node of a graph waits for, by number.
struct Waits {
    reads: Vec<Vec<u32>>,
}

impl Waits {
    fn new<'data, M: Model<'data> + ?Sized>(model: &M, graph: GraphId) -> Result<Self> {
        let values = model.graph(graph)?.values as usize;
        let mut makers = vec![None; values];
        for node in walk::nodes(model, graph)? {
            for value in walk::outputs(model, node)? {
                if let Some(slot) = makers.get_mut(value?.index as usize) {
                    *slot = Some(node.index);
                }
            }
        }
        let mut reads = Vec::new();
        for node in walk::nodes(model, graph)? {
            let mut from = Vec::new();
            for input in walk::inputs(model, node)? {
                let maker = match input? {
                    Input::None => None,
                    Input::Control(node) => Some(node.index),
                    Input::Value(value) => makers.get(value.index as usize).copied().flatten(),
                };
                if let Some(index) = maker
                    && !is_back(model, NodeId { graph, index })?
                {
                    from.push(index);
                }
            }
            reads.push(from);
        }
        Ok(Self { reads })
    }

    /// Kahn's order: of all that waits for nothing more, the first in the file is next.
    fn order(&self) -> Result<Vec<u32>> {
        let count = self.reads.len();
        let mut users = vec![Vec::new(); count];
        let mut missing: Vec<usize> = self.reads.iter().map(Vec::len).collect();
        for (user, reads) in (0u32..).zip(&self.reads) {
            for &from in reads {
                if let Some(list) = users.get_mut(from as usize) {
                    list.push(user);
                }
            }
        }
        let mut free: alloc::collections::BTreeSet<u32> =
            (0u32..).zip(&missing).filter(|(_, m)| **m == 0).map(|(at, _)| at).collect();
        let mut order = Vec::with_capacity(count);
        while let Some(at) = free.pop_first() {
            order.push(at);
            for &user in users.get(at as usize).into_iter().flatten() {
                if let Some(left) = missing.get_mut(user as usize) {
                    *left = left.saturating_sub(1);
                    if *left == 0 {
                        free.insert(user);
                    }
                }
            }
        }
        match missing.iter().position(|&m| m > 0) {
            Some(stuck) => Err(Error::new(ErrorKind::Cycle, stuck)),
            None => Ok(order),
        }
    }
}

fn is_back<'data, M: Model<'data> + ?Sized>(model: &M, node: NodeId) -> Result<bool> {
    Ok(matches!(model.node(node)?.op, Op::Tf(name) if BACK.contains(&name)))
}
