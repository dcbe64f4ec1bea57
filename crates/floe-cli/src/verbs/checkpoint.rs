//! `floe checkpoint …`: checkpoints made from checkpoints, and the object graph inside.

mod average;
mod copy;
mod import;
mod merge;
mod objects;

use crate::failure::{At, Outcome};
use floe::checkpoint::{Checkpoint, WriteOptions, Writer};
use std::path::{Path, PathBuf};

/// Copy, edit, merge, average and import checkpoints; print their object graph
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    Average(average::Args),
    Copy(copy::Args),
    Import(import::Args),
    Merge(merge::Args),
    Objects(objects::Args),
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        match self.verb {
            Verb::Average(args) => args.run(),
            Verb::Copy(args) => args.run(),
            Verb::Import(args) => args.run(),
            Verb::Merge(args) => args.run(),
            Verb::Objects(args) => args.run(),
        }
    }
}

/// Where a checkpoint is written, and how.
#[derive(clap::Args)]
struct Target {
    /// The new checkpoint's prefix; a checkpoint of this name is replaced when the new one is whole
    #[arg(short, long, value_name = "PREFIX")]
    output: PathBuf,
    /// Spread the data over so many shards
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=99_999))]
    shards: u32,
    /// Put each tensor on a multiple of so many bytes
    #[arg(long, value_name = "BYTES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    align: u32,
}

impl Target {
    fn writer(&self) -> Outcome<Writer> {
        let options = WriteOptions::default().shards(self.shards).align(self.align).replace(true);
        Writer::create(&self.output, options).at(&self.output)
    }
}

fn open_all(paths: &[PathBuf]) -> Outcome<Vec<Checkpoint>> {
    paths.iter().map(|path| open(path)).collect()
}

fn open(path: &Path) -> Outcome<Checkpoint> {
    Checkpoint::open(path).at(path)
}

/// What one of the library's errors says, which names its file itself.
fn named<T>(result: Result<T, floe::checkpoint::Error>) -> Outcome<T> {
    result.map_err(|e| crate::failure::Failure::Bad(vec![e.to_string()]))
}
