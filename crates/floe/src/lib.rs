//! The whole life of a model without TensorFlow: read the checkpoint it was trained into, freeze its
//! graph, convert it to a quantized TFLite FlatBuffer, run that with no heap.
//!
//! This crate is the door to the family and holds no logic of its own: [`open`] tells what an
//! artefact is and opens it with the crate of its format, and the modules below name what those
//! crates offer. Depend on it with only the features you need, or on one of the crates alone.
//!
//! | feature | adds |
//! |---|---|
//! | `checkpoint` | tensor bundles: [`checkpoint`] |
//! | `savedmodel` | GraphDef, SavedModel, freezing: [`savedmodel`] |
//! | `tflite` | the FlatBuffer: [`tflite`] |
//! | `micro` | kernels, plan and interpreter: [`micro`] |
//! | `convert` | SavedModel to TFLite: [`convert`] |
//! | `embed` | models as source code for firmware: [`embed`] |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(any(feature = "checkpoint", feature = "savedmodel", feature = "tflite")))]
compile_error!("floe without a format: enable `checkpoint`, `savedmodel` or `tflite`");

mod artefact;
#[cfg(feature = "convert")]
mod evaluate;
mod kind;
pub mod verify;

#[cfg(feature = "savedmodel")]
pub use artefact::Variables;
pub use artefact::{Artefact, OpenError, View, open};
#[cfg(feature = "convert")]
pub use evaluate::Evaluator;
pub use kind::{Kind, SniffError};

/// The vocabulary that all formats share: dtypes, shapes, tensor views, the traits over them.
pub use floe_graph as graph;

pub use bytes::Bytes;

/// The examples of the front page.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

#[cfg(feature = "checkpoint")]
pub use floe_checkpoint as checkpoint;
#[cfg(feature = "convert")]
pub use floe_convert as convert;
#[cfg(feature = "embed")]
pub use floe_embed as embed;
#[cfg(feature = "micro")]
pub use floe_micro as micro;
#[cfg(feature = "savedmodel")]
pub use floe_proto as proto;
#[cfg(feature = "savedmodel")]
pub use floe_savedmodel as savedmodel;
#[cfg(feature = "tflite")]
pub use floe_tflite as tflite;
