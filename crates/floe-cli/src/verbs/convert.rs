//! `floe convert`: a SavedModel, MetaGraphDef or GraphDef as a `.tflite`; a `.tflite` made anew.

mod data;
mod file;
mod making;
pub(crate) mod report;
mod tuning;

pub(super) use file::remake;
pub(super) use making::Making;

use crate::failure::{At, Failure, Outcome};
use crate::out::NewFile;
use crate::source::{GraphArgs, Source};
use floe::Kind;
use floe::convert::Converted;
use making::Input;
use std::path::{Path, PathBuf};

/// Convert a model to a .tflite, or make a .tflite anew
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  floe convert saved_model/ -o model.tflite
  floe convert graph.pb --checkpoint model.ckpt --inputs x:0 --outputs probs:0 -o model.tflite
  floe convert old.tflite -o new.tflite")]
pub(crate) struct Args {
    /// A SavedModel folder, a .meta, a GraphDef, frozen or with --checkpoint, or a .tflite
    src: PathBuf,
    /// The .tflite
    #[arg(short, long, value_name = "OUT.tflite")]
    output: PathBuf,
    #[command(flatten)]
    graph: GraphArgs,
    /// All signatures into one file, in which they share weights
    #[arg(long, conflicts_with_all = ["signature", "graph_inputs", "graph_outputs"])]
    all_signatures: bool,
    /// Keep ops that TFLite does not have as custom operators
    #[arg(long)]
    allow_custom: bool,
    #[command(flatten)]
    making: Making,
}

impl Args {
    pub(crate) fn run(mut self) -> Outcome {
        if matches!(Kind::sniff(&self.src), Ok(Kind::TfLite)) {
            if self.graph.is_of_graphs() {
                let what = "--tags, --inputs, --outputs and --checkpoint are for TensorFlow's graphs, not for a .tflite";
                return Err(Failure::usage(what));
            }
            let signature = self.graph.signature.as_deref();
            return remake(&self.src, &self.output, signature, &self.making, false);
        }
        if self.all_signatures {
            self.graph.signatures = Some(Vec::new());
        }
        let source = Source::open(&self.src, self.graph.checkpoint.as_ref())?;
        let frozen = source.freeze(&self.graph)?;
        let inputs: Vec<Input> =
            frozen.inputs.iter().map(|p| (p.name.clone(), p.tensor.clone())).collect();
        let mut options = self.making.options(&inputs, self.making.report.is_some())?;
        options.allow_custom = self.allow_custom;
        let converted = source.convert(&self.graph, &frozen, &options)?;
        let size = save(&converted, &self.src, &self.output)?;
        if let Some(page) = &self.making.report {
            let before = frozen.into_graph().at(&self.src)?;
            report::write(page, &self.src, &self.output, &&before, &converted.report)?;
        }
        self.making.tell(&self.src, &self.output, &converted.report, size)
    }
}

/// Writes what `src` became, and gives its size.
fn save(converted: &Converted, src: &Path, output: &Path) -> Outcome<u64> {
    let mut file = NewFile::create(output)?;
    converted.write_to(&mut file).at(src)?;
    file.finish()?;
    Ok(std::fs::metadata(output).at(output)?.len())
}
