//! `floe tflite rewrite`: decodes to the owned form and writes again.

use crate::failure::{At, Outcome};
use crate::out::NewFile;
use floe::graph::map;
use floe::tflite::owned::Object;
use floe::tflite::{Encoded, Layout, TfLite};
use std::path::PathBuf;

/// Decode a .tflite and write it again: tables first, weights after them, equal ones once
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The .tflite
    path: PathBuf,
    /// Where to write
    #[arg(short, long)]
    output: PathBuf,
    /// The boundary in bytes that weights start on: a power of two from 16 on
    #[arg(long, default_value_t = 16)]
    align: u32,
    /// Put weights behind the FlatBuffer, found by 64-bit offsets, whatever the size
    #[arg(long)]
    offsets: bool,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let bytes = map::open(&self.path).at(&self.path)?;
        let model = Object::decode(&TfLite::parse(&bytes).at(&self.path)?).at(&self.path)?;
        let mut layout = Layout::default().with_align(self.align);
        if self.offsets {
            layout = layout.with_offsets(true);
        }
        let encoded = Encoded::new(&model, layout).at(&self.path)?;
        let mut out = NewFile::create(&self.output)?;
        encoded.write_to(&mut out).at(&self.output)?;
        out.finish()
    }
}
