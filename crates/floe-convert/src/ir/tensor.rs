//! [`Tensor`]: a constant.
//!
//! Invariant: the elements' bytes are little-endian, row-major, one byte for each sub-byte element,
//! and as many as dtype and shape ask for. A splat (one element that stands for all) stays symbolic
//! until something needs the bytes.

use bytes::Bytes;
use floe_graph::DType;
use std::borrow::Cow;
use std::sync::Arc;

/// Bytes above which a splat is not written out: a file of a few bytes may claim any number.
const MAX_BYTES: usize = 1 << 26;

/// The elements of a constant.
#[derive(Clone, Debug, PartialEq)]
enum Data {
    Bytes(Bytes),
    /// One element's bytes, which stand for all.
    Fill(Bytes),
    Strings(Arc<[Bytes]>),
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    dtype: DType,
    shape: Vec<usize>,
    data: Data,
}

/// The number of elements of `shape`; `None` on overflow.
#[must_use]
pub fn count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d))
}

impl Tensor {
    /// A constant from its elements' bytes; `None` when their number is not what dtype and shape ask for.
    #[must_use]
    pub fn new(dtype: DType, shape: Vec<usize>, bytes: impl Into<Bytes>) -> Option<Self> {
        let bytes = bytes.into();
        let want = count(&shape)?.checked_mul(dtype.bytes()?)?;
        (bytes.len() == want).then_some(Self { dtype, shape, data: Data::Bytes(bytes) })
    }

    /// A constant whose elements all are `element`; `None` for an element of another width, and for
    /// one that would not fit a file.
    #[must_use]
    pub fn fill(dtype: DType, shape: Vec<usize>, element: impl Into<Bytes>) -> Option<Self> {
        let element = element.into();
        let width = dtype.bytes()?;
        if element.len() != width || count(&shape)?.checked_mul(width)? > MAX_BYTES {
            return None;
        }
        Some(Self { dtype, shape, data: Data::Fill(element) })
    }

    /// A constant of strings; `None` when their number is not what the shape asks for.
    #[must_use]
    pub fn strings(shape: Vec<usize>, strings: Vec<Bytes>) -> Option<Self> {
        (count(&shape)? == strings.len()).then(|| Self {
            dtype: DType::String,
            shape,
            data: Data::Strings(strings.into()),
        })
    }

    /// A float32 constant; `None` when the number of elements is not the shape's.
    #[must_use]
    pub fn f32(shape: &[usize], values: &[f32]) -> Option<Self> {
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        Self::new(DType::Float32, shape.to_vec(), bytes)
    }

    /// An int32 constant; `None` when the number of elements is not the shape's.
    #[must_use]
    pub fn i32(shape: &[usize], values: &[i32]) -> Option<Self> {
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        Self::new(DType::Int32, shape.to_vec(), bytes)
    }

    /// A constant of integers of dtype `dtype`; `None` when one is out of its range, the dtype is not
    /// an integer one, or the number of elements is not the shape's.
    #[must_use]
    pub fn ints(dtype: DType, shape: &[usize], values: &[i64]) -> Option<Self> {
        let mut bytes = Vec::with_capacity(values.len().checked_mul(dtype.bytes()?)?);
        for &v in values {
            match dtype {
                DType::Int64 => bytes.extend(v.to_le_bytes()),
                DType::Uint64 => bytes.extend(u64::try_from(v).ok()?.to_le_bytes()),
                DType::Int32 => bytes.extend(i32::try_from(v).ok()?.to_le_bytes()),
                DType::Uint32 => bytes.extend(u32::try_from(v).ok()?.to_le_bytes()),
                DType::Int16 => bytes.extend(i16::try_from(v).ok()?.to_le_bytes()),
                DType::Uint16 => bytes.extend(u16::try_from(v).ok()?.to_le_bytes()),
                DType::Int8 => bytes.extend(i8::try_from(v).ok()?.to_le_bytes()),
                DType::Uint8 => bytes.push(u8::try_from(v).ok()?),
                DType::Bool => bytes.push(u8::from(v != 0)),
                _ => return None,
            }
        }
        Self::new(dtype, shape.to_vec(), bytes)
    }

    /// The element type.
    #[must_use]
    pub const fn dtype(&self) -> DType {
        self.dtype
    }

    /// The dimensions.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        count(&self.shape).unwrap_or(usize::MAX)
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The one element's bytes when all are known to be equal.
    #[must_use]
    pub fn splat(&self) -> Option<&[u8]> {
        match &self.data {
            Data::Fill(one) => Some(one),
            Data::Bytes(b) if self.len() == 1 => Some(b),
            _ => None,
        }
    }

    /// The elements' bytes, a splat written out; `None` for strings.
    #[must_use]
    pub fn bytes(&self) -> Option<Bytes> {
        match &self.data {
            Data::Bytes(b) => Some(b.clone()),
            Data::Fill(one) => Some(Bytes::from(one.repeat(self.len()))),
            Data::Strings(_) => None,
        }
    }

    /// The elements' bytes where they are, a splat written out; `None` for strings.
    #[must_use]
    pub fn view(&self) -> Option<Cow<'_, [u8]>> {
        match &self.data {
            Data::Bytes(b) => Some(Cow::Borrowed(b)),
            Data::Fill(one) => Some(Cow::Owned(one.repeat(self.len()))),
            Data::Strings(_) => None,
        }
    }

    /// The strings; `None` for numbers.
    #[must_use]
    pub fn as_strings(&self) -> Option<&[Bytes]> {
        match &self.data {
            Data::Strings(s) => Some(s),
            _ => None,
        }
    }

    /// The same elements under another shape; `None` when it holds another number of them.
    #[must_use]
    pub fn reshaped(&self, shape: &[usize]) -> Option<Self> {
        (count(shape)? == self.len()).then(|| Self { shape: shape.to_vec(), ..self.clone() })
    }

    /// The elements as float32; `None` for another dtype.
    #[must_use]
    pub fn to_f32(&self) -> Option<Vec<f32>> {
        if self.dtype != DType::Float32 {
            return None;
        }
        let bytes = self.bytes()?;
        Some(bytes.as_chunks::<4>().0.iter().map(|c| f32::from_le_bytes(*c)).collect())
    }

    /// The same numbers in the type in which TFLite computes with them; `None` where they have no bytes.
    #[must_use]
    pub fn computed(self) -> Option<Self> {
        let to = crate::import::computed(self.dtype);
        if to == self.dtype {
            return Some(self);
        }
        let (from, shape) = (self.dtype, self.shape);
        let (given, splat) = match self.data {
            Data::Bytes(b) => (b, false),
            Data::Fill(b) => (b, true),
            Data::Strings(_) => return None,
        };
        let mut out = Vec::with_capacity(given.len());
        let double = |c: &[u8; 8]| (f64::from_le_bytes(*c) as f32).to_le_bytes();
        match from {
            DType::Float64 | DType::Complex128 => {
                out.extend(given.as_chunks::<8>().0.iter().flat_map(double));
            }
            DType::Bfloat16 => {
                out.extend(given.as_chunks::<2>().0.iter().flat_map(|&[a, b]| [0, 0, a, b]));
            }
            _ => {
                let half = |c: &[u8; 2]| widened(u16::from_le_bytes(*c)).to_le_bytes();
                out.extend(given.as_chunks::<2>().0.iter().flat_map(half));
            }
        }
        if splat { Self::fill(to, shape, out) } else { Self::new(to, shape, out) }
    }

    /// The one float32 that all elements are.
    #[must_use]
    pub fn scalar_f32(&self) -> Option<f32> {
        if self.dtype != DType::Float32 {
            return None;
        }
        match self.splat() {
            Some(one) => Some(f32::from_le_bytes(one.try_into().ok()?)),
            None => {
                let all = self.to_f32()?;
                let first = *all.first()?;
                all.iter().all(|x| x.to_bits() == first.to_bits()).then_some(first)
            }
        }
    }

    /// The elements as integers (bool as 0 and 1); `None` for floats and strings.
    #[must_use]
    pub fn to_ints(&self) -> Option<Vec<i64>> {
        let bytes = self.bytes()?;
        macro_rules! each {
            ($t:ty) => {
                bytes
                    .as_chunks::<{ size_of::<$t>() }>()
                    .0
                    .iter()
                    .map(|c| i64::try_from(<$t>::from_le_bytes(*c)).ok())
                    .collect()
            };
        }
        match self.dtype {
            DType::Int64 => each!(i64),
            DType::Uint64 => each!(u64),
            DType::Int32 => each!(i32),
            DType::Uint32 => each!(u32),
            DType::Int16 => each!(i16),
            DType::Uint16 => each!(u16),
            DType::Int8 | DType::Int4 | DType::Int2 => each!(i8),
            DType::Uint8 | DType::Bool | DType::Uint4 | DType::Uint2 => each!(u8),
            _ => None,
        }
    }

    /// The elements in the order of `perm`: output dimension `i` is input dimension `perm[i]`; `None`
    /// when that is not a permutation.
    #[must_use]
    pub fn transposed(&self, perm: &[usize]) -> Option<Self> {
        let rank = self.shape.len();
        let mut seen = vec![false; rank];
        for &p in perm {
            let slot = seen.get_mut(p)?;
            if std::mem::replace(slot, true) {
                return None;
            }
        }
        if perm.len() != rank {
            return None;
        }
        let shape: Vec<usize> = perm.iter().filter_map(|&p| self.shape.get(p).copied()).collect();
        if let Data::Fill(_) = self.data {
            return Some(Self { shape, ..self.clone() });
        }
        let data = match &self.data {
            Data::Bytes(b) => {
                let width = self.dtype.bytes()?;
                match split_at(perm) {
                    Some(k) => {
                        let rows = count(self.shape.get(..k)?)?;
                        Data::Bytes(turned(b, rows, count(self.shape.get(k..)?)?, width)?.into())
                    }
                    None => {
                        let mut out = Vec::with_capacity(b.len());
                        self.walk(perm, &shape, |at| {
                            let start = at.checked_mul(width)?;
                            out.extend_from_slice(b.get(start..start.checked_add(width)?)?);
                            Some(())
                        })?;
                        Data::Bytes(out.into())
                    }
                }
            }
            Data::Strings(s) => {
                let mut out = Vec::with_capacity(s.len());
                self.walk(perm, &shape, |at| {
                    out.push(s.get(at)?.clone());
                    Some(())
                })?;
                Data::Strings(out.into())
            }
            Data::Fill(_) => return None,
        };
        Some(Self { dtype: self.dtype, shape, data })
    }

    /// Calls `f` with the source index of every element of the transposed tensor, in order.
    fn walk(
        &self,
        perm: &[usize],
        shape: &[usize],
        mut f: impl FnMut(usize) -> Option<()>,
    ) -> Option<()> {
        let strides = strides(&self.shape);
        let steps: Vec<usize> = perm.iter().filter_map(|&p| strides.get(p).copied()).collect();
        let mut index = vec![0usize; shape.len()];
        let mut at = 0usize;
        for _ in 0..count(shape)? {
            f(at)?;
            for ((i, &n), &step) in index.iter_mut().zip(shape).zip(&steps).rev() {
                *i += 1;
                at += step;
                if *i < n {
                    break;
                }
                at -= step * n;
                *i = 0;
            }
        }
        Some(())
    }
}

/// Where `perm` exchanges the dimensions before and from it, each in their order.
fn split_at(perm: &[usize]) -> Option<usize> {
    let k = *perm.first()?;
    let turned = (k..perm.len()).chain(0..k);
    (k > 0 && perm.iter().copied().eq(turned)).then_some(k)
}

/// A matrix of elements of `width` bytes, transposed block by block.
fn turned(bytes: &[u8], rows: usize, columns: usize, width: usize) -> Option<Vec<u8>> {
    const BLOCK: usize = 32;
    let mut out = vec![0u8; bytes.len()];
    if width != 4 {
        for r in 0..rows {
            for c in 0..columns {
                let (from, to) = ((r * columns + c) * width, (c * rows + r) * width);
                out.get_mut(to..to + width)?.copy_from_slice(bytes.get(from..from + width)?);
            }
        }
        return Some(out);
    }
    let (source, target) = (bytes.as_chunks::<4>().0, out.as_chunks_mut::<4>().0);
    for r0 in (0..rows).step_by(BLOCK) {
        for c0 in (0..columns).step_by(BLOCK) {
            for c in c0..(c0 + BLOCK).min(columns) {
                let to = target.get_mut(c * rows + r0..c * rows + (r0 + BLOCK).min(rows))?;
                let from = source.get(r0 * columns + c..)?.iter().step_by(columns);
                to.iter_mut().zip(from).for_each(|(t, s)| *t = *s);
            }
        }
    }
    Some(out)
}

/// The float32 of a float16's bits.
fn widened(half: u16) -> f32 {
    let sign = u32::from(half >> 15) << 31;
    let (exponent, fraction) = (u32::from(half >> 10 & 31), u32::from(half & 1023));
    match exponent {
        0 => {
            // A multiple of 2⁻²⁴.
            let size = fraction as f32 / 16_777_216.0;
            f32::from_bits(sign | size.to_bits())
        }
        31 => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

/// How many elements one step along each dimension skips.
#[must_use]
pub fn strides(shape: &[usize]) -> Vec<usize> {
    let mut out = vec![1usize; shape.len()];
    let mut step = 1usize;
    for (o, &n) in out.iter_mut().zip(shape).rev() {
        *o = step;
        step = step.saturating_mul(n);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposes_by_the_definition() {
        let t = Tensor::i32(&[2, 3], &[1, 2, 3, 4, 5, 6]).unwrap();
        let u = t.transposed(&[1, 0]).unwrap();
        assert_eq!((u.shape(), u.to_ints().unwrap()), (&[3, 2][..], vec![1, 4, 2, 5, 3, 6]));
        assert!(t.transposed(&[0, 0]).is_none());
        assert!(t.transposed(&[0]).is_none());
        let numbers: Vec<i32> = (0..3 * 40 * 50).collect();
        let large = Tensor::i32(&[3, 40, 50], &numbers).unwrap();
        for perm in [[2, 0, 1], [1, 2, 0]] {
            let mut slow = Vec::new();
            let shape: Vec<usize> = perm.iter().map(|&p| large.shape()[p]).collect();
            let mut note = |at: usize| {
                slow.push(at as i64);
                Some(())
            };
            large.walk(&perm, &shape, &mut note).unwrap();
            assert_eq!(large.transposed(&perm).unwrap().to_ints().unwrap(), slow);
        }
        let wide = Tensor::i32(&[2, 2, 2], &[0, 1, 2, 3, 4, 5, 6, 7]).unwrap();
        let w = wide.transposed(&[2, 0, 1]).unwrap();
        assert_eq!(w.to_ints().unwrap(), [0, 2, 4, 6, 1, 3, 5, 7]);
    }

    #[test]
    fn computes_in_float32() {
        let halves = [0x3c00u16, 0xc000, 0x0001, 0x7c00, 0x3555].map(u16::to_le_bytes).concat();
        let t = Tensor::new(DType::Float16, vec![5], halves).unwrap().computed().unwrap();
        let want = [1.0, -2.0, 5.960_464_5e-8, f32::INFINITY, 0.333_251_95];
        assert_eq!(t.to_f32().unwrap(), want);
        let t = Tensor::fill(DType::Float64, vec![2], 0.1f64.to_le_bytes().to_vec()).unwrap();
        assert_eq!(t.computed().unwrap().to_f32().unwrap(), [0.1, 0.1]);
    }

    #[test]
    fn refuses_what_does_not_fit() {
        assert!(Tensor::new(DType::Float32, vec![2], vec![0; 7]).is_none());
        assert!(Tensor::fill(DType::Int8, vec![usize::MAX, 2], vec![0]).is_none());
        assert!(Tensor::fill(DType::Int8, vec![1 << 40], vec![0]).is_none());
        assert!(Tensor::ints(DType::Int8, &[1], &[128]).is_none());
    }
}
