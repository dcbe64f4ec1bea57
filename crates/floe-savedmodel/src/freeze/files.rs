//! The files that a model reads: its assets, and the vocabularies of its tables.
//!
//! Invariant: an asset is inside the model's folder. The path of a vocabulary that is not there any
//! more is replaced by the file of the same name beside the model, and the caller is told.

use super::program::Program;
use crate::names::node_of_tensor as node_of;
use crate::{Result, SavedModel};
use floe_proto::tensorflow::{
    AttrValue, DataType, TensorProto, TensorShapeProto, attr_value::Value, tensor_info::Encoding,
};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A constant of the main graph that holds the path of a file.
#[derive(Clone, Debug)]
pub(super) struct FileUse {
    pub(super) node: usize,
    /// The file's name among the assets.
    pub(super) name: String,
    pub(super) path: PathBuf,
}

/// The paths of a model's assets, in the place of the placeholders that take them.
pub(super) fn assets(
    model: &SavedModel,
    program: &mut Program<'_>,
    names: &HashMap<&str, usize>,
) -> Result<Vec<FileUse>> {
    let graph = program.graph;
    let mut files = Vec::new();
    for asset in &graph.meta().asset_file_def {
        let Some(Encoding::Name(tensor)) =
            asset.tensor_info.as_ref().and_then(|info| info.encoding.as_ref())
        else {
            continue;
        };
        let Some(&id) = names.get(node_of(tensor)) else { continue };
        let node = program.node_mut(0, id)?;
        let path = model.asset(&asset.filename).ok_or_else(|| {
            node.fault(format!("the asset `{}` is not inside the model's folder", asset.filename))
        })?;
        let name = asset.filename.clone();
        files.push(FileUse { node: id, name, path: path.clone() });
        let tensor = TensorProto {
            dtype: DataType::DtString.into(),
            tensor_shape: Some(TensorShapeProto::default()),
            string_val: vec![path.into_os_string().into_encoded_bytes().into()],
            ..TensorProto::default()
        };
        let dtype = Value::Type(DataType::DtString.into());
        node.become_op("Const", [("dtype", dtype), ("value", Value::Tensor(Box::new(tensor)))]);
        node.inputs.clear();
    }
    Ok(files)
}

/// Finds the vocabularies that the initialisers `init` read, and adds them to `files`. Returns what the
/// caller should know.
pub(super) fn vocabularies(
    model: &SavedModel,
    program: &mut Program<'_>,
    init: &[usize],
    files: &mut Vec<FileUse>,
) -> Result<Vec<String>> {
    let mut warnings = Vec::new();
    for &id in init {
        let node = program.node(0, id)?;
        if !node.op().starts_with("InitializeTableFromTextFile") {
            continue;
        }
        let Some(mut at) = node.inputs.get(1).map(|src| src.node) else { continue };
        while let Ok(node) = program.node(0, at)
            && node.op() == "Identity"
            && let Some(src) = node.inputs.first()
            && src.node < at
        {
            at = src.node;
        }
        let node = program.node_mut(0, at)?;
        let Some(AttrValue { value: Some(Value::Tensor(tensor)) }) = node.def.attr.get_mut("value")
        else {
            continue;
        };
        let [path] = tensor.string_val.as_mut_slice() else { continue };
        let Ok(text) = std::str::from_utf8(path) else { continue };
        let there = Path::new(text).exists().then(|| PathBuf::from(text));
        let Some(found) = there.or_else(|| model.beside(Path::new(text))) else {
            warnings.push(format!("the vocabulary {text} is not there"));
            continue;
        };
        if found != Path::new(text) {
            warnings.push(format!("the vocabulary {text} is read from {}", found.display()));
            *path = found.clone().into_os_string().into_encoded_bytes().into();
        }
        let name = found.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if files.iter().all(|f| f.node != at) {
            files.push(FileUse { node: at, name, path: found });
        }
    }
    Ok(warnings)
}
