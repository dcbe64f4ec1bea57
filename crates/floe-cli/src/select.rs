//! Which part of a tensor is asked for, and what to say when there is no such part.

use floe::checkpoint::{Cut, Slice};
use floe::graph::{ErrorKind, TensorView};

/// Reads TensorFlow's slice text.
pub(crate) fn slice(text: &str) -> Result<Slice, String> {
    let expected = "expected `start,length` or `-` for each dimension, joined by `:`";
    Slice::parse(text).ok_or_else(|| expected.to_owned())
}

/// The part `slice` of `view`.
pub(crate) fn part<'a>(view: &TensorView<'a>, slice: &Slice) -> Result<Cut<'a>, String> {
    let (shape, rank) = (view.shape, slice.extents().len());
    slice.cut(view).map_err(|e| match (e.kind, shape.rank()) {
        (ErrorKind::OutOfBounds, _) => {
            format!("the slice `{slice}` is outside dimension {} of {shape}", e.at)
        }
        (ErrorKind::UnknownShape, Some(n)) if n != rank => {
            format!("the slice `{slice}` has {rank} dimensions, its shape {shape} has {n}")
        }
        (ErrorKind::UnknownShape, _) => format!("its shape {shape} is not fully known"),
        _ => e.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::{part, slice};
    use floe::graph::{DType, Payload, Shape, TensorView};

    #[test]
    fn parts_that_do_not_fit_say_why() {
        let view = |dims| TensorView::new(DType::Uint8, Shape::I64(dims), Payload::Raw(&[0; 12]));
        let said = |text| part(&view(&[3, 4]), &slice(text).unwrap()).unwrap_err();
        assert!(said("2,2:-").contains("outside dimension 0 of [3,4]"));
        assert!(said("-").contains("has 2"));
        assert!(part(&view(&[-1]), &slice("0,1").unwrap()).is_err());
        assert!(slice("1").unwrap_err().contains("start,length"));
    }
}
