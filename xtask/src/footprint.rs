//! `footprint`: how much machine code it takes to read a model, by Floe and by its peers.
//!
//! Each probe of the benches is a program that reads one file. What the linker keeps of it beyond the
//! probe that reads nothing is the reading path: decoder, checks, accessors. Built for size, with the
//! whole program in view, so that nothing is counted that is not called.

use crate::Result;
use std::path::PathBuf;
use std::process::Command;

const USAGE: &str = "usage: footprint [--at-most BYTES]";
const PROBES: [&str; 4] = ["none", "floe", "flatbuffers", "prost"];

/// The chore: prints code and constants of each reading path; with `--at-most`, fails when Floe's code
/// takes more.
pub(crate) fn run(args: &[String]) -> Result {
    let limit = match args {
        [] => None,
        [flag, bytes] if flag == "--at-most" => Some(bytes.parse::<u64>()?),
        _ => return Err(USAGE.into()),
    };
    let folder = build()?;
    let sizes = PROBES.iter().map(|name| {
        let elf = std::fs::read(folder.join(format!("probe_{name}")))?;
        sizes(&elf)
            .ok_or_else(|| format!("probe_{name} is no 64-bit little-endian ELF program").into())
    });
    let sizes = sizes.collect::<Result<Vec<_>>>()?;
    let base = sizes[0];
    let beyond =
        |size: [u64; 2]| [size[0].saturating_sub(base[0]), size[1].saturating_sub(base[1])];
    println!("{:12} {:>8} {:>10}", "reading by", "code", "constants");
    for (name, size) in PROBES.iter().zip(&sizes).skip(1) {
        let [code, constants] = beyond(*size);
        println!("{name:12} {code:>8} {constants:>10}");
    }
    let [code, _] = beyond(sizes[1]);
    match limit {
        Some(limit) if code > limit => Err(format!(
            "reading by Floe takes {code} bytes of code, more than the {limit} allowed"
        )
        .into()),
        _ => Ok(()),
    }
}

/// Builds the probes; the folder that they are in.
fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
    let bins = PROBES.iter().flat_map(|name| ["--bin".to_owned(), format!("probe_{name}")]);
    let status = Command::new(cargo)
        .current_dir(crate::codegen::root())
        .args(["build", "-q", "-p", "floe-benches", "--profile", "probe"])
        .args(bins)
        .status()?;
    if !status.success() {
        return Err("the probes do not build".into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    Ok(target.unwrap_or_else(|| crate::codegen::root().join("target")).join("probe"))
}

/// `sh_flags`: written when it runs; in memory when it runs; executed.
const WRITE: u64 = 1;
const ALLOC: u64 = 2;
const EXECUTE: u64 = 4;

/// Bytes of code and of constants in a 64-bit ELF program.
fn sizes(elf: &[u8]) -> Option<[u64; 2]> {
    if !elf.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let (table, stride) =
        (usize::try_from(number(elf, 40, 8)?).ok()?, number(elf, 58, 2)? as usize);
    let count = number(elf, 60, 2)? as usize;
    let mut sums = [0, 0];
    for section in (0..count).map(|i| table + i * stride) {
        let (flags, size) = (number(elf, section + 8, 8)?, number(elf, section + 32, 8)?);
        match flags & (WRITE | ALLOC | EXECUTE) {
            f if f == ALLOC | EXECUTE => sums[0] += size,
            ALLOC => sums[1] += size,
            _ => {}
        }
    }
    Some(sums)
}

/// The little-endian number in `length` bytes at `at`.
fn number(elf: &[u8], at: usize, length: usize) -> Option<u64> {
    let mut bytes = [0; 8];
    bytes.get_mut(..length)?.copy_from_slice(elf.get(at..at.checked_add(length)?)?);
    Some(u64::from_le_bytes(bytes))
}
