use super::*;
use crate::{Checkpoint, Checksums};
use floe_graph::{Payload, Strings, TensorId, TensorSource, Width};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A disk whose machine goes down at operation number `left`: that one is done by half, later ones
/// not at all, and what was not synced is lost.
#[derive(Clone)]
struct Dying {
    left: Arc<AtomicUsize>,
    unsynced: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl Dying {
    fn after(operations: usize) -> Self {
        Self { left: Arc::new(AtomicUsize::new(operations)), unsynced: Arc::default() }
    }

    /// Counts an operation; the error of a machine that is down.
    fn operate(&self) -> io::Result<()> {
        let down = |_| io::Error::other("the machine is down");
        let count = |n: usize| n.checked_sub(1);
        self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, count).map(drop).map_err(down)
    }

    fn is_down(&self) -> bool {
        self.left.load(Ordering::SeqCst) == 0
    }

    /// What a power cut does to files that were not synced.
    fn lose(&self) {
        for path in &*self.unsynced.lock().unwrap() {
            let file = fs::OpenOptions::new().write(true).open(path);
            if let Ok(file) = file {
                let half = file.metadata().unwrap().len() / 2;
                file.set_len(half).unwrap();
            }
        }
    }
}

struct DyingFile {
    disk: Dying,
    path: PathBuf,
    file: fs::File,
}

impl Write for DyingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(e) = self.disk.operate() {
            let _ = self.file.write(&bytes[..bytes.len() / 2]);
            return Err(e);
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl NewFile for DyingFile {
    fn sync(&mut self) -> io::Result<()> {
        self.disk.operate()?;
        self.disk.unsynced.lock().unwrap().remove(&self.path);
        Ok(())
    }
}

impl Disk for Dying {
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        self.operate()?;
        let file = fs::File::create(path)?;
        self.unsynced.lock().unwrap().insert(path.to_owned());
        Ok(Box::new(DyingFile { disk: self.clone(), path: path.to_owned(), file }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.operate()?;
        let mut unsynced = self.unsynced.lock().unwrap();
        if unsynced.remove(from) {
            unsynced.insert(to.to_owned());
        }
        fs::rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.operate()?;
        fs::hard_link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.operate()?;
        fs::remove_file(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.operate()?;
        fs::create_dir_all(path)
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.operate()
    }
}

/// The tensors `a0`, `a1` … whose elements are all `fill`, more of them and larger for larger `fill`.
fn write(disk: Box<dyn Disk>, prefix: &Path, shards: u32, fill: u8) -> Result<()> {
    let options = WriteOptions::default().shards(shards).replace(true);
    let mut writer = Writer::on(disk, prefix, options)?;
    for i in 0..fill {
        let bytes = vec![fill; 10 * usize::from(fill)];
        let dims = [bytes.len() as i64];
        let view = TensorView::new(DType::Uint8, Shape::I64(&dims), Payload::Raw(&bytes));
        writer.add(&format!("a{i}"), &view)?;
    }
    writer.finish()
}

/// Which `fill` the checkpoint at `prefix` has; it must be whole and every file where its header says.
fn whole(prefix: &Path) -> Option<u8> {
    if !with_suffix(prefix, ".index").exists() {
        return None;
    }
    let checkpoint = Checkpoint::open(prefix).unwrap();
    let count = checkpoint.header().unwrap().shards;
    for file in checkpoint.files().iter().skip(1) {
        assert!(file.to_string_lossy().ends_with(&format!("-of-{count:05}")) && file.exists());
    }
    let fill = checkpoint.get("a0").unwrap().raw().unwrap()[0];
    assert_eq!(checkpoint.len(), usize::from(fill));
    for i in 0..fill {
        let view = checkpoint.get(&format!("a{i}")).unwrap();
        assert_eq!(view.raw().unwrap(), vec![fill; 10 * usize::from(fill)]);
    }
    Some(fill)
}

/// Kills the writer at every operation in turn; gives how many there are.
fn kill_everywhere(old: Option<u32>, new: u32) -> usize {
    for operations in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("ck");
        if let Some(shards) = old {
            write(Box::new(System { sync: false }), &prefix, shards, 3).unwrap();
        }
        let before = whole(&prefix);
        let disk = Dying::after(operations);
        let result = write(Box::new(disk.clone()), &prefix, new, 5);
        let died = disk.is_down();
        disk.lose();
        let after = whole(&prefix);
        assert!(after == before || after == Some(5), "{old:?} to {new}, operation {operations}");
        assert!(result.is_err() || after == Some(5));
        // Whatever a dead writer left, the next one is not disturbed.
        write(Box::new(System { sync: false }), &prefix, new, 4).unwrap();
        assert_eq!(whole(&prefix), Some(4));
        if !died {
            return operations;
        }
    }
    unreachable!("the writer ends some time")
}

#[test]
fn a_writer_that_is_killed_anywhere_leaves_the_old_or_the_new_checkpoint() {
    for old in [None, Some(1), Some(2), Some(3)] {
        for new in [1, 2] {
            assert!(kill_everywhere(old, new) > 10);
        }
    }
}

#[test]
fn a_dropped_writer_leaves_no_trace_and_a_finished_one_only_its_files() {
    let dir = tempfile::tempdir().unwrap();
    let prefix = dir.path().join("ck");
    drop(Writer::create(&prefix, WriteOptions::default()).unwrap());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    for shards in [3, 3, 1, 1] {
        write(Box::new(System { sync: false }), &prefix, shards, 2).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), shards as usize + 1);
    }
    let e = Writer::create(&prefix, WriteOptions::default()).unwrap_err();
    assert!(e.to_string().contains("already"), "{e}");
}

#[test]
fn tensors_are_aligned_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let prefix = dir.path().join("ck");
    let mut writer = Writer::create(&prefix, WriteOptions::default().align(64)).unwrap();
    for (name, bytes) in [("a", &[1u8; 3][..]), ("b", &[2; 64]), ("c", &[3; 1])] {
        let dims = [bytes.len() as i64];
        writer
            .add(name, &TensorView::new(DType::Uint8, Shape::I64(&dims), Payload::Raw(bytes)))
            .unwrap();
    }
    writer.finish().unwrap();
    let checkpoint = Checkpoint::open(&prefix).unwrap();
    let offsets: Vec<_> =
        ["a", "b", "c"].iter().map(|n| checkpoint.get(n).unwrap().offset).collect();
    assert_eq!(offsets, [0, 64, 128]);
    assert_eq!(checkpoint.get("c").unwrap().raw().unwrap(), [3]);
}

#[test]
fn names_are_written_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(dir.path().join("ck"), WriteOptions::default()).unwrap();
    let view = TensorView::new(DType::Uint8, Shape::I64(&[1]), Payload::Raw(&[1]));
    writer.add("a", &view).unwrap();
    assert!(writer.add("a", &view).is_err());
    assert!(writer.add("", &view).is_err());
    let slice = Slice::parse("0,1").unwrap();
    assert!(writer.add_slice("a", &[2], &slice, &view).is_err());
    assert!(writer.add_slice("b", &[2], &Slice::parse("1,2").unwrap(), &view).is_err());
    assert!(writer.add_slice("b", &[3], &Slice::parse("1,2").unwrap(), &view).is_err());
    assert!(writer.finish().is_ok());
}

/// A tensor of any kind that a bundle stores, in one piece or in two slices.
#[derive(Clone, Debug)]
struct Tensor {
    dtype: DType,
    dims: Vec<i64>,
    raw: Vec<u8>,
    lengths: Vec<u8>,
    /// Where along the first axis it is cut.
    cut: Option<i64>,
}

impl Tensor {
    fn view(&self) -> TensorView<'_> {
        let payload = match self.dtype {
            DType::String | DType::Variant => {
                let count = self.dims.iter().product::<i64>() as usize;
                Payload::Strings(Strings::Lengths {
                    count,
                    lengths: &self.lengths,
                    bytes: &self.raw,
                })
            }
            _ => Payload::Raw(&self.raw),
        };
        TensorView::new(self.dtype, Shape::I64(&self.dims), payload)
    }

    fn write(&self, name: &str, writer: &mut Writer) -> Result<()> {
        let Some(cut) = self.cut else { return writer.add(name, &self.view()) };
        for (start, length) in [(cut, self.dims[0] - cut), (0, cut)] {
            let mut extents = vec![Extent::Whole; self.dims.len()];
            extents[0] = Extent::Range { start, length };
            let slice = Slice::new(extents);
            let part = slice.cut(&self.view()).unwrap();
            writer.add_slice(name, &self.dims, &slice, &part.view())?;
        }
        Ok(())
    }
}

fn tensor() -> impl Strategy<Value = Tensor> {
    let stored: Vec<DType> = DType::ALL.iter().copied().filter(|&d| d != DType::Resource).collect();
    let dims = proptest::collection::vec(0i64..5, 0..4);
    let all = (proptest::sample::select(stored), dims, any::<u64>(), 1..9i64);
    all.prop_map(|(dtype, dims, seed, cut)| {
        let count = dims.iter().product::<i64>() as usize;
        let byte = |i: usize| (seed.rotate_left(i as u32 * 7) ^ i as u64) as u8;
        let lengths: Vec<u8> = (0..count).map(|i| byte(i) % 9).collect();
        let len = match dtype.bytes() {
            Some(width) => count * width,
            None => lengths.iter().map(|&l| usize::from(l)).sum(),
        };
        let raw = (0..len).map(|i| narrow(dtype, byte(i))).collect();
        let sliced = dtype != DType::Variant && dims.first().is_some_and(|&d| cut < d);
        Tensor { dtype, dims, raw, lengths, cut: sliced.then_some(cut) }
    })
}

/// A byte of the raw form of `dtype`.
fn narrow(dtype: DType, byte: u8) -> u8 {
    match dtype.width() {
        Width::Bits(bits) => crate::coded::low_bits(byte, bits, dtype.is_signed_subbyte()),
        _ if dtype == DType::Bool => byte & 1,
        _ => byte,
    }
}

/// All elements, each string or the raw form.
fn elements(view: &TensorView<'_>) -> floe_graph::Result<Vec<Vec<u8>>> {
    match view.payload {
        Payload::Strings(strings) => strings.iter().map(|s| s.map(<[u8]>::to_vec)).collect(),
        _ => Ok(vec![view.bytes(1 << 20)?.into_owned()]),
    }
}

fn same(a: &TensorView<'_>, b: &TensorView<'_>) -> bool {
    elements(a).unwrap() == elements(b).unwrap() && a.dtype == b.dtype && a.shape == b.shape
}

/// Writes `tensors`; gives the index and the shards.
fn written(tensors: &BTreeMap<String, Tensor>, options: WriteOptions) -> (Vec<u8>, Vec<Vec<u8>>) {
    let dir = tempfile::tempdir().unwrap();
    let prefix = dir.path().join("ck");
    let mut writer = Writer::create(&prefix, options.sync(false)).unwrap();
    for (name, tensor) in tensors {
        tensor.write(name, &mut writer).unwrap();
    }
    writer.finish().unwrap();
    let index = fs::read(with_suffix(&prefix, ".index")).unwrap();
    let shards = (0..options.shards).map(|n| fs::read(path(&prefix, n, options.shards)).unwrap());
    (index, shards.collect())
}

fn read(index: &[u8], shards: &[Vec<u8>]) -> Result<Checkpoint> {
    let shards = shards.iter().cloned().map(bytes::Bytes::from);
    Checkpoint::from_bytes(index.to_vec().into(), shards, Checksums::Always)
}

fn tensors() -> impl Strategy<Value = BTreeMap<String, Tensor>> {
    proptest::collection::btree_map("\\PC{1,12}", tensor(), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_tensors_are_read_as_they_were_written(tensors in tensors(), shards in 1u32..4, align in 0u32..3) {
        let options = WriteOptions::default().shards(shards).align(1 << (align * 3));
        let (index, shards) = written(&tensors, options);
        let checkpoint = read(&index, &shards).unwrap();
        prop_assert_eq!(checkpoint.len(), tensors.len());
        for (id, (name, tensor)) in (0..).zip(&tensors) {
            prop_assert_eq!((&checkpoint).tensor_name(TensorId(id)), Ok(name.as_str()));
            prop_assert!(same(&checkpoint.get(name).unwrap(), &tensor.view()), "{}", name);
        }
    }

    #[test]
    fn a_flipped_bit_is_an_error_or_changes_nothing(tensors in tensors(), at: prop::sample::Index, bit in 0..8u32) {
        let (mut index, mut shards) = written(&tensors, WriteOptions::default());
        let at = at.index(index.len() + shards[0].len());
        match index.get_mut(at) {
            Some(byte) => *byte ^= 1u8 << bit,
            None => shards[0][at - index.len()] ^= 1u8 << bit,
        }
        let Ok(checkpoint) = read(&index, &shards) else { return Ok(()) };
        let mut readable = 0;
        for (name, tensor) in &tensors {
            if let Some(elements) = checkpoint.get(name).ok().and_then(|v| elements(&v).ok()) {
                prop_assert_eq!(Ok(elements), self::elements(&tensor.view()), "{} after byte {}", name, at);
                readable += 1;
            }
        }
        prop_assert_eq!(checkpoint.len(), tensors.len());
        let report = checkpoint.verify(&|_| {});
        prop_assert_eq!(report.faults.is_empty(), readable == tensors.len(), "{:?} after byte {}", report, at);
    }

    #[test]
    fn slices_are_put_together_again(rows in 1i64..6, columns in 1i64..6, cut in 1i64..6) {
        let cut = cut.min(columns);
        let raw: Vec<u8> = (0..rows * columns).map(|i| i as u8).collect();
        let dims = [rows, columns];
        let whole = TensorView::new(DType::Int8, Shape::I64(&dims), Payload::Raw(&raw));
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("ck");
        let mut writer = Writer::create(&prefix, WriteOptions::default().sync(false).shards(2)).unwrap();
        for text in [format!("-:0,{cut}"), format!("0,{rows}:{cut},{}", columns - cut)] {
            let slice = Slice::parse(&text).unwrap();
            let bytes = slice.cut(&whole).unwrap().view().bytes(1 << 10).unwrap().into_owned();
            let ranges = slice.resolve(whole.shape).unwrap();
            let part: Vec<i64> = ranges.iter().map(|r| r.1 as i64).collect();
            let view = TensorView::new(DType::Int8, Shape::I64(&part), Payload::Raw(&bytes));
            if part[1] > 0 {
                writer.add_slice("v", &dims, &slice, &view).unwrap();
            }
        }
        writer.finish().unwrap();
        let checkpoint = Checkpoint::open(&prefix).unwrap();
        prop_assert!(same(&checkpoint.get("v").unwrap(), &whole));
        prop_assert_eq!(checkpoint.len(), 1);
    }
}
