//! [`Kind`]: what an artefact is, told by its content.
//!
//! Invariant: a name decides only where the bytes cannot: a checkpoint's data shard has no signature
//! of its own, and a damaged file must still reach the reader that can say what is wrong with it.

use floe_graph::{foreign, map};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What an artefact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A checkpoint: a prefix, its `.index`, one of its data shards, or a V1 file.
    Checkpoint,
    /// A folder with a `checkpoint` file that lists checkpoints.
    CheckpointFolder,
    /// A SavedModel folder.
    SavedModel,
    /// A MetaGraphDef (`.meta`), binary or text.
    MetaGraph,
    /// A GraphDef, binary or text.
    GraphDef,
    /// A TFLite FlatBuffer.
    TfLite,
    /// A safetensors file.
    Safetensors,
    /// NumPy's archive of arrays.
    Npz,
}

impl Kind {
    /// The name for programs: `checkpoint`, `saved_model`, `tflite` …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Checkpoint => "checkpoint",
            Self::CheckpointFolder => "checkpoint_folder",
            Self::SavedModel => "saved_model",
            Self::MetaGraph => "meta_graph",
            Self::GraphDef => "graph_def",
            Self::TfLite => "tflite",
            Self::Safetensors => "safetensors",
            Self::Npz => "npz",
        }
    }

    /// A few words for people.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Checkpoint => "TensorFlow checkpoint",
            Self::CheckpointFolder => "checkpoint folder",
            Self::SavedModel => "SavedModel",
            Self::MetaGraph => "MetaGraphDef",
            Self::GraphDef => "GraphDef",
            Self::TfLite => "TFLite model",
            Self::Safetensors => "safetensors file",
            Self::Npz => "NumPy archive",
        }
    }

    /// Tells what `path` is. Reads a few bytes at either end of a file.
    ///
    /// # Errors
    /// When there is nothing at `path`, it cannot be read, or it is none of the kinds; the error then
    /// says what it looks like instead, where that is known.
    pub fn sniff(path: impl AsRef<Path>) -> Result<Self, SniffError> {
        let path = path.as_ref();
        match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => folder(path),
            Ok(_) => file(path, &map::open(path)?),
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e.into()),
            Err(_) if is_prefix(path) => Ok(Self::Checkpoint),
            Err(_) => Err(SniffError::NotFound),
        }
    }
}

/// Why a path is no artefact.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SniffError {
    /// Nothing is there.
    #[error("there is no such file or folder, nor a checkpoint with this prefix")]
    NotFound,
    /// The file system's reason.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Readable, but none of the kinds.
    #[error("{0}")]
    Unknown(&'static str),
    /// A folder with checkpoints, but without the file that names the latest.
    #[error("a folder without a `checkpoint` file or saved_model.pb; it holds the checkpoint {}: give that path", .0.display())]
    Prefix(PathBuf),
}

fn folder(path: &Path) -> Result<Kind, SniffError> {
    if ["saved_model.pb", "saved_model.pbtxt"].iter().any(|n| path.join(n).is_file()) {
        return Ok(Kind::SavedModel);
    }
    if path.join("checkpoint").is_file() {
        return Ok(Kind::CheckpointFolder);
    }
    let mut indexes: Vec<_> = fs::read_dir(path)?
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|x| x == "index"))
        .collect();
    indexes.sort();
    Err(match indexes.first() {
        Some(first) => SniffError::Prefix(first.with_extension("")),
        None => SniffError::Unknown(
            "a folder that is neither a SavedModel (no saved_model.pb) nor one of checkpoints (no `checkpoint` file)",
        ),
    })
}

/// Whether files that begin with this path make up a checkpoint.
fn is_prefix(path: &Path) -> bool {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|n| n.to_str()))
    else {
        return false;
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.filter_map(|e| e.ok()?.file_name().into_string().ok()).any(|entry| {
        entry.strip_prefix(name).is_some_and(|rest| {
            rest == ".index" || is_shard_suffix(rest.strip_prefix(".data").unwrap_or(rest))
        })
    })
}

/// `-00000-of-00001`, which ends the name of a shard.
fn is_shard_suffix(text: &str) -> bool {
    let Some((shard, of)) = text.strip_prefix('-').and_then(|t| t.split_once("-of-")) else {
        return false;
    };
    [shard, of].iter().all(|n| n.len() >= 5 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether the file is a data shard: what lies in it could look like anything.
fn is_shard(path: &Path) -> bool {
    let suffix = path.to_str().and_then(|p| p.rsplit_once(".data"));
    suffix.is_some_and(|(_, suffix)| is_shard_suffix(suffix))
}

/// The magic number that ends a table file: a bundle's index, a V1 checkpoint.
const TABLE: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();

fn file(path: &Path, bytes: &[u8]) -> Result<Kind, SniffError> {
    if is_shard(path) {
        return Ok(Kind::Checkpoint);
    }
    if let Some(kind) = by_content(bytes) {
        return Ok(kind);
    }
    if let Some(what) = foreign(bytes) {
        return Err(SniffError::Unknown(what));
    }
    by_name(path).ok_or(SniffError::Unknown(if bytes.is_empty() {
        "an empty file"
    } else {
        "not a format that Floe reads: expected a checkpoint, SavedModel, GraphDef, .meta, .tflite, .safetensors or .npz"
    }))
}

fn by_content(bytes: &[u8]) -> Option<Kind> {
    if bytes.get(4..8) == Some(b"TFL3") {
        return Some(Kind::TfLite);
    }
    if bytes.ends_with(&TABLE) {
        return Some(Kind::Checkpoint);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return zip_of_arrays(bytes).then_some(Kind::Npz);
    }
    if is_safetensors(bytes) {
        return Some(Kind::Safetensors);
    }
    if bytes.trim_ascii_start().starts_with(b"model_checkpoint_path") {
        return Some(Kind::CheckpointFolder);
    }
    graph(bytes)
}

/// Whether the first file in a zip archive is an array.
fn zip_of_arrays(bytes: &[u8]) -> bool {
    let Some(&[low, high]) = bytes.get(26..28) else { return false };
    let end = 30usize.saturating_add(u16::from_le_bytes([low, high]).into());
    bytes.get(30..end).is_some_and(|name| name.ends_with(b".npy"))
}

/// Eight bytes of length, then that much JSON.
fn is_safetensors(bytes: &[u8]) -> bool {
    let Some(length) = bytes.first_chunk::<8>().map(|b| u64::from_le_bytes(*b)) else {
        return false;
    };
    bytes.get(8) == Some(&b'{')
        && length.checked_add(8).is_some_and(|end| end <= bytes.len() as u64)
}

/// A graph in any of TensorFlow's messages, binary or text.
#[cfg(feature = "savedmodel")]
fn graph(bytes: &[u8]) -> Option<Kind> {
    use floe_savedmodel::Kind as Message;
    floe_savedmodel::sniff(bytes).map(|(message, _)| match message {
        Message::GraphDef => Kind::GraphDef,
        Message::MetaGraph => Kind::MetaGraph,
        Message::SavedModel => Kind::SavedModel,
    })
}

#[cfg(not(feature = "savedmodel"))]
fn graph(_: &[u8]) -> Option<Kind> {
    None
}

/// Ends of names, for files whose bytes say nothing.
const NAMES: [(&str, Kind); 10] = [
    (".tflite", Kind::TfLite),
    (".lite", Kind::TfLite),
    (".index", Kind::Checkpoint),
    (".ckpt", Kind::Checkpoint),
    ("saved_model.pb", Kind::SavedModel),
    (".pb", Kind::GraphDef),
    (".pbtxt", Kind::GraphDef),
    (".meta", Kind::MetaGraph),
    (".safetensors", Kind::Safetensors),
    (".npz", Kind::Npz),
];

fn by_name(path: &Path) -> Option<Kind> {
    let name = path.file_name()?.to_str()?;
    NAMES.iter().find(|(end, _)| name.ends_with(end)).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::{Kind, by_content, file, is_shard_suffix};
    use std::path::Path;

    #[test]
    fn formats_are_told_by_their_bytes() {
        let table = [&[0; 40][..], &super::TABLE].concat();
        let cases: [(&[u8], Option<Kind>); 9] = [
            (b"\x1c\0\0\0TFL3\0\0", Some(Kind::TfLite)),
            (&table, Some(Kind::Checkpoint)),
            (b"\x02\0\0\0\0\0\0\0{}", Some(Kind::Safetensors)),
            (b"\x03\0\0\0\0\0\0\0{}", None),
            (b"PK\x03\x04aaaabbbbccccddddeeeeff\x05\0\0\0a.npy", Some(Kind::Npz)),
            (b"PK\x03\x04aaaabbbbccccddddeeeeff\x05\0\0\0a.txt", None),
            (b"model_checkpoint_path: \"a\"", Some(Kind::CheckpointFolder)),
            (b"nodes are nice", None),
            (b"", None),
        ];
        for (bytes, kind) in cases {
            assert_eq!(by_content(bytes), kind, "{bytes:?}");
        }
    }

    #[cfg(feature = "savedmodel")]
    #[test]
    fn graphs_are_told_by_their_reader() {
        assert_eq!(by_content(b"\x0a\x0a\x0a\x01x\x12\x05Const"), Some(Kind::GraphDef));
        assert_eq!(by_content(b"saved_model_schema_version: 1"), Some(Kind::SavedModel));
        assert_eq!(by_content(b"meta_info_def {"), Some(Kind::MetaGraph));
    }

    #[test]
    fn a_name_counts_only_when_the_bytes_do_not_speak() {
        assert_eq!(file(Path::new("a.pb"), b"\x1c\0\0\0TFL3").unwrap(), Kind::TfLite);
        assert_eq!(file(Path::new("a.tflite"), b"junk").unwrap(), Kind::TfLite);
        assert!(file(Path::new("a.txt"), b"junk").is_err());
    }

    #[test]
    fn foreign_files_are_called_by_their_name() {
        let e =
            file(Path::new("m.tflite"), b"version https://git-lfs.github.com/spec/v1").unwrap_err();
        assert!(e.to_string().contains("git lfs pull"));
    }

    #[test]
    fn shards_end_in_two_numbers() {
        assert!(is_shard_suffix("-00000-of-00001"));
        assert!(!is_shard_suffix("-0-of-1"));
        assert!(!is_shard_suffix("-00000-of-"));
    }
}
