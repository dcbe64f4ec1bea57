//! `floe checkpoint import`: a checkpoint from arrays of another format.

use super::{Target, named};
use crate::failure::{At, Outcome};
use crate::human;
use crate::progress::Progress;
use floe::checkpoint::{Arrays, import};
use std::path::PathBuf;

/// Make a checkpoint from the arrays of a .safetensors or an .npz
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The .safetensors or .npz
    path: PathBuf,
    #[command(flatten)]
    target: Target,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let arrays = Arrays::open(&self.path).at(&self.path)?;
        let total = std::fs::metadata(&self.path).map_or(0, |m| m.len());
        let progress = Progress::of(total);
        named(import(&&arrays, self.target.writer()?, &|done| progress.tell(done)))?;
        let left = arrays.left_out();
        if !left.is_empty() {
            let names: Vec<_> = left.iter().map(|n| human::clean(n)).collect();
            eprintln!(
                "warning: {}: left out, not arrays of numbers: {}",
                self.path.display(),
                names.join(", ")
            );
        }
        Ok(())
    }
}
