//! Putting a written checkpoint in the place of an old one, so that whoever looks at any moment, also
//! after a crash at any moment, finds the old one whole or the new one whole.
//!
//! An index and its shards are several files, and no file system renames several at once. The index's
//! rename is the one step that counts, so no shard that the index in place names may change before it.
//! Where old and new shards share names, the old ones get second names under another count of shards,
//! and an index that names those takes the old one's place first.

use super::disk::Disk;
use crate::Checksums;
use crate::error::{Error, Result};
use crate::index::Index;
use crate::shards::{Shards, counts_on_disk, folder, on_disk, path, with_suffix};
use crate::table::{Table, TableWriter};
use floe_graph::map;
use floe_proto::Message;
use floe_proto::tensorflow::BundleHeaderProto;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The name under which a file is written before it is whole.
pub(super) fn unfinished(path: &Path) -> PathBuf {
    with_suffix(path, ".unfinished")
}

/// A checkpoint that stands where another is to be put.
struct Old {
    table: Table,
    shards: Shards,
}

/// Renames the unfinished files of a checkpoint of `count` shards into place.
pub(super) fn commit(disk: &dyn Disk, prefix: &Path, count: u32) -> Result<()> {
    let index = with_suffix(prefix, ".index");
    let new: BTreeSet<PathBuf> = (0..count).map(|n| path(prefix, n, count)).collect();
    let mut stale = BTreeSet::new();
    if let Some(old) = Old::read(prefix, &index) {
        let named = old.files(prefix);
        if named.iter().any(|p| new.contains(p)) {
            stale.extend(old.step_aside(disk, prefix, &index, count)?);
        }
        stale.extend(named.difference(&new).cloned());
    }
    for path in &new {
        disk.rename(&unfinished(path), path).map_err(Error::io(path))?;
    }
    sync(disk, prefix)?;
    disk.rename(&unfinished(&index), &index).map_err(Error::io(&index))?;
    sync(disk, prefix)?;
    // What is left over is not named by anything any more; that it stays does no harm.
    for path in stale {
        let _ = disk.remove(&path);
    }
    Ok(())
}

/// Writes all of `bytes` to the unfinished form of `target`.
pub(super) fn write_unfinished(disk: &dyn Disk, target: &Path, bytes: &[u8]) -> Result<()> {
    let path = unfinished(target);
    let write = || {
        let mut file = disk.create(&path)?;
        file.write_all(bytes)?;
        file.sync()
    };
    write().map_err(Error::io(&path))
}

fn sync(disk: &dyn Disk, prefix: &Path) -> Result<()> {
    let folder = folder(prefix);
    disk.sync_folder(folder).map_err(Error::io(folder))
}

impl Old {
    /// The V2 checkpoint at `prefix`; `None` when there is none that could be read.
    fn read(prefix: &Path, index: &Path) -> Option<Self> {
        let bytes = map::open(index).ok()?;
        let table = Table::open(bytes, Checksums::Always).ok()?;
        let index = Index::read(&table).ok()?;
        let shards = Shards::find(prefix, index.header.shards, index.shards.iter().copied());
        Some(Self { table, shards })
    }

    /// The shards that are its own, also those no tensor lies in.
    fn files(&self, prefix: &Path) -> BTreeSet<PathBuf> {
        let own = on_disk(prefix).into_iter().filter(|&(_, count)| count == self.shards.count());
        own.map(|(number, count)| path(prefix, number, count)).collect()
    }

    /// Moves the checkpoint to shards under names that neither it nor the new one uses. Gives those.
    fn step_aside(
        &self,
        disk: &dyn Disk,
        prefix: &Path,
        index: &Path,
        count: u32,
    ) -> Result<Vec<PathBuf>> {
        let taken = counts_on_disk(prefix);
        let least = self.shards.count().max(count).saturating_add(1);
        let free = (least..u32::MAX).find(|c| !taken.contains(c)).unwrap_or(u32::MAX);
        let mut links = Vec::new();
        for number in self.shards.numbers() {
            let (from, to) = (self.shards.path(number), path(prefix, number, free));
            if from.is_file() {
                disk.link(&from, &to).map_err(Error::io(&to))?;
                links.push(to);
            }
        }
        let aside = self.index_for(free).map_err(Error::file(index))?;
        // The new index waits under the same unfinished name: this one needs another.
        let waiting = with_suffix(prefix, ".aside.index");
        write_unfinished(disk, &waiting, &aside)?;
        sync(disk, prefix)?;
        disk.rename(&unfinished(&waiting), index).map_err(Error::io(index))?;
        sync(disk, prefix)?;
        Ok(links)
    }

    /// The same index with another count of shards in its header.
    fn index_for(&self, count: u32) -> floe_graph::Result<Vec<u8>> {
        let malformed = |_| floe_graph::Error::new(floe_graph::ErrorKind::Malformed, 0);
        let mut writer = TableWriter::new(Vec::new());
        for handle in self.table.handles() {
            let block = self.table.block(handle?)?;
            let mut cursor = block.cursor();
            while let Some((key, value)) = cursor.step()? {
                let written = if key.is_empty() {
                    let mut header = BundleHeaderProto::decode(value).map_err(|_| malformed(()))?;
                    header.num_shards = count.cast_signed();
                    writer.add(key, &header.encode_to_vec())
                } else {
                    writer.add(key, value)
                };
                written.map_err(|_| malformed(()))?;
            }
        }
        writer.finish().map_err(|_| malformed(()))
    }
}
