//! [`Samples`]: representative inputs, from which ranges are learnt.
//!
//! Invariant: the arrays are only borrowed while they are read, so a mapped file stays on disk.

use crate::error::Error;
use bytes::Bytes;
use floe_graph::DType;
use std::collections::BTreeMap;

/// One input's samples.
#[derive(Clone, Debug)]
pub struct Array {
    /// The element type.
    pub dtype: DType,
    /// The dimensions; the first counts samples.
    pub shape: Vec<usize>,
    /// The elements: little-endian, row-major.
    pub data: Bytes,
}

/// Representative inputs by the input's name.
#[derive(Clone, Debug, Default)]
pub struct Samples(BTreeMap<String, Parts>);

/// Arrays that follow each other along the first axis, and how many samples they hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    arrays: Vec<Array>,
    count: usize,
}

impl Samples {
    /// Adds samples of an input, after those that it has.
    ///
    /// # Errors
    /// When the array has no first dimension, not as many bytes as its shape asks for, or is of another dtype than
    /// those before it.
    pub fn append(&mut self, name: String, array: Array) -> Result<(), Error> {
        let bytes =
            crate::ir::count(&array.shape).and_then(|n| n.checked_mul(array.dtype.bytes()?));
        let count = array.shape.first().copied().unwrap_or(0);
        let before = self.0.get(&name).and_then(|p| p.arrays.first()).map(|a| a.dtype);
        let why = if count == 0 {
            "has no samples: its first axis counts them".to_owned()
        } else if bytes != Some(array.data.len()) {
            format!("has {} bytes, not those of its shape {:?}", array.data.len(), array.shape)
        } else if let Some(before) = before.filter(|d| *d != array.dtype) {
            format!("is of {}, what is before it of {before}", array.dtype)
        } else {
            let parts = self.0.entry(name).or_default();
            parts.count += count;
            parts.arrays.push(array);
            return Ok(());
        };
        Err(Error::Request(format!("the representative data of '{name}' {why}")))
    }

    /// Makes sure that every input has as many samples as the others.
    ///
    /// # Errors
    /// With the counts, where they differ.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let count = self.count();
        match self.0.iter().find(|(_, p)| p.count != count) {
            Some((name, p)) => Err(Error::Request(format!(
                "the representative data of '{name}' has {} samples, the others {count}",
                p.count
            ))),
            None => Ok(()),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many samples each input has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.values().next().map_or(0, |p| p.count)
    }

    /// The samples of the input `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&Parts> {
        self.0.get(name)
    }

    /// The names of the inputs that have samples.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Parts {
    /// The dtype of all.
    pub(crate) fn dtype(&self) -> Option<DType> {
        self.arrays.first().map(|a| a.dtype)
    }

    /// The dimensions of one sample.
    pub(crate) fn dims(&self) -> &[usize] {
        self.arrays.first().and_then(|a| a.shape.get(1..)).unwrap_or_default()
    }

    /// As [`Array::sample`], of all samples.
    pub(crate) fn sample(&self, k: usize, rank: usize) -> Option<(&[u8], Vec<i32>)> {
        let mut left = k;
        for array in &self.arrays {
            let count = *array.shape.first()?;
            if left < count {
                return array.sample(left, rank);
            }
            left -= count;
        }
        None
    }
}

impl Array {
    /// The elements of sample `k`, and its dimensions for an input of rank `rank`: a batch of one where the
    /// samples themselves have a dimension less.
    pub(crate) fn sample(&self, k: usize, rank: usize) -> Option<(&[u8], Vec<i32>)> {
        let rest = self.shape.get(1..)?;
        let dims: Vec<i32> = rest.iter().map(|&d| i32::try_from(d).ok()).collect::<Option<_>>()?;
        let dims = if dims.len() + 1 == rank { [vec![1], dims].concat() } else { dims };
        let len = crate::ir::count(rest)?.checked_mul(self.dtype.bytes()?)?;
        let start = k.checked_mul(len)?;
        Some((self.data.get(start..start.checked_add(len)?)?, dims))
    }
}

#[cfg(test)]
mod tests {
    use super::{Array, Samples};
    use floe_graph::DType;

    fn array(shape: &[usize], data: Vec<u8>) -> Array {
        Array { dtype: DType::Uint8, shape: shape.to_vec(), data: data.into() }
    }

    #[test]
    fn samples_are_slices_of_the_first_axis() {
        let a = array(&[3, 2], vec![0, 1, 2, 3, 4, 5]);
        assert_eq!(a.sample(1, 2), Some((&[2, 3][..], vec![1, 2])), "a batch of one");
        assert_eq!(a.sample(2, 1), Some((&[4, 5][..], vec![2])), "as they are");
        assert_eq!(a.sample(3, 2), None);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let mut s = Samples::default();
        s.append("x".into(), array(&[2, 1], vec![0, 1])).unwrap();
        let no = |s: &mut Samples, a| s.append("y".into(), a).unwrap_err().to_string();
        assert!(no(&mut s, array(&[2, 2], vec![0; 3])).contains("has 3 bytes"));
        assert!(no(&mut s, array(&[], vec![0])).contains("no samples"));
        s.append("y".into(), array(&[3], vec![0; 3])).unwrap();
        assert!(s.check().unwrap_err().to_string().contains("has 3 samples, the others 2"));
    }

    #[test]
    fn parts_follow_each_other() {
        let mut s = Samples::default();
        s.append("x".into(), array(&[2, 1], vec![0, 1])).unwrap();
        s.append("x".into(), array(&[1, 1], vec![2])).unwrap();
        assert_eq!(s.count(), 3);
        let parts = s.get("x").unwrap();
        assert_eq!(parts.sample(1, 1).unwrap().0, [1]);
        assert_eq!(parts.sample(2, 1).unwrap().0, [2]);
        assert!(parts.sample(3, 1).is_none());
    }
}
