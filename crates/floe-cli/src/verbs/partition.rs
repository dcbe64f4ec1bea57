//! `floe partition`: a graph in parts that send each other what they need.

use crate::failure::{At, Outcome};
use crate::graphs;
use crate::human::{self, Align, Table};
use crate::out::{self, NewFile};
use floe::proto::Message as _;
use floe::proto::tensorflow::{GraphDef, NodeDef};
use floe::savedmodel::partition::{Channel, Partition, partition};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// Take a graph apart into parts of about equal load that send each other little
#[derive(clap::Args)]
#[command(after_help = "\
DIR gets 0.pb, 1.pb … and parts.json. A part receives only from parts before it. What it is sent are
placeholders (`receive/…`), what it sends are identities (`send/…`); parts.json says which belong together.
Constants and inputs are in every part that reads them.")]
pub(crate) struct Args {
    /// A GraphDef, binary or text
    input: PathBuf,
    /// How many parts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    parts: u16,
    /// The folder for the parts
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// What is to be about equal
    #[arg(long, value_name = "WHAT", default_value = "ops")]
    balance: Balance,
    /// Print what is in parts.json
    #[arg(long)]
    json: bool,
}

/// What makes a load.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Balance {
    /// The number of nodes that compute
    Ops,
    /// The bytes of the constants that are read
    Weights,
}

#[derive(Serialize)]
struct Report<'a> {
    parts: Vec<Part>,
    channels: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Part {
    file: String,
    nodes: usize,
    bytes: usize,
    load: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    tensor: &'a str,
    from: usize,
    send: &'a str,
    to: usize,
    receive: &'a str,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let graph = graphs::read(&self.input)?;
        let weights = Weights::new(&graph);
        let cost = |node: &NodeDef| match self.balance {
            Balance::Ops => 1,
            Balance::Weights => weights.read_by(node).saturating_add(1),
        };
        let made = partition(&graph, self.parts.into(), &cost).at(&self.input)?;
        for (i, part) in made.parts.iter().enumerate() {
            graphs::write(&self.output.join(format!("{i}.pb")), part)?;
        }
        let report = report(&made);
        let path = self.output.join("parts.json");
        let mut index = NewFile::create(&path)?;
        out::write_json(&report, &mut index).at(&path)?;
        index.finish()?;
        if self.json { out::json(&report) } else { self.print(&report) }
    }

    fn print(&self, report: &Report<'_>) -> Outcome {
        let mut out = out::stdout();
        let mut table = Table::new(&[
            ("part", Align::Left),
            ("nodes", Align::Right),
            ("size", Align::Right),
            ("load", Align::Right),
            ("sends", Align::Right),
            ("receives", Align::Right),
        ]);
        for (i, part) in report.parts.iter().enumerate() {
            let sends = report.channels.iter().filter(|c| c.from == i).count();
            let receives = report.channels.iter().filter(|c| c.to == i).count();
            table.row([
                self.output.join(&part.file).display().to_string(),
                human::count(part.nodes as u64),
                human::bytes(part.bytes as u64),
                human::count(part.load),
                human::count(sends as u64),
                human::count(receives as u64),
            ]);
        }
        table.write(&mut out, 0)?;
        Ok(out.flush()?)
    }
}

fn report(made: &Partition) -> Report<'_> {
    let part = |(i, (graph, &load)): (usize, (&GraphDef, &u64))| Part {
        file: format!("{i}.pb"),
        nodes: graph.node.len(),
        bytes: graph.encoded_len(),
        load,
    };
    Report {
        parts: made.parts.iter().zip(&made.loads).enumerate().map(part).collect(),
        channels: made.channels.iter().map(Line::of).collect(),
    }
}

impl<'a> Line<'a> {
    fn of(channel: &'a Channel) -> Self {
        let Channel { tensor, from, send, to, receive } = channel;
        Self { tensor, from: *from, send, to: *to, receive }
    }
}

/// How large constants are.
struct Weights<'g> {
    bytes: std::collections::HashMap<&'g str, u64>,
}

impl<'g> Weights<'g> {
    fn new(graph: &'g GraphDef) -> Self {
        let constants = graph.node.iter().filter(|n| n.op == "Const");
        Self { bytes: constants.map(|n| (n.name.as_str(), n.encoded_len() as u64)).collect() }
    }

    fn read_by(&self, node: &NodeDef) -> u64 {
        node.input.iter().filter_map(|i| self.bytes.get(i.as_str())).sum()
    }
}
