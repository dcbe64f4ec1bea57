//! `floe quantize`: a float `.tflite` in smaller numbers.

use super::convert::{Making, remake};
use crate::failure::{Failure, Outcome};
use std::path::PathBuf;

/// Quantize a float .tflite
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  floe quantize model.tflite -o small.tflite --quantize dynamic
  floe quantize model.tflite -o int8.tflite --quantize int8 --representative image=samples.npy
  floe quantize model.tflite -o int8.tflite --quantize int8 --representative samples/ \\
    --calibrate mse --test x.npy --labels y.npy --report page.html")]
pub(crate) struct Args {
    /// The .tflite, in float32
    path: PathBuf,
    /// The .tflite to write
    #[arg(short, long, value_name = "OUT.tflite")]
    output: PathBuf,
    /// The signature, by its key, where the file has several
    #[arg(long, value_name = "S")]
    signature: Option<String>,
    #[command(flatten)]
    making: Making,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        if self.making.keeps_numbers() {
            let what = "say how: --quantize float16, dynamic, int8 or int16x8";
            return Err(Failure::usage(what));
        }
        remake(&self.path, &self.output, self.signature.as_deref(), &self.making, true)
    }
}
