//! The TFLite FlatBuffer (`.tflite`, schema 3 to 3d): read without copying, verified, edited, written.
//!
//! * [`TfLite::parse`] walks the file once and gives a view that is one slice and a number; its
//!   accessors never panic and never allocate. It runs on a bare chip.
//! * [`schema`] is the format as data: tables, fields, enumerations, operators. The reader, the writer
//!   and the text form all ask it; there is no generated accessor code.
//! * [`verify()`] checks every rule of a valid model and gives all faults with their places; it
//!   allocates nothing either.
//! * [`owned`] is the file as a tree that can be changed ([`edit`]) and written again ([`encode`]),
//!   [`build`] makes models from nothing, [`text`] prints and parses them, [`versions`] gives each
//!   operator the lowest version that expresses it. These need the feature `alloc`.
//!
//! Invariant: no `unsafe`, no panic, and no allocation by a size that only the file claims, whatever
//! the bytes are.
//!
//! | feature | adds |
//! |---|---|
//! | `alloc` | the owned form, and what writes |
//! | `std` (default) | `alloc`, writing to [`std::io::Write`] |
//! | `zip` | `files`: what is appended to a model |

#![no_std]
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

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(feature = "alloc")]
pub mod build;
#[cfg(feature = "alloc")]
pub mod edit;
#[cfg(feature = "alloc")]
mod encode;
#[cfg(feature = "zip")]
pub mod files;
pub mod flex;
mod model;
mod operator;
#[cfg(feature = "alloc")]
pub mod owned;
#[cfg(feature = "alloc")]
mod patch;
pub mod schema;
mod source;
mod structure;
mod table;
mod tensor;
#[cfg(feature = "alloc")]
pub mod text;
mod traits;
pub mod verify;
#[cfg(feature = "alloc")]
pub mod versions;

#[cfg(feature = "alloc")]
pub use encode::{EncodeError, Encoded, Layout, encode};
pub use model::{Subgraph, TfLite};
pub use operator::{OpCode, Operator};
#[cfg(feature = "alloc")]
pub use patch::{PatchError, Patched, Unknown};
pub use schema::enums;
pub use schema::enums::builtin_operator as op;
pub use schema::fields;
pub use table::{Number, Slot, Table, Tables};
pub use tensor::Tensor;
pub use traits::{Flags, OpTraits, Results, Types, op_traits};
pub use verify::verify;
