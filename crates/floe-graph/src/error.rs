//! The error of reading, shared by every format crate: what was found wrong, and where.
//!
//! Invariant: two words, `Copy`, no allocation, so that `Result` stays cheap on a chip.

use core::fmt;

/// The result of reading.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// What was found wrong, and where in the file.
///
/// A format crate that has names at hand (a tensor, a shard, a node) wraps this in an error of its
/// own that says them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Error {
    /// What was found wrong.
    pub kind: ErrorKind,
    /// Where: a byte offset into the file, or the index that was asked for, as
    /// [`ErrorKind::place`] says.
    pub at: usize,
}

impl Error {
    /// An error of `kind` at `at`.
    #[cold]
    #[must_use]
    pub const fn new(kind: ErrorKind, at: usize) -> Self {
        Self { kind, at }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind.place() {
            "" => f.write_str(self.kind.message()),
            place => write!(f, "{} ({place} {})", self.kind.message(), self.at),
        }
    }
}

impl core::error::Error for Error {}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident, $place:literal, $message:literal;)*) => {
        /// What can be wrong with what is read. The list grows with the formats.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum ErrorKind { $($(#[$doc])* $name,)* }

        impl ErrorKind {
            /// One sentence: what is wrong and what was expected.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }

            /// What [`Error::at`] counts: `"byte"`, `"shard"`, `"index"` …; empty where there is no place.
            #[must_use]
            pub const fn place(self) -> &'static str {
                match self { $(Self::$name => $place,)* }
            }
        }
    };
}

kinds! {
    /// The bytes end before what they announce.
    Truncated, "byte", "the data ends too early";
    /// An offset or a length points out of the file.
    OutOfBounds, "byte", "an offset or length points outside the file";
    /// A multi-byte value does not lie on its natural boundary.
    Misaligned, "byte", "a value does not lie on its natural boundary";
    /// A size or an offset does not fit the machine's arithmetic.
    Overflow, "byte", "a size overflows";
    /// The identifying bytes are not those of the format.
    BadMagic, "byte", "the identifying bytes of the format are missing";
    /// The format is right, its version is not one this library reads.
    BadVersion, "byte", "the version of the format is not supported";
    /// A stored checksum and the data disagree.
    Checksum, "byte", "the checksum does not match the data";
    /// The bytes break a rule of the format.
    Malformed, "byte", "the bytes break a rule of the format";
    /// A required field is absent.
    MissingField, "byte", "a required field is missing";
    /// A string that must be UTF-8 is not.
    NotUtf8, "byte", "a name is not valid UTF-8";
    /// Nested deeper than any valid file.
    TooDeep, "byte", "nested too deeply";
    /// More parts than the reader is willing to walk.
    Limit, "byte", "a limit of the reader is exceeded";
    /// An index is beyond the last element.
    NoSuchIndex, "index", "there is no element with this index";
    /// A dtype number the family does not know.
    UnknownDType, "number", "the dtype number is unknown";
    /// A dtype whose elements have no bytes (resource, variant), or not these bytes.
    DTypeHasNoBytes, "number", "elements of this dtype have no fixed-width bytes";
    /// The data's length is not what dtype and shape ask for.
    LengthMismatch, "byte", "the data's length does not match dtype and shape";
    /// A shape with an unknown or negative dimension where sizes are needed.
    UnknownShape, "index", "the shape is not fully known";
    /// The tensor has no data in this file.
    NoData, "index", "the tensor has no data here";
    /// A data shard is missing or cannot be opened.
    MissingShard, "shard", "a data shard is missing or cannot be opened";
    /// What was asked for is legal in the format, but not supported by this reader.
    Unsupported, "byte", "this part of the format is not supported";
    /// Nodes wait for each other.
    Cycle, "node", "the node depends on itself, or on a node that does";
    /// There is something after the last byte that anything names.
    TrailingBytes, "byte", "there are bytes after the end of the data";
    /// The destination is smaller or larger than what is to be copied.
    WrongDestination, "byte", "the destination's length does not fit";
}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorKind};

    #[test]
    fn an_error_is_two_words() {
        assert_eq!(size_of::<Error>(), 2 * size_of::<usize>());
    }

    #[test]
    fn display_says_what_and_where() {
        extern crate std;
        use std::string::ToString;
        let e = Error::new(ErrorKind::MissingShard, 3);
        assert_eq!(e.to_string(), "a data shard is missing or cannot be opened (shard 3)");
    }
}
