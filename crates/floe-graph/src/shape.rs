//! [`Shape`]: a tensor's dimensions as the file holds them.

use crate::{Error, ErrorKind, LeSlice, Result};
use core::fmt;

/// A tensor's dimensions, borrowed from the file. A negative dimension is unknown.
#[derive(Clone, Copy, Default)]
pub enum Shape<'data> {
    /// Not even the rank is known.
    #[default]
    Unknown,
    /// Dimensions as TFLite stores them.
    I32(LeSlice<'data, i32>),
    /// Dimensions as decoded protocol buffers hold them.
    I64(&'data [i64]),
}

impl<'data> Shape<'data> {
    /// The shape of a scalar: rank 0.
    pub const SCALAR: Self = Self::I64(&[]);

    /// The number of dimensions; `None` when unknown.
    #[must_use]
    pub const fn rank(&self) -> Option<usize> {
        match self {
            Self::Unknown => None,
            Self::I32(d) => Some(d.len()),
            Self::I64(d) => Some(d.len()),
        }
    }

    /// Dimension `i`, -1 when it is unknown; `None` beyond the rank.
    #[must_use]
    pub fn dim(&self, i: usize) -> Option<i64> {
        let d = match self {
            Self::Unknown => return None,
            Self::I32(d) => i64::from(d.get(i)?),
            Self::I64(d) => *d.get(i)?,
        };
        Some(d.max(-1))
    }

    /// The dimensions in order, -1 for unknown ones; none for an unknown rank.
    #[must_use]
    pub const fn iter(&self) -> Dims<'data> {
        Dims { shape: *self, next: 0 }
    }

    /// The number of elements; `None` when any dimension is unknown.
    ///
    /// # Errors
    /// [`ErrorKind::Overflow`] when the product does not fit 64 bits, at the dimension where it stops to.
    pub fn elements(&self) -> Result<Option<u64>> {
        if self.rank().is_none() {
            return Ok(None);
        }
        // A zero anywhere makes the product zero, whatever the others are.
        if self.iter().any(|d| d == 0) {
            return Ok(Some(0));
        }
        let mut product = 1u64;
        for (i, d) in self.iter().enumerate() {
            let Ok(d) = u64::try_from(d) else { return Ok(None) };
            product = product.checked_mul(d).ok_or(Error::new(ErrorKind::Overflow, i))?;
        }
        Ok(Some(product))
    }
}

impl PartialEq for Shape<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank() && self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `[2,?,3]`, or `?` for an unknown rank.
impl fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rank().is_none() {
            return f.write_str("?");
        }
        f.write_str("[")?;
        for (i, d) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            if d < 0 { f.write_str("?")? } else { write!(f, "{d}")? }
        }
        f.write_str("]")
    }
}

/// The dimensions of a [`Shape`], in order.
#[derive(Clone, Debug)]
pub struct Dims<'data> {
    shape: Shape<'data>,
    next: usize,
}

impl Iterator for Dims<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        let d = self.shape.dim(self.next)?;
        self.next = self.next.saturating_add(1);
        Some(d)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn elements_are_counted_or_refused() {
        assert_eq!(Shape::SCALAR.elements(), Ok(Some(1)));
        assert_eq!(Shape::Unknown.elements(), Ok(None));
        assert_eq!(Shape::I64(&[2, -1]).elements(), Ok(None));
        assert_eq!(Shape::I64(&[1 << 40, 1 << 40, 0]).elements(), Ok(Some(0)));
        assert_eq!(
            Shape::I64(&[1 << 40, 1 << 40]).elements(),
            Err(Error::new(ErrorKind::Overflow, 1))
        );
    }

    #[test]
    fn both_forms_compare_by_value() {
        let bytes = [2, 0, 0, 0, 255, 255, 255, 255];
        assert_eq!(Shape::I32(LeSlice::new(&bytes)), Shape::I64(&[2, -1]));
        assert_eq!(Shape::I64(&[2, -7]).to_string(), "[2,?]");
        assert_eq!(Shape::Unknown.to_string(), "?");
    }
}
