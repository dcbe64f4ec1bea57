//! safetensors: eight bytes of length, a JSON header, the elements.

use super::{Array, Arrays, Data, Failure, select, write_raw};
use ::safetensors::{Dtype, SafeTensors, tensor::Metadata, tensor::TensorInfo};
use bytes::Bytes;
use floe_graph::{DType, Error, ErrorKind, Result, TensorSource};
use std::io::Write;

/// The dtypes both sides have.
const TYPES: [(DType, Dtype); 18] = [
    (DType::Bool, Dtype::BOOL),
    (DType::Uint8, Dtype::U8),
    (DType::Int8, Dtype::I8),
    (DType::Float8E5m2, Dtype::F8_E5M2),
    (DType::Float8E4m3fn, Dtype::F8_E4M3),
    (DType::Float8E5m2fnuz, Dtype::F8_E5M2FNUZ),
    (DType::Float8E4m3fnuz, Dtype::F8_E4M3FNUZ),
    (DType::Int16, Dtype::I16),
    (DType::Uint16, Dtype::U16),
    (DType::Float16, Dtype::F16),
    (DType::Bfloat16, Dtype::BF16),
    (DType::Int32, Dtype::I32),
    (DType::Uint32, Dtype::U32),
    (DType::Float32, Dtype::F32),
    (DType::Complex64, Dtype::C64),
    (DType::Float64, Dtype::F64),
    (DType::Int64, Dtype::I64),
    (DType::Uint64, Dtype::U64),
];

fn dtype_of(dtype: DType) -> Option<Dtype> {
    TYPES.iter().find(|(d, _)| *d == dtype).map(|(_, s)| *s)
}

pub(super) fn read(bytes: &Bytes) -> Result<Arrays> {
    let tensors =
        SafeTensors::deserialize(bytes).map_err(|_| Error::new(ErrorKind::Malformed, 0))?;
    let (mut arrays, mut left_out) = (Vec::new(), Vec::new());
    for (name, view) in tensors.iter() {
        let dtype = TYPES.iter().find(|(_, s)| *s == view.dtype()).map(|(d, _)| *d);
        let dims: Option<Vec<i64>> = view.shape().iter().map(|&d| i64::try_from(d).ok()).collect();
        match dtype.zip(dims) {
            Some((dtype, dims)) => {
                let data = Data::Raw(bytes.slice_ref(view.data()));
                arrays.push(Array { name: name.to_owned(), dtype, dims, data });
            }
            None => left_out.push(name.to_owned()),
        }
    }
    left_out.sort();
    Ok(Arrays { arrays, left_out })
}

pub(super) fn write<'d>(
    source: &dyn TensorSource<'d>,
    out: &mut impl Write,
) -> Result<Vec<String>, Failure> {
    let (mut tensors, left) = select(source, |d| dtype_of(d).is_some())?;
    // Wide elements first: then each tensor lies on a multiple of its width.
    tensors.sort_by_key(|(_, view)| std::cmp::Reverse(view.dtype.bytes()));
    let (mut infos, mut end) = (Vec::new(), 0usize);
    for (name, view) in &tensors {
        let fail = |e| Failure::Tensor((*name).to_owned(), e);
        let begin = end;
        end = view
            .raw_len()
            .map_err(fail)?
            .checked_add(begin)
            .ok_or_else(|| fail(Error::new(ErrorKind::Overflow, 0)))?;
        let shape = view.shape.iter().map(|d| usize::try_from(d).unwrap_or(0)).collect();
        let dtype = dtype_of(view.dtype).unwrap_or(Dtype::U8);
        infos.push(((*name).to_owned(), TensorInfo { dtype, shape, data_offsets: (begin, end) }));
    }
    let metadata = Metadata::new(None, infos).map_err(|e| std::io::Error::other(e.to_string()))?;
    let mut header = serde_json::to_string(&metadata).map_err(std::io::Error::from)?;
    let padded = header.len().checked_next_multiple_of(8).unwrap_or(header.len());
    header.push_str(&" ".repeat(padded.saturating_sub(header.len())));
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for (name, view) in tensors {
        write_raw(name, &view, out)?;
    }
    Ok(left)
}
