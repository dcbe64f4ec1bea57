//! [`Writer`]: V2 checkpoints that every TensorFlow loads, tensor by tensor.
//!
//! Invariants: memory does not grow with a tensor's size; one shard's index is byte for byte what
//! TensorFlow writes for the same tensors in the same order; at any moment, also after a crash, the
//! checkpoint's name leads to the old one whole or to the new one whole.

mod commit;
mod disk;
mod element;

#[cfg(test)]
mod tests;

use crate::crc::Crc;
use crate::error::{Error, Result};
use crate::ordered::encode_slice;
use crate::shards::{folder, path, with_suffix};
use crate::slices::{Extent, Slice};
use crate::table::TableWriter;
use commit::{commit, unfinished, write_unfinished};
use disk::{Disk, NewFile, System};
use floe_graph::{DType, Error as ReadError, Shape, TensorView};
use floe_proto::Message;
use floe_proto::tensorflow::tensor_shape_proto::Dim;
use floe_proto::tensorflow::tensor_slice_proto::{Extent as ExtentMessage, extent::HasLength};
use floe_proto::tensorflow::{
    BundleEntryProto, BundleHeaderProto, TensorShapeProto, TensorSliceProto, VersionDef,
};
use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The version of what is written.
const PRODUCER: i32 = 1;
const BUFFER: usize = 1 << 18;

/// How a checkpoint is to be written.
#[derive(Clone, Copy, Debug)]
pub struct WriteOptions {
    shards: u32,
    align: u32,
    replace: bool,
    sync: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { shards: 1, align: 1, replace: false, sync: true }
    }
}

impl WriteOptions {
    /// Spreads the data over so many shards, 1 at least: each tensor goes to the one that holds least.
    #[must_use]
    pub const fn shards(self, shards: u32) -> Self {
        Self { shards: if shards == 0 { 1 } else { shards }, ..self }
    }

    /// Puts each tensor on a multiple of so many bytes, so that maps of the file are aligned; 1, as
    /// TensorFlow does it, by default.
    #[must_use]
    pub const fn align(self, align: u32) -> Self {
        Self { align: if align == 0 { 1 } else { align }, ..self }
    }

    /// Whether a checkpoint of this name may be replaced; not by default.
    #[must_use]
    pub const fn replace(self, replace: bool) -> Self {
        Self { replace, ..self }
    }

    /// Whether to wait until the disk has everything before it counts; so by default. Without, a
    /// killed process does no harm, but a power cut may.
    #[must_use]
    pub const fn sync(self, sync: bool) -> Self {
        Self { sync, ..self }
    }
}

/// Writes one checkpoint. Nothing of it is seen under its name until [`finish`](Self::finish); a writer
/// that is dropped before leaves no trace.
pub struct Writer {
    prefix: PathBuf,
    options: WriteOptions,
    disk: Box<dyn Disk>,
    shards: Vec<Shard>,
    entries: BTreeMap<Vec<u8>, BundleEntryProto>,
    finished: bool,
}

/// A data file that is being written.
struct Shard {
    file: BufWriter<Box<dyn NewFile>>,
    path: PathBuf,
    len: u64,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Writer {
    /// Begins the checkpoint `prefix`; its folder is made if need be.
    ///
    /// # Errors
    /// When there is one already and the options do not allow to replace it; when files cannot be made.
    pub fn create(prefix: impl AsRef<Path>, options: WriteOptions) -> Result<Self> {
        Self::on(Box::new(System { sync: options.sync }), prefix.as_ref(), options)
    }

    fn on(disk: Box<dyn Disk>, prefix: &Path, options: WriteOptions) -> Result<Self> {
        let index = with_suffix(prefix, ".index");
        if !options.replace && index.exists() {
            let there = io::Error::new(
                io::ErrorKind::AlreadyExists,
                "there is a checkpoint of this name already",
            );
            return Err(Error::io(&index)(there));
        }
        disk.create_folder(folder(prefix)).map_err(Error::io(folder(prefix)))?;
        let shards = Vec::new();
        let mut writer = Self {
            prefix: prefix.to_owned(),
            options,
            disk,
            shards,
            entries: BTreeMap::new(),
            finished: false,
        };
        for number in 0..options.shards {
            let path = unfinished(&path(prefix, number, options.shards));
            let file = writer.disk.create(&path).map_err(Error::io(&path))?;
            writer.shards.push(Shard {
                file: BufWriter::with_capacity(BUFFER, file),
                path,
                len: 0,
            });
        }
        Ok(writer)
    }

    /// Writes a tensor.
    ///
    /// # Errors
    /// When there is one of this name already; when it has no fully known shape or no elements that
    /// could be stored; when reading it or writing fails.
    pub fn add(&mut self, name: &str, view: &TensorView<'_>) -> Result<()> {
        self.add_keyed(name, name.as_bytes(), view)
    }

    /// Writes a tensor that has the same elements as `first`, which is written already: they are stored
    /// once.
    ///
    /// # Errors
    /// When there is one of this name already, or none called `first` that lies in one piece.
    pub fn repeat(&mut self, name: &str, first: &str) -> Result<()> {
        if self.entries.contains_key(name.as_bytes()) {
            return Err(self.unwritable(name, "a tensor of this name is written already"));
        }
        let entry = self.entries.get(first.as_bytes()).filter(|e| e.slices.is_empty()).cloned();
        let entry = entry
            .ok_or_else(|| self.unwritable(name, "what it repeats is not written in one piece"))?;
        self.entries.insert(name.as_bytes().to_vec(), entry);
        Ok(())
    }

    /// Writes one slice of the tensor `name`, whose dimensions are `full`. A slice that is all of it is
    /// written as the tensor itself.
    ///
    /// # Errors
    /// As [`add`](Self::add); when the slice does not fit the shape, or earlier slices had another.
    pub fn add_slice(
        &mut self,
        name: &str,
        full: &[i64],
        slice: &Slice,
        view: &TensorView<'_>,
    ) -> Result<()> {
        let ranges = slice.resolve(Shape::I64(full));
        let ranges = ranges
            .map_err(|_| self.unwritable(name, "the slice does not fit the tensor's shape"))?;
        let shape = view.shape.iter();
        if !shape.eq(ranges.iter().map(|&(_, length)| length.cast_signed())) {
            return Err(
                self.unwritable(name, "the slice's elements have another shape than the slice")
            );
        }
        if ranges.iter().zip(full).all(|(&(_, length), &dim)| length.cast_signed() == dim) {
            return self.add(name, view);
        }
        let (dtype, shape) = (number(view.dtype), shape_message(full.iter().copied()));
        if self.entries.get(name.as_bytes()).is_some_and(|e| e.slices.is_empty()) {
            return Err(self.unwritable(name, "the tensor is written already, and in one piece"));
        }
        let entry = self.entries.entry(name.as_bytes().to_vec()).or_default();
        if !entry.slices.is_empty() && (entry.dtype, &entry.shape) != (dtype, &Some(shape.clone()))
        {
            return Err(self.unwritable(name, "its slices differ in dtype or full shape"));
        }
        (entry.dtype, entry.shape) = (dtype, Some(shape));
        entry.slices.push(slice_message(slice));
        self.add_keyed(name, &encode_slice(name.as_bytes(), slice), view)
    }

    /// An error of what was to be written as tensor `name`.
    pub(crate) fn unreadable(&self, name: &str, source: ReadError) -> Error {
        unreadable(&self.prefix, name, source)
    }

    /// Whether this slice of `name` was written.
    pub(crate) fn has_slice(&self, name: &str, slice: &Slice) -> bool {
        self.entries.contains_key(&encode_slice(name.as_bytes(), slice))
    }

    /// Bytes of data written so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.shards.iter().fold(0, |sum, s| sum.saturating_add(s.len))
    }

    /// Writes the index and puts the checkpoint into its place.
    ///
    /// # Errors
    /// When writing fails; what stood there before stands there still.
    pub fn finish(mut self) -> Result<()> {
        for shard in &mut self.shards {
            let flushed = shard.file.flush().and_then(|()| shard.file.get_mut().sync());
            flushed.map_err(Error::io(&shard.path))?;
        }
        let index = with_suffix(&self.prefix, ".index");
        let bytes = self.index().map_err(Error::io(&index))?;
        write_unfinished(&*self.disk, &index, &bytes)?;
        commit(&*self.disk, &self.prefix, self.options.shards)?;
        self.finished = true;
        Ok(())
    }

    fn index(&self) -> io::Result<Vec<u8>> {
        let version = VersionDef { producer: PRODUCER, ..VersionDef::default() };
        let header = BundleHeaderProto {
            num_shards: self.options.shards.cast_signed(),
            version: Some(version),
            ..BundleHeaderProto::default()
        };
        let mut table = TableWriter::new(Vec::new());
        table.add(b"", &header.encode_to_vec())?;
        for (key, entry) in &self.entries {
            table.add(key, &entry.encode_to_vec())?;
        }
        table.finish()
    }

    fn add_keyed(&mut self, name: &str, key: &[u8], view: &TensorView<'_>) -> Result<()> {
        if key.is_empty() {
            return Err(self.unwritable(name, "the empty name is the header's"));
        }
        if self.entries.contains_key(key) {
            return Err(self.unwritable(name, "a tensor of this name is written already"));
        }
        if view.shape.elements().ok().flatten().is_none() {
            return Err(self.unwritable(name, "its shape is not fully known"));
        }
        let (shard_id, shard) = match self.shards.iter_mut().enumerate().min_by_key(|(_, s)| s.len)
        {
            Some((number, shard)) => (i32::try_from(number).unwrap_or(i32::MAX), shard),
            None => return Err(self.unwritable(name, "there is no shard to write to")),
        };
        let (offset, crc32c) = shard.add(view, self.options.align).map_err(|e| match e {
            element::Failure::Read(source) => unreadable(&self.prefix, name, source),
            element::Failure::Write(source) => Error::Io { path: shard.path.clone(), source },
        })?;
        let entry = BundleEntryProto {
            dtype: number(view.dtype),
            shape: Some(shape_message(view.shape.iter())),
            shard_id,
            offset: offset.cast_signed(),
            size: shard.len.saturating_sub(offset).cast_signed(),
            crc32c,
            slices: Vec::new(),
        };
        self.entries.insert(key.to_vec(), entry);
        Ok(())
    }

    fn unwritable(&self, name: &str, why: &'static str) -> Error {
        Error::Unwritable { path: self.prefix.clone(), name: name.to_owned(), why }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        let index = unfinished(&with_suffix(&self.prefix, ".index"));
        for path in self.shards.iter().map(|s| &s.path).chain([&index]) {
            let _ = self.disk.remove(path);
        }
    }
}

impl Shard {
    /// Writes a tensor; gives where it begins and its stored checksum.
    fn add(&mut self, view: &TensorView<'_>, align: u32) -> Result<(u64, u32), element::Failure> {
        let start = self.len.checked_next_multiple_of(align.into()).unwrap_or(self.len);
        let padding = start.saturating_sub(self.len);
        // Zeros between tensors are of no tensor's checksum.
        io::copy(&mut io::Read::take(io::repeat(0), padding), &mut self.file)
            .map_err(element::Failure::Write)?;
        let mut out = element::Sink { file: &mut self.file, crc: Crc::default(), len: start };
        element::write(view, &mut out)?;
        self.len = out.len;
        Ok((start, out.crc.masked()))
    }
}

fn unreadable(prefix: &Path, name: &str, source: ReadError) -> Error {
    Error::Tensor { path: prefix.to_owned(), name: name.to_owned(), source, shard: None }
}

fn number(dtype: DType) -> i32 {
    dtype.tensorflow().into()
}

fn shape_message(dims: impl Iterator<Item = i64>) -> TensorShapeProto {
    let dim = dims.map(|size| Dim { size, ..Dim::default() }).collect();
    TensorShapeProto { dim, ..TensorShapeProto::default() }
}

fn slice_message(slice: &Slice) -> TensorSliceProto {
    let extents = slice.extents().iter().map(|extent| match *extent {
        Extent::Whole => ExtentMessage::default(),
        Extent::Range { start, length } => {
            ExtentMessage { start, has_length: Some(HasLength::Length(length)) }
        }
    });
    TensorSliceProto { extent: extents.collect() }
}
