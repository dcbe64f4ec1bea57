//! Where `unsafe` is: three places, each of which argues its blocks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The only files and folders with `unsafe` blocks, and why.
const PLACES: &[(&str, &str)] = &[
    ("crates/floe-graph/src/map.rs", "the one wrapper of memory maps"),
    ("crates/floe-micro/src/arch/", "SIMD kernels"),
    ("crates/floe-micro-capi/src/lib.rs", "pointers of C"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Whether a line of code begins an `unsafe` block, function or implementation.
fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    ["unsafe {", "unsafe fn ", "unsafe impl ", "unsafe extern "].iter().any(|u| code.contains(u))
}

#[test]
fn unsafe_code_is_where_the_architecture_says() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    // Tests count allocations, benchmarks call peers: neither is shipped.
    for entry in fs::read_dir(top.join("crates")).unwrap() {
        sources(&entry.unwrap().path().join("src"), &mut files);
    }
    assert!(files.len() > 100, "the walk found only {} files", files.len());
    let held: BTreeSet<String> = files
        .iter()
        .filter(|path| fs::read_to_string(path).unwrap().lines().any(is_unsafe))
        .map(|path| path.strip_prefix(top).unwrap().to_str().unwrap().to_owned())
        .collect();
    let wrong: Vec<_> = held
        .iter()
        .filter(|path| !PLACES.iter().any(|(place, _)| path.starts_with(place)))
        .collect();
    assert!(wrong.is_empty(), "`unsafe` outside of its places: {wrong:#?}");
    assert!(held.contains("crates/floe-micro-capi/src/lib.rs"), "the search finds nothing");
}
