use super::*;
use crate::{FreezeOptions, Target};
use floe_proto::Message;
use std::path::Path;

/// A graph that adds one, saves and restores a variable, and has a function for saving.
const MODEL: &str = "saved_model_schema_version: 1 meta_graphs {
  meta_info_def { tags: 'serve' }
  graph_def {
    node { name: 'x' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT } } }
    node { name: 'one' op: 'Const' attr { key: 'dtype' value { type: DT_FLOAT } }
      attr { key: 'value' value { tensor { dtype: DT_FLOAT tensor_shape {} float_val: 1 } } } experimental_debug_info { original_node_names: 'o' } }
    node { name: 'y' op: 'AddV2' input: 'x' input: 'one' attr { key: 'T' value { type: DT_FLOAT } } }
    node { name: 'z' op: 'Neg' input: 'y' attr { key: 'T' value { type: DT_FLOAT } } }
    node { name: 'file' op: 'Placeholder' attr { key: 'dtype' value { type: DT_STRING } } }
    node { name: 'only_saving' op: 'Const' attr { key: 'dtype' value { type: DT_STRING } }
      attr { key: 'value' value { tensor { dtype: DT_STRING tensor_shape {} string_val: 'v' } } } }
    node { name: 'both' op: 'Const' attr { key: 'dtype' value { type: DT_STRING } }
      attr { key: 'value' value { tensor { dtype: DT_STRING tensor_shape {} string_val: 'v' } } } }
    node { name: 'save' op: 'StatefulPartitionedCall' input: 'file' input: 'only_saving' input: 'both' attr { key: 'f' value { func { name: 'saves' } } } }
    node { name: 'restore' op: 'StatefulPartitionedCall' input: 'file' input: 'both' attr { key: 'f' value { func { name: 'restores' } } } }
    library {
      function { signature { name: 'saves' } node_def { name: 'c' op: 'PartitionedCall' attr { key: 'f' value { func { name: 'shared' } } } }
        node_def { name: 'd' op: 'PartitionedCall' attr { key: 'f' value { func { name: 'inner' } } } } }
      function { signature { name: 'restores' } node_def { name: 'c' op: 'PartitionedCall' attr { key: 'f' value { func { name: 'shared' } } } } }
      function { signature { name: 'shared' } } function { signature { name: 'inner' } } function { signature { name: 'unused' } }
    }
  }
  saver_def { filename_tensor_name: 'file:0' save_tensor_name: 'save:0' restore_op_name: 'restore' }
  signature_def { key: 'a' value { inputs { key: 'i' value { name: 'x:0' dtype: DT_FLOAT tensor_shape {} } }
    outputs { key: 'o' value { name: 'y:0' dtype: DT_FLOAT tensor_shape {} } } method_name: 'm' } }
  signature_def { key: 'b' value { inputs { key: 'i' value { name: 'y:0' dtype: DT_FLOAT tensor_shape {} } }
    outputs { key: 'o' value { name: 'z:0' dtype: DT_FLOAT tensor_shape {} } } } }
}";

fn model() -> SavedModel {
    SavedModel::parse(MODEL.to_owned().into(), Path::new("m.pbtxt")).unwrap()
}

fn names(package: &Package) -> (Vec<&str>, Vec<&str>) {
    let graph = package.model().meta_graphs[0].graph_def.as_ref().unwrap();
    let functions = graph.library.iter().flat_map(|l| &l.function);
    (
        graph.node.iter().map(|n| n.name.as_str()).collect(),
        functions.map(crate::graph::signature_name).collect(),
    )
}

#[test]
fn saving_goes_with_what_only_it_needs() {
    let package = model().package(&[Strip::Save]).unwrap();
    let (nodes, functions) = names(&package);
    assert_eq!(nodes, ["x", "one", "y", "z", "file", "both", "restore"]);
    assert_eq!(functions, ["restores", "shared", "unused"]);
    let saver = package.model().meta_graphs[0].saver_def.as_ref().unwrap();
    assert_eq!(
        (saver.restore_op_name.as_str(), saver.save_tensor_name.as_str()),
        ("restore", "file:0")
    );
}

#[test]
fn restoring_goes_too_when_asked() {
    let package = model().package(&[Strip::Restore, Strip::Debug]).unwrap();
    let (nodes, functions) = names(&package);
    assert_eq!(nodes, ["x", "one", "y", "z"]);
    assert_eq!(functions, ["unused"]);
    let meta = &package.model().meta_graphs[0];
    assert!(meta.saver_def.is_none());
    assert!(
        meta.graph_def.as_ref().unwrap().node.iter().all(|n| n.experimental_debug_info.is_none())
    );
}

#[test]
fn nothing_goes_unasked() {
    let package = model().package(&[]).unwrap();
    assert_eq!(package.model().meta_graphs[0], *model().graph(&[]).unwrap().meta());
}

#[test]
fn all_signatures_freeze_into_one_graph_and_keep_their_meaning() {
    let (package, frozen) = model().freeze_package(None, &FreezeOptions::default(), false).unwrap();
    assert_eq!(names(&package).0, ["x", "one", "y", "z"]);
    let meta = &package.model().meta_graphs[0];
    assert_eq!(meta.signature_def, model().graph(&[]).unwrap().meta().signature_def);
    assert_eq!(meta.meta_info_def.as_ref().unwrap().tags, ["serve"]);
    assert_eq!(frozen.inputs.iter().map(|p| p.signature.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    // Alone, a signature needs nothing in front of what it is fed.
    let options =
        FreezeOptions { target: Target::Signature("b".into()), ..FreezeOptions::default() };
    let (package, _) = model().freeze_package(None, &options, false).unwrap();
    assert_eq!(names(&package).0, ["y", "z"]);
}

#[test]
fn a_folder_appears_whole_and_replaces_only_models() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("m");
    let write = || SavedModelWriter::create(&target)?.finish(model().package(&[])?);
    write().unwrap();
    write().unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    let again = SavedModel::open(&target).unwrap();
    assert_eq!(again.graph(&[]).unwrap().meta(), model().graph(&[]).unwrap().meta());
    let print = again.fingerprint().unwrap();
    let bytes = std::fs::read(target.join("saved_model.pb")).unwrap();
    assert_eq!(print.saved_model_checksum, crate::fingerprint64(&bytes));
    let decoded = pb::SavedModel::decode(&*bytes).unwrap();
    assert_eq!(crate::fingerprint(&decoded, None).as_ref(), Some(print));
    drop(SavedModelWriter::create(&target).unwrap());
    assert!(SavedModel::open(&target).is_ok());
    std::fs::remove_file(target.join("saved_model.pb")).unwrap();
    assert!(matches!(SavedModelWriter::create(&target), Err(Error::Package { .. })));
}
