//! Fuzz targets: their logic, and a smoke test of each.
//!
//! A target is a function of bytes that must return, whatever they are: it panics only when a property
//! fails. `fuzz/run TARGET` hands it to the engine; the plain binary of the same name runs it over the files
//! it is given, to replay a crash without the engine:
//!
//! ```text
//! cargo run -p floe-fuzz --bin tflite -- fuzz/artifacts/tflite/crash-…
//! ```

pub mod bundle_index;
pub mod checkpoint;
pub mod convert;
pub mod freeze_graph;
pub mod graph_def;
pub mod object_graph;
pub mod ordered_code;
pub mod pbtxt;
pub mod reader;
pub mod run_model;
pub mod saved_model;
pub mod saved_model_folder;
pub mod state_file;
pub mod string_tensor;
pub mod tensor_proto;
pub mod tflite;
pub mod tflite_files;
pub mod tflite_rewrite;
pub mod tflite_smith;
pub mod tflite_verify;
pub mod v1_table;

/// The body of a target's binary: the engine's entry under `cargo fuzz`, else [`replay`].
#[macro_export]
macro_rules! target {
    ($function:path) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $function(data));
        #[cfg(not(fuzzing))]
        fn main() {
            $crate::replay($function);
        }
    };
}

/// Runs `target` over the files named on the command line.
///
/// # Panics
/// When a file cannot be read, or when the target does.
pub fn replay(target: fn(&[u8])) {
    for path in std::env::args_os().skip(1) {
        target(&std::fs::read(path).expect("a readable file"));
    }
}

#[cfg(test)]
mod smoke;
