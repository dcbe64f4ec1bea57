//! [`verify`]: every checksum, bound and rule of a checkpoint, and all that break one.
//!
//! Invariant: a fault hides no other. What is odd but readable (overlaps, gaps, a wrong count of
//! shards) is a note.

use crate::checkpoint::{Checkpoint, Checksums, Files};
use crate::entry::{Place, Region};
use crate::error::Error;
use crate::shards::with_suffix;
use crate::table::Table;
use floe_graph::{DType, Error as ReadError, ErrorKind, Payload, TensorId, TensorSource};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// So many unreadable tensors are named, more are counted: an index of a few bytes a tensor must not ask
/// for a fault of a hundred bytes each.
const NAMED: usize = 10_000;

/// Bytes that are decoded at once.
const PIECE: usize = 1 << 18;

/// What [`verify`] found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// What is wrong, in the order of the tensors.
    pub faults: Vec<Error>,
    /// What is odd.
    pub notes: Vec<Note>,
    /// How many tensors were looked at.
    pub tensors: u64,
    /// How many bytes of data they have.
    pub bytes: u64,
}

/// Something odd that hinders no reader.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// The file.
    pub path: PathBuf,
    /// What is odd.
    pub what: String,
}

/// Reads all of the checkpoint that `path` means and reports everything that is wrong with it.
/// `progress` is told now and then, from several threads, how many bytes were read.
pub fn verify(path: impl AsRef<Path>, progress: &(dyn Fn(u64) + Sync)) -> Report {
    let mut report = Report::default();
    match Checkpoint::open_with(path, Checksums::Always) {
        Ok(checkpoint) => checkpoint.verify_into(&mut report, progress),
        Err(e) => report.faults.push(e),
    }
    report
}

impl Checkpoint {
    /// Reads everything and reports all that is wrong, as [`verify`] does.
    #[must_use]
    pub fn verify(&self, progress: &(dyn Fn(u64) + Sync)) -> Report {
        let mut report = Report::default();
        self.verify_into(&mut report, progress);
        report
    }

    fn verify_into(&self, report: &mut Report, progress: &(dyn Fn(u64) + Sync)) {
        self.verify_tables(report);
        self.verify_tensors(report, progress);
        self.verify_shards(report);
        self.verify_objects(report);
    }

    /// All blocks, also those that nothing was read from yet, and the order of keys.
    fn verify_tables(&self, report: &mut Report) {
        match &self.files {
            Files::V1(files) => {
                for (path, table) in files {
                    report.faults.extend(check_table(table).map_err(Error::file(path)).err());
                }
            }
            Files::V2(_) => {
                let path = with_suffix(&self.prefix, ".index");
                if !self.index.sorted {
                    let source = ReadError::new(ErrorKind::Malformed, 0);
                    let name = "keys of the index that are not in order or repeat".to_owned();
                    report.faults.push(Error::Tensor { path, name, source, shard: None });
                } else if let Ok(bytes) = floe_graph::map::open(&path) {
                    let table = Table::open(bytes, Checksums::Always);
                    let checked = table.and_then(|t| check_table(&t));
                    report.faults.extend(checked.map_err(Error::file(&path)).err());
                }
            }
        }
    }

    /// Each tensor, by as many threads as the machine has.
    fn verify_tensors(&self, report: &mut Report, progress: &(dyn Fn(u64) + Sync)) {
        let (next, done, failed) = (AtomicU32::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let work = || {
            let mut faults = Vec::new();
            loop {
                let id = next.fetch_add(1, Ordering::Relaxed);
                if id >= self.tensor_count() {
                    return faults;
                }
                match self.verify_tensor(TensorId(id)) {
                    Ok(bytes) => {
                        let before = done.fetch_add(bytes, Ordering::Relaxed);
                        progress(before.saturating_add(bytes));
                    }
                    Err(e) => {
                        failed.fetch_add(1, Ordering::Relaxed);
                        // Ids only grow here, so the first ones of all threads are kept.
                        if faults.len() < NAMED {
                            faults.push((id, e));
                        }
                    }
                }
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(self.len());
        let mut faults = if threads > 1 {
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
                threads.into_iter().flat_map(|t| t.join().unwrap_or_default()).collect()
            })
        } else {
            work()
        };
        faults.sort_by_key(|(id, _)| *id);
        faults.truncate(NAMED);
        self.report_tensors(&faults, report);
        let unnamed = failed.into_inner().saturating_sub(faults.len() as u64);
        if unnamed > 0 {
            let what = format!("{unnamed} more tensors cannot be read");
            report.notes.push(Note { path: self.prefix.clone(), what });
        }
        report.tensors = self.tensor_count().into();
        report.bytes = done.into_inner();
    }

    /// A fault for each tensor, but one for all that a shard takes with it which is not there.
    fn report_tensors(&self, faults: &[(u32, ReadError)], report: &mut Report) {
        let mut lost: BTreeMap<PathBuf, u64> = BTreeMap::new();
        for &(id, e) in faults {
            let fault = self.explain(TensorId(id), e);
            let Some(path) = fault.lost_shard() else {
                report.faults.push(fault);
                continue;
            };
            let count = lost.entry(path.to_owned()).or_default();
            *count = count.saturating_add(1);
            if *count == 1 {
                report.faults.push(fault);
            }
        }
        for (path, count) in lost.into_iter().filter(|(_, count)| *count > 1) {
            let what = format!("{} more tensors lie in it", count.saturating_sub(1));
            report.notes.push(Note { path, what });
        }
    }

    /// Reads one tensor to its end; gives its bytes.
    fn verify_tensor(&self, id: TensorId) -> floe_graph::Result<u64> {
        let owner = self;
        owner.tensor_name(id)?;
        let view = owner.tensor(id)?;
        if let Payload::Strings(strings) = view.payload {
            let lengths = strings.iter().map(|s| s.map(|s| s.len() as u64));
            return lengths.sum();
        }
        let len = view.raw_len()?;
        if let Some(raw) = view.raw() {
            check_bools(view.dtype, raw)?;
            return Ok(len as u64);
        }
        let mut buffer = vec![0; len.min(PIECE)];
        let mut at = 0usize;
        while at < len {
            buffer.truncate(len.saturating_sub(at));
            view.read_at(at, &mut buffer)?;
            check_bools(view.dtype, &buffer)?;
            at = at.saturating_add(buffer.len());
        }
        Ok(len as u64)
    }

    /// What lies between, under and after the tensors of each data shard.
    fn verify_shards(&self, report: &mut Report) {
        let Files::V2(shards) = &self.files else { return };
        if shards.count() != self.index.header.shards {
            let what = format!(
                "the header counts {} data shards, the files' names {}",
                self.index.header.shards,
                shards.count()
            );
            report.notes.push(Note { path: with_suffix(&self.prefix, ".index"), what });
        }
        let mut regions: BTreeMap<u32, Vec<Region>> = BTreeMap::new();
        for entry in self.index.entries.iter() {
            if let Place::Region(region) = entry.place {
                regions.entry(region.shard).or_default().push(region);
            }
        }
        for (number, mut regions) in regions {
            regions.sort_unstable_by_key(Region::order);
            let path = shards.path(number);
            report
                .notes
                .extend(layout(&regions).into_iter().map(|what| Note { path: path.clone(), what }));
            if let Ok(bytes) = shards.get(number) {
                report.faults.extend(check_end(&regions, bytes).map_err(Error::file(&path)).err());
            }
        }
    }

    /// That the object graph can be read, and that what it names is there.
    fn verify_objects(&self, report: &mut Report) {
        let graph = match self.objects() {
            Ok(Some(graph)) => graph,
            Ok(None) => return,
            // Named already when it is the tensor that cannot be read.
            Err(e) => {
                let known = |f: &Error| f.to_string() == e.to_string();
                if e.lost_shard().is_none() && !report.faults.iter().any(known) {
                    report.faults.push(e);
                }
                return;
            }
        };
        for key in graph.nodes().flat_map(|n| n.attributes().map(|a| a.key)) {
            if !self.index.any_begins(key.as_bytes()) {
                let what = format!("the object graph names the tensor `{key}`, which is not there");
                report.notes.push(Note { path: with_suffix(&self.prefix, ".index"), what });
            }
        }
    }
}

fn check_table(table: &Table) -> floe_graph::Result<()> {
    let mut last: Option<Vec<u8>> = None;
    for handle in table.handles() {
        let block = table.block(handle?)?;
        let mut cursor = block.cursor();
        cursor.check_restarts()?;
        loop {
            let at = cursor.at();
            let Some((key, _)) = cursor.step()? else { break };
            if last.as_ref().is_some_and(|last| last.as_slice() >= key) {
                return Err(ReadError::new(ErrorKind::Malformed, at));
            }
            let last = last.get_or_insert_default();
            last.clear();
            last.extend_from_slice(key);
        }
    }
    Ok(())
}

/// A bool is 0 or 1; TensorFlow takes other bytes over and computes nonsense with them.
fn check_bools(dtype: DType, raw: &[u8]) -> floe_graph::Result<()> {
    match raw.iter().position(|&b| dtype == DType::Bool && b > 1) {
        Some(at) => Err(ReadError::new(ErrorKind::Malformed, at)),
        None => Ok(()),
    }
}

/// Overlaps of and gaps between regions in order. Tensors that share all of their bytes are in order.
fn layout(regions: &[Region]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut reached = 0u64;
    let mut before = None;
    for region in regions {
        let end = region.at.saturating_add(region.size);
        let shared = before.replace((region.at, region.size)) == Some((region.at, region.size));
        if region.at < reached && region.size > 0 && !shared {
            notes.push(format!(
                "the tensor data at byte {} overlap those before, which end at {reached}",
                region.at
            ));
        } else if region.at > reached && region.at.saturating_sub(reached) >= 4096 {
            notes.push(format!("nothing lies in bytes {reached} to {}", region.at));
        }
        reached = reached.max(end);
    }
    notes
}

/// That a shard ends where its last tensor does, padding to the tensors' own alignment aside.
fn check_end(regions: &[Region], bytes: &[u8]) -> floe_graph::Result<()> {
    let end = regions.iter().map(|r| r.at.saturating_add(r.size)).max().unwrap_or(0);
    let end = usize::try_from(end).unwrap_or(usize::MAX);
    let Some(tail) = bytes.get(end..).filter(|t| !t.is_empty()) else { return Ok(()) };
    let offsets = regions.iter().filter(|r| r.at > 0).fold(0, |all, r| all | r.at);
    let aligned = offsets.trailing_zeros().min(20);
    let unit = 1usize.checked_shl(aligned).unwrap_or(1);
    let padding = offsets > 0 && bytes.len().is_multiple_of(unit) && tail.len() < unit;
    if padding && tail.iter().all(|&b| b == 0) {
        return Ok(());
    }
    Err(ReadError::new(ErrorKind::TrailingBytes, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{WriteOptions, Writer};
    use floe_graph::{Shape, TensorView};
    use std::fs;

    fn written(dir: &Path, options: WriteOptions) -> PathBuf {
        let prefix = dir.join("ck");
        let mut writer = Writer::create(&prefix, options.sync(false)).unwrap();
        for (name, dtype, raw) in
            [("a", DType::Uint8, [1u8, 2]), ("b", DType::Bool, [0, 1]), ("c", DType::Int16, [3, 0])]
        {
            let dims = [(2 / dtype.bytes().unwrap()) as i64];
            writer
                .add(name, &TensorView::new(dtype, Shape::I64(&dims), Payload::Raw(&raw)))
                .unwrap();
        }
        writer.finish().unwrap();
        prefix
    }

    fn faults(prefix: &Path) -> Vec<String> {
        verify(prefix, &|_| {}).faults.iter().map(ToString::to_string).collect()
    }

    fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(path).unwrap();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn a_whole_checkpoint_has_no_faults() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = written(dir.path(), WriteOptions::default().align(64));
        let report = verify(prefix, &|_| {});
        assert!(report.faults.is_empty() && report.notes.is_empty(), "{report:?}");
        assert_eq!((report.tensors, report.bytes), (3, 6));
    }

    #[test]
    fn all_faults_are_named_not_only_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = written(dir.path(), WriteOptions::default());
        edit(&with_suffix(&prefix, ".data-00000-of-00001"), |b| {
            b[0] ^= 1;
            b[5] ^= 1;
            b.push(9);
        });
        let faults = faults(&prefix);
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].contains("tensor `a`") && faults[0].contains("checksum"));
        assert!(faults[1].contains("tensor `c`"));
        assert!(faults[2].contains("byte 6"), "{}", faults[2]);
    }

    #[test]
    fn a_missing_shard_blocks_only_its_tensors() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = written(dir.path(), WriteOptions::default().shards(2));
        fs::remove_file(with_suffix(&prefix, ".data-00001-of-00002")).unwrap();
        let faults = faults(&prefix);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("data-00001-of-00002") && faults[0].contains("tensor `b`"));
    }

    #[test]
    fn a_folder_is_told_from_a_checkpoint() {
        let dir = tempfile::tempdir().unwrap();
        assert!(faults(dir.path())[0].contains("without a `checkpoint` file"));
    }

    #[test]
    fn overlaps_and_large_gaps_are_notes() {
        let region = |at, size| Region { at, size, ..Region::default() };
        let notes = layout(&[region(0, 10), region(8, 4), region(8192, 1)]);
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(layout(&[region(0, 10), region(16, 4)]).is_empty());
    }
}
