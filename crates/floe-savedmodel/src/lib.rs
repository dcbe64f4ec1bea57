//! GraphDef and SavedModel: read, understand and freeze TensorFlow graphs without TensorFlow.

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

mod error;
mod fingerprint;
mod freeze;
mod graph;
pub mod names;
mod open;
pub mod ops;
mod sniff;
mod tensor;
pub mod verify;
mod write;

pub use error::{Error, Result};
pub use fingerprint::fingerprint64;
pub use freeze::{FreezeOptions, Frozen, FrozenPort, Target};
pub use graph::Graph;
pub use open::SavedModel;
pub use sniff::{Form, Kind, sniff};
pub use tensor::to_proto;
pub use write::write;
