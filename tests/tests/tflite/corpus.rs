//! The `.tflite` files of the corpus, each with what its manifest says of it.

use serde_json::Value;
use std::path::PathBuf;

/// The `.tflite` files of a corpus kind with their entries in the manifest.
pub(crate) fn models(kind: &str) -> Vec<(PathBuf, Value)> {
    let mut all = Vec::new();
    for case in floe_tests::cases(kind) {
        let text = std::fs::read(case.join("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&text).unwrap();
        let Some(entries) = manifest["tflite"].as_object() else { continue };
        for entry in entries.values() {
            if let Some(file) = entry["file"].as_str() {
                all.push((case.join(file), entry.clone()));
            }
        }
    }
    all
}

/// Those of all kinds that have any.
pub(crate) fn all() -> Vec<(PathBuf, Value)> {
    ["op", "model", "real"].into_iter().flat_map(models).collect()
}
