//! The command `floe`: looks at, freezes, converts and runs TensorFlow models without TensorFlow.
//!
//! One file per verb in [`verbs`]; everything of the formats comes from the library `floe`.
//!
//! Invariants: results go to stdout and everything else to stderr; status 0 is done, 1 a bad artefact
//! or failed work, 2 a wrong command line; output files appear whole or not at all.

mod export;
mod failure;
mod graphs;
mod human;
mod look;
mod macs;
mod meta;
mod named;
mod npy;
mod numbers;
mod out;
mod progress;
mod runner;
mod select;
mod source;
mod structured;
mod verbs;

use clap::Parser;
use std::process::ExitCode;

/// Look at, freeze, convert and run TensorFlow models, without TensorFlow.
///
/// PATH is told by its content: a checkpoint (prefix, .index, data shard, V1 file, or the folder with
/// the `checkpoint` file), a SavedModel folder, a GraphDef (.pb, .pbtxt), a .meta, a .tflite, a
/// .safetensors or an .npz.
#[derive(Parser)]
#[command(name = "floe", version, propagate_version = true, after_help = AFTER)]
struct Cli {
    #[command(subcommand)]
    verb: verbs::Verb,
}

const AFTER: &str = "\
Status: 0 done or valid; 1 the artefact is bad or the work failed; 2 the command line is wrong.

Examples:
  floe inspect saved_model/
  floe convert saved_model/ -o model.tflite
  floe run model.tflite --input image.npy --output out/";

fn main() -> ExitCode {
    match Cli::parse().verb.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
