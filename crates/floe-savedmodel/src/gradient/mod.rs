//! [`gradient`]: nodes that compute the derivatives of one tensor by others, added to its graph.
//!
//! Reverse mode: from `y` backwards, each node hands what its outputs got on to its inputs by the rule
//! of its op; [`supported`] lists the ops that have one. The rules are made of TensorFlow's own gradient
//! ops where it has them, else of plain ones, so that any TensorFlow runs the result.
//!
//! Invariant: no node of the graph is changed; a node without a rule on the way from `x` to `y` is an
//! error that names it.

#[allow(
    clippy::arithmetic_side_effects,
    reason = "operators on tensors add nodes: nothing overflows"
)]
mod rules;
mod site;

pub use rules::supported;

use crate::build::{Builder, Tensor, node_fault};
use crate::names::Reference;
use crate::{Error, Result};
use floe_graph::DType;
use floe_proto::tensorflow::{GraphDef, NodeDef};
use site::Site;
use std::collections::{BTreeMap, HashMap};

/// A graph that computes derivatives too.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// The graph as it was, and behind it what was added.
    pub graph: GraphDef,
    /// The names of the derivatives, in the order in which they were asked for. Each has the shape of
    /// the tensor that it is by.
    pub tensors: Vec<String>,
}

/// Adds the derivatives of the sum of all elements of the tensor `of` by those of each tensor of `by`.
///
/// # Errors
/// [`Error::NoSuch`] for a tensor that is not there; [`Error::Node`] for an op without a rule, and when
/// `of` does not depend on a tensor of `by` in a way that has a derivative.
pub fn gradient(graph: GraphDef, of: &str, by: &[&str]) -> Result<Gradient> {
    let between = Between::new(&graph, of, by)?;
    let g = Builder::over(graph);
    let y = g.tensor(of)?;
    let by: Vec<Tensor<'_>> = by.iter().map(|x| g.tensor(x)).collect::<Result<_>>()?;
    g.enter("gradients");
    let mut flow = Flow::default();
    flow.add(y.place(), g.op("OnesLike").input(y).output());
    for &at in between.order.iter().rev() {
        let Some(node) = g.node(at) else { continue };
        visit(&g, &between, &mut flow, at, node)?;
    }
    g.enter("gradients");
    let mut tensors = Vec::with_capacity(by.len());
    for x in &by {
        let Some(sum) = flow.sum(x.place()) else {
            let reason = format!("`{of}` does not depend on it in a way that has a derivative");
            return Err(node_fault(&g.node(x.place().0).unwrap_or_default(), reason));
        };
        tensors.push(sum.named(&x.node_name()).name());
    }
    Ok(Gradient { tensors, graph: g.finish()? })
}

/// Hands what the outputs of node `at` got on to its inputs.
fn visit<'b>(
    g: &'b Builder,
    between: &Between,
    flow: &mut Flow<'b>,
    at: u32,
    node: NodeDef,
) -> Result<()> {
    g.enter(&format!("gradients/{}_grad", node.name));
    let outputs = g.outputs_of(at);
    let dy: Vec<_> = outputs.iter().map(|y| flow.sum(y.place())).collect();
    if dy.iter().all(Option::is_none) {
        return Ok(());
    }
    let read = node.input.iter().filter(|i| !i.starts_with('^'));
    let inputs: Vec<Tensor<'b>> = read.map(|i| g.tensor(i)).collect::<Result<_>>()?;
    let wanted = inputs.iter().map(|x| between.wants(*x)).collect::<Vec<_>>();
    if !wanted.contains(&true) {
        return Ok(());
    }
    let rule = rules::rule(&node.op).ok_or_else(|| {
        node_fault(
            &node,
            "its op has no rule for gradients; it lies on the way to what is asked for",
        )
    })?;
    let mut site = Site::new(g, node, inputs, outputs, dy, wanted);
    rule(&mut site);
    for (place, dx) in site.finish()? {
        flow.add(place, dx);
    }
    Ok(())
}

/// What has come back to each tensor so far.
#[derive(Default)]
struct Flow<'b> {
    parts: HashMap<(u32, u32), Vec<Tensor<'b>>>,
}

impl<'b> Flow<'b> {
    fn add(&mut self, place: (u32, u32), part: Tensor<'b>) {
        self.parts.entry(place).or_default().push(part);
    }

    /// The sum of what came back, made once.
    fn sum(&mut self, place: (u32, u32)) -> Option<Tensor<'b>> {
        let parts = self.parts.get_mut(&place)?;
        let sum = match parts.as_slice() {
            [] => return None,
            [only] => *only,
            [first, ..] => first.builder().op("AddN").inputs(parts.iter().copied()).output(),
        };
        *parts = vec![sum];
        Some(sum)
    }
}

/// The nodes on the ways from the tensors of `by` to `of`.
struct Between {
    /// The nodes that `of` needs and that need one of `by`, each after what it reads.
    order: Vec<u32>,
    /// Whether a node has such a tensor behind it.
    reached: Vec<bool>,
    /// The tensors of `by`.
    by: Vec<(u32, u32)>,
}

impl Between {
    fn new(graph: &GraphDef, of: &str, by: &[&str]) -> Result<Self> {
        let mut names: BTreeMap<&str, u32> = BTreeMap::new();
        for (i, node) in (0..).zip(&graph.node) {
            names.entry(&node.name).or_insert(i);
        }
        let find = |text: &str| match Reference::parse(text) {
            Some(Reference::Tensor { node, index }) => names.get(node).map(|&at| (at, index)),
            _ => None,
        };
        let have = || graph.node.iter().map(|n| n.name.as_str());
        let missing = |name: &str| Error::no_such("tensor", name, have());
        let y = find(of).ok_or_else(|| missing(of))?;
        let by: Vec<(u32, u32)> =
            by.iter().map(|x| find(x).ok_or_else(|| missing(x))).collect::<Result<_>>()?;
        let order = needed(graph, &find, y.0)?;
        let mut reached = vec![false; graph.node.len()];
        for &(at, _) in &by {
            mark(&mut reached, at);
        }
        for &at in &order {
            let Some(node) = graph.node.get(at as usize) else { continue };
            let mut read = node.input.iter().filter_map(|i| find(i));
            if read.any(|(from, _)| reached.get(from as usize) == Some(&true)) {
                mark(&mut reached, at);
            }
        }
        let order =
            order.into_iter().filter(|&at| reached.get(at as usize) == Some(&true)).collect();
        Ok(Self { order, reached, by })
    }

    /// Whether the derivative by `x` leads on.
    fn wants(&self, x: Tensor<'_>) -> bool {
        let (node, _) = x.place();
        let real = x
            .dtype()
            .is_some_and(|d| d.is_float() || matches!(d, DType::Complex64 | DType::Complex128));
        real && (self.by.contains(&x.place()) || self.reached.get(node as usize) == Some(&true))
    }
}

fn mark(reached: &mut [bool], at: u32) {
    if let Some(slot) = reached.get_mut(at as usize) {
        *slot = true;
    }
}

/// The nodes that node `root` needs by tensors, each after what it reads.
fn needed(
    graph: &GraphDef,
    find: &dyn Fn(&str) -> Option<(u32, u32)>,
    root: u32,
) -> Result<Vec<u32>> {
    let mut order = Vec::new();
    // 0: not seen; 1: waiting for its inputs; 2: in the order.
    let mut state = vec![0u8; graph.node.len()];
    let mut stack = vec![root];
    while let Some(&at) = stack.last() {
        let (Some(slot), Some(node)) = (state.get_mut(at as usize), graph.node.get(at as usize))
        else {
            stack.pop();
            continue;
        };
        if *slot > 0 {
            stack.pop();
            if *slot == 1 {
                order.push(at);
            }
            *slot = 2;
            continue;
        }
        *slot = 1;
        for input in node.input.iter().filter(|i| !i.starts_with('^')) {
            let (from, _) = find(input).ok_or_else(|| {
                node_fault(node, format!("its input `{input}` is not in the graph"))
            })?;
            match state.get(from as usize) {
                Some(0) => stack.push(from),
                // It waits for its inputs, of which this node is one.
                Some(1) => {
                    return Err(node_fault(
                        node,
                        "it is part of a loop, which has no gradient here",
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests;
