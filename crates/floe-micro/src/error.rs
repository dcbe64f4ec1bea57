//! [`Error`]: why a model cannot be run, and where; [`Fault`]: the same as a kernel says it.
//!
//! Invariant: eight bytes, `Copy`, no text but what [`Kind::message`] holds, which links only where
//! it is printed.

use core::fmt;

/// The result of building and running an interpreter.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// Which tensor of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// Its input of this number.
    In(u16),
    /// Its output of this number.
    Out(u16),
    /// Its scratch memory.
    Scratch,
    /// Its own state.
    State,
    /// The variable that its input of this number is a handle of.
    Resource(u16),
    /// The scales of its input of this number, as the file has them: 32-bit floats.
    Scales(u16),
    /// The operator itself.
    None,
}

/// What a kernel refuses, and for which of its tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    /// What is wrong.
    pub kind: Kind,
    /// With which tensor.
    pub operand: Operand,
}

impl Kind {
    /// This fault of the tensor `operand`.
    #[cold]
    #[must_use]
    pub const fn at(self, operand: Operand) -> Fault {
        Fault { kind: self, operand }
    }
}

/// Why a model cannot be planned or run, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Error {
    /// What is wrong.
    pub kind: Kind,
    /// The subgraph.
    pub graph: u8,
    /// The operator's index in the subgraph.
    pub op: u16,
    /// What [`Kind::place`] says: a tensor's index in the subgraph, bytes of arena, a byte offset.
    pub at: u32,
}

impl Error {
    /// [`op`](Self::op) or [`at`](Self::at) where there is none to name.
    pub const NONE: u16 = u16::MAX;

    /// An error that belongs to no operator.
    #[cold]
    #[must_use]
    pub const fn new(kind: Kind, at: usize) -> Self {
        let at = if at > u32::MAX as usize { u32::MAX } else { at as u32 };
        Self { kind, graph: 0, op: Self::NONE, at }
    }
}

impl Error {
    /// The same error in operator `op` of subgraph `graph`.
    #[must_use]
    pub(crate) fn of(mut self, graph: usize, op: usize) -> Self {
        self.graph = u8::try_from(graph).unwrap_or(u8::MAX);
        self.op = u16::try_from(op).unwrap_or(Self::NONE - 1);
        self
    }
}

impl From<floe_graph::Error> for Error {
    fn from(e: floe_graph::Error) -> Self {
        Self::new(Kind::File, e.at)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.message())?;
        f.write_str(" (")?;
        if self.op != Self::NONE {
            write!(f, "subgraph {}, operator {}", self.graph, self.op)?;
        }
        let place = self.kind.place();
        if !(place.is_empty() || place == "tensor" && self.at == u32::MAX) {
            let comma = if self.op == Self::NONE { "" } else { ", " };
            write!(f, "{comma}{place} {}", self.at)?;
        }
        f.write_str(")")
    }
}

impl core::error::Error for Error {}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident, $place:literal, $message:literal;)*) => {
        /// What can be wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// All of them, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// One sentence: what is wrong, and what to do where that is known.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }

            /// What [`Error::at`] counts: `"tensor"`, `"byte"`, `"bytes needed:"` …
            #[must_use]
            pub const fn place(self) -> &'static str {
                match self { $(Self::$name => $place,)* }
            }
        }
    };
}

kinds! {
    /// The file itself is damaged; verifying it says more.
    File, "byte", "the model file is damaged";
    /// The arena is too small.
    Arena, "bytes needed:", "the arena is too small";
    /// The op list has no such op.
    Op, "opcode", "the operator is not in the op list";
    /// The op list has the op, not its version.
    Version, "version", "the operator's version is not supported";
    /// No kernel for these element types.
    Type, "tensor", "the operator does not support this element type";
    /// A shape that the op's rules exclude.
    Shape, "tensor", "the shape does not fit the operator";
    /// A dimension or size that no memory holds.
    Size, "tensor", "the tensor is too large";
    /// An option that the op's rules exclude.
    Option, "tensor", "an option of the operator is not supported or makes no sense";
    /// Quantization parameters that are missing or make no sense.
    Quant, "tensor", "quantization parameters are missing or make no sense";
    /// A required input or output is not there.
    Missing, "tensor", "a required tensor is missing";
    /// A value, such as an axis or an index, that is out of range.
    Value, "tensor", "a value is out of range";
    /// A value that must be known before the model runs.
    NotConstant, "tensor", "the tensor must be constant";
    /// A tensor turned out larger than the plan foresaw.
    Grow, "tensor", "the tensor is larger than planned for";
    /// Subgraphs call each other in a circle, or too deep.
    Depth, "tensor", "subgraphs are nested too deeply";
    /// A tensor that nobody has written is read, or written where it must not be.
    Order, "tensor", "a tensor is read before it is written, or written twice";
    /// There is no input, output or signature of this number.
    NoSuchIndex, "index", "there is none with this index";
    /// A buffer's length is not the tensor's.
    Length, "bytes needed:", "the data's length is not the tensor's";
    /// A kernel asked for memory in a way that the plan does not allow.
    Contract, "tensor", "a kernel breaks its contract";
    /// The interpreter cannot do this.
    Unsupported, "tensor", "this is not supported";
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{Error, Kind};
    use std::string::ToString;

    #[test]
    fn an_error_is_eight_bytes_and_says_where() {
        assert_eq!(size_of::<Error>(), 8);
        let e = Error { kind: Kind::Shape, graph: 0, op: 3, at: 7 };
        assert_eq!(
            e.to_string(),
            "the shape does not fit the operator (subgraph 0, operator 3, tensor 7)"
        );
        assert_eq!(
            Error::new(Kind::Arena, 99).to_string(),
            "the arena is too small (bytes needed: 99)"
        );
    }
}
