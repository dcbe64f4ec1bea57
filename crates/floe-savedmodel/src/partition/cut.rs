//! [`Cutter`]: writes the parts, with what sends and receives.

use super::{Channel, Places, is_everywhere, read_name};
use crate::build::{Attr, number};
use floe_graph::DType;
use floe_proto::tensorflow::{AttrValue, GraphDef, NodeDef, attr_value::Value};
use std::collections::{BTreeMap, BTreeSet};

/// Takes a graph apart.
pub(super) struct Cutter<'g, 'p> {
    graph: &'g GraphDef,
    places: &'p Places<'g>,
    part: &'p dyn Fn(usize) -> Option<usize>,
    parts: Vec<GraphDef>,
    /// The nodes that each part has for itself.
    own: Vec<BTreeSet<usize>>,
    /// By what is received, and where.
    channels: BTreeMap<(usize, usize, Option<u32>), Channel>,
    /// The names of what sends and receives, by part.
    names: BTreeSet<(usize, String)>,
}

impl<'g, 'p> Cutter<'g, 'p> {
    pub(super) fn new(
        graph: &'g GraphDef,
        places: &'p Places<'g>,
        count: usize,
        part: &'p dyn Fn(usize) -> Option<usize>,
    ) -> Self {
        let empty = GraphDef {
            library: graph.library.clone(),
            versions: graph.versions.clone(),
            ..GraphDef::default()
        };
        let (parts, own) = (vec![empty; count], vec![BTreeSet::new(); count]);
        let (channels, names) = (BTreeMap::new(), BTreeSet::new());
        Self { graph, places, part, parts, own, channels, names }
    }

    pub(super) fn run(mut self) -> (Vec<GraphDef>, Vec<Channel>) {
        let mut everywhere: BTreeSet<usize> = BTreeSet::new();
        for at in 0..self.graph.node.len() {
            match (self.part)(at) {
                Some(part) => self.place(at, part),
                None => _ = everywhere.insert(at),
            }
        }
        for own in &self.own {
            everywhere.retain(|at| !own.contains(at));
        }
        // What nobody reads is still asked for.
        self.own.first_mut().into_iter().for_each(|own| own.append(&mut everywhere));
        for (part, own) in self.parts.iter_mut().zip(&self.own) {
            let nodes = own.iter().filter_map(|&at| self.graph.node.get(at)).cloned();
            part.node.splice(0..0, nodes);
        }
        (self.parts, self.channels.into_values().collect())
    }

    /// Puts node `at` into `part`, with what it reads from others.
    fn place(&mut self, at: usize, part: usize) {
        let Some(mut node) = self.graph.node.get(at).cloned() else { return };
        let reads = self.places.reads.get(at).into_iter().flatten();
        for (input, &(from, port)) in node.input.iter_mut().zip(reads) {
            let Some(source) = self.graph.node.get(from) else { continue };
            match (self.part)(from) {
                _ if is_everywhere(source) => {
                    self.own.get_mut(part).into_iter().for_each(|own| _ = own.insert(from));
                }
                Some(other) if other != part => {
                    let receive = self.channel(from, port, other, part);
                    *input = if port.is_none() { format!("^{receive}") } else { receive };
                }
                _ => {}
            }
        }
        if let Some(graph) = self.parts.get_mut(part) {
            graph.node.push(node);
        }
    }

    /// The name under which `to` has what `from` makes.
    fn channel(&mut self, at: usize, port: Option<u32>, from: usize, to: usize) -> String {
        let key = (to, at, port);
        if let Some(known) = self.channels.get(&key) {
            return known.receive.clone();
        }
        let Some(source) = self.graph.node.get(at) else { return String::new() };
        let tensor = read_name(source, port);
        let flat = tensor.replace([':', '^'], "_");
        let flat = flat.trim_start_matches('_');
        let order = if port.is_none() { "order/" } else { "" };
        let send = self.free(from, format!("send/{to}/{order}{flat}"));
        let receive = self.free(to, format!("receive/{order}{flat}"));
        let dtype = match port {
            None => DType::Bool.tensorflow().into(),
            Some(port) => self.places.output(source, port).map_or(0, |(dtype, _)| dtype),
        };
        self.push(from, sender(&send, &tensor, dtype, port.is_none()));
        self.push(to, receiver(&receive, dtype, source, port));
        let channel = Channel { tensor, from, send, to, receive: receive.clone() };
        self.channels.insert(key, channel);
        receive
    }

    fn push(&mut self, part: usize, node: NodeDef) {
        if let Some(graph) = self.parts.get_mut(part) {
            graph.node.push(node);
        }
    }

    /// `name`, or with something behind it when `part` has such a node.
    fn free(&mut self, part: usize, mut name: String) -> String {
        while self.places.names.contains_key(name.as_str())
            || !self.names.insert((part, name.clone()))
        {
            name.push('_');
        }
        name
    }
}

fn attr(name: &str, value: impl Into<Attr>) -> (String, AttrValue) {
    (name.to_owned(), value.into().into())
}

/// What a part is asked for: the tensor under another name, or a constant that waits.
fn sender(name: &str, tensor: &str, dtype: i32, order: bool) -> NodeDef {
    let dtype = Value::Type(dtype);
    let (op, attrs) = if order {
        ("Const", vec![attr("dtype", dtype), attr("value", number(DType::Bool, 1.0))])
    } else {
        ("Identity", vec![attr("T", dtype)])
    };
    NodeDef {
        name: name.to_owned(),
        op: op.to_owned(),
        input: vec![tensor.to_owned()],
        attr: attrs.into_iter().collect(),
        ..NodeDef::default()
    }
}

/// What a part is given.
fn receiver(name: &str, dtype: i32, source: &NodeDef, port: Option<u32>) -> NodeDef {
    let known = source.attr.get("_output_shapes").and_then(|a| a.value.as_ref());
    let shape = match (known, port) {
        (_, None) => Some(Attr::shape(&[])),
        (Some(Value::List(list)), Some(port)) => {
            list.shape.get(port as usize).map(|s| Value::Shape(Box::new(s.clone())).into())
        }
        _ => None,
    };
    let mut attrs = vec![attr("dtype", Value::Type(dtype))];
    attrs.extend(shape.map(|s| attr("shape", s)));
    NodeDef {
        name: name.to_owned(),
        op: "Placeholder".into(),
        attr: attrs.into_iter().collect(),
        ..NodeDef::default()
    }
}
