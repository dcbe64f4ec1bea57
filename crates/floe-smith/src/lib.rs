//! Random valid models, for fuzzing, tests and benches.
//!
//! Invariant: what a smith makes is valid by every rule of its format, so that whatever refuses it
//! is wrong; and it is a function of its [`Source`] alone, so that a failure can be made again.

mod source;
pub mod tflite;

pub use source::Source;
