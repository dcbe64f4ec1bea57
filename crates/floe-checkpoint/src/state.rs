//! The `checkpoint` file: which checkpoints a folder holds and which is the latest, a
//! `CheckpointState` message in text form.
//!
//! Invariant: what is written is read again as the same, whatever bytes the paths hold.

use crate::error::{Error, Result};
use crate::shards::folder;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The name of the state file in its folder.
pub const STATE_FILE: &str = "checkpoint";

/// What a `checkpoint` file says. Paths are as they stand there: relative to the file's folder, or
/// absolute.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct State {
    /// The latest checkpoint.
    pub latest: String,
    /// All checkpoints that were kept, the oldest first.
    pub all: Vec<String>,
    /// When each of them was written, in seconds since 1970; may be empty.
    pub timestamps: Vec<f64>,
    /// When the last one was kept for good.
    pub last_preserved: Option<f64>,
}

impl State {
    /// A state with `latest` as its one checkpoint.
    #[must_use]
    pub fn of(latest: &str) -> Self {
        Self { latest: latest.to_owned(), all: vec![latest.to_owned()], ..Self::default() }
    }

    /// Reads the state file `path`.
    ///
    /// # Errors
    /// When it cannot be read or is no state file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read(path).map_err(Error::io(path))?;
        Self::parse(&text).map_err(|at| {
            Error::file(path)(floe_graph::Error::new(floe_graph::ErrorKind::Malformed, at))
        })
    }

    /// Reads a `CheckpointState` in text form.
    ///
    /// # Errors
    /// The byte at which the text stops making sense.
    pub fn parse(text: &[u8]) -> Result<Self, usize> {
        let mut state = Self::default();
        let mut rest = Text { all: text, at: 0 };
        while let Some(field) = rest.field()? {
            let at = rest.at;
            match (field, rest.value()?) {
                (b"model_checkpoint_path", Scalar::Text(t)) => state.latest = t,
                (b"all_model_checkpoint_paths", Scalar::Text(t)) => state.all.push(t),
                (b"all_model_checkpoint_timestamps", Scalar::Number(n)) => state.timestamps.push(n),
                (b"last_preserved_timestamp", Scalar::Number(n)) => state.last_preserved = Some(n),
                (b"model_checkpoint_path" | b"all_model_checkpoint_paths", _) => return Err(at),
                _ => {}
            }
        }
        if state.latest.is_empty() && state.all.is_empty() { Err(0) } else { Ok(state) }
    }

    /// The text that [`parse`](Self::parse) reads, as TensorFlow writes it.
    #[must_use]
    pub fn print(&self) -> String {
        let mut out = format!("model_checkpoint_path: \"{}\"\n", escape(&self.latest));
        for path in &self.all {
            let _ = writeln!(out, "all_model_checkpoint_paths: \"{}\"", escape(path));
        }
        for time in &self.timestamps {
            let _ = writeln!(out, "all_model_checkpoint_timestamps: {time}");
        }
        if let Some(time) = self.last_preserved {
            let _ = writeln!(out, "last_preserved_timestamp: {time}");
        }
        out
    }
}

/// Where a path in the state file `file` leads: beside the file for a relative one. A stale absolute
/// path, of a folder that was moved, leads to the same name beside the file.
#[must_use]
pub fn resolve(file: &Path, entry: &str) -> PathBuf {
    let entry = Path::new(entry);
    if entry.is_relative() {
        return folder(file).join(entry);
    }
    match entry.file_name() {
        Some(name) if crate::shards::suffixes(entry).is_empty() => folder(file).join(name),
        _ => entry.to_owned(),
    }
}

enum Scalar {
    Text(String),
    Number(f64),
}

/// A cursor over text-form fields.
struct Text<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Text<'a> {
    fn rest(&self) -> &'a [u8] {
        self.all.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
    }

    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let space = rest
                .iter()
                .take_while(|b| b.is_ascii_whitespace() || matches!(b, b',' | b';'))
                .count();
            let comment = match rest.get(space) {
                Some(b'#') => rest.iter().skip(space).take_while(|&&b| b != b'\n').count(),
                _ => 0,
            };
            if space == 0 && comment == 0 {
                return;
            }
            self.skip(space.saturating_add(comment));
        }
    }

    /// The next field's name; its colon is taken with it.
    fn field(&mut self) -> Result<Option<&'a [u8]>, usize> {
        self.skip_space();
        let rest = self.rest();
        if rest.is_empty() {
            return Ok(None);
        }
        let length = rest.iter().take_while(|&&b| b.is_ascii_alphanumeric() || b == b'_').count();
        let name = rest.get(..length).filter(|n| !n.is_empty()).ok_or(self.at)?;
        self.skip(length);
        self.skip_space();
        if self.rest().first() != Some(&b':') {
            return Err(self.at);
        }
        self.skip(1);
        self.skip_space();
        Ok(Some(name))
    }

    fn value(&mut self) -> Result<Scalar, usize> {
        if !matches!(self.rest().first(), Some(b'"' | b'\'')) {
            let rest = self.rest();
            let end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b',' | b';' | b'#');
            let word = rest.get(..rest.iter().position(end).unwrap_or(rest.len()));
            let word = word.and_then(|w| std::str::from_utf8(w).ok()).filter(|w| !w.is_empty());
            let word = word.ok_or(self.at)?;
            self.skip(word.len());
            // `inf` is a number, `1f` is one with a suffix.
            let number = word.parse().or_else(|_| word.trim_end_matches('f').parse());
            return Ok(Scalar::Number(number.unwrap_or(f64::NAN)));
        }
        let mut bytes = Vec::new();
        while let Some(&quote @ (b'"' | b'\'')) = self.rest().first() {
            self.skip(1);
            self.quoted(quote, &mut bytes)?;
            self.skip_space();
        }
        String::from_utf8(bytes).map(Scalar::Text).map_err(|_| self.at)
    }

    fn quoted(&mut self, quote: u8, out: &mut Vec<u8>) -> Result<(), usize> {
        loop {
            let &byte = self.rest().first().ok_or(self.at)?;
            self.skip(1);
            match byte {
                b'\\' => out.push(self.escaped()?),
                b'\n' => return Err(self.at),
                b if b == quote => return Ok(()),
                b => out.push(b),
            }
        }
    }

    /// The byte that the text after a backslash stands for.
    fn escaped(&mut self) -> Result<u8, usize> {
        let &byte = self.rest().first().ok_or(self.at)?;
        if let Some(&(_, meaning)) = ESCAPES.iter().find(|(letter, _)| *letter == byte) {
            self.skip(1);
            return Ok(meaning);
        }
        let (radix, most) = match byte {
            b'0'..=b'7' => (8, 3),
            b'x' | b'X' => (16, 2),
            _ => return Err(self.at),
        };
        self.skip(usize::from(radix == 16));
        let digit = |b: &u8| char::from(*b).to_digit(radix);
        let digits: Vec<u32> = self.rest().iter().take(most).map_while(digit).collect();
        if digits.is_empty() {
            return Err(self.at);
        }
        self.skip(digits.len());
        let value = digits.iter().fold(0u32, |v, d| v.saturating_mul(radix).saturating_add(*d));
        u8::try_from(value).map_err(|_| self.at)
    }
}

const ESCAPES: [(u8, u8); 11] = [
    (b'a', 7),
    (b'b', 8),
    (b't', 9),
    (b'n', 10),
    (b'v', 11),
    (b'f', 12),
    (b'r', 13),
    (b'"', b'"'),
    (b'\'', b'\''),
    (b'\\', b'\\'),
    (b'?', b'?'),
];

/// Escapes as protocol buffers' text form does: the letters, and octal for what is not ASCII.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        match b {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'"' | b'\'' | b'\\' => out.extend(['\\', char::from(b)]),
            b' '..=b'~' => out.push(char::from(b)),
            _ => {
                let _ = write!(out, "\\{b:03o}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_as_tensorflow_writes_it() {
        let text = b"model_checkpoint_path: \"ck-3\"\nall_model_checkpoint_paths: \"ck-2\"\n\
            all_model_checkpoint_paths: \"ck-3\"\nall_model_checkpoint_timestamps: 1795400417.75961\n\
            all_model_checkpoint_timestamps: 1795400417.7914772\nlast_preserved_timestamp: 1795400416.6745064\n";
        let state = State::parse(text).unwrap();
        assert_eq!((state.latest.as_str(), state.all.len()), ("ck-3", 2));
        assert_eq!(state.last_preserved, Some(1_795_400_416.674_506_4));
        assert_eq!(state.print().as_bytes(), text);
    }

    #[test]
    fn other_spellings_of_the_same() {
        let state =
            State::parse(b"# c\nmodel_checkpoint_path:'a\\x2f\\142' \"c\" ; unknown: 3").unwrap();
        assert_eq!(state.latest, "a/bc");
    }

    #[test]
    fn numbers_with_a_suffix_and_without_end() {
        let text = b"model_checkpoint_path: 'c' all_model_checkpoint_timestamps: 1.5f \
            all_model_checkpoint_timestamps: inf last_preserved_timestamp: -inf";
        let state = State::parse(text).unwrap();
        assert_eq!(state.timestamps, [1.5, f64::INFINITY]);
        assert_eq!(state.last_preserved, Some(f64::NEG_INFINITY));
    }

    #[test]
    fn what_is_no_state_says_where() {
        for (text, at) in
            [(&b""[..], 0), (b"hello", 5), (b"model_checkpoint_path: \"a", 25), (b"{", 0)]
        {
            assert_eq!(State::parse(text), Err(at), "{}", text.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn any_state_goes_both_ways(latest in "\\PC+", all: Vec<String>, times: Vec<u32>) {
            let timestamps = times.into_iter().map(|t| f64::from(t) / 7.0).collect();
            let state = State { latest, all, timestamps, last_preserved: None };
            prop_assert_eq!(State::parse(state.print().as_bytes()), Ok(state));
        }

        #[test]
        fn any_bytes_parse_or_fail(bytes: Vec<u8>) {
            let _ = State::parse(&bytes);
        }
    }
}
