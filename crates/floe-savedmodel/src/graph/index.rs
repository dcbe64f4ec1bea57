//! Builds the index of a [`Graph`]: edges as numbers, values with dtypes and shapes, constants.

use super::{Constant, Graph, SignatureIndex, is_pseudo_signature};
use crate::names::Reference;
use crate::ops::{self, Argument, Ops};
use crate::tensor::Held;
use crate::{Error, Result};
use floe_graph::DType;
use floe_proto::tensorflow::{
    AttrValue, FunctionDef, MetaGraphDef, NodeDef, SignatureDef, TensorInfo, TensorShapeProto,
    attr_value::Value, tensor_info::Encoding,
};
use foldhash::{HashMap, HashMapExt};
use std::collections::BTreeMap;

/// What an input is connected to, within its scope.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edge {
    Value(u32),
    Control(u32),
    /// An order behind an argument, which is always there.
    Argument,
    /// The file names nothing that exists.
    Dangling,
}

/// Dtype, shape and constant of one value.
#[derive(Clone, Debug, Default)]
pub(super) struct ValueMeta {
    pub(super) dtype: Option<DType>,
    pub(super) shape: Option<Box<[i64]>>,
    pub(super) constant: Option<u32>,
    /// The node that makes it, or the argument that it is, when it comes before all nodes.
    pub(super) owner: u32,
}

/// The index of the main graph or of one function.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) edges: Vec<Edge>,
    /// Where the edges of each node begin, and one end.
    pub(super) edge_start: Vec<u32>,
    pub(super) values: Vec<ValueMeta>,
    /// Where the values of each node begin, and one end.
    pub(super) value_start: Vec<u32>,
    pub(super) inputs: Vec<u32>,
    pub(super) outputs: Vec<(String, Option<u32>)>,
    pub(super) attr_shapes: ByAttr<Box<[i64]>>,
    pub(super) attr_tensors: ByAttr<u32>,
}

/// What some attributes hold, by the numbers of node and attribute, which are added in order.
#[derive(Debug)]
pub(super) struct ByAttr<T>(Vec<((u32, u32), T)>);

impl<T> Default for ByAttr<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByAttr<T> {
    /// What attribute `at` holds.
    pub(super) fn get(&self, at: (u32, u32)) -> Option<&T> {
        let found = self.0.binary_search_by_key(&at, |(key, _)| *key).ok()?;
        self.0.get(found).map(|(_, value)| value)
    }
}

/// Indexes `meta`.
pub(super) fn build(meta: MetaGraphDef, ops: Ops) -> Result<Graph> {
    const MOST: usize = u16::MAX as usize - 1;
    let mut graph = Graph {
        meta,
        ops,
        scopes: Vec::new(),
        tensors: Vec::new(),
        signatures: Vec::new(),
        functions: HashMap::new(),
        main_nodes: HashMap::new(),
    };
    if graph.functions().len() > MOST {
        let hint = "the file is damaged, or not from TensorFlow";
        return Err(Error::Limit { what: "the number of functions", limit: MOST, hint });
    }
    let mut functions = HashMap::new();
    for (function, id) in graph.functions().iter().zip(1u16..) {
        functions.entry(signature_name(function).to_owned()).or_insert(id);
    }
    graph.functions = functions;
    let mut tensors = Tensors::default();
    let mut scopes = Vec::with_capacity(graph.functions.len().saturating_add(1));
    let main = Builder::new(&graph, None, &graph.def().node);
    let names = main.names.iter().map(|(name, id)| ((*name).to_owned(), *id)).collect();
    scopes.push(main.run(&mut tensors));
    graph.main_nodes = names;
    for function in graph.functions() {
        scopes.push(Builder::new(&graph, Some(function), &function.node_def).run(&mut tensors));
    }
    graph.tensors = tensors.finish(&mut scopes);
    graph.signatures = signatures(&graph, scopes.first());
    graph.scopes = scopes;
    Ok(graph)
}

/// The name of `function`; empty when its signature is missing.
pub(crate) fn signature_name(function: &FunctionDef) -> &str {
    function.signature.as_ref().map_or("", |s| s.name.as_str())
}

/// Named constants first, others behind, numbered once all are known.
#[derive(Default)]
struct Tensors {
    named: Vec<Constant>,
    others: Vec<Constant>,
}

impl Tensors {
    /// Numbers of others are counted down from the top until [`finish`](Self::finish).
    fn add(&mut self, name: Option<String>, held: floe_graph::Result<Held>) -> u32 {
        match name {
            Some(name) => {
                self.named.push(Constant { name, held });
                (self.named.len() as u32).wrapping_sub(1)
            }
            None => {
                self.others.push(Constant { name: String::new(), held });
                u32::MAX.wrapping_sub((self.others.len() as u32).wrapping_sub(1))
            }
        }
    }

    fn finish(mut self, scopes: &mut [Scope]) -> Vec<Constant> {
        let named = self.named.len() as u32;
        for scope in scopes {
            for id in scope.attr_tensors.0.iter_mut().map(|(_, id)| id).filter(|id| **id >= named) {
                *id = named.wrapping_add(u32::MAX.wrapping_sub(*id));
            }
        }
        self.named.append(&mut self.others);
        self.named
    }
}

/// One input as text, parsed, and what it names within the scope.
#[derive(Clone, Copy)]
struct Link<'g> {
    reference: Reference<'g>,
    target: Target,
}

#[derive(Clone, Copy)]
enum Target {
    Argument(u32),
    Node(u32),
}

struct Builder<'g> {
    graph: &'g Graph,
    function: Option<&'g FunctionDef>,
    nodes: &'g [NodeDef],
    names: HashMap<&'g str, u32>,
    args: HashMap<&'g str, u32>,
    outputs: Vec<Option<Vec<Argument<'g>>>>,
    scope: Scope,
}

impl<'g> Builder<'g> {
    fn new(graph: &'g Graph, function: Option<&'g FunctionDef>, nodes: &'g [NodeDef]) -> Self {
        let mut names = HashMap::with_capacity(nodes.len());
        for (node, id) in nodes.iter().zip(0..) {
            names.entry(node.name.as_str()).or_insert(id);
        }
        let signature = function.and_then(|f| f.signature.as_ref());
        let args = signature.iter().flat_map(|s| &s.input_arg).map(|a| a.name.as_str()).zip(0..);
        let args = args.collect();
        Self { graph, function, nodes, names, args, outputs: Vec::new(), scope: Scope::default() }
    }

    fn run(mut self, tensors: &mut Tensors) -> Scope {
        self.add_arguments();
        let links: Vec<_> =
            self.nodes.iter().flat_map(|n| &n.input).map(|text| self.link(text)).collect();
        self.add_outputs(&links);
        self.add_edges(&links);
        for (id, node) in (0..).zip(self.nodes) {
            self.add_attributes(id, node, tensors);
        }
        self.add_ports();
        self.scope
    }

    fn add_arguments(&mut self) {
        let Some(function) = self.function else { return };
        let args = function.signature.iter().flat_map(|s| &s.input_arg);
        for (i, arg) in (0..).zip(args) {
            let attrs = function.arg_attr.get(&i).map(|a| &a.attr);
            let shape = attrs.and_then(|a| output_shapes(a)).and_then(|s| dims(s.first()?));
            let dtype = DType::from_tensorflow(arg.r#type);
            self.scope.values.push(ValueMeta { dtype, shape, constant: None, owner: i });
            self.scope.inputs.push(i);
        }
    }

    /// Numbers the outputs of every node: by its definition, else by what others use of it.
    fn add_outputs(&mut self, links: &[Option<Link<'_>>]) {
        let used = self.used_outputs(links);
        for ((id, node), used) in (0..).zip(self.nodes).zip(used) {
            let definition = self.graph.ops.loaded(&node.op);
            let outputs = definition.and_then(|op| ops::outputs(node, op));
            let callee = || self.graph.function(&node.op)?.signature.as_ref();
            let count = match &outputs {
                Some(args) => args.last().map_or(0, |a| a.start.saturating_add(a.count)),
                None => callee().map_or(used, |s| s.output_arg.len() as u32),
            };
            self.scope.value_start.push(self.scope.values.len() as u32);
            let shapes = output_shapes(&node.attr).unwrap_or_default();
            for i in 0..count {
                let argument = outputs.iter().flatten().find(|a| i.wrapping_sub(a.start) < a.count);
                let number = argument.and_then(|a| a.dtype(i.wrapping_sub(a.start)));
                let shape = shapes.get(i as usize).or(declared_shape(node)).and_then(dims);
                let dtype = number.and_then(DType::from_tensorflow);
                self.scope.values.push(ValueMeta { dtype, shape, constant: None, owner: id });
            }
            self.outputs.push(outputs);
        }
        self.scope.value_start.push(self.scope.values.len() as u32);
    }

    /// How many outputs of each node others refer to by number. Kept small: a number that no
    /// definition bears out creates no values beyond it.
    fn used_outputs(&self, links: &[Option<Link<'_>>]) -> Vec<u32> {
        const MOST: u32 = 64;
        let mut used = vec![0; self.nodes.len()];
        for link in links.iter().flatten() {
            let (Reference::Tensor { index, .. } | Reference::Named { index, .. }) = link.reference
            else {
                continue;
            };
            if let Target::Node(id) = link.target
                && let Some(slot) = used.get_mut(id as usize)
            {
                *slot = (*slot).max(index.saturating_add(1).min(MOST));
            }
        }
        used
    }

    fn add_edges(&mut self, links: &[Option<Link<'_>>]) {
        let mut links = links.iter();
        for node in self.nodes {
            self.scope.edge_start.push(self.scope.edges.len() as u32);
            for link in links.by_ref().take(node.input.len()) {
                let edge = self.resolve(*link);
                self.scope.edges.push(edge);
            }
        }
        self.scope.edge_start.push(self.scope.edges.len() as u32);
    }

    /// What `text` names: a node comes before an argument in an order, behind it in a value.
    fn link(&self, text: &'g str) -> Option<Link<'g>> {
        let reference = Reference::parse(text)?;
        let node = |name| self.names.get(name).copied().map(Target::Node);
        let argument = |name| self.args.get(name).copied().map(Target::Argument);
        let target = match reference {
            Reference::Control(name) => node(name).or_else(|| argument(name)),
            Reference::Tensor { node: name, index: 0 } => argument(name).or_else(|| node(name)),
            Reference::Tensor { node: name, .. } | Reference::Named { node: name, .. } => {
                node(name)
            }
        };
        target.map(|target| Link { reference, target })
    }

    fn resolve(&self, link: Option<Link<'_>>) -> Edge {
        let Some(Link { reference, target }) = link else { return Edge::Dangling };
        let value = match (reference, target) {
            (Reference::Control(_), Target::Argument(_)) => return Edge::Argument,
            (Reference::Control(_), Target::Node(id)) => return Edge::Control(id),
            (_, Target::Argument(id)) => Some(id),
            (Reference::Tensor { index, .. }, Target::Node(id)) => self.output(id, index),
            (Reference::Named { output, index, .. }, Target::Node(id)) => {
                self.named_output(id, output, index)
            }
        };
        value.map_or(Edge::Dangling, Edge::Value)
    }

    fn output(&self, node: u32, index: u32) -> Option<u32> {
        let start = *self.scope.value_start.get(node as usize)?;
        let end = *self.scope.value_start.get((node as usize).checked_add(1)?)?;
        start.checked_add(index).filter(|v| *v < end)
    }

    fn named_output(&self, node: u32, output: &str, index: u32) -> Option<u32> {
        let Some(outputs) = self.outputs.get(node as usize)? else {
            return self.output(node, index);
        };
        let argument = outputs.iter().find(|a| a.def.name == output)?;
        self.output(node, argument.start.checked_add(index).filter(|_| index < argument.count)?)
    }

    fn add_attributes(&mut self, id: u32, node: &NodeDef, tensors: &mut Tensors) {
        for (i, (name, attr)) in (0..).zip(&node.attr) {
            match &attr.value {
                Some(Value::Shape(shape)) => {
                    if let Some(dims) = dims(shape) {
                        self.scope.attr_shapes.0.push(((id, i), dims));
                    }
                }
                Some(Value::Tensor(proto)) => {
                    let constant = node.op == "Const" && name == "value";
                    let tensor =
                        tensors.add(constant.then(|| self.full_name(node)), Held::new(proto));
                    self.scope.attr_tensors.0.push(((id, i), tensor));
                    if let (true, Some(value)) = (constant, self.output(id, 0))
                        && let Some(meta) = self.scope.values.get_mut(value as usize)
                    {
                        meta.constant = Some(tensor);
                        meta.shape = proto.tensor_shape.as_ref().map_or(Some(Box::default()), dims);
                    }
                }
                _ => {}
            }
        }
    }

    /// The name of a constant among all of the file: `node`, or `function/node`.
    fn full_name(&self, node: &NodeDef) -> String {
        match self.function {
            None => node.name.clone(),
            Some(function) => format!("{}/{}", signature_name(function), node.name),
        }
    }

    fn add_ports(&mut self) {
        match self.function {
            Some(function) => {
                for arg in function.signature.iter().flat_map(|s| &s.output_arg) {
                    let edge =
                        function.ret.get(&arg.name).map(|text| self.resolve(self.link(text)));
                    let value = if let Some(Edge::Value(v)) = edge { Some(v) } else { None };
                    self.scope.outputs.push((arg.name.clone(), value));
                }
            }
            None => self.add_main_ports(),
        }
    }

    /// A main graph's inputs are its placeholders, its outputs what no other node uses.
    fn add_main_ports(&mut self) {
        let mut used = vec![false; self.scope.values.len()];
        for edge in &self.scope.edges {
            if let Edge::Value(v) = edge
                && let Some(slot) = used.get_mut(*v as usize)
            {
                *slot = true;
            }
        }
        for (id, node) in (0..).zip(self.nodes) {
            let Some(value) = self.output(id, 0) else { continue };
            if matches!(
                node.op.as_str(),
                "Placeholder" | "PlaceholderV2" | "PlaceholderWithDefault"
            ) {
                self.scope.inputs.push(value);
            } else if node.op != "Const" && !used.get(value as usize).copied().unwrap_or(true) {
                self.scope.outputs.push((node.name.clone(), Some(value)));
            }
        }
    }
}

/// The shapes that TensorFlow noted for a node's outputs.
fn output_shapes(attrs: &BTreeMap<String, AttrValue>) -> Option<&[TensorShapeProto]> {
    match attrs.get("_output_shapes")?.value.as_ref()? {
        Value::List(list) => Some(&list.shape),
        _ => None,
    }
}

/// The shape that a placeholder or a variable declares.
fn declared_shape(node: &NodeDef) -> Option<&TensorShapeProto> {
    const DECLARE: &[&str] = &[
        "Placeholder",
        "PlaceholderV2",
        "PlaceholderWithDefault",
        "VariableV2",
        "Variable",
        "TemporaryVariable",
        "ReadVariableOp",
    ];
    if !DECLARE.contains(&node.op.as_str()) {
        return None;
    }
    match node.attr.get("shape")?.value.as_ref()? {
        Value::Shape(shape) => Some(shape),
        _ => None,
    }
}

/// The dimensions of `shape`; `None` when not even the rank is known.
fn dims(shape: &TensorShapeProto) -> Option<Box<[i64]>> {
    if shape.unknown_rank { None } else { Some(shape.dim.iter().map(|d| d.size).collect()) }
}

fn signatures(graph: &Graph, main: Option<&Scope>) -> Vec<SignatureIndex> {
    let find = |info: &TensorInfo| -> Option<u32> {
        let Some(Encoding::Name(name)) = &info.encoding else { return None };
        let Reference::Tensor { node, index } = Reference::parse(name)? else { return None };
        let id = *graph.main_nodes.get(node)? as usize;
        let scope = main?;
        let (start, end) =
            (*scope.value_start.get(id)?, *scope.value_start.get(id.checked_add(1)?)?);
        start.checked_add(index).filter(|v| *v < end)
    };
    let ports = |ports: &BTreeMap<String, TensorInfo>| {
        ports.iter().map(|(key, info)| (key.clone(), find(info))).collect()
    };
    let index = |(key, def): (&String, &SignatureDef)| SignatureIndex {
        key: key.clone(),
        inputs: ports(&def.inputs),
        outputs: ports(&def.outputs),
    };
    let visible = graph.meta.signature_def.iter().filter(|(key, _)| !is_pseudo_signature(key));
    visible.map(index).take(usize::from(u16::MAX)).collect()
}
