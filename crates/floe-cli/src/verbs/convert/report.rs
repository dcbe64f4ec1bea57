//! `floe convert --report`: the page of [`view`](super::super::view) over both graphs, and tables of what became
//! what, of sizes by layer and of numeric differences.
//!
//! Invariant: as the view's: no network, and all text of the model is data.

use super::tuning::decibels;
use crate::failure::{At, Outcome};
use crate::human;
use crate::verbs::view::{Graph, Page, graphs, ops};
use floe::convert::{Layer, MadeOp, Report};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    histogram: Option<Histogram>,
}

/// How often numbers lie where, and which part of that integers stand for, from 0 to 1.
#[derive(Serialize)]
struct Histogram {
    counts: Vec<u64>,
    from: f64,
    to: f64,
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
    let mut facts = vec![
        ("nodes before", human::count(nodes as u64)),
        ("operators after", human::count(made_ops)),
        ("size", human::bytes(bytes.len() as u64)),
        ("tensors compared", human::count(report.differences.len() as u64)),
        ("least signal to noise", worst.map_or("no difference".into(), |db| format!("{db:.1} dB"))),
    ];
    if let Ok(file) = std::fs::metadata(src)
        && file.is_file()
    {
        facts.insert(2, ("size before", human::bytes(file.len())));
    }
    if let Some(db) = report.sqnr {
        facts.push(("signal to noise of the outputs", decibels(db)));
    }
    if let Some(a) = report.accuracy {
        facts.push(("right in float32", format!("{:.2} %", 100.0 * a.float)));
        facts.push(("right when quantized", format!("{:.2} %", 100.0 * a.quantized)));
    }
    let mut tables =
        vec![became(report, result), layers(report, result), differences(report, result)];
    if !report.layers.is_empty() {
        tables.insert(0, costs(report, result));
    }
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

/// What quantization costs each layer.
fn costs(report: &Report, graph: usize) -> Table {
    let most = report.layers.iter().map(|l| l.loss).fold(1.0, f32::max);
    let ends = |r: Option<(f32, f32)>| match r {
        Some((low, high)) => format!("{low:.4} to {high:.4}"),
        None => "float32".to_owned(),
    };
    let row = |l: &Layer| {
        let part = |x: f32| {
            let (low, high) = l.seen.unwrap_or((0.0, 1.0));
            f64::from((x - low) / (high - low).max(f32::MIN_POSITIVE)).clamp(0.0, 1.0)
        };
        let (from, to) = l.held.map_or((0.0, 1.0), |(low, high)| (part(low), part(high)));
        let histogram =
            (!l.histogram.is_empty()).then(|| Histogram { counts: l.histogram.clone(), from, to });
        let loss = format!("{:.1} dB", l.loss);
        let cells = vec![
            l.tensor.clone(),
            l.op.clone(),
            loss,
            decibels(l.sqnr),
            ends(l.seen),
            ends(l.held),
        ];
        Row { cells, graph, bar: f64::from(l.loss / most), histogram }
    };
    Table {
        title: "What quantization costs",
        about: "Signal to noise against the float model on the representative data: what each operator loses itself, and what is left after it. The picture has the numbers that were seen, zeros left out, on a scale of roots; what is shaded is cut off.",
        head: vec!["tensor", "operator", "loses", "signal to noise", "seen", "held", "", "numbers"],
        rows: report.layers.iter().map(row).collect(),
    }
}

fn became(report: &Report, graph: usize) -> Table {
    let row = |m: &MadeOp| {
        let shown: Vec<&str> = m.nodes.iter().take(NAMED).map(String::as_str).collect();
        let more = m.nodes.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let cells = vec![m.tensor.clone(), m.op.clone(), shown.join(", ") + &more];
        Row { cells, graph, bar: 0.0, histogram: None }
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
        histogram: None,
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
        Row { cells, graph, bar, histogram: None }
    };
    Table {
        title: "Numeric difference per tensor",
        about: "The graph as it was lowered against the file, on equal inputs: the representative data's first sample, else numbers between -1 and 1.",
        head: vec!["tensor", "signal to noise", "largest difference", "largest element"],
        rows: all.iter().map(row).collect(),
    }
}
