//! [`Index`]: every entry of a V2 index, decoded once when the bundle is opened.
//!
//! Invariant: ids run over the tensors a user sees, in the order of their names' bytes; the entries
//! of slices, which only their tensors name, have no id.

use crate::entry::{Cell, Decoded, Entry, Place, Region, parse_slices};
use crate::load::is_plain;
use crate::ordered::encode_slice;
use crate::slices::Slice;
use crate::store::{Arena, List, Span};
use crate::table::Table;
use crate::wire::{Fields, Value};
use floe_graph::{Error, ErrorKind, Result};
use std::collections::BTreeSet;

/// The newest bundle version this reader knows, and the oldest reader versions that files ask for.
const VERSION: i64 = 1;
/// What decoded names may take beyond the index's own size; prefixes that repeat are stored once there.
const NAMES_FACTOR: usize = 16;
const SLACK: usize = 16 << 20;

/// What a `BundleHeaderProto` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// How many data shards there are, as the header counts.
    pub shards: u32,
    /// Whether the bytes of numbers come in the order of a big-endian machine.
    pub big_endian: bool,
    /// The version of the writer; 0 in the oldest files.
    pub producer: i64,
}

/// The slices of one tensor, and the entry of each.
pub(crate) type Parts = Vec<(Slice, Option<u32>)>;

/// All entries.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) header: Header,
    pub(crate) entries: List<Entry>,
    pub(crate) parts: Vec<Parts>,
    names: Arena<u8>,
    dims: Arena<i64>,
    /// The entry of each id, where entries are not simply in order.
    order: Option<Vec<u32>>,
    pub(crate) cells: u32,
    /// Whether keys were strictly increasing, as the format asks.
    pub(crate) sorted: bool,
    /// The data shards that entries name.
    pub(crate) shards: BTreeSet<u32>,
    last_shard: Option<u32>,
    last_name: Option<Span>,
    budget: usize,
}

impl Index {
    pub(crate) fn new(file_len: usize) -> Self {
        let budget = file_len.saturating_add(SLACK);
        Self {
            header: Header::default(),
            entries: List::default(),
            parts: Vec::new(),
            names: Arena::new(file_len.saturating_mul(NAMES_FACTOR).saturating_add(SLACK)),
            dims: Arena::new(budget),
            order: None,
            cells: 0,
            sorted: true,
            shards: BTreeSet::new(),
            last_shard: None,
            last_name: None,
            budget,
        }
    }

    /// Decodes the whole of a V2 index.
    pub(crate) fn read(table: &Table) -> Result<Self> {
        let mut index = Self::new(table.file().len());
        let (mut scratch, mut first) = (Vec::new(), true);
        for handle in table.handles() {
            let block = table.block(handle?)?;
            let mut cursor = block.cursor();
            loop {
                let at = cursor.at();
                let Some((key, value)) = cursor.step()? else { break };
                if !first {
                    index.push_entry(key, value, &mut scratch).map_err(|e| Error { at, ..e })?;
                } else if key.is_empty() {
                    index.header = parse_header(value).map_err(|e| Error { at, ..e })?;
                    first = false;
                } else {
                    return Err(Error::new(ErrorKind::MissingField, at));
                }
            }
        }
        if first {
            return Err(Error::new(ErrorKind::MissingField, 0));
        }
        index.arrange();
        Ok(index)
    }

    /// How many tensors a user sees.
    pub(crate) fn len(&self) -> usize {
        self.order.as_ref().map_or(self.entries.len(), Vec::len)
    }

    /// The entry of tensor `id`.
    #[inline]
    pub(crate) fn entry(&self, id: usize) -> Option<&Entry> {
        let number = self.order.as_ref().map_or(Some(id), |o| Some(*o.get(id)? as usize))?;
        self.entries.get(number)
    }

    #[inline]
    pub(crate) fn name(&self, entry: &Entry) -> &[u8] {
        self.names.get(entry.name)
    }

    pub(crate) fn dims(&self, span: Span) -> &[i64] {
        self.dims.get(span)
    }

    /// Whether the name of any tensor begins with `prefix`.
    pub(crate) fn any_begins(&self, prefix: &[u8]) -> bool {
        let first = self.entry(self.lower_bound(prefix));
        first.is_some_and(|e| self.name(e).starts_with(prefix))
    }

    /// The first tensor whose name is not less than `name`.
    fn lower_bound(&self, name: &[u8]) -> usize {
        partition(self.len(), |i| self.entry(i).is_some_and(|e| self.name(e) < name))
    }

    /// The id of the tensor called `name`, the first if several are.
    pub(crate) fn find(&self, name: &[u8]) -> Option<u32> {
        let at = self.lower_bound(name);
        let found = self.entry(at).is_some_and(|e| self.name(e) == name);
        u32::try_from(at).ok().filter(|_| found)
    }

    /// Adds a tensor that lies in slices.
    pub(crate) fn push_sliced(
        &mut self,
        name: &[u8],
        dims: Option<&[i64]>,
        dtype: i32,
        parts: Parts,
    ) -> Result<()> {
        let dims = dims.map(|d| self.dims.push(d)).transpose()?;
        let number = to_u32(self.parts.len())?;
        self.parts.push(parts);
        let entry = self.entry_of(name, dims, dtype, Place::Parts(number), true)?;
        self.entries.push(entry);
        Ok(())
    }

    #[inline(always)]
    fn push_entry(&mut self, key: &[u8], value: &[u8], scratch: &mut Vec<i64>) -> Result<()> {
        let entry = match Decoded::parse(value, &mut self.dims, scratch) {
            Err(e) if e.kind == ErrorKind::Limit => return Err(e),
            Err(e) => self.entry_of(key, None, 0, Place::Bad(e), false)?,
            Ok(decoded) => self.decoded_entry(key, value, &decoded)?,
        };
        self.entries.push(entry);
        Ok(())
    }

    #[inline(always)]
    fn decoded_entry(&mut self, key: &[u8], value: &[u8], decoded: &Decoded) -> Result<Entry> {
        let Decoded { dtype, dims, region, sliced } = *decoded;
        if sliced {
            let place = self.push_parts(value, dims)?;
            return self.entry_of(key, dims, dtype, place, true);
        }
        if self.last_shard != Some(region.shard) {
            self.last_shard = Some(region.shard);
            self.shards.insert(region.shard);
        }
        let dtype_known = floe_graph::DType::from_tensorflow(dtype);
        let cell = dtype_known.is_some_and(|d| !is_plain(d, self.header.big_endian));
        self.entry_of(key, dims, dtype, Place::Region(region), cell)
    }

    fn push_parts(&mut self, value: &[u8], dims: Option<Span>) -> Result<Place> {
        let rank = dims.map_or(0, |d| self.dims.get(d).len());
        let slices = match parse_slices(value, rank, 7) {
            Ok(slices) => slices,
            Err(e) => return Ok(Place::Bad(e)),
        };
        if slices.len().saturating_mul(64) > self.budget {
            return Err(Error::new(ErrorKind::Limit, slices.len()));
        }
        let number = to_u32(self.parts.len())?;
        self.parts.push(slices.into_iter().map(|s| (s, None)).collect());
        Ok(Place::Parts(number))
    }

    #[inline(always)]
    fn entry_of(
        &mut self,
        key: &[u8],
        dims: Option<Span>,
        dtype: i32,
        place: Place,
        cell: bool,
    ) -> Result<Entry> {
        if let Some(last) = self.last_name {
            self.sorted &= self.names.get(last) < key;
        }
        let cell = if cell { Some(self.new_cell()?) } else { None };
        let name = self.names.push(key)?;
        self.last_name = Some(name);
        Ok(Entry { name, dims, dtype, cell, place, checked: false.into() })
    }

    fn new_cell(&mut self) -> Result<Cell> {
        let number = self.cells;
        self.cells = number.saturating_add(1);
        Cell::new(number).ok_or(Error::new(ErrorKind::Limit, number as usize))
    }

    /// Puts entries into the order of their names, and finds the entries of slices.
    pub(crate) fn arrange(&mut self) {
        if self.sorted && self.parts.is_empty() {
            return;
        }
        let mut parts = std::mem::take(&mut self.parts);
        let mut order: Vec<u32> = (0..).take(self.entries.len()).collect();
        let name = |i: u32| self.entries.get(i as usize).map(|e| self.name(e));
        order.sort_by(|&a, &b| name(a).cmp(&name(b)));
        let mut hidden = BTreeSet::new();
        for entry in self.entries.iter() {
            let Place::Parts(number) = entry.place else { continue };
            for (slice, part) in parts.get_mut(number as usize).into_iter().flatten() {
                let key = encode_slice(self.name(entry), slice);
                let at =
                    partition(order.len(), |i| order.get(i).is_some_and(|&n| name(n) < Some(&key)));
                *part = order.get(at).copied().filter(|&n| name(n) == Some(&key));
                hidden.extend(*part);
            }
        }
        self.parts = parts;
        order.retain(|n| !hidden.contains(n));
        self.order = Some(order);
    }

    /// The region of an entry that holds one slice.
    pub(crate) fn region_of(&self, number: u32) -> Option<(&Entry, Region)> {
        let entry = self.entries.get(number as usize)?;
        if let Place::Region(region) = entry.place { Some((entry, region)) } else { None }
    }
}

/// The first of `0..len` for which `before` is false.
fn partition(len: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low.midpoint(high);
        if before(middle) { low = middle.saturating_add(1) } else { high = middle }
    }
    low
}

fn parse_header(message: &[u8]) -> Result<Header> {
    let mut header = Header::default();
    for field in Fields::new(message) {
        match field? {
            (1, v) => header.shards = u32::try_from(v.int()?).map_err(|_| malformed())?,
            (2, v) => header.big_endian = v.int()? == 1,
            (3, v) => header.producer = check_version(v.bytes()?)?,
            _ => {}
        }
    }
    Ok(header)
}

/// Reads a `VersionDef`; gives back the producer.
pub(crate) fn check_version(message: &[u8]) -> Result<i64> {
    let (mut producer, mut refused) = (0, false);
    for field in Fields::new(message) {
        match field? {
            (1, v) => producer = v.int()?,
            (2, v) => refused |= v.int()? > VERSION,
            (3, Value::Varint(bad)) => refused |= bad == VERSION.cast_unsigned(),
            (3, v) => {
                let mut rest = v.bytes()?;
                while !rest.is_empty() {
                    let bad = crate::wire::varint(&mut rest).ok_or(malformed())?;
                    refused |= bad == VERSION.cast_unsigned();
                }
            }
            _ => {}
        }
    }
    if refused { Err(Error::new(ErrorKind::BadVersion, 0)) } else { Ok(producer) }
}

fn malformed() -> Error {
    Error::new(ErrorKind::Malformed, 0)
}

fn to_u32(n: usize) -> Result<u32> {
    u32::try_from(n).map_err(|_| Error::new(ErrorKind::Limit, n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_versions() {
        let header = parse_header(&[8, 1, 0x1a, 2, 8, 1]).unwrap();
        assert_eq!(header, Header { shards: 1, big_endian: false, producer: 1 });
        assert_eq!(parse_header(&[8, 3, 16, 1]).unwrap().producer, 0, "an old file has no version");
        assert!(parse_header(&[0x1a, 4, 8, 99, 16, 1]).is_ok(), "a newer writer is no obstacle");
        for refused in [&[0x1a, 2, 16, 2][..], &[0x1a, 2, 24, 1], &[0x1a, 3, 0x1a, 1, 1]] {
            assert_eq!(parse_header(refused).unwrap_err().kind, ErrorKind::BadVersion);
        }
    }

    #[test]
    fn partition_finds_the_border() {
        for border in 0..10 {
            assert_eq!(partition(10, |i| i < border), border);
        }
    }
}
