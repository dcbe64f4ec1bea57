//! `floe graph extract`: what lies between some tensors.

use crate::failure::{At, Outcome};
use crate::{graphs, human, out};
use floe::savedmodel::{FreezeOptions, SavedModel, Target, write};
use std::io::Write;
use std::path::PathBuf;

/// Take out what lies between some tensors
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A GraphDef, binary or text
    input: PathBuf,
    /// The tensors that are fed, joined by commas; each becomes a placeholder
    #[arg(long, value_name = "TENSORS", value_delimiter = ',')]
    inputs: Vec<String>,
    /// The tensors that are wanted, joined by commas
    #[arg(long, value_name = "TENSORS", value_delimiter = ',', required = true)]
    outputs: Vec<String>,
    /// The part: binary, or text when the name ends in .pbtxt
    #[arg(short, long, value_name = "OUT.pb")]
    output: PathBuf,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let graph = graphs::read(&self.input)?;
        let mut bytes = Vec::new();
        write(&graph, floe::savedmodel::Form::Binary, &mut bytes)?;
        let model = SavedModel::parse(bytes.into(), &self.input).at(&self.input)?;
        let target = Target::Tensors { inputs: self.inputs, outputs: self.outputs };
        let options = FreezeOptions { target, ..FreezeOptions::default() };
        let part = model.freeze(None, &options).at(&self.input)?.graph;
        graphs::write(&self.output, &part)?;
        let mut out = out::stdout();
        let (nodes, all) = (part.node.len() as u64, graph.node.len() as u64);
        writeln!(
            out,
            "{}: {} of {}",
            self.output.display(),
            human::plural(nodes, "node"),
            human::count(all)
        )?;
        Ok(out.flush()?)
    }
}
