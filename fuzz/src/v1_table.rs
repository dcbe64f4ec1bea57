//! A V1 checkpoint: a table that holds the tensors themselves.

use crate::reader::read_tensors;
use bytes::Bytes;
use floe_checkpoint::{Checkpoint, Checksums};

/// Opens `data` as one file and as both of two shards, with checksums and without, and asks for everything.
pub fn run(data: &[u8]) {
    let file = Bytes::copy_from_slice(data);
    for checksums in [Checksums::Always, Checksums::Never] {
        for files in [vec![file.clone()], vec![file.clone(), file.clone()]] {
            let Ok(checkpoint) = Checkpoint::from_v1_bytes(files, checksums) else { continue };
            read_tensors(&&checkpoint);
            let _ = checkpoint.verify(&|_| {});
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_files() {
        crate::smoke::smoke(super::run, "v1_table", |name| name.starts_with("v1_"));
    }
}
