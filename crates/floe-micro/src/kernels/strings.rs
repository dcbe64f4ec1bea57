//! Tensors of strings: a count, one offset more than strings, then their bytes.
//!
//! Invariant: nothing here knows an op. How many bytes an output takes follows from its input's, so only `eval` knows;
//! `prepare` gives a bound for empty strings ([`set_shape`]).

use crate::data::{View, ViewMut, copy};
use crate::error::Operand::{self, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Op, Shape};
use floe_graph::DType;

/// String `index` of a tensor's bytes; empty when they do not hold it.
#[must_use]
pub fn get(bytes: &[u8], index: usize) -> &[u8] {
    let word = |i: usize| {
        let bytes = bytes.get(i.checked_mul(4)?..)?.first_chunk::<4>()?;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    };
    let found = || {
        if index >= word(0)? {
            return None;
        }
        bytes.get(word(index.checked_add(1)?)?..word(index.checked_add(2)?)?)
    };
    found().unwrap_or_default()
}

/// Refuses the kernel unless `from` and output 0 hold strings, and gives output 0 a shape.
///
/// # Errors
/// [`Kind::Type`]; as [`Op::set_bound`].
pub fn set_shape(op: &mut Op<'_>, from: Operand, shape: &Shape) -> Done {
    super::common::types(op, [(from, DType::String), (Out(0), DType::String)])?;
    op.set_bound(Out(0), shape)
}

/// Where an output's strings come from: bytes of another operand, the output's element; the string's number,
/// or `None` for one that is out of range.
pub trait Source: Fn(&[u8], usize) -> Option<usize> {}
impl<F: Fn(&[u8], usize) -> Option<usize>> Source for F {}

/// Writes to output 0, for each of its elements, the string of `from` that `source` names by the bytes of `by`.
///
/// # Errors
/// [`Kind::Value`] when there is none; as [`Op::resize`] and [`Op::io`].
pub fn pick(op: &mut Op<'_>, from: Operand, by: Operand, source: impl Source) -> Done {
    let shape = op.shape(Out(0))?;
    let ([x, by_bytes], []) = op.io([from, by], [])?;
    let bad = Kind::Value.at(by);
    let head = (shape.len() + 2) * 4;
    let bytes = (0..shape.len()).try_fold(head, |sum, i| {
        let string = get(x, source(by_bytes, i).ok_or(bad)?);
        Ok::<_, Fault>(sum.saturating_add(string.len()))
    })?;
    op.resize(Out(0), &shape, bytes)?;
    let ([x, by_bytes], [y]) = op.io([from, by], [Out(0)])?;
    let (words, mut rest) = y.split_at_mut_checked(head).unwrap_or_default();
    let mut words = ViewMut::<u32>::new(words);
    words.set(0, shape.len() as u32);
    let mut end = head;
    for i in 0..shape.len() {
        words.set(i + 1, end as u32);
        let string = get(x, source(by_bytes, i).unwrap_or(usize::MAX));
        let (to, tail) = rest.split_at_mut_checked(string.len()).unwrap_or_default();
        copy(to, string);
        (rest, end) = (tail, end + string.len());
    }
    words.set(shape.len() + 1, end as u32);
    Ok(())
}

/// Copies all strings of input 0 to output 0.
///
/// # Errors
/// As [`pick`].
pub fn copy_all(op: &mut Op<'_>) -> Done {
    pick(op, Operand::In(0), Operand::None, |_, i| Some(i))
}

/// Number `i` of `bytes`, which hold indices of type `dtype`.
#[must_use]
pub fn index(bytes: &[u8], dtype: DType, i: usize) -> Option<usize> {
    let number = match dtype {
        DType::Int16 => i64::from(View::<i16>::new(bytes).get(i)?),
        DType::Int32 => i64::from(View::<i32>::new(bytes).get(i)?),
        _ => View::<i64>::new(bytes).get(i)?,
    };
    usize::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::get;

    #[test]
    fn strings_are_found_and_damage_is_harmless() {
        extern crate std;
        let mut buffer = [2u32, 16, 18, 21].map(u32::to_le_bytes).concat();
        buffer.extend(b"abcde");
        assert_eq!([0, 1, 2].map(|i| get(&buffer, i)), [&b"ab"[..], b"cde", b""]);
        buffer.truncate(18);
        assert_eq!(get(&buffer, 1), b"");
        assert_eq!(get(&[255; 7], 3), b"");
    }
}
