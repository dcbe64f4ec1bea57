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
use floe_micro::{Error, Interpreter, Result, Runner};
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

/// What runs a model.
pub trait Engine {
    /// The bytes of its input.
    ///
    /// # Errors
    /// None for a model that has one.
    fn input(&mut self) -> Result<&mut [u8]>;
    /// Runs it once.
    ///
    /// # Errors
    /// For data that an op refuses.
    fn invoke(&mut self) -> Result<()>;
    /// The bytes of its output.
    ///
    /// # Errors
    /// None for a model that has one.
    fn output(&self) -> Result<&[u8]>;
    /// Forgets what was run.
    fn reset(&mut self) {}
}

impl Engine for Runner<'_> {
    fn input(&mut self) -> Result<&mut [u8]> {
        self.input_bytes(0)
    }
    fn invoke(&mut self) -> Result<()> {
        self.invoke()
    }
    fn output(&self) -> Result<&[u8]> {
        self.output_bytes(0)
    }
}

impl Engine for Interpreter<'_> {
    fn input(&mut self) -> Result<&mut [u8]> {
        self.input_bytes(0)
    }
    fn invoke(&mut self) -> Result<()> {
        self.invoke()
    }
    fn output(&self) -> Result<&[u8]> {
        self.output_bytes(0)
    }
    fn reset(&mut self) {
        self.reset_variables();
    }
}

/// Runs the model that `new` makes in `arena` over inputs, one after the other; ends the emulation with status 0
/// when all outputs are the goldens byte for byte. `sizes`: bytes of the model and of the arena; `engine`: what
/// runs it.
pub fn measure<A, M, E: Engine>(
    sizes: (usize, usize),
    arena: A,
    new: fn(A) -> Result<M>,
    engine: fn(&mut M) -> &mut E,
    (inputs, outputs): (&[u8], &[u8]),
) -> ! {
    paint_stack();
    line("model", sizes.0 as u32);
    line("arena", sizes.1 as u32);
    let mut clock = Clock::start();
    let passed = new(arena).and_then(|mut model| {
        line("init", clock.lap());
        run(&mut clock, engine(&mut model), inputs, outputs)
    });
    match passed {
        Ok(passed) => stop(passed),
        Err(error) => fail(error),
    }
}

/// Whether all outputs were right.
fn run(
    clock: &mut Clock,
    engine: &mut impl Engine,
    mut inputs: &[u8],
    mut outputs: &[u8],
) -> Result<bool> {
    let (mut runs, mut right, mut invoke) = (0, 0, 0);
    loop {
        let input = engine.input()?;
        let Some((next, rest)) = inputs.split_at_checked(input.len()) else { break };
        copy(input, next);
        inputs = rest;
        clock.lap();
        engine.invoke()?;
        invoke = clock.lap();
        let output = engine.output()?;
        let Some((golden, rest)) = outputs.split_at_checked(output.len()) else { break };
        runs += 1;
        right += u32::from(output == golden);
        outputs = rest;
        engine.reset();
    }
    line("stack", stack_used());
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
