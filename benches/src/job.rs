//! One job timed from inside its process: what `against_tensorflow.py` sets beside TensorFlow's own calls.
//!
//! A job prints one line of JSON: `seconds`, the job alone without the start of the process; `cpu`, the seconds
//! of them that its thread ran, in itself or in the system for it; `rss`, the peak of resident memory less the
//! pages of maps, in bytes; `count`, so that both sides can be seen to have done the same. What the system does
//! not tell is 0.

use std::fmt::Display;
use std::process::ExitCode;
use std::time::Instant;

/// How a job went.
#[derive(Debug)]
pub struct Done {
    seconds: f64,
    cpu: f64,
    rss: u64,
    count: u64,
}

impl Done {
    /// To be called while what was opened still is, or its maps are not seen.
    #[must_use]
    pub fn now(begun: Begun, count: u64) -> Self {
        let (seconds, cpu) = (begun.at.elapsed().as_secs_f64(), running() - begun.cpu);
        Self { seconds, cpu, rss: resident(), count }
    }
}

/// When a job began.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    at: Instant,
    cpu: f64,
}

impl Begun {
    /// Now.
    #[must_use]
    pub fn now() -> Self {
        Self { at: Instant::now(), cpu: running() }
    }
}

/// Prints how a job went.
pub fn report<E: Display>(done: Result<Done, E>) -> ExitCode {
    match done {
        Ok(Done { seconds, cpu, rss, count }) => {
            println!(
                "{{\"seconds\": {seconds:.6}, \"cpu\": {cpu:.6}, \"rss\": {rss}, \"count\": {count}}}"
            );
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::FAILURE
        }
    }
}

/// The job done seven times, and the middle one of these: what stands beside it is a process that is warm,
/// too.
///
/// # Errors
/// Those of `job`.
pub fn warm<E>(job: impl Fn() -> Result<Done, E>) -> Result<Done, E> {
    const TIMES: usize = 7;
    let mut all = (0..TIMES).map(|_| job()).collect::<Result<Vec<_>, E>>()?;
    all.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    Ok(all.swap_remove(TIMES / 2))
}

/// The number that an argument is.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn number(text: &str) -> u64 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

/// Seconds that the process's first thread has run.
fn running() -> f64 {
    let spent = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    spent.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// The peak of resident memory less what maps of files take of it.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = |key: &str| -> u64 {
        let line = status.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':'));
        line.and_then(|l| l.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
    };
    kib("VmHWM").saturating_sub(kib("RssFile")) << 10
}
