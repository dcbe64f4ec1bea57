//! Takes out ops that hand their input on.
//!
//! One that something waits for stays: it may be what ties a constant to its loop or its branch.

use super::Work;
use std::collections::HashMap;

pub(super) const HAND_ON: &[&str] =
    &["Identity", "StopGradient", "PreventGradient", "CheckNumerics", "Snapshot"];

pub(super) fn run(work: &mut Work<'_>) -> usize {
    let waited_for = work.waited_for();
    let mut instead = HashMap::new();
    for node in &work.graph.node {
        if let [input] = node.input.as_slice()
            && HAND_ON.contains(&node.op.as_str())
            && !work.keep.contains(node.name.as_str())
            && !waited_for.contains(&node.name)
            && !input.starts_with('^')
        {
            instead.insert(node.name.clone(), input.clone());
        }
    }
    work.redirect(&instead)
}
