//! What the command makes of graphs, run by TensorFlow itself: the scripts in `tests/tensorflow/`.
//!
//! `FLOE_PYTHON` names a Python that has TensorFlow; without it nothing is run.

use std::path::Path;
use std::process::Command;

/// Runs a script; its last line counts checks.
fn script(name: &str, arguments: &[&str]) {
    let Some(python) = std::env::var_os("FLOE_PYTHON") else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tensorflow").join(name);
    let mut command = Command::new(python);
    command.arg(path).args(["--floe", env!("CARGO_BIN_EXE_floe")]).args(arguments);
    let done = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{name}: {out}\n{err}");
    assert!(out.trim_end().ends_with(" 0 failed"), "{name}: {out}");
}

#[test]
fn gradients_are_tensorflows() {
    script("gradient.py", &[]);
}

#[test]
fn optimized_graphs_compute_the_same() {
    if let Ok(corpus) = std::env::var("FLOE_CORPUS") {
        script("optimize.py", &["--corpus", &corpus]);
    }
}

#[test]
fn frozen_graphs_compute_what_their_models_do() {
    script("freeze.py", &["--quiet"]);
}
