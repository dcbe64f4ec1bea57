//! `floe tflite parse`: text as a model.

use super::write;
use crate::failure::{At, Outcome};
use floe::Bytes;
use floe::graph::map;
use floe::tflite::Layout;
use floe::tflite::text::parse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Make a .tflite of the text that `floe tflite print` gives
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The text
    path: PathBuf,
    /// Where to write
    #[arg(short, long)]
    output: PathBuf,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let text = std::fs::read_to_string(&self.path).at(&self.path)?;
        let files = side_files(&self.path, &text);
        let mut side = |name: &str| files.get(name).map(|bytes| &bytes[..]);
        let model = parse(&text, &mut side).at(&self.path)?;
        write(&self.output, &model, Layout::default(), None)
    }
}

/// The files that the text may mean by `file("NAME"…`, beside it or where the name says. One that is
/// not there is missed only if it is really asked for.
fn side_files(path: &Path, text: &str) -> BTreeMap<String, Bytes> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let names = text.split("file(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut files = BTreeMap::new();
    for name in names {
        if !files.contains_key(name)
            && let Ok(bytes) = map::open(folder.join(name)).or_else(|_| map::open(name))
        {
            files.insert(name.to_owned(), bytes);
        }
    }
    files
}
