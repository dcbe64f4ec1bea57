//! `codegen`: writes every checked-in generated file, or proves that it is current.
//!
//! Invariant: generators only say what a file holds; this module alone touches the tree, so the test
//! below covers whatever a generator adds.

use crate::{Result, capi, proto, tflite};
use std::fs;
use std::path::Path;

/// A generated file.
pub(crate) struct Generated {
    /// Its path from the repository's root.
    pub(crate) path: &'static str,
    /// What it holds.
    pub(crate) text: String,
}

/// Says what some checked-in files hold, from the schemas under the repository's root.
type Generator = fn(&Path) -> Result<Vec<Generated>>;

/// Everything that makes checked-in files. A new kind of schema is one line here.
const GENERATORS: &[Generator] =
    &[proto::generate, tflite::generate, capi::constants, capi::header];

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Runs the chore.
///
/// # Errors
/// When a schema does not compile, a file cannot be written, or with `--check` a file is stale.
pub(crate) fn run(args: &[String]) -> Result {
    let check = match args {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err("the only argument is --check".into()),
    };
    for generator in GENERATORS {
        for file in generator(root())? {
            let path = root().join(file.path);
            if fs::read_to_string(&path).is_ok_and(|old| old == file.text) {
                continue;
            }
            if check {
                return Err(format!("{} is stale: run codegen", file.path).into());
            }
            fs::write(&path, file.text).map_err(|e| format!("{}: {e}", file.path))?;
            println!("wrote {}", file.path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn checked_in_files_are_what_the_schemas_give() {
        super::run(&["--check".into()]).unwrap();
    }
}
