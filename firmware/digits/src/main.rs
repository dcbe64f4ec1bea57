//! The digits model on a Cortex-M4: right to the last bit, and what it costs.
//!
//! Runs the int8 model of `tests/fixtures/digits` over the fixture's first pictures, holds every output
//! against what LiteRT's reference kernels gave for it, and prints the instructions each step took. The
//! machine stops with status 0 only when all outputs are equal byte for byte.
//!
//! Invariant: the image holds no path to a panic. The panic handler calls a function that nobody
//! defines, so an image that could panic does not link.

#![no_std]
#![no_main]

mod clock;
mod console;

use cortex_m_rt::entry;
use cortex_m_semihosting::debug;

/// What to run, in a section of its own so that code and model can be weighed apart.
#[unsafe(link_section = ".model")]
static MODEL: [u8; include_bytes!("../../../tests/fixtures/digits/tflite/int8.tflite").len()] =
    *include_bytes!("../../../tests/fixtures/digits/tflite/int8.tflite");

#[entry]
fn main() -> ! {
    static mut ARENA: [u8; 8192] = [0; 8192];
    let Some(mut clock) = clock::Clock::start() else { stop(false) };
    clock.lap();
    let cost = clock.lap();
    console::line(&[("empty ", cost), ("of ", MODEL.len() as u32 + ARENA.len() as u32)]);
    stop(true)
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
