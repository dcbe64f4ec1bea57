//! `floe inspect`: what an artefact is, at a glance.

use crate::failure::{At, Outcome};
use crate::out;
use std::path::PathBuf;

/// Say what PATH is, at a glance
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A model or a checkpoint of any format
    path: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let kind = floe::Kind::sniff(&self.path).at(&self.path)?;
        out::json(&kind.describe())
    }
}
