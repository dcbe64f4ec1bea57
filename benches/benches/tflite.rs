//! A `.tflite` by Floe, a `.tflite` by the crate `flatbuffers`, the same model's GraphDef by prost.
//!
//! `cargo bench -p floe-benches --bench tflite`: the digits fixture; with `FLOE_MODELS` naming a folder
//! that `models.py` filled, all models there. `against_protobuf.py` prints the whole comparison.

#![allow(missing_docs, reason = "the macros of criterion make public items")]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use floe_benches::contenders::ALL;
use floe_graph::map;
use std::path::{Path, PathBuf};

/// The files to read, without their endings.
fn models() -> Vec<PathBuf> {
    let fixture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/digits/tflite/int8");
    let Some(folder) = std::env::var_os("FLOE_MODELS") else { return vec![fixture] };
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = files.map(|path| path.with_extension("")).collect();
    all.sort();
    all.dedup();
    all
}

fn read_all(c: &mut Criterion) {
    let mut group = c.benchmark_group("every operator and tensor");
    for model in models() {
        for contender in ALL {
            let Ok(data) = map::open(model.with_extension(contender.format)) else { continue };
            let name = model.file_stem().unwrap_or_default().to_string_lossy();
            group.bench_with_input(BenchmarkId::new(contender.name, name), &data, |b, data| {
                b.iter(|| (contender.all)(data));
            });
        }
    }
    group.finish();
}

criterion_group!(tflite, read_all);
criterion_main!(tflite);
