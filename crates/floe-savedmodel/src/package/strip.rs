//! Leaving out of a model what serving it does not need.
//!
//! Invariant: a node goes only when everything that used it has gone and nothing names it; a function only
//! when it was used by what has gone and by nothing else.

use crate::names::{Reference, node_of_tensor};
use crate::{Error, Result};
use floe_proto::tensorflow::{
    CollectionDef, FunctionDef, MetaGraphDef, NodeDef, TensorInfo, attr_value::Value,
    collection_def::Kind as Collection, saved_object::Kind as Object, tensor_info::Encoding,
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Something that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strip {
    /// Where in a program each node was made.
    Debug,
    /// The nodes and functions that save the variables.
    Save,
    /// Those that restore them, too. Only loaders that follow the object graph find the variables then,
    /// such as `tf.saved_model.load`.
    Restore,
}

/// Leaves `what` out of `meta`.
pub(super) fn strip(meta: &mut MetaGraphDef, what: &[Strip], has_variables: bool) -> Result<()> {
    if what.contains(&Strip::Debug) {
        debug(meta);
    }
    let restore = what.contains(&Strip::Restore);
    if !restore && !what.contains(&Strip::Save) {
        return Ok(());
    }
    if restore && has_variables && meta.object_graph_def.is_none() {
        return Err(Error::package(
            "without an object graph the variables are restored by the graph alone: keep its restore functions",
        ));
    }
    let Some(saver) = &mut meta.saver_def else { return Ok(()) };
    let mut gone = vec![node_of_tensor(&saver.save_tensor_name).to_owned()];
    if restore {
        let also = [&saver.restore_op_name, &saver.filename_tensor_name];
        gone.extend(also.map(|name| node_of_tensor(name).to_owned()));
        meta.saver_def = None;
    } else {
        // Loaders ask for some name here; this node is there.
        saver.save_tensor_name = saver.filename_tensor_name.clone();
    }
    remove(meta, gone);
    Ok(())
}

fn debug(meta: &mut MetaGraphDef) {
    let Some(graph) = &mut meta.graph_def else { return };
    graph.debug_info = None;
    let functions = graph.library.iter_mut().flat_map(|l| &mut l.function);
    for node in graph.node.iter_mut().chain(functions.flat_map(|f| &mut f.node_def)) {
        node.experimental_debug_info = None;
    }
}

/// Takes out the nodes `gone`, and those that only they need.
fn remove(meta: &mut MetaGraphDef, mut gone: Vec<String>) {
    let keep = named(meta);
    let Some(graph) = &mut meta.graph_def else { return };
    let mut users: HashMap<&str, usize> = HashMap::new();
    for name in graph.node.iter().flat_map(inputs) {
        let count = users.entry(name).or_default();
        *count = count.saturating_add(1);
    }
    let nodes: HashMap<&str, &NodeDef> = graph.node.iter().map(|n| (n.name.as_str(), n)).collect();
    let mut removed: HashSet<String> = HashSet::new();
    while let Some(name) = gone.pop() {
        let Some(node) = nodes.get(name.as_str()) else { continue };
        let used = users.get(name.as_str()).is_some_and(|n| *n > 0);
        if used || keep.contains(&name) || !removed.insert(name) {
            continue;
        }
        for input in inputs(node) {
            if let Some(count) = users.get_mut(input) {
                *count = count.saturating_sub(1);
            }
            gone.push(input.to_owned());
        }
    }
    let dead: Vec<String> =
        graph.node.iter().filter(|n| removed.contains(&n.name)).flat_map(calls).collect();
    graph.node.retain(|n| !removed.contains(&n.name));
    let alive = graph.node.iter().flat_map(calls);
    let objects = meta.object_graph_def.iter().flat_map(|o| o.concrete_functions.keys().cloned());
    let aliases = meta.meta_info_def.iter().flat_map(|i| i.function_aliases.keys().cloned());
    let alive: Vec<String> = alive.chain(objects).chain(aliases).collect();
    let Some(library) = &mut graph.library else { return };
    let gradients = library.gradient.iter();
    let gradients = gradients.flat_map(|g| [g.function_name.clone(), g.gradient_func.clone()]);
    let alive = alive.into_iter().chain(gradients).collect();
    let (dead, alive) = (reached(&library.function, dead), reached(&library.function, alive));
    library.function.retain(|f| {
        let name = crate::graph::signature_name(f);
        !dead.contains(name) || alive.contains(name)
    });
}

/// The nodes that a node's inputs name.
fn inputs(node: &NodeDef) -> impl Iterator<Item = &str> {
    node.input.iter().filter_map(|text| Reference::parse(text)).map(|r| r.node())
}

/// The functions that a node names, by its attributes or as its op.
fn calls(node: &NodeDef) -> Vec<String> {
    let values = node.attr.values().filter_map(|a| a.value.as_ref());
    let named = values.flat_map(|v| match v {
        Value::Func(f) => std::slice::from_ref(&**f),
        Value::List(list) => list.func.as_slice(),
        _ => &[],
    });
    named.map(|f| f.name.clone()).chain([node.op.clone()]).collect()
}

/// All functions that `roots` lead to.
fn reached(functions: &[FunctionDef], mut work: Vec<String>) -> HashSet<String> {
    let by_name: HashMap<&str, &FunctionDef> =
        functions.iter().map(|f| (crate::graph::signature_name(f), f)).collect();
    let mut reached = HashSet::new();
    while let Some(name) = work.pop() {
        if let Some(function) = by_name.get(name.as_str())
            && reached.insert(name)
        {
            work.extend(function.node_def.iter().flat_map(calls));
        }
    }
    reached
}

/// The nodes that something outside of the graph names.
fn named(meta: &MetaGraphDef) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |name: &str| {
        names.insert(node_of_tensor(name).to_owned());
    };
    if let Some(saver) = &meta.saver_def {
        add(&saver.filename_tensor_name);
        add(&saver.restore_op_name);
    }
    let signatures = meta.signature_def.values();
    let signatures = signatures.flat_map(|s| s.inputs.values().chain(s.outputs.values()));
    let assets = meta.asset_file_def.iter().filter_map(|a| a.tensor_info.as_ref());
    signatures.chain(assets).for_each(|info| tensors(info, &mut add));
    for object in meta.object_graph_def.iter().flat_map(|o| &o.nodes) {
        match &object.kind {
            Some(Object::Constant(constant)) => add(&constant.operation),
            Some(Object::CapturedTensor(captured)) => add(&captured.name),
            _ => {}
        }
    }
    let nodes = meta.graph_def.iter().flat_map(|g| &g.node).map(|n| n.name.as_str());
    let nodes: HashSet<&str> = nodes.collect();
    for collection in meta.collection_def.values() {
        in_collection(collection, &nodes, &mut add);
    }
    names
}

fn tensors(info: &TensorInfo, add: &mut dyn FnMut(&str)) {
    match &info.encoding {
        Some(Encoding::Name(name)) => add(name),
        Some(Encoding::CooSparse(sparse)) => {
            add(&sparse.values_tensor_name);
            add(&sparse.indices_tensor_name);
            add(&sparse.dense_shape_tensor_name);
        }
        Some(Encoding::CompositeTensor(composite)) => {
            composite.components.iter().for_each(|part| tensors(part, add));
        }
        None => {}
    }
}

/// The nodes that a collection names, in a list of names or in the texts of its messages.
fn in_collection(collection: &CollectionDef, nodes: &HashSet<&str>, add: &mut dyn FnMut(&str)) {
    let mut texts = |bytes: &[u8]| {
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || b"_./>-\\".contains(b);
        for text in bytes.split(|b| !is_name(b)) {
            let text = std::str::from_utf8(text).unwrap_or_default();
            // A length may look like a part of the name that follows it.
            let tails = (0..text.len().min(2)).filter_map(|at| text.get(at..));
            tails.filter(|t| nodes.contains(t)).for_each(&mut *add);
        }
    };
    match &collection.kind {
        Some(Collection::NodeList(list)) => list.value.iter().for_each(|name| add(name)),
        Some(Collection::BytesList(list)) => list.value.iter().for_each(|bytes| texts(bytes)),
        _ => {}
    }
}
