//! How deep the stack gets: what lies below it is painted first, and what has lost its paint was used.
//!
//! Invariant: only memory between the variables and the stack's own end is written, which nothing else uses.

use cortex_m::register::msp;

const PAINT: u32 = 0xc0de_c0de;
/// Words that are painted: many times what any image takes.
const WORDS: usize = 8192;
/// Words below the stack pointer that this module's own functions may use.
const OWN: usize = 64;

unsafe extern "C" {
    /// Where the stack begins: one past its first word. Set by the linker script.
    static _stack_start: u32;
}

/// The lowest painted word.
fn bottom() -> *mut u32 {
    (&raw const _stack_start).cast_mut().wrapping_sub(WORDS)
}

/// Paints what lies below the stack pointer.
#[inline(never)]
pub fn paint() {
    let end = (msp::read() as usize).wrapping_sub(OWN * 4);
    let mut at = bottom();
    while (at as usize) < end {
        // SAFETY: RAM between the variables and the stack pointer, on a machine with 4 MiB of it.
        unsafe { at.write_volatile(PAINT) };
        at = at.wrapping_add(1);
    }
}

/// Bytes of stack that were used since it was painted, and before.
#[inline(never)]
pub fn used() -> u32 {
    let mut untouched = 0;
    let mut at = bottom().cast_const();
    // SAFETY: as in `paint`; the loop ends at the latest at the stack's first word.
    while untouched < WORDS as u32 && unsafe { at.read_volatile() } == PAINT {
        at = at.wrapping_add(1);
        untouched += 1;
    }
    (WORDS as u32 - untouched) * 4
}
