//! What holds for each file by itself.

use std::fs;
use std::path::{Path, PathBuf};

/// No file is longer, unless it is a table.
const MOST_LINES: usize = 500;

/// Files that may be longer, and why.
const TABLES: &[(&str, &str)] = &[
    ("/generated/", "written by xtask"),
    ("floe-tflite/src/schema/", "the schema as data, written by xtask"),
    ("floe-micro/src/kernels/reduce.rs", "one skeleton for nine reductions"),
];

/// What must not appear in any file, in two halves so that this file does not hold it.
const FORBIDDEN: &[(&str, &str)] =
    &[("/wo", "rk/"), ("/ro", "ot/"), ("/ho", "me/"), ("TO", "DO"), ("FIX", "ME"), ("XX", "X ")];

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// All text files of the repository, with their path below its top.
fn files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![top()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let local = path.ends_with("fuzz/corpus");
            if local || ["target", ".git", "artifacts", "coverage"].contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                found.push((path.strip_prefix(top()).unwrap().to_str().unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "the walk found only {} files", found.len());
    found
}

#[test]
fn files_are_short() {
    let long: Vec<_> = files()
        .into_iter()
        .filter(|(path, _)| path.ends_with(".rs") && !TABLES.iter().any(|(t, _)| path.contains(t)))
        .map(|(path, text)| (text.lines().count(), path))
        .filter(|(lines, _)| *lines > MOST_LINES)
        .collect();
    assert!(long.is_empty(), "over {MOST_LINES} lines: {long:#?}");
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<_> = files()
        .into_iter()
        .filter(|(path, text)| path.ends_with(".rs") && !text.starts_with("//!"))
        // A generated file says which command wrote it; a fuzz target is three lines; tests have a parent.
        .filter(|(path, text)| {
            !text.contains("@generated")
                && !path.starts_with("fuzz/fuzz_targets/")
                && !path.ends_with("/tests.rs")
        })
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "without `//!`: {silent:#?}");
}

#[test]
fn what_is_public_is_enumerated() {
    let globs: Vec<_> = files()
        .into_iter()
        .filter(|(path, _)| path.starts_with("crates/") && path.ends_with(".rs"))
        .flat_map(|(path, text)| {
            let lines = text
                .lines()
                .enumerate()
                .filter(|(_, l)| l.trim_start().starts_with("pub use ") && l.contains('*'));
            lines.map(|(n, _)| format!("{path}:{}", n + 1)).collect::<Vec<_>>()
        })
        .collect();
    assert!(globs.is_empty(), "{globs:#?}");
}

#[test]
fn nothing_speaks_of_a_machine_or_of_unfinished_work() {
    let mut found = Vec::new();
    for (path, text) in files() {
        for (n, line) in text.lines().enumerate() {
            for word in FORBIDDEN
                .iter()
                .map(|(a, b)| format!("{a}{b}"))
                .filter(|w| line.contains(w.as_str()))
            {
                found.push(format!("{path}:{}: {word}", n + 1));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
