//! One job timed from inside its process: what `against_tensorflow.py` sets beside TensorFlow's own calls.
//!
//! A job prints one line of JSON: `seconds`, the job alone without the start of the process; `rss`, the peak
//! of resident memory less the pages of maps, in bytes, 0 where the system does not say; `count`, so that
//! both sides can be seen to have done the same.

use std::fmt::Display;
use std::process::ExitCode;
use std::time::Instant;

/// How a job went.
#[derive(Debug)]
pub struct Done {
    seconds: f64,
    rss: u64,
    count: u64,
}

impl Done {
    /// To be called while what was opened still is, or its maps are not seen.
    #[must_use]
    pub fn now(begun: Instant, count: u64) -> Self {
        Self { seconds: begun.elapsed().as_secs_f64(), rss: resident(), count }
    }
}

/// Prints how a job went.
pub fn report<E: Display>(done: Result<Done, E>) -> ExitCode {
    match done {
        Ok(Done { seconds, rss, count }) => {
            println!("{{\"seconds\": {seconds:.6}, \"rss\": {rss}, \"count\": {count}}}");
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

/// The peak of resident memory less what maps of files take of it.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib = |key: &str| -> u64 {
        let line = status.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':'));
        line.and_then(|l| l.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
    };
    kib("VmHWM").saturating_sub(kib("RssFile")) << 10
}
