//! What is listed has its file, and each file is listed: verbs, kernels, lowerings.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The names of the modules in a folder, but for `mod.rs` and tests.
fn modules(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(top().join(folder)).unwrap().map(|e| e.unwrap().path());
    entries
        .filter(|p| p.is_dir() || p.extension().is_some_and(|e| e == "rs"))
        .map(|p| p.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|n| n != "mod" && n != "tests")
        .collect()
}

#[test]
fn every_verb_has_its_file_and_every_file_its_verb() {
    let list = fs::read_to_string(top().join("crates/floe-cli/src/verbs/mod.rs")).unwrap();
    let (_, list) = list.split_once("\nverbs! {").unwrap();
    let listed: BTreeSet<_> = list
        .lines()
        .filter_map(|l| l.trim().strip_suffix(';')?.split_once(' '))
        .map(|(_, module)| module.to_owned())
        .collect();
    assert!(listed.len() > 1);
    assert_eq!(listed, modules("crates/floe-cli/src/verbs"));
}

#[test]
fn every_verb_is_in_the_readme() {
    let readme = fs::read_to_string(top().join("README.md")).unwrap();
    for verb in modules("crates/floe-cli/src/verbs") {
        assert!(readme.contains(&format!("`floe {verb}")), "README.md does not name `floe {verb}`");
    }
}

/// Every op is in the list of its module, or nobody who writes op lists for others finds it.
#[test]
fn every_op_is_listed() {
    let folder = top().join("crates/floe-micro/src/kernels");
    let list = fs::read_to_string(folder.join("mod.rs")).unwrap();
    let (_, list) = list.split_once("\nops! {").unwrap();
    let mut missing = Vec::new();
    for module in modules("crates/floe-micro/src/kernels") {
        let Ok(text) = fs::read_to_string(folder.join(format!("{module}.rs"))) else { continue };
        let row = list.split(';').find_map(|row| row.trim().strip_prefix(&format!("{module}:")));
        let listed: BTreeSet<_> =
            row.unwrap_or_default().split_whitespace().map(|n| n.trim_end_matches(',')).collect();
        let defined =
            text.lines().filter_map(|l| l.strip_prefix("pub static ")?.split_once(": OpDef"));
        missing.extend(
            defined.map(|(name, _)| name).filter(|n| !listed.contains(n)).map(str::to_owned),
        );
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
