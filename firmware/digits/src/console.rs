//! Words and decimal numbers to the host's standard output.
//!
//! Invariant: no formatting machinery. `core::fmt` would bring paths to a panic and several kilobytes.

use cortex_m_semihosting::hio::{self, HostStream};

/// Writes a line of words, each with the number after it.
pub(crate) fn line(parts: &[(&str, u32)]) {
    // Nobody is there to read when there is no host.
    let Ok(mut out) = hio::hstdout() else { return };
    for (word, number) in parts {
        let _ = out.write_all(word.as_bytes());
        decimal(&mut out, *number);
    }
    let _ = out.write_all(b"\n");
}

/// Writes `number` in decimal.
fn decimal(out: &mut HostStream, mut number: u32) {
    let mut digits = [b'0'; 10];
    let mut first = digits.len() - 1;
    for (i, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        first = i;
        if number == 0 {
            break;
        }
    }
    let _ = out.write_all(digits.get(first..).unwrap_or_default());
}
