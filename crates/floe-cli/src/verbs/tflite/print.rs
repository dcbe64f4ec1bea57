//! `floe tflite print`: a model as text.

use super::{decode, read};
use crate::failure::{At, Failure, Outcome};
use crate::out::{self, NewFile};
use floe::tflite::text::{Side, print};
use std::io::Write;
use std::path::PathBuf;

/// Print a .tflite as text, which `floe tflite parse` reads
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The .tflite
    path: PathBuf,
    /// Where to write instead of stdout
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Put large constants into this file instead of printing them in hex
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// The least bytes of a constant that goes into the file of --weights
    #[arg(long, default_value_t = 64)]
    least: usize,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let bytes = read(&self.path)?;
        let model = decode(&self.path, &bytes)?;
        let text = match &self.weights {
            None => print(&model, None),
            Some(path) => {
                let name = path.to_str().ok_or_else(|| Failure::usage("--weights: not UTF-8"))?;
                let mut file = NewFile::create(path)?;
                let mut keep = |bytes: &[u8]| file.write_all(bytes).map_err(|_| std::fmt::Error);
                let mut side = Side { name, least: self.least, bytes: &mut keep };
                let text = print(&model, Some(&mut side));
                file.finish()?;
                text
            }
        };
        let text = text.at(&self.path)?;
        match &self.output {
            Some(path) => NewFile::write(path, text.as_bytes()),
            None => {
                let mut out = out::stdout();
                out.write_all(text.as_bytes())?;
                Ok(out.flush()?)
            }
        }
    }
}
