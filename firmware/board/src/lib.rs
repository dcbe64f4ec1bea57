//! What the images share: an emulated Cortex-M that counts instructions and says what it has found out.
//!
//! [`measure`] runs a model over inputs whose outputs are known and prints one line for each figure, so that a
//! script can read them. Invariant: nothing here can panic. The panic handler calls a function that nobody
//! defines, so an image that could panic does not link.

#![no_std]

mod clock;
mod console;
mod stack;

pub use clock::Clock;
pub use console::line;
use cortex_m_semihosting::debug;
use floe_micro::data::copy;
use floe_micro::{Error, Interpreter, OpDef, Result};
pub use stack::{paint as paint_stack, used as stack_used};

// No device is used, so that the vector table ends behind the core's own exceptions.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [usize; 1] = [0];

/// The elements of a NumPy file of version 1: all that follows its header.
#[must_use]
pub fn npy(file: &'static [u8]) -> &'static [u8] {
    match file {
        [_, _, _, _, _, _, _, _, low, high, rest @ ..] => {
            rest.get(usize::from(u16::from_le_bytes([*low, *high]))..).unwrap_or_default()
        }
        _ => &[],
    }
}

/// Runs `model` over `inputs`, one after the other; ends the emulation with status 0 when all outputs are
/// `outputs` byte for byte.
pub fn measure(model: &[u8], ops: &[&OpDef], arena: &mut [u8], inputs: &[u8], outputs: &[u8]) -> ! {
    paint_stack();
    match run(model, ops, arena, inputs, outputs) {
        Ok(passed) => stop(passed),
        Err(error) => fail(error),
    }
}

/// Whether all outputs were right.
fn run(
    model: &[u8],
    ops: &[&OpDef],
    arena: &mut [u8],
    inputs: &[u8],
    outputs: &[u8],
) -> Result<bool> {
    let mut clock = Clock::start();
    let mut it = Interpreter::new(model, arena, ops)?;
    let init = clock.lap();
    let (mut runs, mut right, mut invoke) = (0, 0, 0);
    let (mut inputs, mut outputs) = (inputs, outputs);
    loop {
        let input = it.input_bytes(0)?;
        let Some((next, rest)) = inputs.split_at_checked(input.len()) else { break };
        copy(input, next);
        inputs = rest;
        clock.lap();
        it.invoke()?;
        invoke = clock.lap();
        let output = it.output_bytes(0)?;
        let Some((golden, rest)) = outputs.split_at_checked(output.len()) else { break };
        runs += 1;
        right += u32::from(output == golden);
        outputs = rest;
        it.reset_variables();
    }
    line("stack", stack_used());
    line("arena", it.arena_bytes() as u32);
    line("init", init);
    line("invoke", invoke);
    line("right", right);
    line("of", runs);
    Ok(runs > 0 && right == runs && outputs.is_empty())
}

/// Prints an error and ends the emulation.
pub fn fail(error: Error) -> ! {
    line("error", error.kind as u32);
    line("operator", error.op.into());
    line("at", error.at);
    stop(false)
}

/// Ends the emulation; on a chip without a debugger, sleeps.
pub fn stop(passed: bool) -> ! {
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
