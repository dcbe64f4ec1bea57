//! Samples from files: `.npy`, `.npz`, a folder of `.npy`.

use super::making::Input;
use crate::failure::{At, Failure, Outcome};
use crate::named::NamedFile;
use crate::npy;
use floe::checkpoint::Arrays;
use floe::convert::{Array, Samples};
use floe::graph::{DType, Payload, TensorId, TensorSource};
use std::path::{Path, PathBuf};

/// The samples in `files`, by the inputs' names. A file without a name is that of the input in its place.
pub(super) fn samples(files: &[NamedFile], inputs: &[Input]) -> Outcome<Samples> {
    let mut samples = Samples::default();
    for (i, file) in files.iter().enumerate() {
        let place = inputs.get(i).map(|(name, _)| name.clone());
        for (name, path, array) in arrays(file, inputs)? {
            let name = name.or_else(|| place.clone()).unwrap_or_default();
            samples.append(name, array).at(&path)?;
        }
    }
    Ok(samples)
}

/// The whole numbers of a vector.
pub(super) fn labels(path: &Path) -> Outcome<Vec<i64>> {
    let array = read(path)?;
    let int = |b: &[u8]| -> i64 {
        let low = b.iter().rev().fold(0i64, |n, &b| (n << 8) | i64::from(b));
        let unused = 64 - 8 * b.len();
        if array.dtype.name().starts_with('u') { low } else { (low << unused) >> unused }
    };
    let whole = [
        DType::Int8,
        DType::Int16,
        DType::Int32,
        DType::Int64,
        DType::Uint8,
        DType::Uint16,
        DType::Uint32,
        DType::Uint64,
    ];
    if !whole.contains(&array.dtype) || array.shape.iter().filter(|&&d| d != 1).count() > 1 {
        let what = format!(
            "labels are one whole number for each sample, not {} of shape {:?}",
            array.dtype, array.shape
        );
        return Err(Failure::at(path, what));
    }
    Ok(array.data.chunks(array.dtype.bytes().unwrap_or(1)).map(int).collect())
}

type Found = Vec<(Option<String>, PathBuf, Array)>;

fn arrays(file: &NamedFile, inputs: &[Input]) -> Outcome<Found> {
    let path = &file.path;
    if path.is_dir() {
        return folder(file, inputs);
    }
    let bytes = floe::graph::map::open(path).at(path)?;
    if bytes.starts_with(b"PK") {
        return archive(file, &Arrays::parse(&bytes).at(path)?);
    }
    Ok(vec![(file.name.clone(), path.clone(), read(path)?)])
}

/// Each file is the input that it is called after, when all are called after inputs; else each holds more samples of one.
fn folder(file: &NamedFile, inputs: &[Input]) -> Outcome<Found> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(&file.path).at(&file.path)? {
        let path = entry.at(&file.path)?.path();
        if path.extension().is_some_and(|x| x == "npy") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(Failure::at(&file.path, "there is no .npy in this folder: expected samples"));
    }
    let stem = |p: &PathBuf| p.file_stem().map(|s| s.to_string_lossy().into_owned());
    let is_input = |p: &PathBuf| stem(p).is_some_and(|s| inputs.iter().any(|(n, _)| *n == s));
    let by_name = file.name.is_none() && paths.iter().all(is_input);
    let one = |path: PathBuf| {
        let name = if by_name { stem(&path) } else { file.name.clone() };
        let array = read(&path)?;
        Ok((name, path, array))
    };
    paths.into_iter().map(one).collect()
}

/// Each array is the input of its name; where an input is named, its array, or the only one.
fn archive(file: &NamedFile, arrays: &Arrays) -> Outcome<Found> {
    let source = &arrays;
    let mut found = Vec::new();
    for id in (0..source.tensor_count()).map(TensorId) {
        let name = source.tensor_name(id).at(&file.path)?;
        let view = source.tensor(id).at(&file.path)?;
        let (Some(data), Payload::Raw(_)) = (source.share(id), view.payload) else {
            return Err(Failure::at(
                &file.path,
                format!("`{name}` holds strings: expected numbers"),
            ));
        };
        let dims = (0..view.shape.rank().unwrap_or(0)).filter_map(|d| view.shape.dim(d));
        let shape = dims.map(|d| usize::try_from(d).unwrap_or(usize::MAX)).collect();
        found.push((
            Some(name.to_owned()),
            file.path.clone(),
            Array { dtype: view.dtype, shape, data },
        ));
    }
    if let Some(wanted) = &file.name {
        let only = found.len() == 1;
        found.retain(|(name, ..)| only || name.as_ref() == Some(wanted));
        found.iter_mut().for_each(|f| f.0 = Some(wanted.clone()));
    }
    if found.is_empty() {
        return Err(Failure::at(&file.path, "the archive has no array for this input"));
    }
    Ok(found)
}

fn read(path: &Path) -> Outcome<Array> {
    let array = npy::Array::read(path).map_err(|e| Failure::at(path, e))?;
    let npy::Data::Raw(data) = array.data else {
        return Err(Failure::at(path, "strings are no samples: expected numbers"));
    };
    let shape = array.shape.iter().map(|&d| usize::try_from(d).unwrap_or(usize::MAX)).collect();
    Ok(Array { dtype: array.dtype, shape, data })
}
