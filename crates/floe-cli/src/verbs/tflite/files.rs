//! `floe tflite files`: the files in the archive that is appended to a model, such as labels.

use super::{pair, read};
use crate::failure::{At, Failure, Outcome};
use crate::human::{Align, Table, clean, count};
use crate::out::{self, NewFile};
use floe::tflite::TfLite;
use floe::tflite::files::{Archive, append, list, read as unpack};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// List, read and append associated files, such as labels
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The .tflite
    path: PathBuf,
    /// Where to write the model with the files of --add
    #[arg(short, long, requires = "add")]
    output: Option<PathBuf>,
    /// Append a file, in place of one of that name
    #[arg(long, value_name = "NAME=FILE", requires = "output")]
    add: Vec<String>,
    /// Write a file's bytes to stdout
    #[arg(long, value_name = "NAME", conflicts_with = "add")]
    get: Option<String>,
}

/// The most bytes that a packed file is unpacked to: what it claims is not to be trusted.
const LARGEST: u64 = 1 << 32;

impl Args {
    pub(super) fn run(self) -> Outcome {
        let bytes = read(&self.path)?;
        let file = TfLite::parse(&bytes).at(&self.path)?;
        if let Some(output) = &self.output {
            return NewFile::write(output, &self.appended(&file)?);
        }
        let mut out = out::stdout();
        if let Some(name) = &self.get {
            let none = || Failure::at(&self.path, format!("there is no associated file `{name}`"));
            out.write_all(&unpack(&file, name, LARGEST).at(&self.path)?.ok_or_else(none)?)?;
        } else {
            let mut table = Table::new(&[("bytes", Align::Right), ("file", Align::Left)]);
            for file in list(&file).at(&self.path)? {
                table.row([count(file.size), clean(&file.name).into_owned()]);
            }
            if !table.is_empty() {
                table.write(&mut out, 0)?;
            }
        }
        Ok(out.flush()?)
    }

    /// The model with the files that it has and those that are added.
    fn appended(&self, file: &TfLite<'_>) -> Outcome<Vec<u8>> {
        let mut files = BTreeMap::new();
        for old in list(file).at(&self.path)? {
            let bytes = unpack(file, &old.name, LARGEST).at(&self.path)?.unwrap_or_default();
            files.insert(old.name, bytes);
        }
        for text in &self.add {
            let (name, path) = pair(text)?;
            files.insert(name.to_owned(), std::fs::read(path).at(path)?);
        }
        let archive = Archive::of(file).at(&self.path)?;
        let end = archive.map_or(file.file().len() as u64, |archive| archive.start());
        let model = file.file().get(..end as usize).unwrap_or_default();
        let files: Vec<_> = files.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
        append(model, &files).at(&self.path)
    }
}
