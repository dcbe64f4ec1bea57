//! Words and decimal numbers to the host's standard output.
//!
//! Invariant: no formatting machinery. `core::fmt` would bring paths to a panic and several kilobytes.

use cortex_m_semihosting::hio;

/// Writes a line: a word and the number that goes with it.
pub fn line(word: &str, mut number: u32) {
    let mut digits = [b'0'; 10];
    let mut first = digits.len();
    for (i, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        first = i;
        if number == 0 {
            break;
        }
    }
    // Nobody is there to read when there is no host.
    let Ok(mut out) = hio::hstdout() else { return };
    for part in [word.as_bytes(), b" ", digits.get(first..).unwrap_or_default(), b"\n"] {
        let _ = out.write_all(part);
    }
}
