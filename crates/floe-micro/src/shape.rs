//! [`Shape`]: a tensor's dimensions at run time, by value.
//!
//! Invariant: the product of the dimensions, zeros counted as ones, fits an `i32`. Every index into
//! a tensor, and every sum of such, is therefore far from overflow: index arithmetic in kernels
//! needs no checks.

use core::fmt;

/// The most dimensions a computed tensor may have. TensorFlow's own kernels stop at 8.
pub const MAX_RANK: usize = 8;

/// A tensor's dimensions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    rank: u8,
    dims: [i32; MAX_RANK],
}

impl Shape {
    /// The shape of a scalar.
    pub const SCALAR: Self = Self { rank: 0, dims: [1; MAX_RANK] };

    /// The shape with these dimensions; `None` when one is negative, when there are more than
    /// [`MAX_RANK`], or when their product is too large.
    #[must_use]
    pub fn new(dims: impl IntoIterator<Item = i32>) -> Option<Self> {
        let mut shape = Self::SCALAR;
        let mut product = 1i32;
        for d in dims {
            *shape.dims.get_mut(usize::from(shape.rank))? = d;
            product = product.checked_mul(d.max(1))?;
            if d < 0 {
                return None;
            }
            shape.rank = shape.rank.saturating_add(1);
        }
        Some(shape)
    }

    /// The shape with dimensions that are known to make one; [`SCALAR`](Self::SCALAR) when they do not.
    #[must_use]
    pub const fn known(mut dims: &[i32]) -> Self {
        let mut shape = Self::SCALAR;
        let mut rest = shape.dims.as_mut_slice();
        let mut product = 1i32;
        while let Some((&d, after)) = dims.split_first() {
            let (Some((slot, behind)), true) = (rest.split_first_mut(), d >= 0) else {
                return Self::SCALAR;
            };
            let Some(more) = product.checked_mul(if d > 0 { d } else { 1 }) else {
                return Self::SCALAR;
            };
            *slot = d;
            (product, rest, dims) = (more, behind, after);
            shape.rank += 1;
        }
        shape
    }

    /// As [`new`](Self::new), from sizes.
    #[must_use]
    pub fn of(dims: &[usize]) -> Option<Self> {
        if dims.iter().any(|&d| i32::try_from(d).is_err()) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "checked")]
        Self::new(dims.iter().map(|&d| d as i32))
    }

    /// The number of dimensions.
    #[must_use]
    #[inline]
    pub const fn rank(&self) -> usize {
        self.rank as usize
    }

    /// Dimension `i`; 1 beyond the rank.
    #[must_use]
    #[inline]
    pub fn dim(&self, i: usize) -> usize {
        #[expect(clippy::cast_sign_loss, reason = "never negative")]
        self.dims.get(i).map_or(1, |&d| d as usize)
    }

    /// The last dimension; 1 for a scalar.
    #[must_use]
    pub fn last(&self) -> usize {
        self.dim(self.rank().wrapping_sub(1))
    }

    /// The dimensions.
    #[must_use]
    #[inline]
    pub fn dims(&self) -> &[i32] {
        self.dims.get(..self.rank()).unwrap_or_default()
    }

    /// The dimensions as sizes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = usize> + DoubleEndedIterator + '_ {
        #[expect(clippy::cast_sign_loss, reason = "never negative")]
        self.dims().iter().map(|&d| d as usize)
    }

    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.span(0, self.rank())
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.dims().contains(&0)
    }

    /// The product of the dimensions `from .. to`; 1 when there is none.
    #[must_use]
    pub fn span(&self, from: usize, to: usize) -> usize {
        self.iter().take(to).skip(from).fold(1, usize::wrapping_mul)
    }

    /// The four dimensions of a picture batch: batch, height, width, channels.
    #[must_use]
    pub fn nhwc(&self) -> Option<[usize; 4]> {
        (self.rank == 4).then(|| [self.dim(0), self.dim(1), self.dim(2), self.dim(3)])
    }

    /// The dimensions of rank `N`, with ones put in front.
    #[must_use]
    pub fn extended<const N: usize>(&self) -> Option<[usize; N]> {
        let lead = N.checked_sub(self.rank())?;
        Some(core::array::from_fn(|i| i.checked_sub(lead).map_or(1, |i| self.dim(i))))
    }

    /// `axis`, counted from the end when negative.
    #[must_use]
    pub fn axis(&self, axis: i32) -> Option<usize> {
        let axis = if axis < 0 { axis.checked_add(i32::from(self.rank))? } else { axis };
        usize::try_from(axis).ok().filter(|&a| a < self.rank())
    }

    /// The same shape with dimension `i` set to `d`.
    #[must_use]
    pub fn with(&self, i: usize, d: usize) -> Option<Self> {
        let d = i32::try_from(d).ok()?;
        Self::new(self.dims().iter().enumerate().map(|(j, &old)| if i == j { d } else { old }))
    }

    /// The shape that both broadcast to by NumPy's rule: aligned at the end, a 1 stretches.
    #[must_use]
    pub fn broadcast(&self, other: &Self) -> Option<Self> {
        let (long, short) = if self.rank >= other.rank { (self, other) } else { (other, self) };
        let lead = long.rank().wrapping_sub(short.rank());
        let mut shape = *long;
        for (i, &d) in short.dims().iter().enumerate() {
            let at = shape.dims.get_mut(i.wrapping_add(lead))?;
            match (*at, d) {
                (1, d) => *at = d,
                (_, 1) => {}
                (a, d) if a == d => {}
                _ => return None,
            }
        }
        Self::new(shape.dims().iter().copied())
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.dims()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;

    fn s(dims: &[i32]) -> Shape {
        Shape::new(dims.iter().copied()).unwrap()
    }

    #[test]
    fn impossible_dimensions_are_refused() {
        assert_eq!(Shape::new([-1]), None);
        assert_eq!(Shape::new([1; 9]), None);
        assert_eq!(Shape::new([65536, 65536]), None);
        assert_eq!(Shape::new([0, 65536, 65536]), None);
        assert_eq!(s(&[2, 0, 3]).len(), 0);
    }

    #[test]
    fn broadcasting_aligns_at_the_end() {
        assert_eq!(s(&[4, 1, 3]).broadcast(&s(&[5, 1])), Some(s(&[4, 5, 3])));
        assert_eq!(s(&[]).broadcast(&s(&[2, 2])), Some(s(&[2, 2])));
        assert_eq!(s(&[2]).broadcast(&s(&[3])), None);
        assert_eq!(s(&[0]).broadcast(&s(&[1])), Some(s(&[0])));
    }

    #[test]
    fn axes_count_from_both_ends() {
        assert_eq!(s(&[2, 3]).axis(-1), Some(1));
        assert_eq!(s(&[2, 3]).axis(-3), None);
        assert_eq!(s(&[2, 3]).axis(2), None);
        assert_eq!(s(&[2, 3]).extended::<4>(), Some([1, 1, 2, 3]));
    }
}
