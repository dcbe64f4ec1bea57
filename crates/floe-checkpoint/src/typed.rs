//! `TensorProto` values: the typed repeated fields in which V1 checkpoints and variants keep elements.
//!
//! Invariant: values are never widened in memory. Fixed-width fields are borrowed as they are; varints
//! are decoded where they are asked for.

use crate::coded::{by_unit, low_bits};
use crate::load::Loaded;
use crate::sampled::Sampled;
use crate::wire::{Fields, Value, take, varint};
use bytes::Bytes;
use floe_graph::{DType, Decode, Error, ErrorKind, Result, Shape, TensorView, Width};

const CONTENT: u32 = 4;
const STRINGS: u32 = 8;

/// How the typed field of a dtype holds its numbers.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Fixed,
    Varint,
    Strings,
}

/// The number of the field that holds elements of `dtype`, and its form.
fn field(dtype: DType) -> Option<(u32, Form)> {
    Some(match dtype {
        DType::Float32 => (5, Form::Fixed),
        DType::Float64 => (6, Form::Fixed),
        DType::String => (STRINGS, Form::Strings),
        DType::Complex64 => (9, Form::Fixed),
        DType::Int64 => (10, Form::Varint),
        DType::Bool => (11, Form::Varint),
        DType::Complex128 => (12, Form::Fixed),
        DType::Float16 | DType::Bfloat16 => (13, Form::Varint),
        DType::Uint32 => (16, Form::Varint),
        DType::Uint64 => (17, Form::Varint),
        DType::Resource | DType::Variant => return None,
        d if d.is_float() => (18, Form::Fixed),
        _ => (7, Form::Varint),
    })
}

/// The serialised `TensorProto` in a V1 value (a serialised `SavedTensorSlices`).
pub(crate) fn slice_data(value: &Bytes) -> Result<Bytes> {
    let missing = Error::new(ErrorKind::MissingField, 0);
    let data = submessage(value, 2)?.ok_or(missing)?;
    Ok(value.slice_ref(submessage(data, 3)?.unwrap_or_default()))
}

fn submessage(message: &[u8], number: u32) -> Result<Option<&[u8]>> {
    let mut found = None;
    for field in Fields::new(message) {
        match field? {
            (n, value) if n == number => found = Some(value.bytes()?),
            _ => {}
        }
    }
    Ok(found)
}

/// Reads `count` elements of `dtype` from a serialised `TensorProto`. The last value stands for all
/// that are missing, as in graphs, if `splat`.
pub(crate) fn load(proto: &Bytes, dtype: DType, count: u64, splat: bool) -> Result<Loaded> {
    let (number, form) =
        field(dtype).ok_or(Error::new(ErrorKind::DTypeHasNoBytes, dtype.tensorflow().into()))?;
    if form == Form::Strings {
        let list = Sampled::new(string_records(proto)?, string_value)?;
        return if list.count() as u64 == count {
            Ok(Loaded::List(Box::new(list)))
        } else {
            Err(mismatch(proto))
        };
    }
    let width = dtype.bytes().unwrap_or(1);
    let elements = usize::try_from(count).map_err(|_| mismatch(proto))?;
    let content = numbers(proto, CONTENT)?;
    let (bytes, form) =
        if content.is_empty() { (numbers(proto, number)?, form) } else { (content, Form::Fixed) };
    let coded = Typed::new(bytes, form, dtype)?;
    let stored = coded.stored();
    let filled = splat && stored > 0 && stored < elements;
    if stored != elements && !filled && elements > 0 {
        return Err(mismatch(proto));
    }
    match coded.values {
        Values::Fixed(bytes) if !filled && matches!(dtype.width(), Width::Bytes(_)) => {
            let len = elements.checked_mul(width).ok_or(mismatch(proto))?;
            Ok(Loaded::Raw(bytes.slice(..len.min(bytes.len()))))
        }
        _ => Ok(Loaded::Coded(Box::new(coded))),
    }
}

fn mismatch(proto: &Bytes) -> Error {
    Error::new(ErrorKind::LengthMismatch, proto.len())
}

/// The values of a numeric field: one packed run as it lies there, several put together.
fn numbers(proto: &Bytes, number: u32) -> Result<Bytes> {
    let (mut one, mut joined) = (None, Vec::new());
    for field in Fields::new(proto) {
        let value = match field? {
            (n, value) if n == number => value,
            _ => continue,
        };
        if let (Value::Bytes(run), None, true) = (value, one, joined.is_empty()) {
            one = Some(run);
            continue;
        }
        joined.extend_from_slice(one.take().unwrap_or_default());
        match value {
            Value::Bytes(run) => joined.extend_from_slice(run),
            Value::Varint(v) => crate::wire::put_varint(&mut joined, v),
            Value::Fixed32(v) => joined.extend_from_slice(&v.to_le_bytes()),
            Value::Fixed64(v) => joined.extend_from_slice(&v.to_le_bytes()),
        }
    }
    Ok(one.map_or_else(|| Bytes::from(joined), |run| proto.slice_ref(run)))
}

/// The records of the string field, one after the other.
fn string_records(proto: &Bytes) -> Result<Bytes> {
    let mut fields = Fields::new(proto);
    let (mut joined, mut only) = (Vec::new(), true);
    loop {
        let from = fields.reached();
        let Some(field) = fields.next() else { break };
        if matches!(field?, (STRINGS, Value::Bytes(_))) {
            joined.extend_from_slice(proto.get(from..fields.reached()).unwrap_or_default());
        } else {
            only = false;
        }
    }
    Ok(if only { proto.clone() } else { joined.into() })
}

fn string_value<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    varint(rest)?;
    let length = usize::try_from(varint(rest)?).ok()?;
    take(rest, length)
}

fn one_varint<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let before = *rest;
    varint(rest)?;
    before.get(..before.len().checked_sub(rest.len())?)
}

#[derive(Debug)]
enum Values {
    Fixed(Bytes),
    Varint(Sampled),
}

/// Numbers of a typed field.
#[derive(Debug)]
struct Typed {
    values: Values,
    dtype: DType,
    width: usize,
}

impl Typed {
    fn new(bytes: Bytes, form: Form, dtype: DType) -> Result<Self> {
        let values = match form {
            Form::Varint => Values::Varint(Sampled::new(bytes, one_varint)?),
            _ => Values::Fixed(bytes),
        };
        Ok(Self { values, dtype, width: dtype.bytes().unwrap_or(1) })
    }

    fn stored(&self) -> usize {
        match &self.values {
            Values::Fixed(bytes) => bytes.len().checked_div(self.width).unwrap_or(0),
            Values::Varint(list) => list.count(),
        }
    }

    fn put(&self, mut item: &[u8], out: &mut [u8]) -> Option<()> {
        let number = match &self.values {
            Values::Fixed(_) => {
                out.copy_from_slice(item);
                return self.narrow(out);
            }
            Values::Varint(_) => varint(&mut item)?.to_le_bytes(),
        };
        out.copy_from_slice(number.get(..out.len())?);
        self.narrow(out)
    }

    /// Sub-byte integers keep their low bits.
    fn narrow(&self, out: &mut [u8]) -> Option<()> {
        if let (Width::Bits(bits), Some(byte)) = (self.dtype.width(), out.first_mut()) {
            *byte = low_bits(*byte, bits, self.dtype.is_signed_subbyte());
        }
        Some(())
    }
}

impl Decode for Typed {
    fn decode(&self, at: usize, out: &mut [u8]) -> Result<()> {
        let bad = Error::new(ErrorKind::WrongDestination, at);
        let last = self.stored().checked_sub(1).ok_or(Error::new(ErrorKind::NoData, 0))?;
        let first = at.checked_div(self.width).ok_or(bad)?.min(last);
        match &self.values {
            Values::Varint(list) => {
                let mut items = list.from(first);
                let mut item = &[][..];
                let mut next = first;
                by_unit(at, out, self.width, |i, number| {
                    while next <= i.min(last) {
                        item = items.next().ok_or(bad)?;
                        next = next.saturating_add(1);
                    }
                    self.put(item, number).ok_or(bad)
                })
            }
            Values::Fixed(bytes) => by_unit(at, out, self.width, |i, number| {
                let from = i.min(last).checked_mul(self.width).ok_or(bad)?;
                let item = crate::wire::cut(bytes, from, self.width).ok_or(bad)?;
                self.put(item, number).ok_or(bad)
            }),
        }
    }
}

/// A tensor that a serialised `TensorProto` holds: an item of a [`TensorList`](crate::TensorList).
#[derive(Debug)]
pub struct ProtoTensor {
    dtype: DType,
    dims: Vec<i64>,
    loaded: Loaded,
}

impl ProtoTensor {
    /// Reads a serialised `TensorProto`.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownDType`], [`ErrorKind::UnknownShape`], [`ErrorKind::LengthMismatch`],
    /// [`ErrorKind::Malformed`].
    pub fn parse(message: &Bytes) -> Result<Self> {
        let (mut number, mut dims) = (0, Vec::new());
        for field in Fields::new(message) {
            match field? {
                (1, value) => number = value.int32()?,
                (2, value) => dims = crate::entry::parse_shape(value.bytes()?)?.unwrap_or_default(),
                _ => {}
            }
        }
        let unknown = Error::new(ErrorKind::UnknownDType, usize::try_from(number).unwrap_or(0));
        let dtype = DType::from_tensorflow(number).ok_or(unknown)?;
        let count = Shape::I64(&dims).elements()?.ok_or(Error::new(ErrorKind::UnknownShape, 0))?;
        let loaded = load(message, dtype, count, true)?;
        Ok(Self { dtype, dims, loaded })
    }

    /// The tensor.
    #[must_use]
    pub fn view(&self) -> TensorView<'_> {
        TensorView::new(self.dtype, Shape::I64(&self.dims), self.loaded.payload())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(proto: &[u8], dtype: DType, count: u64, splat: bool) -> Result<Vec<u8>> {
        let loaded = load(&Bytes::copy_from_slice(proto), dtype, count, splat)?;
        let mut out = vec![0; count as usize * dtype.bytes().unwrap()];
        loaded.read_at(0, &mut out)?;
        Ok(out)
    }

    #[test]
    fn floats_are_borrowed() {
        let proto = Bytes::from_static(&[0x2a, 4, 0, 0, 0x80, 0x3f]);
        let Loaded::Raw(bytes) = load(&proto, DType::Float32, 1, false).unwrap() else { panic!() };
        assert_eq!(bytes.as_ptr(), proto[2..].as_ptr());
        assert_eq!(raw(&proto, DType::Float32, 2, true).unwrap(), [0, 0, 0x80, 0x3f].repeat(2));
        let e = raw(&proto, DType::Float32, 2, false).unwrap_err();
        assert_eq!(e.kind, ErrorKind::LengthMismatch);
    }

    #[test]
    fn negative_int8_takes_ten_bytes_and_wraps() {
        let mut proto = vec![0x3a, 12, 5];
        proto.extend([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 7]);
        assert_eq!(raw(&proto, DType::Int8, 3, false).unwrap(), [5, 0xfe, 7]);
        assert_eq!(raw(&proto, DType::Int16, 3, false).unwrap(), [5, 0, 0xfe, 0xff, 7, 0]);
    }

    #[test]
    fn unpacked_and_split_runs_are_joined() {
        let proto = [0x52, 2, 1, 2, 0x50, 3, 0x52, 1, 4];
        let want: Vec<u8> = (1..=4i64).flat_map(i64::to_le_bytes).collect();
        assert_eq!(raw(&proto, DType::Int64, 4, false).unwrap(), want);
    }

    #[test]
    fn many_varints_from_any_byte() {
        let mut run = Vec::new();
        (0..1000u64).for_each(|i| crate::wire::put_varint(&mut run, i * 37));
        let mut proto = vec![0x6a];
        crate::wire::put_varint(&mut proto, run.len() as u64);
        proto.extend(run);
        let loaded = load(&proto.into(), DType::Float16, 1000, false).unwrap();
        let want: Vec<u8> = (0..1000u16).flat_map(|i| (i * 37).to_le_bytes()).collect();
        for (from, to) in [(0, 2000), (1, 7), (129, 1999), (1998, 2000)] {
            let mut out = vec![0; to - from];
            loaded.read_at(from, &mut out).unwrap();
            assert_eq!(out, want[from..to]);
        }
    }

    #[test]
    fn strings_of_a_v1_value() {
        let value = Bytes::from_static(b"\x12\x09\x1a\x07\x42\x02ab\x42\x01c");
        let proto = slice_data(&value).unwrap();
        let list = load(&proto, DType::String, 2, false).unwrap();
        let floe_graph::Payload::Strings(strings) = list.payload() else { panic!() };
        assert!(strings.iter().map(Result::unwrap).eq([&b"ab"[..], b"c"]));
        assert!(load(&proto, DType::String, 3, false).is_err());
    }

    #[test]
    fn a_tensor_with_content_and_shape() {
        let message = Bytes::from_static(&[8, 5, 0x12, 4, 0x12, 2, 8, 2, 0x22, 4, 1, 0, 2, 0]);
        let tensor = ProtoTensor::parse(&message).unwrap();
        assert_eq!(
            (tensor.view().dtype, tensor.view().shape.to_string()),
            (DType::Int16, "[2]".into())
        );
        assert_eq!(tensor.view().raw(), Some(&[1, 0, 2, 0][..]));
    }
}
