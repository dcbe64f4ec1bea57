//! Tensors written as files of other formats: `.npy`, `.npz`, `.safetensors`, or a folder of arrays.
//!
//! Invariant: a tensor is streamed; only a piece of it is in memory. The order is that of the names.

use crate::failure::{At, Failure, Outcome};
use crate::npy;
use crate::out::{self, NewFile};
use floe::checkpoint;
use floe::graph::{DType, Error, ErrorKind, Payload, TensorId, TensorSource, TensorView};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

/// A tensor to be written.
pub(crate) struct Item<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// What it is, and where its elements are.
    pub(crate) view: TensorView<'a>,
}

impl Item<'_> {
    fn dims(&self) -> Vec<u64> {
        self.view.shape.iter().map(|d| u64::try_from(d).unwrap_or(0)).collect()
    }

    fn write_raw(&self, out: &mut dyn Write) -> io::Result<()> {
        /// Reading and writing fail in one loop.
        struct Either(io::Error);
        impl From<Error> for Either {
            fn from(e: Error) -> Self {
                Self(io::Error::new(io::ErrorKind::InvalidData, e))
            }
        }
        self.view.for_each_chunk(|c| out.write_all(c).map_err(Either)).map_err(|Either(e)| e)
    }

    fn write_npy(&self, out: &mut dyn Write) -> io::Result<()> {
        npy::write_header(out, self.view.dtype, &self.dims())?;
        self.write_raw(out)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let Payload::Strings(strings) = &self.view.payload else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the tensor has no strings here",
            ));
        };
        let values = strings.iter().map(|s| s.map(<[u8]>::to_vec));
        let values: Vec<_> = values
            .collect::<Result<_, _>>()
            .map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
        npy::write_strings(out, &self.dims(), &values)
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
pub(crate) fn write(items: &[Item<'_>], target: &Path) -> Outcome<Vec<String>> {
    match target.extension().and_then(|e| e.to_str()) {
        Some("npy" | "json") => single(items, target),
        Some("npz") => checkpoint::write_npz(&Chosen(items), target).at(target),
        Some("safetensors") => checkpoint::write_safetensors(&Chosen(items), target).at(target),
        _ => folder(items, target),
    }
}

fn single(items: &[Item<'_>], target: &Path) -> Outcome<Vec<String>> {
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
) -> (Vec<&'a Item<'a>>, Vec<String>) {
    let (fit, rest): (Vec<_>, Vec<_>) = items.iter().partition(|i| fits(i.view.dtype));
    (fit, rest.iter().map(|i| i.name.to_owned()).collect())
}

/// The chosen tensors as a source for the writers of other formats.
struct Chosen<'a>(&'a [Item<'a>]);

impl<'a> TensorSource<'a> for Chosen<'a> {
    fn tensor_count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    fn tensor(&self, id: TensorId) -> floe::graph::Result<TensorView<'a>> {
        self.0.get(id.0 as usize).map(|item| item.view).ok_or(no_such(id))
    }

    fn tensor_name(&self, id: TensorId) -> floe::graph::Result<&'a str> {
        self.0.get(id.0 as usize).map(|item| item.name).ok_or(no_such(id))
    }
}

const fn no_such(id: TensorId) -> Error {
    Error::new(ErrorKind::NoSuchIndex, id.0 as usize)
}

/// One line of a folder's `index.json`.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    dtype: &'static str,
    shape: Vec<u64>,
    file: String,
}

fn folder<'a>(items: &'a [Item<'a>], target: &Path) -> Outcome<Vec<String>> {
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
            shape: item.dims(),
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
