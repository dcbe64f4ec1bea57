//! `floe tflite …`: what can be done to a `.tflite` alone.

mod rewrite;

use crate::failure::Outcome;

/// Rewrite, edit and print .tflite files
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    Rewrite(rewrite::Args),
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        match self.verb {
            Verb::Rewrite(args) => args.run(),
        }
    }
}
