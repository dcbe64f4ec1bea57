//! One tensor's bytes in a data shard: two bytes for dtype and element count, then the region.

use crate::reader::read_tensors;
use bytes::Bytes;
use floe_checkpoint::{Checkpoint, Checksums, Slice, TensorList, Variant, encode_slice};
use floe_graph::{DType, Payload, TensorId, TensorSource};

/// Reads the region as strings, variants or numbers, in both byte orders, whole and as half of a tensor.
pub fn run(data: &[u8]) {
    let Some((&[kind, count], region)) = data.split_first_chunk::<2>() else { return };
    let dtype =
        [DType::String, DType::Variant, DType::Int4, DType::Complex64][usize::from(kind & 3)];
    let size = region.len() as u64;
    let plain = entry(dtype, count, size, &[]);
    let slice = Slice::parse(&format!("0,{count}")).expect("a slice");
    let extent = message(1, &[number(1, 0), number(2, count.into())].concat());
    let half = entry(dtype, count.saturating_mul(2), 0, &message(7, &extent));
    let key = encode_slice(b"s", &slice);
    let entries: [(&[u8], Vec<u8>); 3] = [(&key, plain.clone()), (b"p", plain), (b"s", half)];
    for header in [&[8, 1][..], &[8, 1, 16, 1]] {
        let index = Bytes::from(table(header, &entries));
        for checksums in [Checksums::IfPresent, Checksums::Never] {
            let shard = Bytes::copy_from_slice(region);
            let checkpoint =
                Checkpoint::from_bytes(index.clone(), [shard], checksums).expect("a whole index");
            read_tensors(&&checkpoint);
            variants(&checkpoint);
        }
    }
}

fn variants(checkpoint: &Checkpoint) {
    for id in (0..checkpoint.tensor_count()).map(TensorId) {
        let Ok(Payload::Strings(strings)) = checkpoint.tensor(id).map(|v| v.payload) else {
            continue;
        };
        for message in strings.iter().flatten() {
            let Ok(variant) = Variant::parse(message) else { continue };
            let _ = TensorList::decode(&variant);
            for tensor in variant.tensors().flatten() {
                let _ = floe_checkpoint::ProtoTensor::parse(&Bytes::copy_from_slice(tensor));
            }
        }
    }
}

fn varint(mut n: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
    out
}

fn number(field: u8, n: u64) -> Vec<u8> {
    [vec![field << 3], varint(n)].concat()
}

fn message(field: u8, content: &[u8]) -> Vec<u8> {
    [vec![field << 3 | 2], varint(content.len() as u64), content.to_vec()].concat()
}

/// A `BundleEntryProto` of a vector.
fn entry(dtype: DType, count: u8, size: u64, slices: &[u8]) -> Vec<u8> {
    let shape = message(2, &number(1, count.into()));
    [number(1, dtype.tensorflow().into()), message(2, &shape), number(5, size), slices.to_vec()]
        .concat()
}

/// A block of entries without type and checksum.
fn block(entries: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (key, value) in entries {
        for n in [0, key.len(), value.len()] {
            out.extend(varint(n as u64));
        }
        out.extend_from_slice(key);
        out.extend_from_slice(value);
    }
    out.extend([0, 0, 0, 0, 1, 0, 0, 0]);
    out
}

/// An index of one block.
fn table(header: &[u8], entries: &[(&[u8], Vec<u8>)]) -> Vec<u8> {
    let sealed = |mut payload: Vec<u8>| {
        payload.push(0);
        let crc = crc32c::crc32c(&payload).rotate_right(15).wrapping_add(0xa282_ead8);
        payload.extend(crc.to_le_bytes());
        payload
    };
    let handle = |at: usize, size: usize| [varint(at as u64), varint(size as u64)].concat();
    let all: Vec<(&[u8], &[u8])> =
        [(&b""[..], header)].into_iter().chain(entries.iter().map(|(k, v)| (*k, &v[..]))).collect();
    let data = block(&all);
    let index = block(&[(b"\xff", &handle(0, data.len()))]);
    let (data_size, index_size) = (data.len(), index.len());
    let mut file = sealed(data);
    file.extend(sealed(index));
    let mut footer = [handle(0, 0), handle(data_size + 5, index_size)].concat();
    footer.resize(40, 0);
    file.extend(footer);
    file.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
    file
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_regions() {
        crate::smoke::smoke(super::run, "string_tensor", |_| false);
    }
}
