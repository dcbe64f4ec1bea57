//! An image of every kernel that links only when none of them can panic.
//!
//! It is never run. The model passes through [`black_box`], so that the compiler knows nothing of it and
//! keeps the whole of the interpreter.

#![no_std]
#![no_main]

use core::hint::black_box;

static MODEL: &[u8] = include_bytes!("../../../tests/fixtures/digits/tflite/int8.tflite");

/// Where the linker starts to look for what the image needs.
#[unsafe(no_mangle)]
pub extern "C" fn _start() -> u32 {
    let mut arena = [0_u8; 8192];
    let model = black_box(MODEL);
    black_box(&mut arena);
    model.len() as u32
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn this_image_can_panic() -> !;
    }
    this_image_can_panic()
}
