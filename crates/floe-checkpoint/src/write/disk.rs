//! [`Disk`]: the file operations that a writer makes, so that a test can end it at each of them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// A file that is being written.
pub(crate) trait NewFile: Write + Send {
    /// Brings what was written to the disk itself.
    fn sync(&mut self) -> io::Result<()>;
}

/// The operations of a file system that writing a checkpoint takes.
pub(crate) trait Disk: Send + Sync {
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives the file a second name; a copy where the file system knows no links.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Brings names to the disk itself.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// The file system of the machine.
#[derive(Debug)]
pub(crate) struct System {
    /// Whether to wait for the disk.
    pub(crate) sync: bool,
}

struct SystemFile {
    file: File,
    sync: bool,
}

impl Write for SystemFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl NewFile for SystemFile {
    fn sync(&mut self) -> io::Result<()> {
        if self.sync { self.file.sync_all() } else { Ok(()) }
    }
}

impl Disk for System {
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        Ok(Box::new(SystemFile { file: File::create(path)?, sync: self.sync }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        if fs::hard_link(from, to).is_ok() {
            return Ok(());
        }
        fs::copy(from, to)?;
        if self.sync { File::open(to)?.sync_all() } else { Ok(()) }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        // Only Unix has folders that can be opened and brought to the disk.
        if self.sync && cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }
}
