//! `measure CONTENDER FILE`: how long one contender takes to read one file, and the memory that is in
//! use at most; one line of JSON. A process of its own, so that no other's memory is counted.

use floe_benches::contenders::{ALL, Contender};
use floe_graph::map;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Each time is the median of at least so many runs, and of as many as fit into [`LONG`].
const LEAST: usize = 5;
const LONG: Duration = Duration::from_millis(400);

fn main() {
    let mut args = std::env::args().skip(1);
    let (Some(name), Some(file)) = (args.next(), args.next()) else {
        let all: Vec<_> =
            ALL.iter().map(|c| format!("{}:{}:{}", c.name, c.format, c.checked)).collect();
        println!("{}", all.join("\n"));
        return;
    };
    let contender = ALL.iter().find(|c| c.name == name).expect("a contender's name");
    let Contender { first, all, .. } = contender;
    let data = map::open(&file).expect("the file opens");
    let peak_kib = peak_of(|| all(&data));
    let first_ns = median_ns(|| first(&data));
    let all_ns = median_ns(|| all(&data));
    println!(r#"{{"first_ns": {first_ns}, "all_ns": {all_ns}, "peak_kib": {peak_kib}}}"#);
}

/// The median time of `work` in nanoseconds. Short ones run many times between two looks at the clock.
fn median_ns(work: impl Fn() -> u64) -> f64 {
    let once = timed(1, &work);
    let batch = (Duration::from_micros(200).as_nanos() / once.as_nanos().max(1)).max(1) as u32;
    let begun = Instant::now();
    let mut times = Vec::new();
    while times.len() < LEAST || begun.elapsed() < LONG {
        times.push(timed(batch, &work).as_nanos() as f64 / f64::from(batch));
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn timed(batch: u32, work: impl Fn() -> u64) -> Duration {
    let begun = Instant::now();
    for _ in 0..batch {
        black_box(work());
    }
    begun.elapsed()
}

/// KiB of memory, mapped pages of the file among them, that `work` brings in at most. Linux; else 0.
fn peak_of(work: impl Fn() -> u64) -> u64 {
    // 5 sets the high-water mark to what is in use now.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = status("VmRSS:");
    black_box(work());
    status("VmHWM:").saturating_sub(before)
}

fn status(key: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix(key));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
