//! [`image`]: a model of the corpus as an image of its own.
//!
//! Invariant: an image links the ops of its list and no others.

#![no_std]

/// The bytes of a file of the corpus.
#[macro_export]
macro_rules! corpus {
    ($path:literal, $extension:literal) => {
        include_bytes!(concat!(env!("FLOE_CORPUS"), "/", $path, $extension))
    };
}

/// A file of the corpus in a section of its own, so that data and code are weighed apart.
#[macro_export]
macro_rules! file {
    ($name:ident, $path:literal, $extension:literal) => {
        #[unsafe(link_section = ".model")]
        static $name: [u8; $crate::corpus!($path, $extension).len()] =
            *$crate::corpus!($path, $extension);
    };
}

/// The whole of an image: the model and its goldens, by the common part of their names, the arena's bytes, and
/// the ops to link.
#[macro_export]
macro_rules! image {
    ($path:literal, arena: $arena:literal, ops: $($op:ident::$def:ident)*) => {
        $crate::file!(MODEL, $path, ".tflite");
        $crate::file!(INPUTS, $path, ".in0.npy");
        $crate::file!(OUTPUTS, $path, ".out0.npy");

        static OPS: &[&floe_micro::OpDef] = &[$(&floe_micro::kernels::$op::$def),*];

        #[cortex_m_rt::entry]
        fn main() -> ! {
            static mut ARENA: [u8; $arena] = [0; $arena];
            use floe_firmware_board::{measure, npy};
            measure(&MODEL, OPS, ARENA, npy(&INPUTS), npy(&OUTPUTS))
        }
    };
}
