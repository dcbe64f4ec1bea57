//! From a frozen TensorFlow graph, or a TFLite FlatBuffer, to a better TFLite FlatBuffer.
//!
//! ```text
//! GraphDef --import--> nodes --lower--> Module --passes--> Module --valid--> ModuleInfo --emit--> .tflite
//! ```
//!
//! * [`import`] resolves edges and finds an order.
//! * `lower` has a file for each op or family of ops; shapes are inferred ([`infer`]) and constants
//!   folded (`fold`) while it builds, with symbols for unknown dimensions ([`ir::dim`]), so what
//!   only computes shapes vanishes.
//! * `passes` fuse and clean up, by patches.
//! * [`valid`] proves what `emit` relies on.
//!
//! Invariant: no panic whatever the graph holds; every reason against a conversion is reported at once,
//! by the user's node.

#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

mod compare;
mod convert;
mod emit;
mod error;
mod fold;
pub mod import;
pub mod infer;
pub mod ir;
mod lower;
mod ops;
mod passes;
mod program;
mod quant;
pub mod valid;

pub use compare::Difference;
pub use convert::{
    Converted, MadeOp, Options, PortInfo, Report, Signature, Source, convert, convert_tflite,
    convert_with,
};
pub use error::{Error, Problem};
pub use lower::supported;
pub use quant::{Accuracy, Array, Calibrate, Layer, Quantize, Samples, Test, Tuning};
