//! The digits model on a Cortex-M4: right to the last bit, and what it costs.
//!
//! Runs the int8 model of `tests/fixtures/digits` over the fixture's first pictures, holds every output
//! against what LiteRT's reference kernels gave for it, and prints the instructions that each step took. The
//! machine stops with status 0 only when all outputs are equal byte for byte.
//!
//! Invariant: the image holds no path to a panic. The panic handler calls a function that nobody
//! defines, so an image that could panic does not link.

#![no_std]
#![no_main]

mod clock;
mod console;

use clock::Clock;
use console::line;
use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use floe_micro::data::copy;
use floe_micro::kernels::{conv_2d, fully_connected, pool_2d, reshape, softmax};
use floe_micro::{Interpreter, OpDef, Result};

macro_rules! fixture {
    ($path:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/digits/", $path))
    };
}

/// What to run, in a section of its own so that code and model can be weighed apart.
#[unsafe(link_section = ".model")]
static MODEL: [u8; fixture!("tflite/int8.tflite").len()] = *fixture!("tflite/int8.tflite");

/// Pictures of 12 × 12 pixels, and LiteRT's 10 scores for each.
static PICTURES: &[u8] = fixture!("firmware/in.bin");
static SCORES: &[u8] = fixture!("firmware/out.bin");
const PIXELS: usize = 12 * 12;
const CLASSES: usize = 10;

/// Only these are linked: of most ops the kernel for int8 alone.
static OPS: &[&OpDef] = &[
    &conv_2d::CONV_2D_I8,
    &fully_connected::FULLY_CONNECTED_I8,
    &pool_2d::MAX_POOL_2D_I8,
    &reshape::RESHAPE,
    &softmax::SOFTMAX_I8,
];

#[entry]
fn main() -> ! {
    static mut ARENA: [u8; 4096] = [0; 4096];
    let Some(mut clock) = Clock::start() else { stop(false) };
    match classify(ARENA, &mut clock) {
        Ok(right) => stop(right),
        Err(error) => {
            line(&[
                ("error ", error.kind as u32),
                (", operator ", u32::from(error.op)),
                (", at ", error.at),
            ]);
            stop(false)
        }
    }
}

/// Runs all pictures; whether all scores were right.
fn classify(arena: &mut [u8], clock: &mut Clock) -> Result<bool> {
    clock.lap();
    let mut it = Interpreter::new(&MODEL, arena, OPS)?;
    line(&[("start: ", clock.lap()), (" instructions, arena bytes: ", it.arena_bytes() as u32)]);
    let (mut pictures, mut right) = (0, 0);
    for (picture, scores) in PICTURES.chunks_exact(PIXELS).zip(SCORES.chunks_exact(CLASSES)) {
        copy(it.input_bytes(0)?, picture);
        clock.lap();
        it.invoke()?;
        let cost = clock.lap();
        let got = it.output_bytes(0)?;
        line(&[("picture ", pictures), (": a ", best(got)), (", instructions: ", cost)]);
        pictures += 1;
        right += u32::from(got == scores);
    }
    line(&[("equal to LiteRT: ", right), (" of ", pictures)]);
    Ok(pictures > 0 && right == pictures)
}

/// The class with the highest int8 score.
fn best(scores: &[u8]) -> u32 {
    let ranked = scores.iter().map(|&s| s as i8).zip(0..);
    ranked.max_by_key(|&(score, _)| score).map_or(0, |(_, class)| class)
}

/// Ends the emulation; on a chip without a debugger, sleeps.
fn stop(passed: bool) -> ! {
    debug::exit(if passed { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn this_image_can_panic() -> !;
    }
    this_image_can_panic()
}
