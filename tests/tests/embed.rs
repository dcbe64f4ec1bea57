//! What is written of a model for firmware holds for every model there is: the arena is exact, no op is too much,
//! and the source compiles.

use floe_embed::Manifest;
use floe_micro::{Interpreter, Kind, OpDef};
use floe_tests::{cases, fixtures};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// All `.tflite` files of the fixtures and the corpus.
fn models() -> Vec<PathBuf> {
    let folders = ["op", "model", "real"].into_iter().flat_map(cases);
    let folders = folders.flat_map(|f| [f.join("tflite"), f]);
    let folders = folders.chain([fixtures().join("digits/tflite")]);
    let mut files: Vec<_> = folders
        .filter_map(|f| fs::read_dir(f).ok())
        .flat_map(|entries| entries.map(|e| e.unwrap().path()))
        .filter(|p| p.extension().is_some_and(|e| e == "tflite"))
        .collect();
    files.sort();
    assert!(files.len() > 1);
    files
}

fn plan(file: &[u8], arena: usize, ops: &[&OpDef]) -> Result<(), (Kind, u32)> {
    let mut arena = vec![0x5a; arena];
    Interpreter::new(file, &mut arena, ops).map(|_| ()).map_err(|e| (e.kind, e.at))
}

#[test]
fn arenas_are_exact_and_no_op_is_too_much() {
    let (mut held, mut refused) = (0, 0);
    for path in models() {
        let file = fs::read(&path).unwrap();
        let Ok(manifest) = Manifest::of(&file) else {
            refused += 1;
            continue;
        };
        let ops: Vec<_> = manifest.ops.iter().map(|op| op.def).collect();
        let name = path.display();
        plan(&file, manifest.arena, &ops).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        if let Some(less) = manifest.arena.checked_sub(1) {
            let short = plan(&file, less, &ops);
            assert_eq!(short, Err((Kind::Arena, manifest.arena as u32)), "{name}");
        }
        for i in 0..ops.len() {
            let fewer = [&ops[..i], &ops[i + 1..]].concat();
            assert!(plan(&file, manifest.arena, &fewer).is_err(), "{name}: op {i} is too much");
        }
        held += 1;
    }
    println!("{held} held, {refused} refused");
    assert!(held > refused);
}

/// A program gives what the interpreter gives, in the arena that it says and no more.
#[test]
fn programs_compute_what_the_interpreter_does() {
    let (mut compiled, mut left) = (0, 0);
    for path in models() {
        let file = fs::read(&path).unwrap();
        let Ok(manifest) = Manifest::of(&file) else { continue };
        let Some(program) = &manifest.program else {
            left += 1;
            continue;
        };
        let name = path.display();
        let ops: Vec<_> = manifest.ops.iter().map(|op| op.def).collect();
        let (mut arena, mut own) = (vec![0x5a; manifest.arena], vec![0xa5; program.arena]);
        assert!(program.arena <= manifest.arena, "{name}");
        let mut it = Interpreter::new(&file, &mut arena, &ops).unwrap();
        program.run_in(&file, &mut own, |runner| {
            let mut seed = 1u32;
            for run in 0..3 {
                for i in 0..it.inputs() {
                    let bytes = it.input_bytes(i).unwrap();
                    for byte in bytes.iter_mut() {
                        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        *byte = (seed >> 24) as u8;
                    }
                    runner.input_bytes(i).unwrap().copy_from_slice(bytes);
                }
                assert_eq!(it.invoke(), runner.invoke(), "{name}");
                for i in 0..it.outputs() {
                    let want = it.output_bytes(i).unwrap();
                    assert_eq!(runner.output_bytes(i).unwrap(), want, "{name}: run {run}");
                }
            }
        });
        compiled += 1;
    }
    println!("{compiled} compiled, {left} left to the interpreter");
    assert!(compiled > 0);
}

/// The items of many models as modules of one crate, and their headers in one C file: no warning in either.
#[test]
fn sources_of_every_kind_of_port_compile() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedded-many");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("src")).unwrap();
    let (mut lib, mut source) = ("//! Many models.\n#![no_std]\n".to_owned(), String::new());
    let mut ports = std::collections::BTreeSet::new();
    let mut files = Vec::new();
    for path in models() {
        let file = fs::read(&path).unwrap();
        let Ok(manifest) = Manifest::of(&file) else { continue };
        let ports_of = manifest.inputs.iter().chain(&manifest.outputs);
        let kinds = ports_of.map(|p| (p.dtype, p.quant.is_some(), p.shape.len().min(1)));
        let count = (manifest.inputs.len().min(3), manifest.outputs.len().min(3));
        // One model for each new kind of port and number of them.
        let new = kinds.filter(|&kind| ports.insert((Some(kind), count))).count() > 0;
        let without = manifest.inputs.is_empty() && ports.insert((None, count));
        if !new && !without || files.len() >= 40 {
            continue;
        }
        let name = format!("m{}", files.len());
        lib += &format!(
            "/// Model.\npub mod {name} {{\n{}}}\n",
            manifest.rust(path.to_str().unwrap())
        );
        for (path, text) in manifest.c_sources(&name, &file) {
            fs::write(folder.join(&path), text).unwrap();
        }
        source += &format!("#include \"{name}.c\"\n");
        files.push(name);
    }
    let micro = fixtures().join("../../crates/floe-micro");
    let manifest = Manifest::of(&fs::read(fixtures().join("digits/tflite/int8.tflite")).unwrap());
    for (path, text) in manifest.unwrap().rust_crate("many", Some(&micro)) {
        fs::write(folder.join(path), text).unwrap();
    }
    fs::write(folder.join("src/lib.rs"), lib).unwrap();
    fs::write(folder.join("many.c"), source).unwrap();
    fs::copy(fixtures().join("../../Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    run(Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet"])
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedded"))
        .env("RUSTFLAGS", "-Dwarnings -Wmissing_docs")
        .current_dir(&folder));
    run(Command::new("cc")
        .args([
            "-std=c99",
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Werror",
            "-fsyntax-only",
            "many.c",
            "-I",
        ])
        .arg(fixtures().join("../../crates/floe-micro-capi/include"))
        .current_dir(&folder));
    println!("{} models compiled", files.len());
}

fn run(command: &mut Command) {
    let done = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(done.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&done.stderr));
}
