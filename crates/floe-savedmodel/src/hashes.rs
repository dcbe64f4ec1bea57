//! The hashes by which `fingerprint.pb` names the parts of a SavedModel.
//!
//! Facts, as TensorFlow 2.21 makes them (version 4), each a [`fingerprint64`] of the
//! [canonical form](floe_proto::canonical):
//!
//! * of the whole message;
//! * of the first graph without its library and versions, calls without the number that ends their
//!   function's name and without `config_proto`, constants of strings without their value;
//! * of the signatures in the order of their keys, key and message in turn, chained;
//! * of the object graph's functions in the order of the numbers that end their names, name without that
//!   number and message in turn, chained;
//! * of the bytes of `variables.index`, 0 when there is none.

use crate::fingerprint64;
use floe_proto::canonical;
use floe_proto::tensorflow::{
    AttrValue, DataType, FingerprintDef, FunctionDefLibrary, GraphDef, MetaGraphDef, NodeDef,
    SavedModel, VersionDef, attr_value::Value,
};
use std::collections::BTreeMap;

/// The version of the rules above.
pub(crate) const VERSION: i32 = 4;

/// The fingerprint of `model`, whose `variables.index` has the bytes `index`; `None` where TensorFlow makes
/// none: without a graph, and when a function's name does not end in a number.
///
/// The identifier, which TensorFlow draws by lot, is made of the hashes, so that the same model has the
/// same.
#[must_use]
pub fn fingerprint(model: &SavedModel, index: Option<&[u8]>) -> Option<FingerprintDef> {
    let first = model.meta_graphs.first()?;
    let mut fingerprint = FingerprintDef {
        saved_model_checksum: fingerprint64(&canonical(model)),
        graph_def_program_hash: graph(first),
        signature_def_hash: signatures(first),
        saved_object_graph_hash: objects(first)?,
        checkpoint_hash: index.map_or(0, fingerprint64),
        version: Some(VersionDef { producer: VERSION, ..VersionDef::default() }),
        uuid: String::new(),
    };
    fingerprint.uuid =
        chain(fingerprint.saved_model_checksum, fingerprint.checkpoint_hash).to_string();
    Some(fingerprint)
}

/// The hash of what a graph computes.
pub(crate) fn graph(meta: &MetaGraphDef) -> u64 {
    let graph = meta.graph_def.as_ref();
    let nodes = graph.map(|g| g.node.as_slice()).unwrap_or_default();
    let regular = GraphDef {
        node: nodes.iter().map(regular).collect(),
        library: Some(FunctionDefLibrary::default()),
        versions: Some(VersionDef::default()),
        version: graph.map_or(0, |g| g.version),
        debug_info: graph.and_then(|g| g.debug_info.clone()),
    };
    fingerprint64(&canonical(&regular))
}

/// A node without what differs from one run of the same program to the next.
fn regular(node: &NodeDef) -> NodeDef {
    let mut node = node.clone();
    match node.op.as_str() {
        "PartitionedCall" | "StatefulPartitionedCall" => {
            if let Some(AttrValue { value: Some(Value::Func(f)) }) = node.attr.get_mut("f")
                && let Some((_, stem)) = numbered(&f.name)
            {
                f.name = stem.to_owned();
            }
            if let Some(config) = node.attr.get_mut("config_proto") {
                config.value = Some(Value::S(bytes::Bytes::new()));
            }
        }
        "Const" if is_string(&node) => {
            if let Some(value) = node.attr.get_mut("value") {
                value.value = None;
            }
        }
        _ => {}
    }
    node
}

fn is_string(node: &NodeDef) -> bool {
    let dtype = node.attr.get("dtype").and_then(|a| a.value.as_ref());
    matches!(dtype, Some(Value::Type(n)) if *n == i32::from(DataType::DtString))
}

/// The hash of all signatures.
pub(crate) fn signatures(meta: &MetaGraphDef) -> u64 {
    meta.signature_def.iter().fold(0, |hash, (key, signature)| {
        let hash = chain(hash, fingerprint64(key.as_bytes()));
        chain(hash, fingerprint64(&canonical(signature)))
    })
}

/// The hash of the object graph's functions; `None` when one's name does not end in a number.
pub(crate) fn objects(meta: &MetaGraphDef) -> Option<u64> {
    let mut by_number = BTreeMap::new();
    for (name, function) in meta.object_graph_def.iter().flat_map(|o| &o.concrete_functions) {
        let (number, stem) = numbered(name)?;
        // Of two with the same number the first counts.
        by_number.entry(number).or_insert((stem, function));
    }
    Some(by_number.values().fold(0, |hash, (stem, function)| {
        let hash = chain(hash, fingerprint64(stem.as_bytes()));
        chain(hash, fingerprint64(&canonical(*function)))
    }))
}

/// The number behind the last underscore of a function's name, and the name without it.
fn numbered(name: &str) -> Option<(i64, &str)> {
    let number: i64 = name.rsplit('_').next()?.parse().ok()?;
    let digits = number.to_string();
    Some((number, name.strip_suffix(digits.as_str()).unwrap_or(name)))
}

/// One hash of two.
fn chain(first: u64, second: u64) -> u64 {
    const MUL: u64 = 0xc6a4_a793_5bd1_e995;
    let mix = |v: u64| v ^ (v >> 47);
    let first = first ^ MUL ^ mix(second.wrapping_mul(MUL)).wrapping_mul(MUL);
    mix(mix(first.wrapping_mul(MUL)).wrapping_mul(MUL))
}

#[cfg(test)]
mod tests {
    use super::*;
    use floe_proto::Message;

    #[test]
    fn small_models_have_tensorflows_checksum() {
        // What TensorFlow 2.21 computes for a file with these bytes.
        let cases: [(&[u8], u64); 3] = [
            (b"\x08\x01\x12\x00", 8_928_269_649_329_985_656),
            (b"\x08\x01\x12\x09\x0a\x07\x22\x05serve", 16_249_219_706_665_942_149),
            (b"\x08\x01\x12\x0a\x2a\x08\x0a\x01a\x12\x03\x1a\x01b", 18_092_136_403_227_188_009),
        ];
        for (bytes, checksum) in cases {
            let model = SavedModel::decode(bytes).unwrap();
            assert_eq!(fingerprint(&model, None).unwrap().saved_model_checksum, checksum);
        }
    }

    #[test]
    fn numbers_end_names() {
        assert_eq!(numbered("__inference_f_12"), Some((12, "__inference_f_")));
        assert_eq!(numbered("f_007"), Some((7, "f_00")));
        assert_eq!(numbered("f"), None);
    }
}
