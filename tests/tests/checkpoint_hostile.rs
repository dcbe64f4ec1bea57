//! Checkpoints that lie: nothing panics, no fault hides another tensor, and no allocation is larger than
//! the files and 16 MiB, whatever they claim.

#![expect(unsafe_code, reason = "an allocator that counts can be written in no other way")]

use floe_checkpoint::{Checkpoint, Checksums, Report, Slice, encode_slice};
use floe_graph::{Error, ErrorKind, Payload, TensorId, TensorSource};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator; keeps the size of the largest allocation.
struct Counting;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is the system allocator's doing; only a number is kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.fetch_max(size, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn varint(mut n: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
    out
}

/// A protobuf field of numbers.
fn number(field: u8, n: i64) -> Vec<u8> {
    [vec![field << 3], varint(n as u64)].concat()
}

/// A protobuf field of bytes.
fn bytes(field: u8, content: &[u8]) -> Vec<u8> {
    [vec![field << 3 | 2], varint(content.len() as u64), content.to_vec()].concat()
}

fn shape(dims: &[i64]) -> Vec<u8> {
    let dims = dims.iter().map(|&d| bytes(2, &number(1, d)));
    bytes(2, &dims.collect::<Vec<_>>().concat())
}

fn entry(dtype: i64, dims: &[i64], offset: i64, size: i64) -> Vec<u8> {
    [number(1, dtype), shape(dims), number(4, offset), number(5, size)].concat()
}

fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// A block's payload with its type and checksum.
fn sealed(payload: &[u8], kind: u8) -> Vec<u8> {
    let mut block = payload.to_vec();
    block.push(kind);
    block.extend(masked(&block));
    block
}

/// The payload of a block of these entries, each with the bytes it shares with the key before.
fn payload(entries: &[(usize, &[u8], &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (shared, own, value) in entries {
        for n in [*shared, own.len(), value.len()] {
            out.extend(varint(n as u64));
        }
        out.extend_from_slice(own);
        out.extend_from_slice(value);
    }
    out.extend([0, 0, 0, 0, 1, 0, 0, 0]);
    out
}

/// A table of one data block.
fn table_of(block: &[u8], kind: u8) -> Vec<u8> {
    let handle = |at: usize, size: usize| [varint(at as u64), varint(size as u64)].concat();
    let mut file = sealed(block, kind);
    let index = payload(&[(0, b"\xff\xff", &handle(0, block.len()))]);
    let index_at = file.len();
    file.extend(sealed(&index, 0));
    let mut footer = [handle(0, 0), handle(index_at, index.len())].concat();
    footer.resize(40, 0);
    file.extend(footer);
    file.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
    file
}

const HEADER: &[u8] = &[8, 1, 0x1a, 2, 8, 1];

/// An index with a header of one shard and these entries.
fn index(entries: &[(&[u8], Vec<u8>)]) -> Vec<u8> {
    let header: (usize, &[u8], &[u8]) = (0, b"", HEADER);
    let all: Vec<_> =
        [header].into_iter().chain(entries.iter().map(|(k, v)| (0, *k, &v[..]))).collect();
    table_of(&payload(&all), 0)
}

/// Asks for everything in a checkpoint; gives what is wrong with each tensor.
fn ask(checkpoint: &Checkpoint) -> Vec<Option<ErrorKind>> {
    let ids = (0..checkpoint.tensor_count()).map(TensorId);
    let read = |id| {
        checkpoint.tensor_name(id)?;
        let view = checkpoint.tensor(id)?;
        if let Payload::Strings(strings) = view.payload {
            return strings.iter().try_for_each(|s| s.map(drop));
        }
        let mut left = 64 << 20;
        view.for_each_chunk(|c| {
            left -= c.len().min(left);
            if left == 0 { Err(Error::new(ErrorKind::Limit, 0)) } else { Ok(()) }
        })
    };
    let all = ids.map(|id| read(id).err().map(|e| e.kind)).collect();
    drop(checkpoint.verify(&|_| {}));
    let _ = checkpoint.objects();
    all
}

/// Opens a bundle under the eye of the counting allocator.
fn attacked(index: Vec<u8>, data: Vec<u8>) -> Result<Vec<Option<ErrorKind>>, String> {
    let size = index.len() + data.len();
    let (index, data) = (index.into(), data.into());
    LARGEST.store(0, Ordering::Relaxed);
    let result = Checkpoint::from_bytes(index, [data], Checksums::IfPresent)
        .map(|c| ask(&c))
        .map_err(|e| e.to_string());
    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(largest <= size + (16 << 20), "{largest} bytes at once for files of {size}");
    result
}

/// What is said of an index over `len` bytes of data.
fn verified(index: &[u8], len: usize) -> Report {
    let index = bytes::Bytes::copy_from_slice(index);
    let opened = Checkpoint::from_bytes(index, [vec![1; len].into()], Checksums::IfPresent);
    opened.unwrap().verify(&|_| {})
}

/// All attacks run in one test: the allocator counts for the whole process.
#[test]
fn nothing_that_lies_gets_its_way() {
    entries_that_tensorflow_dies_of();
    tables_that_tensorflow_takes();
    bombs();
    slices_that_are_not_there();
    first_versions();
    object_graphs();
}

fn entries_that_tensorflow_dies_of() {
    use ErrorKind as K;
    let huge = 1 << 40;
    for (what, lie, kind) in [
        ("dtype 0", entry(0, &[1], 0, 4), K::UnknownDType),
        ("dtype 999", entry(999, &[1], 0, 4), K::UnknownDType),
        ("a reference type", entry(101, &[1], 0, 4), K::UnknownDType),
        ("a resource", entry(20, &[1], 0, 4), K::DTypeHasNoBytes),
        ("a size that overflows", entry(1, &[huge, huge], 0, 4), K::Overflow),
        ("more elements than bytes", entry(1, &[huge], 0, 4), K::LengthMismatch),
        ("fewer elements than bytes", entry(1, &[1], 0, 8), K::LengthMismatch),
        ("a negative dimension", entry(1, &[-1], 0, 4), K::UnknownShape),
        ("a negative offset", entry(1, &[1], -4, 4), K::OutOfBounds),
        ("a negative size", entry(1, &[1], 0, -4), K::OutOfBounds),
        ("an offset beyond the shard", entry(1, &[1], huge, 4), K::Truncated),
        ("an end beyond all numbers", entry(1, &[1], i64::MAX, i64::MAX), K::Truncated),
        (
            "a shard that is not there",
            [entry(1, &[1], 0, 4), number(3, 7)].concat(),
            K::MissingShard,
        ),
        ("a negative shard", [entry(1, &[1], 0, 4), number(3, -1)].concat(), K::OutOfBounds),
        ("strings beyond counting", entry(7, &[huge], 0, 16), K::LengthMismatch),
        ("variants beyond counting", entry(21, &[huge], 0, 16), K::Malformed),
        ("a message that is none", vec![0x0b], K::Malformed),
        ("a rank beyond all", entry(1, &[1; 255], 0, 4), K::Limit),
    ] {
        let good = entry(1, &[4], 0, 16);
        let found = attacked(index(&[(b"bad", lie), (b"good", good)]), vec![0xff; 16]);
        if kind == K::Limit {
            assert!(found.unwrap_err().contains("limit"), "{what}");
        } else {
            assert_eq!(found, Ok(vec![Some(kind), None]), "{what}");
        }
    }
}

fn tables_that_tensorflow_takes() {
    let one = || entry(4, &[1], 0, 1);
    // Unsorted: lists all, and here also finds all. What TensorFlow takes in silence, `verify` names.
    let unsorted = index(&[(b"b", one()), (b"a", one())]);
    assert!(verified(&unsorted, 1).faults[0].to_string().contains("not in order or repeat"));
    assert_eq!(attacked(unsorted, vec![1]), Ok(vec![None, None]));
    let repeated = index(&[(b"a", one()), (b"a", one())]);
    assert!(verified(&repeated, 1).faults[0].to_string().contains("not in order or repeat"));
    assert_eq!(attacked(repeated, vec![1]), Ok(vec![None, None]));
    let overlapping = index(&[(b"a", entry(4, &[2], 0, 2)), (b"b", entry(4, &[2], 1, 2))]);
    assert!(verified(&overlapping, 3).notes[0].what.contains("overlap"));
    assert_eq!(attacked(overlapping, vec![1; 3]), Ok(vec![None, None]));
    let headless = table_of(&payload(&[(0, b"a", &one())]), 0);
    assert!(attacked(headless, vec![1]).unwrap_err().contains("missing"));
    let refused = table_of(&payload(&[(0, b"", &[8, 1, 0x1a, 2, 16, 9])]), 0);
    assert!(attacked(refused, vec![]).unwrap_err().contains("version"));
    let many =
        table_of(&payload(&[(0, b"", &[8, 0xff, 0xff, 0xff, 0xff, 7]), (0, b"a", &one())]), 0);
    assert_eq!(attacked(many, vec![1]), Ok(vec![None]));
    let not_text = index(&[(b"\xff\xfe", one())]);
    assert_eq!(attacked(not_text, vec![1]), Ok(vec![Some(ErrorKind::NotUtf8)]));
}

fn bombs() {
    // Every key shares a long prefix with the one before: a few bytes stand for many.
    let prefix = vec![b'x'; 100_000];
    let mut entries: Vec<(usize, &[u8], &[u8])> = vec![(0, b"", HEADER), (0, &prefix, &[])];
    let one: &[u8] = b"y";
    entries.extend((0..200_000).map(|_| (100_000, one, &[][..])));
    assert!(attacked(table_of(&payload(&entries), 0), vec![]).unwrap_err().contains("limit"));
    // As many entries as bytes allow.
    let mut entries: Vec<(usize, &[u8], &[u8])> = vec![(0, b"", HEADER)];
    let keys: Vec<[u8; 3]> =
        (0..200_000u32).map(|i| [(i >> 16) as u8, (i >> 8) as u8, i as u8]).collect();
    entries.extend(keys.iter().map(|k| (0, &k[..], &[][..])));
    assert!(attacked(table_of(&payload(&entries), 0), vec![]).is_ok());
    // Compressed blocks that claim, and that are, much larger than the file.
    let claims = [varint(0xffff_ffff), vec![0; 8]].concat();
    assert!(attacked(table_of(&claims, 1), vec![]).unwrap_err().contains("limit"));
    let mut grows = varint(64 << 20);
    grows.extend([0, b'a']);
    grows.extend([0xfe, 1, 0].repeat(1 << 20));
    assert!(attacked(table_of(&grows, 1), vec![]).is_err());
    // An index handle far outside, and a restart count beyond its block.
    let mut far = index(&[]);
    let at = far.len() - 48;
    let handle = [varint(0), varint(0), varint(1 << 40), varint(1 << 40)].concat();
    far[at..at + handle.len()].copy_from_slice(&handle);
    assert!(attacked(far, vec![]).unwrap_err().contains("outside"));
    assert!(attacked(table_of(&[0xff; 8], 0), vec![]).is_err());
    for cut in 0..index(&[(b"a", entry(4, &[1], 0, 1))]).len() {
        let whole = index(&[(b"a", entry(4, &[1], 0, 1))]);
        assert!(attacked(whole[..cut].to_vec(), vec![1]).is_err());
    }
}

fn slices_that_are_not_there() {
    let huge = 1 << 40;
    let part = |start: i64, length: i64| {
        bytes(7, &bytes(1, &[number(1, start), number(2, length)].concat()))
    };
    let key = |text: &str| encode_slice(b"v", &Slice::parse(text).unwrap());
    // The full shape claims more than any machine has, one slice of it is there.
    let full = [number(1, 4), shape(&[huge]), part(0, 4)].concat();
    let first = key("0,4");
    let found = attacked(index(&[(&first, entry(4, &[4], 0, 4)), (b"v", full)]), vec![7; 4]);
    assert_eq!(found, Ok(vec![Some(ErrorKind::NoData)]));
    // Slices outside the tensor, of another rank, of another dtype, and without an entry.
    for (lie, own, kind) in [
        ([part(3, 2), part(0, 1)].concat(), entry(4, &[4], 0, 4), ErrorKind::OutOfBounds),
        (bytes(7, &[]), entry(4, &[4], 0, 4), ErrorKind::UnknownShape),
        (part(0, 4), entry(6, &[4], 0, 4), ErrorKind::Malformed),
        (part(1, 3), entry(4, &[4], 0, 4), ErrorKind::NoData),
        (part(-1, 3), entry(4, &[4], 0, 4), ErrorKind::OutOfBounds),
    ] {
        let full = [number(1, 4), shape(&[4]), lie].concat();
        let found = attacked(index(&[(&first, own), (b"v", full)]), vec![7; 4]);
        assert_eq!(found.map(|all| all.last().copied()), Ok(Some(Some(kind))));
    }
    // Slices by the hundred thousand, none of them there.
    let many = (0..100_000).map(|i| part(i, 1));
    let full = [number(1, 4), shape(&[huge]), many.collect::<Vec<_>>().concat()].concat();
    assert!(attacked(index(&[(b"v", full)]), vec![]).is_ok_and(|all| all[0].is_some()));
    // Strings in slices, more than could be.
    let full = [number(1, 7), shape(&[huge]), part(0, 4)].concat();
    let found = attacked(index(&[(&first, entry(7, &[4], 0, 4)), (b"v", full)]), vec![0; 4]);
    assert_eq!(found, Ok(vec![Some(ErrorKind::Limit)]));
}

fn first_versions() {
    let attacked = |meta: Vec<u8>, entries: Vec<(Vec<u8>, Vec<u8>)>| {
        let value = bytes(1, &meta);
        let mut all: Vec<(usize, &[u8], &[u8])> = vec![(0, b"", &value)];
        all.extend(entries.iter().map(|(k, v)| (0, &k[..], &v[..])));
        let file = table_of(&payload(&all), 0);
        let size = file.len();
        LARGEST.store(0, Ordering::Relaxed);
        let found = Checkpoint::from_v1_bytes([file.into()], Checksums::Always).map(|c| ask(&c));
        let largest = LARGEST.load(Ordering::Relaxed);
        assert!(largest <= size + (16 << 20), "{largest} bytes at once for a file of {size}");
        found.map_err(|e| e.to_string())
    };
    let tensor = |dtype: i64, dims: &[i64]| {
        bytes(
            1,
            &[bytes(1, b"v"), shape(dims), number(3, dtype), bytes(4, &bytes(1, &[]))].concat(),
        )
    };
    let key = encode_slice(b"v", &Slice::parse("-").unwrap());
    let value = |proto: &[u8]| bytes(2, &bytes(3, proto));
    let floats = bytes(5, &1.0f32.to_le_bytes());
    let good = attacked(tensor(1, &[1]), vec![(key.clone(), value(&floats))]);
    assert_eq!(good, Ok(vec![None]));
    for (what, meta, proto, kind) in [
        ("a splat", tensor(1, &[1 << 40]), floats.clone(), ErrorKind::LengthMismatch),
        ("nothing", tensor(1, &[1]), vec![], ErrorKind::LengthMismatch),
        ("another field", tensor(9, &[1]), floats.clone(), ErrorKind::LengthMismatch),
        ("an unfinished varint", tensor(9, &[1]), bytes(10, &[0x80]), ErrorKind::Malformed),
        ("an unknown dtype", tensor(77, &[1]), vec![], ErrorKind::UnknownDType),
        ("a negative dimension", tensor(1, &[-2]), vec![], ErrorKind::UnknownShape),
    ] {
        let found = attacked(meta, vec![(key.clone(), value(&proto))]);
        assert_eq!(found, Ok(vec![Some(kind)]), "{what}");
    }
    let missing = attacked(tensor(1, &[1]), vec![]);
    assert_eq!(missing, Ok(vec![Some(ErrorKind::NoData)]));
    assert!(
        attacked([tensor(1, &[1]), tensor(2, &[1])].concat(), vec![]).is_err(),
        "one name, two dtypes"
    );
    let strings =
        attacked(tensor(7, &[1 << 40]), vec![(key, value(&bytes(8, b"x").repeat(100_000)))]);
    assert_eq!(strings, Ok(vec![Some(ErrorKind::LengthMismatch)]));
}

fn object_graphs() {
    // Two bytes a node: an empty one. A chain of nodes whose paths grow with its square.
    let name = vec![b'n'; 1000];
    let child = |i: i64| bytes(1, &bytes(1, &[number(1, i), bytes(2, &name)].concat()));
    let chain: Vec<u8> = (1..3000).flat_map(child).chain(bytes(1, &[])).collect();
    for graph in [bytes(1, &[]).repeat(2_000_000), chain, bytes(1, &bytes(1, &number(1, 9)))] {
        let lengths = varint(graph.len() as u64);
        let fixed = masked(&(graph.len() as u32).to_le_bytes());
        let data = [&lengths[..], &fixed, &graph].concat();
        let value = entry(7, &[], 0, data.len() as i64);
        let found = attacked(index(&[(b"_CHECKPOINTABLE_OBJECT_GRAPH", value)]), data);
        assert_eq!(found, Ok(vec![None]));
    }
}
