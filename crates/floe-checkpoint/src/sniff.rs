//! Diagnosis: what a path is that is no checkpoint, and which argument was meant.
//!
//! The most frequent question about checkpoints is the message that the wrong file gives. Invariant:
//! told by content where content speaks, by name only where it cannot.

use crate::shards::{counts_on_disk, parse_suffix, suffixes, with_suffix};
use crate::table::MAGIC;
use floe_graph::foreign;
use std::fmt;
use std::path::{Path, PathBuf};

/// What was found where a checkpoint was expected. Its text says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// There is nothing; names of checkpoints nearby.
    Nothing(Vec<String>),
    /// A folder; the checkpoints in it.
    Folder(Vec<String>),
    /// A SavedModel folder.
    SavedModel,
    /// A data shard whose index is missing.
    Shard {
        /// Which of the shards.
        number: u32,
        /// Of how many.
        count: u32,
        /// The index that is missing.
        index: PathBuf,
    },
    /// Data shards of this prefix are there, their index is not.
    NoIndex(PathBuf),
    /// An index under a name that does not end in `.index`.
    RenamedIndex,
    /// A `.index` file that does not end as one: cut off, or overwritten.
    CutOff(u64),
    /// A file of some other kind.
    Other(&'static str),
    /// A data shard whose content is something else; what it is.
    NotAShard(&'static str),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing(near) if near.is_empty() => {
                f.write_str("no such checkpoint: there is neither this file nor one with .index or .data-* after its name")
            }
            Self::Nothing(near) => {
                write!(f, "no such checkpoint; the folder holds {}", near.join(", "))
            }
            Self::Folder(inside) if inside.is_empty() => {
                f.write_str("a folder without a `checkpoint` file and without checkpoints")
            }
            Self::Folder(inside) => write!(
                f,
                "a folder without a `checkpoint` file that names the latest; give one of {}",
                inside.join(", ")
            ),
            Self::SavedModel => {
                f.write_str("a SavedModel; its checkpoint is variables/variables in it")
            }
            Self::Shard { number, count, index } => write!(
                f,
                "data shard {number} of {count} of a checkpoint; the data cannot be read without {}, which is missing",
                index.display()
            ),
            Self::NoIndex(index) => write!(
                f,
                "the checkpoint's data are there, but not its index {}, without which they cannot be read",
                index.display()
            ),
            Self::RenamedIndex => {
                f.write_str("the index of a checkpoint under another name; it must end in .index, beside its .data-* files")
            }
            Self::CutOff(length) => write!(
                f,
                "no index of a checkpoint: the last 8 of its {length} bytes are not the table's magic number; it was cut off or overwritten"
            ),
            Self::Other(what) => f.write_str(what),
            Self::NotAShard(what) => {
                write!(f, "the checkpoint's data should be here, but this is {what}")
            }
        }
    }
}

/// Says what `path` is, given that it is no checkpoint that could be opened.
pub(crate) fn diagnose(path: &Path) -> Found {
    if path.is_dir() {
        if ["saved_model.pb", "saved_model.pbtxt"].iter().any(|n| path.join(n).is_file()) {
            return Found::SavedModel;
        }
        return Found::Folder(prefixes(&path.join("")));
    }
    let name = path.to_string_lossy();
    if let Some((prefix, number, count)) = split_shard(&name) {
        return Found::Shard { number, count, index: with_suffix(Path::new(prefix), ".index") };
    }
    let Ok(bytes) = floe_graph::map::open(path) else {
        if !counts_on_disk(path).is_empty() {
            return Found::NoIndex(with_suffix(path, ".index"));
        }
        let mut near = prefixes(path);
        near.truncate(5);
        return Found::Nothing(near);
    };
    content(&bytes, name.ends_with(".index"))
}

/// Says what a file with this content is.
pub(crate) fn content(bytes: &[u8], named_index: bool) -> Found {
    if bytes.ends_with(&MAGIC) {
        return Found::RenamedIndex;
    }
    if let Some(what) = other(bytes) {
        return Found::Other(what);
    }
    if bytes.is_empty() {
        return Found::Other("an empty file: an unfinished download or a writer that was killed");
    }
    if named_index {
        return Found::CutOff(bytes.len() as u64);
    }
    Found::Other(match bytes {
        [0x0a, length, 0x0a, ..] if *length < 0x80 || bytes.get(2) == Some(&0x0a) => {
            "a frozen graph (.pb) or a .meta file: it holds a graph, not a checkpoint"
        }
        [0x0a, ..] => "a .meta file or a graph (.pb): it holds a graph, not a checkpoint",
        _ => "not a checkpoint, and nothing that is known by its first bytes",
    })
}

/// The prefix, the number and the count in the name of a data shard.
pub(crate) fn split_shard(path: &str) -> Option<(&str, u32, u32)> {
    let at = path.rfind(".data-")?;
    let (prefix, suffix) = path.split_at_checked(at)?;
    let (number, count) = parse_suffix(suffix.strip_prefix(".data")?)?;
    Some((prefix, number, count))
}

/// The checkpoints in the folder of `path` (which ends in `/` for a folder), by name.
fn prefixes(path: &Path) -> Vec<String> {
    let folder =
        if path.to_string_lossy().ends_with('/') { path } else { crate::shards::folder(path) };
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names = entries.filter_map(|e| e.ok()?.file_name().into_string().ok());
    let mut all: Vec<_> =
        names.filter_map(|n| Some(n.strip_suffix(".index")?.to_owned())).collect();
    all.sort();
    all
}

/// Whether files that begin with `path` are shards of a V1 checkpoint, `-00000-of-00002`; their paths.
pub(crate) fn v1_shards(path: &Path) -> Vec<PathBuf> {
    let suffixes = suffixes(path);
    let shards = suffixes.iter().filter(|s| parse_suffix(s).is_some());
    shards.map(|s| with_suffix(path, s)).collect()
}

/// Bytes that tell one of the family's other formats, and what was meant.
struct Sign {
    at: usize,
    bytes: &'static [u8],
    what: &'static str,
}

const fn sign(at: usize, bytes: &'static [u8], what: &'static str) -> Sign {
    Sign { at, bytes, what }
}

const SIGNS: [Sign; 6] = [
    sign(4, b"TFL3", "a TFLite model, not a checkpoint"),
    sign(8, b"{\"", "a safetensors file: `floe checkpoint import` makes a checkpoint of it"),
    sign(
        0,
        b"\x08\x01\x12",
        "a SavedModel's saved_model.pb; its checkpoint is variables/variables beside it",
    ),
    sign(
        0,
        b"saved_model_schema_version",
        "a SavedModel in text form; its checkpoint is variables/variables beside it",
    ),
    sign(0, b"node {", "a graph in text form (.pbtxt), not a checkpoint"),
    sign(0, b"meta_info_def {", "a .meta file in text form: it holds a graph, not a checkpoint"),
];

/// What a file of another format is.
fn other(bytes: &[u8]) -> Option<&'static str> {
    let is = |s: &&Sign| bytes.get(s.at..).is_some_and(|b| b.starts_with(s.bytes));
    let arrays = || bytes.windows(4).take(300).any(|w| w == b".npy");
    match (SIGNS.iter().find(is), bytes) {
        (Some(sign), _) => Some(sign.what),
        (None, [b'P', b'K', 3, 4, ..]) if arrays() => {
            Some("a NumPy archive: `floe checkpoint import` makes a checkpoint of it")
        }
        _ => foreign(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: &[u8]) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, bytes).unwrap();
        diagnose(&path).to_string()
    }

    #[test]
    fn files_are_called_by_their_name() {
        for (bytes, word) in [
            (&b"version https://git-lfs.github.com/spec/v1\noid"[..], "git lfs pull"),
            (b"<!DOCTYPE html>", "web page"),
            (b"", "empty"),
            (b"\x0a\x20\x0a\x05input\x12\x0bPlaceholder", "graph"),
            (b"\x08\x01\x12\x03", "variables/variables"),
            (&[&[b'a'; 257][..], b"ustar\0"].concat(), "tar"),
            (b"\x10\0\0\0\0\0\0\0{\"a\":", "safetensors"),
            (b"garbage", "not a checkpoint"),
        ] {
            assert!(said(bytes).contains(word), "{}", said(bytes));
        }
    }

    #[test]
    fn missing_parts_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let shard = dir.path().join("m.data-00001-of-00002");
        std::fs::write(&shard, b"x").unwrap();
        let index = dir.path().join("m.index");
        let found = Found::Shard { number: 1, count: 2, index: index.clone() };
        assert_eq!(diagnose(&shard), found);
        assert_eq!(diagnose(&dir.path().join("m")), Found::NoIndex(index.clone()));
        std::fs::write(&index, b"cut off somewhere").unwrap();
        assert_eq!(diagnose(&index), Found::CutOff(17));
        assert_eq!(diagnose(&dir.path().join("n")), Found::Nothing(vec!["m".into()]));
        assert_eq!(diagnose(dir.path()), Found::Folder(vec!["m".into()]));
    }
}
