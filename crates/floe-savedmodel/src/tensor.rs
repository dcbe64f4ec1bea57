//! A TensorProto as a [`TensorView`], and back.
//!
//! The rules are TensorFlow's: `tensor_content` wins when it is not empty and must fit exactly; else
//! the field of the dtype counts, whose last value stands for all that are missing, and none means
//! zeros. A missing shape is a scalar's.
//!
//! Invariant: what is held is at most twice what the message holds; a splat of any claimed size stays
//! one element.

use crate::{Error, Result};
use bytes::Bytes;
use floe_graph::{
    DType, Decode, Error as ReadError, ErrorKind, Payload, Shape, StringList, Strings, TensorView,
};
use floe_proto::tensorflow::{TensorProto, TensorShapeProto, tensor_shape_proto::Dim};

/// A tensor taken from a message, in a form that views can borrow.
#[derive(Debug)]
pub(crate) struct Held {
    dtype: DType,
    dims: Box<[i64]>,
    data: Data,
}

#[derive(Debug)]
enum Data {
    Absent,
    Raw(Bytes),
    /// One element for all.
    Fill(Box<[u8]>),
    /// The first elements; the last of them stands for the rest.
    Tail(Tail),
    Strings(StringTail),
    StringFill(Bytes, u64),
    /// `count` varint lengths, then the bytes.
    StringContent {
        count: usize,
        lengths: Bytes,
        bytes: Bytes,
    },
}

#[derive(Debug)]
struct Tail {
    first: Vec<u8>,
    width: usize,
}

impl Decode for Tail {
    fn decode(&self, at: usize, out: &mut [u8]) -> floe_graph::Result<()> {
        let fault = ReadError::new(ErrorKind::LengthMismatch, at);
        let last = self.first.len().checked_sub(self.width).ok_or(fault)?;
        for (i, o) in out.iter_mut().enumerate() {
            let at = at.checked_add(i).ok_or(fault)?;
            let at = match at.checked_sub(self.first.len()) {
                None => at,
                Some(over) => over
                    .checked_rem(self.width)
                    .and_then(|phase| phase.checked_add(last))
                    .ok_or(fault)?,
            };
            *o = *self.first.get(at).ok_or(fault)?;
        }
        Ok(())
    }
}

#[derive(Debug)]
struct StringTail {
    first: Vec<Bytes>,
    count: usize,
}

impl StringList for StringTail {
    fn len(&self) -> usize {
        self.count
    }

    fn get(&self, index: usize) -> Option<&[u8]> {
        if index >= self.count {
            return None;
        }
        self.first.get(index).or(self.first.last()).map(|s| &**s)
    }
}

impl Held {
    /// Takes the tensor in `proto`, sharing its content.
    pub(crate) fn new(proto: &TensorProto) -> floe_graph::Result<Self> {
        let number = proto.dtype;
        let dtype = DType::from_tensorflow(number)
            .ok_or(ReadError::new(ErrorKind::UnknownDType, usize::try_from(number).unwrap_or(0)))?;
        let dims = dims(proto)?;
        let elements = Shape::I64(&dims).elements()?.unwrap_or(0);
        let data = match dtype {
            DType::String => strings(proto, elements)?,
            DType::Resource | DType::Variant => Data::Absent,
            _ => numbers(proto, dtype, elements)?,
        };
        Ok(Self { dtype, dims, data })
    }

    /// The tensor, borrowed.
    pub(crate) fn view(&self) -> TensorView<'_> {
        let payload = match &self.data {
            Data::Absent => Payload::Absent,
            Data::Raw(bytes) => Payload::Raw(bytes),
            Data::Fill(one) => Payload::Fill(one),
            Data::Tail(tail) => Payload::Coded(tail),
            Data::Strings(list) => Payload::Strings(Strings::List(list)),
            Data::StringFill(one, count) => Payload::Strings(Strings::Fill(one, *count)),
            Data::StringContent { count, lengths, bytes } => {
                Payload::Strings(Strings::Lengths { count: *count, lengths, bytes })
            }
        };
        TensorView::new(self.dtype, Shape::I64(&self.dims), payload)
    }
}

/// The dimensions of `proto`.
fn dims(proto: &TensorProto) -> floe_graph::Result<Box<[i64]>> {
    let Some(shape) = &proto.tensor_shape else { return Ok(Box::default()) };
    let fault = |at| ReadError::new(ErrorKind::UnknownShape, at);
    if shape.unknown_rank && !shape.dim.is_empty() {
        return Err(fault(0));
    }
    let dims: Box<[i64]> = shape.dim.iter().map(|d| d.size).collect();
    match dims.iter().position(|&d| d < 0) {
        Some(at) => Err(fault(at)),
        None => Ok(dims),
    }
}

fn numbers(proto: &TensorProto, dtype: DType, elements: u64) -> floe_graph::Result<Data> {
    let fault = ReadError::new(ErrorKind::LengthMismatch, 0);
    let width = dtype.bytes().ok_or(fault)?;
    let raw_len = usize::try_from(elements).ok().and_then(|n| n.checked_mul(width));
    let content = &proto.tensor_content;
    if !content.is_empty() {
        if Some(content.len()) != raw_len {
            return Err(ReadError::new(ErrorKind::LengthMismatch, content.len()));
        }
        if dtype == DType::Bool
            && let Some(at) = content.iter().position(|&b| b > 1)
        {
            return Err(ReadError::new(ErrorKind::Malformed, at));
        }
        return Ok(Data::Raw(whole_bytes(dtype, content)));
    }
    let mut first = typed(proto, dtype);
    if elements == 0 {
        return Ok(Data::Raw(Bytes::new()));
    }
    if raw_len.is_some_and(|len| first.len() >= len) {
        first.truncate(raw_len.unwrap_or(0));
        return Ok(Data::Raw(first.into()));
    }
    Ok(match first.len().checked_div(width) {
        Some(0) | None => Data::Fill(vec![0; width].into()),
        Some(1) => Data::Fill(first.into()),
        Some(_) => Data::Tail(Tail { first, width }),
    })
}

/// Sub-byte elements as one byte each, sign-extended; other dtypes as they are.
fn whole_bytes(dtype: DType, content: &Bytes) -> Bytes {
    match low_bits(dtype) {
        None => content.clone(),
        Some(extend) => content.iter().map(|&b| extend(b)).collect(),
    }
}

/// What makes a byte of its low bits, for dtypes of less than a byte.
fn low_bits(dtype: DType) -> Option<fn(u8) -> u8> {
    Some(match dtype {
        DType::Int4 => |b| (b & 15 ^ 8).wrapping_sub(8),
        DType::Int2 => |b| (b & 3 ^ 2).wrapping_sub(2),
        DType::Uint4 | DType::Float4E2m1fn => |b| b & 15,
        DType::Uint2 => |b| b & 3,
        _ => return None,
    })
}

/// The raw form of the values in the field that belongs to `dtype`.
fn typed(proto: &TensorProto, dtype: DType) -> Vec<u8> {
    macro_rules! le {
        ($field:ident) => {
            proto.$field.iter().flat_map(|v| v.to_le_bytes()).collect()
        };
        ($field:ident as $t:ty) => {
            proto.$field.iter().flat_map(|&v| (v as $t).to_le_bytes()).collect()
        };
    }
    match dtype {
        DType::Float32 => le!(float_val),
        DType::Float64 => le!(double_val),
        DType::Complex64 => pairs(le!(scomplex_val), 8),
        DType::Complex128 => pairs(le!(dcomplex_val), 16),
        DType::Int64 => le!(int64_val),
        DType::Uint32 => le!(uint32_val),
        DType::Uint64 => le!(uint64_val),
        DType::Bool => proto.bool_val.iter().map(|&b| b.into()).collect(),
        DType::Float16 | DType::Bfloat16 => le!(half_val as u16),
        DType::Int32 | DType::Qint32 => le!(int_val),
        DType::Int16 | DType::Uint16 | DType::Qint16 | DType::Quint16 => le!(int_val as u16),
        DType::Int8 | DType::Uint8 | DType::Qint8 | DType::Quint8 => le!(int_val as u8),
        DType::Float8E5m2
        | DType::Float8E4m3fn
        | DType::Float8E4m3fnuz
        | DType::Float8E4m3b11fnuz
        | DType::Float8E5m2fnuz => proto.float8_val.to_vec(),
        _ => match low_bits(dtype) {
            Some(extend) => proto.int_val.iter().map(|&v| extend(v as u8)).collect(),
            None => Vec::new(),
        },
    }
}

/// Leaves out a last, incomplete element.
fn pairs(mut raw: Vec<u8>, width: usize) -> Vec<u8> {
    let odd = raw.len().checked_rem(width).unwrap_or(0);
    raw.truncate(raw.len().saturating_sub(odd));
    raw
}

fn strings(proto: &TensorProto, elements: u64) -> floe_graph::Result<Data> {
    let content = &proto.tensor_content;
    if !content.is_empty() {
        return string_content(content, elements);
    }
    let values = &proto.string_val;
    let count = usize::try_from(elements).ok();
    Ok(match (values.as_slice(), count) {
        ([], _) => Data::StringFill(Bytes::new(), elements),
        ([one], _) => Data::StringFill(one.clone(), elements),
        (values, Some(count)) => {
            let first = values.get(..count).unwrap_or(values).to_vec();
            Data::Strings(StringTail { first, count })
        }
        (_, None) => return Err(ReadError::new(ErrorKind::Overflow, 0)),
    })
}

/// `elements` varint lengths, then the strings.
fn string_content(content: &Bytes, elements: u64) -> floe_graph::Result<Data> {
    let short = ReadError::new(ErrorKind::LengthMismatch, content.len());
    let count = usize::try_from(elements).ok().filter(|&n| n <= content.len()).ok_or(short)?;
    let mut rest: &[u8] = content;
    let mut total = 0u64;
    for _ in 0..count {
        let length = prost::encoding::decode_varint(&mut rest).map_err(|_| short)?;
        total = total.checked_add(length).ok_or(short)?;
    }
    if total != rest.len() as u64 {
        return Err(short);
    }
    let at = content.len().saturating_sub(rest.len());
    Ok(Data::StringContent { count, lengths: content.slice(..at), bytes: content.slice(at..) })
}

/// The largest tensor that a message can hold.
pub(crate) const LARGEST: usize = i32::MAX as usize;

/// The message of `view`; `share` is its raw form, where the file can share it. A splat stays one
/// value.
///
/// # Errors
/// When the tensor has no data, is damaged, or is larger than a message can be.
pub fn to_proto(name: &str, view: &TensorView<'_>, share: Option<Bytes>) -> Result<TensorProto> {
    let fault = |source| Error::Tensor { name: name.to_owned(), source };
    let mut proto = TensorProto {
        dtype: view.dtype.tensorflow().into(),
        tensor_shape: Some(shape_proto(&view.shape)),
        ..TensorProto::default()
    };
    if let Payload::Strings(strings) = view.payload {
        proto.string_val = match strings {
            Strings::Fill(one, _) => vec![Bytes::copy_from_slice(one)],
            _ => strings
                .iter()
                .map(|s| s.map(Bytes::copy_from_slice))
                .collect::<floe_graph::Result<_>>()
                .map_err(fault)?,
        };
        return Ok(proto);
    }
    if let Payload::Fill(one) = view.payload
        && fill(&mut proto, view.dtype, one)
    {
        return Ok(proto);
    }
    proto.tensor_content = match share {
        Some(raw) => raw,
        None => Bytes::from(view.bytes(LARGEST).map_err(fault)?.into_owned()),
    };
    Ok(proto)
}

/// The message of a shape.
pub(crate) fn shape_proto(shape: &Shape<'_>) -> TensorShapeProto {
    TensorShapeProto {
        dim: shape.iter().map(|size| Dim { size, name: String::new() }).collect(),
        unknown_rank: shape.rank().is_none(),
    }
}

/// Puts the value `one` into the field of `dtype`; `false` for dtypes that are rarely splats.
fn fill(proto: &mut TensorProto, dtype: DType, one: &[u8]) -> bool {
    macro_rules! put {
        ($field:ident, $t:ty) => {
            match one.try_into().map(<$t>::from_le_bytes) {
                Ok(value) => proto.$field = vec![value.into()],
                Err(_) => return false,
            }
        };
    }
    match dtype {
        DType::Float32 => put!(float_val, f32),
        DType::Float64 => put!(double_val, f64),
        DType::Int64 => put!(int64_val, i64),
        DType::Uint32 => put!(uint32_val, u32),
        DType::Uint64 => put!(uint64_val, u64),
        DType::Float16 | DType::Bfloat16 => put!(half_val, u16),
        DType::Int32 | DType::Qint32 => put!(int_val, i32),
        DType::Int16 | DType::Qint16 => put!(int_val, i16),
        DType::Uint16 | DType::Quint16 => put!(int_val, u16),
        DType::Int8 | DType::Qint8 | DType::Int4 | DType::Int2 => put!(int_val, i8),
        DType::Uint8 | DType::Quint8 | DType::Uint4 | DType::Uint2 => put!(int_val, u8),
        DType::Bool => proto.bool_val = vec![one != [0]],
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests;
