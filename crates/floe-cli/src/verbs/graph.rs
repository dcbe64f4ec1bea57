//! `floe graph`: parts of graphs taken out, renamed, put together.

mod extract;
mod merge;
mod rename;

use crate::failure::Outcome;

/// Take a part out of a graph, rename its nodes, merge graphs
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    Extract(extract::Args),
    Merge(merge::Args),
    Rename(rename::Args),
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        match self.verb {
            Verb::Extract(args) => args.run(),
            Verb::Merge(args) => args.run(),
            Verb::Rename(args) => args.run(),
        }
    }
}

/// Splits `LEFT=RIGHT`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((left, right)) if !left.is_empty() => Ok((left.to_owned(), right.to_owned())),
        _ => Err("expected two names with `=` between them".into()),
    }
}
