//! `floe checkpoint average`: the mean of checkpoints of the same model.

use super::{Target, named, open_all};
use crate::failure::Outcome;
use crate::progress::Progress;
use floe::checkpoint::{Checkpoint, average};
use std::path::PathBuf;

/// Average checkpoints of the same model; integers and strings are the last one's
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The checkpoints, the newest last
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    target: Target,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let sources = open_all(&self.paths)?;
        let progress = Progress::of(sources.last().map_or(0, Checkpoint::stored_bytes));
        named(average(&sources, self.target.writer()?, &|done| progress.tell(done)))
    }
}
