//! Numbers: gemmlowp's fixed point ([`fixed`]), real factors by integer arithmetic ([`scale`]), and
//! the float functions that `core` lacks ([`float`], [`special`]); functions of integers by table
//! ([`lut`]), and their roots ([`root`]).
//!
//! Invariant: the same bits on every machine. Integers follow the reference to the bit; floats use
//! only IEEE operations in a fixed order.

pub mod fixed;
pub mod float;
pub mod lut;
pub mod root;
pub mod scale;
pub mod special;

/// Whose integers are reproduced where the references differ (spec: micro-ops §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Numerics {
    /// LiteRT's reference kernels (`BUILTIN_REF`).
    #[default]
    LiteRt,
    /// TensorFlow Lite Micro's reference kernels: double rounding everywhere.
    Tflm,
}
