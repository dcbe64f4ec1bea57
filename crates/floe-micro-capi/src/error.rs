//! [`Error`]: the interpreter's error as C has it, and its words.
//!
//! Invariant: no formatting machinery; a program that prints no errors does not link the words.

use floe_micro::Kind;

/// No error.
pub const FLOE_OK: u8 = 0;
/// A pointer that must not be null is.
pub const FLOE_ERROR_NULL: u8 = 254;
/// The memory for the interpreter is too small, or its address is no multiple of 8.
pub const FLOE_ERROR_MEMORY: u8 = 255;

/// What went wrong, and where. kind 0 is success.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// FLOE_OK or one of FLOE_ERROR_….
    pub kind: u8,
    /// The subgraph.
    pub graph: u8,
    /// The operator in the subgraph; 65535 for none.
    pub op: u16,
    /// A tensor's index, bytes needed, a byte offset: floe_error_text says which.
    pub at: u32,
}

impl Error {
    /// An error that belongs to no place in the model.
    pub(crate) const fn only(kind: u8) -> Self {
        Self { kind, graph: 0, op: floe_micro::Error::NONE, at: u32::MAX }
    }

    /// Writes the words, ended by a zero, as far as they fit; gives their length.
    pub(crate) fn text(self, to: &mut [u8]) -> usize {
        let room = to.len().saturating_sub(1);
        let (text, end) = to.split_at_mut_checked(room).unwrap_or_default();
        let mut out = Out { text, length: 0 };
        out.error(self);
        let length = out.length;
        // Behind the words, or behind what fits of them.
        match to_zero(length, room) {
            Some(at) => text.get_mut(at).map_or((), |byte| *byte = 0),
            None => end.iter_mut().for_each(|byte| *byte = 0),
        }
        length
    }
}

/// Where in the text its zero belongs; `None` for the byte that is kept for it.
fn to_zero(length: usize, room: usize) -> Option<usize> {
    (length < room).then_some(length)
}

impl From<floe_micro::Error> for Error {
    fn from(e: floe_micro::Error) -> Self {
        Self { kind: (e.kind as u8).saturating_add(1), graph: e.graph, op: e.op, at: e.at }
    }
}

impl From<Result<(), Self>> for Error {
    fn from(outcome: Result<(), Self>) -> Self {
        outcome.err().unwrap_or(Self::only(FLOE_OK))
    }
}

/// A text that counts what does not fit any more.
struct Out<'t> {
    text: &'t mut [u8],
    length: usize,
}

impl Out<'_> {
    fn error(&mut self, error: Error) {
        let kind = match error.kind {
            FLOE_OK => return self.words("no error"),
            FLOE_ERROR_NULL => return self.words("a pointer is null"),
            FLOE_ERROR_MEMORY => {
                return self
                    .words("the memory for the interpreter is too small, or not aligned to 8");
            }
            kind => Kind::ALL.iter().find(|k| (**k as u8).wrapping_add(1) == kind),
        };
        let Some(kind) = kind else { return self.words("an unknown error") };
        self.words(kind.message());
        let mut between = " (";
        if error.op != floe_micro::Error::NONE {
            self.words(" (subgraph ");
            self.number(error.graph.into());
            self.words(", operator ");
            self.number(error.op.into());
            between = ", ";
        }
        let place = kind.place();
        if !(place == "tensor" && error.at == u32::MAX) {
            self.words(between);
            self.words(place);
            self.words(" ");
            self.number(error.at);
            between = ", ";
        }
        if between == ", " {
            self.words(")");
        }
    }

    fn words(&mut self, words: &str) {
        words.bytes().for_each(|b| self.byte(b));
    }

    fn byte(&mut self, byte: u8) {
        if let Some(to) = self.text.get_mut(self.length) {
            *to = byte;
        }
        self.length = self.length.saturating_add(1);
    }

    fn number(&mut self, number: u32) {
        let mut divisor = 1_000_000_000u32;
        while divisor > 1 && number < divisor {
            divisor /= 10;
        }
        while divisor > 0 {
            self.byte(b'0'.wrapping_add((number.checked_div(divisor).unwrap_or(0) % 10) as u8));
            divisor /= 10;
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{Error, FLOE_ERROR_NULL};
    use floe_micro::Kind;
    use std::string::{String, ToString};

    fn text(error: Error, size: usize) -> (String, usize) {
        let mut bytes = std::vec![b'x'; size];
        let length = error.text(&mut bytes);
        let end = bytes.iter().position(|&b| b == 0).unwrap_or(0);
        (String::from_utf8(bytes[..end].to_vec()).unwrap(), length)
    }

    #[test]
    fn the_words_are_those_of_the_interpreter() {
        for &kind in Kind::ALL {
            for (graph, op, at) in [(0, 3, 7), (1, u16::MAX, 1_234_567_890), (0, 0, 0)] {
                let e = floe_micro::Error { kind, graph, op, at };
                let (said, length) = text(e.into(), 200);
                assert_eq!(said, e.to_string());
                assert_eq!(length, said.len());
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_cut_and_counted() {
        let error = Error::only(FLOE_ERROR_NULL);
        assert_eq!(text(error, 6), ("a poi".into(), 17));
        assert_eq!(text(error, 17), ("a pointer is nul".into(), 17));
        assert_eq!(text(error, 18), ("a pointer is null".into(), 17));
        assert_eq!(text(error, 1), (String::new(), 17));
        assert_eq!(error.text(&mut []), 17);
    }
}
