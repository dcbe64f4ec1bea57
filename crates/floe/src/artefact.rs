//! [`open`]: any artefact, opened by the crate of its format, behind the family's two traits.
//!
//! Invariant: dispatch only. What a format means is its own crate's matter.

use crate::{Kind, SniffError};
#[cfg(feature = "checkpoint")]
use floe_checkpoint::Checkpoint;
use floe_graph::{Model, TensorId, TensorSource};
#[cfg(feature = "tflite")]
use floe_tflite::TfLite;
use std::path::Path;

/// An opened artefact.
#[derive(Debug)]
#[non_exhaustive]
pub enum Artefact {
    /// A checkpoint; the latest one of a folder.
    #[cfg(feature = "checkpoint")]
    Checkpoint(Checkpoint),
    /// A `.tflite`, structurally whole; [`TfLite::parse`] gives its view.
    #[cfg(feature = "tflite")]
    TfLite(bytes::Bytes),
}

/// Why an artefact could not be opened. Its text says what was expected and where; the path is the
/// caller's to add.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It is nothing that Floe knows.
    #[error(transparent)]
    Sniff(#[from] SniffError),
    /// The file could not be mapped.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The checkpoint's reader refuses it.
    #[cfg(feature = "checkpoint")]
    #[error(transparent)]
    Checkpoint(#[from] floe_checkpoint::Error),
    /// The bytes are not what their format asks for.
    #[error(transparent)]
    Read(#[from] floe_graph::Error),
    /// The library was built without the feature of this format.
    #[error("a {}, which this build cannot read", .0.describe())]
    Feature(Kind),
}

/// Tells what `path` is and opens it.
///
/// # Errors
/// When there is nothing that Floe knows at `path`, or the reader of its format refuses it.
pub fn open(path: impl AsRef<Path>) -> Result<Artefact, OpenError> {
    let path = path.as_ref();
    match Kind::sniff(path)? {
        #[cfg(feature = "checkpoint")]
        Kind::Checkpoint | Kind::CheckpointFolder => {
            Ok(Artefact::Checkpoint(Checkpoint::open(path)?))
        }
        #[cfg(feature = "tflite")]
        Kind::TfLite => {
            let bytes = floe_graph::map::open(path)?;
            TfLite::parse(&bytes)?;
            Ok(Artefact::TfLite(bytes))
        }
        other => Err(OpenError::Feature(other)),
    }
}

impl Artefact {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            #[cfg(feature = "checkpoint")]
            Self::Checkpoint(_) => Kind::Checkpoint,
            #[cfg(feature = "tflite")]
            Self::TfLite(_) => Kind::TfLite,
        }
    }

    /// What it holds, behind the traits that know no format. Of a SavedModel, the graph for serving
    /// and its variables.
    ///
    /// # Errors
    /// When a SavedModel has several graphs and none for serving; when the file has changed since it
    /// was opened.
    pub fn view(&self) -> Result<View<'_>, OpenError> {
        Ok(match self {
            #[cfg(feature = "checkpoint")]
            Self::Checkpoint(checkpoint) => View::Tensors(Box::new(checkpoint)),
            #[cfg(feature = "tflite")]
            Self::TfLite(bytes) => View::Model(Box::new(TfLite::parse(bytes)?)),
        })
    }

    /// Puts names to what is wrong with tensor `id` of its [`view`](Self::view): which tensor, which file.
    #[must_use]
    pub fn explain(&self, id: TensorId, source: floe_graph::Error) -> OpenError {
        match self {
            #[cfg(feature = "checkpoint")]
            Self::Checkpoint(checkpoint) => checkpoint.explain(id, source).into(),
            _ => source.into(),
        }
    }
}

/// What an artefact holds.
#[non_exhaustive]
pub enum View<'data> {
    /// Named tensors.
    Tensors(Box<dyn TensorSource<'data> + 'data>),
    /// Graphs, and the tensors in them.
    Model(Box<dyn Model<'data> + 'data>),
}

impl<'data> View<'data> {
    /// The tensors: a checkpoint's variables, a graph's constants, all tensors of a `.tflite`.
    #[must_use]
    pub fn tensors(&self) -> &(dyn TensorSource<'data> + 'data) {
        match self {
            Self::Tensors(t) => &**t,
            Self::Model(m) => &**m,
        }
    }

    /// The graphs; `None` where there are only tensors.
    #[must_use]
    pub fn model(&self) -> Option<&(dyn Model<'data> + 'data)> {
        match self {
            Self::Tensors(_) => None,
            Self::Model(m) => Some(&**m),
        }
    }
}
