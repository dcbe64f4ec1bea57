//! [`open`]: any artefact, opened by the crate of its format, behind the family's two traits.
//!
//! Invariant: dispatch only. What a format means is its own crate's matter.

use crate::{Kind, SniffError};
#[cfg(feature = "checkpoint")]
use floe_checkpoint::{Arrays, Checkpoint};
#[cfg(all(feature = "savedmodel", feature = "checkpoint"))]
use floe_graph::Layered;
use floe_graph::{Model, TensorId, TensorSource, TensorView};
#[cfg(feature = "savedmodel")]
use floe_savedmodel::SavedModel;
#[cfg(feature = "tflite")]
use floe_tflite::TfLite;
use std::path::Path;

/// An opened artefact.
#[derive(Debug)]
#[non_exhaustive]
pub enum Artefact {
    /// A checkpoint; the latest one of a folder.
    #[cfg(feature = "checkpoint")]
    Checkpoint(Box<Checkpoint>),
    /// A safetensors file or a NumPy archive.
    #[cfg(feature = "checkpoint")]
    Arrays(Arrays, Kind),
    /// A SavedModel, a MetaGraphDef or a GraphDef.
    #[cfg(feature = "savedmodel")]
    SavedModel(Box<SavedModel>, Kind, Variables),
    /// A `.tflite`, structurally whole; [`TfLite::parse`] gives its view.
    #[cfg(feature = "tflite")]
    TfLite(bytes::Bytes),
}

/// The checkpoint that lies beside a model.
#[cfg(all(feature = "savedmodel", feature = "checkpoint"))]
pub type Variables = Option<Box<Checkpoint>>;
/// The checkpoint that lies beside a model, which this build cannot read.
#[cfg(all(feature = "savedmodel", not(feature = "checkpoint")))]
pub type Variables = ();

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
    /// The graph's reader refuses it.
    #[cfg(feature = "savedmodel")]
    #[error(transparent)]
    SavedModel(#[from] floe_savedmodel::Error),
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
            Ok(Artefact::Checkpoint(Box::new(Checkpoint::open(path)?)))
        }
        #[cfg(feature = "checkpoint")]
        kind @ (Kind::Safetensors | Kind::Npz) => Ok(Artefact::Arrays(Arrays::open(path)?, kind)),
        #[cfg(feature = "savedmodel")]
        kind @ (Kind::SavedModel | Kind::MetaGraph | Kind::GraphDef) => {
            let model = Box::new(SavedModel::open(path)?);
            let variables = variables(&model)?;
            Ok(Artefact::SavedModel(model, kind, variables))
        }
        #[cfg(feature = "tflite")]
        Kind::TfLite => {
            let bytes = floe_graph::map::open(path)?;
            TfLite::parse(&bytes)?;
            Ok(Artefact::TfLite(bytes))
        }
        #[allow(unreachable_patterns, reason = "reached when a format's feature is off")]
        other => Err(OpenError::Feature(other)),
    }
}

#[cfg(all(feature = "savedmodel", feature = "checkpoint"))]
fn variables(model: &SavedModel) -> Result<Variables, OpenError> {
    Ok(model.variables_prefix().map(Checkpoint::open).transpose()?.map(Box::new))
}

#[cfg(all(feature = "savedmodel", not(feature = "checkpoint")))]
fn variables(_: &SavedModel) -> Result<Variables, OpenError> {
    Ok(())
}

impl Artefact {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            #[cfg(feature = "checkpoint")]
            Self::Checkpoint(_) => Kind::Checkpoint,
            #[cfg(feature = "checkpoint")]
            Self::Arrays(_, kind) => *kind,
            #[cfg(feature = "savedmodel")]
            Self::SavedModel(_, kind, _) => *kind,
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
            Self::Checkpoint(checkpoint) => View::of_tensors(&**checkpoint),
            #[cfg(feature = "checkpoint")]
            Self::Arrays(arrays, _) => View::of_tensors(arrays),
            #[cfg(all(feature = "savedmodel", feature = "checkpoint"))]
            Self::SavedModel(model, _, Some(variables)) => {
                let graph = model.graph(&[])?;
                let constants = graph.tensor_count();
                View { held_from: constants, ..View::of_model(Layered::new(graph, &**variables)) }
            }
            #[cfg(feature = "savedmodel")]
            Self::SavedModel(model, ..) => View::of_model(model.graph(&[])?),
            #[cfg(feature = "tflite")]
            Self::TfLite(bytes) => View::of_model(TfLite::parse(bytes)?),
        })
    }

    /// Puts names to what is wrong with tensor `id` of its [`view`](Self::view): which tensor, which file.
    #[must_use]
    pub fn explain(&self, id: TensorId, source: floe_graph::Error) -> OpenError {
        // Only checkpoints have more to say of a tensor.
        let _ = id;
        match self {
            #[cfg(feature = "checkpoint")]
            Self::Checkpoint(checkpoint) => checkpoint.explain(id, source).into(),
            #[cfg(all(feature = "savedmodel", feature = "checkpoint"))]
            Self::SavedModel(model, _, Some(variables)) => {
                let constants = model.graph(&[]).map_or(0, |graph| graph.tensor_count());
                match id.0.checked_sub(constants) {
                    Some(id) => variables.explain(TensorId(id), source).into(),
                    None => source.into(),
                }
            }
            _ => source.into(),
        }
    }
}

/// What an artefact holds.
pub struct View<'data> {
    holds: Holds<'data>,
    /// Tensors from this id on have elements, although a description may leave them out.
    held_from: u32,
}

enum Holds<'data> {
    Tensors(Box<dyn TensorSource<'data> + 'data>),
    Model(Box<dyn Model<'data> + 'data>),
}

impl<'data> View<'data> {
    /// A view of named tensors, each of which has elements.
    fn of_tensors(tensors: impl TensorSource<'data> + 'data) -> Self {
        Self { holds: Holds::Tensors(Box::new(tensors)), held_from: 0 }
    }

    /// A view of graphs.
    fn of_model(model: impl Model<'data> + 'data) -> Self {
        Self { holds: Holds::Model(Box::new(model)), held_from: u32::MAX }
    }

    /// The tensors: a checkpoint's variables, a graph's constants, all tensors of a `.tflite`.
    #[must_use]
    pub fn tensors(&self) -> &(dyn TensorSource<'data> + 'data) {
        match &self.holds {
            Holds::Tensors(tensors) => &**tensors,
            Holds::Model(model) => &**model,
        }
    }

    /// The graphs; `None` where there are only tensors.
    #[must_use]
    pub fn model(&self) -> Option<&(dyn Model<'data> + 'data)> {
        match &self.holds {
            Holds::Tensors(_) => None,
            Holds::Model(model) => Some(&**model),
        }
    }

    /// Whether the file holds elements for tensor `id`, which `tensor` or `tensor_info` gave: an
    /// activation has none.
    #[must_use]
    pub const fn holds(&self, id: TensorId, tensor: &TensorView<'_>) -> bool {
        id.0 >= self.held_from || !tensor.payload.is_absent()
    }
}
