//! Opening, inspecting, verifying and freezing the small models of `tests/fixtures/`: what every command
//! pays before it does anything.
//!
//! `cargo bench -p floe-benches --bench open`. For large files, and TensorFlow beside Floe, see
//! `against_tensorflow.py`.

#![allow(missing_docs, reason = "the macros of criterion make public items")]

use criterion::{Criterion, criterion_group, criterion_main};
use floe::checkpoint::Checkpoint;
use floe::graph::{Error, TensorId, TensorSource, map, walk};
use floe::savedmodel::{FreezeOptions, SavedModel};
use floe::tflite::TfLite;
use floe::tflite::verify::{Options, verify};
use std::hint::black_box;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/digits").join(name)
}

fn tflite(c: &mut Criterion) {
    let bytes = map::open(fixture("tflite/int8.tflite")).unwrap();
    let mut group = c.benchmark_group("tflite");
    group.bench_function("parse", |b| b.iter(|| TfLite::parse(black_box(&bytes)).unwrap()));
    group.bench_function("verify", |b| {
        b.iter(|| assert!(verify(black_box(&bytes), &Options::default(), &mut |_| {})));
    });
    group.bench_function("op histogram", |b| {
        let model = TfLite::parse(&bytes).unwrap();
        b.iter(|| walk::op_histogram(black_box(&model)).unwrap());
    });
    group.finish();
}

fn checkpoint(c: &mut Criterion) {
    let path = fixture("checkpoint/ckpt-1");
    let mut group = c.benchmark_group("checkpoint");
    group.bench_function("open", |b| b.iter(|| Checkpoint::open(black_box(&path)).unwrap()));
    group.bench_function("open and read all", |b| {
        b.iter(|| {
            let checkpoint = Checkpoint::open(black_box(&path)).unwrap();
            let mut bytes = 0;
            for id in (0..(&checkpoint).tensor_count()).map(TensorId) {
                let view = (&checkpoint).tensor(id).unwrap();
                if view.dtype.bytes().is_some() {
                    view.for_each_chunk(|c| {
                        bytes += c.len();
                        Ok::<_, Error>(())
                    })
                    .unwrap();
                }
            }
            bytes
        });
    });
    group.finish();
}

fn saved_model(c: &mut Criterion) {
    let path = fixture("saved_model");
    let mut group = c.benchmark_group("saved model");
    group.bench_function("open", |b| b.iter(|| SavedModel::open(black_box(&path)).unwrap()));
    group.bench_function("freeze", |b| {
        b.iter(|| {
            let model = SavedModel::open(black_box(&path)).unwrap();
            let variables = Checkpoint::open(model.variables_prefix().unwrap()).unwrap();
            model.freeze(Some(&&variables), &FreezeOptions::default()).unwrap()
        });
    });
    group.finish();
}

criterion_group!(open, tflite, checkpoint, saved_model);
criterion_main!(open);
