//! Tensors that lie in slices, put together where they are looked at.
//!
//! Invariant: a slice is opened and its checksum taken only when a byte of it is asked for, and every
//! byte handed out comes from a slice: a gap is an error, not a zero.

use crate::load::{Context, Loaded, Source};
use crate::store::List;
use bytes::Bytes;
use floe_graph::{DType, Decode, Error, ErrorKind, Payload, Result, Shape, StringList};
use std::sync::OnceLock;

/// A slice's start and length in each dimension.
pub(crate) type Ranges = Vec<(u64, u64)>;

/// One slice and where it is stored.
#[derive(Debug)]
pub(crate) struct Part {
    ranges: Ranges,
    dims: Vec<i64>,
    source: Source,
    /// Boxed: most parts of a tensor are never all looked at.
    loaded: OnceLock<Box<Result<Loaded>>>,
}

impl Part {
    pub(crate) fn new(ranges: Ranges, source: Source) -> Self {
        let dims = ranges.iter().map(|&(_, length)| length.cast_signed()).collect();
        Self { ranges, dims, source, loaded: OnceLock::new() }
    }

    /// The slice's own dimensions.
    pub(crate) fn dims(&self) -> &[i64] {
        &self.dims
    }

    /// The slice's elements.
    pub(crate) fn load(&self, dtype: DType, cx: Context) -> Result<&Loaded> {
        let load = || self.source.load(dtype, self.volume()?, cx);
        let loaded = self.loaded.get_or_init(|| Box::new(load()));
        loaded.as_ref().as_ref().map_err(|e| *e)
    }

    fn volume(&self) -> Result<u64> {
        Shape::I64(&self.dims).elements()?.ok_or(Error::new(ErrorKind::UnknownShape, 0))
    }
}

/// Puts `parts` together to a tensor of dimensions `dims`.
pub(crate) fn load(dims: &[u64], dtype: DType, parts: List<Part>, cx: Context) -> Result<Loaded> {
    if let (Some(part), 1) = (parts.get(0), parts.len())
        && part.ranges.iter().zip(dims).all(|(&(_, length), &dim)| length == dim)
    {
        return part.source.load(dtype, part.volume()?, cx);
    }
    if dims.contains(&0) {
        return Ok(match dtype.bytes() {
            Some(_) => Loaded::Raw(Bytes::new()),
            None => Loaded::Lengths { count: 0, lengths: Bytes::new(), bytes: Bytes::new() },
        });
    }
    let grid = Grid::new(dims, parts, dtype, cx)?;
    if dtype.bytes().is_some() {
        return Ok(Loaded::Coded(Box::new(grid)));
    }
    Ok(Loaded::List(Box::new(Gathered::new(&grid)?)))
}

/// Parts over a tensor whose trailing dimensions, as far as every part has all of them, are one.
#[derive(Debug)]
struct Grid {
    /// The dimensions before the rows.
    outer: Vec<u64>,
    /// Elements of a row.
    row: u64,
    width: u64,
    dtype: DType,
    cx: Context,
    parts: List<Part>,
}

/// What of a row a part holds.
struct Overlap {
    from: u64,
    to: u64,
    /// The element of the part that `from` is.
    first: u64,
}

impl Grid {
    fn new(dims: &[u64], mut parts: List<Part>, dtype: DType, cx: Context) -> Result<Self> {
        let partial = |axis: usize| {
            let dim = dims.get(axis).copied().unwrap_or(0);
            parts.iter().any(|p| p.ranges.get(axis) != Some(&(0, dim)))
        };
        let axis = (0..dims.len()).rev().find(|&axis| partial(axis)).unwrap_or(0);
        let (outer, rest) = dims.split_at_checked(axis).unwrap_or((dims, &[]));
        let inner = rest.get(1..).unwrap_or_default();
        let overflow = Error::new(ErrorKind::Overflow, axis);
        let inner = inner.iter().try_fold(1u64, |n, &d| n.checked_mul(d)).ok_or(overflow)?;
        let row = rest.first().map_or(Some(1), |&d| d.checked_mul(inner)).ok_or(overflow)?;
        for part in parts.iter_mut() {
            part.ranges.truncate(axis.saturating_add(1));
            if let Some((start, length)) = part.ranges.get_mut(axis) {
                *start = start.checked_mul(inner).ok_or(overflow)?;
                *length = length.checked_mul(inner).ok_or(overflow)?;
            }
        }
        let width = dtype.bytes().unwrap_or(1) as u64;
        Ok(Self { outer: outer.to_vec(), row, width, dtype, cx, parts })
    }

    /// What `part` holds of elements `from..to` of row number `row`.
    fn overlap(&self, part: &Part, row: u64, from: u64, to: u64) -> Option<Overlap> {
        let (outer, own) = part.ranges.split_at_checked(self.outer.len())?;
        let (start, length) = own.first().copied().unwrap_or((0, 1));
        let (low, high) = (from.max(start), to.min(start.checked_add(length)?));
        if low >= high {
            return None;
        }
        let (mut rest, mut index, mut stride) = (row, 0u64, 1u64);
        for (&dim, &(start, length)) in self.outer.iter().zip(outer).rev() {
            let coordinate = rest.checked_rem(dim)?.checked_sub(start).filter(|&c| c < length)?;
            index = index.checked_add(coordinate.checked_mul(stride)?)?;
            stride = stride.checked_mul(length)?;
            rest = rest.checked_div(dim)?;
        }
        let first = index.checked_mul(length)?.checked_add(low.checked_sub(start)?)?;
        Some(Overlap { from: low, to: high, first })
    }

    /// Calls `put` for every part's overlap with elements `from..to` of a row; an error when they do
    /// not cover it.
    fn visit_row(
        &self,
        row: u64,
        from: u64,
        to: u64,
        mut put: impl FnMut(&Part, &Overlap) -> Result<()>,
    ) -> Result<()> {
        let mut covered = Vec::new();
        for part in self.parts.iter() {
            if let Some(overlap) = self.overlap(part, row, from, to) {
                put(part, &overlap)?;
                covered.push((overlap.from, overlap.to));
            }
        }
        covered.sort_unstable();
        let reached =
            covered.iter().fold(
                from,
                |reached, &(low, high)| {
                    if low <= reached { reached.max(high) } else { reached }
                },
            );
        let gap = usize::try_from(reached).unwrap_or(usize::MAX);
        if reached >= to { Ok(()) } else { Err(Error::new(ErrorKind::NoData, gap)) }
    }

    /// Fills `out` with bytes of row `row` from byte `from` on.
    fn read_row(&self, row: u64, from: u64, out: &mut [u8]) -> Option<Result<()>> {
        let end = from.checked_add(out.len() as u64)?;
        let (first, last) = (from.checked_div(self.width)?, end.div_ceil(self.width));
        Some(self.visit_row(row, first, last, |part, overlap| {
            let copy = || {
                let low = overlap.from.checked_mul(self.width)?.max(from);
                let high = overlap.to.checked_mul(self.width)?.min(end);
                let skipped = low.checked_sub(overlap.from.checked_mul(self.width)?)?;
                let at = overlap.first.checked_mul(self.width)?.checked_add(skipped)?;
                let target = usize::try_from(low.checked_sub(from)?).ok()?
                    ..usize::try_from(high.checked_sub(from)?).ok()?;
                Some((usize::try_from(at).ok()?, target))
            };
            let overflow = Error::new(ErrorKind::Overflow, 0);
            let (at, target) = copy().ok_or(overflow)?;
            part.load(self.dtype, self.cx)?.read_at(at, out.get_mut(target).ok_or(overflow)?)
        }))
    }
}

impl Decode for Grid {
    fn decode(&self, at: usize, out: &mut [u8]) -> Result<()> {
        let overflow = Error::new(ErrorKind::Overflow, at);
        let row_bytes = self.row.checked_mul(self.width).filter(|&n| n > 0).ok_or(overflow)?;
        let mut at = at as u64;
        let mut rest = out;
        while !rest.is_empty() {
            let (row, from) = (at.checked_div(row_bytes), at.checked_rem(row_bytes));
            let (row, from) = row.zip(from).ok_or(overflow)?;
            let step = row_bytes.saturating_sub(from).min(rest.len() as u64);
            let middle = usize::try_from(step).map_err(|_| overflow)?;
            let (piece, tail) = rest.split_at_mut_checked(middle).ok_or(overflow)?;
            self.read_row(row, from, piece).ok_or(overflow)??;
            rest = tail;
            at = at.checked_add(step).ok_or(overflow)?;
        }
        Ok(())
    }
}

/// Strings that lay in slices.
#[derive(Debug)]
struct Gathered(Vec<Bytes>);

impl Gathered {
    fn new(grid: &Grid) -> Result<Self> {
        let overflow = Error::new(ErrorKind::Overflow, 0);
        let rows = grid.outer.iter().try_fold(1u64, |n, &d| n.checked_mul(d)).ok_or(overflow)?;
        let count = rows.checked_mul(grid.row).ok_or(overflow)?;
        if count.saturating_mul(size_of::<Bytes>() as u64) > 16 << 20 {
            return Err(Error::new(ErrorKind::Limit, 0));
        }
        let mut all = Vec::new();
        for row in 0..rows {
            let begin = all.len();
            all.resize(
                begin.saturating_add(usize::try_from(grid.row).map_err(|_| overflow)?),
                Bytes::new(),
            );
            let target = all.get_mut(begin..).unwrap_or_default();
            grid.visit_row(row, 0, grid.row, |part, overlap| {
                let Payload::Strings(strings) = part.load(grid.dtype, grid.cx)?.payload() else {
                    return Err(Error::new(ErrorKind::DTypeHasNoBytes, 0));
                };
                let (skip, from) = (usize::try_from(overlap.first), usize::try_from(overlap.from));
                let (skip, from) = (skip.map_err(|_| overflow)?, from.map_err(|_| overflow)?);
                let length = overlap.to.saturating_sub(overlap.from);
                let wanted = target
                    .iter_mut()
                    .skip(from)
                    .take(usize::try_from(length).map_err(|_| overflow)?);
                for (slot, value) in wanted.zip(strings.iter().skip(skip)) {
                    *slot = Bytes::copy_from_slice(value?);
                }
                Ok(())
            })?;
        }
        Ok(Self(all))
    }
}

impl StringList for Gathered {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, index: usize) -> Option<&[u8]> {
        self.0.get(index).map(|b| &b[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Checksums;
    use proptest::prelude::*;

    const CX: Context = Context { checksums: Checksums::IfPresent, big_endian: false };

    /// A part of a tensor of int16 whose elements count up from 0 in row-major order.
    fn part(dims: &[u64], ranges: Ranges) -> Part {
        let mut values = vec![0u64];
        for (&dim, &(start, length)) in dims.iter().zip(&ranges) {
            values = values
                .iter()
                .flat_map(|v| (start..start + length).map(move |i| v * dim + i))
                .collect();
        }
        let bytes: Vec<u8> = values.iter().flat_map(|&v| (v as u16).to_le_bytes()).collect();
        Part::new(ranges, Source::Region { bytes: Ok(bytes.into()), crc: None })
    }

    fn whole(dims: &[u64]) -> Vec<u8> {
        (0..dims.iter().product::<u64>()).flat_map(|v| (v as u16).to_le_bytes()).collect()
    }

    fn read(dims: &[u64], parts: Vec<Part>, from: usize, to: usize) -> Result<Vec<u8>> {
        let mut out = vec![0xee; to - from];
        load(dims, DType::Int16, parts.into_iter().collect(), CX)?.read_at(from, &mut out)?;
        Ok(out)
    }

    #[test]
    fn a_grid_of_parts_read_from_any_byte() {
        let dims = [5, 4, 3];
        let grid = || -> Vec<Part> {
            let cuts = [(0, 2), (2, 3)];
            let rows = cuts.iter().flat_map(|&r| [(0, 1), (1, 3)].map(|c| (r, c)));
            rows.map(|(r, c)| part(&dims, vec![r, c, (0, 3)])).collect()
        };
        let want = whole(&dims);
        for (from, to) in [(0, 120), (1, 2), (7, 95), (119, 120), (40, 40)] {
            assert_eq!(read(&dims, grid(), from, to).unwrap(), want[from..to]);
        }
    }

    #[test]
    fn a_gap_is_an_error_only_where_it_is() {
        let parts =
            || vec![part(&[4, 2], vec![(0, 1), (0, 2)]), part(&[4, 2], vec![(2, 2), (0, 2)])];
        assert_eq!(read(&[4, 2], parts(), 0, 4).unwrap(), whole(&[4, 2])[..4]);
        assert_eq!(read(&[4, 2], parts(), 0, 6).unwrap_err().kind, ErrorKind::NoData);
        assert_eq!(read(&[4, 2], parts(), 8, 16).unwrap(), whole(&[4, 2])[8..]);
    }

    #[test]
    fn strings_are_gathered() {
        let strings = |values: &[&[u8]]| {
            let lengths = values.iter().map(|v| v.len() as u8);
            let mut bytes: Vec<u8> = lengths.collect();
            bytes.extend([0; 4]);
            bytes.extend(values.concat());
            Source::Region { bytes: Ok(bytes.into()), crc: None }
        };
        let parts = vec![
            Part::new(vec![(0, 2), (1, 1)], strings(&[b"b", b"d"])),
            Part::new(vec![(0, 2), (0, 1)], strings(&[b"a", b"ccc"])),
        ];
        let cx = Context { checksums: Checksums::Never, ..CX };
        let loaded = load(&[2, 2], DType::String, parts.into_iter().collect(), cx).unwrap();
        let Payload::Strings(all) = loaded.payload() else { panic!("not strings") };
        assert!(all.iter().map(Result::unwrap).eq([&b"a"[..], b"b", b"ccc", b"d"]));
    }

    proptest! {
        #[test]
        fn any_two_cuts_give_the_whole(
            dims in proptest::collection::vec(1u64..6, 1..4),
            axis in 0usize..3,
            at in 0u64..6,
            overlap in 0u64..2,
        ) {
            let axis = axis % dims.len();
            let at = at.min(dims[axis]);
            let full: Ranges = dims.iter().map(|&d| (0, d)).collect();
            let (mut low, mut high) = (full.clone(), full);
            low[axis] = (0, at);
            let start = at.saturating_sub(overlap);
            high[axis] = (start, dims[axis] - start);
            let want = whole(&dims);
            let parts = vec![part(&dims, high), part(&dims, low)];
            prop_assert_eq!(read(&dims, parts, 0, want.len()).unwrap(), want);
        }
    }
}
