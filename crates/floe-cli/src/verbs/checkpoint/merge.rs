//! `floe checkpoint merge`: the tensors of several checkpoints in one.

use super::{Target, named, open_all};
use crate::failure::Outcome;
use crate::progress::Progress;
use floe::checkpoint::{Checkpoint, merge};
use std::path::PathBuf;

/// Put the tensors of several checkpoints into one; slices of one variable are put together
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The checkpoints; tensors that several have must be the same
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    target: Target,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let sources = open_all(&self.paths)?;
        let progress = Progress::of(sources.iter().map(Checkpoint::stored_bytes).sum());
        named(merge(&sources, self.target.writer()?, &|done| progress.tell(done)))
    }
}
