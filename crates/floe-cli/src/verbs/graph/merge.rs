//! `floe graph merge`: one graph of several.

use crate::failure::{At, Outcome};
use crate::{graphs, human, out};
use floe::savedmodel::edit::{connect, merge};
use std::io::Write;
use std::path::PathBuf;

/// Put graphs together
#[derive(clap::Args)]
#[command(after_help = "\
What is there twice and the same is there once. Two nodes that differ and have one name are an error: give
one graph a prefix with `floe graph rename`.

Example:
  floe graph merge features.pb classifier.pb --connect images=features/out:0 -o whole.pb")]
pub(crate) struct Args {
    /// The graphs, binary or text
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// Let a tensor be what a placeholder was; once for each
    #[arg(long, value_name = "INPUT=TENSOR", value_parser = super::pair)]
    connect: Vec<(String, String)>,
    /// The graph of all: binary, or text when the name ends in .pbtxt
    #[arg(short, long, value_name = "OUT.pb")]
    output: PathBuf,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let all = self.inputs.iter().map(|p| graphs::read(p)).collect::<Outcome<Vec<_>>>()?;
        let mut whole = merge(all).at(&self.output)?;
        for (input, tensor) in &self.connect {
            connect(&mut whole, input, tensor).at(&self.output)?;
        }
        graphs::write(&self.output, &whole)?;
        let mut out = out::stdout();
        writeln!(
            out,
            "{}: {}",
            self.output.display(),
            human::plural(whole.node.len() as u64, "node")
        )?;
        Ok(out.flush()?)
    }
}
