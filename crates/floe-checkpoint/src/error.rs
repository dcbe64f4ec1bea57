//! [`Error`]: what went wrong with a checkpoint, with the names at hand: the file, the tensor, and
//! what to do.

use crate::sniff::Found;
use floe_graph::{DType, Error as ReadError, ErrorKind};
use std::io;
use std::path::{Path, PathBuf};

/// The result of working on checkpoints.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong with a checkpoint. Each says the file first, then what was found and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be opened, read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What was given is no checkpoint.
    #[error("{}: {found}", path.display())]
    NotACheckpoint {
        /// What was given.
        path: PathBuf,
        /// What it is, and which argument was meant.
        found: Found,
    },
    /// A file breaks a rule of its format.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, and at which byte.
        source: ReadError,
    },
    /// A tensor cannot be read.
    #[error("{}: tensor `{name}`: {source}{}", path.display(), place(*shard))]
    Tensor {
        /// The file that holds the tensor's data.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// What is wrong.
        source: ReadError,
        /// The first byte of the tensor's data in the file, where it has one.
        shard: Option<u64>,
    },
    /// There is no tensor of this name.
    #[error("{}: there is no tensor `{name}`{}", path.display(), near.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
    NoSuchTensor {
        /// The checkpoint.
        path: PathBuf,
        /// The name that was asked for.
        name: String,
        /// The name most like it.
        near: Option<String>,
    },
    /// Two sources cannot be put together.
    #[error("{}: tensor `{name}`: {why}", path.display())]
    Conflict {
        /// The source that does not fit the ones before it.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// What does not fit.
        why: &'static str,
    },
    /// Elements of one dtype cannot be turned into another.
    #[error("tensor `{name}`: {from} cannot be cast to {to}")]
    Cast {
        /// The tensor.
        name: String,
        /// Its dtype.
        from: DType,
        /// The dtype asked for.
        to: DType,
    },
    /// What was asked for cannot be written.
    #[error("{}: {why} (`{name}`)", path.display())]
    Unwritable {
        /// The file to be written.
        path: PathBuf,
        /// The tensor or key.
        name: String,
        /// Why not.
        why: &'static str,
    },
}

impl Error {
    /// The data shard that is missing or is something else, where that is what is wrong.
    pub(crate) fn lost_shard(&self) -> Option<&Path> {
        match self {
            Self::Tensor { path, source, .. } if source.kind == ErrorKind::MissingShard => {
                Some(path)
            }
            Self::NotACheckpoint { path, found: Found::NotAShard(_) } => Some(path),
            _ => None,
        }
    }

    /// An [`Error::Io`] at `path`.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// An [`Error::File`] at `path`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(ReadError) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

fn place(at: Option<u64>) -> String {
    at.map(|at| format!(" (data from byte {at})")).unwrap_or_default()
}
