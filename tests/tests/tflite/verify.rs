//! Verifying: what LiteRT runs is valid, what is broken is refused, and nothing takes the process down.

use super::corpus::models;
use floe_tflite::TfLite;
use floe_tflite::verify::{Options, Severity, faults};
use serde_json::Value;

#[test]
fn what_tensorflow_converted_is_valid() {
    for (path, _) in models("op").into_iter().chain(models("model")) {
        let bytes = std::fs::read(&path).unwrap();
        for fault in faults(&bytes, &Options::default()) {
            assert!(fault.severity() < Severity::Error, "{}: {fault}", path.display());
        }
    }
}

/// These are whole as files: only running them must fail, and only where the operator is missing.
const LENIENT: [&str; 2] = ["unknown_custom_op", "unknown_version"];

#[test]
fn what_is_broken_is_refused() {
    for case in floe_tests::cases("op") {
        let text = std::fs::read(case.join("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&text).unwrap();
        for entry in manifest["corrupt"].as_array().into_iter().flatten() {
            let name = entry["name"].as_str().unwrap();
            let bytes = std::fs::read(case.join(entry["file"].as_str().unwrap())).unwrap();
            let ran = entry["litert"]["stage"] == "ran";
            // One is called broken and is the sound model itself.
            let good = std::fs::read(case.join(manifest["good"].as_str().unwrap())).unwrap();
            if bytes == good || LENIENT.contains(&name) || (name.starts_with("random_") && ran) {
                continue;
            }
            let found = faults(&bytes, &Options::default());
            let refused = found.iter().any(|f| f.severity() == Severity::Error);
            assert!(refused, "{} {name} passes: {found:?}", case.display());
        }
    }
}

#[test]
fn what_litert_cannot_load_is_refused() {
    const WHY: [&str; 4] =
        ["not a valid Flatbuffer", "No subgraph", "overflowed", "schema version"];
    for case in floe_tests::cases("real") {
        let text = std::fs::read(case.join("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&text).unwrap();
        let error = manifest["litert"]["error"].as_str().unwrap_or_default();
        let bytes = std::fs::read(case.join("model.tflite")).unwrap();
        let found = faults(&bytes, &Options::default());
        if WHY.iter().any(|why| error.contains(why)) {
            assert!(found.iter().any(|f| f.severity() == Severity::Error), "{}", case.display());
        } else {
            assert!(TfLite::parse(&bytes).is_ok(), "{}", case.display());
        }
    }
}
