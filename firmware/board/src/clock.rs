//! Counting instructions on QEMU's mps2-an386, run with `-icount shift=6`.
//!
//! There an instruction takes 2⁶ ns of the machine's time and SysTick ticks every 40 ns: 8 ticks are 5
//! instructions. The counter has 24 bits and counts down; its interrupt counts the wraps.
//!
//! Invariant: counts are repeatable to the instruction. They are instructions, not cycles: a real chip
//! waits for its flash and takes more than one cycle for a branch or a division.

use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::peripheral::{Peripherals, SYST, syst::SystClkSource};
use cortex_m_rt::exception;

const RELOAD: u32 = 0x00ff_ffff;
static WRAPS: AtomicU32 = AtomicU32::new(0);

/// The running counter.
pub struct Clock {
    last: u64,
    overhead: u64,
}

impl Clock {
    /// Starts SysTick.
    pub fn start() -> Self {
        // SAFETY: nothing else in the image uses SysTick.
        let mut systick = unsafe { Peripherals::steal() }.SYST;
        systick.set_clock_source(SystClkSource::Core);
        systick.set_reload(RELOAD);
        systick.clear_current();
        systick.enable_interrupt();
        systick.enable_counter();
        let mut clock = Self { last: 0, overhead: 0 };
        clock.lap();
        clock.overhead = u64::from(clock.lap());
        clock
    }

    /// Instructions since the last call, without those of the measuring.
    pub fn lap(&mut self) -> u32 {
        let now = instructions();
        let spent = now.wrapping_sub(self.last).saturating_sub(self.overhead);
        self.last = instructions();
        u32::try_from(spent).unwrap_or(u32::MAX)
    }
}

/// Instructions since the start. Read again when the counter wrapped while it was read.
fn instructions() -> u64 {
    loop {
        let wraps = WRAPS.load(Ordering::Relaxed);
        let ticks = RELOAD - (SYST::get_current() & RELOAD);
        if wraps == WRAPS.load(Ordering::Relaxed) {
            let total = u64::from(wraps) * (u64::from(RELOAD) + 1) + u64::from(ticks);
            return total * 5 / 8;
        }
    }
}

#[exception]
fn SysTick() {
    WRAPS.store(WRAPS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}
