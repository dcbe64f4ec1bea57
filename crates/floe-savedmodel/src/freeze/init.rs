//! What must run before the first inference: the initialisers of tables, and of variables that are no
//! constants.
//!
//! Fact: a table is known by its `shared_name`, else by its node's name, so the node that a signature
//! looks up in and the node that is initialised may be two.

use super::handles::makes_handle;
use super::live::Live;
use super::program::{Kind, Program};
use super::values::{Values, text};
use crate::names::node_of_tensor as node_of;
use crate::{Graph, Result};
use floe_proto::tensorflow::{NodeDef, collection_def::Kind as Collection, tensor_info::Encoding};
use std::collections::{BTreeSet, HashMap, HashSet};

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

/// The nodes that the model itself says must run first.
pub(super) fn told(graph: &Graph) -> BTreeSet<&str> {
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
    names
}

/// The nodes of the main graph that may have to run first.
pub(super) fn candidates<'g>(graph: &'g Graph, values: &Values<'_, '_>) -> Vec<&'g str> {
    let mut names = told(graph);
    let unbound = unbound(graph, values);
    for node in &graph.def().node {
        let assigns = matches!(node.op.as_str(), "Assign" | "AssignVariableOp");
        let handle = || node.input.first().is_some_and(|i| unbound.contains(node_of(i)));
        let fills = FILLS.contains(&node.op.as_str()) && !is_restored(graph, node);
        if fills || (assigns && handle()) {
            names.insert(&node.name);
        }
    }
    names.into_iter().collect()
}

/// Whether `node` puts in place what a checkpoint holds.
fn is_restored(graph: &Graph, node: &NodeDef) -> bool {
    let sources = node.input.iter().filter_map(|i| graph.find_node(node_of(i)));
    sources.into_iter().any(|source| source.op.starts_with("Restore"))
}

/// The handles of the main graph that the checkpoint has no value for.
fn unbound<'g>(graph: &'g Graph, values: &Values<'_, '_>) -> HashSet<&'g str> {
    let handles = graph.def().node.iter().filter(|n| makes_handle(&n.op).is_some());
    handles.filter(|n| values.find(n).is_none()).map(|n| n.name.as_str()).collect()
}

/// Adds to `live` what initialises the tables and the unbound variables that it needs, of all that the
/// nodes `candidates` run. Returns the nodes of the main graph that do.
pub(super) fn add(
    program: &Program<'_>,
    live: &mut Live,
    values: &Values<'_, '_>,
    candidates: &[usize],
) -> Result<Vec<usize>> {
    let mut found = BTreeSet::new();
    let mut first = Live::new(program);
    first.add(program, candidates.iter().copied());
    let fed = fed(program)?;
    loop {
        let used = used(program, live, values)?;
        let mut new = Vec::new();
        for (id, node) in program.body(0)?.nodes.iter().enumerate() {
            let fills =
                FILLS.contains(&node.op()) || matches!(node.op(), "Assign" | "AssignVariableOp");
            if node.kind == Kind::Op
                && fills
                && first.contains(0, id)
                && !fed.contains(&id)
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

/// The nodes of the main graph that depend on what is fed: none of them can run before the first
/// inference.
fn fed(program: &Program<'_>) -> Result<HashSet<usize>> {
    let nodes = &program.body(0)?.nodes;
    let mut users: HashMap<usize, Vec<usize>> = HashMap::new();
    for (id, node) in nodes.iter().enumerate() {
        for source in node.inputs.iter().map(|src| src.node).chain(node.controls.iter().copied()) {
            users.entry(source).or_default().push(id);
        }
    }
    let is_fed = |id: &usize| nodes.get(*id).is_some_and(|n| n.op() == "Placeholder");
    let mut work: Vec<usize> = (0..nodes.len()).filter(is_fed).collect();
    let mut fed: HashSet<usize> = work.iter().copied().collect();
    while let Some(id) = work.pop() {
        work.extend(users.remove(&id).into_iter().flatten().filter(|&user| fed.insert(user)));
    }
    Ok(fed)
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
pub(super) fn is_table(op: &str) -> bool {
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
