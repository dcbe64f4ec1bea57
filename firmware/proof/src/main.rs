//! An image of the reader, the interpreter and every kernel, which links only when nothing in it can panic.
//!
//! It is never run. What it reads passes through [`black_box`], and so does the reader as a trait object, so
//! that the compiler knows nothing of the file and keeps all of the code.

#![no_std]
#![no_main]

use core::hint::black_box;
use floe_graph::Model;
use floe_micro::{Interpreter, Result, kernels};
use floe_tflite::TfLite;

static FILE: &[u8] = include_bytes!("../../../tests/fixtures/digits/tflite/int8.tflite");

/// Where the linker starts to look for what the image needs.
#[unsafe(no_mangle)]
pub extern "C" fn _start() -> bool {
    read(black_box(FILE)).is_ok() && run(black_box(FILE)).is_ok()
}

/// Every question that a model answers.
fn read(file: &'static [u8]) -> floe_graph::Result<()> {
    black_box::<&dyn Model<'static>>(&TfLite::parse(file)?);
    Ok(())
}

/// Every kernel.
fn run(file: &[u8]) -> Result<()> {
    let mut arena = [0; 4096];
    let mut it = Interpreter::new(file, &mut arena, kernels::ALL)?;
    black_box(it.input_bytes(0)?);
    it.reset_variables();
    while it.step()? {}
    black_box(it.output_bytes(0)?);
    Ok(())
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        safe fn this_image_can_panic() -> !;
    }
    this_image_can_panic()
}
