//! Reads handwritten digits: the int8 model of `tests/fixtures/digits`, and all there is to say to run a model.
//!
//! It holds every output against what LiteRT's reference kernels gave for the same picture, and the machine
//! stops with status 0 only when all are equal byte for byte.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use floe_firmware_board::{Clock, fail, line, paint_stack, stack_used, stop};
use floe_micro::kernels::{conv_2d, fully_connected, pool_2d, reshape, softmax};
use floe_micro::{Interpreter, OpDef, Result};

macro_rules! fixture {
    ($path:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/digits/", $path))
    };
}

/// The model as the converter wrote it. It is read where it lies; nothing is copied.
#[unsafe(link_section = ".model")]
static MODEL: [u8; fixture!("tflite/int8.tflite").len()] = *fixture!("tflite/int8.tflite");

/// Pictures of 12 × 12 pixels, and LiteRT's 10 scores for each.
static PICTURES: &[u8] = fixture!("firmware/in.bin");
static SCORES: &[u8] = fixture!("firmware/out.bin");
const PIXELS: usize = 12 * 12;
const CLASSES: usize = 10;

/// The ops that the model needs; what is not listed is not linked. Of most ops the int8 kernel is enough.
static OPS: &[&OpDef] = &[
    &conv_2d::CONV_2D_I8,
    &fully_connected::FULLY_CONNECTED_I8,
    &pool_2d::MAX_POOL_2D_I8,
    &reshape::RESHAPE,
    &softmax::SOFTMAX_I8,
];

#[entry]
fn main() -> ! {
    // All memory that the model takes while it runs. `Interpreter::new` says how much it needs.
    static mut ARENA: [u8; 4096] = [0; 4096];
    paint_stack();
    match classify(ARENA) {
        Ok(right) => stop(right),
        Err(error) => fail(error),
    }
}

/// Runs all pictures; whether all scores were right.
fn classify(arena: &mut [u8]) -> Result<bool> {
    let mut clock = Clock::start();
    // Checks the file, finds each operator's kernel, and lays out the arena.
    let mut it = Interpreter::new(&MODEL, arena, OPS)?;
    line("init", clock.lap());
    line("arena", it.arena_bytes() as u32);

    let (mut pictures, mut right) = (0, 0);
    for (picture, scores) in PICTURES.chunks_exact(PIXELS).zip(SCORES.chunks_exact(CLASSES)) {
        it.input::<i8>(0)?.write(picture.iter().map(|&pixel| pixel as i8));
        clock.lap();
        it.invoke()?;
        let cost = clock.lap();
        let got = it.output::<i8>(0)?;
        let best = got.iter().zip(0..).max_by_key(|&(score, _)| score);
        line("digit", best.map_or(0, |(_, digit)| digit));
        if pictures == 0 {
            line("invoke", cost);
        }
        pictures += 1;
        right += u32::from(got.iter().eq(scores.iter().map(|&score| score as i8)));
    }
    line("stack", stack_used());
    line("right", right);
    line("of", pictures);
    Ok(pictures > 0 && right == pictures)
}
