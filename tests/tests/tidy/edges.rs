//! Arrows between the crates point down only.

use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use std::collections::BTreeMap;

/// What each crate of the family may depend on, inside the family.
const ALLOWED: &[(&str, &[&str])] = &[
    ("floe-graph", &[]),
    ("floe-proto", &[]),
    ("floe-checkpoint", &["floe-graph", "floe-proto"]),
    ("floe-savedmodel", &["floe-graph", "floe-proto"]),
    ("floe-tflite", &["floe-graph"]),
    ("floe-micro", &["floe-graph", "floe-tflite"]),
    (
        "floe-convert",
        &[
            "floe-checkpoint",
            "floe-graph",
            "floe-micro",
            "floe-proto",
            "floe-savedmodel",
            "floe-tflite",
        ],
    ),
    ("floe-embed", &["floe-graph", "floe-micro", "floe-tflite"]),
    ("floe-micro-macros", &["floe-embed"]),
    ("floe-micro-capi", &["floe-graph", "floe-micro"]),
    ("floe-smith", &["floe-graph", "floe-tflite"]),
    (
        "floe",
        &[
            "floe-checkpoint",
            "floe-convert",
            "floe-embed",
            "floe-graph",
            "floe-micro",
            "floe-proto",
            "floe-savedmodel",
            "floe-tflite",
        ],
    ),
    ("floe-cli", &["floe"]),
];

fn packages() -> Vec<Package> {
    let metadata = MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap();
    metadata.packages
}

#[test]
fn crates_depend_only_on_what_lies_below_them() {
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in packages().iter().filter(|p| p.manifest_path.as_str().contains("/crates/")) {
        let Some(allowed) = allowed.get(package.name.as_str()) else {
            wrong.push(format!("{} is not in the table of allowed edges", package.name));
            continue;
        };
        let family = package
            .dependencies
            .iter()
            .filter(|d| d.name.starts_with("floe") && d.kind != DependencyKind::Development);
        for dependency in family.filter(|d| !allowed.contains(&d.name.as_str())) {
            wrong.push(format!("{} may not depend on {}", package.name, dependency.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_table_of_edges_names_no_crate_that_is_gone() {
    let packages = packages();
    for (name, _) in ALLOWED {
        assert!(packages.iter().any(|p| p.name == *name), "{name}");
    }
}

#[test]
fn every_package_inherits_the_workspace_lints() {
    // The fuzz package sets `cfg(fuzzing)`, which cannot be combined with inherited lints.
    for package in packages().iter().filter(|p| p.name != "floe-fuzz") {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{}", package.manifest_path);
    }
}

#[test]
fn published_crates_say_what_they_are() {
    for package in packages().iter().filter(|p| p.publish.is_none()) {
        assert!(package.description.is_some(), "{} has no description", package.name);
        assert!(package.license.is_some(), "{} has no licence", package.name);
    }
}
