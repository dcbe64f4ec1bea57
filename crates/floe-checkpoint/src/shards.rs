//! The data shards of a V2 bundle, mapped when first needed.
//!
//! Invariant: a shard that is missing or damaged blocks only the tensors in it.

use crate::entry::Region;
use bytes::Bytes;
use floe_graph::{Error, ErrorKind, Result, map};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Data shards by number.
#[derive(Debug)]
pub(crate) struct Shards {
    prefix: PathBuf,
    /// How many shards the files' names count.
    count: u32,
    files: BTreeMap<u32, OnceLock<Option<Bytes>>>,
}

impl Shards {
    /// The shards `numbers` of the bundle at `prefix`. When files of this count are not there but those
    /// of exactly one other count are, that one is taken: some writers put a wrong count into the header.
    pub(crate) fn find(prefix: &Path, header: u32, numbers: impl IntoIterator<Item = u32>) -> Self {
        let files: BTreeMap<_, _> = numbers.into_iter().map(|n| (n, OnceLock::new())).collect();
        let mut shards = Self { prefix: prefix.to_owned(), count: header, files };
        if shards.numbers().any(|n| shards.path(n).exists()) {
            return shards;
        }
        if let [only] = counts_on_disk(prefix)[..] {
            shards.count = only;
        }
        shards
    }

    /// Shards that are in memory already.
    pub(crate) fn of(files: impl IntoIterator<Item = Bytes>) -> Self {
        let files: BTreeMap<_, _> =
            (0..).zip(files.into_iter().map(|b| OnceLock::from(Some(b)))).collect();
        let count = u32::try_from(files.len()).unwrap_or(u32::MAX);
        Self { prefix: PathBuf::new(), count, files }
    }

    /// How many shards the files' names count.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// The numbers of the shards that tensors lie in.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.files.keys().copied()
    }

    /// The file of shard `number`.
    pub(crate) fn path(&self, number: u32) -> PathBuf {
        path(&self.prefix, number, self.count)
    }

    /// All bytes of shard `number`.
    pub(crate) fn get(&self, number: u32) -> Result<&Bytes> {
        let missing = Error::new(ErrorKind::MissingShard, number as usize);
        let file = self.files.get(&number).ok_or(missing)?;
        file.get_or_init(|| map::open(self.path(number)).ok()).as_ref().ok_or(missing)
    }

    /// What shard `number` is, where it holds something else.
    pub(crate) fn foreign(&self, number: u32) -> Option<&'static str> {
        self.get(number).ok().and_then(|bytes| floe_graph::foreign(bytes))
    }

    /// The bytes of `region`.
    pub(crate) fn cut(&self, region: &Region) -> Result<&[u8]> {
        let file = self.get(region.shard)?;
        let beyond = Error::new(ErrorKind::Truncated, file.len());
        let (at, size) = (usize::try_from(region.at), usize::try_from(region.size));
        let (at, size) = (at.map_err(|_| beyond)?, size.map_err(|_| beyond)?);
        crate::wire::cut(file, at, size).ok_or(beyond)
    }

    /// The bytes of `region`, sharing the map.
    pub(crate) fn share(&self, region: &Region) -> Result<Bytes> {
        Ok(self.get(region.shard)?.slice_ref(self.cut(region)?))
    }
}

/// `prefix.data-00000-of-00001`: the file of shard `number` of `count`.
pub(crate) fn path(prefix: &Path, number: u32, count: u32) -> PathBuf {
    with_suffix(prefix, &format!(".data-{number:05}-of-{count:05}"))
}

/// `path` with `suffix` after its last byte.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// The number and the count in `-00000-of-00001`.
pub(crate) fn parse_suffix(text: &str) -> Option<(u32, u32)> {
    let (number, count) = text.strip_prefix('-')?.split_once("-of-")?;
    let digits = |t: &str| t.len() >= 5 && t.bytes().all(|b| b.is_ascii_digit());
    if !digits(number) || !digits(count) {
        return None;
    }
    Some((number.parse().ok()?, count.parse().ok()?))
}

/// The rest of each file name that begins with `prefix`, in order.
pub(crate) fn suffixes(prefix: &Path) -> Vec<String> {
    let Some(name) = prefix.file_name().and_then(|n| n.to_str()) else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(folder(prefix)) else { return Vec::new() };
    let names = entries.filter_map(|e| e.ok()?.file_name().into_string().ok());
    let mut all: Vec<_> = names.filter_map(|n| Some(n.strip_prefix(name)?.to_owned())).collect();
    all.sort();
    all
}

/// The folder that `path` lies in.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The shards that lie beside `prefix`, each as its number and the count in its name.
pub(crate) fn on_disk(prefix: &Path) -> Vec<(u32, u32)> {
    suffixes(prefix).iter().filter_map(|s| parse_suffix(s.strip_prefix(".data")?)).collect()
}

/// The counts of shards that files of this prefix name, in order.
pub(crate) fn counts_on_disk(prefix: &Path) -> Vec<u32> {
    let mut counts: Vec<u32> = on_disk(prefix).into_iter().map(|(_, count)| count).collect();
    counts.sort_unstable();
    counts.dedup();
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        let path = path(Path::new("a/b"), 3, 123_456);
        assert_eq!(path, Path::new("a/b.data-00003-of-123456"));
        assert_eq!(parse_suffix("-00003-of-123456"), Some((3, 123_456)));
        assert_eq!(parse_suffix("-3-of-5"), None);
        assert_eq!(parse_suffix("-00003-of-00005.tmp"), None);
    }

    #[test]
    fn a_wrong_count_is_mended_by_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("x");
        std::fs::write(path(&prefix, 0, 1), b"abc").unwrap();
        let shards = Shards::find(&prefix, 2, [0, 1]);
        assert_eq!(shards.count(), 1);
        assert_eq!(shards.cut(&Region { at: 1, size: 2, ..Region::default() }).unwrap(), b"bc");
        let far = Region { at: u64::MAX, size: 2, ..Region::default() };
        assert_eq!(shards.cut(&far).unwrap_err().kind, ErrorKind::Truncated);
        assert_eq!(shards.get(1).unwrap_err(), Error::new(ErrorKind::MissingShard, 1));
        assert_eq!(shards.get(7).unwrap_err(), Error::new(ErrorKind::MissingShard, 7));
    }
}
