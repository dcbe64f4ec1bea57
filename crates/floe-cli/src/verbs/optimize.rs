//! `floe optimize`: a smaller graph that computes the same.

use crate::failure::{At, Failure, Outcome};
use crate::graphs;
use crate::human::{self, Align, Table};
use crate::out;
use floe::Evaluator;
use floe::savedmodel::optimize::{Options, PASSES, ends, names_of_passes, optimize};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// Make a frozen graph smaller and faster; it computes the same
#[derive(clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct Args {
    /// A GraphDef, binary or text
    input: PathBuf,
    /// The optimized graph: binary, or text when the name ends in .pbtxt
    #[arg(short, long, value_name = "OUT.pb")]
    output: PathBuf,
    /// Run only these passes, joined by commas; they keep their own order
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    passes: Vec<String>,
    /// The tensors or nodes that are wanted, such as `probs:0`; without it all that nothing else uses
    #[arg(long, value_name = "TENSORS", value_delimiter = ',')]
    outputs: Vec<String>,
    /// Print what each pass changed as JSON
    #[arg(long)]
    json: bool,
}

fn after_help() -> String {
    let mut text = "Passes, in their order:\n".to_owned();
    for pass in PASSES {
        text.push_str(&format!("  {:<12}{}\n", pass.name, pass.summary));
    }
    text.push_str("\nInputs keep their names, and so does all that nothing else uses.");
    text
}

#[derive(Serialize)]
struct Report {
    passes: Vec<Ran>,
    nodes_before: usize,
    nodes: usize,
    bytes_before: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Ran {
    name: &'static str,
    changed: usize,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        if let Some(unknown) = self.passes.iter().find(|p| names_of_passes().all(|n| n != **p)) {
            let have: Vec<_> = names_of_passes().map(|n| format!("`{n}`")).collect();
            return Err(Failure::usage(format!(
                "there is no pass `{unknown}`; there are {}",
                have.join(", ")
            )));
        }
        let mut graph = graphs::read(&self.input)?;
        let before = graph.node.len();
        let keep = self.keep(ends(&graph), &graph);
        let keep: Vec<&str> = keep.iter().map(String::as_str).collect();
        let passes: Vec<&str> = self.passes.iter().map(String::as_str).collect();
        let evaluator = Evaluator::default();
        let options = Options { keep: &keep, passes: &passes, evaluator: Some(&evaluator) };
        let ran = optimize(&mut graph, &options).at(&self.input)?;
        graphs::write(&self.output, &graph)?;
        let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |m| m.len());
        let report = Report {
            passes: ran.into_iter().map(|(name, changed)| Ran { name, changed }).collect(),
            nodes_before: before,
            nodes: graph.node.len(),
            bytes_before: size(&self.input),
            bytes: size(&self.output),
        };
        if self.json { out::json(&report) } else { self.print(&report) }
    }

    /// What is wanted, and what is fed.
    fn keep(&self, ends: Vec<&str>, graph: &floe::proto::tensorflow::GraphDef) -> Vec<String> {
        if self.outputs.is_empty() {
            return ends.into_iter().map(str::to_owned).collect();
        }
        let fed = graph.node.iter().filter(|n| n.op.starts_with("Placeholder"));
        let wanted = self.outputs.iter().map(|o| graphs::node_of(o).to_owned());
        fed.map(|n| n.name.clone()).chain(wanted).collect()
    }

    fn print(&self, report: &Report) -> Outcome {
        let mut out = out::stdout();
        writeln!(
            out,
            "{}: {} from {}, {} from {}",
            self.output.display(),
            human::plural(report.nodes as u64, "node"),
            human::count(report.nodes_before as u64),
            human::bytes(report.bytes),
            human::bytes(report.bytes_before)
        )?;
        let mut table = Table::new(&[("", Align::Left), ("", Align::Right)]);
        for ran in report.passes.iter().filter(|r| r.changed > 0) {
            table.row([ran.name.to_owned(), human::count(ran.changed as u64)]);
        }
        if !table.is_empty() {
            table.write(&mut out, 2)?;
        }
        Ok(out.flush()?)
    }
}
