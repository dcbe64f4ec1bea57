//! From whatever path a user gives to the checkpoint that is meant: a prefix, an index, a data shard,
//! a V1 file or one of its shards, a `checkpoint` file or its folder.

use crate::error::{Error, Result};
use crate::shards::{parse_suffix, with_suffix};
use crate::sniff::{Found, diagnose, split_shard, v1_shards};
use crate::state::{STATE_FILE, State, resolve};
use crate::table::MAGIC;
use floe_graph::map;
use std::path::{Path, PathBuf};

/// A checkpoint that is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Located {
    /// A V2 bundle: what comes before `.index`.
    V2(PathBuf),
    /// A V1 checkpoint: what comes before the shards' numbers, and its files.
    V1(PathBuf, Vec<PathBuf>),
}

/// Finds the checkpoint that `path` means.
pub(crate) fn locate(path: &Path) -> Result<Located> {
    match by_state(path)? {
        Some(latest) => by_name(&latest),
        None => by_name(path),
    }
}

/// The latest checkpoint of a state file, under whatever name, or of the folder that holds one.
fn by_state(path: &Path) -> Result<Option<PathBuf>> {
    let file = if path.is_dir() { path.join(STATE_FILE) } else { path.to_owned() };
    let named = file.file_name().is_some_and(|n| n == STATE_FILE);
    if !file.is_file() || !(named || begins_as_state(&file)) {
        return Ok(None);
    }
    let state = State::read(&file)?;
    Ok(Some(resolve(&file, &state.latest)))
}

fn begins_as_state(path: &Path) -> bool {
    map::open(path).is_ok_and(|b| b.trim_ascii_start().starts_with(b"model_checkpoint_path"))
}

fn by_name(path: &Path) -> Result<Located> {
    if with_suffix(path, ".index").is_file() {
        return Ok(Located::V2(path.to_owned()));
    }
    let name = path.to_string_lossy();
    if let Some(prefix) = name.strip_suffix(".index").filter(|_| is_table(path)) {
        return Ok(Located::V2(prefix.into()));
    }
    if let Some((prefix, ..)) = split_shard(&name)
        && with_suffix(Path::new(prefix), ".index").is_file()
    {
        return Ok(Located::V2(prefix.into()));
    }
    if let Some(prefix) = before_v1_suffix(&name) {
        let files = v1_shards(Path::new(prefix));
        if files.first().is_some_and(|f| is_v1(f)) {
            return Ok(Located::V1(prefix.into(), files));
        }
    }
    if is_v1(path) {
        return Ok(Located::V1(path.to_owned(), vec![path.to_owned()]));
    }
    let files = v1_shards(path);
    if files.first().is_some_and(|f| is_v1(f)) {
        return Ok(Located::V1(path.to_owned(), files));
    }
    let found = only_inside(path).map_or_else(|| Err(diagnose(path)), Ok);
    found.map(Located::V2).map_err(|found| not_one(path, found))
}

fn not_one(path: &Path, found: Found) -> Error {
    Error::NotACheckpoint { path: path.to_owned(), found }
}

/// `name` of `name-00000-of-00002` or of the pattern `name-?????-of-00002`.
fn before_v1_suffix(name: &str) -> Option<&str> {
    let at = name.rfind("-of-")?;
    let start = name.get(..at)?.rfind('-')?;
    let (prefix, suffix) = name.split_at_checked(start)?;
    let number = suffix.replace('?', "0");
    parse_suffix(&number).map(|_| prefix)
}

/// The one checkpoint in a folder that has no state file.
fn only_inside(path: &Path) -> Option<PathBuf> {
    let Found::Folder(inside) = diagnose(path) else { return None };
    if let [only] = &inside[..] { Some(path.join(only)) } else { None }
}

fn is_table(path: &Path) -> bool {
    map::open(path).is_ok_and(|bytes| bytes.ends_with(&MAGIC))
}

/// Whether the file is a V1 checkpoint: a table whose first entry is a message of tensors, not the
/// header of a V2 index, which begins with a number.
fn is_v1(path: &Path) -> bool {
    let Ok(bytes) = map::open(path) else { return false };
    if !bytes.ends_with(&MAGIC) {
        return false;
    }
    crate::v1::is_v1(&bytes).unwrap_or(true)
}
