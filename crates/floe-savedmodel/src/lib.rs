//! GraphDef and SavedModel: read, understand and freeze TensorFlow graphs without TensorFlow.
//!
//! [`SavedModel::open`] takes whatever holds a graph (a SavedModel's folder, a `.meta`, a GraphDef,
//! binary or text) and gives its [`Graph`]s, each a [`floe_graph::Model`]. [`SavedModel::freeze`] makes
//! a graph that is complete in itself; its variables come from any [`floe_graph::TensorSource`], such
//! as a checkpoint. [`write()`] puts it in a file that TensorFlow loads.
//!
//! ```no_run
//! use floe_savedmodel::{Form, FreezeOptions, SavedModel, write};
//!
//! # fn freeze(checkpoint: &dyn floe_graph::TensorSource<'_>) -> Result<(), Box<dyn std::error::Error>> {
//! let model = SavedModel::open("saved_model")?;
//! let frozen = model.freeze(Some(checkpoint), &FreezeOptions::default())?;
//! let mut out = std::io::BufWriter::new(std::fs::File::create("frozen.pb")?);
//! write(&frozen.graph, Form::Binary, &mut out)?;
//! # Ok(())
//! # }
//! ```
//!
//! [`verify`] finds every fault of a graph, [`optimize`] makes a frozen one smaller, and [`ops`] holds
//! the definitions of TensorFlow's ops.
//!
//! Invariant: no file makes this crate panic, and what it allocates is in proportion to what it reads;
//! inlining is bounded by [`FreezeOptions::max_nodes`].

#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

mod build;
pub mod edit;
mod error;
mod fingerprint;
mod freeze;
pub mod gradient;
mod graph;
mod hashes;
pub mod names;
mod open;
pub mod ops;
pub mod optimize;
mod package;
pub mod partition;
mod sniff;
mod tensor;
pub mod verify;
mod write;

pub use build::{Attr, Builder, Call, Tensor};
pub use error::{Error, Result};
pub use fingerprint::fingerprint64;
pub use freeze::{FreezeOptions, Frozen, FrozenFile, FrozenPort, Target};
pub use graph::Graph;
pub use hashes::fingerprint;
pub use open::SavedModel;
pub use package::{Package, SavedModelWriter, Strip};
pub use sniff::{Form, Kind, sniff};
pub use tensor::to_proto;
pub use write::write;
