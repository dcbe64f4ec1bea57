//! The rules of nodes: edges, arity, dtypes, attributes, cycles.

use super::{Fault, place, reaches_out};
use crate::Graph;
use crate::graph::signature_name;
use crate::names::Reference;
use crate::ops::{self, REF};
use floe_graph::{DType, GraphId, Input, Model, NodeId};
use floe_proto::tensorflow::{AttrValue, NodeDef, OpDef, attr_value::Value};
use std::collections::HashSet;

/// All faults of the nodes of graph `id`.
pub(super) fn verify(graph: &Graph, id: GraphId, found: &mut dyn FnMut(Fault)) {
    let function = usize::from(id.0).checked_sub(1).and_then(|i| graph.functions().get(i));
    let name = function.map_or("", signature_name);
    let nodes = function.map_or(graph.def().node.as_slice(), |f| f.node_def.as_slice());
    let mut seen = HashSet::with_capacity(nodes.len());
    for (index, node) in (0..).zip(nodes) {
        if !seen.insert(node.name.as_str()) {
            found(Fault::error(place(node, name), "two nodes have this name"));
        }
        let checker = Node { graph, id: NodeId { graph: id, index }, def: node, function: name };
        checker.edges(found);
        checker.definition(found);
        checker.functions(found);
    }
    if let Some(node) = cycle(graph, id, nodes) {
        found(Fault::error(place(node, name), "the node is part of a cycle, or behind one"));
    }
    let Some(function) = function else { return };
    for argument in function.signature.iter().flat_map(|s| &s.output_arg) {
        if !function.ret.contains_key(&argument.name) {
            let reason = format!("result `{}` is not given", argument.name);
            found(Fault::error(format!("function `{name}`"), reason));
        }
    }
}

struct Node<'g> {
    graph: &'g Graph,
    id: NodeId,
    def: &'g NodeDef,
    function: &'g str,
}

impl Node<'_> {
    fn error(&self, reason: impl Into<String>) -> Fault {
        Fault::error(place(self.def, self.function), reason)
    }

    fn warning(&self, reason: impl Into<String>) -> Fault {
        Fault::warning(place(self.def, self.function), reason)
    }

    fn edges(&self, found: &mut dyn FnMut(Fault)) {
        let mut control = None;
        for (i, text) in (0..).zip(&self.def.input) {
            if self.graph.input(self.id, i).is_err() {
                found(self.error(format!("input `{text}` leads nowhere")));
            }
            match (Reference::parse(text), control) {
                (Some(Reference::Control(_)), _) => control = Some(text),
                (Some(_), Some(before)) => {
                    found(
                        self.error(format!(
                            "input `{text}` comes after the control input `{before}`"
                        )),
                    );
                }
                _ => {}
            }
        }
    }

    fn definition(&self, found: &mut dyn FnMut(Fault)) {
        let op = &self.def.op;
        if let Some(what) = reaches_out(op) {
            found(self.warning(format!("the op {what}")));
        }
        let Some(definition) = self.graph.ops().get(op) else {
            if self.graph.function(op).is_none() {
                found(self.warning("the op has no definition here: its arity is not checked"));
            }
            return;
        };
        self.attributes(&definition, found);
        self.arguments(&definition, found);
    }

    fn attributes(&self, definition: &OpDef, found: &mut dyn FnMut(Fault)) {
        for attr in &definition.attr {
            match self.def.attr.get(&attr.name) {
                None if attr.default_value.is_none() => {
                    found(self.error(format!("the attribute `{}` is missing", attr.name)));
                }
                Some(value) if !is_of_kind(value, &attr.r#type) => {
                    found(
                        self.error(format!("the attribute `{}` is no {}", attr.name, attr.r#type)),
                    );
                }
                _ => {}
            }
        }
        for name in self.def.attr.keys().filter(|name| !name.starts_with('_')) {
            if !definition.attr.iter().any(|a| a.name == *name) {
                found(self.warning(format!(
                    "the op has no attribute `{name}`: from a newer TensorFlow?"
                )));
            }
        }
    }

    /// The number of inputs and their dtypes.
    fn arguments(&self, definition: &OpDef, found: &mut dyn FnMut(Fault)) {
        let Some(arguments) = ops::inputs(self.def, definition) else { return };
        let expected = arguments.last().map_or(0, |a| a.start.saturating_add(a.count)) as usize;
        let data: Vec<u32> = (0..)
            .zip(&self.def.input)
            .filter(|(_, text)| !text.starts_with('^'))
            .map(|(i, _)| i)
            .collect();
        if data.len() != expected {
            found(self.error(format!("has {} inputs, its op takes {expected}", data.len())));
            return;
        }
        for argument in arguments {
            for i in 0..argument.count {
                let at = argument.start.saturating_add(i) as usize;
                let Some(&input) = data.get(at) else { continue };
                let (Some(wanted), Some(got)) = (argument.dtype(i), self.dtype(input)) else {
                    continue;
                };
                if DType::from_tensorflow(wanted).is_some_and(|wanted| wanted != got) {
                    let wanted = DType::from_tensorflow(wanted).map_or("?", DType::name);
                    let text = self.def.input.get(input as usize).map_or("?", String::as_str);
                    found(
                        self.error(format!(
                            "input `{text}` is {}, the op takes {wanted}",
                            got.name()
                        )),
                    );
                }
            }
        }
    }

    fn dtype(&self, input: u32) -> Option<DType> {
        match self.graph.input(self.id, input) {
            Ok(Input::Value(value)) => self.graph.value(value).ok()?.dtype,
            _ => None,
        }
    }

    /// The functions that the attributes name.
    fn functions(&self, found: &mut dyn FnMut(Fault)) {
        let named = self.def.attr.values().filter_map(|a| a.value.as_ref()).flat_map(|v| match v {
            Value::Func(f) => std::slice::from_ref(&**f),
            Value::List(list) => list.func.as_slice(),
            _ => &[],
        });
        for function in named.filter(|f| !f.name.is_empty()) {
            if self.graph.function(&function.name).is_none() {
                found(
                    self.error(format!(
                        "names the function `{}`, which is not there",
                        function.name
                    )),
                );
            }
        }
    }
}

/// Whether an attribute's value is of the kind that its definition says.
fn is_of_kind(attr: &AttrValue, kind: &str) -> bool {
    match &attr.value {
        // A function's body leaves the value to its caller; an empty list may have no value at all.
        None | Some(Value::Placeholder(_)) => true,
        Some(Value::List(_)) => kind.starts_with("list("),
        Some(Value::S(_)) => kind == "string",
        Some(Value::I(_)) => kind == "int",
        Some(Value::F(_)) => kind == "float",
        Some(Value::B(_)) => kind == "bool",
        Some(Value::Type(number)) => {
            let base = if *number > REF { number.saturating_sub(REF) } else { *number };
            kind == "type" && (base == 0 || DType::from_tensorflow(base).is_some())
        }
        Some(Value::Shape(_)) => kind == "shape",
        Some(Value::Tensor(_)) => kind == "tensor",
        Some(Value::Func(_)) => kind == "func",
    }
}

/// A node that waits for itself; edges out of `NextIteration` lead back into their loop and do not
/// count.
fn cycle<'g>(graph: &'g Graph, id: GraphId, nodes: &'g [NodeDef]) -> Option<&'g NodeDef> {
    let mut waits = vec![0usize; nodes.len()];
    let mut users: Vec<Vec<u32>> = vec![Vec::new(); nodes.len()];
    for (index, node) in (0u32..).zip(nodes) {
        for i in 0..node.input.len() as u32 {
            let source = match graph.input(NodeId { graph: id, index }, i) {
                Ok(Input::Value(value)) => graph.owner(value),
                Ok(Input::Control(node)) => Some(node.index),
                _ => None,
            };
            let Some(source) = source.map(|s| s as usize) else { continue };
            if nodes.get(source).is_none_or(|n| n.op.ends_with("NextIteration")) {
                continue;
            }
            if let (Some(wait), Some(list)) = (waits.get_mut(index as usize), users.get_mut(source))
            {
                *wait = wait.saturating_add(1);
                list.push(index);
            }
        }
    }
    let mut ready: Vec<usize> =
        waits.iter().enumerate().filter(|(_, w)| **w == 0).map(|(i, _)| i).collect();
    while let Some(node) = ready.pop() {
        for &user in users.get(node).into_iter().flatten() {
            if let Some(wait) = waits.get_mut(user as usize) {
                *wait = wait.saturating_sub(1);
                if *wait == 0 {
                    ready.push(user as usize);
                }
            }
        }
    }
    nodes.get(waits.iter().position(|w| *w > 0)?)
}
