//! Loop variables that nothing needs, and graphs that nothing names: gone.

use super::looped::Loop;
use super::view::View;
use crate::ir::{Attrs, Builtin as B, Graph, GraphId, Module, NodeId, Op, ValueId};

/// Two variables of a loop that count alike become one; variables that only feed themselves go.
pub(super) fn variables(module: &mut Module) {
    for at in 0..module.graphs.len() {
        let Some(ids) = module.graphs.get(at).map(Graph::node_ids) else { continue };
        for id in ids {
            for (keep, drop) in twins(module, at, id).unwrap_or_default() {
                merge(module, at, id, keep, drop);
            }
            while let Some(k) = useless(module, at, id) {
                remove(module, at, id, k);
            }
        }
    }
}

fn looped(module: &Module, at: usize, id: NodeId) -> Option<Loop<'_>> {
    let graph = module.graphs.get(at)?;
    let node = graph.node(id).filter(|n| n.op.is(B::While))?;
    Loop::new(module, View { graph, symbols: &module.symbols, node })
}

/// Pairs of counters that always agree.
fn twins(module: &Module, at: usize, id: NodeId) -> Option<Vec<(usize, usize)>> {
    let l = looped(module, at, id)?;
    let counters: Vec<usize> = (0..l.body.inputs.len()).filter(|&k| l.counts(k)).collect();
    let (&keep, rest) = counters.split_first()?;
    let kind =
        |k: usize| l.body.inputs.get(k).map(|&v| (l.body.value(v).dtype, &l.body.value(v).shape));
    Some(rest.iter().filter(|&&k| kind(k) == kind(keep)).map(|&k| (keep, k)).collect())
}

/// Lets everything that reads counter `drop` read counter `keep`, but for its own increment.
fn merge(module: &mut Module, at: usize, id: NodeId, keep: usize, drop: usize) {
    let Some(ids) = graph_ids(module, at, id) else { return };
    let own = module.graph(ids[1]).and_then(|b| {
        let (n, _) = b.producer(*b.outputs.get(drop)?)?;
        Some(n)
    });
    for g in ids {
        let Some(graph) = module.graphs.get_mut(g.0 as usize) else { continue };
        let (Some(&a), Some(&b)) = (graph.inputs.get(keep), graph.inputs.get(drop)) else {
            continue;
        };
        let skip = if g == ids[1] { own } else { None };
        for user in graph.users(b).to_vec() {
            if Some(user) == skip {
                continue;
            }
            let count = graph.node(user).map_or(0, |n| n.inputs.len());
            for i in 0..count {
                if graph.node(user).and_then(|n| n.input(i)) == Some(b) {
                    graph.set_input(user, i, Some(a));
                }
            }
        }
    }
    let Some(graph) = module.graphs.get_mut(at) else { return };
    let pair = graph.node(id).and_then(|n| Some((n.output(drop)?, n.output(keep)?)));
    if let Some((old, new)) = pair
        && !graph.is_output(old)
    {
        graph.replace(old, new);
    }
}

/// The condition's and the body's graph.
fn graph_ids(module: &Module, at: usize, id: NodeId) -> Option<[GraphId; 2]> {
    let attrs: &Attrs = &module.graphs.get(at)?.node(id)?.attrs;
    Some([attrs.graph("cond_subgraph_index")?, attrs.graph("body_subgraph_index")?])
}

/// A variable that only its own next value depends on.
fn useless(module: &Module, at: usize, id: NodeId) -> Option<usize> {
    let l = looped(module, at, id)?;
    (0..l.body.inputs.len()).find(|&k| {
        let input = |g: &Graph| g.inputs.get(k).copied();
        let (Some(c), Some(b)) = (input(l.cond), input(l.body)) else { return false };
        let read_after = l.outer.node.output(k).is_some_and(|v| l.outer.graph.use_count(v) > 0);
        !read_after && l.cond.use_count(c) == 0 && feeds_only(l.body, b, k)
    })
}

/// Whether all that reads `v` of the body ends in output `k` alone.
fn feeds_only(body: &Graph, v: ValueId, k: usize) -> bool {
    let mut stack = vec![v];
    let mut steps = 0;
    while let Some(v) = stack.pop() {
        steps += 1;
        let elsewhere = body.outputs.iter().enumerate().any(|(i, &o)| o == v && i != k);
        if elsewhere || steps > 64 {
            return false;
        }
        for &user in body.users(v) {
            match body.node(user) {
                Some(n) if crate::ops::is_pure(&n.op) => stack.extend(&n.outputs),
                _ => return false,
            }
        }
    }
    true
}

fn remove(module: &mut Module, at: usize, id: NodeId, k: usize) {
    let Some(ids) = graph_ids(module, at, id) else { return };
    for g in ids {
        let Some(graph) = module.graphs.get_mut(g.0 as usize) else { continue };
        if g == ids[1] && k < graph.outputs.len() {
            graph.outputs.remove(k);
        }
        graph.sweep();
        graph.remove_input(k);
    }
    if let Some(graph) = module.graphs.get_mut(at) {
        graph.remove_port(id, k);
    }
}

/// Graphs that no node names any more go; those that stay are numbered anew, in their order.
pub(super) fn graphs(module: &mut Module) {
    let mut used = vec![false; module.graphs.len()];
    let mut stack: Vec<GraphId> = vec![GraphId(0)];
    stack.extend(module.entries.iter().map(|e| e.graph));
    while let Some(g) = stack.pop() {
        let Some(slot) = used.get_mut(g.0 as usize) else { continue };
        if std::mem::replace(slot, true) {
            continue;
        }
        let Some(graph) = module.graph(g) else { continue };
        for (_, node) in graph.nodes() {
            stack.extend(node.attrs.graphs());
        }
    }
    let mut next = 0;
    let numbers: Vec<GraphId> = used
        .iter()
        .map(|&u| {
            let id = GraphId(next);
            next += u32::from(u);
            id
        })
        .collect();
    let mut keep = used.iter();
    module.graphs.retain(|_| keep.next().copied().unwrap_or(false));
    renumber(module, |g| numbers.get(g.0 as usize).copied().unwrap_or(g));
}

/// Lets graphs `a` and `b` change places.
pub(super) fn swap(module: &mut Module, a: GraphId, b: GraphId) {
    let (x, y) = (a.0 as usize, b.0 as usize);
    if x.max(y) < module.graphs.len() {
        module.graphs.swap(x, y);
        renumber(module, |g| {
            if g == a {
                b
            } else if g == b {
                a
            } else {
                g
            }
        });
    }
}

/// Gives every graph that something names its new number.
fn renumber(module: &mut Module, new: impl Fn(GraphId) -> GraphId) {
    for graph in &mut module.graphs {
        for id in graph.node_ids() {
            if let Some(node) = graph.node_mut(id)
                && matches!(node.op, Op::Builtin(_))
            {
                node.attrs.graphs_mut().for_each(|g| *g = new(*g));
            }
        }
    }
    for e in &mut module.entries {
        e.graph = new(e.graph);
    }
}
