//! `floe tflite …`: what can be done to a `.tflite` alone. One file for each verb that reads a text
//! or writes one; the edits, which only differ in what they call, share theirs.

mod edit;
mod files;
mod parse;
mod print;
mod rewrite;

use crate::failure::{At, Failure, Outcome};
use crate::out::NewFile;
use floe::Bytes;
use floe::graph::map;
use floe::tflite::files::Archive;
use floe::tflite::owned::Object;
use floe::tflite::{Encoded, Layout, PatchError, Patched, TfLite, Unknown};
use std::path::Path;

macro_rules! verbs {
    ($($name:ident $args:path;)*) => {
        #[derive(clap::Subcommand)]
        enum Verb { $($name($args),)* }

        impl Args {
            pub(crate) fn run(self) -> Outcome {
                match self.verb { $(Verb::$name(args) => args.run(),)* }
            }
        }
    };
}

verbs! {
    Rewrite rewrite::Args;
    Print print::Args;
    Parse parse::Args;
    Rename edit::Rename;
    Replace edit::Replace;
    Extract edit::Extract;
    Batch edit::Batch;
    Externalize edit::Externalize;
    Metadata edit::Metadata;
    Files files::Args;
}

/// Rewrite, edit, print and parse .tflite files
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

/// Maps the file at `path`.
fn read(path: &Path) -> Outcome<Bytes> {
    map::open(path).at(path)
}

/// The model that `bytes` of `path` are, to be written anew.
fn decode<'a>(path: &Path, bytes: &'a [u8]) -> Outcome<Object<'a>> {
    let file = TfLite::parse(bytes).at(path)?;
    if let Some(unknown) = Unknown::first(&file) {
        return Err(Failure::at(path, format!("{unknown}, and would be lost; {DROP}")));
    }
    Object::decode(&file).at(path)
}

/// What to do about fields that are newer than Floe.
const DROP: &str = "`floe tflite rewrite --drop-unknown` makes a model without such fields";

/// Writes the model that `bytes` of `from` are to `to`, changed by `edit`: untouched parts as they lie,
/// whatever they hold, with them the archive at the end.
fn patch<'a>(
    from: &Path,
    bytes: &'a [u8],
    to: &Path,
    edit: impl FnOnce(&mut Object<'a>) -> Outcome,
) -> Outcome {
    let whole = TfLite::parse(bytes).at(from)?;
    let archive = Archive::of(&whole).at(from)?;
    let end = archive.and_then(|archive| usize::try_from(archive.start()).ok());
    let file = TfLite::parse(bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(bytes)).at(from)?;
    let mut model = Object::decode_known(&file).at(from)?;
    edit(&mut model)?;
    let patched = match Patched::new(&file, &model) {
        Ok(patched) => patched,
        Err(PatchError::Overlap { .. } | PatchError::TooLarge)
            if Unknown::first(&file).is_none() =>
        {
            return write(to, &model, Layout::default(), Some(bytes));
        }
        Err(e @ PatchError::Unknown(_)) => return Err(Failure::at(from, format!("{e}; {DROP}"))),
        Err(e) => return Err(Failure::at(from, e)),
    };
    let mut out = NewFile::create(to)?;
    patched.write_to(&mut out).at(to)?;
    if let Some(archive) = archive {
        archive.write_at(patched.len(), &mut out).at(to)?;
    }
    out.finish()
}

/// Writes `model` to `path`, behind it the archive that the file `source` ends with.
fn write(path: &Path, model: &Object<'_>, layout: Layout, source: Option<&[u8]>) -> Outcome {
    let encoded = Encoded::new(model, layout).at(path)?;
    let source = source.map(TfLite::parse).transpose().at(path)?;
    let archive = source.map(|file| Archive::of(&file)).transpose().at(path)?.flatten();
    let mut out = NewFile::create(path)?;
    encoded.write_to(&mut out).at(path)?;
    if let Some(archive) = archive {
        archive.write_at(encoded.len(), &mut out).at(path)?;
    }
    out.finish()
}

/// `FROM=TO` in two.
fn pair(text: &str) -> Outcome<(&str, &str)> {
    text.split_once('=').ok_or_else(|| Failure::usage(format!("`{text}`: expected FROM=TO")))
}
