//! Names and joints of graphs: [`rename`], [`merge`], [`connect`]. To take a part out of a graph, freeze
//! it for the part's tensors ([`Target::Tensors`](crate::Target::Tensors)).
//!
//! Invariant: every reference follows its node: inputs, orders, and the hints on where a node should be.

use crate::graph::signature_name;
use crate::names::{Reference, is_valid_node_name, tensor};
use crate::{Error, Result};
use floe_proto::tensorflow::{GraphDef, NodeDef, attr_value::Value};
use std::collections::{BTreeMap, HashMap};

/// What a node's hint of its place begins with, before the name of another node.
const BESIDE: &[u8] = b"loc:@";

/// Gives every node of the main graph the name that `new` makes of its own.
///
/// # Errors
/// [`Error::Node`] for a name that is not valid or that two nodes would have; the graph is then as it was.
pub fn rename(graph: &mut GraphDef, new: &dyn Fn(&str) -> String) -> Result<()> {
    let mut names: HashMap<String, String> = HashMap::with_capacity(graph.node.len());
    let mut owners: HashMap<String, &str> = HashMap::with_capacity(graph.node.len());
    for node in &graph.node {
        let name = new(&node.name);
        if !is_valid_node_name(&name) && name != node.name {
            return Err(fault(node, format!("`{name}` is no name for a node")));
        }
        if let Some(other) = owners.insert(name.clone(), &node.name) {
            return Err(fault(node, format!("`{other}` would be called `{name}` too")));
        }
        names.insert(node.name.clone(), name);
    }
    for node in &mut graph.node {
        if let Some(name) = names.get(&node.name) {
            node.name.clone_from(name);
        }
        for input in &mut node.input {
            if let Some(text) = renamed(input, &names) {
                *input = text;
            }
        }
        follow_hints(node, &names);
    }
    Ok(())
}

fn renamed(input: &str, names: &HashMap<String, String>) -> Option<String> {
    let reference = Reference::parse(input)?;
    let name = names.get(reference.node())?;
    Some(match reference {
        Reference::Control(_) => format!("^{name}"),
        Reference::Tensor { index, .. } => tensor(name, index),
        Reference::Named { output, index, .. } => format!("{name}:{output}:{index}"),
    })
}

/// Renames in `_class`, the list of nodes beside which this one should be.
fn follow_hints(node: &mut NodeDef, names: &HashMap<String, String>) {
    let Some(Value::List(list)) = node.attr.get_mut("_class").and_then(|a| a.value.as_mut()) else {
        return;
    };
    for text in &mut list.s {
        let old = text.strip_prefix(BESIDE).and_then(|name| std::str::from_utf8(name).ok());
        if let Some(new) = old.and_then(|old| names.get(old)) {
            *text = [BESIDE, new.as_bytes()].concat().into();
        }
    }
}

/// One graph with all nodes and functions of `graphs`. What is there twice and the same is there once.
///
/// # Errors
/// [`Error::Node`] or [`Error::Function`] for two that are not the same and have one name.
pub fn merge(graphs: impl IntoIterator<Item = GraphDef>) -> Result<GraphDef> {
    let mut whole = GraphDef::default();
    let mut nodes: HashMap<String, usize> = HashMap::new();
    let mut functions: BTreeMap<String, usize> = BTreeMap::new();
    for graph in graphs {
        for node in graph.node {
            match nodes.get(&node.name).and_then(|&at| whole.node.get(at)) {
                None => {
                    nodes.insert(node.name.clone(), whole.node.len());
                    whole.node.push(node);
                }
                Some(known) if *known == node => {}
                Some(_) => {
                    return Err(fault(&node, "another node has its name: rename one of them"));
                }
            }
        }
        for function in graph.library.map(|l| l.function).unwrap_or_default() {
            let all = &mut whole.library.get_or_insert_default().function;
            let name = signature_name(&function).to_owned();
            match functions.get(&name).and_then(|&at| all.get(at)) {
                None => {
                    functions.insert(name, all.len());
                    all.push(function);
                }
                Some(known) if *known == function => {}
                Some(_) => return Err(Error::function(name, "another function has its name")),
            }
        }
        // The graph needs whatever one of its parts needs.
        whole.versions = match (whole.versions.take(), graph.versions) {
            (Some(a), Some(b)) => Some(if a.producer >= b.producer { a } else { b }),
            (a, b) => a.or(b),
        };
    }
    Ok(whole)
}

/// Lets `tensor` be what the placeholder `input` was: all that read it read `tensor`, and it is gone.
///
/// # Errors
/// [`Error::NoSuch`] when one of them is not there; [`Error::Node`] when `input` is no placeholder.
pub fn connect(graph: &mut GraphDef, input: &str, tensor: &str) -> Result<()> {
    let have = || graph.node.iter().map(|n| n.name.as_str());
    let missing = |name: &str| Error::no_such("node", name, have());
    let find = |name: &str| graph.node.iter().find(|n| n.name == name).ok_or_else(|| missing(name));
    let from = Reference::parse(tensor).ok_or_else(|| missing(tensor))?;
    let input = input.strip_suffix(":0").unwrap_or(input).to_owned();
    find(from.node())?;
    let node = find(&input)?;
    if !node.op.starts_with("Placeholder") || from.node() == input {
        return Err(fault(node, "only a placeholder can be connected, and to another node"));
    }
    let (Reference::Tensor { node: name, index } | Reference::Named { node: name, index, .. }) =
        from
    else {
        return Err(missing(tensor));
    };
    let (value, order) = (crate::names::tensor(name, index), format!("^{name}"));
    graph.node.retain(|n| n.name != input);
    for text in graph.node.iter_mut().flat_map(|n| &mut n.input) {
        match Reference::parse(text) {
            Some(Reference::Control(node)) if node == input => text.clone_from(&order),
            Some(Reference::Tensor { node, .. }) if node == input => text.clone_from(&value),
            _ => {}
        }
    }
    Ok(())
}

fn fault(node: &NodeDef, reason: impl Into<String>) -> Error {
    crate::build::node_fault(node, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::Builder;
    use floe_graph::DType;
    use floe_proto::tensorflow::{AttrValue, attr_value::ListValue};

    fn doubled(name: &str, factor: f64) -> GraphDef {
        let g = Builder::new();
        let _ = (g.input("x", DType::Float32, &[2]) * factor).named(name);
        g.finish().unwrap()
    }

    fn shown(graph: &GraphDef) -> Vec<String> {
        graph.node.iter().map(|n| format!("{}({})", n.name, n.input.join(","))).collect()
    }

    #[test]
    fn references_follow_a_new_name() {
        let mut graph = doubled("y", 2.0);
        let class =
            ListValue { s: vec!["loc:@Mul".into(), "other".into()], ..ListValue::default() };
        let class = AttrValue { value: Some(Value::List(Box::new(class))) };
        graph.node[3].attr.insert("_class".into(), class);
        graph.node[3].input.push("^x".into());
        rename(&mut graph, &|name| format!("a/{name}")).unwrap();
        assert_eq!(shown(&graph)[2..], ["a/Mul(a/x,a/Const)", "a/y(a/Mul,^a/x)"]);
        let Some(Value::List(list)) = &graph.node[3].attr["_class"].value else { panic!() };
        assert_eq!(list.s, ["loc:@a/Mul", "other"]);
    }

    #[test]
    fn a_name_for_two_nodes_is_refused() {
        let mut graph = doubled("y", 2.0);
        let before = graph.clone();
        assert!(rename(&mut graph, &|_| "one".into()).unwrap_err().to_string().contains("too"));
        assert!(
            rename(&mut graph, &|n| format!("_{n}")).unwrap_err().to_string().contains("no name")
        );
        assert_eq!(graph, before);
    }

    #[test]
    fn graphs_are_merged_and_connected() {
        let mut second = doubled("z", 3.0);
        assert!(merge([doubled("y", 2.0), second.clone()]).is_err(), "`Const` differs");
        rename(&mut second, &|name| format!("b/{name}")).unwrap();
        let mut whole = merge([doubled("y", 2.0), second, doubled("y", 2.0)]).unwrap();
        connect(&mut whole, "b/x:0", "y:0").unwrap();
        assert_eq!(
            shown(&whole),
            [
                "x()",
                "Const()",
                "Mul(x,Const)",
                "y(Mul)",
                "b/Const()",
                "b/Mul(y,b/Const)",
                "b/z(b/Mul)"
            ]
        );
        assert!(connect(&mut whole, "Mul", "y").unwrap_err().to_string().contains("placeholder"));
        assert!(connect(&mut whole, "nothing", "y").is_err());
    }
}
