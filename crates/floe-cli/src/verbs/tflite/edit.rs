//! The edits: each reads a `.tflite`, calls the library, and writes another. Those that change a little
//! leave the rest of the file as it lies; those that choose what stays write it anew.

use super::{decode, pair, patch, read, write};
use crate::failure::{At, Failure, Outcome};
use crate::out::{self, NewFile};
use floe::tflite::{Layout, TfLite, edit};
use std::io::Write;
use std::path::PathBuf;

/// Rename tensors, signatures and their ports
#[derive(clap::Args)]
pub(crate) struct Rename {
    /// The .tflite
    path: PathBuf,
    /// Where to write
    #[arg(short, long)]
    output: PathBuf,
    /// A tensor, in all graphs
    #[arg(long, value_name = "FROM=TO")]
    tensor: Vec<String>,
    /// A signature by key, or a port of one by KEY/PORT
    #[arg(long, value_name = "FROM=TO")]
    signature: Vec<String>,
}

impl Rename {
    pub(super) fn run(self) -> Outcome {
        let bytes = read(&self.path)?;
        patch(&self.path, &bytes, &self.output, |model| {
            for text in &self.tensor {
                let (from, to) = pair(text)?;
                let mut found = false;
                edit::rename_tensors(model, |name| {
                    found |= name == from;
                    (name == from).then(|| to.to_owned())
                });
                if !found {
                    return Err(Failure::at(&self.path, format!("there is no tensor `{from}`")));
                }
            }
            for text in &self.signature {
                let (from, to) = pair(text)?;
                edit::rename_signature(model, from, to).at(&self.path)?;
            }
            Ok(())
        })
    }
}

/// Replace the data of constants
#[derive(clap::Args)]
pub(crate) struct Replace {
    /// The .tflite
    path: PathBuf,
    /// Where to write
    #[arg(short, long)]
    output: PathBuf,
    /// A constant of the main graph, and a file with its raw little-endian bytes
    #[arg(long, value_name = "NAME=FILE", required = true)]
    tensor: Vec<String>,
}

impl Replace {
    pub(super) fn run(self) -> Outcome {
        let bytes = read(&self.path)?;
        patch(&self.path, &bytes, &self.output, |model| {
            self.tensor.iter().try_for_each(|text| {
                let (name, file) = pair(text)?;
                let data = std::fs::read(file).at(file)?;
                edit::replace_data(model, name, data).at(&self.path)
            })
        })
    }
}

/// Cut out what computes some tensors from others
#[derive(clap::Args)]
pub(crate) struct Extract {
    /// The .tflite
    path: PathBuf,
    /// Where to write
    #[arg(short, long)]
    output: PathBuf,
    /// The tensors that become inputs
    #[arg(long, value_delimiter = ',', value_name = "NAMES", required = true)]
    inputs: Vec<String>,
    /// The tensors that become outputs
    #[arg(long, value_delimiter = ',', value_name = "NAMES", required = true)]
    outputs: Vec<String>,
}

impl Extract {
    pub(super) fn run(self) -> Outcome {
        let bytes = read(&self.path)?;
        let mut model = decode(&self.path, &bytes)?;
        let inputs: Vec<_> = self.inputs.iter().map(String::as_str).collect();
        let outputs: Vec<_> = self.outputs.iter().map(String::as_str).collect();
        edit::extract(&mut model, &inputs, &outputs).at(&self.path)?;
        write(&self.output, &model, Layout::default(), Some(&bytes))
    }
}

/// Set the batch size
#[derive(clap::Args)]
pub(crate) struct Batch {
    /// The .tflite
    path: PathBuf,
    /// Where to write
    #[arg(short, long)]
    output: PathBuf,
    /// The first dimension of the inputs and of all that is computed from them
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..))]
    size: i32,
}

impl Batch {
    pub(super) fn run(self) -> Outcome {
        let bytes = read(&self.path)?;
        patch(&self.path, &bytes, &self.output, |model| {
            edit::set_batch(model, self.size).at(&self.path)
        })
    }
}

/// Put weights into a file beside the model
#[derive(clap::Args)]
pub(crate) struct Externalize {
    /// The .tflite
    path: PathBuf,
    /// Where to write the model
    #[arg(short, long)]
    output: PathBuf,
    /// Where to write the weights; the model names the file without its folder
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// The least bytes of a constant that goes there
    #[arg(long, default_value_t = 1024)]
    least: usize,
}

impl Externalize {
    pub(super) fn run(self) -> Outcome {
        let bytes = read(&self.path)?;
        let mut model = decode(&self.path, &bytes)?;
        let name = self.weights.file_name().and_then(|n| n.to_str());
        let name = name.ok_or_else(|| Failure::usage("--weights: expected a file name"))?;
        let mut side = Vec::new();
        edit::externalize(&mut model, name, self.least, &mut side);
        NewFile::write(&self.weights, &side)?;
        write(&self.output, &model, Layout::default(), Some(&bytes))
    }
}

/// List, read and set metadata entries
#[derive(clap::Args)]
pub(crate) struct Metadata {
    /// The .tflite
    path: PathBuf,
    /// Where to write the model with the entries of --set
    #[arg(short, long, requires = "set")]
    output: Option<PathBuf>,
    /// Set an entry to a file's bytes
    #[arg(long, value_name = "NAME=FILE", requires = "output")]
    set: Vec<String>,
    /// Write an entry's bytes to stdout
    #[arg(long, value_name = "NAME", conflicts_with = "set")]
    get: Option<String>,
}

impl Metadata {
    pub(super) fn run(self) -> Outcome {
        let bytes = read(&self.path)?;
        let file = TfLite::parse(&bytes).at(&self.path)?;
        let mut out = out::stdout();
        if let Some(name) = &self.get {
            let none = || Failure::at(&self.path, format!("there is no metadata entry `{name}`"));
            out.write_all(file.metadata(name).ok_or_else(none)?)?;
            return Ok(out.flush()?);
        }
        let Some(output) = &self.output else {
            for name in file.metadata_names() {
                let name = String::from_utf8_lossy(name);
                let length = file.metadata(&name).map_or(0, <[u8]>::len);
                writeln!(out, "{length:>10}  {}", crate::human::clean(&name))?;
            }
            return Ok(out.flush()?);
        };
        patch(&self.path, &bytes, output, |model| {
            for text in &self.set {
                let (name, file) = pair(text)?;
                edit::set_metadata(model, name.to_owned(), std::fs::read(file).at(file)?);
            }
            Ok(())
        })
    }
}
