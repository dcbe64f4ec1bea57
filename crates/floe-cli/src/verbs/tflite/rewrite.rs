//! `floe tflite rewrite`: decodes to the owned form and writes again.

use super::{decode, read, write};
use crate::failure::{At, Failure, Outcome};
use floe::tflite::edit::{Strip, strip};
use floe::tflite::owned::Object;
use floe::tflite::versions::{Policy, Release, settle};
use floe::tflite::{Layout, TfLite};
use std::path::PathBuf;

/// Decode a .tflite and write it again: tables first, weights after them, equal ones once
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The .tflite
    path: PathBuf,
    /// Where to write
    #[arg(short, long)]
    output: PathBuf,
    /// Leave out: names, metadata, debug, description, signatures, files (those in the appended archive)
    #[arg(long, value_delimiter = ',', value_name = "PARTS")]
    strip: Vec<String>,
    /// The boundary in bytes that weights start on: a power of two from 16 on
    #[arg(long, default_value_t = 16)]
    align: u32,
    /// Put weights behind the FlatBuffer, found by 64-bit offsets, whatever the size
    #[arg(long)]
    offsets: bool,
    /// Give every operator the lowest version that expresses it
    #[arg(long)]
    lowest_versions: bool,
    /// Fail when a runtime of this release cannot run the model; implies --lowest-versions
    #[arg(long, value_name = "2.x")]
    target_runtime: Option<String>,
    /// Leave out fields that are newer than Floe instead of failing
    #[arg(long)]
    drop_unknown: bool,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let (files, parts): (Vec<_>, Vec<_>) =
            self.strip.iter().map(String::as_str).partition(|part| *part == "files");
        let files = !files.is_empty();
        let parts = Strip::parse(parts)
            .map_err(|part| Failure::usage(format!("--strip: there is no part `{part}`")))?;
        let target = match &self.target_runtime {
            None => None,
            Some(text) => Some(Release::parse(text).ok_or_else(|| {
                Failure::usage(format!("--target-runtime: `{text}` is no release such as 2.14"))
            })?),
        };
        let bytes = read(&self.path)?;
        let mut model = if self.drop_unknown {
            Object::decode_known(&TfLite::parse(&bytes).at(&self.path)?).at(&self.path)?
        } else {
            decode(&self.path, &bytes)?
        };
        if parts != Strip::default() {
            strip(&mut model, parts);
        }
        if self.lowest_versions || target.is_some() {
            let need = settle(&mut model, Policy::Lowest);
            if let (Some(need), Some(target)) = (need, target)
                && need > target
            {
                let what = format!("needs a runtime of release {need}, the target is {target}");
                return Err(Failure::at(&self.path, what));
            }
        }
        let mut layout = Layout::default().with_align(self.align);
        if self.offsets {
            layout = layout.with_offsets(true);
        }
        write(&self.output, &model, layout, (!files).then_some(&bytes))
    }
}
