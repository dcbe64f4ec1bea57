//! Text to tokens.

use super::Error;

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name, a number, or the like: letters, digits, `.`, `_`, `+`, `-`.
    Word(&'t str),
    /// A quoted string, unescaped.
    Text(Vec<u8>),
    /// A bracket, brace, colon, comma or semicolon.
    Sign(u8),
    /// Nothing more.
    End,
}

pub(super) struct Lexer<'t> {
    rest: &'t [u8],
    pub(super) line: usize,
    next: Option<Token<'t>>,
}

impl<'t> Lexer<'t> {
    pub(super) const fn new(text: &'t [u8]) -> Self {
        Self { rest: text, line: 1, next: None }
    }

    pub(super) fn error(&self, reason: impl Into<String>) -> Error {
        Error { line: self.line, reason: reason.into() }
    }

    /// The next token, which stays.
    pub(super) fn peek(&mut self) -> Result<&Token<'t>, Error> {
        let token = match self.next.take() {
            Some(token) => token,
            None => self.read()?,
        };
        Ok(self.next.insert(token))
    }

    /// The next token.
    pub(super) fn take(&mut self) -> Result<Token<'t>, Error> {
        match self.next.take() {
            Some(token) => Ok(token),
            None => self.read(),
        }
    }

    /// Takes `sign` if it comes next.
    pub(super) fn skip(&mut self, sign: u8) -> Result<bool, Error> {
        let found = *self.peek()? == Token::Sign(sign);
        if found {
            self.next = None;
        }
        Ok(found)
    }

    fn read(&mut self) -> Result<Token<'t>, Error> {
        self.skip_blanks();
        let Some((&first, after)) = self.rest.split_first() else { return Ok(Token::End) };
        match first {
            b'{' | b'}' | b'<' | b'>' | b'[' | b']' | b':' | b',' | b';' => {
                self.rest = after;
                Ok(Token::Sign(first))
            }
            b'"' | b'\'' => {
                self.rest = after;
                self.text(first).map(Token::Text)
            }
            b if is_word(b) => {
                let end = self.rest.iter().position(|&b| !is_word(b)).unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
                self.rest = rest;
                // Only ASCII was let in.
                Ok(Token::Word(std::str::from_utf8(word).unwrap_or_default()))
            }
            b => Err(self.error(format!("`{}` is not expected here", b.escape_ascii()))),
        }
    }

    fn skip_blanks(&mut self) {
        while let Some((&b, after)) = self.rest.split_first() {
            match b {
                b'\n' => self.line = self.line.saturating_add(1),
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {}
                b'#' => {
                    let end = self.rest.iter().position(|&b| b == b'\n').unwrap_or(self.rest.len());
                    self.rest = self.rest.get(end..).unwrap_or_default();
                    continue;
                }
                _ => return,
            }
            self.rest = after;
        }
    }

    /// The string up to the closing `quote`.
    fn text(&mut self, quote: u8) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        loop {
            let end = self.rest.iter().position(|&b| b == quote || b == b'\\' || b == b'\n');
            let split = end.and_then(|end| self.rest.split_at_checked(end));
            let Some((plain, [sign, after @ ..])) = split else {
                return Err(self.error("a string has no end"));
            };
            bytes.extend_from_slice(plain);
            self.rest = after;
            match *sign {
                b'\\' => self.escape(&mut bytes)?,
                b'\n' => return Err(self.error("a string has no end on its line")),
                _ => return Ok(bytes),
            }
        }
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let Some((&sign, after)) = self.rest.split_first() else {
            return Err(self.error("a string has no end"));
        };
        self.rest = after;
        let byte = match sign {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\\' | b'\'' | b'"' | b'?' => sign,
            b'0'..=b'7' => {
                let high = u32::from(sign.wrapping_sub(b'0'));
                let (more, count) = self.digits(8, 2);
                let scale = [1u32, 8, 64].get(count).copied().unwrap_or(1);
                u8::try_from(high.wrapping_mul(scale).wrapping_add(more))
                    .map_err(|_| self.error("an octal escape is above \\377"))?
            }
            b'x' | b'X' => match self.digits(16, 2) {
                (_, 0) => return Err(self.error("\\x without digits")),
                (value, _) => value as u8,
            },
            b'u' | b'U' => {
                let (value, count) = self.digits(16, if sign == b'u' { 4 } else { 8 });
                let c = char::from_u32(value).filter(|_| count >= 4);
                let c = c.ok_or_else(|| self.error("an escape names no character"))?;
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(self.error(format!("`\\{}` is no escape", sign.escape_ascii()))),
        };
        bytes.push(byte);
        Ok(())
    }

    /// The number in up to `most` digits, and how many there were.
    fn digits(&mut self, base: u32, most: usize) -> (u32, usize) {
        let (mut value, mut count) = (0u32, 0usize);
        while count < most
            && let Some((&b, after)) = self.rest.split_first()
            && let Some(digit) = char::from(b).to_digit(base)
        {
            value = value.wrapping_mul(base).wrapping_add(digit);
            count = count.saturating_add(1);
            self.rest = after;
        }
        (value, count)
    }
}

const fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'+' | b'-')
}
