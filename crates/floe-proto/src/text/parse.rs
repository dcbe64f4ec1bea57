//! Text to wire form.

use super::lexer::{Lexer, Token};
use super::{DEEPEST, Error, Field, Kind, Message};
use prost::encoding::{WireType, encode_key, encode_varint};

pub(super) fn parse(message: &'static Message, text: &[u8]) -> Result<Vec<u8>, Error> {
    let mut parser = Parser { lexer: Lexer::new(text) };
    let wire = parser.message(message, None, 0)?;
    Ok(wire)
}

struct Parser<'t> {
    lexer: Lexer<'t>,
}

/// A run of one repeated number, which is written packed.
#[derive(Default)]
struct Run {
    number: u32,
    packed: Vec<u8>,
}

impl Run {
    fn flush(&mut self, wire: &mut Vec<u8>) {
        if !self.packed.is_empty() {
            put(wire, self.number, &self.packed);
            self.packed.clear();
        }
    }
}

impl<'t> Parser<'t> {
    /// The fields up to `close`, or to the end of the text.
    fn message(
        &mut self,
        message: &'static Message,
        close: Option<u8>,
        depth: usize,
    ) -> Result<Vec<u8>, Error> {
        if depth > DEEPEST {
            return Err(self.lexer.error(format!("nested more than {DEEPEST} levels deep")));
        }
        let (mut wire, mut run) = (Vec::new(), Run::default());
        loop {
            match (self.lexer.take()?, close) {
                (Token::End, None) => break,
                (Token::Sign(sign), Some(close)) if sign == close => break,
                (Token::Sign(b',' | b';'), _) => {}
                (Token::Word(name), _) => self.field(message, name, &mut wire, &mut run, depth)?,
                (Token::End, Some(_)) => {
                    return Err(self.lexer.error("the text ends inside a message"));
                }
                _ => return Err(self.lexer.error("expected the name of a field")),
            }
        }
        run.flush(&mut wire);
        Ok(wire)
    }

    fn field(
        &mut self,
        message: &'static Message,
        name: &str,
        wire: &mut Vec<u8>,
        run: &mut Run,
        depth: usize,
    ) -> Result<(), Error> {
        let Some(field) = message.fields.iter().find(|f| f.name == name) else {
            run.flush(wire);
            return self.unknown(message, name, wire);
        };
        let packs = field.repeated && field.kind.wire() != WireType::LengthDelimited;
        if !packs || run.number != field.number {
            run.flush(wire);
            run.number = field.number;
        }
        let colon = self.lexer.skip(b':')?;
        if !colon && field.kind.message().is_none() {
            return Err(self.lexer.error(format!("expected `:` after `{name}`")));
        }
        if !self.lexer.skip(b'[')? {
            return self.value(field, wire, packs.then_some(run), depth);
        }
        if !field.repeated {
            return Err(self.lexer.error(format!("`{name}` takes no list")));
        }
        let mut first = true;
        while !self.lexer.skip(b']')? {
            if !first && !self.lexer.skip(b',')? {
                return Err(self.lexer.error("expected `,` or `]`"));
            }
            first = false;
            self.value(field, wire, packs.then_some(&mut *run), depth)?;
        }
        Ok(())
    }

    fn value(
        &mut self,
        field: &'static Field,
        wire: &mut Vec<u8>,
        run: Option<&mut Run>,
        depth: usize,
    ) -> Result<(), Error> {
        if let Some(message) = field.kind.message() {
            let close = match self.lexer.take()? {
                Token::Sign(b'{') => b'}',
                Token::Sign(b'<') => b'>',
                _ => return Err(self.lexer.error(format!("expected `{{` after `{}`", field.name))),
            };
            let inner = self.message(message, Some(close), depth.saturating_add(1))?;
            put(wire, field.number, &inner);
            return Ok(());
        }
        if matches!(field.kind, Kind::String | Kind::Bytes) {
            let text = self.text()?;
            if field.kind == Kind::String && std::str::from_utf8(&text).is_err() {
                return Err(self.lexer.error(format!("`{}` is not UTF-8", field.name)));
            }
            put(wire, field.number, &text);
            return Ok(());
        }
        match run {
            Some(run) => self.number(field, &mut run.packed),
            None => {
                encode_key(field.number, field.kind.wire(), wire);
                self.number(field, wire)
            }
        }
    }

    /// One or more strings, put together.
    fn text(&mut self) -> Result<Vec<u8>, Error> {
        let Token::Text(mut text) = self.lexer.take()? else {
            return Err(self.lexer.error("expected a quoted string"));
        };
        while let Token::Text(more) = self.lexer.peek()? {
            text.extend_from_slice(more);
            self.lexer.take()?;
        }
        Ok(text)
    }

    fn number(&mut self, field: &Field, out: &mut Vec<u8>) -> Result<(), Error> {
        let Token::Word(word) = self.lexer.take()? else {
            return Err(self.lexer.error(format!("expected the value of `{}`", field.name)));
        };
        encode(field.kind, word, out)
            .ok_or_else(|| self.lexer.error(format!("`{word}` is no value for `{}`", field.name)))
    }

    /// A field by its number, as [`print`](super::print) writes those that the schemas do not have.
    fn unknown(&mut self, message: &Message, name: &str, wire: &mut Vec<u8>) -> Result<(), Error> {
        let number = name.parse::<u32>().ok().filter(|n| (1..1 << 29).contains(n));
        let Some(number) = number else {
            return Err(self.lexer.error(format!("{} has no field `{name}`", message.name)));
        };
        if !self.lexer.skip(b':')? {
            return Err(self.lexer.error(format!("expected `:` after `{name}`")));
        }
        if matches!(self.lexer.peek()?, Token::Text(_)) {
            let text = self.text()?;
            self.nameless(message, number, WireType::LengthDelimited)?;
            put(wire, number, &text);
            return Ok(());
        }
        let Token::Word(word) = self.lexer.take()? else {
            return Err(self.lexer.error("expected a number or a string"));
        };
        let hex = word.strip_prefix("0x").unwrap_or_default();
        let value = integer(word).and_then(|v| u64::try_from(v).ok());
        let value = value.ok_or_else(|| self.lexer.error(format!("`{word}` is no number")))?;
        let kind = match hex.len() {
            8 => WireType::ThirtyTwoBit,
            16 => WireType::SixtyFourBit,
            _ => WireType::Varint,
        };
        self.nameless(message, number, kind)?;
        encode_key(number, kind, wire);
        match kind {
            WireType::ThirtyTwoBit => wire.extend_from_slice(&(value as u32).to_le_bytes()),
            WireType::SixtyFourBit => wire.extend_from_slice(&value.to_le_bytes()),
            _ => encode_varint(value, wire),
        }
        Ok(())
    }

    /// Refuses a number for what has a name: under its name a value is held against its type.
    fn nameless(&self, message: &Message, number: u32, wire: WireType) -> Result<(), Error> {
        let has_name = |f: &&Field| {
            let packed = f.repeated && wire == WireType::LengthDelimited;
            f.number == number && (packed || f.kind.wire() == wire)
        };
        match message.fields.iter().find(has_name) {
            Some(field) => Err(self.lexer.error(format!("field {number} is `{}`", field.name))),
            None => Ok(()),
        }
    }
}

/// Writes a length-delimited field.
fn put(wire: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    encode_key(number, WireType::LengthDelimited, wire);
    encode_varint(bytes.len() as u64, wire);
    wire.extend_from_slice(bytes);
}

/// Writes the number `word`, without its key; `None` when it is none of this kind.
fn encode(kind: Kind, word: &str, out: &mut Vec<u8>) -> Option<()> {
    let int = || integer(word);
    let varint = match kind {
        Kind::Float => {
            out.extend_from_slice(&float(word)?.1.to_le_bytes());
            return Some(());
        }
        Kind::Double => {
            out.extend_from_slice(&float(word)?.0.to_le_bytes());
            return Some(());
        }
        Kind::Fixed32 => {
            out.extend_from_slice(&u32::try_from(int()?).ok()?.to_le_bytes());
            return Some(());
        }
        Kind::Fixed64 => {
            out.extend_from_slice(&u64::try_from(int()?).ok()?.to_le_bytes());
            return Some(());
        }
        Kind::Int32 => i64::from(i32::try_from(int()?).ok()?) as u64,
        Kind::Int64 => i64::try_from(int()?).ok()? as u64,
        Kind::Uint32 => u32::try_from(int()?).ok()?.into(),
        Kind::Uint64 => u64::try_from(int()?).ok()?,
        Kind::Sint64 => {
            let value = i64::try_from(int()?).ok()?;
            ((value << 1) ^ (value >> 63)) as u64
        }
        Kind::Bool => match word {
            "true" | "True" | "t" | "1" => 1,
            "false" | "False" | "f" | "0" => 0,
            _ => return None,
        },
        Kind::Enum(_) => {
            let named = kind.values().iter().find(|(name, _)| *name == word).map(|(_, v)| *v);
            let value = named.or_else(|| i32::try_from(int()?).ok())?;
            i64::from(value) as u64
        }
        Kind::String | Kind::Bytes | Kind::Message(_) => return None,
    };
    encode_varint(varint, out);
    Some(())
}

/// A decimal, hexadecimal (`0x`) or octal (`0`) integer.
fn integer(word: &str) -> Option<i128> {
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, word),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let value = match (hex, digits.strip_prefix('0')) {
        (Some(hex), _) => i128::from_str_radix(hex, 16).ok()?,
        (None, Some(octal)) if !octal.is_empty() => i128::from_str_radix(octal, 8).ok()?,
        _ => digits.parse().ok()?,
    };
    value.checked_mul(sign)
}

/// A real number at both widths: rounding twice would not always give the nearest.
fn float(word: &str) -> Option<(f64, f32)> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word),
    };
    let lower = digits.to_ascii_lowercase();
    let (wide, narrow) = match lower.as_str() {
        "inf" | "infinity" => (f64::INFINITY, f32::INFINITY),
        "nan" => (f64::NAN, f32::NAN),
        "" => return None,
        text if text.starts_with("0x") => {
            let value = integer(text)?;
            (value as f64, value as f32)
        }
        text if text.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
            let text = text.strip_suffix('f').unwrap_or(text);
            (text.parse().ok()?, text.parse().ok()?)
        }
        _ => return None,
    };
    Some(if negative { (-wide, -narrow) } else { (wide, narrow) })
}
