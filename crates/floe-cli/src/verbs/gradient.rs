//! `floe gradient`: a graph that computes derivatives too.

use crate::failure::{At, Failure, Outcome};
use crate::graphs;
use crate::human::{self, Align, Table};
use crate::out;
use floe::savedmodel::gradient::gradient;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// Add the nodes that compute the derivatives of a tensor
#[derive(clap::Args)]
#[command(after_help = "\
What is differentiated is the sum of all elements of Y, as in TensorFlow's `gradients`. The nodes that are
added are TensorFlow's own; `floe optimize` takes out what is there twice.

Example:
  floe gradient model.pb --of loss:0 --wrt dense/kernel:0,dense/bias:0 -o train.pb")]
pub(crate) struct Args {
    /// A GraphDef, binary or text
    input: PathBuf,
    /// The tensor whose derivatives are wanted
    #[arg(long, value_name = "Y")]
    of: String,
    /// The tensors by which they are wanted, joined by commas
    #[arg(long, value_name = "X,…", value_delimiter = ',', required = true)]
    wrt: Vec<String>,
    /// The graph with what was added: binary, or text when the name ends in .pbtxt
    #[arg(short, long, value_name = "OUT.pb")]
    output: PathBuf,
    /// Print the names of the derivatives as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    of: &'a str,
    gradients: BTreeMap<&'a str, &'a str>,
    nodes_before: usize,
    nodes: usize,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let graph = graphs::read(&self.input)?;
        let before = graph.node.len();
        let by: Vec<&str> = self.wrt.iter().map(String::as_str).collect();
        if by.iter().any(|x| x.is_empty()) {
            return Err(Failure::usage(
                "--wrt names tensors, joined by commas: one of them is empty",
            ));
        }
        let made = gradient(graph, &self.of, &by).at(&self.input)?;
        graphs::write(&self.output, &made.graph)?;
        let report = Report {
            of: &self.of,
            gradients: by.iter().copied().zip(made.tensors.iter().map(String::as_str)).collect(),
            nodes_before: before,
            nodes: made.graph.node.len(),
        };
        if self.json { out::json(&report) } else { self.print(&report) }
    }

    fn print(&self, report: &Report<'_>) -> Outcome {
        let mut out = out::stdout();
        let added = report.nodes.saturating_sub(report.nodes_before);
        let nodes = human::plural(report.nodes as u64, "node");
        writeln!(
            out,
            "{}: {nodes}, {} of them for gradients of {}",
            self.output.display(),
            human::count(added as u64),
            human::clean(report.of)
        )?;
        let mut table = Table::new(&[("", Align::Left), ("", Align::Left)]);
        for (x, dx) in &report.gradients {
            table.row([format!("by {}", human::clean(x)), human::clean(dx).into_owned()]);
        }
        table.write(&mut out, 2)?;
        Ok(out.flush()?)
    }
}
