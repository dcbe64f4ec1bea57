//! V1 checkpoints: tables that hold tensors themselves, one file for each shard.
//!
//! The entry of the empty key lists all tensors of its file with dtype, shape and slices; every other
//! entry is one slice's values. Invariant: opening reads the lists alone.

use crate::Checksums;
use crate::entry::{parse_shape, parse_slices};
use crate::error::{Error, Result};
use crate::index::{Index, Parts, check_version};
use crate::slices::{Extent, Slice};
use crate::table::Table;
use crate::wire::Fields;
use bytes::Bytes;
use floe_graph::{Error as ReadError, ErrorKind, Result as ReadResult, map};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// The files of a V1 checkpoint.
pub(crate) type Files = Vec<(PathBuf, Arc<Table>)>;

/// One tensor, put together from the lists of all files.
struct Listed {
    dims: Option<Vec<i64>>,
    dtype: i32,
    parts: Parts,
}

/// Whether a table is a V1 checkpoint, not the index of a V2 bundle; `None` when it is damaged.
pub(crate) fn is_v1(file: &[u8]) -> Option<bool> {
    let table = Table::open(Bytes::copy_from_slice(file), Checksums::Never).ok()?;
    let first = table.get(b"").ok()??;
    Some(first.first() == Some(&0x0a))
}

/// Opens all files and reads their lists.
pub(crate) fn open(paths: Vec<PathBuf>, checksums: Checksums) -> Result<(Index, Files)> {
    let mut files = Files::new();
    for path in paths {
        let bytes = map::open(&path).map_err(Error::io(&path))?;
        let table = Table::open(bytes, checksums).map_err(Error::file(&path))?;
        files.push((path, Arc::new(table)));
    }
    let index = read(&files)?;
    Ok((index, files))
}

/// Reads the lists of all files.
pub(crate) fn read(files: &Files) -> Result<Index> {
    let mut tensors = BTreeMap::new();
    let mut total = 0usize;
    for (number, (path, table)) in (0..).zip(files) {
        total = total.saturating_add(table.file().len());
        list(table, number, &mut tensors).map_err(Error::file(path))?;
    }
    let mut index = Index::new(total);
    for (name, mut tensor) in tensors {
        tensor.parts.sort_unstable();
        tensor.parts.dedup_by(|a, b| a.0 == b.0);
        let path = files.first().map(|(p, _)| p.clone()).unwrap_or_default();
        let pushed = index.push_sliced(&name, tensor.dims.as_deref(), tensor.dtype, tensor.parts);
        pushed.map_err(|source| Error::File { path, source })?;
    }
    Ok(index)
}

fn list(table: &Table, number: u32, tensors: &mut BTreeMap<Vec<u8>, Listed>) -> ReadResult<()> {
    let missing = ReadError::new(ErrorKind::MissingField, 0);
    let value = table.get(b"")?.ok_or(missing)?;
    for field in Fields::new(&value) {
        let (1, meta) = field? else { continue };
        for field in Fields::new(meta.bytes()?) {
            match field? {
                (1, tensor) => add(tensor.bytes()?, number, tensors)?,
                (2, version) => drop(check_version(version.bytes()?)?),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Adds what a `SavedSliceMeta` says.
fn add(message: &[u8], number: u32, tensors: &mut BTreeMap<Vec<u8>, Listed>) -> ReadResult<()> {
    let (mut name, mut dims, mut dtype) = (&[][..], Some(Vec::new()), 0);
    for field in Fields::new(message) {
        match field? {
            (1, v) => name = v.bytes()?,
            (2, v) => dims = parse_shape(v.bytes()?)?,
            (3, v) => dtype = v.int32()?,
            _ => {}
        }
    }
    let rank = dims.as_ref().map_or(0, Vec::len);
    let mut slices = parse_slices(message, rank, 4)?;
    if slices.is_empty() {
        slices.push(Slice::new(vec![Extent::Whole; rank]));
    }
    let parts = slices.into_iter().map(|s| (s, Some(number)));
    let listed = tensors.entry(name.to_vec());
    let listed =
        listed.or_insert_with(|| Listed { dims: dims.clone(), dtype, parts: Parts::new() });
    if listed.dims != dims || listed.dtype != dtype {
        return Err(ReadError::new(ErrorKind::Malformed, 0));
    }
    listed.parts.extend(parts);
    Ok(())
}
