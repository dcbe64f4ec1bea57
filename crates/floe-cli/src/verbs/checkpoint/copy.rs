//! `floe checkpoint copy`: the same tensors, or some of them, under other names, in another dtype.

use super::{Target, named, open};
use crate::failure::{Failure, Outcome};
use crate::human;
use crate::progress::Progress;
use floe::checkpoint::Edit;
use floe::graph::DType;
use std::path::PathBuf;

/// Copy a checkpoint of any version to a V2 one: rename, drop, cast, re-shard
///
/// The object graph follows: `tf.train.Checkpoint.restore` finds what it names.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The checkpoint
    path: PathBuf,
    #[command(flatten)]
    target: Target,
    /// Every match of the regular expression FROM in a name becomes TO, with `$1` for groups
    #[arg(long, value_name = "FROM=TO")]
    rename: Vec<String>,
    /// Leave out tensors whose name matches: `*` any run, `?` any character, `[a-z]` a set
    #[arg(long, value_name = "GLOB")]
    drop: Vec<String>,
    /// Cast floating-point tensors to DTYPE; with a glob, those of that name, integers too
    #[arg(long, value_name = "[GLOB=]DTYPE")]
    cast: Vec<String>,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let edit = self.edit().map_err(Failure::usage)?;
        let source = open(&self.path)?;
        let progress = Progress::of(source.stored_bytes());
        named(edit.copy(&source, self.target.writer()?, &|done| progress.tell(done)))?;
        if self.rename.is_empty() { Ok(()) } else { self.warn() }
    }

    /// Says which new names TensorFlow's own restoring of objects does not understand.
    fn warn(&self) -> Outcome {
        let Some(graph) = named(open(&self.target.output)?.objects())? else { return Ok(()) };
        let refused: Vec<_> = graph.unrestorable().collect();
        if let Some(first) = refused.first() {
            let (path, keys) =
                (self.target.output.display(), human::plural(refused.len() as u64, "name"));
            let what =
                "no `.ATTRIBUTES/`: tf.train.Checkpoint.restore will not restore their objects";
            eprintln!("warning: {path}: {keys} ({} …) with {what}", human::clean(first));
        }
        Ok(())
    }

    fn edit(&self) -> Result<Edit, String> {
        let mut edit = Edit::new();
        for rename in &self.rename {
            let (from, to) = rename
                .split_once('=')
                .ok_or_else(|| format!("--rename `{rename}`: expected FROM=TO"))?;
            edit = edit.rename(from, to).map_err(|e| format!("--rename `{rename}`: {e}"))?;
        }
        for glob in &self.drop {
            edit = edit.drop(glob).map_err(|e| format!("--drop `{glob}`: {e}"))?;
        }
        for cast in &self.cast {
            let (glob, name) =
                cast.rsplit_once('=').map_or((None, &cast[..]), |(g, d)| (Some(g), d));
            let dtype = DType::from_name(name).ok_or_else(|| {
                format!("--cast `{cast}`: `{name}` is no dtype; expected float16, bfloat16, int8 …")
            })?;
            edit = match glob {
                None => edit.cast(dtype),
                Some(glob) => {
                    edit.cast_matching(glob, dtype).map_err(|e| format!("--cast `{cast}`: {e}"))?
                }
            };
        }
        Ok(edit)
    }
}
