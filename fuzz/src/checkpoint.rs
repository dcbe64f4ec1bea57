//! A whole V2 bundle: four bytes that count the index's, the index, and two data shards that share the rest.

use crate::reader::read_tensors;
use bytes::Bytes;
use floe_checkpoint::{Checkpoint, Checksums, Slice};
use floe_graph::{Payload, Shape, TensorId, TensorSource};

/// Opens the bundle, with its checksums and without, and asks for everything.
///
/// # Panics
/// When a tensor whose checksum is right reads otherwise without taking it.
pub fn run(data: &[u8]) {
    let Some((length, rest)) = data.split_first_chunk::<4>() else { return };
    let length = (u32::from_le_bytes(*length) as usize).min(rest.len());
    let rest = Bytes::copy_from_slice(rest);
    let (index, data) = (rest.slice(..length), rest.slice(length..));
    let shards = || [data.clone(), data.slice(data.len() / 2..)];
    let open = |checksums| Checkpoint::from_bytes(index.clone(), shards(), checksums).ok();
    let loose = open(Checksums::Never);
    if let Some(loose) = &loose {
        read_tensors(&loose);
        let _ = loose.objects();
        slices(loose);
    }
    let Some(strict) = &open(Checksums::Always) else { return };
    let _ = strict.verify(&|_| {});
    for id in (0..strict.tensor_count()).map(TensorId) {
        let Ok(Ok(bytes)) = strict.tensor(id).map(|view| view.bytes(1 << 20)) else { continue };
        let loose = loose.as_ref().expect("opens without checksums what opens with them");
        assert_eq!(loose.tensor(id).and_then(|v| v.bytes(1 << 20)), Ok(bytes));
    }
}

/// Reads the middle of each tensor.
fn slices(checkpoint: &Checkpoint) {
    for id in (0..checkpoint.tensor_count()).map(TensorId) {
        checkpoint.slices(id).for_each(drop);
        let Ok(view) = checkpoint.tensor(id) else { continue };
        let Shape::I64(dims) = view.shape else { continue };
        let text: Vec<_> = dims.iter().map(|d| format!("{},{}", d / 3, (d / 3).min(9))).collect();
        let slice = Slice::parse(&text.join(":"));
        let Some(Ok(part)) = slice.map(|slice| slice.cut(&view)) else { continue };
        match part.view().payload {
            Payload::Strings(strings) => strings.iter().for_each(drop),
            _ => drop(part.view().bytes(1 << 20)),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_files() {
        crate::smoke::smoke(super::run, "checkpoint", |_| false);
    }
}
