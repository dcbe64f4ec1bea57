//! `floe embed`: what it writes is built as its README says, and computes what LiteRT does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn run(command: &mut Command) -> String {
    let done = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{command:?}\n{text}{}", String::from_utf8_lossy(&done.stderr));
    text
}

/// Embeds the fixture's int8 model into an empty folder of this name.
fn embed(lang: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("embed-{lang}"));
    let _ = fs::remove_dir_all(&folder);
    let said = run(Command::new(env!("CARGO_BIN_EXE_floe"))
        .arg("embed")
        .arg(here("../../tests/fixtures/digits/tflite/int8.tflite"))
        .args(["--name", "digits", "--lang", lang, "--floe-micro"])
        .arg(here("../floe-micro"))
        .arg("-o")
        .arg(&folder));
    assert!(
        said.contains("CONV_2D_I8, FULLY_CONNECTED_I8, MAX_POOL_2D_I8, RESHAPE, SOFTMAX_I8"),
        "{said}"
    );
    folder
}

/// LiteRT's inputs and outputs, without their headers, in the folder.
fn goldens(folder: &Path) {
    for file in ["int8.in0.npy", "int8.out0.npy"] {
        let bytes = fs::read(here("../../tests/fixtures/digits/tflite").join(file)).unwrap();
        let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        fs::write(folder.join(file), &bytes[10 + header..]).unwrap();
    }
}

/// A program on the generated crate: counts the runs, and those that give LiteRT's bytes.
const MAIN_RS: &str = r#"
use digits::{ARENA, Inputs, Model};

static PICTURES: &[u8] = include_bytes!("../int8.in0.npy");
static SCORES: &[u8] = include_bytes!("../int8.out0.npy");

fn main() -> Result<(), floe_micro::Error> {
    let mut arena = [0; ARENA];
    let mut model = Model::new(&mut arena)?;
    let (mut runs, mut right) = (0, 0);
    for (picture, scores) in PICTURES.as_chunks::<144>().0.iter().zip(SCORES.as_chunks::<10>().0) {
        let picture = picture.map(|b| b as i8);
        let got = model.run(&Inputs { x: &picture })?.output_0;
        right += u32::from(got.iter().eq(scores.iter().map(|&b| b as i8)));
        runs += 1;
    }
    println!("{right} of {runs}");
    Ok(())
}
"#;

#[test]
fn the_crate_is_built_and_gives_what_litert_gives() {
    let folder = embed("rust");
    goldens(&folder);
    fs::create_dir(folder.join("examples")).unwrap();
    fs::write(folder.join("examples/all.rs"), MAIN_RS).unwrap();
    // The versions that this workspace is tested with: nothing is looked up.
    fs::copy(here("../../Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let said = run(Command::new(env!("CARGO"))
        .args(["run", "--offline", "--quiet", "--example", "all"])
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedded"))
        .env("RUSTFLAGS", "-Dwarnings")
        .current_dir(&folder));
    assert_eq!(said, "200 of 200\n");
}

/// A program on the generated C sources, the same.
const MAIN_C: &str = r#"
#include "digits.h"
#include <stdio.h>
#include <string.h>

static uint64_t memory[FLOE_INTERPRETER_SIZE / 8], arena[(DIGITS_ARENA + 7) / 8];

int main(void) {
    static const int shape[DIGITS_INPUT_X_RANK] = DIGITS_INPUT_X_SHAPE;
    unsigned char picture[DIGITS_INPUT_X_SIZE], scores[DIGITS_OUTPUT_OUTPUT_0_SIZE];
    FILE *pictures = fopen("int8.in0.npy", "rb"), *expected = fopen("int8.out0.npy", "rb");
    floe_interpreter *interpreter;
    floe_tensor in, out;
    int runs = 0, right = 0;
    if (!pictures || !expected || digits_open(memory, arena, &interpreter).kind != FLOE_OK) return 1;
    while (fread(picture, sizeof picture, 1, pictures) == 1 && fread(scores, sizeof scores, 1, expected) == 1) {
        if (floe_input(interpreter, DIGITS_INPUT_X, &in).kind != FLOE_OK) return 2;
        if (in.dtype != DIGITS_INPUT_X_TYPE || in.scale != DIGITS_INPUT_X_SCALE || in.shape[1] != shape[1]) return 3;
        if (in.size != sizeof picture || in.zero_point != DIGITS_INPUT_X_ZERO_POINT) return 4;
        memcpy(in.data, picture, sizeof picture);
        if (floe_invoke(interpreter).kind != FLOE_OK) return 5;
        if (floe_output(interpreter, DIGITS_OUTPUT_OUTPUT_0, &out).kind != FLOE_OK) return 6;
        right += out.size == sizeof scores && memcmp(out.data, scores, sizeof scores) == 0;
        runs += 1;
    }
    printf("%d of %d\n", right, runs);
    return 0;
}
"#;

#[test]
fn the_c_sources_are_compiled_and_give_what_litert_gives() {
    let folder = embed("c");
    goldens(&folder);
    fs::write(folder.join("main.c"), MAIN_C).unwrap();
    // The same folder as in the library's own tests: it is built once.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("chip");
    run(Command::new(env!("CARGO"))
        .args(["rustc", "--offline", "--quiet", "--lib", "--crate-type", "staticlib"])
        .args(["--no-default-features", "--profile", "chip", "--manifest-path"])
        .arg(here("../floe-micro-capi/Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("RUSTFLAGS"));
    run(Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Os", "-I"])
        .arg(here("../floe-micro-capi/include"))
        .args(["digits.c", "main.c"])
        .arg(target.join("chip/libfloe_micro_capi.a"))
        .args(["-Wl,--gc-sections", "-o", "digits"])
        .current_dir(&folder));
    assert_eq!(run(Command::new(folder.join("digits")).current_dir(&folder)), "200 of 200\n");
}
