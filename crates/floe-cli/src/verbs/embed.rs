//! `floe embed`: a model as source code for firmware, in Rust or C.

use crate::failure::{At, Failure, Outcome};
use crate::human;
use crate::out::{self, NewFile};
use floe::Kind;
use floe::embed::Manifest;
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Write a .tflite as source code for firmware: the model, its exact arena, just its ops
#[derive(clap::Args)]
#[command(after_help = "\
rust: a no_std crate with typed inputs and outputs, which depends on the crate floe-micro alone.
c:    a header and a source for the static library of floe-micro-capi.
Either comes with a README that says how to build it.")]
pub(crate) struct Args {
    /// A .tflite
    model: PathBuf,
    /// The folder to write; made when it is not there
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// The language
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    lang: Language,
    /// What to call it; the file's name when not given
    #[arg(long)]
    name: Option<String>,
    /// Where floe-micro is on this disk, for a crate that is built without a registry
    #[arg(long, value_name = "DIR")]
    floe_micro: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    Rust,
    C,
}

/// What was written.
#[derive(Serialize)]
struct Report {
    name: String,
    arena_bytes: usize,
    flash_bytes: usize,
    ops: Vec<String>,
    files: Vec<String>,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let kind = Kind::sniff(&self.model).at(&self.model)?;
        if kind != Kind::TfLite {
            let what = format!("a {}: convert it first, with `floe convert`", kind.describe());
            return Err(Failure::at(&self.model, what));
        }
        let bytes = floe::graph::map::open(&self.model).at(&self.model)?;
        let manifest = Manifest::of(&bytes).at(&self.model)?;
        let stem = self.model.file_stem().unwrap_or_default().to_string_lossy();
        let name = floe::embed::ident(self.name.as_deref().unwrap_or(&stem), "model");
        let files = match self.lang {
            Language::Rust => manifest.rust_crate(&name, self.dependency()?.as_deref()),
            Language::C => manifest.c_sources(&name, &bytes),
        };
        let model = (self.lang == Language::Rust).then(|| ("src/model.tflite", &bytes[..]));
        let texts = files.iter().map(|(path, text)| (path.as_str(), text.as_bytes()));
        let mut written = Vec::new();
        for (path, content) in texts.chain(model) {
            let path = self.output.join(path);
            NewFile::write(&path, content)?;
            written.push(path.display().to_string());
        }
        let report = Report {
            name,
            arena_bytes: match self.lang {
                Language::Rust => manifest.rust_arena(),
                Language::C => manifest.arena,
            },
            flash_bytes: bytes.len(),
            ops: manifest.ops.iter().map(|op| op.name.to_owned()).collect(),
            files: written,
        };
        if self.json { out::json(&report) } else { report.write() }
    }

    /// The folder of floe-micro, as the crate's manifest names it.
    fn dependency(&self) -> Outcome<Option<PathBuf>> {
        let Some(folder) = &self.floe_micro else { return Ok(None) };
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            return Err(Failure::usage(format!(
                "--floe-micro: there is no crate at {}",
                folder.display()
            )));
        }
        Path::new(folder).canonicalize().map(Some).at(folder)
    }
}

impl Report {
    fn write(&self) -> Outcome {
        let mut out = out::stdout();
        writeln!(
            out,
            "{}: {} of arena, {} of model",
            self.name,
            human::bytes(self.arena_bytes as u64),
            human::bytes(self.flash_bytes as u64)
        )?;
        writeln!(out, "  ops  {}", self.ops.join(", "))?;
        for file in &self.files {
            writeln!(out, "  {file}")?;
        }
        Ok(out.flush()?)
    }
}
