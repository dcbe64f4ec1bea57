//! `floe levels`: what of a graph can run at the same time.

use crate::failure::{At, Failure, Outcome};
use crate::human::{self, Align, Table};
use crate::out;
use floe::graph::order::{Levels, levels};
use floe::graph::{GraphId, Model, NodeId};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// Show what of a graph can run at the same time, and how much faster that can be
#[derive(clap::Args)]
#[command(after_help = "\
A node is one level behind the last that it waits for. Every node that reads something counts as one step:
the bound is all steps by the longest chain of steps that wait for each other. No number of workers that
start one step each is faster than that.")]
pub(crate) struct Args {
    /// A GraphDef, a SavedModel or a .tflite; of several graphs the main one
    path: PathBuf,
    /// Print the names of the nodes of each level as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    nodes: usize,
    steps: u64,
    longest_chain: u64,
    speed_up_bound: f64,
    levels: Vec<Vec<String>>,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let artefact = floe::open(&self.path).at(&self.path)?;
        let view = artefact.view().at(&self.path)?;
        let Some(model) = view.model() else {
            let what = format!("a {}: expected a graph", artefact.kind().describe());
            return Err(Failure::at(&self.path, what));
        };
        let cost = |node: NodeId| model.node(node).map_or(0, |n| u64::from(n.inputs > 0));
        let found = levels(model, GraphId(0), &cost).at(&self.path)?;
        if self.json {
            return out::json(&report(model, &found).at(&self.path)?);
        }
        self.print(model, &found)
    }

    fn print(&self, model: &dyn Model<'_>, found: &Levels) -> Outcome {
        let mut out = out::stdout();
        let widest = found.levels.iter().map(Vec::len).max().unwrap_or(0);
        writeln!(
            out,
            "{}: {} on {}, the widest has {}; a chain of {} bounds the speed-up to {:.2}",
            self.path.display(),
            human::plural(found.work, "step"),
            human::plural(found.levels.len() as u64, "level"),
            human::count(widest as u64),
            human::count(found.span),
            found.speed_up_bound()
        )?;
        let mut table =
            Table::new(&[("level", Align::Right), ("nodes", Align::Right), ("", Align::Left)]);
        for (i, nodes) in found.levels.iter().enumerate() {
            let ops = human::clean(&ops(model, nodes).at(&self.path)?).into_owned();
            table.row([i.to_string(), human::count(nodes.len() as u64), ops]);
        }
        table.write(&mut out, 0)?;
        Ok(out.flush()?)
    }
}

/// The ops of a level and how often each is there, in few words.
fn ops(model: &dyn Model<'_>, nodes: &[NodeId]) -> floe::graph::Result<String> {
    const SHOWN: usize = 6;
    let mut counts = std::collections::BTreeMap::new();
    for &node in nodes {
        *counts.entry(model.node(node)?.op.name()).or_insert(0usize) += 1;
    }
    let more = if counts.len() > SHOWN { ", …" } else { "" };
    let some = counts
        .iter()
        .take(SHOWN)
        .map(|(op, n)| if *n == 1 { (*op).to_owned() } else { format!("{n} {op}") });
    Ok(some.collect::<Vec<_>>().join(", ") + more)
}

fn report(model: &dyn Model<'_>, found: &Levels) -> floe::graph::Result<Report> {
    let name = |&node: &NodeId| match model.node_name(node)? {
        "" if model.node(node)?.outputs > 0 => model.value_name(model.output(node, 0)?),
        name => Ok(name),
    };
    let names = |nodes: &Vec<NodeId>| nodes.iter().map(|n| name(n).map(str::to_owned)).collect();
    Ok(Report {
        nodes: found.levels.iter().map(Vec::len).sum(),
        steps: found.work,
        longest_chain: found.span,
        speed_up_bound: found.speed_up_bound(),
        levels: found.levels.iter().map(names).collect::<floe::graph::Result<_>>()?,
    })
}
