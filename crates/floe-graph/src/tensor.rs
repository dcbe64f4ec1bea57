//! [`TensorView`] and [`TensorSource`]: one tensor, and a file of named ones.

use crate::{DType, Error, ErrorKind, Payload, Quant, Result, Shape};

/// The dense index of a tensor in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(pub u32);

/// A tensor as its file holds it: what it is, and where its elements are.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TensorView<'data> {
    /// The element type.
    pub dtype: DType,
    /// The dimensions.
    pub shape: Shape<'data>,
    /// How integers stand for real numbers, where they do.
    pub quant: Option<Quant<'data>>,
    /// The elements.
    pub payload: Payload<'data>,
    /// Where the payload lies in its file, in bytes; 0 when it lies in no one place.
    pub offset: u64,
}

impl<'data> TensorView<'data> {
    /// A view without quantization at no particular offset.
    #[must_use]
    pub const fn new(dtype: DType, shape: Shape<'data>, payload: Payload<'data>) -> Self {
        Self { dtype, shape, quant: None, payload, offset: 0 }
    }

    /// The same view with its place in the file.
    #[must_use]
    pub const fn at(mut self, offset: u64) -> Self {
        self.offset = offset;
        self
    }

    /// The same view with quantization parameters.
    #[must_use]
    pub const fn with_quant(mut self, quant: Option<Quant<'data>>) -> Self {
        self.quant = quant;
        self
    }

    /// The raw form, when the file holds it in one piece.
    #[must_use]
    pub const fn raw(&self) -> Option<&'data [u8]> {
        match self.payload {
            Payload::Raw(b) => Some(b),
            _ => None,
        }
    }

    /// Bytes of the raw form: elements × width, one byte for each sub-byte element.
    ///
    /// # Errors
    /// [`ErrorKind::DTypeHasNoBytes`] for strings and handles, [`ErrorKind::UnknownShape`],
    /// [`ErrorKind::Overflow`].
    pub fn raw_len(&self) -> Result<usize> {
        let width = self
            .dtype
            .bytes()
            .ok_or(Error::new(ErrorKind::DTypeHasNoBytes, self.dtype.tensorflow().into()))?;
        let elements = self.shape.elements()?.ok_or(Error::new(ErrorKind::UnknownShape, 0))?;
        usize::try_from(elements)
            .ok()
            .and_then(|n| n.checked_mul(width))
            .ok_or(Error::new(ErrorKind::Overflow, 0))
    }

    /// Fills `out` with the raw form from byte `at` on, whatever the coding.
    ///
    /// # Errors
    /// [`ErrorKind::WrongDestination`] when `at + out.len()` is beyond the raw form;
    /// [`ErrorKind::LengthMismatch`] when the payload is shorter than dtype and shape say;
    /// [`ErrorKind::NoData`]; whatever decoding finds wrong.
    pub fn read_at(&self, at: usize, out: &mut [u8]) -> Result<()> {
        let beyond = Error::new(ErrorKind::WrongDestination, at);
        let end = at.checked_add(out.len()).ok_or(beyond)?;
        if end > self.raw_len()? {
            return Err(beyond);
        }
        let short =
            Error::new(ErrorKind::LengthMismatch, usize::try_from(self.offset).unwrap_or(0));
        match self.payload {
            Payload::Absent => Err(Error::new(ErrorKind::NoData, 0)),
            Payload::Raw(b) => {
                out.copy_from_slice(b.get(at..end).ok_or(short)?);
                Ok(())
            }
            Payload::Fill(one) => fill(one, at, out).ok_or(short),
            Payload::Packed(b) => unpack(self.dtype, b, at, out).ok_or(short),
            Payload::Coded(coded) => coded.decode(at, out),
            Payload::Strings(_) => Err(Error::new(ErrorKind::DTypeHasNoBytes, 0)),
        }
    }

    /// Calls `f` with the raw form piece by piece, a few KiB each, in order: hashing and writing a
    /// tensor of any size in constant memory.
    ///
    /// # Errors
    /// As [`read_at`](Self::read_at), and what `f` returns.
    pub fn for_each_chunk<E: From<Error>>(
        &self,
        mut f: impl FnMut(&[u8]) -> core::result::Result<(), E>,
    ) -> core::result::Result<(), E> {
        let len = self.raw_len()?;
        if let Some(raw) = self.raw() {
            let short =
                Error::new(ErrorKind::LengthMismatch, usize::try_from(self.offset).unwrap_or(0));
            return f(raw.get(..len).ok_or(short)?);
        }
        let mut buffer = [0u8; 4096];
        let mut at = 0usize;
        while at < len {
            let n = len.saturating_sub(at).min(buffer.len());
            let Some(piece) = buffer.get_mut(..n) else { break };
            self.read_at(at, piece)?;
            f(piece)?;
            at = at.saturating_add(n);
        }
        Ok(())
    }

    /// The raw form: borrowed when the file holds it in one piece, otherwise owned.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] when an owned copy would take more than `limit` bytes; as
    /// [`read_at`](Self::read_at).
    #[cfg(feature = "alloc")]
    pub fn bytes(&self, limit: usize) -> Result<alloc::borrow::Cow<'data, [u8]>> {
        let len = self.raw_len()?;
        if let Some(raw) = self.raw() {
            let short =
                Error::new(ErrorKind::LengthMismatch, usize::try_from(self.offset).unwrap_or(0));
            return raw.get(..len).map(alloc::borrow::Cow::Borrowed).ok_or(short);
        }
        if len > limit {
            return Err(Error::new(ErrorKind::Limit, len));
        }
        let mut owned = alloc::vec![0; len];
        self.read_at(0, &mut owned)?;
        Ok(alloc::borrow::Cow::Owned(owned))
    }
}

/// Repeats `one` over `out`, as if `out` began at byte `at` of the repetition.
fn fill(one: &[u8], at: usize, out: &mut [u8]) -> Option<()> {
    let phase = at.checked_rem(one.len())?;
    for (o, &b) in out.iter_mut().zip(one.iter().cycle().skip(phase)) {
        *o = b;
    }
    Some(())
}

/// Unpacks sub-byte elements `at ..`, one into each byte of `out`.
fn unpack(dtype: DType, packed: &[u8], at: usize, out: &mut [u8]) -> Option<()> {
    let bits = dtype.bits()?;
    let per_byte = 8usize.checked_div(bits)?;
    let mask = u8::MAX.checked_shr(8u32.checked_sub(u32::try_from(bits).ok()?)?)?;
    let sign = if dtype.is_signed_subbyte() { mask.wrapping_add(1) >> 1 } else { 0 };
    for (i, o) in out.iter_mut().enumerate() {
        let element = at.checked_add(i)?;
        let shift = element.checked_rem(per_byte)?.checked_mul(bits)?;
        let low =
            packed.get(element.checked_div(per_byte)?)?.checked_shr(u32::try_from(shift).ok()?)?
                & mask;
        *o = (low ^ sign).wrapping_sub(sign);
    }
    Some(())
}

/// A file of named tensors.
pub trait TensorSource<'data> {
    /// How many tensors there are; their ids run from 0.
    fn tensor_count(&self) -> u32;

    /// The tensor `id`.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchIndex`], or what is wrong with this tensor in the file.
    fn tensor(&self, id: TensorId) -> Result<TensorView<'data>>;

    /// What tensor `id` is, without its elements where telling would mean to read them: the payload
    /// may be [`Payload::Absent`], checksums are not taken. For lists of tensors.
    ///
    /// # Errors
    /// As [`tensor`](Self::tensor), as far as they show without the elements.
    fn tensor_info(&self, id: TensorId) -> Result<TensorView<'data>> {
        self.tensor(id)
    }

    /// The name of tensor `id`.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchIndex`], [`ErrorKind::NotUtf8`].
    fn tensor_name(&self, id: TensorId) -> Result<&'data str>;

    /// The raw form of tensor `id` as a share of the file's map, when it lies there in one piece:
    /// what keeps it outlives the source, and nothing is copied.
    #[cfg(feature = "map")]
    fn share(&self, id: TensorId) -> Option<bytes::Bytes> {
        let _ = id;
        None
    }

    /// The tensor called `name`; the first, where a format lets several share a name.
    fn find_tensor(&self, name: &str) -> Option<TensorId> {
        (0..self.tensor_count()).map(TensorId).find(|&id| self.tensor_name(id) == Ok(name))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn raw(t: &TensorView<'_>) -> Vec<u8> {
        let mut all = Vec::new();
        t.for_each_chunk(|c| {
            all.extend_from_slice(c);
            Ok::<_, Error>(())
        })
        .unwrap();
        assert_eq!(all, &*t.bytes(1 << 20).unwrap());
        all
    }

    #[test]
    fn a_splat_larger_than_any_memory_stays_symbolic() {
        let dims = [1 << 40];
        let t = TensorView::new(DType::Int16, Shape::I64(&dims), Payload::Fill(&[1, 2]));
        assert_eq!(t.bytes(1 << 20).unwrap_err().kind, ErrorKind::Limit);
        let mut piece = [0; 3];
        t.read_at((1 << 40) + 1, &mut piece).unwrap();
        assert_eq!(piece, [2, 1, 2]);
    }

    #[test]
    fn sub_byte_elements_are_unpacked_low_bits_first() {
        let int4 = TensorView::new(DType::Int4, Shape::I64(&[3]), Payload::Packed(&[0xf1, 0x07]));
        assert_eq!(raw(&int4), [1, 0xff, 7]);
        let uint4 = TensorView::new(DType::Uint4, Shape::I64(&[3]), Payload::Packed(&[0xf1, 0x07]));
        assert_eq!(raw(&uint4), [1, 15, 7]);
        let int2 =
            TensorView::new(DType::Int2, Shape::I64(&[5]), Payload::Packed(&[0b11_10_01_00, 0b01]));
        assert_eq!(raw(&int2), [0, 1, 0xfe, 0xff, 1]);
    }

    #[test]
    fn a_payload_shorter_than_its_shape_is_an_error() {
        let t = TensorView::new(DType::Float32, Shape::I64(&[2]), Payload::Raw(&[0; 7]));
        assert_eq!(t.bytes(64).unwrap_err().kind, ErrorKind::LengthMismatch);
        assert_eq!(t.read_at(0, &mut [0; 8]).unwrap_err().kind, ErrorKind::LengthMismatch);
        assert_eq!(
            t.read_at(usize::MAX, &mut [0; 2]).unwrap_err().kind,
            ErrorKind::WrongDestination
        );
    }
}
