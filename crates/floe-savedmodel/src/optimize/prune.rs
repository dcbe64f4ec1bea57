//! Leaves out what no kept node needs.

use super::Work;
use crate::names::Reference;
use std::collections::HashMap;

pub(super) fn run(work: &mut Work<'_>) -> usize {
    let nodes = &work.graph.node;
    let index: HashMap<&str, usize> =
        nodes.iter().enumerate().map(|(i, n)| (n.name.as_str(), i)).collect();
    let mut needed = vec![false; nodes.len()];
    let mut todo: Vec<usize> =
        work.keep.iter().filter_map(|name| index.get(name).copied()).collect();
    while let Some(i) = todo.pop() {
        let (Some(mark), Some(node)) = (needed.get_mut(i), nodes.get(i)) else { continue };
        if !std::mem::replace(mark, true) {
            let names = node.input.iter().filter_map(|text| Some(Reference::parse(text)?.node()));
            todo.extend(names.filter_map(|name| index.get(name).copied()));
        }
    }
    let before = nodes.len();
    let mut marks = needed.into_iter();
    work.graph.node.retain(|_| marks.next().unwrap_or(true));
    before.saturating_sub(work.graph.node.len())
}
