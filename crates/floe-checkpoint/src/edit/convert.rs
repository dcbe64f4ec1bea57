//! Elements computed from other elements while they are written.

use crate::coded::by_unit;
use floe_graph::number::{from_f64, from_int, limits, to_f64, to_int};
use floe_graph::{DType, Decode, Error, ErrorKind, Result, TensorView};

/// Bytes that are read at once; a multiple of every element's width.
const PIECE: usize = 1 << 16;

/// A tensor's elements in another dtype.
#[derive(Debug)]
pub(super) struct Cast<'a> {
    view: TensorView<'a>,
    to: DType,
}

impl<'a> Cast<'a> {
    /// `view` as `to`; `None` where there is no such cast: of strings and handles, and between real and
    /// complex numbers.
    pub(super) fn new(view: TensorView<'a>, to: DType) -> Option<Self> {
        let number = |d: DType| d.is_float() || limits(d).is_some();
        let fits = number(view.dtype) && number(to) || complex(view.dtype) && complex(to);
        fits.then_some(Self { view, to })
    }
}

fn complex(dtype: DType) -> bool {
    matches!(dtype, DType::Complex64 | DType::Complex128)
}

/// The real dtype of a complex number's halves; the dtype itself otherwise.
fn part(dtype: DType) -> DType {
    match dtype {
        DType::Complex64 => DType::Float32,
        DType::Complex128 => DType::Float64,
        other => other,
    }
}

impl Decode for Cast<'_> {
    fn decode(&self, at: usize, out: &mut [u8]) -> Result<()> {
        let (from, to) = (part(self.view.dtype), part(self.to));
        let bad = Error::new(ErrorKind::DTypeHasNoBytes, from.tensorflow().into());
        let (width, unit) = (from.bytes().ok_or(bad)?, to.bytes().ok_or(bad)?);
        let mut source = Ahead { view: &self.view, width, start: 0, bytes: Vec::new() };
        let integers = limits(from).is_some() && limits(to).is_some();
        by_unit(at, out, unit, |i, number| {
            let raw = source.element(i)?;
            let done = if integers {
                to_int(from, raw).and_then(|v| from_int(to, v, number))
            } else {
                to_f64(from, raw).and_then(|v| from_f64(to, v, number))
            };
            done.ok_or(bad)
        })
    }
}

/// Elements of a view in increasing order, read a piece at a time.
struct Ahead<'a> {
    view: &'a TensorView<'a>,
    width: usize,
    start: usize,
    bytes: Vec<u8>,
}

impl Ahead<'_> {
    fn element(&mut self, index: usize) -> Result<&[u8]> {
        let overflow = Error::new(ErrorKind::Overflow, index);
        let at = index.checked_mul(self.width).ok_or(overflow)?;
        let end = at.checked_add(self.width).ok_or(overflow)?;
        if at < self.start || end > self.start.saturating_add(self.bytes.len()) {
            let left = self.view.raw_len()?.saturating_sub(at);
            self.bytes.resize(left.min(PIECE), 0);
            self.view.read_at(at, &mut self.bytes)?;
            self.start = at;
        }
        crate::wire::cut(&self.bytes, at.saturating_sub(self.start), self.width).ok_or(overflow)
    }
}

/// The mean of tensors of the same dtype and shape.
#[derive(Debug)]
pub(super) struct Average<'a> {
    pub(super) views: Vec<TensorView<'a>>,
}

impl Decode for Average<'_> {
    fn decode(&self, at: usize, out: &mut [u8]) -> Result<()> {
        let dtype = self.views.first().map_or(DType::Float32, |v| part(v.dtype));
        let bad = Error::new(ErrorKind::DTypeHasNoBytes, dtype.tensorflow().into());
        let unit = dtype.bytes().ok_or(bad)?;
        // The numbers that `out` touches, whole.
        let skip = at.checked_rem(unit).ok_or(bad)?;
        let len = skip
            .checked_add(out.len())
            .and_then(|n| n.checked_next_multiple_of(unit))
            .ok_or(bad)?;
        let mut raw = vec![0; len];
        let mut sums = vec![0f64; len.checked_div(unit).ok_or(bad)?];
        for view in &self.views {
            view.read_at(at.saturating_sub(skip), &mut raw)?;
            add(dtype, &raw, &mut sums);
        }
        divide(dtype, &sums, self.views.len() as f64, &mut raw).ok_or(bad)?;
        out.copy_from_slice(crate::wire::cut(&raw, skip, out.len()).ok_or(bad)?);
        Ok(())
    }
}

/// Adds the numbers in `raw` to `sums`, one to each.
fn add(dtype: DType, raw: &[u8], sums: &mut [f64]) {
    if dtype == DType::Float32 {
        for (sum, b) in sums.iter_mut().zip(raw.as_chunks::<4>().0) {
            *sum += f64::from(f32::from_le_bytes(*b));
        }
        return;
    }
    let unit = dtype.bytes().unwrap_or(1);
    for (sum, b) in sums.iter_mut().zip(raw.chunks_exact(unit)) {
        *sum += to_f64(dtype, b).unwrap_or(f64::NAN);
    }
}

/// Makes numbers of `sums / count`; `None` when the dtype is none of numbers.
fn divide(dtype: DType, sums: &[f64], count: f64, raw: &mut [u8]) -> Option<()> {
    if dtype == DType::Float32 {
        for (sum, b) in sums.iter().zip(raw.as_chunks_mut::<4>().0) {
            *b = ((sum / count) as f32).to_le_bytes();
        }
        return Some(());
    }
    let numbers = raw.chunks_exact_mut(dtype.bytes()?);
    sums.iter().zip(numbers).try_for_each(|(sum, number)| from_f64(dtype, sum / count, number))
}

/// Whether two tensors of the same dtype and shape have the same raw form.
pub(super) fn same(a: &TensorView<'_>, b: &TensorView<'_>) -> Result<bool> {
    let len = a.raw_len()?;
    if let (Some(a), Some(b)) = (a.raw(), b.raw()) {
        return Ok(a.get(..len) == b.get(..len));
    }
    let (mut left, mut right) = (vec![0; len.min(PIECE)], vec![0; len.min(PIECE)]);
    let mut at = 0usize;
    while at < len {
        let step = len.saturating_sub(at).min(PIECE);
        left.truncate(step);
        right.truncate(step);
        a.read_at(at, &mut left)?;
        b.read_at(at, &mut right)?;
        if left != right {
            return Ok(false);
        }
        at = at.saturating_add(step);
    }
    Ok(true)
}
