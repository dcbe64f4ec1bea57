//! `floe freeze`: a graph with its variables inside, complete in one file.

use crate::failure::{At, Outcome};
use crate::human;
use crate::out::{self, NewFile};
use crate::source::{GraphArgs, Source};
use crate::verbs::savedmodel;
use floe::savedmodel::{Form, Frozen, FrozenPort, write};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// Put a model's variables into its graph, and keep only what its outputs need
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  floe freeze saved_model/ -o frozen.pb
  floe freeze graph.pb --checkpoint model.ckpt --inputs x:0 --outputs probs:0 -o frozen.pb
  floe freeze saved_model/ --saved-model -o frozen/")]
pub(crate) struct Args {
    /// A SavedModel folder, a .meta, or a GraphDef with --checkpoint
    src: PathBuf,
    /// The frozen graph: binary, or text when the name ends in .pbtxt
    #[arg(short, long, value_name = "OUT.pb")]
    output: PathBuf,
    #[command(flatten)]
    graph: GraphArgs,
    /// Write a SavedModel folder without variables: with --signature that one, else all signatures
    #[arg(long)]
    saved_model: bool,
    /// In a SavedModel, compute and store once what is there twice
    #[arg(long, requires = "saved_model")]
    share: bool,
    /// Print inputs, outputs and what to run first as JSON
    #[arg(long)]
    json: bool,
}

/// What is needed to run the frozen graph.
#[derive(Serialize)]
struct Report<'a> {
    inputs: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
    init: &'a [String],
    nodes: usize,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let source = Source::open(&self.src, self.graph.checkpoint.as_ref())?;
        let frozen = if self.saved_model {
            let (package, frozen) = source.freeze_package(&self.graph, self.share)?;
            savedmodel::write(package, None, false, &self.output)?;
            frozen
        } else {
            let frozen = source.freeze(&self.graph)?;
            self.write(&frozen)?;
            frozen
        };
        for warning in &frozen.warnings {
            eprintln!("warning: {warning}");
        }
        if self.json {
            return out::json(&report(&frozen));
        }
        self.print(&frozen)
    }

    fn write(&self, frozen: &Frozen) -> Outcome {
        let mut file = NewFile::create(&self.output)?;
        write(&frozen.graph, self.form(), &mut file).at(&self.output)?;
        file.finish()
    }

    /// The form that the output's name asks for: text in a `.pbtxt`.
    fn form(&self) -> Form {
        if self.output.extension().is_some_and(|e| e == "pbtxt") {
            Form::Text
        } else {
            Form::Binary
        }
    }

    fn print(&self, frozen: &Frozen) -> Outcome {
        let mut out = out::stdout();
        let bytes = savedmodel::size(&self.output);
        writeln!(
            out,
            "{}: {}, {}",
            self.output.display(),
            human::plural(frozen.graph.node.len() as u64, "node"),
            human::bytes(bytes)
        )?;
        let mut table = human::Table::new(&[("", human::Align::Left); 4]);
        for (side, ports) in [("in", &frozen.inputs), ("out", &frozen.outputs)] {
            for port in ports {
                let shape =
                    port.shape.as_ref().map_or("?".to_owned(), |s| crate::look::shape_text(s));
                let dtype = port.dtype.map_or("?", |d| d.name());
                table.row([
                    side.into(),
                    human::clean(&name(frozen, port)).into_owned(),
                    human::clean(&port.tensor).into_owned(),
                    format!("{dtype} {shape}"),
                ]);
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
    let ports = |ports: &'_ [FrozenPort]| {
        ports.iter().map(|p| (name(frozen, p), p.tensor.clone())).collect::<BTreeMap<_, _>>()
    };
    Report {
        inputs: ports(&frozen.inputs),
        outputs: ports(&frozen.outputs),
        init: &frozen.init,
        nodes: frozen.graph.node.len(),
    }
}

/// The name of `port`: in a graph with several signatures behind that of its own.
fn name(frozen: &Frozen, port: &FrozenPort) -> String {
    let several = frozen.outputs.iter().any(|p| p.signature != port.signature);
    if several { format!("{}/{}", port.signature, port.name) } else { port.name.clone() }
}
