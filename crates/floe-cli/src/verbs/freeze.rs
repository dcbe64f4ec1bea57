//! `floe freeze`: a graph with its variables inside, complete in one file.

use crate::failure::{At, Outcome};
use crate::human;
use crate::out::{self, NewFile};
use crate::source::{GraphArgs, Source};
use floe::proto::{Message as _, text};
use floe::savedmodel::{Frozen, FrozenPort};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// Put a model's variables into its graph, and keep only what its outputs need
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  floe freeze saved_model/ -o frozen.pb
  floe freeze graph.pb --checkpoint model.ckpt --inputs x:0 --outputs probs:0 -o frozen.pb")]
pub(crate) struct Args {
    /// A SavedModel folder, a .meta, or a GraphDef with --checkpoint
    src: PathBuf,
    /// The frozen graph: binary, or text when the name ends in .pbtxt
    #[arg(short, long, value_name = "OUT.pb")]
    output: PathBuf,
    #[command(flatten)]
    graph: GraphArgs,
    /// Print inputs, outputs and what to run first as JSON
    #[arg(long)]
    json: bool,
}

/// What is needed to run the frozen graph.
#[derive(Serialize)]
struct Report<'a> {
    inputs: BTreeMap<&'a str, &'a str>,
    outputs: BTreeMap<&'a str, &'a str>,
    init: &'a [String],
    nodes: usize,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let frozen = Source::open(&self.src, self.graph.checkpoint.as_ref())?.freeze(&self.graph)?;
        NewFile::write(&self.output, &self.encode(&frozen)?)?;
        if self.json {
            return out::json(&report(&frozen));
        }
        self.print(&frozen)
    }

    /// The graph in the form that the output's name asks for: text in a `.pbtxt`.
    fn encode(&self, frozen: &Frozen) -> Outcome<Vec<u8>> {
        if self.output.extension().is_some_and(|e| e == "pbtxt") {
            return text::to_text(&frozen.graph).map(String::into_bytes).at(&self.output);
        }
        Ok(frozen.graph.encode_to_vec())
    }

    fn print(&self, frozen: &Frozen) -> Outcome {
        let mut out = out::stdout();
        let bytes = std::fs::metadata(&self.output).map_or(0, |m| m.len());
        writeln!(out, "{}: {}, {}", self.output.display(), human::plural(frozen.graph.node.len() as u64, "node"), human::bytes(bytes))?;
        let mut table = human::Table::new(&[("", human::Align::Left); 4]);
        for (side, ports) in [("in", &frozen.inputs), ("out", &frozen.outputs)] {
            for port in ports {
                let shape = port.shape.as_ref().map_or("?".to_owned(), |s| crate::look::shape_text(s));
                let dtype = port.dtype.map_or("?", |d| d.name());
                table.row([side.into(), human::clean(&port.name).into_owned(), human::clean(&port.tensor).into_owned(), format!("{dtype} {shape}")]);
            }
        }
        table.write(&mut out, 2)?;
        if !frozen.init.is_empty() {
            writeln!(out, "run once before the first inference: {}", frozen.init.join(", "))?;
        }
        Ok(out.flush()?)
    }
}

fn report(frozen: &Frozen) -> Report<'_> {
    Report {
        inputs: ports(&frozen.inputs),
        outputs: ports(&frozen.outputs),
        init: &frozen.init,
        nodes: frozen.graph.node.len(),
    }
}

fn ports(ports: &[FrozenPort]) -> BTreeMap<&str, &str> {
    ports.iter().map(|p| (p.name.as_str(), p.tensor.as_str())).collect()
}
