//! Tensors: shapes, types, and that the data is what they say.

use super::context::{Dims, Place, Report, number};
use super::fault::Rule;
use super::sparse;
use crate::schema::fields::{external_buffer, model, tensor};
use crate::{Tensor, TfLite};
use floe_graph::{DType, LeSlice, Width};

/// Runtimes count the elements of what they compute in 32 bits.
const MOST_ELEMENTS: u64 = i32::MAX as u64;

/// Checks one tensor.
pub(super) fn check(file: &TfLite<'_>, place: &Place<'_, '_>, report: &mut Report<'_>) {
    let t = Tensor::new(place.table);
    if core::str::from_utf8(t.name_bytes()).is_err() {
        report.field(place, tensor::NAME, Rule::NotUtf8, [0; 2]);
    }
    let shape_is_sound = shape(&t, place, report);
    let Ok(dtype) = t.dtype() else {
        let numbers = [t.type_number().into(), 0];
        return report.field(place, tensor::TYPE, Rule::UnknownType, numbers);
    };
    let buffers = file.buffer_count();
    if t.buffer() as usize >= buffers.max(1) {
        let numbers = [t.buffer().into(), number(buffers)];
        return report.field(place, tensor::BUFFER, Rule::BufferIndex, numbers);
    }
    external(file, &t, place, report);
    // A range outside the file is reported where the buffer is.
    let Ok(Some(bytes)) = file.buffer(t.buffer()).map(|b| Some(b).filter(|b| !b.is_empty())) else {
        return elements(&t, dtype, shape_is_sound, place, report);
    };
    if t.is_variable() {
        report.field(place, tensor::BUFFER, Rule::VariableData, [0; 2]);
    }
    if !shape_is_sound {
        return;
    }
    if let Some(sparsity) = place.child(tensor::SPARSITY) {
        return sparse::check(&t, dtype, bytes.len(), &sparsity, report);
    }
    let start = bytes.as_ptr().addr().wrapping_sub(file.file().as_ptr().addr());
    let unit = dtype.swap_unit();
    if !start.is_multiple_of(unit) {
        let numbers = [number(start), number(unit)];
        report.field(place, tensor::BUFFER, Rule::BufferAlign, numbers);
    }
    data(&t, dtype, bytes, place, report);
}

/// Dimensions and signature make sense.
fn shape(t: &Tensor<'_>, place: &Place<'_, '_>, report: &mut Report<'_>) -> bool {
    let mut sound = true;
    for (i, dim) in t.shape().iter().enumerate().filter(|(_, dim)| *dim < 0) {
        let numbers = [number(i), dim.into()];
        report.element(place, tensor::SHAPE, i, Rule::NegativeDimension, numbers);
        sound = false;
    }
    if let Some(signature) = t.shape_signature() {
        if signature.len() != t.shape().len() {
            let numbers = [number(signature.len()), number(t.shape().len())];
            report.field(place, tensor::SHAPE_SIGNATURE, Rule::ShapeSignature, numbers);
        }
        for (i, dim) in signature.iter().enumerate().filter(|(_, dim)| *dim < -1) {
            let numbers = [number(i), dim.into()];
            report.element(place, tensor::SHAPE_SIGNATURE, i, Rule::NegativeDimension, numbers);
        }
    }
    sound
}

/// What is computed can be counted and addressed.
fn elements(
    t: &Tensor<'_>,
    dtype: DType,
    sound: bool,
    place: &Place<'_, '_>,
    report: &mut Report<'_>,
) {
    if sound && product(t.shape()).is_none_or(|n| n > MOST_ELEMENTS) && dtype != DType::Variant {
        report.field(place, tensor::SHAPE, Rule::TooManyElements, [0; 2]);
    }
}

fn product(shape: LeSlice<'_, i32>) -> Option<u64> {
    if shape.iter().any(|dim| dim == 0) {
        return Some(0);
    }
    shape.iter().try_fold(1u64, |n, dim| n.checked_mul(u64::try_from(dim).ok()?))
}

/// The data has the length that shape and type ask for.
fn data(
    t: &Tensor<'_>,
    dtype: DType,
    bytes: &[u8],
    place: &Place<'_, '_>,
    report: &mut Report<'_>,
) {
    // Old files write no rank: nothing is known of an empty shape but that data came with it.
    let unknown = t.shape().is_empty() && !t.has_rank();
    let Some(count) = product(t.shape()) else {
        return report.field(place, tensor::SHAPE, Rule::TooManyElements, [0; 2]);
    };
    let want = match dtype.width() {
        Width::Bytes(width) => count.checked_mul(width.into()),
        Width::Bits(bits) => count.checked_mul(bits.into()).map(|n| n.div_ceil(8)),
        Width::Variable => return strings(bytes, count, unknown, place, report),
        Width::Opaque => return,
    };
    let fits = match want {
        Some(want) if unknown => (bytes.len() as u64).is_multiple_of(want.max(1)),
        Some(want) => want == bytes.len() as u64,
        None => false,
    };
    if !fits {
        let numbers = [number(bytes.len()), want.map_or(i64::MAX, u64::cast_signed)];
        report.field(place, tensor::BUFFER, Rule::DataLength, numbers);
    }
}

/// A string table: offsets rise from its own end to the end of the data.
fn strings(
    bytes: &[u8],
    count: u64,
    unknown: bool,
    place: &Place<'_, '_>,
    report: &mut Report<'_>,
) {
    let words = LeSlice::<u32>::new(bytes);
    let stored = words.get(0).unwrap_or(0);
    if !unknown && u64::from(stored) != count {
        let numbers = [stored.into(), count.cast_signed()];
        report.field(place, tensor::BUFFER, Rule::StringCount, numbers);
    }
    let mut least = u64::from(stored).saturating_add(2).saturating_mul(4);
    let offsets = (stored as usize).saturating_add(1);
    for i in 0..offsets {
        let offset = words.get(i.saturating_add(1)).map(u64::from);
        let last = i.saturating_add(1) == offsets;
        let sound = offset.is_some_and(|o| {
            o >= least
                && o <= bytes.len() as u64
                && (i > 0 || o == least)
                && (!last || o == bytes.len() as u64)
        });
        if !sound {
            return report.field(place, tensor::BUFFER, Rule::StringTable, [number(i), 0]);
        }
        least = offset.unwrap_or(least);
    }
}

/// Data in another file is listed, and not here too.
fn external(file: &TfLite<'_>, t: &Tensor<'_>, place: &Place<'_, '_>, report: &mut Report<'_>) {
    let id = t.external_buffer();
    if id == 0 {
        return;
    }
    let numbers = [t.buffer().into(), id.into()];
    if t.buffer() != 0 && file.buffer(t.buffer()).is_ok_and(|b| !b.is_empty()) {
        report.field(place, tensor::EXTERNAL_BUFFER, Rule::TwoSources, numbers);
    }
    let all = file.table().tables(model::EXTERNAL_BUFFERS);
    if !all.iter().any(|b| b.get(external_buffer::ID) == id) {
        report.field(place, tensor::EXTERNAL_BUFFER, Rule::ExternalBuffer, [id.into(), 0]);
    }
}

/// The shape of `t`, for checks of quantization.
pub(super) fn dims(t: &Tensor<'_>) -> Option<Dims> {
    Dims::from_iter(t.shape().iter().map(i64::from))
}
