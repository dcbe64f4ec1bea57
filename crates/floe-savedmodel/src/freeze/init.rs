//! What must run before the first inference: the initialisers of tables, and of variables that are no
//! constants.
//!
//! Fact: a table is known by its `shared_name`, else by its node's name, so the node that a signature
//! looks up in and the node that is initialised may be two.

use super::handles::makes_handle;
use super::live::Live;
use super::program::{Kind, Node, Program, Src, constant};
use super::values::{Values, text};
use crate::names::node_of_tensor as node_of;
use crate::tensor::to_proto;
use crate::{Error, Graph, Result};
use floe_proto::tensorflow::{NodeDef, collection_def::Kind as Collection, tensor_info::Encoding};
use std::collections::{BTreeSet, HashSet};

/// Ops that fill a table.
const FILLS: &[&str] = &[
    "InitializeTable",
    "InitializeTableFromTextFile",
    "InitializeTableFromTextFileV2",
    "InitializeTableV2",
    "InitializeTableFromDataset",
    "LookupTableImport",
    "LookupTableImportV2",
    "LookupTableInsert",
    "LookupTableInsertV2",
];

/// The nodes of the main graph that may have to run first.
pub(super) fn candidates<'g>(graph: &'g Graph, values: &Values<'_, '_>) -> Vec<&'g str> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for key in ["saved_model_main_op", "legacy_init_op"] {
        if let Some(Collection::NodeList(list)) =
            graph.meta().collection_def.get(key).and_then(|c| c.kind.as_ref())
        {
            names.extend(list.value.iter().map(|name| node_of(name)));
        }
    }
    if let Some(signature) = graph.meta().signature_def.get("__saved_model_init_op") {
        for info in signature.outputs.values() {
            if let Some(Encoding::Name(name)) = &info.encoding {
                names.insert(node_of(name));
            }
        }
    }
    let unbound = unbound(graph, values);
    for node in &graph.def().node {
        let assigns = matches!(node.op.as_str(), "Assign" | "AssignVariableOp");
        let handle = || node.input.first().is_some_and(|i| unbound.contains(node_of(i)));
        if FILLS.contains(&node.op.as_str()) || (assigns && handle()) {
            names.insert(&node.name);
        }
    }
    names.into_iter().collect()
}

/// The handles of the main graph that the checkpoint has no value for.
fn unbound<'g>(graph: &'g Graph, values: &Values<'_, '_>) -> HashSet<&'g str> {
    let handles = graph.def().node.iter().filter(|n| makes_handle(&n.op).is_some());
    handles.filter(|n| values.find(n).is_none()).map(|n| n.name.as_str()).collect()
}

/// Adds to `live` what initialises the tables and the unbound variables that it needs. Returns the
/// nodes of the main graph that do.
pub(super) fn add(
    program: &Program<'_>,
    live: &mut Live,
    values: &Values<'_, '_>,
) -> Result<Vec<usize>> {
    let mut found = BTreeSet::new();
    loop {
        let used = used(program, live, values)?;
        let mut new = Vec::new();
        for (id, node) in program.body(0)?.nodes.iter().enumerate() {
            let fills =
                FILLS.contains(&node.op()) || matches!(node.op(), "Assign" | "AssignVariableOp");
            if node.kind == Kind::Op
                && fills
                && let Some(origin) = origin(program, id)
                && used.contains(&identity(origin))
                && found.insert(id)
            {
                new.push(id);
            }
        }
        if new.is_empty() {
            return Ok(found.into_iter().collect());
        }
        live.add(program, new);
    }
}

/// Adds what fills the needed tables that the checkpoint holds. Returns the nodes that do.
pub(super) fn restore_tables(
    program: &mut Program<'_>,
    live: &Live,
    values: &Values<'_, '_>,
) -> Result<Vec<usize>> {
    let Some(source) = values.source() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let tables: Vec<usize> = live.nodes(0).collect();
    for id in tables {
        let def = program.node(0, id)?.def.clone();
        let Some(tensors) = is_table(&def.op).then(|| values.table(&def)).flatten() else {
            continue;
        };
        let mut inputs = vec![Src { node: id, port: 0 }];
        let mut dtypes = Vec::new();
        for (tensor, suffix) in tensors.into_iter().zip(["keys", "values"]) {
            let fault = |source| Error::Tensor { name: def.name.clone(), source };
            let view = source.tensor(tensor).map_err(fault)?;
            let proto = to_proto(&def.name, &view, source.share(tensor))?;
            dtypes.push(proto.dtype);
            let body = program.body_mut(0)?;
            let name = body.unique(format!("{}/{suffix}", def.name));
            let node = constant(name, proto);
            inputs.push(Src { node: body.push(node), port: 0 });
        }
        let body = program.body_mut(0)?;
        let name = body.unique(format!("{}/import", def.name));
        let op = if def.op.ends_with("V2") { "LookupTableImportV2" } else { "LookupTableImport" };
        let node = NodeDef { name, op: op.into(), ..NodeDef::default() };
        let mut node = Node::new(Kind::Op, node, &"".into());
        for (attr, dtype) in ["Tin", "Tout"].into_iter().zip(dtypes) {
            node.set_type(attr, dtype);
        }
        node.inputs = inputs;
        found.push(body.push(node));
    }
    Ok(found)
}

/// The tables and unbound variables that are needed, by identity.
fn used(
    program: &Program<'_>,
    live: &Live,
    values: &Values<'_, '_>,
) -> Result<HashSet<(bool, String)>> {
    let mut used = HashSet::new();
    for id in 0..program.bodies.len() {
        for node in live.nodes(id) {
            let def = &program.node(id, node)?.def;
            let variable = makes_handle(&def.op).is_some();
            if is_table(&def.op) || (variable && values.find(def).is_none()) {
                used.insert(identity(def));
            }
        }
    }
    Ok(used)
}

/// Whether `op` makes a table.
fn is_table(op: &str) -> bool {
    op.contains("HashTable")
}

/// What tells one variable or table from another.
fn identity(def: &NodeDef) -> (bool, String) {
    let name = text(def, "shared_name").filter(|n| !n.is_empty()).unwrap_or(&def.name);
    (is_table(&def.op), name.to_owned())
}

/// The node that made the handle at the first input of `id`.
fn origin<'p>(program: &'p Program<'_>, id: usize) -> Option<&'p NodeDef> {
    const LONGEST: usize = 16;
    let body = program.bodies.first()?;
    let mut at = body.get(id)?.inputs.first()?.node;
    for _ in 0..LONGEST {
        let node = body.get(at)?;
        if !node.op().ends_with("Identity") {
            return Some(&node.def);
        }
        at = node.inputs.first()?.node;
    }
    None
}
