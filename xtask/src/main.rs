//! Chores of the repository: `cargo run -p xtask -- CHORE`.

mod capi;
mod codegen;
mod footprint;
mod proto;
mod size;
mod tflite;

use std::error::Error;
use std::process::ExitCode;

/// What a chore ends with.
type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// A chore: its name, what it does, and its code, which takes the arguments after the name.
type Chore = (&'static str, &'static str, fn(&[String]) -> Result);

const CHORES: &[Chore] = &[
    (
        "codegen",
        "write the checked-in sources that are made from schemas/ (--check: only compare)",
        codegen::run,
    ),
    (
        "footprint",
        "machine code that it takes to read a model, beside the peers (--at-most BYTES: fail above)",
        footprint::run,
    ),
    ("size", "bytes of flash and RAM that an image takes (--at-most BYTES: fail above)", size::run),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = args.split_first() else {
        for (name, what, _) in CHORES {
            println!("{name:10} {what}");
        }
        return ExitCode::SUCCESS;
    };
    let Some((.., run)) = CHORES.iter().find(|c| c.0 == name) else {
        eprintln!("error: there is no chore `{name}`; without arguments all are listed");
        return ExitCode::from(2);
    };
    match run(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {name}: {error}");
            ExitCode::FAILURE
        }
    }
}
