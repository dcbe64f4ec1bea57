//! Takes the borders of inlined calls out: every edge leads from operation to operation.
//!
//! Invariant: afterwards no input and no control of an operation is a border.

use super::program::{Body, Kind, Node, Src};
use crate::Result;
use floe_proto::tensorflow::NodeDef;

/// More orders through one border than this are gathered in a `NoOp`, so that they are not copied to
/// everything behind it.
const GATHER: usize = 4;

/// Resolves the edges of `body`.
///
/// # Errors
/// When a function returns its own result.
pub(super) fn resolve(body: &mut Body) -> Result<()> {
    let mut resolver = Resolver { orders: vec![None; body.nodes.len()], body };
    for node in 0..resolver.orders.len() {
        resolver.node(node)?;
    }
    let mut rets = std::mem::take(&mut resolver.body.rets);
    for ret in &mut rets {
        ret.src = resolver.source(ret.src)?;
    }
    resolver.body.rets = rets;
    let mut control_rets = Vec::new();
    for (name, node) in std::mem::take(&mut resolver.body.control_rets) {
        match resolver.orders(node).as_slice() {
            [one] => control_rets.push((name, *one)),
            many => {
                control_rets.extend(many.iter().zip(0..).map(|(n, i)| (format!("{name}_{i}"), *n)));
            }
        }
    }
    resolver.body.control_rets = control_rets;
    Ok(())
}

struct Resolver<'b> {
    body: &'b mut Body,
    /// What an edge for order alone to a border means.
    orders: Vec<Option<Vec<usize>>>,
}

impl Resolver<'_> {
    fn node(&mut self, id: usize) -> Result<()> {
        let Some(node) = self.body.nodes.get_mut(id) else { return Ok(()) };
        if node.kind != Kind::Op {
            return Ok(());
        }
        let (mut inputs, old) =
            (std::mem::take(&mut node.inputs), std::mem::take(&mut node.controls));
        for input in &mut inputs {
            *input = self.source(*input)?;
        }
        let mut controls: Vec<usize> = old.into_iter().flat_map(|c| self.orders(c)).collect();
        controls.sort_unstable();
        controls.dedup();
        if let Some(node) = self.body.nodes.get_mut(id) {
            (node.inputs, node.controls) = (inputs, controls);
        }
        Ok(())
    }

    fn source(&self, src: Src) -> Result<Src> {
        source(self.body, src)
    }

    /// What `^node` stands for. Borders nest as deep as calls do, so the recursion is bounded.
    fn orders(&mut self, id: usize) -> Vec<usize> {
        let Some(node) = self.body.get(id) else { return Vec::new() };
        if node.kind == Kind::Argument {
            return Vec::new();
        }
        if node.kind == Kind::Op {
            return vec![id];
        }
        if let Some(Some(known)) = self.orders.get(id) {
            return known.clone();
        }
        let controls = node.controls.clone();
        let (name, function) = (node.def.name.clone(), node.function.clone());
        let mut all: Vec<usize> = controls.into_iter().flat_map(|c| self.orders(c)).collect();
        all.sort_unstable();
        all.dedup();
        if all.len() > GATHER {
            let name = self.body.unique(format!("{name}/done"));
            let def = NodeDef { name, op: "NoOp".into(), ..NodeDef::default() };
            let mut gather = Node::new(Kind::Op, def, &function);
            gather.controls = all;
            all = vec![self.body.push(gather)];
        }
        if let Some(slot) = self.orders.get_mut(id) {
            *slot = Some(all.clone());
        }
        all
    }
}

/// Where `src` comes from, through all borders.
///
/// # Errors
/// When a call has no such result, or a function returns its own result.
pub(super) fn source(body: &Body, mut src: Src) -> Result<Src> {
    for _ in 0..=body.nodes.len() {
        match body.get(src.node) {
            Some(node) if node.kind == Kind::Border => {
                src = *node
                    .inputs
                    .get(src.port)
                    .ok_or_else(|| node.fault(format!("output {} does not exist", src.port)))?;
            }
            _ => return Ok(src),
        }
    }
    let node = body.get(src.node);
    Err(node.map_or_else(
        || crate::Error::function("", "internal: an edge leads nowhere"),
        |n| n.fault("the call's result is its own argument: a cycle"),
    ))
}
