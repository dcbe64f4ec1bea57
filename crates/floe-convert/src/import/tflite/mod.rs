//! A `.tflite` as a [`Module`], to be optimised or quantized anew.
//!
//! Every operator of the schema is read by its options table, so what no pass knows passes through as it is, and custom
//! operators with their bytes. Where the file leaves a dimension open, [`infer`](crate::infer) says which one it is.
//! Signatures, states, graphs of control flow and metadata are kept.
//!
//! Invariant: only a file without faults is read; what the IR has no place for is refused by name.

mod graph;
mod options;

use crate::convert::Options;
use crate::error::Error;
use crate::ir::{Builtin, Entry, Graph, GraphId, Module, Op};
use crate::{ops, passes, valid};
use bytes::Bytes;
use floe_graph::LeSlice;
use floe_tflite::fields::{signature_def, tensor_map};
use floe_tflite::versions::MIN_RUNTIME;
use floe_tflite::{Table, Tables, TfLite, verify};
use std::collections::BTreeMap;

/// Metadata that belongs to the file as it was: offsets of its own tensors.
const STALE: &[&str] = &[MIN_RUNTIME, "OfflineMemoryAllocation"];

/// Reads `file`; of its signatures, only the one called `signature` where one is named.
///
/// # Errors
/// [`Error::Graph`] for a file with faults; [`Error::Request`] for a signature or an input that is not there;
/// [`Error::Unconvertible`] for what the IR cannot hold.
pub(crate) fn read(
    file: &Bytes,
    signature: Option<&str>,
    options: &Options,
) -> Result<Module, Error> {
    let faults = verify::faults(file, &verify::Options::default());
    let wrong = |f: &&verify::Fault| f.rule.severity() == verify::Severity::Error;
    if let Some(first) = faults.iter().find(wrong) {
        return Err(Error::Graph(format!("{first} (floe verify tells all)")));
    }
    let model = TfLite::parse(file).map_err(|e| Error::Graph(e.to_string()))?;
    let mut module = Module { open_batch: options.open_batch, ..Module::default() };
    let (main, names) = ports(&model, signature);
    for index in 0..model.subgraph_count() {
        let given = (index == main).then_some(graph::Given { options, names: &names });
        let graph = graph::read(&model, file, index, &module.symbols, given)?;
        module.graphs.push(graph);
    }
    module.description = String::from_utf8_lossy(model.description()).into_owned();
    module.metadata = metadata(&model, file);
    entries(&mut module, &model)?;
    mark_effects(&mut module);
    choose(&mut module, signature)?;
    // Whatever the file says wrong of itself is found before a pass relies on it.
    match valid::validate(&module) {
        Err(Error::Invalid(why)) => Err(Error::Graph(why)),
        Err(other) => Err(other),
        Ok(_) => Ok(module),
    }
}

/// The graph of the signature that is meant, and what that calls the tensors that go in.
fn ports(model: &TfLite<'_>, signature: Option<&str>) -> (usize, BTreeMap<i32, String>) {
    let index = |s: &Table<'_>| s.get(signature_def::SUBGRAPH_INDEX);
    let found = match signature {
        Some(key) => model.find_signature(key),
        None => model.signatures().iter().find(|s| index(s) == 0),
    };
    let Some(found) = found else { return (0, BTreeMap::new()) };
    let name = |m: Table<'_>| {
        let name = m.string(tensor_map::NAME)?.to_owned();
        Some((m.get(tensor_map::TENSOR_INDEX).cast_signed(), name))
    };
    let names = found.tables(signature_def::INPUTS).iter().filter_map(name).collect();
    (usize::try_from(index(&found)).unwrap_or(0), names)
}

/// The metadata that still holds of another file.
fn metadata(model: &TfLite<'_>, file: &Bytes) -> Vec<(String, Bytes)> {
    let one = |name: &[u8]| {
        let name = std::str::from_utf8(name).ok().filter(|n| !STALE.contains(n))?;
        Some((name.to_owned(), file.slice_ref(model.metadata(name)?)))
    };
    model.metadata_names().filter_map(one).collect()
}

/// The signatures, that of the main graph first; without one, its ports under their tensors' names.
fn entries(module: &mut Module, model: &TfLite<'_>) -> Result<(), Error> {
    for table in model.signatures().iter() {
        let at = table.get(signature_def::SUBGRAPH_INDEX);
        let key = table.string(signature_def::SIGNATURE_KEY).unwrap_or_default().to_owned();
        let missing = || Error::Graph(format!("signature '{key}' names no graph"));
        let index = usize::try_from(at).map_err(|_| missing())?;
        let subgraph = model.subgraph(index).map_err(|_| missing())?;
        let graph = module.graphs.get(index).ok_or_else(missing)?;
        let inputs =
            names(graph, &graph.inputs, subgraph.inputs(), table.tables(signature_def::INPUTS));
        let outputs =
            names(graph, &graph.outputs, subgraph.outputs(), table.tables(signature_def::OUTPUTS));
        module.entries.push(Entry { key, graph: GraphId(at), inputs, outputs });
    }
    if module.entries.iter().all(|e| e.graph.0 != 0)
        && let Some(graph) = module.graphs.first()
    {
        let of = |ports: &[_]| ports.iter().map(|&v| graph.value(v).name.to_string()).collect();
        let (inputs, outputs) = (of(&graph.inputs), of(&graph.outputs));
        module.entries.push(Entry { key: String::new(), graph: GraphId(0), inputs, outputs });
    }
    module.entries.sort_by_key(|e| e.graph.0 != 0);
    Ok(())
}

/// The names of `values`, which are the tensors `ports`, by the signature's `maps`: the next one for a tensor that has
/// several, the tensor's own for one that has none.
fn names(
    graph: &Graph,
    values: &[crate::ir::ValueId],
    ports: LeSlice<'_, i32>,
    maps: Tables<'_>,
) -> Vec<String> {
    let named: Vec<(i32, String)> = maps
        .iter()
        .map(|m: Table<'_>| {
            let index = m.get(tensor_map::TENSOR_INDEX).cast_signed();
            (index, m.string(tensor_map::NAME).unwrap_or_default().to_owned())
        })
        .collect();
    let mut taken = vec![false; named.len()];
    let mut next = |tensor: i32| {
        let free =
            |&(i, (t, _)): &(usize, &(i32, String))| *t == tensor && taken.get(i) == Some(&false);
        let (i, (_, name)) = named.iter().enumerate().find(free)?;
        *taken.get_mut(i)? = true;
        Some(name.clone())
    };
    let own = |v| graph.value(v).name.to_string();
    values.iter().zip(ports.iter()).map(|(&v, t)| next(t).unwrap_or_else(|| own(v))).collect()
}

/// Marks control flow whose graphs have an effect, which must run though nobody reads its results.
fn mark_effects(module: &mut Module) {
    let effective = |graph: &Graph| graph.nodes().any(|(_, n)| ops::has_effect(n));
    loop {
        let known: Vec<bool> = module.graphs.iter().map(effective).collect();
        let mut changed = false;
        for graph in &mut module.graphs {
            for id in graph.node_ids() {
                let Some(node) = graph.node_mut(id) else { continue };
                let control = matches!(node.op, Op::Builtin(Builtin::While | Builtin::If));
                let acts = |g: GraphId| known.get(g.0 as usize).copied().unwrap_or(true);
                if control && !ops::has_effect(node) && node.attrs.graphs().any(acts) {
                    node.attrs.set(ops::HAS_EFFECT, true);
                    changed = true;
                }
            }
        }
        if !changed {
            return;
        }
    }
}

/// Keeps the signature called `wanted` alone, as the main graph.
fn choose(module: &mut Module, wanted: Option<&str>) -> Result<(), Error> {
    let Some(wanted) = wanted else { return Ok(()) };
    let Some(at) = module.entries.iter().position(|e| e.key == wanted) else {
        let keys: Vec<String> = module.entries.iter().map(|e| format!("'{}'", e.key)).collect();
        return Err(Error::Request(format!(
            "there is no signature '{wanted}': there are {}",
            keys.join(", ")
        )));
    };
    let entry = module.entries.swap_remove(at);
    let from = entry.graph;
    module.entries = vec![entry];
    if from.0 != 0 {
        passes::swap_graphs(module, GraphId(0), from);
    }
    passes::unused_graphs(module);
    Ok(())
}
