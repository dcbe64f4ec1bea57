//! Paths of an object graph that follow the keys' new names.
//!
//! A restoring program looks for its variables by walking names from the root, never by key. Invariant: where
//! a key `a/b/.ATTRIBUTES/X` becomes `c/d/.ATTRIBUTES/X`, the walk `c`, `d` leads to the variable afterwards,
//! and so does `a`, `b` unless another variable was given that name.

use crate::objects::unescape;
use floe_proto::tensorflow::TrackableObjectGraph;
use floe_proto::tensorflow::trackable_object_graph::TrackableObject;
use floe_proto::tensorflow::trackable_object_graph::trackable_object::ObjectReference;
use std::collections::HashMap;

/// What stands between an object's path and what is stored of it.
const ATTRIBUTES: &str = "/.ATTRIBUTES/";
/// Begins the part of a key that names the optimizer of a slot variable, which no walk leads to.
const SLOT: &str = "/.OPTIMIZER_SLOT/";

/// An attribute whose key was changed.
pub(super) struct Renamed {
    pub(super) node: usize,
    pub(super) from: String,
    pub(super) to: String,
}

/// Adds what is missing on the ways to renamed attributes: objects that hold nothing else, and the last name.
pub(super) fn follow(graph: &mut TrackableObjectGraph, renamed: &[Renamed]) {
    let mut ways = Ways::of(graph);
    let wanted = renamed.iter().filter_map(|Renamed { node, from, to }| {
        let (from, to) = (path(from)?, path(to)?);
        let node = i32::try_from(*node).ok()?;
        // A key need not be a path: a program may have chosen it.
        (from != to && ways.end(from) == Some(node)).then_some((to, node))
    });
    for (path, node) in wanted.collect::<Vec<_>>() {
        ways.lead(path, node, graph);
    }
}

/// The path in `key`, where it has one.
fn path(key: &str) -> Option<&str> {
    let (path, _) = key.split_once(ATTRIBUTES)?;
    (!path.contains(SLOT)).then_some(path)
}

/// By node and name, which of the node's children that is, and the node it is.
struct Ways(HashMap<(i32, String), (usize, i32)>);

impl Ways {
    fn of(graph: &TrackableObjectGraph) -> Self {
        let all = (0..).zip(&graph.nodes).flat_map(|(id, node)| {
            let children = node.children.iter().enumerate();
            children.map(move |(at, c)| ((id, c.local_name.clone()), (at, c.node_id)))
        });
        Self(all.collect())
    }

    /// Where `path` leads to now.
    fn end(&self, path: &str) -> Option<i32> {
        path.split('/')
            .try_fold(0, |at, name| self.0.get(&(at, unescape(name))).map(|&(_, child)| child))
    }

    /// Makes `path` lead to `node`.
    fn lead(&mut self, path: &str, node: i32, graph: &mut TrackableObjectGraph) {
        let (holders, last) = path.rsplit_once('/').unwrap_or(("", path));
        let mut names = holders.split('/').filter(|name| !name.is_empty()).map(unescape);
        if let Some(holder) = names.try_fold(0, |at, name| self.step(at, name, graph)) {
            self.set(holder, unescape(last), node, graph);
        }
    }

    /// The child of `holder` called `name`, made if there is none.
    fn step(&mut self, holder: i32, name: String, graph: &mut TrackableObjectGraph) -> Option<i32> {
        if let Some(&(_, child)) = self.0.get(&(holder, name.clone())) {
            return Some(child);
        }
        let made = i32::try_from(graph.nodes.len()).ok()?;
        graph.nodes.push(TrackableObject::default());
        self.set(holder, name, made, graph);
        Some(made)
    }

    fn set(&mut self, holder: i32, name: String, child: i32, graph: &mut TrackableObjectGraph) {
        let node = usize::try_from(holder).ok().and_then(|h| graph.nodes.get_mut(h));
        let Some(TrackableObject { children, .. }) = node else { return };
        let reference = ObjectReference { node_id: child, local_name: name.clone() };
        let at = self.0.get(&(holder, name.clone())).map_or(children.len(), |&(at, _)| at);
        match children.get_mut(at) {
            Some(old) => *old = reference,
            None => children.push(reference),
        }
        self.0.insert((holder, name), (at, child));
    }
}
