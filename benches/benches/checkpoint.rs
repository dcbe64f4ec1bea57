//! Checkpoints of many tensors and of large ones: opening, reading, writing, averaging.
//!
//! `cargo bench -p floe-benches --bench checkpoint`; `FLOE_BENCH_MIB` is the size of the large ones, 256
//! by default. TensorFlow beside Floe: `against_tensorflow.py`.

#![allow(missing_docs, reason = "the macros of criterion make public items")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use floe::checkpoint::{Checkpoint, WriteOptions, Writer, average};
use floe::graph::{DType, Payload, Shape, TensorId, TensorSource, TensorView};
use std::hint::black_box;
use std::path::{Path, PathBuf};

/// As many tensors as a ResNet-50 with momentum has.
const TENSORS: u64 = 393;

fn options() -> WriteOptions {
    WriteOptions::default().replace(true).sync(false)
}

/// Writes so many tensors of so many float32 elements.
fn written(folder: &Path, name: &str, tensors: u64, elements: u64) -> PathBuf {
    let prefix = folder.join(name);
    let bytes: Vec<u8> = (0..elements).flat_map(|i| (i as f32).to_le_bytes()).collect();
    let dims = [elements.cast_signed()];
    let mut writer = Writer::create(&prefix, options()).unwrap();
    for i in 0..tensors {
        let view = TensorView::new(DType::Float32, Shape::I64(&dims), Payload::Raw(&bytes));
        writer.add(&format!("model/layer_{i:06}/kernel"), &view).unwrap();
    }
    writer.finish().unwrap();
    prefix
}

fn read_all(prefix: &Path) -> usize {
    let checkpoint = Checkpoint::open(prefix).unwrap();
    let ids = (0..(&checkpoint).tensor_count()).map(TensorId);
    ids.map(|id| (&checkpoint).tensor(id).unwrap().raw().unwrap().len()).sum()
}

fn many(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let mut group = c.benchmark_group("many tensors");
    for count in [10_000, 100_000] {
        let prefix = written(folder.path(), &count.to_string(), count, 4);
        group.bench_function(BenchmarkId::new("open and list", count), |b| {
            b.iter(|| {
                let checkpoint = Checkpoint::open(black_box(&prefix)).unwrap();
                let source = &checkpoint;
                let ids = (0..source.tensor_count()).map(TensorId);
                ids.filter(|&id| source.tensor_name(id).is_ok() && source.tensor_info(id).is_ok())
                    .count()
            });
        });
        group.bench_function(BenchmarkId::new("open and read all", count), |b| {
            b.iter(|| read_all(black_box(&prefix)));
        });
    }
    group.finish();
}

fn large(c: &mut Criterion) {
    let mib: u64 = std::env::var("FLOE_BENCH_MIB").ok().and_then(|v| v.parse().ok()).unwrap_or(256);
    let folder = tempfile::tempdir().unwrap();
    let elements = (mib << 18) / TENSORS;
    let prefix = written(folder.path(), "large", TENSORS, elements);
    let mut group = c.benchmark_group(format!("{mib} MiB"));
    group.sample_size(10).throughput(Throughput::Bytes(mib << 20));
    group.bench_function("read all", |b| b.iter(|| read_all(black_box(&prefix))));
    group.bench_function("verify", |b| {
        b.iter(|| {
            let report = floe::checkpoint::verify(black_box(&prefix), &|_| {});
            assert!(report.faults.is_empty());
        });
    });
    group.bench_function("write", |b| {
        b.iter(|| written(folder.path(), "written", TENSORS, elements));
    });
    group.bench_function("average of 3", |b| {
        let sources: Vec<_> = (0..3).map(|_| Checkpoint::open(&prefix).unwrap()).collect();
        b.iter(|| {
            let writer = Writer::create(folder.path().join("mean"), options()).unwrap();
            average(&sources, writer, &|_| {}).unwrap();
        });
    });
    group.finish();
}

criterion_group!(checkpoint, many, large);
criterion_main!(checkpoint);
