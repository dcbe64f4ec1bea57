//! A frozen graph as a SavedModel without variables.

use super::{File, INIT, Package};
use crate::freeze::Plan;
use crate::names::{Reference, node_of_tensor};
use crate::ops::Ops;
use crate::optimize::{Options, optimize};
use crate::{FreezeOptions, Frozen, FrozenFile, FrozenPort, Graph, Result, SavedModel, Target};
use floe_graph::{Shape, TensorSource};
use floe_proto::tensorflow::{
    AssetFileDef, DataType, GraphDef, MetaGraphDef, NodeDef, OpList, SignatureDef, TensorInfo,
    TensorShapeProto, meta_graph_def::MetaInfoDef, tensor_info::Encoding,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The method of a signature that anything may be asked of.
const PREDICT: &str = "tensorflow/serving/predict";

impl SavedModel {
    /// Freezes the model, and makes a SavedModel without variables of the result: one graph with the
    /// signatures that `options` name, all by default. Where `share` is set, what is there twice is
    /// computed and stored once.
    ///
    /// # Errors
    /// As [`freeze`](Self::freeze).
    pub fn freeze_package(
        &self,
        variables: Option<&dyn TensorSource<'_>>,
        options: &FreezeOptions,
        share: bool,
    ) -> Result<(Package, Frozen)> {
        let graph = self.tagged(options)?;
        let mut options = options.clone();
        if let (Target::Default, Some(_)) = (&options.target, graph.signatures().next()) {
            options.target = Target::Signatures(Vec::new());
        }
        let plan = Plan::new(graph, &options)?;
        let mut frozen = self.freeze_for(graph, &plan, variables, &options)?;
        if share {
            share_twins(&mut frozen)?;
        }
        let mut meta = MetaGraphDef {
            meta_info_def: Some(info(graph, &frozen.graph)),
            graph_def: Some(frozen.graph.clone()),
            signature_def: signatures(graph, &plan, &frozen)?,
            ..MetaGraphDef::default()
        };
        initialise(&mut meta, &frozen.init);
        let mut files = Vec::new();
        let mut paths = Vec::new();
        for (name, file) in named(&frozen.files) {
            let info = scalar(file.tensor.clone(), DataType::DtString);
            meta.asset_file_def
                .push(AssetFileDef { tensor_info: Some(info), filename: name.clone() });
            paths.push((node_of_tensor(&file.tensor).to_owned(), name.clone()));
            let to = format!("assets/{name}");
            if files.iter().all(|f: &File| f.to != to) {
                files.push(File { from: file.path.clone(), to });
            }
        }
        Ok((Package { files, paths, ..Package::of_meta(vec![meta]) }, frozen))
    }
}

/// Computes and stores once what is there twice.
fn share_twins(frozen: &mut Frozen) -> Result<()> {
    let ports = frozen.inputs.iter().chain(&frozen.outputs).map(|p| node_of_tensor(&p.tensor));
    let files = frozen.files.iter().map(|f| node_of_tensor(&f.tensor));
    let init = frozen.init.iter().map(String::as_str);
    let keep: BTreeSet<&str> = ports.chain(files).chain(init).collect();
    let keep: Vec<&str> = keep.into_iter().collect();
    let options = Options { keep: &keep, passes: &["share", "prune"], evaluator: None };
    optimize(&mut frozen.graph, &options).map(drop)
}

/// The files with a name each: those of the same name but another place get a number.
fn named(files: &[FrozenFile]) -> Vec<(String, &FrozenFile)> {
    let mut taken: BTreeMap<String, &FrozenFile> = BTreeMap::new();
    let mut all = Vec::new();
    for file in files {
        let mut name = file.name.clone();
        let mut number = 0u32;
        while taken.get(&name).is_some_and(|other| other.path != file.path) {
            number = number.saturating_add(1);
            name = format!("{number}_{}", file.name);
        }
        taken.insert(name.clone(), file);
        all.push((name, file));
    }
    all
}

/// What the graph is, with the definitions of its ops.
fn info(source: &Graph, graph: &GraphDef) -> MetaInfoDef {
    let functions = graph.library.iter().flat_map(|l| &l.function).flat_map(|f| &f.node_def);
    let names: BTreeSet<&str> = graph.node.iter().chain(functions).map(|n| n.op.as_str()).collect();
    let builtin = Ops::default();
    let definition = |op: &str| source.ops().get(op).or_else(|| builtin.get(op));
    let op = names.into_iter().filter_map(|op| Some(definition(op)?.into_owned())).collect();
    let from = source.meta().meta_info_def.clone().unwrap_or_default();
    let tags = if from.tags.is_empty() { vec!["serve".to_owned()] } else { from.tags };
    MetaInfoDef {
        stripped_op_list: Some(OpList { op }),
        tags,
        tensorflow_version: from.tensorflow_version,
        tensorflow_git_version: from.tensorflow_git_version,
        // Nodes that freezing made leave their defaults out.
        stripped_default_attrs: true,
        ..MetaInfoDef::default()
    }
}

/// The signatures of the frozen graph.
fn signatures(
    graph: &Graph,
    plan: &Plan,
    frozen: &Frozen,
) -> Result<BTreeMap<String, SignatureDef>> {
    let mut signatures = BTreeMap::new();
    let keys: BTreeSet<&str> = plan.outputs.iter().map(|w| w.signature.as_str()).collect();
    for key in keys {
        if key.is_empty() {
            signatures.insert("serving_default".to_owned(), of_tensors(frozen));
            continue;
        }
        let mut signature = graph.signature_def(Some(key))?.1.clone();
        let tensors = |wanted: &'_ [_], ports: &'_ [FrozenPort]| -> Vec<((String, u32), String)> {
            let pairs = wanted.iter().zip(ports);
            let own = pairs.filter(|(w, _): &(&crate::freeze::Wanted, _)| w.signature == key);
            own.map(|(w, p)| ((w.node.clone(), w.index), p.tensor.clone())).collect()
        };
        let inputs = tensors(&plan.inputs, &frozen.inputs).into_iter().collect();
        let outputs = tensors(&plan.outputs, &frozen.outputs).into_iter().collect();
        signature.inputs.values_mut().for_each(|info| rename(info, &inputs));
        signature.outputs.values_mut().for_each(|info| rename(info, &outputs));
        signatures.insert(key.to_owned(), signature);
    }
    Ok(signatures)
}

/// Puts the frozen graph's tensors in the place of those that `info` names.
fn rename(info: &mut TensorInfo, tensors: &HashMap<(String, u32), String>) {
    let new = |name: &mut String| {
        if let Some(Reference::Tensor { node, index }) = Reference::parse(name)
            && let Some(tensor) = tensors.get(&(node.to_owned(), index))
        {
            tensor.clone_into(name);
        }
    };
    match &mut info.encoding {
        Some(Encoding::Name(name)) => new(name),
        Some(Encoding::CooSparse(sparse)) => {
            new(&mut sparse.values_tensor_name);
            new(&mut sparse.indices_tensor_name);
            new(&mut sparse.dense_shape_tensor_name);
        }
        Some(Encoding::CompositeTensor(composite)) => {
            composite.components.iter_mut().for_each(|part| rename(part, tensors));
        }
        None => {}
    }
}

/// A signature of tensors that were given by name.
fn of_tensors(frozen: &Frozen) -> SignatureDef {
    let infos = |ports: &[FrozenPort]| {
        let key = |p: &FrozenPort| p.name.strip_suffix(":0").unwrap_or(&p.name).to_owned();
        ports.iter().map(|p| (key(p), tensor_info(p))).collect()
    };
    SignatureDef {
        inputs: infos(&frozen.inputs),
        outputs: infos(&frozen.outputs),
        method_name: PREDICT.to_owned(),
        ..SignatureDef::default()
    }
}

fn tensor_info(port: &FrozenPort) -> TensorInfo {
    let shape = port.shape.as_deref().map_or(Shape::Unknown, Shape::I64);
    TensorInfo {
        dtype: port.dtype.map_or(0, |d| d.tensorflow().into()),
        tensor_shape: Some(crate::tensor::shape_proto(&shape)),
        encoding: Some(Encoding::Name(port.tensor.clone())),
    }
}

fn scalar(tensor: String, dtype: DataType) -> TensorInfo {
    TensorInfo {
        dtype: dtype.into(),
        tensor_shape: Some(TensorShapeProto::default()),
        encoding: Some(Encoding::Name(tensor)),
    }
}

/// Adds the op that loaders run first, which waits for all of `init`.
fn initialise(meta: &mut MetaGraphDef, init: &[String]) {
    let Some(graph) = meta.graph_def.as_mut().filter(|_| !init.is_empty()) else { return };
    let mut name = "init".to_owned();
    let mut number = 0u32;
    while graph.node.iter().any(|n| n.name == name) {
        number = number.saturating_add(1);
        name = format!("init_{number}");
    }
    let input = init.iter().map(|n| format!("^{n}")).collect();
    graph.node.push(NodeDef { name: name.clone(), op: "NoOp".into(), input, ..NodeDef::default() });
    let unknown = TensorShapeProto { unknown_rank: true, ..TensorShapeProto::default() };
    let info = TensorInfo {
        dtype: DataType::DtInvalid.into(),
        tensor_shape: Some(unknown),
        encoding: Some(Encoding::Name(name)),
    };
    let outputs = BTreeMap::from([(INIT.to_owned(), info)]);
    meta.signature_def.insert(INIT.to_owned(), SignatureDef { outputs, ..SignatureDef::default() });
}
