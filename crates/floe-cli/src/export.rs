//! Tensors written as files of other formats: `.npy`, `.npz`, `.safetensors`, or a folder of arrays.
//!
//! Invariant: a tensor is streamed; only a piece of it is in memory. The order is that of the names.

use crate::failure::{At, Failure, Outcome};
use crate::npy;
use crate::out::{self, NewFile};
use crate::select::Region;
use floe::graph::{DType, Payload, TensorView};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

/// A tensor to be written.
pub(crate) struct Item<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// What it is, and where its elements are.
    pub(crate) view: TensorView<'a>,
    /// Which elements.
    pub(crate) region: Region,
}

impl Item<'_> {
    fn write_raw(&self, out: &mut dyn Write) -> io::Result<()> {
        /// Reading and writing fail in one loop.
        struct Either(io::Error);
        impl From<floe::graph::Error> for Either {
            fn from(e: floe::graph::Error) -> Self {
                Self(io::Error::new(io::ErrorKind::InvalidData, e))
            }
        }
        self.region
            .for_each_chunk(&self.view, |c| out.write_all(c).map_err(Either))
            .map_err(|Either(e)| e)
    }

    fn write_npy(&self, out: &mut dyn Write) -> io::Result<()> {
        npy::write_header(out, self.view.dtype, self.region.shape())?;
        self.write_raw(out)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let Payload::Strings(strings) = &self.view.payload else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the tensor has no strings here",
            ));
        };
        let mut values = Vec::new();
        self.region
            .for_each_string(strings, |s| {
                values.push(s.to_vec());
                Ok::<_, floe::graph::Error>(())
            })
            .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
        npy::write_strings(out, self.region.shape(), &values)
    }

    /// Writes the elements to a file of their own: `.json` for strings, `.npy` for numbers.
    pub(crate) fn write_file(&self, path: &Path) -> Outcome {
        let mut file = NewFile::create(path)?;
        match self.view.dtype {
            DType::String => self.write_json(&mut file),
            _ => self.write_npy(&mut file),
        }
        .map_err(|e| Failure::at(path, format!("{e} (tensor `{}`)", self.name)))?;
        file.finish()
    }
}

/// Writes `items` as `target`, whose extension names the format, a folder without one. What the
/// format cannot hold is left out and returned.
pub(crate) fn write<'a>(items: &'a [Item<'a>], target: &Path) -> Outcome<Vec<&'a str>> {
    match target.extension().and_then(|e| e.to_str()) {
        Some("npy" | "json") => single(items, target),
        Some("npz") => npz(items, target),
        Some("safetensors") => safetensors(items, target),
        _ => folder(items, target),
    }
}

fn single<'a>(items: &[Item<'a>], target: &Path) -> Outcome<Vec<&'a str>> {
    match items {
        [one] => one.write_file(target).map(|()| Vec::new()),
        _ => Err(Failure::usage(format!(
            "{} holds one tensor, {} are selected: choose one with --name, or export to .npz or a folder",
            target.display(),
            items.len()
        ))),
    }
}

/// Keeps what `fits`, and gives the names of the rest.
fn split<'a>(
    items: &'a [Item<'a>],
    fits: impl Fn(DType) -> bool,
) -> (Vec<&'a Item<'a>>, Vec<&'a str>) {
    let (fit, rest): (Vec<_>, Vec<_>) = items.iter().partition(|i| fits(i.view.dtype));
    (fit, rest.iter().map(|i| i.name).collect())
}

fn npz<'a>(items: &'a [Item<'a>], target: &Path) -> Outcome<Vec<&'a str>> {
    let (items, left) = split(items, |d| npy::stored(d).is_some());
    let mut zip = zip::ZipWriter::new(NewFile::create(target)?);
    // NumPy's own archives are stored too; entries above 4 GiB need the wide form.
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .large_file(true);
    let mut names = BTreeSet::new();
    for item in items {
        let mut name = item.name.to_owned();
        while !names.insert(name.clone()) {
            name.push('~');
        }
        zip.start_file(format!("{name}.npy"), options).at(target)?;
        item.write_npy(&mut zip)
            .map_err(|e| Failure::at(target, format!("{e} (tensor `{}`)", item.name)))?;
    }
    zip.finish().at(target)?.finish()?;
    Ok(left)
}

/// The dtypes that safetensors has, and their names there.
const SAFETENSORS: [(DType, &str); 16] = [
    (DType::Bool, "BOOL"),
    (DType::Uint8, "U8"),
    (DType::Int8, "I8"),
    (DType::Float8E5m2, "F8_E5M2"),
    (DType::Float8E4m3fn, "F8_E4M3"),
    (DType::Int16, "I16"),
    (DType::Uint16, "U16"),
    (DType::Float16, "F16"),
    (DType::Bfloat16, "BF16"),
    (DType::Int32, "I32"),
    (DType::Uint32, "U32"),
    (DType::Float32, "F32"),
    (DType::Complex64, "C64"),
    (DType::Float64, "F64"),
    (DType::Int64, "I64"),
    (DType::Uint64, "U64"),
];

fn safetensors_name(dtype: DType) -> Option<&'static str> {
    SAFETENSORS.iter().find(|(d, _)| *d == dtype).map(|(_, name)| *name)
}

/// One entry of a safetensors header.
#[derive(Serialize)]
struct Entry<'a> {
    dtype: &'static str,
    shape: &'a [u64],
    data_offsets: [u64; 2],
}

fn safetensors<'a>(items: &'a [Item<'a>], target: &Path) -> Outcome<Vec<&'a str>> {
    let (mut items, left) = split(items, |d| safetensors_name(d).is_some());
    // Wide elements first: then each tensor lies on a multiple of its width.
    items.sort_by_key(|i| (std::cmp::Reverse(i.view.dtype.bytes()), i.name));
    let mut header = BTreeMap::new();
    let mut at = 0u64;
    for item in &items {
        let size =
            item.region.elements().saturating_mul(item.view.dtype.bytes().unwrap_or(0) as u64);
        let dtype = safetensors_name(item.view.dtype).unwrap_or_default();
        let end = at.saturating_add(size);
        if header
            .insert(item.name, Entry { dtype, shape: item.region.shape(), data_offsets: [at, end] })
            .is_some()
        {
            return Err(Failure::at(
                target,
                format!("two tensors are called `{}`: export to .npz or a folder", item.name),
            ));
        }
        at = end;
    }
    let mut text = serde_json::to_string(&header).at(target)?;
    text.push_str(&" ".repeat(text.len().next_multiple_of(8) - text.len()));
    let mut file = NewFile::create(target)?;
    file.write_all(&(text.len() as u64).to_le_bytes()).at(target)?;
    file.write_all(text.as_bytes()).at(target)?;
    for item in items {
        item.write_raw(&mut file)
            .map_err(|e| Failure::at(target, format!("{e} (tensor `{}`)", item.name)))?;
    }
    file.finish()?;
    Ok(left)
}

/// One line of a folder's `index.json`.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    dtype: &'static str,
    shape: &'a [u64],
    file: String,
}

fn folder<'a>(items: &'a [Item<'a>], target: &Path) -> Outcome<Vec<&'a str>> {
    let (items, left) = split(items, |d| d == DType::String || npy::stored(d).is_some());
    let mut taken = BTreeSet::new();
    let mut index = Vec::new();
    for item in items {
        let extension = if item.view.dtype == DType::String { "json" } else { "npy" };
        let file = file_name(item.name, extension, &mut taken);
        item.write_file(&target.join(&file))?;
        index.push(Line {
            name: item.name,
            dtype: item.view.dtype.name(),
            shape: item.region.shape(),
            file,
        });
    }
    let path = target.join("index.json");
    let mut file = NewFile::create(&path)?;
    out::write_json(&index, &mut file).at(&path)?;
    file.finish()?;
    Ok(left)
}

/// A file name for a tensor that is legal everywhere and not yet taken, case aside.
fn file_name(name: &str, extension: &str, taken: &mut BTreeSet<String>) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '.' };
    let stem: String = name.chars().take(120).map(safe).collect();
    let stem = stem.trim_matches('.');
    let stem = if stem.is_empty() { "tensor" } else { stem };
    let mut file = format!("{stem}.{extension}");
    let mut n = 2;
    while !taken.insert(file.to_lowercase()) {
        file = format!("{stem}~{n}.{extension}");
        n += 1;
    }
    file
}

#[cfg(test)]
mod tests {
    use super::file_name;
    use std::collections::BTreeSet;

    #[test]
    fn file_names_are_legal_and_unique() {
        let mut taken = BTreeSet::from(["index.json".to_owned()]);
        let mut name = |n| file_name(n, "npy", &mut taken);
        assert_eq!(name("dense/kernel:0"), "dense.kernel.0.npy");
        assert_eq!(name("Dense/kernel:0"), "Dense.kernel.0~2.npy");
        assert_eq!(name("../../etc/passwd"), "etc.passwd.npy");
        assert_eq!(name(""), "tensor.npy");
        assert!(name(&"é".repeat(500)).len() < 140);
    }
}
