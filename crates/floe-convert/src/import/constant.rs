//! A TensorProto as a [`Tensor`].
//!
//! Facts: tensorflow-formats §11.

use crate::ir::Tensor;
use bytes::Bytes;
use floe_graph::DType;
use floe_proto::tensorflow::TensorProto;

/// The constant that `proto` holds.
///
/// # Errors
/// What is wrong with it, in words.
pub fn decode(proto: &TensorProto) -> Result<Tensor, String> {
    let dtype = DType::from_tensorflow(proto.dtype).ok_or("its dtype is unknown")?;
    let shape = shape(proto).ok_or("its shape is not known")?;
    let n = crate::ir::count(&shape).ok_or("its shape overflows")?;
    if dtype == DType::String {
        return strings(proto, shape, n);
    }
    if !proto.tensor_content.is_empty() {
        return Tensor::new(dtype, shape, proto.tensor_content.clone())
            .ok_or_else(|| "its content has another length than its shape asks for".into());
    }
    let width = dtype.bytes().ok_or("its dtype has no bytes")?;
    let typed = typed(proto, dtype, n).ok_or("its dtype is not supported")?;
    let given = typed.len() / width.max(1);
    let too_large = || "it claims more elements than can be held".to_owned();
    if given == 0 {
        return Tensor::fill(dtype, shape, vec![0; width]).ok_or_else(too_large);
    }
    if given == 1 {
        return Tensor::fill(dtype, shape, typed).ok_or_else(too_large);
    }
    if n.checked_mul(width).is_none_or(|b| b > 1 << 26) {
        return Err(too_large());
    }
    let mut bytes = typed;
    let last = bytes.get(bytes.len() - width..).unwrap_or_default().to_vec();
    while bytes.len() < n * width {
        bytes.extend_from_slice(&last);
    }
    bytes.truncate(n * width);
    Tensor::new(dtype, shape, bytes).ok_or_else(|| "its elements do not fit its shape".into())
}

fn shape(proto: &TensorProto) -> Option<Vec<usize>> {
    let Some(shape) = &proto.tensor_shape else { return Some(Vec::new()) };
    if shape.unknown_rank {
        return Some(Vec::new());
    }
    shape.dim.iter().map(|d| usize::try_from(d.size).ok()).collect()
}

fn strings(proto: &TensorProto, shape: Vec<usize>, n: usize) -> Result<Tensor, String> {
    if n > 1 << 24 {
        return Err("it claims more strings than can be held".into());
    }
    let last = proto.string_val.last().cloned().unwrap_or_default();
    let all: Vec<Bytes> =
        proto.string_val.iter().cloned().chain(std::iter::repeat(last)).take(n).collect();
    Tensor::strings(shape, all).ok_or_else(|| "its strings do not fit its shape".into())
}

/// The typed field's elements as bytes, at most `n` of them.
fn typed(p: &TensorProto, dtype: DType, n: usize) -> Option<Vec<u8>> {
    fn le<T: Copy, const W: usize>(v: &[T], n: usize, f: impl Fn(T) -> [u8; W]) -> Option<Vec<u8>> {
        Some(v.iter().take(n).flat_map(|&x| f(x)).collect())
    }
    match dtype {
        DType::Float32 => le(&p.float_val, n, f32::to_le_bytes),
        DType::Float64 => le(&p.double_val, n, f64::to_le_bytes),
        DType::Int32 | DType::Qint32 => le(&p.int_val, n, i32::to_le_bytes),
        DType::Int16 | DType::Uint16 | DType::Qint16 | DType::Quint16 => {
            le(&p.int_val, n, |x| (x as u16).to_le_bytes())
        }
        DType::Int8 | DType::Uint8 | DType::Qint8 | DType::Quint8 | DType::Int4 | DType::Uint4 => {
            le(&p.int_val, n, |x| [x as u8])
        }
        DType::Int64 => le(&p.int64_val, n, i64::to_le_bytes),
        DType::Uint32 => le(&p.uint32_val, n, u32::to_le_bytes),
        DType::Uint64 => le(&p.uint64_val, n, u64::to_le_bytes),
        DType::Bool => le(&p.bool_val, n, |x| [u8::from(x)]),
        DType::Float16 | DType::Bfloat16 => le(&p.half_val, n, |x| (x as u16).to_le_bytes()),
        DType::Complex64 => le(p.scomplex_val.as_chunks::<2>().0, n, |[a, b]| {
            let mut out = [0; 8];
            out[..4].copy_from_slice(&a.to_le_bytes());
            out[4..].copy_from_slice(&b.to_le_bytes());
            out
        }),
        _ => None,
    }
}
