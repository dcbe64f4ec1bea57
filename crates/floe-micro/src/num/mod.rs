//! Numbers: gemmlowp's fixed point ([`fixed`]), real factors by integer arithmetic ([`scale`]), and
//! the float functions that `core` lacks ([`float`]).
//!
//! Invariant: the same bits on every machine. Integers follow the reference to the bit; floats use
//! only IEEE operations in a fixed order.

pub mod fixed;
pub mod float;
pub mod scale;

/// Whose integers are reproduced where the references differ (spec: micro-ops §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Numerics {
    /// LiteRT's reference kernels (`BUILTIN_REF`).
    #[default]
    LiteRt,
    /// TensorFlow Lite Micro's reference kernels: double rounding everywhere.
    Tflm,
}
