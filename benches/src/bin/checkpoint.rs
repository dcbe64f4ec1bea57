//! One job on checkpoints, timed from inside: what `against_tensorflow.py` sets beside TensorFlow's own
//! calls.
//!
//! ```text
//! checkpoint make PREFIX TENSORS MIB | sum PREFIX | read PREFIX [THREADS] | list PREFIX
//!          | write PREFIX OUT | average PREFIX... OUT
//! ```
//!
//! Prints one line of JSON, see [`floe_benches::job`].

use floe::checkpoint::{Checkpoint, Result, WriteOptions, Writer, average};
use floe::graph::{DType, Payload, Shape, TensorId, TensorSource, TensorView, map};
use floe_benches::job::{Begun, Done, number, report, warm};
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match &args[..] {
        ["make", prefix, tensors, mib] => make(prefix, number(tensors), number(mib)),
        ["sum", prefix] => warm(|| sum(prefix)),
        ["read", prefix] => warm(|| read(prefix, 1)),
        ["read", prefix, threads] => warm(|| read(prefix, number(threads))),
        ["list", prefix] => warm(|| list(prefix)),
        ["write", prefix, out] => write(prefix, out),
        ["average", sources @ .., out] if !sources.is_empty() => mean(sources, out),
        _ => {
            eprintln!("usage: checkpoint make|sum|read|list|write|average PREFIX …");
            return ExitCode::from(2);
        }
    };
    report(done)
}

/// Writes so many tensors of the same size, of pseudo-random floats, so many MiB in all.
fn make(prefix: &str, tensors: u64, mib: u64) -> Result<Done> {
    let begun = Begun::now();
    let options = WriteOptions::default().replace(true).sync(false);
    let mut writer = Writer::create(prefix, options)?;
    let elements = ((mib << 18) / tensors).max(1);
    let dims = [elements.cast_signed()];
    let mut bytes = vec![0; elements as usize * 4];
    let mut state = 1u64;
    for i in 0..tensors {
        for word in bytes.chunks_exact_mut(4) {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            word.copy_from_slice(&((state >> 40) as f32 / 1e6).to_le_bytes());
        }
        let view = TensorView::new(DType::Float32, Shape::I64(&dims), Payload::Raw(&bytes));
        writer.add(&format!("model/layer_{i:06}/kernel"), &view)?;
    }
    writer.finish()?;
    Ok(Done::now(begun, tensors))
}

/// The bar for reading: all bytes of the data file mapped and summed by one thread, nothing else.
fn sum(prefix: &str) -> Result<Done> {
    let begun = Begun::now();
    let bytes = map::open(format!("{prefix}.data-00000-of-00001")).expect("a bundle of one shard");
    black_box(crc32c::crc32c(&bytes));
    Ok(Done::now(begun, bytes.len() as u64))
}

/// Opens the checkpoint and reads every tensor, its checksum found right.
fn read(prefix: &str, threads: u64) -> Result<Done> {
    let begun = Begun::now();
    let checkpoint = Checkpoint::open(prefix)?;
    let source = &checkpoint;
    let (next, bytes) = (AtomicU32::new(0), AtomicU64::new(0));
    let work = || {
        loop {
            let id = TensorId(next.fetch_add(1, Ordering::Relaxed));
            if id.0 >= source.tensor_count() {
                return Ok(());
            }
            let view = source.tensor(id).map_err(|e| checkpoint.explain(id, e))?;
            bytes.fetch_add(view.raw().map_or(0, |raw| raw.len() as u64), Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mine = work();
        others.into_iter().map(|t| t.join().expect("no panic")).fold(mine, Result::and)
    })?;
    Ok(Done::now(begun, bytes.into_inner()))
}

/// Opens the checkpoint and asks for every name, dtype and shape.
fn list(prefix: &str) -> Result<Done> {
    let begun = Begun::now();
    let checkpoint = Checkpoint::open(prefix)?;
    let source = &checkpoint;
    let mut count = 0;
    for id in (0..source.tensor_count()).map(TensorId) {
        let name = source.tensor_name(id).map_err(|e| checkpoint.explain(id, e))?;
        let view = source.tensor_info(id).map_err(|e| checkpoint.explain(id, e))?;
        count += u64::from(!black_box(name).is_empty() && black_box(view).shape.rank().is_some());
    }
    Ok(Done::now(begun, count))
}

/// Writes the tensors of a checkpoint, which were read and are in memory by then, without waiting for the
/// disk.
fn write(prefix: &str, out: &str) -> Result<Done> {
    let checkpoint = Checkpoint::open(prefix)?;
    let source = &checkpoint;
    let ids = (0..source.tensor_count()).map(TensorId);
    let read = |id| Ok((source.tensor_name(id)?, source.tensor(id)?));
    let all = ids.map(|id| read(id).map_err(|e| checkpoint.explain(id, e)));
    let all = all.collect::<Result<Vec<_>>>()?;
    let begun = Begun::now();
    let mut writer = Writer::create(out, WriteOptions::default().replace(true).sync(false))?;
    for (name, view) in &all {
        writer.add(name, view)?;
    }
    writer.finish()?;
    Ok(Done::now(begun, all.len() as u64))
}

/// Averages checkpoints, without waiting for the disk.
fn mean(sources: &[&str], out: &str) -> Result<Done> {
    let begun = Begun::now();
    let sources: Vec<_> = sources.iter().map(Checkpoint::open).collect::<Result<_>>()?;
    let writer = Writer::create(out, WriteOptions::default().replace(true).sync(false))?;
    average(&sources, writer, &|_| {})?;
    Ok(Done::now(begun, sources.len() as u64))
}
