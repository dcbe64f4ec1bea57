//! What the smoke tests share: a target over whole, cut and damaged files, the same ones each time.

use std::path::{Path, PathBuf};

/// Damaged copies made of each file.
const COPIES: u64 = 300;

/// Runs `target` over each fixture that `wanted` picks by its name, whole, cut short and damaged, and
/// over what once broke it, in `fuzz/seeds/NAME/`.
pub(crate) fn smoke(target: fn(&[u8]), name: &str, wanted: fn(&str) -> bool) {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = files(&top.join("../tests/fixtures"));
    seeds.retain(|path| wanted(&path.file_name().unwrap().to_string_lossy()));
    seeds.extend(files(&top.join("seeds").join(name)));
    assert!(!seeds.is_empty(), "no fixture and no seed for {name}");
    for seed in seeds {
        let bytes = std::fs::read(&seed).unwrap();
        target(&bytes);
        for part in 0..32 {
            target(&bytes[..bytes.len() * part / 32]);
        }
        for copy in 1..=COPIES {
            target(&damaged(&bytes, copy));
        }
    }
    target(&[]);
}

/// All files below `folder`; none when it is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// A copy with one to eight bytes changed, chosen by `copy`: to any value, or to one that is an edge.
fn damaged(bytes: &[u8], copy: u64) -> Vec<u8> {
    const EDGES: [u8; 4] = [0x00, 0x7f, 0x80, 0xff];
    // The generator of Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
    let mut state = copy;
    let mut random = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    let mut damaged = bytes.to_vec();
    for _ in 0..=copy % 8 {
        let at = random() as usize % damaged.len();
        let value = random();
        damaged[at] = if value & 0x100 == 0 { EDGES[value as usize % 4] } else { value as u8 };
    }
    damaged
}
