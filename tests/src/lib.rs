//! What the cross-crate tests share: where the corpus and the fixtures are.

pub mod npy;

use std::path::{Path, PathBuf};

/// The corpus that TensorFlow and LiteRT made, from the variable `FLOE_CORPUS`; `None` when it is not
/// set, so that a plain `cargo test` runs without it.
///
/// # Panics
/// When the variable is set and names no folder or an empty one: a corpus that is asked for and
/// missing must not pass for one that was tested.
#[must_use]
pub fn corpus() -> Option<PathBuf> {
    let root = PathBuf::from(std::env::var_os("FLOE_CORPUS")?);
    let entries = std::fs::read_dir(&root).map(Iterator::count).unwrap_or(0);
    assert!(entries > 0, "FLOE_CORPUS={} is missing or empty", root.display());
    Some(root)
}

/// The case folders of one kind (`"ckpt"`, `"graph"`, `"model"`, `"op"`, `"real"`) in the corpus,
/// sorted; empty when `FLOE_CORPUS` is not set.
#[must_use]
pub fn cases(kind: &str) -> Vec<PathBuf> {
    let Some(root) = corpus() else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(root.join(kind)) else { return Vec::new() };
    let mut cases: Vec<_> = entries
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.join("manifest.json").is_file())
        .collect();
    cases.sort();
    cases
}

/// The folder of the models that this repository's own scripts made.
#[must_use]
pub fn fixtures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"))
}
