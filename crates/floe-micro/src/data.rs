//! [`View`] and [`ViewMut`]: bytes seen as a run of numbers.
//!
//! The arena and the model are bytes of any alignment; numbers are read and written by value, which
//! compiles to plain loads and stores, and to vector ones in loops. Invariant: total. An index
//! beyond the end reads as zero and writes nothing, so a kernel has no panic to link and a wrong
//! one cannot leave its tensor.

mod pieces;

pub use pieces::{Pieces, PiecesMut, pieces, pieces_mut};

use floe_graph::DType;

/// A number that tensors are made of, stored little-endian.
pub trait Scalar: Copy + Default + PartialEq + PartialOrd + 'static {
    /// The dtype whose elements are these.
    const DTYPE: DType;
    /// The bytes of one number.
    type Bytes: Copy + 'static;
    /// `bytes` as numbers; a last, incomplete one is left out.
    fn of(bytes: &[u8]) -> &[Self::Bytes];
    /// As [`of`](Self::of), to write.
    fn of_mut(bytes: &mut [u8]) -> &mut [Self::Bytes];
    /// The bytes of numbers.
    fn bytes_of_mut(numbers: &mut [Self::Bytes]) -> &mut [u8];
    /// The number in `bytes`.
    fn load(bytes: Self::Bytes) -> Self;
    /// The bytes of this number.
    fn store(self) -> Self::Bytes;
}

macro_rules! scalars {
    ($($t:ty, $dtype:ident;)*) => {$(
        impl Scalar for $t {
            const DTYPE: DType = DType::$dtype;
            type Bytes = [u8; size_of::<$t>()];
            #[inline(always)]
            fn of(bytes: &[u8]) -> &[Self::Bytes] {
                bytes.as_chunks().0
            }
            #[inline(always)]
            fn of_mut(bytes: &mut [u8]) -> &mut [Self::Bytes] {
                bytes.as_chunks_mut().0
            }
            #[inline(always)]
            fn bytes_of_mut(numbers: &mut [Self::Bytes]) -> &mut [u8] {
                numbers.as_flattened_mut()
            }
            #[inline(always)]
            fn load(bytes: Self::Bytes) -> Self {
                <$t>::from_le_bytes(bytes)
            }
            #[inline(always)]
            fn store(self) -> Self::Bytes {
                self.to_le_bytes()
            }
        }
    )*};
}
scalars! {
    i8, Int8; u8, Uint8; i16, Int16; u16, Uint16; i32, Int32; u32, Uint32; i64, Int64; u64, Uint64;
    f32, Float32; f64, Float64;
}

impl Scalar for bool {
    const DTYPE: DType = DType::Bool;
    type Bytes = [u8; 1];
    #[inline(always)]
    fn of(bytes: &[u8]) -> &[Self::Bytes] {
        bytes.as_chunks().0
    }
    #[inline(always)]
    fn of_mut(bytes: &mut [u8]) -> &mut [Self::Bytes] {
        bytes.as_chunks_mut().0
    }
    #[inline(always)]
    fn bytes_of_mut(numbers: &mut [Self::Bytes]) -> &mut [u8] {
        numbers.as_flattened_mut()
    }
    #[inline(always)]
    fn load([byte]: [u8; 1]) -> Self {
        byte != 0
    }
    #[inline(always)]
    fn store(self) -> [u8; 1] {
        [self.into()]
    }
}

/// An integer of at most 16 bits, as quantized tensors are made of.
pub trait Quantized: Scalar + Into<i32> {
    /// The low bits of `x`, which a kernel has clamped to this type's range.
    fn narrow(x: i32) -> Self;
}

macro_rules! quantized {
    ($($t:ty)*) => {$(
        impl Quantized for $t {
            #[inline(always)]
            fn narrow(x: i32) -> Self {
                x as $t
            }
        }
    )*};
}
quantized!(i8 u8 i16);

/// Copies bytes, as many as both have.
#[inline]
pub fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// A borrowed run of numbers.
#[derive(Clone, Copy)]
pub struct View<'a, T: Scalar>(&'a [T::Bytes]);

impl<'a, T: Scalar> View<'a, T> {
    /// `bytes` as numbers.
    #[must_use]
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(T::of(bytes))
    }

    /// How many there are.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number at `i`; zero beyond the end.
    #[must_use]
    #[inline(always)]
    pub fn at(&self, i: usize) -> T {
        self.0.get(i).map_or_else(T::default, |b| T::load(*b))
    }

    /// The number at `i`.
    #[must_use]
    #[inline]
    pub fn get(&self, i: usize) -> Option<T> {
        self.0.get(i).map(|b| T::load(*b))
    }

    /// All numbers in order.
    #[inline(always)]
    pub fn iter(
        &self,
    ) -> impl ExactSizeIterator<Item = T> + DoubleEndedIterator + Clone + use<'a, T> {
        self.0.iter().map(|b| T::load(*b))
    }

    /// The `len` numbers from `start` on; as many of them as there are.
    #[must_use]
    #[inline(always)]
    pub fn part(&self, start: usize, len: usize) -> Self {
        let tail = self.0.get(start..).unwrap_or_default();
        Self(tail.get(..len).unwrap_or(tail))
    }

    /// The `len` numbers from `start` on, when there are so many.
    #[must_use]
    #[inline(always)]
    pub fn exact(&self, start: usize, len: usize) -> Option<Self> {
        self.0.get(start..start.wrapping_add(len)).map(Self)
    }

    /// Pieces of `len` numbers in order (`len` 0 counts as 1); a last, incomplete one is left out.
    #[inline]
    pub fn pieces(&self, len: usize) -> impl ExactSizeIterator<Item = Self> + Clone + use<'a, T> {
        pieces(self.0, len).map(Self)
    }
}

/// A run of numbers to write.
pub struct ViewMut<'a, T: Scalar>(&'a mut [T::Bytes]);

impl<'a, T: Scalar> ViewMut<'a, T> {
    /// `bytes` as numbers.
    #[must_use]
    #[inline]
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Self(T::of_mut(bytes))
    }

    /// How many there are.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number at `i`; zero beyond the end.
    #[must_use]
    #[inline(always)]
    pub fn at(&self, i: usize) -> T {
        self.0.get(i).map_or_else(T::default, |b| T::load(*b))
    }

    /// Writes the number at `i`; nothing beyond the end.
    #[inline(always)]
    pub fn set(&mut self, i: usize, value: T) {
        if let Some(b) = self.0.get_mut(i) {
            *b = value.store();
        }
    }

    /// The bytes of the numbers.
    #[must_use]
    #[inline]
    pub fn into_bytes(self) -> &'a mut [u8] {
        T::bytes_of_mut(self.0)
    }

    /// The same numbers for reading.
    #[must_use]
    #[inline]
    pub fn view(&self) -> View<'_, T> {
        View(self.0)
    }

    /// The same numbers for a shorter time.
    #[must_use]
    #[inline]
    pub fn reborrow(&mut self) -> ViewMut<'_, T> {
        ViewMut(self.0)
    }

    /// The `len` numbers from `start` on; as many of them as there are.
    #[must_use]
    #[inline(always)]
    pub fn part(&mut self, start: usize, len: usize) -> ViewMut<'_, T> {
        let tail = self.0.get_mut(start..).unwrap_or_default();
        let len = len.min(tail.len());
        ViewMut(tail.get_mut(..len).unwrap_or_default())
    }

    /// Pieces of `len` numbers in order (`len` 0 counts as 1); a last, incomplete one is left out.
    #[inline]
    pub fn pieces(&mut self, len: usize) -> impl ExactSizeIterator<Item = ViewMut<'_, T>> {
        pieces_mut(self.0, len).map(ViewMut)
    }

    /// Writes `value` everywhere.
    #[inline]
    pub fn fill(&mut self, value: T) {
        self.0.fill(value.store());
    }

    /// Writes `values` from the start on, as many as fit.
    #[inline(always)]
    pub fn write(&mut self, values: impl IntoIterator<Item = T>) {
        for (b, v) in self.0.iter_mut().zip(values) {
            *b = v.store();
        }
    }

    /// Replaces each number by what `f` makes of it.
    #[inline(always)]
    pub fn update(&mut self, mut f: impl FnMut(T) -> T) {
        for b in self.0.iter_mut() {
            *b = f(T::load(*b)).store();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{View, ViewMut};

    #[test]
    fn numbers_are_read_and_written_at_any_address() {
        let mut bytes = [0u8; 9];
        let mut v = ViewMut::<i32>::new(bytes.get_mut(1..).unwrap());
        v.write([1, -2, 3]);
        assert_eq!(bytes, [0, 1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]);
        let v = View::<i32>::new(&bytes[1..]);
        assert!(v.iter().eq([1, -2]));
        assert!(v.part(1, 7).iter().eq([-2]));
        assert_eq!(v.part(9, 1).len(), 0);
    }

    #[test]
    fn beyond_the_end_is_zero_and_stays_unwritten() {
        let mut bytes = [7u8; 3];
        let mut v = ViewMut::<i16>::new(&mut bytes);
        v.set(1, 5);
        assert_eq!((v.at(0), v.at(1)), (0x0707, 0));
        assert_eq!(bytes, [7; 3]);
    }

    #[test]
    fn pieces_of_no_numbers_end() {
        assert_eq!(View::<u8>::new(&[1, 2]).pieces(0).count(), 2);
    }
}
