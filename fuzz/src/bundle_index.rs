//! A checkpoint's table of contents: the index of a V2 bundle, or a V1 file.

use crate::reader::read_tensors;
use bytes::Bytes;
use floe_checkpoint::{Checkpoint, Checksums};
use floe_graph::{TensorId, TensorSource};

/// What stands in for the data shards of a bundle.
static SHARD: [u8; 4096] = [0x21; 4096];

/// Opens `data` as both kinds of table, with their checksums and without, and reads all tensors.
pub fn run(data: &[u8]) {
    let index = Bytes::copy_from_slice(data);
    for checksums in [Checksums::Always, Checksums::Never] {
        let shards = [Bytes::from_static(&SHARD), Bytes::from_static(&SHARD)];
        let bundle = Checkpoint::from_bytes(index.clone(), shards, checksums);
        let table = Checkpoint::from_v1_bytes([index.clone()], checksums);
        for checkpoint in [bundle, table].into_iter().flatten() {
            read(&checkpoint);
        }
    }
}

fn read(checkpoint: &Checkpoint) {
    read_tensors(&checkpoint);
    for id in (0..checkpoint.tensor_count()).map(TensorId) {
        checkpoint.slices(id).for_each(drop);
    }
    if let Ok(Some(objects)) = checkpoint.objects() {
        let _ = (objects.paths_by_key(), objects.names_by_key());
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_files() {
        crate::smoke::smoke(super::run, "bundle_index", |name| name.ends_with(".index"));
    }
}
