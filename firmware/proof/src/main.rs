//! An image that holds all of the reader and links only when nothing in it can panic.
//!
//! It is never run. What it reads passes through [`black_box`], and so does the reader as a trait object, so
//! that the compiler knows nothing of the file and keeps every method.

#![no_std]
#![no_main]

use core::hint::black_box;
use floe_graph::Model;
use floe_tflite::TfLite;

static FILE: &[u8] = include_bytes!("../../../tests/fixtures/digits/tflite/int8.tflite");

/// Where the linker starts to look for what the image needs.
#[unsafe(no_mangle)]
pub extern "C" fn _start() -> bool {
    let Ok(model) = TfLite::parse(black_box(FILE)) else { return false };
    black_box::<&dyn Model<'static>>(&model);
    true
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn this_image_can_panic() -> !;
    }
    this_image_can_panic()
}
