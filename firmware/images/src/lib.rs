//! [`image`]: a model of the corpus as an image of its own.
//!
//! Invariant: an image links what its model takes and nothing else.

#![no_std]

/// The bytes of a file of the corpus.
#[macro_export]
macro_rules! corpus {
    ($path:literal, $extension:literal) => {
        include_bytes!(concat!(env!("FLOE_CORPUS"), "/", $path, $extension))
    };
}

/// A file of goldens in a section of its own, which is not weighed.
#[macro_export]
macro_rules! goldens {
    ($name:ident, $path:literal, $extension:literal) => {
        #[unsafe(link_section = ".goldens")]
        static $name: [u8; $crate::corpus!($path, $extension).len()] =
            *$crate::corpus!($path, $extension);
    };
}

/// The whole of an image: the model and its goldens, by the common part of their names.
#[macro_export]
macro_rules! image {
    ($path:literal) => {
        mod model {
            floe_micro::model!(concat!(env!("FLOE_CORPUS"), "/", $path, ".tflite"));
        }
        $crate::goldens!(INPUTS, $path, ".in0.npy");
        $crate::goldens!(OUTPUTS, $path, ".out0.npy");

        #[cortex_m_rt::entry]
        fn main() -> ! {
            static mut ARENA: [u8; model::ARENA] = [0; model::ARENA];
            use floe_firmware_board::{measure, npy};
            let sizes = (model::MODEL.len(), model::ARENA);
            let goldens = (npy(&INPUTS), npy(&OUTPUTS));
            measure(sizes, ARENA, model::Model::new, model::Model::engine, goldens)
        }
    };
}
