//! How far two tensors' numbers are apart.
//!
//! Invariant: both are read piece by piece; memory does not grow with them.

use crate::numbers::{scalar, to_f64};
use floe::graph::{DType, Error, ErrorKind, Payload, Quant, Result, Strings, TensorView};
use serde::Serialize;

use super::pairs::Named;

/// What may differ without being a difference: `atol + rtol × |b|`.
#[derive(Clone, Copy)]
pub(super) struct Tolerance {
    /// The absolute part.
    pub(super) atol: f64,
    /// The part in proportion to the second number.
    pub(super) rtol: f64,
}

/// How two tensors differ.
#[derive(Debug, Serialize)]
pub(super) struct ValueDiff {
    /// The first one's name.
    pub(super) name: String,
    /// The first one's dtype and shape, and its name in the second where that is another.
    pub(super) a: String,
    /// The second one's.
    pub(super) b: String,
    /// How many elements there are.
    pub(super) elements: u64,
    /// How many are further apart than the tolerance.
    pub(super) beyond: Option<u64>,
    /// The largest difference.
    pub(super) largest: Option<f64>,
    /// The index of the largest difference, row-major.
    pub(super) at: Option<u64>,
}

/// Compares `a` with `b`; `None` when they are the same within the tolerance.
pub(super) fn compare(
    a: &Named<'_>,
    b: &Named<'_>,
    tolerance: Tolerance,
) -> Result<Option<ValueDiff>> {
    let mut diff = ValueDiff {
        name: a.name.to_owned(),
        a: describe(&a.view),
        b: describe(&b.view),
        elements: a.view.shape.elements()?.unwrap_or(0),
        beyond: None,
        largest: None,
        at: None,
    };
    if a.view.shape != b.view.shape {
        return Ok(Some(diff));
    }
    if let (Payload::Strings(x), Payload::Strings(y)) = (&a.view.payload, &b.view.payload) {
        diff.beyond = Some(strings_apart(x, y)?);
        return Ok((diff.beyond != Some(0)).then_some(diff));
    }
    let (Some(mut x), Some(mut y)) = (Reader::new(&a.view), Reader::new(&b.view)) else {
        return Ok(Some(diff));
    };
    // Integers of one quantization are compared as they are; of two, as what they stand for.
    if a.view.dtype == b.view.dtype && a.view.quant == b.view.quant {
        (x.quant, y.quant) = (None, None);
    }
    let (mut beyond, mut largest, mut at) = (0u64, 0f64, None);
    for i in 0..diff.elements.saturating_mul(x.scalars) {
        let (p, q) = (x.next()?, y.next()?);
        let apart = if p == q || p.is_nan() && q.is_nan() { 0.0 } else { (p - q).abs() };
        // A difference that is not a number is beyond every tolerance.
        let within = apart == 0.0 || apart <= tolerance.atol + tolerance.rtol * q.abs();
        if !within {
            beyond += 1;
        }
        if apart > largest || apart.is_nan() && at.is_none() {
            (largest, at) = (apart, i.checked_div(x.scalars));
        }
    }
    (diff.beyond, diff.largest, diff.at) = (Some(beyond), Some(largest), at);
    Ok((beyond > 0).then_some(diff))
}

fn describe(view: &TensorView<'_>) -> String {
    format!("{} {}", view.dtype, view.shape)
}

fn strings_apart(a: &Strings<'_>, b: &Strings<'_>) -> Result<u64> {
    let mut apart = a.len().abs_diff(b.len());
    for (x, y) in a.iter().zip(b.iter()) {
        apart = apart.saturating_add(u64::from(x? != y?));
    }
    Ok(apart)
}

/// The elements of a tensor, one after the other, as real numbers.
struct Reader<'a, 'd> {
    view: &'a TensorView<'d>,
    dtype: DType,
    unit: usize,
    /// Scalars to an element: two in a complex number.
    scalars: u64,
    quant: Option<Quant<'d>>,
    /// Elements from one step along the quantized axis to the next, and its length.
    stride: (u64, u64),
    buffer: Vec<u8>,
    at: usize,
    read: usize,
    index: u64,
}

impl<'a, 'd> Reader<'a, 'd> {
    fn new(view: &'a TensorView<'d>) -> Option<Self> {
        let unit = view.dtype.swap_unit();
        let quant = view.quant.filter(|q| !q.scales.is_empty());
        let axis = quant.map_or(0, |q| q.axis as usize);
        let below = view
            .shape
            .iter()
            .skip(axis + 1)
            .fold(1u64, |n, d| n.saturating_mul(d.max(1).cast_unsigned()));
        let along = view.shape.dim(axis).map_or(1, |d| d.max(1).cast_unsigned());
        Some(Self {
            view,
            dtype: scalar(view.dtype)?,
            unit,
            scalars: (view.dtype.bytes()? / unit) as u64,
            quant,
            stride: (below, along),
            buffer: Vec::new(),
            at: 0,
            read: 0,
            index: 0,
        })
    }

    fn next(&mut self) -> Result<f64> {
        if self.at == self.buffer.len() {
            self.fill()?;
        }
        let end = Error::new(ErrorKind::Truncated, self.read);
        let bytes = self.buffer.get(self.at..self.at + self.unit).ok_or(end)?;
        let raw = to_f64(self.dtype, bytes);
        self.at += self.unit;
        let index = self.index;
        self.index += 1;
        let Some(quant) = self.quant else { return Ok(raw) };
        let slice = index
            .checked_div(self.stride.0)
            .and_then(|i| i.checked_rem(self.stride.1))
            .unwrap_or(0);
        let pair = quant.pair(usize::try_from(slice).unwrap_or(0));
        Ok(pair.map_or(raw, |(scale, zero)| (raw - zero as f64) * f64::from(scale)))
    }

    fn fill(&mut self) -> Result<()> {
        // A multiple of every element's width.
        const PIECE: usize = 48 << 10;
        let left = self.view.raw_len()?.saturating_sub(self.read);
        self.buffer.resize(left.min(PIECE), 0);
        self.view.read_at(self.read, &mut self.buffer)?;
        (self.read, self.at) = (self.read + self.buffer.len(), 0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::pairs::Named;
    use super::{Tolerance, compare};
    use floe::graph::{DType, LeSlice, Payload, Quant, Shape, TensorView};

    fn named<'a>(view: TensorView<'a>) -> Named<'a> {
        Named { name: "t", view }
    }

    #[test]
    fn the_largest_difference_is_found_and_the_tolerance_holds() {
        let a: Vec<u8> = [1f32, 2.0, f32::NAN].iter().flat_map(|x| x.to_le_bytes()).collect();
        let b: Vec<u8> = [1f32, 2.5, f32::NAN].iter().flat_map(|x| x.to_le_bytes()).collect();
        let view =
            |data| named(TensorView::new(DType::Float32, Shape::I64(&[3]), Payload::Raw(data)));
        let found =
            compare(&view(&a), &view(&b), Tolerance { atol: 0.1, rtol: 0.0 }).unwrap().unwrap();
        assert_eq!((found.beyond, found.largest, found.at), (Some(1), Some(0.5), Some(1)));
        assert!(
            compare(&view(&a), &view(&b), Tolerance { atol: 0.0, rtol: 0.2 }).unwrap().is_none()
        );
        assert!(
            compare(&view(&a), &view(&a), Tolerance { atol: 0.0, rtol: 0.0 }).unwrap().is_none()
        );
    }

    #[test]
    fn quantized_numbers_are_what_they_stand_for() {
        let (scales, zeros) = (
            [0.5f32, 2.0].map(f32::to_le_bytes).concat(),
            [0i64, 1].map(i64::to_le_bytes).concat(),
        );
        let quant = Quant::new(LeSlice::new(&scales), LeSlice::new(&zeros), 0);
        let ints = TensorView::new(DType::Int8, Shape::I64(&[2, 2]), Payload::Raw(&[2, 4, 3, 5]))
            .with_quant(Some(quant));
        let reals: Vec<u8> = [1f32, 2.0, 4.0, 8.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        let reals = TensorView::new(DType::Float32, Shape::I64(&[2, 2]), Payload::Raw(&reals));
        assert!(
            compare(&named(ints), &named(reals), Tolerance { atol: 0.0, rtol: 0.0 })
                .unwrap()
                .is_none()
        );
    }
}
