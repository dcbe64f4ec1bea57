//! [`Arrays`]: the tensors of a safetensors file or of NumPy's `.npz`, and both written from any
//! source of tensors.
//!
//! Invariant: what a file holds in raw form is borrowed from its map; only what is compressed, byte-swapped
//! or column-major is put into memory.

mod npy;
mod npz;
mod safetensors;

#[cfg(test)]
mod tests;

use crate::error::{Error, Result};
use crate::shards::{folder, with_suffix};
use bytes::Bytes;
use floe_graph::{
    DType, Error as ReadError, ErrorKind, Payload, Result as ReadResult, Shape, StringList,
    Strings, TensorId, TensorSource, TensorView, map,
};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Named arrays of a file of another format, sorted by name. `&Arrays` is a [`TensorSource`].
#[derive(Debug)]
pub struct Arrays {
    arrays: Vec<Array>,
    left_out: Vec<String>,
}

/// One array.
#[derive(Debug)]
struct Array {
    name: String,
    dtype: DType,
    dims: Vec<i64>,
    data: Data,
}

#[derive(Debug)]
enum Data {
    Raw(Bytes),
    Strings(StringVec),
}

/// Strings one by one.
#[derive(Debug)]
struct StringVec(Vec<Vec<u8>>);

impl StringList for StringVec {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, index: usize) -> Option<&[u8]> {
        self.0.get(index).map(Vec::as_slice)
    }
}

impl Arrays {
    /// Opens a safetensors file or an `.npz`, told by content.
    ///
    /// # Errors
    /// When the file cannot be read or is neither.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = map::open(path).map_err(Error::io(path))?;
        Self::parse(&bytes).map_err(Error::file(path))
    }

    /// Reads the bytes of a safetensors file or of an `.npz`.
    ///
    /// # Errors
    /// When they are neither.
    pub fn parse(bytes: &Bytes) -> ReadResult<Self> {
        let zip = bytes.starts_with(b"PK");
        let mut arrays = if zip { npz::read(bytes)? } else { safetensors::read(bytes)? };
        arrays.arrays.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(arrays)
    }

    /// What the file holds beside these arrays: of a dtype that tensors do not have, or no arrays at all.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    fn get(&self, id: TensorId) -> ReadResult<&Array> {
        let index = id.0 as usize;
        self.arrays.get(index).ok_or(ReadError::new(ErrorKind::NoSuchIndex, index))
    }
}

impl<'data> TensorSource<'data> for &'data Arrays {
    fn tensor_count(&self) -> u32 {
        u32::try_from(self.arrays.len()).unwrap_or(u32::MAX)
    }

    fn tensor(&self, id: TensorId) -> ReadResult<TensorView<'data>> {
        let owner: &'data Arrays = self;
        let array = owner.get(id)?;
        let payload = match &array.data {
            Data::Raw(bytes) => Payload::Raw(bytes),
            Data::Strings(list) => Payload::Strings(Strings::List(list)),
        };
        Ok(TensorView::new(array.dtype, Shape::I64(&array.dims), payload))
    }

    fn tensor_name(&self, id: TensorId) -> ReadResult<&'data str> {
        let owner: &'data Arrays = self;
        owner.get(id).map(|a| a.name.as_str())
    }

    fn share(&self, id: TensorId) -> Option<Bytes> {
        match &self.get(id).ok()?.data {
            Data::Raw(bytes) => Some(bytes.clone()),
            Data::Strings(_) => None,
        }
    }

    fn find_tensor(&self, name: &str) -> Option<TensorId> {
        let found = self.arrays.binary_search_by(|a| a.name.as_str().cmp(name)).ok()?;
        u32::try_from(found).ok().map(TensorId)
    }
}

/// Writes the tensors of `source` as a safetensors file; gives the names of those it cannot hold.
///
/// # Errors
/// When a tensor cannot be read, or writing fails; what stood at `path` stands there still.
pub fn write_safetensors<'d>(
    source: &dyn TensorSource<'d>,
    path: impl AsRef<Path>,
) -> Result<Vec<String>> {
    whole(path.as_ref(), |file| safetensors::write(source, file))
}

/// Writes the tensors of `source` as an `.npz`; gives the names of those it cannot hold. Types that
/// NumPy does not have are written as their bits: bfloat16 as uint16, int4 as int8.
///
/// # Errors
/// As [`write_safetensors`].
pub fn write_npz<'d>(source: &dyn TensorSource<'d>, path: impl AsRef<Path>) -> Result<Vec<String>> {
    whole(path.as_ref(), |file| npz::write(source, file))
}

/// Writes a file beside its name and renames it into place.
fn whole<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, Failure>,
) -> Result<T> {
    let temporary = with_suffix(path, ".unfinished");
    fs::create_dir_all(folder(path)).map_err(Error::io(path))?;
    let file = File::create(&temporary).map_err(Error::io(&temporary))?;
    let mut file = BufWriter::with_capacity(1 << 18, file);
    let written = write(&mut file).and_then(|value| {
        file.flush()?;
        file.get_ref().sync_all()?;
        fs::rename(&temporary, path)?;
        Ok(value)
    });
    written.map_err(|e| {
        let _ = fs::remove_file(&temporary);
        match e {
            Failure::Io(source) => Error::Io { path: path.to_owned(), source },
            Failure::Tensor(name, source) => {
                Error::Tensor { path: path.to_owned(), name, source, shard: None }
            }
        }
    })
}

/// Why an archive could not be written.
enum Failure {
    Io(io::Error),
    Tensor(String, ReadError),
}

impl From<io::Error> for Failure {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

/// A tensor and its name.
type Named<'d> = (&'d str, TensorView<'d>);

/// The tensors of `source` that `fits`, by name, and the names of the others.
fn select<'d>(
    source: &dyn TensorSource<'d>,
    fits: impl Fn(DType) -> bool,
) -> Result<(Vec<Named<'d>>, Vec<String>), Failure> {
    let (mut taken, mut left) = (Vec::new(), Vec::new());
    for id in (0..source.tensor_count()).map(TensorId) {
        let number = || format!("number {}", id.0);
        let name = source.tensor_name(id).map_err(|e| Failure::Tensor(number(), e))?;
        let view = source.tensor(id).map_err(|e| Failure::Tensor(name.to_owned(), e))?;
        if fits(view.dtype) && !view.payload.is_absent() {
            taken.push((name, view));
        } else {
            left.push(name.to_owned());
        }
    }
    taken.sort_by_key(|(name, _)| *name);
    Ok((taken, left))
}

/// Writes the raw form of `view`.
fn write_raw(name: &str, view: &TensorView<'_>, out: &mut impl Write) -> Result<(), Failure> {
    /// Reading and writing fail in one loop.
    enum Either {
        Read(ReadError),
        Write(io::Error),
    }
    impl From<ReadError> for Either {
        fn from(e: ReadError) -> Self {
            Self::Read(e)
        }
    }
    view.for_each_chunk(|piece| out.write_all(piece).map_err(Either::Write)).map_err(|e| match e {
        Either::Read(e) => Failure::Tensor(name.to_owned(), e),
        Either::Write(e) => Failure::Io(e),
    })
}
