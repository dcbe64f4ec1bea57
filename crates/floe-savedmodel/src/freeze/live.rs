//! Which nodes the roots need, over data and control edges and through functional ops.

use super::program::{Body, Program};

/// For each body, for each node, whether it is needed.
#[derive(Debug)]
pub(super) struct Live(Vec<Vec<bool>>);

impl Live {
    /// Nothing is needed yet, but the arguments and results of functions whose op is.
    pub(super) fn new(program: &Program<'_>) -> Self {
        Self(program.bodies.iter().map(|b| vec![false; b.nodes.len()]).collect())
    }

    pub(super) fn contains(&self, body: usize, node: usize) -> bool {
        self.0.get(body).and_then(|b| b.get(node)).copied().unwrap_or(false)
    }

    /// Adds all that `roots` of the main graph need.
    pub(super) fn add(&mut self, program: &Program<'_>, roots: impl IntoIterator<Item = usize>) {
        let mut work: Vec<(usize, usize)> = roots.into_iter().map(|node| (0, node)).collect();
        while let Some((id, node)) = work.pop() {
            let Some(mark) = self.0.get_mut(id).and_then(|b| b.get_mut(node)) else { continue };
            if std::mem::replace(mark, true) {
                continue;
            }
            let Some(body) = program.bodies.get(id) else { continue };
            let Some(node) = body.get(node) else { continue };
            work.extend(node.inputs.iter().map(|src| (id, src.node)));
            work.extend(node.controls.iter().map(|&node| (id, node)));
            for &child in &node.children {
                work.extend(
                    program.bodies.get(child).into_iter().flat_map(results).map(|n| (child, n)),
                );
            }
        }
    }

    /// The needed nodes of a body, in order.
    pub(super) fn nodes(&self, body: usize) -> impl Iterator<Item = usize> {
        let marks = self.0.get(body).map(Vec::as_slice).unwrap_or_default();
        marks.iter().enumerate().filter(|(_, live)| **live).map(|(node, _)| node)
    }
}

/// The nodes that a function's results come from.
fn results(body: &Body) -> impl Iterator<Item = usize> {
    let rets = body.rets.iter().map(|ret| ret.src.node);
    rets.chain(body.control_rets.iter().map(|(_, node)| *node))
}
