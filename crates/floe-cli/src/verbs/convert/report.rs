//! `floe convert --report`: the page of [`view`](super::super::view) over both graphs, and tables of what became
//! what, of sizes by layer and of numeric differences.
//!
//! Invariant: as the view's: no network, and all text of the model is data.

use crate::failure::{At, Outcome};
use crate::human;
use crate::verbs::view::{Graph, Page, graphs, ops};
use floe::convert::{MadeOp, Report};
use floe::graph::Model;
use floe::tflite::TfLite;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Nodes that are named of one operator.
const NAMED: usize = 6;

/// What the page tells beside the graphs.
#[derive(Serialize)]
pub(crate) struct Story {
    facts: Vec<(&'static str, String)>,
    tables: Vec<Table>,
}

#[derive(Serialize)]
struct Table {
    title: &'static str,
    about: &'static str,
    head: Vec<&'static str>,
    rows: Vec<Row>,
}

/// A row: its cells, of which the first is looked for in graph `graph` when it is clicked, and how long its bar is.
#[derive(Serialize)]
struct Row {
    cells: Vec<String>,
    graph: usize,
    bar: f64,
}

/// Writes the page about `before`, which became the file `made`.
pub(super) fn write(
    page: &Path,
    src: &Path,
    made: &Path,
    before: &dyn Model<'_>,
    report: &Report,
) -> Outcome {
    let bytes = floe::graph::map::open(made).at(made)?;
    let model = TfLite::parse(&bytes).at(made)?;
    let named = |mut all: Vec<Graph>, side: &str| {
        all.iter_mut().for_each(|g| g.name = format!("{side}: {}", g.name));
        all
    };
    let (old, new) = (graphs(before).at(src)?, graphs(&model).at(made)?);
    let (nodes, result) = (old.first().map_or(0, Graph::len), old.len());
    let made_ops: u64 = report.ops.values().map(|&n| u64::from(n)).sum();
    let worst =
        report.differences.iter().filter(|d| d.sqnr.is_finite()).map(|d| d.sqnr).reduce(f32::min);
    let facts = vec![
        ("nodes before", human::count(nodes as u64)),
        ("operators after", human::count(made_ops)),
        ("size", human::bytes(bytes.len() as u64)),
        ("tensors compared", human::count(report.differences.len() as u64)),
        ("least signal to noise", worst.map_or("no difference".into(), |db| format!("{db:.1} dB"))),
    ];
    let tables = vec![became(report, result), layers(report, result), differences(report, result)];
    let title = format!("{} → {}", src.display(), made.display());
    let mut all = named(old, "before");
    all.extend(named(new, "after"));
    let told = Page {
        title,
        kind: "conversion",
        facts: facts.clone(),
        ops: ops(&model).at(made)?,
        graphs: all,
        report: Some(Story { facts, tables }),
        ..Page::default()
    };
    told.write(page)
}

fn became(report: &Report, graph: usize) -> Table {
    let row = |m: &MadeOp| {
        let shown: Vec<&str> = m.nodes.iter().take(NAMED).map(String::as_str).collect();
        let more = m.nodes.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let cells = vec![m.tensor.clone(), m.op.clone(), shown.join(", ") + &more];
        Row { cells, graph, bar: 0.0 }
    };
    Table {
        title: "What became what",
        about: "Each operator of the file, and the nodes whose work it does.",
        head: vec!["makes", "operator", "nodes"],
        rows: report.made.iter().map(row).collect(),
    }
}

/// The folder in a name that a layer is.
fn layer(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(folder, _)| folder)
}

fn layers(report: &Report, graph: usize) -> Table {
    let mut sizes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for m in &report.made {
        let slot = sizes.entry(layer(&m.tensor)).or_default();
        slot.0 += m.bytes;
        slot.1 += 1;
    }
    let mut sizes: Vec<_> = sizes.into_iter().collect();
    sizes.sort_by_key(|(name, (bytes, _))| (std::cmp::Reverse(*bytes), *name));
    let largest = sizes.first().map_or(1, |(_, (b, _))| (*b).max(1));
    let row = |&(name, (bytes, count)): &(&str, (u64, u64))| Row {
        cells: vec![name.to_owned(), human::bytes(bytes), human::plural(count, "operator")],
        graph,
        bar: bytes as f64 / largest as f64,
    };
    Table {
        title: "Size by layer",
        about: "Bytes of constants that the operators of a layer read.",
        head: vec!["layer", "constants", ""],
        rows: sizes.iter().map(row).collect(),
    }
}

fn differences(report: &Report, graph: usize) -> Table {
    let mut all: Vec<_> = report.differences.iter().collect();
    all.sort_by(|a, b| a.sqnr.total_cmp(&b.sqnr));
    let row = |d: &&floe::convert::Difference| {
        let sqnr = if d.sqnr.is_finite() { format!("{:.1} dB", d.sqnr) } else { "equal".into() };
        let cells =
            vec![d.tensor.clone(), sqnr, format!("{:.3e}", d.largest), format!("{:.3e}", d.scale)];
        // Two decades of float32's own 138 dB are a full bar.
        let bar = f64::from((140.0 - d.sqnr.min(140.0)) / 140.0).clamp(0.0, 1.0);
        Row { cells, graph, bar }
    };
    Table {
        title: "Numeric difference per tensor",
        about: "The graph as it was lowered against the file, on equal inputs: the representative data's first sample, else numbers between -1 and 1.",
        head: vec!["tensor", "signal to noise", "largest difference", "largest element"],
        rows: all.iter().map(row).collect(),
    }
}
