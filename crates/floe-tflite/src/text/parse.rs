//! Parsing. Invariant: tables nest as deep as the schema does, so the depth of the text is bounded
//! by it; a vector costs the text at least a byte for each element.

use crate::owned::{Object, Value};
use crate::schema::{EnumId, FieldInfo, Kind, Scalar, TableId};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

/// Why a text is no model.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What was expected, or is wrong.
    pub what: Cow<'static, str>,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {}, column {})", self.what, self.line, self.column)
    }
}

impl core::error::Error for ParseError {}

/// The model that `text` is; `files` gives the bytes of side files by name.
///
/// # Errors
/// What is wrong first, with line and column.
pub fn parse<'a>(
    text: &str,
    files: &mut dyn FnMut(&str) -> Option<&'a [u8]>,
) -> Result<Object<'a>, ParseError> {
    let mut parser = Parser { text, at: 0, files };
    parser.skip();
    if parser.word() != TableId::MODEL.name() {
        return Err(error(text, 0, "expected `Model`"));
    }
    let model = parser.table(TableId::MODEL)?;
    parser.skip();
    if parser.at < text.len() {
        return Err(parser.fault("expected nothing more"));
    }
    Ok(model)
}

fn error(text: &str, at: usize, what: impl Into<Cow<'static, str>>) -> ParseError {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    ParseError { line, column, what: what.into() }
}

struct Parser<'t, 'f, 'a> {
    text: &'t str,
    at: usize,
    files: &'f mut dyn FnMut(&str) -> Option<&'a [u8]>,
}

impl<'t, 'a> Parser<'t, '_, 'a> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    /// Goes over white space, commas and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.rest();
            let spaces = rest.find(|c: char| !c.is_whitespace() && c != ',').unwrap_or(rest.len());
            self.advance(spaces);
            let rest = self.rest();
            if !rest.starts_with('#') {
                return;
            }
            self.advance(rest.find('\n').unwrap_or(rest.len()));
        }
    }

    #[cold]
    fn fault(&self, what: impl Into<Cow<'static, str>>) -> ParseError {
        error(self.text, self.at, what)
    }

    /// Takes `token` when it is next.
    fn eat(&mut self, token: char) -> bool {
        self.skip();
        let hit = self.rest().starts_with(token);
        if hit {
            self.advance(token.len_utf8());
        }
        hit
    }

    fn expect(&mut self, token: char) -> Result<(), ParseError> {
        if self.eat(token) {
            return Ok(());
        }
        Err(self.fault(alloc::format!("expected `{token}`")))
    }

    /// Takes letters, digits and what numbers are made of.
    fn word(&mut self) -> &'t str {
        self.skip();
        let rest = self.rest();
        let part = |c: char| c.is_ascii_alphanumeric() || "_+-.".contains(c);
        let word = rest.get(..rest.find(|c| !part(c)).unwrap_or(rest.len())).unwrap_or_default();
        self.advance(word.len());
        word
    }

    /// Takes a word back, to complain at its start.
    fn fault_before(&mut self, word: &str, what: impl Into<Cow<'static, str>>) -> ParseError {
        self.at = self.at.saturating_sub(word.len());
        self.fault(what)
    }

    fn table(&mut self, id: TableId) -> Result<Object<'a>, ParseError> {
        self.expect('{')?;
        let mut object = Object::new(id);
        while !self.eat('}') {
            let name = self.word();
            if name.is_empty() {
                return Err(self.fault("expected a field or `}`"));
            }
            let Some((slot, field)) = id.field_named(name) else {
                let what = alloc::format!("{} has no such field", id.name());
                return Err(self.fault_before(name, what));
            };
            if object.value(slot).is_some() {
                return Err(self.fault_before(name, "the field is given twice"));
            }
            self.expect(':')?;
            let value = self.value(&field)?;
            object.insert(slot, value);
        }
        Ok(object)
    }

    fn value(&mut self, field: &FieldInfo) -> Result<Value<'a>, ParseError> {
        self.skip();
        Ok(match field.kind {
            Kind::Scalar(Scalar::F32, _) => Value::Float(self.float()?),
            Kind::Scalar(scalar, names) => Value::Int(self.int(scalar, names)?),
            Kind::Tag(_) => Value::Int(self.int(Scalar::U8, None)?),
            Kind::String => Value::String(self.string()?.into()),
            Kind::Vector(Scalar::U8, ..) => Value::Vector(self.bytes()?),
            Kind::Vector(scalar, names, _) => Value::Vector(self.numbers(scalar, names)?.into()),
            Kind::Table(id) => Value::Table(self.table(id)?),
            Kind::Union(union) => {
                let name = self.word();
                let member = TableId::find(name).filter(|&id| union.tag_of(id).is_some());
                let Some(id) = member else {
                    let what = alloc::format!("expected a table of the union {}", union.name());
                    return Err(self.fault_before(name, what));
                };
                Value::Table(self.table(id)?)
            }
            Kind::Tables(id) => {
                self.expect('[')?;
                let mut all = Vec::new();
                while !self.eat(']') {
                    all.push(self.table(id)?);
                }
                Value::Tables(all)
            }
        })
    }

    fn numbers(&mut self, scalar: Scalar, names: Option<EnumId>) -> Result<Vec<u8>, ParseError> {
        self.expect('[')?;
        let mut all = Vec::new();
        // A vector is as in the file, where a byte of truth may be any.
        let scalar = if scalar == Scalar::Bool { Scalar::U8 } else { scalar };
        while !self.eat(']') {
            let bits = if scalar == Scalar::F32 {
                self.float()?.to_bits().into()
            } else {
                self.int(scalar, names)?.cast_unsigned()
            };
            let bytes = bits.to_le_bytes();
            all.extend_from_slice(bytes.get(..scalar.size()).unwrap_or(&bytes));
        }
        Ok(all)
    }

    fn int(&mut self, scalar: Scalar, names: Option<EnumId>) -> Result<i64, ParseError> {
        let word = self.word();
        if let Some(number) = names.and_then(|e| e.number_of(word)) {
            return Ok(number);
        }
        let number: i128 = match word {
            "true" => 1,
            "false" => 0,
            _ => match word.parse() {
                Ok(number) => number,
                Err(_) => return Err(self.fault_before(word, "expected a number")),
            },
        };
        let Some(bits) = fit(scalar, number) else {
            return Err(self.fault_before(word, "the number does not fit"));
        };
        Ok(bits)
    }

    fn float(&mut self) -> Result<f32, ParseError> {
        let word = self.word();
        let number = match word.strip_prefix("0x") {
            Some(bits) => u32::from_str_radix(bits, 16).ok().map(f32::from_bits),
            None => word.parse().ok(),
        };
        match number {
            Some(number) => Ok(number),
            None => Err(self.fault_before(word, "expected a number")),
        }
    }

    fn string(&mut self) -> Result<Vec<u8>, ParseError> {
        self.expect('"')?;
        let mut all = Vec::new();
        loop {
            let rest = self.rest();
            let plain =
                rest.find(['"', '\\']).ok_or_else(|| self.fault("the string does not end"))?;
            all.extend_from_slice(rest.get(..plain).unwrap_or_default().as_bytes());
            self.advance(plain);
            if self.rest().starts_with('"') {
                self.advance(1);
                return Ok(all);
            }
            all.push(self.escape()?);
        }
    }

    /// `\"`, `\\`, `\n` or `\xNN`.
    fn escape(&mut self) -> Result<u8, ParseError> {
        let rest = self.rest();
        let hex = || u8::from_str_radix(rest.get(2..4)?, 16).ok();
        let (byte, length) = match rest.as_bytes().get(1) {
            Some(b'n') => (b'\n', 2),
            Some(&c @ (b'"' | b'\\')) => (c, 2),
            Some(b'x') => (hex().ok_or_else(|| self.fault("expected two hex digits"))?, 4),
            _ => return Err(self.fault("expected \\n, \\\", \\\\ or \\xNN")),
        };
        self.advance(length);
        Ok(byte)
    }

    /// `x"00ff"`, `[0, 255]` or `file("name", start, length)`.
    fn bytes(&mut self) -> Result<Cow<'a, [u8]>, ParseError> {
        if self.rest().starts_with("file") {
            return self.file().map(Cow::Borrowed);
        }
        if !self.rest().starts_with("x\"") {
            return self.numbers(Scalar::U8, None).map(Cow::Owned);
        }
        self.advance(2);
        let rest = self.rest();
        let end = rest.find('"').ok_or_else(|| self.fault("the bytes do not end"))?;
        let digits = rest.get(..end).unwrap_or_default();
        let mut all = Vec::with_capacity(digits.len() / 2);
        let mut high = None;
        for (at, c) in digits.char_indices().filter(|(_, c)| !c.is_whitespace()) {
            let Some(digit) = c.to_digit(16).and_then(|d| u8::try_from(d).ok()) else {
                self.advance(at);
                return Err(self.fault("expected a hex digit"));
            };
            match high.take() {
                None => high = Some(digit),
                Some(high) => all.push(high << 4 | digit),
            }
        }
        self.advance(end.saturating_add(1));
        if high.is_some() {
            return Err(self.fault("an odd number of hex digits"));
        }
        Ok(Cow::Owned(all))
    }

    fn file(&mut self) -> Result<&'a [u8], ParseError> {
        let start = self.at;
        self.advance("file".len());
        self.expect('(')?;
        self.skip();
        let name = self.string()?;
        let (from, length) = (self.int(Scalar::I64, None)?, self.int(Scalar::I64, None)?);
        self.expect(')')?;
        let name = core::str::from_utf8(&name).unwrap_or_default();
        let Some(file) = (self.files)(name) else {
            return Err(error(self.text, start, "there is no such side file"));
        };
        let range = || {
            let from = usize::try_from(from).ok()?;
            file.get(from..from.checked_add(usize::try_from(length).ok()?)?)
        };
        range().ok_or_else(|| error(self.text, start, "the side file is too short"))
    }
}

/// `number` as a field's value, when the scalar can hold it.
fn fit(scalar: Scalar, number: i128) -> Option<i64> {
    let (least, most): (i128, i128) = match scalar {
        Scalar::Bool => (0, 1),
        Scalar::I8 => (i8::MIN.into(), i8::MAX.into()),
        Scalar::U8 => (0, u8::MAX.into()),
        Scalar::I16 => (i16::MIN.into(), i16::MAX.into()),
        Scalar::U16 => (0, u16::MAX.into()),
        Scalar::I32 => (i32::MIN.into(), i32::MAX.into()),
        Scalar::U32 => (0, u32::MAX.into()),
        Scalar::I64 => (i64::MIN.into(), i64::MAX.into()),
        Scalar::U64 => (0, u64::MAX.into()),
        Scalar::F32 => return None,
    };
    (least..=most).contains(&number).then_some(number as i64)
}
