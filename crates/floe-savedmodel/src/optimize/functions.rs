//! Drops functions that nothing names.

use super::Work;
use floe_proto::tensorflow::{FunctionDef, NodeDef, attr_value::Value};
use std::collections::{HashMap, HashSet};

pub(super) fn run(work: &mut Work<'_>) -> usize {
    let Some(library) = &mut work.graph.library else { return 0 };
    let by_name: HashMap<&str, &FunctionDef> =
        library.function.iter().map(|f| (crate::graph::signature_name(f), f)).collect();
    let mut needed: HashSet<String> = HashSet::new();
    let mut todo: Vec<String> = work.graph.node.iter().flat_map(named).collect();
    while let Some(name) = todo.pop() {
        if let Some(function) = by_name.get(name.as_str())
            && needed.insert(name)
        {
            todo.extend(function.node_def.iter().flat_map(named));
        }
    }
    for gradient in &library.gradient {
        if needed.contains(&gradient.function_name) {
            needed.insert(gradient.gradient_func.clone());
        }
    }
    let before = library.function.len();
    library.function.retain(|f| needed.contains(crate::graph::signature_name(f)));
    library.gradient.retain(|g| needed.contains(&g.function_name));
    before.saturating_sub(library.function.len())
}

/// The functions that a node names: by attributes, or as its op.
fn named(node: &NodeDef) -> Vec<String> {
    let mut names = vec![node.op.clone()];
    for value in node.attr.values().filter_map(|a| a.value.as_ref()) {
        match value {
            Value::Func(f) => names.push(f.name.clone()),
            Value::List(list) => names.extend(list.func.iter().map(|f| f.name.clone())),
            _ => {}
        }
    }
    names
}
