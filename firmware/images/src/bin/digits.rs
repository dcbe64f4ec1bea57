//! Reads handwritten digits: the int8 model of `tests/fixtures/digits`, and all there is to say to run a model.
//!
//! It holds every output against what LiteRT's reference kernels gave for the same picture, and the machine
//! stops with status 0 only when all are equal byte for byte.

#![no_std]
#![no_main]

use cortex_m_rt::entry;
use floe_firmware_board::{Clock, fail, line, paint_stack, stack_used, stop};
use floe_micro::Result;

/// The model as the converter wrote it, planned while this is compiled.
mod digits {
    floe_micro::model!("../../tests/fixtures/digits/tflite/int8.tflite");
}

macro_rules! fixture {
    ($path:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/digits/firmware/", $path))
    };
}

/// Pictures of 12 × 12 pixels, and LiteRT's 10 scores for each, in a section that is not weighed.
#[unsafe(link_section = ".goldens")]
static PICTURES: [u8; fixture!("in.bin").len()] = *fixture!("in.bin");
#[unsafe(link_section = ".goldens")]
static SCORES: [u8; fixture!("out.bin").len()] = *fixture!("out.bin");

#[entry]
fn main() -> ! {
    // All memory that the model takes while it runs.
    static mut ARENA: [u8; digits::ARENA] = [0; digits::ARENA];
    paint_stack();
    match classify(ARENA) {
        Ok(right) => stop(right),
        Err(error) => fail(error),
    }
}

/// Runs all pictures; whether all scores were right.
fn classify(arena: &mut [u8; digits::ARENA]) -> Result<bool> {
    line("model", digits::MODEL.len() as u32);
    line("arena", digits::ARENA as u32);
    let mut clock = Clock::start();
    let mut model = digits::Model::new(arena)?;
    line("init", clock.lap());

    let (mut pictures, mut right) = (0, 0);
    for (picture, scores) in PICTURES.as_chunks().0.iter().zip(SCORES.as_chunks::<10>().0) {
        let picture = picture.map(|pixel| pixel as i8);
        clock.lap();
        let got = model.run(&digits::Inputs { x: &picture })?.output_0;
        let cost = clock.lap();
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
