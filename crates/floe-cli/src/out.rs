//! Where results go: stdout, or a file that appears whole or not at all.

use crate::failure::{At, Outcome};
use serde::Serialize;
use serde_json::ser::Formatter;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Buffered stdout. Flush it: an error on drop would go unseen.
pub(crate) fn stdout() -> BufWriter<io::StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}

/// Prints one JSON document.
pub(crate) fn json(value: &impl Serialize) -> Outcome {
    let mut out = stdout();
    write_json(value, &mut out)?;
    Ok(out.flush()?)
}

/// Writes one JSON document and a line feed.
pub(crate) fn write_json(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    let mut json = serde_json::Serializer::with_formatter(&mut *out, Layout::default());
    value.serialize(&mut json)?;
    writeln!(out)
}

/// Prints one JSON array, an element a line, as the elements come.
pub(crate) fn json_lines<T: Serialize>(items: impl IntoIterator<Item = Outcome<T>>) -> Outcome {
    let mut out = stdout();
    let mut before = "[\n";
    for item in items {
        out.write_all(before.as_bytes())?;
        serde_json::to_writer(&mut out, &item?).map_err(io::Error::from)?;
        before = ",\n";
    }
    out.write_all(if before == "[\n" { b"[]\n" } else { b"\n]\n" })?;
    Ok(out.flush()?)
}

/// JSON for people too: each member of an object on a line of its own, arrays in one line.
#[derive(Default)]
struct Layout {
    depth: usize,
    empty: bool,
}

impl Layout {
    fn line(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        write!(out, "\n{:1$}", "", self.depth * 2)
    }
}

impl Formatter for Layout {
    fn begin_array_value<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b"" } else { b", " })
    }

    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        (self.depth, self.empty) = (self.depth + 1, true);
        out.write_all(b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if !self.empty {
            self.line(out)?;
        }
        self.empty = false;
        out.write_all(b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.empty = false;
        out.write_all(if first { b"" } else { b"," })?;
        self.line(out)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}

/// A file that is being written beside its name. [`finish`](Self::finish) renames it into place;
/// dropped without that, it is removed and what was there before stays.
pub(crate) struct NewFile {
    file: BufWriter<File>,
    temporary: Option<PathBuf>,
    target: PathBuf,
}

impl NewFile {
    /// Begins to write `target`; folders on the way to it are made.
    pub(crate) fn create(target: impl AsRef<Path>) -> Outcome<Self> {
        let target = target.as_ref();
        // A link is followed: its target is what the user means to replace.
        let resolved = fs::canonicalize(target).unwrap_or_else(|_| target.to_path_buf());
        if fs::metadata(&resolved).is_ok_and(|m| !m.is_file() && !m.is_dir()) {
            // A pipe or a device is written to, never replaced.
            let file = BufWriter::new(File::options().write(true).open(&resolved).at(target)?);
            return Ok(Self { file, temporary: None, target: resolved });
        }
        if let Some(folder) = resolved.parent().filter(|f| !f.as_os_str().is_empty()) {
            fs::create_dir_all(folder).at(folder)?;
        }
        let temporary = beside(&resolved);
        let file = BufWriter::new(File::create(&temporary).at(target)?);
        Ok(Self { file, temporary: Some(temporary), target: resolved })
    }

    /// Writes all of `bytes` as `target`.
    pub(crate) fn write(target: impl AsRef<Path>, bytes: &[u8]) -> Outcome {
        let mut new = Self::create(&target)?;
        new.write_all(bytes).at(target)?;
        new.finish()
    }

    /// Puts the file in its place.
    pub(crate) fn finish(mut self) -> Outcome {
        self.file.flush().at(&self.target)?;
        if let Some(temporary) = &self.temporary {
            fs::rename(temporary, &self.target).at(&self.target)?;
        }
        self.temporary = None;
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl io::Seek for NewFile {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Best effort: the command is already failing.
            let _ = fs::remove_file(temporary);
        }
    }
}

/// A name in the same folder, which no other process of ours uses.
fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::{NewFile, write_json};
    use std::fs;
    use std::io::Write;

    #[test]
    fn json_is_laid_out_by_object() {
        let value: serde_json::Value =
            serde_json::from_str(r#"{"a":[1,{"b":{}}],"c":[]}"#).unwrap();
        let mut out = Vec::new();
        write_json(&value, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "{\n  \"a\": [1, {\n    \"b\": {}\n  }],\n  \"c\": []\n}\n");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn an_unfinished_file_leaves_the_old_one_and_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        NewFile::write(&path, b"old").unwrap();
        let mut new = NewFile::create(&path).unwrap();
        new.write_all(b"half").unwrap();
        drop(new);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn folders_are_made_and_links_followed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x/y/a");
        NewFile::write(&path, b"1").unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        NewFile::write(&link, b"2").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        NewFile::write("/dev/null", b"x").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
