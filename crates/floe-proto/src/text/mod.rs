//! The text form of every message: `.pbtxt`, the `checkpoint` file.
//!
//! Both directions work on the wire form with a static table of the schemas, so that nothing is lost:
//! [`print()`] keeps the order of the fields and what the schemas do not know, and [`parse`] of its
//! result gives the same bytes, if they are canonical (repeated numbers packed, no redundant lengths).
//! Only a NaN's payload has no text.
//!
//! Invariant: nesting beyond 100 levels is an error; what is allocated is in proportion to the input.

mod lexer;
mod parse;
mod print;

pub(crate) use print::{Raw, take};

#[rustfmt::skip]
#[path = "../generated/schema.rs"]
mod schema;

use crate::Message as ProstMessage;
use prost::Name;
use std::fmt;

/// Messages nested deeper than this are refused, as by TensorFlow.
pub(crate) const DEEPEST: usize = 100;

/// What is wrong with a text or a message, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The line of a text, from 1; 0 for a binary message.
    pub line: usize,
    /// What is wrong, and what was expected.
    pub reason: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.reason),
            line => write!(f, "line {line}: {}", self.reason),
        }
    }
}

impl std::error::Error for Error {}

/// The text form of `message`.
///
/// # Errors
/// When it is nested too deeply.
pub fn to_text<M: ProstMessage + Name>(message: &M) -> Result<String, Error> {
    print(&M::full_name(), &message.encode_to_vec())
}

/// The message whose text form is `text`.
///
/// # Errors
/// What is wrong with the text, and at which line.
pub fn from_text<M: ProstMessage + Name + Default>(text: &[u8]) -> Result<M, Error> {
    let wire = parse(&M::full_name(), text)?;
    M::decode(bytes::Bytes::from(wire)).map_err(|e| Error { line: 0, reason: e.to_string() })
}

/// The text form of the encoded message `wire` of the type `message`, such as `tensorflow.GraphDef`.
///
/// # Errors
/// When the bytes are no such message, or the schemas have no such type.
pub fn print(message: &str, wire: &[u8]) -> Result<String, Error> {
    print::print(find(message)?, wire)
}

/// The encoded form of the message of type `message` whose text is `text`.
///
/// # Errors
/// What is wrong with the text, and at which line; when the schemas have no such type.
pub fn parse(message: &str, text: &[u8]) -> Result<Vec<u8>, Error> {
    parse::parse(find(message)?, text)
}

pub(crate) fn find(name: &str) -> Result<&'static Message, Error> {
    let found = schema::MESSAGES.iter().find(|m| m.name == name);
    found.ok_or_else(|| Error { line: 0, reason: format!("the schemas have no message `{name}`") })
}

/// All messages of the schemas; [`Kind::Message`] is a place in this list.
pub(crate) const fn messages() -> &'static [Message] {
    schema::MESSAGES
}

/// A message of the schemas.
pub(crate) struct Message {
    pub(crate) name: &'static str,
    /// By number.
    pub(crate) fields: &'static [Field],
}

/// A field.
pub(crate) struct Field {
    name: &'static str,
    pub(crate) number: u32,
    pub(crate) kind: Kind,
    repeated: bool,
}

/// The type of a field; messages and enumerations by their place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Double,
    Float,
    Int64,
    Uint64,
    Int32,
    Uint32,
    Sint64,
    Fixed64,
    Fixed32,
    Bool,
    String,
    Bytes,
    Enum(usize),
    Message(usize),
}

/// An enumeration.
pub(crate) struct Enum {
    values: &'static [(&'static str, i32)],
}

impl Kind {
    /// How a value lies on the wire.
    pub(crate) const fn wire(self) -> prost::encoding::WireType {
        use prost::encoding::WireType;
        match self {
            Self::Double | Self::Fixed64 => WireType::SixtyFourBit,
            Self::Float | Self::Fixed32 => WireType::ThirtyTwoBit,
            Self::String | Self::Bytes | Self::Message(_) => WireType::LengthDelimited,
            _ => WireType::Varint,
        }
    }

    /// The message that a value is.
    fn message(self) -> Option<&'static Message> {
        match self {
            Self::Message(at) => schema::MESSAGES.get(at),
            _ => None,
        }
    }

    /// The values of the enumeration.
    fn values(self) -> &'static [(&'static str, i32)] {
        match self {
            Self::Enum(at) => schema::ENUMS.get(at).map(|e| e.values).unwrap_or_default(),
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests;
