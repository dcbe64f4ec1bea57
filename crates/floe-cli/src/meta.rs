//! What a SavedModel says of itself: tag sets, signatures, functions, assets, collections, fingerprint, and
//! the ops in it that reach outside.

use crate::human::{self, Align, Table};
use crate::look::shape_text;
use crate::structured::arguments;
use floe::graph::DType;
use floe::proto::tensorflow::{self as pb, collection_def, saved_object, tensor_info::Encoding};
use floe::savedmodel::verify::reaches_out;
use floe::savedmodel::{Graph, SavedModel, fingerprint64};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};

/// A SavedModel or a `.meta`.
#[derive(Serialize)]
pub(crate) struct MetaReport {
    meta_graphs: Vec<GraphReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<FingerprintReport>,
}

/// The graph of one set of tags.
#[derive(Serialize)]
struct GraphReport {
    tags: Vec<String>,
    tensorflow: String,
    signatures: BTreeMap<String, SignatureReport>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    functions: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    init: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assets: Vec<AssetReport>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    collections: BTreeMap<String, usize>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    reaches_out: BTreeMap<String, OutsideReport>,
}

#[derive(Serialize)]
struct SignatureReport {
    method: String,
    inputs: BTreeMap<String, InfoReport>,
    outputs: BTreeMap<String, InfoReport>,
}

/// A tensor of a signature.
#[derive(Serialize)]
struct InfoReport {
    tensor: String,
    dtype: &'static str,
    shape: Option<Vec<i64>>,
    /// The value when none is fed.
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
}

#[derive(Serialize)]
struct AssetReport {
    file: String,
    tensor: String,
    present: bool,
}

/// An op that reaches outside.
#[derive(Serialize)]
struct OutsideReport {
    what: &'static str,
    nodes: u32,
}

#[derive(Serialize)]
struct FingerprintReport {
    saved_model_checksum: u64,
    graph_def_program_hash: u64,
    signature_def_hash: u64,
    saved_object_graph_hash: u64,
    checkpoint_hash: u64,
    /// Whether the checkpoint is the one that the hash is of; `None` when there is nothing to compare.
    checkpoint_matches: Option<bool>,
    uuid: String,
}

impl MetaReport {
    pub(crate) fn of(model: &SavedModel) -> Self {
        Self {
            meta_graphs: model.graphs().iter().map(|g| GraphReport::of(model, g)).collect(),
            fingerprint: model.fingerprint().map(|f| FingerprintReport::of(model, f)),
        }
    }

    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for graph in &self.meta_graphs {
            graph.write(out)?;
        }
        self.fingerprint.iter().try_for_each(|f| f.write(out))
    }
}

impl GraphReport {
    fn of(model: &SavedModel, graph: &Graph) -> Self {
        let meta = graph.meta();
        let info = meta.meta_info_def.as_ref();
        Self {
            tags: graph.tags().to_vec(),
            tensorflow: info.map_or(String::new(), |i| i.tensorflow_version.clone()),
            signatures: graph
                .signatures()
                .map(|(k, s)| (k.to_owned(), SignatureReport::of(s)))
                .collect(),
            functions: meta.object_graph_def.as_ref().map(functions).unwrap_or_default(),
            init: init(meta),
            assets: meta.asset_file_def.iter().map(|a| AssetReport::of(model, a)).collect(),
            collections: meta.collection_def.iter().map(|(k, c)| (k.clone(), len(c))).collect(),
            reaches_out: outside(graph),
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let by = if self.tensorflow.is_empty() {
            String::new()
        } else {
            format!(", TensorFlow {}", self.tensorflow)
        };
        if !self.tags.is_empty() {
            writeln!(out, "\ntags {}{}", human::clean(&self.tags.join(",")), human::clean(&by))?;
        }
        for (key, signature) in &self.signatures {
            signature.write(key, out)?;
        }
        for (name, variants) in &self.functions {
            for variant in variants {
                writeln!(out, "\nfunction {}({})", human::clean(name), human::clean(variant))?;
            }
        }
        if !self.init.is_empty() {
            writeln!(out, "\nrun first: {}", human::clean(&self.init.join(", ")))?;
        }
        for asset in &self.assets {
            let missing = if asset.present { "" } else { "  (missing)" };
            writeln!(
                out,
                "\nasset {}  {}{missing}",
                human::clean(&asset.file),
                human::clean(&asset.tensor)
            )?;
        }
        let collections: Vec<_> =
            self.collections.iter().map(|(k, n)| format!("{k} ({n})")).collect();
        if !collections.is_empty() {
            writeln!(out, "\ncollections {}", human::clean(&collections.join(", ")))?;
        }
        for (op, outside) in &self.reaches_out {
            let nodes = human::plural(outside.nodes.into(), "node");
            writeln!(out, "\nwarning: {} {} ({nodes})", human::clean(op), outside.what)?;
        }
        Ok(())
    }
}

impl SignatureReport {
    fn of(signature: &pb::SignatureDef) -> Self {
        let infos = |infos: &BTreeMap<String, pb::TensorInfo>,
                     defaults: &BTreeMap<String, pb::TensorProto>| {
            let info = |(k, i): (&String, _)| (k.clone(), InfoReport::of(i, defaults.get(k)));
            infos.iter().map(info).collect()
        };
        Self {
            method: signature.method_name.clone(),
            inputs: infos(&signature.inputs, &signature.defaults),
            outputs: infos(&signature.outputs, &BTreeMap::new()),
        }
    }

    fn write(&self, key: &str, out: &mut impl Write) -> io::Result<()> {
        let method =
            if self.method.is_empty() { String::new() } else { format!(", {}", self.method) };
        writeln!(out, "\nsignature {}{}", human::clean(key), human::clean(&method))?;
        let mut table = Table::new(&[("", Align::Left); 6]);
        for (side, infos) in [("in", &self.inputs), ("out", &self.outputs)] {
            for (name, info) in infos {
                table.row([
                    side.into(),
                    human::clean(name).into_owned(),
                    info.dtype.into(),
                    info.shape.as_ref().map_or("?".into(), |s| shape_text(s)),
                    human::clean(&info.tensor).into_owned(),
                    info.default
                        .as_ref()
                        .map_or(String::new(), |d| format!("default {}", human::clean(d))),
                ]);
            }
        }
        table.write(out, 2)
    }
}

impl InfoReport {
    fn of(info: &pb::TensorInfo, default: Option<&pb::TensorProto>) -> Self {
        Self {
            tensor: tensor(info),
            dtype: DType::from_tensorflow(info.dtype).map_or("unknown", DType::name),
            shape: info.tensor_shape.as_ref().and_then(crate::structured::dims),
            default: default.map(crate::structured::value),
        }
    }
}

/// The tensors that an entry of a signature stands for.
fn tensor(info: &pb::TensorInfo) -> String {
    match &info.encoding {
        Some(Encoding::Name(name)) => name.clone(),
        Some(Encoding::CooSparse(s)) => {
            [&*s.indices_tensor_name, &s.values_tensor_name, &s.dense_shape_tensor_name].join(" ")
        }
        Some(Encoding::CompositeTensor(c)) => c
            .components
            .iter()
            .filter_map(|part| match &part.encoding {
                Some(Encoding::Name(name)) => Some(name.as_str()),
                _ => None,
            })
            .collect::<Vec<_>>()
            .join(" "),
        None => String::new(),
    }
}

impl AssetReport {
    fn of(model: &SavedModel, asset: &pb::AssetFileDef) -> Self {
        Self {
            file: asset.filename.clone(),
            tensor: asset.tensor_info.as_ref().map(tensor).unwrap_or_default(),
            present: model.asset(&asset.filename).is_some_and(|path| path.is_file()),
        }
    }
}

impl FingerprintReport {
    fn of(model: &SavedModel, f: &pb::FingerprintDef) -> Self {
        let index = model.variables_prefix().map(|prefix| prefix.with_extension("index"));
        let bytes = index.and_then(|index| floe::graph::map::open(index).ok());
        Self {
            saved_model_checksum: f.saved_model_checksum,
            graph_def_program_hash: f.graph_def_program_hash,
            signature_def_hash: f.signature_def_hash,
            saved_object_graph_hash: f.saved_object_graph_hash,
            checkpoint_hash: f.checkpoint_hash,
            checkpoint_matches: bytes.map(|bytes| fingerprint64(&bytes) == f.checkpoint_hash),
            uuid: f.uuid.clone(),
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let checkpoint = match self.checkpoint_matches {
            Some(true) => ", of its checkpoint",
            Some(false) => ", of another checkpoint than the one in `variables`",
            None => "",
        };
        writeln!(out, "\nfingerprint {:016x}{checkpoint}", self.saved_model_checksum)
    }
}

/// The ops that loaders run first.
fn init(meta: &pb::MetaGraphDef) -> Vec<String> {
    let pseudo = meta.signature_def.get("__saved_model_init_op");
    let mut names: Vec<_> = pseudo.iter().flat_map(|s| s.outputs.values()).map(tensor).collect();
    for key in ["saved_model_main_op", "legacy_init_op"] {
        let kind = meta.collection_def.get(key).and_then(|c| c.kind.as_ref());
        if let Some(collection_def::Kind::NodeList(list)) = kind {
            names.extend(list.value.iter().cloned());
        }
    }
    names.dedup();
    names
}

fn len(collection: &pb::CollectionDef) -> usize {
    match &collection.kind {
        Some(collection_def::Kind::NodeList(list)) => list.value.len(),
        Some(collection_def::Kind::BytesList(list)) => list.value.len(),
        Some(collection_def::Kind::Int64List(list)) => list.value.len(),
        Some(collection_def::Kind::FloatList(list)) => list.value.len(),
        Some(collection_def::Kind::AnyList(list)) => list.value.len(),
        None => 0,
    }
}

/// The functions that can be called by name, with the arguments of each variant.
fn functions(objects: &pb::SavedObjectGraph) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    let mut seen = vec![false; objects.nodes.len()];
    let mut queue = VecDeque::from([(0usize, String::new())]);
    while let Some((at, path)) = queue.pop_front() {
        let Some(node) = objects.nodes.get(at) else { continue };
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        if let Some(saved_object::Kind::Function(function)) = &node.kind {
            let concrete = function.concrete_functions.iter();
            let variants = concrete.filter_map(|name| objects.concrete_functions.get(name));
            found.insert(path, variants.map(arguments).collect());
            continue;
        }
        // Functions of inner layers are many, and not called from outside.
        if path.contains('.') || path == "signatures" {
            continue;
        }
        for child in &node.children {
            let name = if path.is_empty() {
                child.local_name.clone()
            } else {
                format!("{path}.{}", child.local_name)
            };
            queue.push_back((usize::try_from(child.node_id).unwrap_or(usize::MAX), name));
        }
    }
    found.retain(|name, variants: &mut Vec<_>| !name.contains('.') && !variants.is_empty());
    found
}

/// The ops that reach outside, in the graph and its functions.
fn outside(graph: &Graph) -> BTreeMap<String, OutsideReport> {
    let mut found: BTreeMap<String, OutsideReport> = BTreeMap::new();
    let inner = graph.functions().iter().flat_map(|f| &f.node_def);
    for node in graph.def().node.iter().chain(inner) {
        if let Some(what) = reaches_out(&node.op) {
            found.entry(node.op.clone()).or_insert(OutsideReport { what, nodes: 0 }).nodes += 1;
        }
    }
    found
}
