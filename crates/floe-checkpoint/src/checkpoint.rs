//! [`Checkpoint`]: an open checkpoint of either version.
//!
//! Invariant: opening reads the index alone. A tensor's bytes are touched, and its checksum taken, when
//! it is first asked for.

use crate::assemble::{self, Part};
use crate::entry::{Entry, Place};
use crate::error::{Error, Result};
use crate::index::{Header, Index};
use crate::load::{Context, Loaded, Source, check_numbers};
use crate::locate::{Located, locate};
use crate::objects::{OBJECT_GRAPH_KEY, ObjectGraph};
use crate::ordered::encode_slice;
use crate::shards::{Shards, with_suffix};
use crate::slices::Slice;
use crate::sniff::{self, Found};
use crate::store::List;
use crate::table::{self, Table};
use crate::v1;
use bytes::Bytes;
use floe_graph::{
    DType, Error as ReadError, ErrorKind, Payload, Result as ReadResult, Shape, TensorId,
    TensorSource, TensorView, map,
};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

/// When a stored checksum is held against the data.
///
/// A checksum is of all that is stored under one key: of a whole tensor, or of one slice of a
/// partitioned one. Where it is taken, asking for a tensor reads all of its data once, even when a
/// [`Cut`](crate::Cut) of it is wanted; of a partitioned tensor, only the slices that the part touches.
/// Where it is not taken, nothing but the bytes that are looked at is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Checksums {
    /// Always; an entry without one is an error, as in TensorFlow.
    #[default]
    Always,
    /// Where the entry has one. Some writers other than TensorFlow leave them out.
    IfPresent,
    /// Never: for speed, for a few rows of a large table in a trusted file, or to rescue what is left of a
    /// damaged one.
    Never,
}

/// The version of a checkpoint's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// One table that holds everything.
    V1,
    /// An index and data shards.
    V2,
}

/// An open checkpoint: named tensors, borrowed from its files where those hold them in one piece.
///
/// `&Checkpoint` is a [`TensorSource`].
#[derive(Debug)]
pub struct Checkpoint {
    pub(crate) prefix: PathBuf,
    pub(crate) index: Index,
    pub(crate) files: Files,
    /// The loaded forms of tensors that are not simply there in raw form.
    cells: List<OnceLock<ReadResult<Loaded>>>,
    pub(crate) checksums: Checksums,
}

#[derive(Debug)]
pub(crate) enum Files {
    V1(v1::Files),
    V2(Shards),
}

impl Checkpoint {
    /// Opens the checkpoint that `path` means: a prefix, an index, a data shard beside its index, a V1
    /// file or any of its shards, a `checkpoint` file or a folder that holds one.
    ///
    /// # Errors
    /// When there is none, saying what `path` is instead; when the index is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, Checksums::default())
    }

    /// Opens as [`open`](Self::open) does, with a policy for checksums.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: impl AsRef<Path>, checksums: Checksums) -> Result<Self> {
        match locate(path.as_ref())? {
            Located::V2(prefix) => {
                let file = with_suffix(&prefix, ".index");
                let bytes = map::open(&file).map_err(Error::io(&file))?;
                if !bytes.ends_with(&table::MAGIC) {
                    let found = sniff::content(&bytes, true);
                    return Err(Error::NotACheckpoint { path: file, found });
                }
                let index = read_index(bytes, checksums).map_err(Error::file(&file))?;
                let numbers = index.shards.iter().copied();
                let shards = Shards::find(&prefix, index.header.shards, numbers);
                Ok(Self::new(prefix, index, Files::V2(shards), checksums))
            }
            Located::V1(prefix, paths) => {
                let (index, files) = v1::open(paths, checksums)?;
                Ok(Self::new(prefix, index, Files::V1(files), checksums))
            }
        }
    }

    /// A V2 checkpoint whose files are in memory: its index and its data shards in order.
    ///
    /// # Errors
    /// When the index is damaged.
    pub fn from_bytes(
        index: Bytes,
        shards: impl IntoIterator<Item = Bytes>,
        checksums: Checksums,
    ) -> Result<Self> {
        let index = read_index(index, checksums).map_err(Error::file(Path::new("")))?;
        Ok(Self::new(PathBuf::new(), index, Files::V2(Shards::of(shards)), checksums))
    }

    /// A V1 checkpoint whose files are in memory.
    ///
    /// # Errors
    /// When a file's list of tensors is damaged.
    pub fn from_v1_bytes(
        files: impl IntoIterator<Item = Bytes>,
        checksums: Checksums,
    ) -> Result<Self> {
        let open = |bytes| {
            let table = Table::open(bytes, checksums).map_err(Error::file(Path::new("")))?;
            Ok((PathBuf::new(), table.into()))
        };
        let files = files.into_iter().map(open).collect::<Result<_>>()?;
        let index = v1::read(&files)?;
        Ok(Self::new(PathBuf::new(), index, Files::V1(files), checksums))
    }

    fn new(prefix: PathBuf, index: Index, files: Files, checksums: Checksums) -> Self {
        let mut cells = List::default();
        (0..index.cells).for_each(|_| cells.push(OnceLock::new()));
        Self { prefix, index, files, cells, checksums }
    }

    /// What the names of the checkpoint's files begin with.
    #[must_use]
    pub fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// The version of the format.
    #[must_use]
    pub const fn version(&self) -> Version {
        match self.files {
            Files::V1(_) => Version::V1,
            Files::V2(_) => Version::V2,
        }
    }

    /// What the header of a V2 index says.
    #[must_use]
    pub const fn header(&self) -> Option<Header> {
        match self.files {
            Files::V1(_) => None,
            Files::V2(_) => Some(self.index.header),
        }
    }

    /// The files that hold the checkpoint, the index first; also those that are missing.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        match &self.files {
            Files::V1(files) => files.iter().map(|(path, _)| path.clone()).collect(),
            Files::V2(shards) => std::iter::once(with_suffix(&self.prefix, ".index"))
                .chain(shards.numbers().map(|n| shards.path(n)))
                .collect(),
        }
    }

    /// Bytes of data that the tensors take in the files, as far as the index tells.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        let size = |e: &Entry| if let Place::Region(region) = e.place { region.size } else { 0 };
        match &self.files {
            Files::V1(files) => files.iter().map(|(_, table)| table.file().len() as u64).sum(),
            Files::V2(_) => {
                self.index.entries.iter().fold(0, |sum: u64, e| sum.saturating_add(size(e)))
            }
        }
    }

    /// How many tensors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no tensor.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tensor called `name`, its checksum found right.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn get(&self, name: &str) -> Result<TensorView<'_>> {
        let id = self.find_tensor(name).ok_or_else(|| self.no_such_tensor(name))?;
        self.tensor(id).map_err(|e| self.explain(id, e))
    }

    /// The object graph, where the checkpoint was written from objects.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn objects(&self) -> Result<Option<ObjectGraph>> {
        let Some(id) = self.find_tensor(OBJECT_GRAPH_KEY) else { return Ok(None) };
        let view = self.tensor(id).map_err(|e| self.explain(id, e))?;
        let wrong = ReadError::new(ErrorKind::DTypeHasNoBytes, view.dtype.tensorflow().into());
        let Payload::Strings(strings) = view.payload else { return Err(self.explain(id, wrong)) };
        let message = strings.iter().next().unwrap_or(Ok(&[])).map_err(|e| self.explain(id, e))?;
        let graph = ObjectGraph::parse(Bytes::copy_from_slice(message));
        graph.map(Some).map_err(|e| self.explain(id, e))
    }

    /// The slices that tensor `id` is stored in; empty for one that lies in one piece.
    pub fn slices(&self, id: TensorId) -> impl Iterator<Item = &Slice> {
        let parts = match self.entry(id).map(|e| e.place) {
            Ok(Place::Parts(number)) => self.index.parts.get(number as usize),
            _ => None,
        };
        parts.into_iter().flatten().map(|(slice, _)| slice)
    }

    /// Puts names to what is wrong with tensor `id`.
    #[must_use]
    pub fn explain(&self, id: TensorId, source: ReadError) -> Error {
        let entry = self.entry(id).ok();
        let name = entry.map(|e| String::from_utf8_lossy(self.index.name(e)).into_owned());
        let (mut path, mut shard) = (with_suffix(&self.prefix, ".index"), None);
        match (&self.files, entry.map(|e| e.place)) {
            (Files::V2(shards), Some(Place::Region(region))) => {
                path = shards.path(region.shard);
                shard = Some(region.at);
                if let (ErrorKind::Truncated | ErrorKind::Checksum, Some(what)) =
                    (source.kind, shards.foreign(region.shard))
                {
                    return Error::NotACheckpoint { path, found: Found::NotAShard(what) };
                }
            }
            (Files::V1(files), _) => {
                path = files.first().map(|(p, _)| p.clone()).unwrap_or_default();
            }
            (Files::V2(shards), _) if source.kind == ErrorKind::MissingShard => {
                path = u32::try_from(source.at).map(|n| shards.path(n)).unwrap_or(path);
            }
            _ => {}
        }
        Error::Tensor { path, name: name.unwrap_or_default(), source, shard }
    }

    /// An [`Error::NoSuchTensor`], with the name most like `name`.
    #[must_use]
    pub fn no_such_tensor(&self, name: &str) -> Error {
        let ids = (0..self.tensor_count()).map(TensorId);
        let names = ids.filter_map(|id| self.tensor_name(id).ok());
        let near = names.map(|n| (likeness(n, name), n)).filter(|(l, _)| *l > 2).max();
        let near = near.map(|(_, n)| n.to_owned());
        Error::NoSuchTensor { path: self.prefix.clone(), name: name.to_owned(), near }
    }

    pub(crate) fn entry(&self, id: TensorId) -> ReadResult<&Entry> {
        let missing = ReadError::new(ErrorKind::NoSuchIndex, id.0 as usize);
        self.index.entry(id.0 as usize).ok_or(missing)
    }

    /// The tensor of `entry` without its elements.
    #[inline]
    fn describe(&self, entry: &Entry) -> ReadResult<TensorView<'_>> {
        let offset = match entry.place {
            Place::Bad(e) => return Err(e),
            Place::Region(region) => region.at,
            Place::Parts(_) => 0,
        };
        let view = TensorView::new(entry.dtype()?, self.shape(entry), Payload::Absent);
        Ok(view.at(offset))
    }

    #[inline]
    pub(crate) fn shape(&self, entry: &Entry) -> Shape<'_> {
        entry.dims.map_or(Shape::Unknown, |span| Shape::I64(self.index.dims(span)))
    }

    pub(crate) fn context(&self) -> Context {
        Context { checksums: self.checksums, big_endian: self.index.header.big_endian }
    }

    /// The elements of a tensor that lies in one piece and in raw form.
    #[inline]
    fn raw(&self, entry: &Entry, dtype: DType, count: u64) -> ReadResult<&[u8]> {
        let (Files::V2(shards), Place::Region(region)) = (&self.files, entry.place) else {
            return Err(ReadError::new(ErrorKind::NoData, 0));
        };
        let bytes = shards.cut(&region)?;
        let checked = entry.checked.load(Ordering::Relaxed);
        let policy = if checked { Checksums::Never } else { self.checksums };
        check_numbers(bytes, region.crc, dtype, count, policy)?;
        entry.checked.store(true, Ordering::Relaxed);
        Ok(bytes)
    }

    /// The elements of any other tensor.
    fn load(&self, entry: &Entry, dtype: DType, count: u64) -> ReadResult<Loaded> {
        match (&self.files, entry.place) {
            (_, Place::Bad(e)) => Err(e),
            (Files::V2(shards), Place::Region(region)) => {
                let source = Source::Region { bytes: shards.share(&region), crc: region.crc };
                source.load(dtype, count, self.context())
            }
            (_, Place::Parts(_)) => {
                let dims: Vec<u64> =
                    self.shape(entry).iter().map(|d| u64::try_from(d).unwrap_or(0)).collect();
                assemble::load(&dims, dtype, self.parts(entry)?, self.context())
            }
            (Files::V1(_), Place::Region(_)) => Err(ReadError::new(ErrorKind::NoData, 0)),
        }
    }

    /// What is stored of tensor `id`: itself, or its slices.
    pub(crate) fn stored(&self, id: TensorId) -> ReadResult<Vec<Stored>> {
        let entry = self.entry(id)?;
        let Place::Parts(number) = entry.place else {
            let place =
                if let Place::Region(region) = entry.place { Some(region.order()) } else { None };
            return Ok(vec![Stored { id, place: place.unwrap_or_default(), slice: None }]);
        };
        let listed = self.index.parts.get(number as usize).into_iter().flatten();
        let parts = self.parts(entry)?.into_iter().zip(listed);
        let stored = parts.map(|(part, (slice, number))| {
            let region = match self.files {
                Files::V2(_) => number.and_then(|n| self.index.region_of(n)),
                Files::V1(_) => None,
            };
            let place = region.map(|(_, region)| region.order()).unwrap_or_default();
            Stored { id, place, slice: Some(Box::new((slice.clone(), part))) }
        });
        Ok(stored.collect())
    }

    /// The slices of a tensor, each with the place of its elements.
    pub(crate) fn parts(&self, entry: &Entry) -> ReadResult<List<Part>> {
        let Place::Parts(number) = entry.place else { return Ok(List::default()) };
        let shape = self.shape(entry);
        let parts = self.index.parts.get(number as usize).into_iter().flatten();
        parts
            .map(|(slice, stored)| {
                let ranges = slice.resolve(shape)?;
                Ok(Part::new(ranges, self.part_source(entry, slice, *stored)))
            })
            .collect()
    }

    fn part_source(&self, whole: &Entry, slice: &Slice, stored: Option<u32>) -> Source {
        let nowhere = ReadError::new(ErrorKind::NoData, 0);
        match (&self.files, stored) {
            (Files::V1(files), Some(number)) => match files.get(number as usize) {
                Some((_, table)) => {
                    let key = encode_slice(self.index.name(whole), slice);
                    Source::Key { table: table.clone(), key: key.into() }
                }
                None => Source::Region { bytes: Err(nowhere), crc: None },
            },
            (Files::V2(shards), Some(number)) => {
                let part = self.index.region_of(number).filter(|(e, _)| e.dtype == whole.dtype);
                let malformed = ReadError::new(ErrorKind::Malformed, 0);
                let region = part.map(|(_, region)| region).ok_or(malformed);
                let crc = region.ok().and_then(|r| r.crc);
                Source::Region { bytes: region.and_then(|r| shards.share(&r)), crc }
            }
            (_, None) => Source::Region { bytes: Err(nowhere), crc: None },
        }
    }
}

/// A tensor that lies in one piece, or one slice of a tensor.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) id: TensorId,
    /// Sorts as the data lie in the files.
    pub(crate) place: (u32, u64, u64),
    pub(crate) slice: Option<Box<(Slice, Part)>>,
}

impl Stored {
    /// The elements.
    pub(crate) fn view<'a>(&'a self, source: &'a Checkpoint) -> ReadResult<TensorView<'a>> {
        let Some((_, part)) = self.slice.as_deref() else { return source.tensor(self.id) };
        let dtype = source.entry(self.id)?.dtype()?;
        let payload = part.load(dtype, source.context())?.payload();
        Ok(TensorView::new(dtype, Shape::I64(part.dims()), payload))
    }
}

fn read_index(bytes: Bytes, checksums: Checksums) -> ReadResult<Index> {
    Index::read(&Table::open(bytes, checksums)?)
}

/// How much two names have in common: bytes at their beginnings and ends.
fn likeness(a: &str, b: &str) -> usize {
    let start = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let end = a.bytes().rev().zip(b.bytes().rev()).take_while(|(x, y)| x == y).count();
    start.saturating_add(end)
}

impl<'data> TensorSource<'data> for &'data Checkpoint {
    fn tensor_count(&self) -> u32 {
        u32::try_from(self.len()).unwrap_or(u32::MAX)
    }

    fn tensor(&self, id: TensorId) -> ReadResult<TensorView<'data>> {
        let owner: &'data Checkpoint = self;
        let entry = owner.entry(id)?;
        let mut view = owner.describe(entry)?;
        let unknown = ReadError::new(ErrorKind::UnknownShape, id.0 as usize);
        let count = view.shape.elements()?.ok_or(unknown)?;
        view.payload = match entry.cell {
            None => Payload::Raw(owner.raw(entry, view.dtype, count)?),
            Some(number) => {
                let cell = owner.cells.get(number.number());
                let cell = cell.ok_or(ReadError::new(ErrorKind::NoSuchIndex, number.number()))?;
                let loaded = cell.get_or_init(|| owner.load(entry, view.dtype, count));
                loaded.as_ref().map_err(|e| *e)?.payload()
            }
        };
        Ok(view)
    }

    fn tensor_info(&self, id: TensorId) -> ReadResult<TensorView<'data>> {
        let owner: &'data Checkpoint = self;
        owner.describe(owner.entry(id)?)
    }

    fn tensor_name(&self, id: TensorId) -> ReadResult<&'data str> {
        let owner: &'data Checkpoint = self;
        let name = owner.index.name(owner.entry(id)?);
        std::str::from_utf8(name).map_err(|_| ReadError::new(ErrorKind::NotUtf8, id.0 as usize))
    }

    fn share(&self, id: TensorId) -> Option<Bytes> {
        self.tensor(id).ok()?.raw()?;
        match (&self.files, self.entry(id).ok()?.place) {
            (Files::V2(shards), Place::Region(region)) => shards.share(&region).ok(),
            _ => None,
        }
    }

    fn find_tensor(&self, name: &str) -> Option<TensorId> {
        self.index.find(name.as_bytes()).map(TensorId)
    }
}
