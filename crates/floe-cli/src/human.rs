//! Numbers and tables for people.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// `1,234,567`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}

/// `1.23 ms`.
pub(crate) fn nanoseconds(n: u64) -> String {
    if n >= 1_000_000_000 {
        format!("{:.2} s", n as f64 / 1e9)
    } else {
        scaled(n, 1000.0, &[" ns", " µs", " ms"])
    }
}

/// `1.2 M`: three significant digits and a decimal unit.
pub(crate) fn rough(n: u64) -> String {
    scaled(n, 1000.0, &["", " k", " M", " G", " T", " P", " E"])
}

/// `1.2 MiB`.
pub(crate) fn bytes(n: u64) -> String {
    scaled(n, 1024.0, &[" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"])
}

fn scaled(n: u64, base: f64, units: &[&str]) -> String {
    let mut value = n as f64;
    let mut unit = units.iter();
    let mut name = unit.next().unwrap_or(&"");
    while value >= base {
        let Some(next) = unit.next() else { break };
        (value, name) = (value / base, next);
    }
    if n < base as u64 {
        format!("{n}{name}")
    } else if value < 10.0 {
        format!("{value:.2}{name}")
    } else if value < 100.0 {
        format!("{value:.1}{name}")
    } else {
        format!("{value:.0}{name}")
    }
}

/// `1 tensor`, `2 tensors`.
pub(crate) fn plural(n: u64, what: &str) -> String {
    format!("{} {what}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A name from a file as it may be shown: control characters, which could command the terminal, are
/// escaped.
pub(crate) fn clean(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_control) {
        Cow::Owned(name.chars().flat_map(shown).collect())
    } else {
        Cow::Borrowed(name)
    }
}

fn shown(c: char) -> Box<dyn Iterator<Item = char>> {
    if c.is_control() { Box::new(c.escape_default()) } else { Box::new(std::iter::once(c)) }
}

/// How a column is lined up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows under headings, in columns two spaces apart.
pub(crate) struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these headings.
    pub(crate) fn new(columns: &[(&'static str, Align)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row: one cell a column.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.columns.len());
        self.rows.push(cells.into());
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes the table with every line indented by `indent` spaces.
    pub(crate) fn write(&self, out: &mut impl Write, indent: usize) -> io::Result<()> {
        let headings: Vec<_> = self.columns.iter().map(|(h, _)| (*h).to_owned()).collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|i| {
                std::iter::once(&headings)
                    .chain(&self.rows)
                    .map(|r| width(&r[i]))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let show = headings.iter().any(|h| !h.is_empty());
        for row in show.then_some(&headings).into_iter().chain(&self.rows) {
            writeln!(out, "{:indent$}{}", "", self.line(row, &widths))?;
        }
        Ok(())
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for (i, (cell, (_, align))) in row.iter().zip(&self.columns).enumerate() {
            let pad = " ".repeat(widths[i].saturating_sub(width(cell)));
            let gap = if i == 0 { "" } else { "  " };
            let _ = match align {
                Align::Left => write!(line, "{gap}{cell}{pad}"),
                Align::Right => write!(line, "{gap}{pad}{cell}"),
            };
        }
        line.truncate(line.trim_end().len());
        line
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::{Align, Table, bytes, clean, count, nanoseconds, plural, rough};

    #[test]
    fn numbers_are_short_and_have_units() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1024), "1.00 KiB");
        assert_eq!(bytes(u64::MAX), "16.0 EiB");
        assert_eq!(rough(999), "999");
        assert_eq!(rough(25_610_152), "25.6 M");
        assert_eq!(nanoseconds(1_234), "1.23 µs");
        assert_eq!(nanoseconds(12_340_000_000), "12.34 s");
        assert_eq!(plural(1, "node"), "1 node");
        assert_eq!(plural(2, "node"), "2 nodes");
    }

    #[test]
    fn names_cannot_command_the_terminal() {
        assert_eq!(clean("a/b"), "a/b");
        assert_eq!(clean("a\x1b[2J\n"), "a\\u{1b}[2J\\n");
    }

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&[("name", Align::Left), ("bytes", Align::Right)]);
        table.row(["a".into(), "12".into()]);
        table.row(["λλλλλ".into(), "1".into()]);
        let mut out = Vec::new();
        table.write(&mut out, 2).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "  name   bytes\n  a         12\n  λλλλλ      1\n"
        );
    }
}
