//! `floe savedmodel …`: SavedModels made from SavedModels.

use crate::failure::{At, Failure, Outcome};
use crate::human;
use crate::out;
use crate::progress::Progress;
use floe::Artefact;
use floe::checkpoint::{Checkpoint, Edit, WriteOptions, Writer};
use floe::savedmodel::{Package, SavedModelWriter, Strip};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Rewrite a SavedModel with its variables
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    Rewrite(Rewrite),
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        match self.verb {
            Verb::Rewrite(args) => args.run(),
        }
    }
}

/// Write a SavedModel again, without what serving it does not need
///
/// All tag sets, signatures, assets and variables stay; the fingerprint is made anew.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  floe savedmodel rewrite saved_model/ -o small/ --strip save,debug --share")]
struct Rewrite {
    /// The SavedModel folder
    path: PathBuf,
    /// The new folder; a SavedModel that is there is replaced when the new one is whole
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// What to leave out
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    strip: Vec<What>,
    /// Store weights that are there twice once, under both names
    #[arg(long)]
    share: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// Where in a program each node was made
    Debug,
    /// The functions that save the variables
    Save,
    /// Those that restore them, too: `tf.saved_model.load` finds the variables by the object graph
    Restore,
}

impl Rewrite {
    fn run(self) -> Outcome {
        let Artefact::SavedModel(model, _, variables) = floe::open(&self.path).at(&self.path)?
        else {
            return Err(Failure::at(&self.path, "expected a SavedModel's folder"));
        };
        let strip: Vec<Strip> = self.strip.iter().map(|&what| what.into()).collect();
        let package = model.package(&strip).at(&self.path)?;
        write(package, variables.as_deref(), self.share, &self.output)?;
        let mut out = out::stdout();
        let (before, after) = (size(&self.path), size(&self.output));
        writeln!(
            out,
            "{}: {}, {} before",
            self.output.display(),
            human::bytes(after),
            human::bytes(before)
        )?;
        Ok(out.flush()?)
    }
}

impl From<What> for Strip {
    fn from(what: What) -> Self {
        match what {
            What::Debug => Self::Debug,
            What::Save => Self::Save,
            What::Restore => Self::Restore,
        }
    }
}

/// Writes `package` with the variables of `checkpoint` as the folder `target`.
pub(super) fn write(
    package: Package,
    checkpoint: Option<&Checkpoint>,
    share: bool,
    target: &Path,
) -> Outcome {
    let folder = SavedModelWriter::create(target).at(target)?;
    if let Some(checkpoint) = checkpoint {
        let edit = if share { Edit::new().share() } else { Edit::new() };
        let progress = Progress::of(checkpoint.stored_bytes());
        let writer =
            Writer::create(folder.variables_prefix(), WriteOptions::default()).at(target)?;
        edit.copy(checkpoint, writer, &|done| progress.tell(done)).at(target)?;
    }
    folder.finish(package).at(target)
}

/// The bytes of a file, or of all files below a folder.
pub(super) fn size(path: &Path) -> u64 {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => {
            let entries = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
            entries.map(|entry| size(&entry.path())).sum()
        }
        Ok(meta) => meta.len(),
        Err(_) => 0,
    }
}
