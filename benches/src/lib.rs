//! Reading a model by Floe and by its peers: what `against_protobuf.py`, the criterion benches and the
//! probes share.
//!
//! Invariant: every contender reads the same things, and [`contenders::ALL`] says what each of them
//! has checked by then.

pub mod contenders;
pub mod flatbuffers;
pub mod job;

/// The body of a probe: a program that reads one file and does nothing else, whose code is measured.
#[macro_export]
macro_rules! probe {
    ($read:expr) => {
        fn main() -> std::process::ExitCode {
            let read: fn(Vec<u8>) -> Option<u64> = $read;
            let data = std::env::args_os().nth(1).and_then(|path| std::fs::read(path).ok());
            std::process::ExitCode::from(data.and_then(read).unwrap_or(0) as u8)
        }
    };
}
