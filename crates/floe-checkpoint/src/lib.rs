//! TensorFlow checkpoints: read, verify and write tensor bundles without TensorFlow.
//!
//! [`Checkpoint::open`] takes whatever path is at hand and reads every checkpoint TensorFlow ever wrote:
//! V2 bundles of any number of shards, V1 tables, sliced variables, big-endian files. Its tensors are
//! borrowed from memory maps.
//!
//! ```no_run
//! use floe_checkpoint::Checkpoint;
//!
//! let checkpoint = Checkpoint::open("run/ck-3")?;
//! let kernel = checkpoint.get("model/dense/kernel/.ATTRIBUTES/VARIABLE_VALUE")?;
//! println!("{} {}: {:?}", kernel.dtype, kernel.shape, kernel.raw());
//! # Ok::<(), floe_checkpoint::Error>(())
//! ```
//!
//! Invariant: whatever a file claims, no allocation is larger than the file and 16 MiB, and nothing
//! panics.

#![cfg_attr(docsrs, feature(doc_cfg))]
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

mod arrays;
mod assemble;
mod checkpoint;
mod coded;
mod crc;
mod cut;
mod edit;
mod entry;
mod error;
mod glob;
mod index;
mod load;
mod locate;
mod objects;
mod ordered;
mod sampled;
mod shards;
mod slices;
mod sniff;
pub mod state;
mod store;
mod strings;
mod table;
mod typed;
mod v1;
mod variants;
mod verify;
mod wire;
mod write;

pub use arrays::{Arrays, write_npz, write_safetensors};
pub use checkpoint::{Checkpoint, Checksums, Version};
pub use cut::Cut;
pub use edit::{Edit, Progress, average, import, merge};
pub use error::{Error, Result};
pub use glob::Glob;
pub use index::Header;
pub use objects::{Attribute, Child, OBJECT_GRAPH_KEY, ObjectGraph, ObjectNode, SlotVariable};
pub use ordered::{decode_slice, encode_slice};
pub use slices::{Extent, Slice};
pub use sniff::Found;
pub use typed::ProtoTensor;
pub use variants::{TensorList, Variant};
pub use verify::{Note, Report, verify};
pub use write::{WriteOptions, Writer};
