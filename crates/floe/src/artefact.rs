//! [`open`]: any artefact, opened by the crate of its format, behind the family's two traits.
//!
//! Invariant: dispatch only. What a format means is its own crate's matter.

use crate::{Kind, SniffError};
use bytes::Bytes;
use floe_graph::{Model, TensorSource, map};
#[cfg(feature = "tflite")]
use floe_tflite::TfLite;
use std::path::Path;

/// An opened artefact.
#[derive(Debug)]
#[non_exhaustive]
pub enum Artefact {
    /// A `.tflite`, structurally whole; [`TfLite::parse`] gives its view.
    #[cfg(feature = "tflite")]
    TfLite(Bytes),
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
        #[cfg(feature = "tflite")]
        Kind::TfLite => {
            let bytes = map::open(path)?;
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
            #[cfg(feature = "tflite")]
            Self::TfLite(_) => Kind::TfLite,
        }
    }

    /// What it holds, behind the traits that know no format.
    ///
    /// # Errors
    /// When the file has changed since it was opened.
    pub fn view(&self) -> floe_graph::Result<View<'_>> {
        match self {
            #[cfg(feature = "tflite")]
            Self::TfLite(bytes) => Ok(View::Model(Box::new(TfLite::parse(bytes)?))),
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
