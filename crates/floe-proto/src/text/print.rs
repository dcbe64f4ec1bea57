//! Wire form to text.

use super::{DEEPEST, Error, Field, Kind, Message};
use prost::encoding::{WireType, decode_key, decode_varint};
use std::fmt::{self, Write};

pub(super) fn print(message: &'static Message, wire: &[u8]) -> Result<String, Error> {
    let mut printer = Printer { out: String::with_capacity(wire.len()) };
    printer.message(message, wire, 0)?;
    Ok(printer.out)
}

struct Printer {
    out: String,
}

/// The value of a field as it lies on the wire.
pub(crate) enum Raw<'w> {
    Number(u64),
    Bytes(&'w [u8]),
}

fn damaged() -> Error {
    Error { line: 0, reason: "the message is damaged".into() }
}

impl Printer {
    fn message(
        &mut self,
        message: &'static Message,
        mut wire: &[u8],
        depth: usize,
    ) -> Result<(), Error> {
        if depth > DEEPEST {
            let reason = format!("nested more than {DEEPEST} levels deep");
            return Err(Error { line: 0, reason });
        }
        while !wire.is_empty() {
            let (number, kind) = decode_key(&mut wire).map_err(|_| damaged())?;
            let raw = take(kind, &mut wire).ok_or_else(damaged)?;
            match message.fields.iter().find(|f| f.number == number) {
                Some(field) => self.field(field, kind, &raw, depth)?,
                None => self.unknown(number, kind, &raw, depth),
            }
        }
        Ok(())
    }

    fn field(
        &mut self,
        field: &'static Field,
        wire: WireType,
        raw: &Raw<'_>,
        depth: usize,
    ) -> Result<(), Error> {
        match (raw, field.kind) {
            (Raw::Bytes(bytes), kind) if kind.message().is_some() => {
                self.indent(depth);
                self.out.push_str(field.name);
                self.out.push_str(" {\n");
                if let Some(message) = kind.message() {
                    self.message(message, bytes, depth.saturating_add(1))?;
                }
                self.indent(depth);
                self.out.push_str("}\n");
            }
            (Raw::Bytes(bytes), Kind::String) if std::str::from_utf8(bytes).is_err() => {
                return Err(Error { line: 0, reason: format!("`{}` is not UTF-8", field.name) });
            }
            (Raw::Bytes(bytes), Kind::String | Kind::Bytes) => {
                self.begin(field.name, depth);
                self.quoted(bytes);
                self.out.push('\n');
            }
            (Raw::Bytes(packed), kind) if field.repeated => {
                let mut rest = *packed;
                while !rest.is_empty() {
                    let Some(Raw::Number(number)) = take(kind.wire(), &mut rest) else {
                        return Err(damaged());
                    };
                    self.number(field, number, depth);
                }
            }
            (Raw::Number(number), kind) if kind.wire() == wire => {
                self.number(field, *number, depth);
            }
            _ => self.unknown(field.number, wire, raw, depth),
        }
        Ok(())
    }

    fn number(&mut self, field: &Field, raw: u64, depth: usize) {
        self.begin(field.name, depth);
        let out = &mut self.out;
        // Writing to a string cannot fail.
        let _ = match field.kind {
            Kind::Float => return self.float(f32::from_bits(raw as u32)),
            Kind::Double => return self.float(f64::from_bits(raw)),
            Kind::Int64 => writeln!(out, "{}", raw as i64),
            Kind::Int32 => writeln!(out, "{}", raw as i32),
            Kind::Sint64 => {
                writeln!(out, "{}", ((raw >> 1) as i64) ^ (raw as i64 & 1).wrapping_neg())
            }
            Kind::Bool => writeln!(out, "{}", raw != 0),
            Kind::Enum(_) => {
                let value = raw as i32;
                match field.kind.values().iter().find(|(_, v)| *v == value) {
                    Some((name, _)) => writeln!(out, "{name}"),
                    None => writeln!(out, "{value}"),
                }
            }
            _ => writeln!(out, "{raw}"),
        };
    }

    /// The shortest digits that give the same number again.
    fn float<T: fmt::Debug + Into<f64> + Copy>(&mut self, value: T) {
        let wide: f64 = value.into();
        let _ = match wide {
            v if v.is_nan() && v.is_sign_negative() => writeln!(self.out, "-nan"),
            v if v.is_nan() => writeln!(self.out, "nan"),
            _ => {
                let digits = format!("{value:?}");
                writeln!(self.out, "{}", digits.strip_suffix(".0").unwrap_or(&digits))
            }
        };
    }

    /// A field that the schemas do not have, by number.
    fn unknown(&mut self, number: u32, kind: WireType, raw: &Raw<'_>, depth: usize) {
        self.begin(&number.to_string(), depth);
        let _ = match (raw, kind) {
            (Raw::Bytes(bytes), _) => {
                self.quoted(bytes);
                writeln!(self.out)
            }
            (Raw::Number(n), WireType::ThirtyTwoBit) => writeln!(self.out, "0x{n:08x}"),
            (Raw::Number(n), WireType::SixtyFourBit) => writeln!(self.out, "0x{n:016x}"),
            (Raw::Number(n), _) => writeln!(self.out, "{n}"),
        };
    }

    fn begin(&mut self, name: &str, depth: usize) {
        self.indent(depth);
        self.out.push_str(name);
        self.out.push_str(": ");
    }

    fn indent(&mut self, depth: usize) {
        for _ in 0..depth {
            self.out.push_str("  ");
        }
    }

    fn quoted(&mut self, bytes: &[u8]) {
        self.out.push('"');
        for &b in bytes {
            match b {
                b'\n' => self.out.push_str("\\n"),
                b'\r' => self.out.push_str("\\r"),
                b'\t' => self.out.push_str("\\t"),
                b'"' | b'\'' | b'\\' => {
                    self.out.push('\\');
                    self.out.push(b.into());
                }
                0x20..0x7f => self.out.push(b.into()),
                _ => {
                    let _ = write!(self.out, "\\{b:03o}");
                }
            }
        }
        self.out.push('"');
    }
}

/// Cuts one value off the front of `wire`.
pub(crate) fn take<'w>(kind: WireType, wire: &mut &'w [u8]) -> Option<Raw<'w>> {
    let mut cut = |len: usize| {
        let (head, tail) = wire.split_at_checked(len)?;
        *wire = tail;
        Some(head)
    };
    Some(match kind {
        WireType::Varint => Raw::Number(decode_varint(wire).ok()?),
        WireType::SixtyFourBit => Raw::Number(u64::from_le_bytes(cut(8)?.try_into().ok()?)),
        WireType::ThirtyTwoBit => Raw::Number(u32::from_le_bytes(cut(4)?.try_into().ok()?).into()),
        WireType::LengthDelimited => {
            let len = usize::try_from(decode_varint(wire).ok()?).ok()?;
            let (head, tail) = wire.split_at_checked(len)?;
            *wire = tail;
            Raw::Bytes(head)
        }
        WireType::StartGroup | WireType::EndGroup => return None,
    })
}
