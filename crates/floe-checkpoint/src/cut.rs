//! [`Cut`]: a rectangular part of a tensor that is looked at as a tensor itself.
//!
//! Invariant: nothing is copied before it is asked for. What is asked for is read run by run, so that of
//! a tensor that lies in slices only those are opened that the part touches, and of one in raw form only
//! the part's own bytes.

use crate::slices::Slice;
use crate::wire::cut;
use floe_graph::{
    Decode, Error, ErrorKind, Payload, Quant, Result, Shape, StringIter, StringList, Strings,
    TensorView,
};

/// Every so many strings the place of one is kept.
const EVERY: usize = 64;

/// A part of a tensor; made by [`Slice::cut`].
#[derive(Debug)]
pub struct Cut<'a> {
    whole: TensorView<'a>,
    dims: Vec<i64>,
    runs: Runs,
    /// Where strings 0, 64, 128 … of the whole tensor begin.
    marks: Vec<StringIter<'a>>,
}

impl Slice {
    /// This part of `view`, as a tensor.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownShape`] when ranks differ; [`ErrorKind::OutOfBounds`], at the dimension, when
    /// the slice reaches beyond it; [`ErrorKind::Overflow`].
    pub fn cut<'a>(&self, view: &TensorView<'a>) -> Result<Cut<'a>> {
        let ranges = self.resolve(view.shape)?;
        let overflow = Error::new(ErrorKind::Overflow, 0);
        view.shape.elements()?.ok_or(Error::new(ErrorKind::UnknownShape, 0))?;
        let dims: Vec<u64> = view.shape.iter().map(|d| u64::try_from(d).unwrap_or(0)).collect();
        let runs = Runs::new(&dims, &ranges).ok_or(overflow)?;
        let dims = ranges.iter().map(|&(_, length)| length.cast_signed()).collect();
        let marks = match view.payload {
            Payload::Strings(s @ (Strings::Lengths { .. } | Strings::Offsets(_))) => marks(&s)?,
            _ => Vec::new(),
        };
        Ok(Cut { whole: *view, dims, runs, marks })
    }
}

impl Cut<'_> {
    /// The part. In raw form where it is one run of a tensor in raw form.
    #[must_use]
    pub fn view(&self) -> TensorView<'_> {
        let quant = self.whole.quant.filter(|q: &Quant<'_>| !q.is_per_axis());
        let view = TensorView::new(self.whole.dtype, Shape::I64(&self.dims), self.payload());
        view.with_quant(quant)
    }

    fn payload(&self) -> Payload<'_> {
        match self.whole.payload {
            same @ (Payload::Absent | Payload::Fill(_)) => same,
            Payload::Strings(Strings::Fill(one, _)) => {
                Payload::Strings(Strings::Fill(one, self.runs.elements()))
            }
            Payload::Strings(_) => Payload::Strings(Strings::List(self)),
            Payload::Raw(all) => self.only_run(all).map_or(Payload::Coded(self), Payload::Raw),
            _ => Payload::Coded(self),
        }
    }

    /// The bytes of a part that is one run.
    fn only_run<'a>(&self, all: &'a [u8]) -> Option<&'a [u8]> {
        let width = self.whole.dtype.bytes()?;
        let bytes = |n: u64| usize::try_from(n).ok()?.checked_mul(width);
        match self.runs.count {
            0 => Some(&[]),
            1 => cut(all, bytes(self.runs.begin(0)?)?, bytes(self.runs.length)?),
            _ => None,
        }
    }
}

impl Decode for Cut<'_> {
    fn decode(&self, at: usize, out: &mut [u8]) -> Result<()> {
        let beyond = Error::new(ErrorKind::WrongDestination, at);
        let width = self.whole.dtype.bytes().ok_or(Error::new(ErrorKind::DTypeHasNoBytes, 0))?;
        let length = usize::try_from(self.runs.length).ok().and_then(|n| n.checked_mul(width));
        let length = length.ok_or(beyond)?;
        let (mut at, mut rest) = (at, out);
        while !rest.is_empty() {
            let place = || {
                let (run, skip) = (at.checked_div(length)?, at.checked_rem(length)?);
                let begin = usize::try_from(self.runs.begin(run as u64)?).ok()?;
                Some((begin.checked_mul(width)?.checked_add(skip)?, length.checked_sub(skip)?))
            };
            let (from, left) = place().ok_or(beyond)?;
            let step = left.min(rest.len());
            let (piece, tail) = rest.split_at_mut_checked(step).ok_or(beyond)?;
            self.whole.read_at(from, piece)?;
            (at, rest) = (at.checked_add(step).ok_or(beyond)?, tail);
        }
        Ok(())
    }
}

impl StringList for Cut<'_> {
    fn len(&self) -> usize {
        usize::try_from(self.runs.elements()).unwrap_or(usize::MAX)
    }

    fn get(&self, index: usize) -> Option<&[u8]> {
        let index = index as u64;
        let run = index.checked_div(self.runs.length)?;
        let element = self.runs.begin(run)?.checked_add(index.checked_rem(self.runs.length)?)?;
        let element = usize::try_from(element).ok()?;
        match self.whole.payload {
            Payload::Strings(Strings::List(list)) => list.get(element),
            _ => self.marks.get(element / EVERY)?.clone().nth(element % EVERY)?.ok(),
        }
    }
}

/// The place of every 64th string.
fn marks<'a>(strings: &Strings<'a>) -> Result<Vec<StringIter<'a>>> {
    let (mut marks, mut iter, mut number) = (Vec::new(), strings.iter(), 0usize);
    loop {
        let here = iter.clone();
        let Some(string) = iter.next() else { return Ok(marks) };
        string?;
        if number.is_multiple_of(EVERY) {
            marks.push(here);
        }
        number = number.saturating_add(1);
    }
}

/// The runs of elements that a part takes from a tensor, each as long as the others.
#[derive(Debug)]
struct Runs {
    /// Dimension of the tensor, start and length of the part, for each axis before the runs.
    outer: Vec<(u64, u64, u64)>,
    /// Elements of the tensor from one row of runs to the next.
    row: u64,
    /// Where in its row a run begins.
    start: u64,
    length: u64,
    count: u64,
}

impl Runs {
    /// The runs that `ranges` takes from a tensor of dimensions `dims`.
    fn new(dims: &[u64], ranges: &[(u64, u64)]) -> Option<Self> {
        // The last axis that is not taken whole; after it everything is contiguous.
        let partial = |axis: &usize| ranges.get(*axis) != dims.get(*axis).map(|&d| (0, d)).as_ref();
        let axis = (0..dims.len()).rev().find(partial).unwrap_or(0);
        let inner = dims.get(axis.checked_add(1)?..).unwrap_or_default();
        let inner = inner.iter().try_fold(1u64, |n, &d| n.checked_mul(d))?;
        let (start, length) = ranges.get(axis).copied().unwrap_or((0, 1));
        let (start, length) = (start.checked_mul(inner)?, length.checked_mul(inner)?);
        let row = dims.get(axis).copied().unwrap_or(1).checked_mul(inner)?;
        let outer = dims.iter().zip(ranges).take(axis);
        let outer: Vec<_> = outer.map(|(&dim, &(start, length))| (dim, start, length)).collect();
        let count = outer.iter().try_fold(1u64, |n, &(_, _, length)| n.checked_mul(length))?;
        let count = if length == 0 { 0 } else { count };
        count.checked_mul(length)?;
        Some(Self { outer, row, start, length, count })
    }

    const fn elements(&self) -> u64 {
        self.count.saturating_mul(self.length)
    }

    /// The element of the tensor that run number `run` begins with.
    fn begin(&self, run: u64) -> Option<u64> {
        if run >= self.count {
            return None;
        }
        let (mut rest, mut at, mut stride) = (run, self.start, self.row);
        for &(dim, start, length) in self.outer.iter().rev() {
            let coordinate = start.checked_add(rest.checked_rem(length)?)?;
            at = at.checked_add(coordinate.checked_mul(stride)?)?;
            stride = stride.checked_mul(dim)?;
            rest = rest.checked_div(length)?;
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use floe_graph::DType;

    fn bytes(text: &str, dims: &[i64]) -> Result<Vec<u8>> {
        let all: Vec<u8> = (0..dims.iter().product::<i64>() as u8).collect();
        let view = TensorView::new(DType::Uint8, Shape::I64(dims), Payload::Raw(&all));
        let cut = Slice::parse(text).unwrap().cut(&view)?;
        Ok(cut.view().bytes(1 << 10)?.into_owned())
    }

    #[test]
    fn parts_are_boxes_in_row_major_order() {
        assert_eq!(bytes("1,2:0,2", &[3, 4]).unwrap(), [4, 5, 8, 9]);
        assert_eq!(bytes("-:3,1", &[3, 4]).unwrap(), [3, 7, 11]);
        assert_eq!(bytes("2,1:-", &[3, 4]).unwrap(), [8, 9, 10, 11]);
        assert_eq!(bytes("1,1:-:1,1", &[2, 3, 2]).unwrap(), [7, 9, 11]);
        assert_eq!(bytes("0,0", &[3]).unwrap(), [0u8; 0]);
        assert_eq!(bytes("-:0,0", &[3, 2]).unwrap(), [0u8; 0]);
        assert_eq!(bytes("", &[]).unwrap(), [0]);
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let at = |text: &str| bytes(text, &[3, 4]).unwrap_err();
        assert_eq!(at("2,2:-"), Error::new(ErrorKind::OutOfBounds, 0));
        assert_eq!(at("-:9223372036854775807,2"), Error::new(ErrorKind::OutOfBounds, 1));
        assert_eq!(at("-").kind, ErrorKind::UnknownShape);
    }

    #[test]
    fn a_single_run_is_borrowed_and_others_are_read_from_any_byte() {
        let all: Vec<u8> = (0..48).collect();
        let view = TensorView::new(DType::Int16, Shape::I64(&[4, 6]), Payload::Raw(&all));
        let rows = Slice::parse("1,2:-").unwrap().cut(&view).unwrap();
        assert_eq!(rows.view().raw(), Some(&all[12..36]));
        let columns = Slice::parse("1,2:4,2").unwrap().cut(&view).unwrap();
        assert_eq!(columns.view().raw(), None);
        let mut out = [0; 5];
        columns.view().read_at(2, &mut out).unwrap();
        assert_eq!(out, [22, 23, 32, 33, 34]);
    }

    #[test]
    fn strings_are_found_by_number() {
        let values: Vec<Vec<u8>> = (0..300usize).map(|i| vec![i as u8; i % 7]).collect();
        let lengths: Vec<u8> = values.iter().map(|v| v.len() as u8).collect();
        let all = values.concat();
        let strings = Strings::Lengths { count: 300, lengths: &lengths, bytes: &all };
        let view = TensorView::new(DType::String, Shape::I64(&[100, 3]), Payload::Strings(strings));
        let cut = Slice::parse("10,80:1,2").unwrap().cut(&view).unwrap();
        let Payload::Strings(part) = cut.view().payload else { panic!("not strings") };
        let want = (10..90).flat_map(|row| [row * 3 + 1, row * 3 + 2]).map(|i| &values[i][..]);
        assert!(part.iter().map(Result::unwrap).eq(want));
    }

    #[test]
    fn one_value_that_stands_for_many_still_does() {
        let view = TensorView::new(DType::Int8, Shape::I64(&[1 << 40, 2]), Payload::Fill(&[7]));
        let cut = Slice::parse("5,1099511627000:-").unwrap().cut(&view).unwrap();
        assert!(matches!(cut.view().payload, Payload::Fill(_)));
        assert_eq!(cut.view().shape.to_string(), "[1099511627000,2]");
    }
}
