//! Where each variable's value is: object graph first, then restore graph, then names.
//!
//! Facts: the last inputs of a call are the captures of its function, and the object graph says which
//! object each one is; an object's tensor is the attribute `VARIABLE_VALUE` of the same object in the
//! checkpoint. A restore graph assigns output k of RestoreV2, whose k-th name is the key. In models
//! that Keras 3 saves the handles that are restored are not those that a signature reads, so the
//! object graph comes first.

use super::handles::makes_handle;
use super::import::needed;
use super::slice::Part;
use crate::names::{Reference, node_of_tensor as node_of};
use crate::tensor::Held;
use crate::{Error, Graph, Result};
use floe_graph::{Payload, TensorId, TensorSource};
use floe_proto::Message;
use floe_proto::tensorflow::{NodeDef, SavedObjectGraph, TrackableObjectGraph, attr_value::Value};
use std::collections::{BTreeMap, HashMap};

/// A tensor of the checkpoint, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Binding {
    pub(super) tensor: TensorId,
    pub(super) part: Option<Part>,
}

/// The checkpoint keys that belong to handles, best first.
pub(super) struct Values<'a, 'v> {
    source: Option<&'a dyn TensorSource<'v>>,
    /// By the name of a node of the main graph.
    by_node: HashMap<String, Vec<(String, Option<Part>)>>,
    /// By the name that a variable had in the program that saved it.
    by_full_name: HashMap<String, String>,
    /// The keys of a table's keys and values, by the name of a node of the main graph.
    tables: HashMap<String, (String, String)>,
}

/// The tensor that holds a checkpoint's objects.
const OBJECT_GRAPH: &str = "_CHECKPOINTABLE_OBJECT_GRAPH";

impl<'a, 'v> Values<'a, 'v> {
    pub(super) fn new(graph: &Graph, source: Option<&'a dyn TensorSource<'v>>) -> Result<Self> {
        let mut values = Self {
            source,
            by_node: HashMap::new(),
            by_full_name: HashMap::new(),
            tables: HashMap::new(),
        };
        if let Some(source) = source {
            if let Some(objects) = object_graph(source)? {
                values.bind_objects(graph, &objects);
            }
            values.bind_restored(graph);
            values.bind_parts(graph, source);
        }
        Ok(values)
    }

    pub(super) fn source(&self) -> Option<&'a dyn TensorSource<'v>> {
        self.source
    }

    /// The value of the variable whose handle `node` makes; `None` when the checkpoint has none.
    pub(super) fn find(&self, node: &NodeDef) -> Option<Binding> {
        let source = self.source?;
        let shared = text(node, "shared_name").filter(|name| !name.is_empty());
        let by_node = self.by_node.get(&node.name).into_iter().flatten();
        for (key, part) in by_node {
            if let Some(tensor) = source.find_tensor(key) {
                return Some(Binding { tensor, part: part.clone() });
            }
        }
        let names = [shared, Some(node.name.as_str())];
        let full = names.iter().flatten().filter_map(|name| self.by_full_name.get(*name));
        let mut keys = full.map(String::as_str).chain(names.into_iter().flatten());
        let tensor = keys.find_map(|key| source.find_tensor(key))?;
        Some(Binding { tensor, part: None })
    }

    /// The keys and values that the checkpoint holds for the table that `node` makes.
    pub(super) fn table(&self, node: &NodeDef) -> Option<[TensorId; 2]> {
        let (keys, values) = self.tables.get(&node.name)?;
        Some([self.source?.find_tensor(keys)?, self.source?.find_tensor(values)?])
    }

    fn candidate(&mut self, handle: &str, key: &str, part: Option<Part>) {
        self.by_node.entry(handle.to_owned()).or_default().push((key.to_owned(), part));
    }

    /// The captures of every call of a function that the object graph knows.
    fn bind_objects(&mut self, graph: &Graph, objects: &TrackableObjectGraph) {
        for node in &objects.nodes {
            for attribute in node.attributes.iter().filter(|a| !a.full_name.is_empty()) {
                let key = attribute.checkpoint_key.clone();
                self.by_full_name.entry(attribute.full_name.clone()).or_insert(key);
            }
        }
        let Some(saved) = &graph.meta().object_graph_def else { return };
        for node in &graph.def().node {
            let Some(Value::Func(f)) = node.attr.get("f").and_then(|a| a.value.as_ref()) else {
                continue;
            };
            for (object, handle) in captures(graph, saved, &f.name, node) {
                let object = usize::try_from(object).ok().and_then(|i| objects.nodes.get(i));
                let mut attributes = object.into_iter().flat_map(|o| &o.attributes);
                if let Some(value) = attributes.find(|a| a.name == "VARIABLE_VALUE") {
                    self.candidate(&handle, &value.checkpoint_key, None);
                }
            }
        }
    }

    /// The assignments of the restore graph, or of everything that looks like one.
    fn bind_restored(&mut self, graph: &Graph) {
        let main = Restore { nodes: index(&graph.def().node), arguments: HashMap::new() };
        let saver = graph.meta().saver_def.as_ref();
        let restore = saver.map_or("", |s| node_of(&s.restore_op_name));
        // Of several savers in the graph this one wrote the checkpoint.
        self.restored_by(&main, &needed(&graph.def().node, [restore].into_iter(), |_| false));
        self.restored_by(&main, &graph.def().node.iter().collect::<Vec<_>>());
        let Some(call) = graph.find_node(restore) else { return };
        let Some(Value::Func(f)) = call.attr.get("f").and_then(|a| a.value.as_ref()) else {
            return;
        };
        let Some(function) = graph.function(&f.name) else { return };
        let arguments = function.signature.iter().flat_map(|s| &s.input_arg);
        let arguments =
            arguments.map(|a| a.name.as_str()).zip(call.input.iter().map(|i| node_of(i)));
        let inner = Restore { nodes: index(&function.node_def), arguments: arguments.collect() };
        self.restored_by(&inner, &function.node_def.iter().collect::<Vec<_>>());
    }

    /// Where several nodes restore one variable, the one by its own name comes first.
    fn restored_by(&mut self, restore: &Restore<'_>, nodes: &[&NodeDef]) {
        let mut found = Vec::new();
        for node in nodes {
            let input = |i: usize| restore.restored_input(node.input.get(i)?);
            let Some(handle) = node.input.first().and_then(|text| restore.handle(text)) else {
                continue;
            };
            match node.op.as_str() {
                "Assign" | "AssignVariableOp" => {
                    if let Some((key, part)) = input(1) {
                        found.push((handle, key, part));
                    }
                }
                "LookupTableImport" | "LookupTableImportV2" => {
                    if let (Some((keys, _)), Some((values, _))) = (input(1), input(2)) {
                        self.tables.entry(handle.to_owned()).or_insert((keys, values));
                    }
                }
                _ => {}
            }
        }
        found.sort_by_key(|(handle, key, _)| handle != key);
        for (handle, key, part) in found {
            self.candidate(handle, &key, part);
        }
    }
}

impl Values<'_, '_> {
    /// Parts of variables, by their names: `v/part_0`, `v/part_1` … are rows of the tensor `v`, one
    /// after the other along the only dimension in which they differ from it.
    fn bind_parts(&mut self, graph: &Graph, source: &dyn TensorSource<'_>) {
        let mut parts: BTreeMap<&str, BTreeMap<u32, &NodeDef>> = BTreeMap::new();
        for node in graph.def().node.iter().filter(|n| makes_handle(&n.op).is_some()) {
            if let Some((base, number)) = node.name.rsplit_once("/part_")
                && let Ok(number) = number.parse()
            {
                parts.entry(base).or_default().insert(number, node);
            }
        }
        for (base, parts) in parts {
            let Some(Ok(whole)) = source.find_tensor(base).map(|id| source.tensor_info(id)) else {
                continue;
            };
            let whole: Vec<i64> = whole.shape.iter().collect();
            let mut start = 0u64;
            for node in parts.into_values() {
                let Some(shape) = declared(node).filter(|s| s.len() == whole.len()) else { break };
                let axis = shape.iter().zip(&whole).position(|(part, whole)| part != whole);
                let axis = axis.unwrap_or(0);
                let Some(length) = shape.get(axis).and_then(|&n| u64::try_from(n).ok()) else {
                    break;
                };
                self.candidate(
                    &node.name,
                    base,
                    Some(Part::along(axis, whole.len(), start, length)),
                );
                start = start.saturating_add(length);
            }
        }
    }
}

/// The shape that a variable declares.
fn declared(node: &NodeDef) -> Option<Vec<i64>> {
    match node.attr.get("shape")?.value.as_ref()? {
        Value::Shape(shape) if !shape.unknown_rank => {
            Some(shape.dim.iter().map(|d| d.size).collect())
        }
        _ => None,
    }
}

/// The objects behind the last inputs of the call `node` of `function`, with their handles.
fn captures(
    graph: &Graph,
    saved: &SavedObjectGraph,
    function: &str,
    node: &NodeDef,
) -> Vec<(i32, String)> {
    let Some(concrete) = saved.concrete_functions.get(function) else { return Vec::new() };
    let data: Vec<_> = node.input.iter().filter(|text| !text.starts_with('^')).collect();
    let bound = &concrete.bound_inputs;
    let Some(first) = data.len().checked_sub(bound.len()) else { return Vec::new() };
    let handles = data.iter().skip(first).map(|text| node_of(text));
    let is_known = |handle: &&str| graph.find_node(handle).is_some();
    bound
        .iter()
        .copied()
        .zip(handles)
        .filter(|(_, h)| is_known(h))
        .map(|(o, h)| (o, h.to_owned()))
        .collect()
}

/// The checkpoint's objects, where it has them.
fn object_graph<'v>(source: &dyn TensorSource<'v>) -> Result<Option<TrackableObjectGraph>> {
    let Some(id) = source.find_tensor(OBJECT_GRAPH) else { return Ok(None) };
    let fault = |source| Error::Tensor { name: OBJECT_GRAPH.into(), source };
    let Payload::Strings(strings) = source.tensor(id).map_err(fault)?.payload else {
        return Ok(None);
    };
    match strings.iter().next() {
        None => Ok(None),
        Some(bytes) => {
            let decoded = TrackableObjectGraph::decode(bytes.map_err(fault)?);
            decoded.map(Some).map_err(Error::decode(OBJECT_GRAPH))
        }
    }
}

/// Nodes among which values are restored, and the handles behind the arguments of their function.
struct Restore<'g> {
    nodes: HashMap<&'g str, &'g NodeDef>,
    arguments: HashMap<&'g str, &'g str>,
}

impl Restore<'_> {
    /// The node of the main graph that made the handle `text`.
    fn handle(&self, text: &str) -> Option<&str> {
        let (node, _) = self.origin(text)?;
        let own = || self.nodes.get_key_value(node).map(|(name, _)| *name);
        self.arguments.get(node).copied().or_else(own)
    }

    /// The key and the part that `text` restores.
    fn restored_input(&self, text: &str) -> Option<(String, Option<Part>)> {
        let (node, output) = self.origin(text)?;
        self.restored(node, output)
    }

    /// The node and output that `text` comes from, through `Identity`.
    fn origin<'t>(&'t self, text: &'t str) -> Option<(&'t str, usize)> {
        const LONGEST: usize = 16;
        let mut text = text;
        for _ in 0..LONGEST {
            let reference = Reference::parse(text)?;
            let index = match reference {
                Reference::Tensor { index, .. } | Reference::Named { index, .. } => index as usize,
                Reference::Control(_) => return None,
            };
            match self.nodes.get(reference.node()) {
                Some(node) if node.op == "Identity" => text = node.input.first()?,
                _ => return Some((reference.node(), index)),
            }
        }
        None
    }

    /// The key, and which part of its tensor, that output `output` of a restoring node reads.
    fn restored(&self, node: &str, output: usize) -> Option<(String, Option<Part>)> {
        let node = self.nodes.get(node)?;
        let list = |input: usize| self.strings(node.input.get(input)?);
        match node.op.as_str() {
            "RestoreV2" => {
                let key = list(1)?.get(output)?.clone();
                let slice = list(2).and_then(|s| s.get(output).cloned()).unwrap_or_default();
                Some((key, Part::parse(&slice)))
            }
            "Restore" => Some((list(1)?.first()?.clone(), None)),
            "RestoreSlice" => Some((list(1)?.first()?.clone(), Part::parse(list(2)?.first()?))),
            _ => None,
        }
    }

    /// The elements of a constant of strings.
    fn strings(&self, text: &str) -> Option<Vec<String>> {
        let node = self.nodes.get(self.origin(text)?.0)?;
        let Some(Value::Tensor(proto)) = node.attr.get("value")?.value.as_ref() else {
            return None;
        };
        let held = Held::new(proto).ok()?;
        let Payload::Strings(strings) = held.view().payload else { return None };
        // A splat may claim any number; no restore has more outputs than the file has bytes.
        const MOST: usize = 1 << 20;
        let strings = strings.iter().take(MOST);
        strings.map(|s| String::from_utf8(s.ok()?.to_vec()).ok()).collect()
    }
}

fn index(nodes: &[NodeDef]) -> HashMap<&str, &NodeDef> {
    nodes.iter().map(|node| (node.name.as_str(), node)).collect()
}

/// A text attribute of `node`.
pub(super) fn text<'n>(node: &'n NodeDef, name: &str) -> Option<&'n str> {
    match node.attr.get(name)?.value.as_ref()? {
        Value::S(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}
