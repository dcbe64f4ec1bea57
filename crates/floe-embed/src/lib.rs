//! Source code that holds a TFLite model for [`floe_micro`].
//!
//! [`Manifest`] finds out ahead what a model takes on a chip: the exact arena, by planning with the
//! interpreter's own planner; the smallest op list, by planning with less until it no longer works; its
//! inputs and outputs. [`Manifest::rust`] and [`Manifest::c_sources`] spell that as source code. `floe embed` writes it into
//! files, and the macro `floe_micro::model!` into the crate that calls it.
//!
//! ```no_run
//! let file = std::fs::read("keywords.tflite")?;
//! let manifest = floe_embed::Manifest::of(&file)?;
//! println!("{} bytes of arena, {} ops", manifest.arena, manifest.ops.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Invariant: what is written down is what the interpreter does. `Interpreter::new` works with `arena` bytes
//! and the listed ops, and fails with one byte or one op less.

#![forbid(unsafe_code)]

mod c;
mod manifest;
mod names;
mod rust;

pub use manifest::{Error, Manifest, Port};
pub use names::ident;

/// A file to write: its path below the folder, and its text.
pub type File = (String, String);
