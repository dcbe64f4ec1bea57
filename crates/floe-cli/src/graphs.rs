//! Bare graphs in and out: what the verbs that edit a GraphDef share.

use crate::failure::{At, Failure, Outcome};
use crate::out::NewFile;
use floe::Artefact;
use floe::proto::tensorflow::GraphDef;
use floe::proto::{Message as _, text};
use floe::savedmodel::{Kind, SavedModel};
use std::path::Path;

/// Reads the GraphDef at `path`, binary or text.
pub(crate) fn read(path: &Path) -> Outcome<GraphDef> {
    match floe::open(path).at(path)? {
        Artefact::SavedModel(model, ..) if model.kind() == Kind::GraphDef => bare(path, &model),
        other => {
            let what = other.kind().describe();
            let how = match other {
                Artefact::SavedModel(..) => ": make one with `floe freeze`",
                _ => "",
            };
            Err(Failure::at(path, format!("a {what}: expected a GraphDef{how}")))
        }
    }
}

fn bare(path: &Path, model: &SavedModel) -> Outcome<GraphDef> {
    Ok(model.graph(&[]).at(path)?.def().clone())
}

/// Writes `graph` to `path`: as text when the name ends in `.pbtxt`.
pub(crate) fn write(path: &Path, graph: &GraphDef) -> Outcome {
    let bytes = if path.extension().is_some_and(|e| e == "pbtxt") {
        text::to_text(graph).at(path)?.into_bytes()
    } else {
        graph.encode_to_vec()
    };
    NewFile::write(path, &bytes)
}

/// The node of a tensor's name: `y` of `y:0`.
pub(crate) fn node_of(tensor: &str) -> &str {
    tensor.strip_prefix('^').unwrap_or(tensor).split(':').next().unwrap_or_default()
}
