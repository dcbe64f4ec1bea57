//! What the emitter relies on, proved: [`validate`] gives the [`ModuleInfo`] without which nothing is
//! emitted.
//!
//! Invariant: in a validated module every value that is read exists before, every constant has the
//! type that its value claims, every graph that is named is there and takes what it is given, and no
//! operator is one that only the passes know.

use crate::error::Error;
use crate::ir::{Attr, Builtin, Def, Graph, Module, Node, Op, ValueId};
use std::collections::{BTreeMap, BTreeSet};

/// That a module was validated, and its size.
#[derive(Debug)]
#[non_exhaustive]
pub struct ModuleInfo {
    /// How often each operator occurs, by name.
    pub ops: BTreeMap<String, u32>,
}

/// Operators that the fusion passes use among themselves.
pub(crate) const COMPOSITES: &[&str] = &["Erf", "Erfc"];

/// Proves that `module` can be emitted.
///
/// # Errors
/// The first rule that is broken, and where.
pub fn validate(module: &Module) -> Result<ModuleInfo, Error> {
    let mut ops: BTreeMap<String, u32> = BTreeMap::new();
    for (i, graph) in module.graphs.iter().enumerate() {
        let at = |e: String| Error::Invalid(format!("graph {i} '{}': {e}", graph.name));
        check_graph(module, graph).map_err(at)?;
        for (_, node) in graph.nodes() {
            *ops.entry(node.op.name().to_owned()).or_default() += 1;
        }
    }
    for e in &module.entries {
        let named = module.graph(e.graph).is_some_and(|g| {
            g.inputs.len() == e.inputs.len() && g.outputs.len() == e.outputs.len()
        });
        if !named {
            let key = &e.key;
            return Err(Error::Invalid(format!("entry '{key}' does not name the graph's ports")));
        }
    }
    Ok(ModuleInfo { ops })
}

fn check_graph(module: &Module, graph: &Graph) -> Result<(), String> {
    let mut ready: BTreeSet<ValueId> = graph.inputs.iter().copied().collect();
    let is_ready = |ready: &BTreeSet<ValueId>, v: ValueId| {
        ready.contains(&v) || matches!(graph.value(v).def, Def::Const(_) | Def::State)
    };
    for (_, node) in graph.nodes() {
        let name = node.origin.first().map_or("?", |n| n);
        let at = |e: &str| format!("{} for '{name}': {e}", node.op);
        if let Op::Custom(c) = &node.op
            && COMPOSITES.contains(&c.as_str())
        {
            return Err(at("it was left by the fusion passes"));
        }
        for &v in node.inputs.iter().flatten() {
            if !is_ready(&ready, v) {
                return Err(at("it reads a value that nothing made before"));
            }
            check_value(graph, v).map_err(|e| at(&e))?;
        }
        check_calls(module, graph, node).map_err(|e| at(&e))?;
        for &v in &node.outputs {
            if !ready.insert(v) {
                return Err(at("it makes a value twice"));
            }
        }
    }
    match graph.outputs.iter().find(|&&v| !is_ready(&ready, v)) {
        Some(v) => Err(format!("output '{}' is never made", graph.value(*v).name)),
        None => Ok(()),
    }
}

fn check_value(graph: &Graph, v: ValueId) -> Result<(), String> {
    let value = graph.value(v);
    match &value.def {
        Def::Const(t) => {
            let same = value.static_shape().as_deref() == Some(t.shape());
            if t.dtype() != value.dtype || !same {
                return Err(format!("the constant '{}' is not of its own type", value.name));
            }
        }
        Def::State if value.static_shape().is_none() => {
            return Err(format!("the state '{}' has an unknown size", value.name));
        }
        _ => {}
    }
    Ok(())
}

/// The graphs that `node` names take its inputs and give its outputs.
fn check_calls(module: &Module, graph: &Graph, node: &Node) -> Result<(), String> {
    for (name, attr) in node.attrs.iter() {
        let Attr::Graph(id) = attr else { continue };
        let callee = module.graph(*id).ok_or("it names a graph that is not there")?;
        if !matches!(node.op, Op::Builtin(Builtin::If | Builtin::While)) {
            continue;
        }
        let given =
            node.inputs.len() - usize::from(name.starts_with("then") || name.starts_with("else"));
        let wanted = if name.starts_with("cond") { 1 } else { node.outputs.len() };
        if callee.inputs.len() != given || callee.outputs.len() != wanted {
            return Err(format!(
                "its graph '{}' takes or gives another number of values",
                callee.name
            ));
        }
        if name.starts_with("cond") {
            continue;
        }
        let differs = callee.outputs.iter().zip(&node.outputs).any(|(&a, &b)| {
            callee.value(a).dtype != graph.value(b).dtype
                || callee.value(a).rank() != graph.value(b).rank()
        });
        if differs {
            return Err(format!("its graph '{}' gives another type", callee.name));
        }
    }
    Ok(())
}
