//! The library from C: compiled with all warnings as errors, run over LiteRT's outputs.
//!
//! The static library is the one that firmware gets: no `std`, `panic = "abort"`, built here by cargo. What is linked
//! must hold neither a panic handler nor an allocator. Where there is no `cc`, the tests fail: `.ci/run` needs one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Runs a command that must succeed; gives what it printed.
fn run(command: &mut Command) -> String {
    let done = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{command:?}\n{text}{}", String::from_utf8_lossy(&done.stderr));
    text
}

/// The static library, built once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let target = scratch("chip");
        run(Command::new(env!("CARGO"))
            .args(["rustc", "--offline", "--quiet", "--lib", "--crate-type", "staticlib"])
            .args(["--no-default-features", "--profile", "chip", "--manifest-path"])
            .arg(here("Cargo.toml"))
            .env("CARGO_TARGET_DIR", &target)
            // What a caller sets for the tests is not for the chip.
            .env_remove("RUSTFLAGS"));
        target.join("chip/libfloe_micro_capi.a")
    })
}

/// Compiles and links `sources` with the library.
fn compile(sources: &[PathBuf], program: &Path, options: &[&str]) {
    run(Command::new("cc")
        .args([
            "-std=c99",
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Werror",
            "-O1",
            "-g",
            "-Wl,--gc-sections",
        ])
        .args(options)
        .arg("-I")
        .arg(here("include"))
        .args(sources)
        .arg(library())
        .arg("-o")
        .arg(program));
}

/// The bytes behind the header of an `.npy` file, in a file of their own.
fn raw(file: &str) -> PathBuf {
    let bytes = fs::read(here("../../tests/fixtures/digits/tflite").join(file)).unwrap();
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let path = scratch(&format!("{file}.raw"));
    fs::write(&path, &bytes[10 + header..]).unwrap();
    path
}

fn digits(program: &Path) {
    let said = run(Command::new(program)
        .arg(here("../../tests/fixtures/digits/tflite/int8.tflite"))
        .arg(raw("int8.in0.npy"))
        .arg(raw("int8.out0.npy")));
    assert_eq!(said, "equal to LiteRT: 200 of 200, check 0\n");
}

#[test]
fn outputs_are_those_of_litert() {
    let program = scratch("digits");
    compile(&[here("examples/digits.c")], &program, &[]);
    digits(&program);
    let symbols = run(Command::new("nm").arg(&program));
    for wrong in ["rust_begin_unwind", "panic", "__rust_alloc", "malloc", "ADD_N"] {
        let held: Vec<_> = symbols.lines().filter(|l| l.contains(wrong)).collect();
        assert!(held.is_empty(), "the program holds {held:?}");
    }
    assert!(symbols.contains("FLOE_CONV_2D_I8"));
}

/// Under AddressSanitizer and UndefinedBehaviorSanitizer, C's side of it.
#[test]
fn no_byte_is_touched_that_is_not_given() {
    let program = scratch("digits-sanitized");
    compile(&[here("examples/digits.c")], &program, &["-fsanitize=address,undefined"]);
    digits(&program);
}

/// The header is C++ too.
#[test]
fn the_header_compiles_by_itself() {
    let source = scratch("header.c");
    fs::write(&source, "#include \"floe_micro.h\"\n#include \"floe_micro.h\"\n").unwrap();
    let mut command = Command::new("cc");
    command.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I"]);
    run(command.arg(here("include")).arg(&source));
}
