//! [`LeSlice`]: a borrowed run of little-endian numbers, read by value, so that no alignment and no
//! `unsafe` is needed. Compiles to plain loads on little-endian machines.

use core::fmt;
use core::marker::PhantomData;

/// A number that is stored as its little-endian bytes.
pub trait LeScalar: Copy + fmt::Debug + 'static {
    /// Bytes of one number.
    const SIZE: usize;
    /// The number in `bytes`, which holds [`SIZE`](Self::SIZE) of them; `None` for any other length.
    fn read_le(bytes: &[u8]) -> Option<Self>;
}

macro_rules! scalars {
    ($($t:ty)*) => {$(
        impl LeScalar for $t {
            const SIZE: usize = size_of::<$t>();
            #[inline]
            fn read_le(bytes: &[u8]) -> Option<Self> {
                Some(<$t>::from_le_bytes(bytes.try_into().ok()?))
            }
        }
    )*};
}
scalars!(u8 i8 u16 i16 u32 i32 u64 i64 f32 f64);

/// A borrowed run of little-endian `T`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeSlice<'data, T> {
    bytes: &'data [u8],
    of: PhantomData<T>,
}

impl<'data, T: LeScalar> LeSlice<'data, T> {
    /// The numbers in `bytes`; a last, incomplete one is left out.
    #[must_use]
    pub const fn new(bytes: &'data [u8]) -> Self {
        Self { bytes, of: PhantomData }
    }

    /// How many numbers there are.
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        match self.bytes.len().checked_div(T::SIZE) {
            Some(n) => n,
            None => 0,
        }
    }

    /// Whether there is none.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number at `index`.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<T> {
        let start = index.checked_mul(T::SIZE)?;
        T::read_le(self.bytes.get(start..start.checked_add(T::SIZE)?)?)
    }

    /// All numbers in order.
    #[inline]
    pub fn iter(
        &self,
    ) -> impl ExactSizeIterator<Item = T> + DoubleEndedIterator + Clone + use<'data, T>
    where
        T: Default,
    {
        // Not `chunks_exact`: its length is a division that may link a panic.
        let numbers = *self;
        (0..self.len()).map(move |i| numbers.get(i).unwrap_or_default())
    }

    /// The bytes as they lie in the file.
    #[must_use]
    pub const fn as_bytes(&self) -> &'data [u8] {
        self.bytes
    }
}

impl<T> Default for LeSlice<'_, T> {
    fn default() -> Self {
        Self { bytes: &[], of: PhantomData }
    }
}

impl<T: LeScalar + Default> fmt::Debug for LeSlice<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::LeSlice;

    #[test]
    fn reads_by_value_from_any_address() {
        let bytes = [0, 1, 0, 0, 0, 255, 255, 255, 255];
        let s = LeSlice::<i32>::new(&bytes[1..]);
        assert_eq!(s.len(), 2);
        assert!(s.iter().eq([1, -1]));
        assert_eq!(s.get(1), Some(-1));
        assert_eq!(s.get(2), None);
        assert_eq!(s.get(usize::MAX), None);
    }
}
