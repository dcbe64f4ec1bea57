//! The structural check: after one walk along the schema every accessor reads inside the file.
//!
//! Invariant: the schema's tables form no cycle (six deep at most, a test holds it), and every table
//! that is visited costs one of a budget that grows with the file, so a file of `n` bytes is walked
//! in O(n) whatever its offsets share.
//!
//! One walker serves [`TfLite::parse`](crate::TfLite::parse), which stops at the first fault and
//! links nothing else, and the verifier, which collects all with their paths.

use crate::schema::{IDENTIFIER, Kind, TableId, VERSION};
use crate::table::Number;
use floe_graph::{Error, ErrorKind, Result};

/// Where the walk goes, and what it finds there.
pub(crate) trait Sink {
    /// Whether alignment and the zero after a string matter to the caller.
    const STRICT: bool;
    /// A fault; `Err` ends the walk, `Ok` goes on behind what is damaged.
    fn fault(&mut self, error: Error) -> Result<()>;
    /// The walk goes into element `index` of slot `slot` of `table`.
    fn enter(&mut self, table: TableId, slot: u8, index: Option<u32>);
    /// And out again.
    fn leave(&mut self);
}

/// Ends at the first fault.
pub(crate) struct First;

impl Sink for First {
    const STRICT: bool = false;
    fn fault(&mut self, error: Error) -> Result<()> {
        Err(error)
    }
    fn enter(&mut self, _: TableId, _: u8, _: Option<u32>) {}
    fn leave(&mut self) {}
}

/// Walks the whole file.
///
/// # Errors
/// What `sink` returns.
pub(crate) fn walk<S: Sink>(data: &[u8], sink: &mut S) -> Result<()> {
    let Some(root) = header(data, sink)? else { return Ok(()) };
    let budget = (data.len() / 4).saturating_add(64);
    Walk { data, sink, budget }.table(root, TableId::MODEL)
}

/// Checks the first eight bytes; the root's place when the rest is worth a look.
fn header<S: Sink>(data: &[u8], sink: &mut S) -> Result<Option<usize>> {
    if let Err(error) = identified(data) {
        sink.fault(error)?;
        return Ok(None);
    }
    let root = u32::read(data).and_then(|root| usize::try_from(root).ok());
    let root = root.filter(|&root| root < data.len());
    if root.is_none() {
        sink.fault(Error::new(ErrorKind::OutOfBounds, 0))?;
    }
    Ok(root)
}

/// Checks that the first eight bytes are those of a model. `TFL` and another digit is a version of the
/// format that nobody has published.
///
/// # Errors
/// [`ErrorKind::Truncated`], [`ErrorKind::BadMagic`], [`ErrorKind::BadVersion`].
pub(crate) fn identified(data: &[u8]) -> Result<()> {
    match data.get(4..8) {
        None => Err(Error::new(ErrorKind::Truncated, data.len())),
        Some(identifier) if identifier == IDENTIFIER => Ok(()),
        Some([b'T', b'F', b'L', _]) => Err(Error::new(ErrorKind::BadVersion, 4)),
        Some(_) => Err(Error::new(ErrorKind::BadMagic, 4)),
    }
}

/// Whether `Model.version` is the one in use.
pub(crate) const fn known_version(version: u32) -> bool {
    version == VERSION
}

struct Walk<'a, S> {
    data: &'a [u8],
    sink: &'a mut S,
    budget: usize,
}

impl<S: Sink> Walk<'_, S> {
    /// Reports `kind` at byte `at`.
    #[cold]
    fn fault(&mut self, kind: ErrorKind, at: usize) -> Result<()> {
        self.sink.fault(Error::new(kind, at))
    }

    fn u16(&self, at: usize) -> Option<usize> {
        u16::read(self.data.get(at..)?).map(usize::from)
    }

    fn u32(&self, at: usize) -> Option<usize> {
        usize::try_from(u32::read(self.data.get(at..)?)?).ok()
    }

    fn aligned(&mut self, at: usize, align: usize) -> Result<()> {
        if S::STRICT && at.checked_rem(align).is_some_and(|rest| rest != 0) {
            return self.fault(ErrorKind::Misaligned, at);
        }
        Ok(())
    }

    fn table(&mut self, at: usize, id: TableId) -> Result<()> {
        let Some(rest) = self.budget.checked_sub(1) else {
            // Beyond the budget nothing is collected either.
            return Err(Error::new(ErrorKind::Limit, at));
        };
        self.budget = rest;
        let Some(shape) = Shape::read(self, at) else {
            return self.fault(ErrorKind::OutOfBounds, at);
        };
        if shape.length % 2 != 0 {
            return self.fault(ErrorKind::Malformed, shape.vtable);
        }
        self.aligned(at, 4)?;
        self.aligned(shape.vtable, 2)?;
        self.fields(&shape, id)
    }

    /// Goes through the slots that the vtable and the schema both know.
    fn fields(&mut self, shape: &Shape, id: TableId) -> Result<()> {
        let entries = shape.entries(self.data);
        let mut tag = 0;
        for (slot, (entry, code)) in (0u8..).zip(entries.zip(id.codes())) {
            let offset = usize::from(u16::from_le_bytes(entry));
            if offset == 0 {
                continue;
            }
            let size = code.inline_size();
            if offset < 4 || offset.wrapping_add(size) > shape.size {
                self.fault(ErrorKind::OutOfBounds, shape.entry(slot))?;
                continue;
            }
            let place = shape.at.wrapping_add(offset);
            self.aligned(place, size)?;
            if !code.is_scalar() {
                self.field(place, id, slot, code.decode(), &mut tag)?;
            }
        }
        Ok(())
    }

    #[inline]
    fn field(
        &mut self,
        place: usize,
        id: TableId,
        slot: u8,
        kind: Kind,
        tag: &mut u8,
    ) -> Result<()> {
        match kind {
            Kind::Scalar(..) => Ok(()),
            Kind::Tag(_) => {
                *tag = self.data.get(place).copied().unwrap_or(0);
                Ok(())
            }
            // What is aligned further than that is so for speed: no reader refuses the rest.
            Kind::Vector(scalar, ..) => {
                self.sink.enter(id, slot, None);
                let size = scalar.size();
                if let Some((start, _)) = self.vector(place, size)? {
                    self.aligned(start, size)?;
                }
                self.sink.leave();
                Ok(())
            }
            Kind::String => {
                self.sink.enter(id, slot, None);
                if let Some((_, end)) = self.vector(place, 1)?
                    && S::STRICT
                    && self.data.get(end) != Some(&0)
                {
                    self.fault(ErrorKind::Malformed, end)?;
                }
                self.sink.leave();
                Ok(())
            }
            Kind::Table(child) => self.child(place, child, (id, slot, None)),
            Kind::Union(union) => match union.member(*tag) {
                Some(child) => self.child(place, child, (id, slot, None)),
                None => Ok(()),
            },
            Kind::Tables(child) => self.tables(place, child, id, slot),
        }
    }

    fn tables(&mut self, place: usize, child: TableId, id: TableId, slot: u8) -> Result<()> {
        let Some((start, end)) = self.vector(place, 4)? else { return Ok(()) };
        for (index, at) in (0u32..).zip((start..end).step_by(4)) {
            self.child(at, child, (id, slot, Some(index)))?;
        }
        Ok(())
    }

    fn child(
        &mut self,
        place: usize,
        child: TableId,
        (id, slot, index): (TableId, u8, Option<u32>),
    ) -> Result<()> {
        let target = self.u32(place).and_then(|offset| place.checked_add(offset));
        self.sink.enter(id, slot, index);
        match target {
            Some(at) if at != place && at < self.data.len() => self.table(at, child)?,
            _ => self.fault(ErrorKind::OutOfBounds, place)?,
        }
        self.sink.leave();
        Ok(())
    }

    /// First and last byte + 1 of the elements of the vector that the offset at `place` points to.
    fn vector(&mut self, place: usize, size: usize) -> Result<Option<(usize, usize)>> {
        let found = self.elements(place, size);
        match found {
            Some((start, _)) => self.aligned(start, 4)?,
            None => self.fault(ErrorKind::OutOfBounds, place)?,
        }
        Ok(found)
    }

    fn elements(&self, place: usize, size: usize) -> Option<(usize, usize)> {
        let at = place.checked_add(self.u32(place)?)?;
        let start = at.checked_add(4)?;
        let end = start.checked_add(self.u32(at)?.checked_mul(size)?)?;
        (end <= self.data.len()).then_some((start, end))
    }
}

/// A table's place and its vtable's, both inside the file.
struct Shape {
    at: usize,
    /// Bytes of the table.
    size: usize,
    vtable: usize,
    /// Bytes of the vtable.
    length: usize,
}

impl Shape {
    /// The offsets of the fields in the table, by slot.
    fn entries<'d>(&self, data: &'d [u8]) -> impl Iterator<Item = [u8; 2]> + use<'d> {
        let vtable = data.get(self.vtable..self.vtable.wrapping_add(self.length));
        vtable.unwrap_or_default().as_chunks().0.iter().skip(2).copied()
    }

    /// Where the entry of slot `slot` is.
    fn entry(&self, slot: u8) -> usize {
        self.vtable.wrapping_add(4).wrapping_add(usize::from(slot).wrapping_mul(2))
    }

    fn read<S: Sink>(walk: &Walk<'_, S>, at: usize) -> Option<Self> {
        let back = i32::read(walk.data.get(at..)?)?;
        let distance = usize::try_from(back.unsigned_abs()).ok()?;
        let vtable = if back < 0 { at.checked_add(distance)? } else { at.checked_sub(distance)? };
        let (length, size) = (walk.u16(vtable)?, walk.u16(vtable.checked_add(2)?)?);
        let inside = length >= 4
            && size >= 4
            && vtable.checked_add(length)? <= walk.data.len()
            && at.checked_add(size)? <= walk.data.len();
        inside.then_some(Self { at, size, vtable, length })
    }
}
