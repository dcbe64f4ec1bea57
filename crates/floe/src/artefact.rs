//! [`open`]: any artefact, opened by the crate of its format, behind the family's two traits.
//!
//! Invariant: dispatch only. What a format means is its own crate's matter.

use crate::Kind;
use crate::kind::SniffError;
use floe_graph::{Model, TensorSource};
use std::path::Path;

/// An opened artefact.
#[derive(Debug)]
#[non_exhaustive]
pub enum Artefact {}

/// Why an artefact could not be opened. Its text says what was expected and where; the path is the
/// caller's to add.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It is nothing that Floe knows.
    #[error(transparent)]
    Sniff(#[from] SniffError),
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
    let kind = Kind::sniff(path)?;
    Err(OpenError::Feature(kind))
}

impl Artefact {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match *self {}
    }

    /// Its tensors: a checkpoint's variables, a graph's constants, all tensors of a `.tflite`.
    #[must_use]
    pub fn tensors(&self) -> Box<dyn TensorSource<'_> + '_> {
        match *self {}
    }

    /// Its graphs; `None` for files that hold tensors only.
    #[must_use]
    pub fn model(&self) -> Option<Box<dyn Model<'_> + '_>> {
        match *self {}
    }
}
