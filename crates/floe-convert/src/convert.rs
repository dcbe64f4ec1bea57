//! The conversion from end to end.

use crate::compare::{self, Difference};
use crate::emit;
use crate::error::{Error, Problem};
use crate::import::{Edge, TfGraph, computed};
use crate::ir::{
    Attrs, Builtin, Def, Dim, Entry, Graph, GraphId, Module, Node, Op, Reason, Scope, Value,
    ValueId,
};
use crate::lower::{Bound, Cx, Lowering};
use crate::passes;
use crate::quant::{self, Accuracy, Layer, Quantize, Samples, Tuning};
use crate::valid::{self, ModuleInfo};
use bytes::Bytes;
use floe_graph::DType;
use floe_proto::tensorflow::GraphDef;
use floe_tflite::owned::Object;
use floe_tflite::{Encoded, Layout};
use std::collections::BTreeMap;
use std::io::Write;

/// What is wanted of a graph under one name.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    /// The signature's key, such as `serving_default`; empty for none.
    pub key: String,
    /// The names of the inputs, as the user calls them, and their tensors.
    pub inputs: Vec<(String, String)>,
    /// The names of the outputs and their tensors.
    pub outputs: Vec<(String, String)>,
}

/// A frozen graph and what is wanted of it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The graph.
    pub graph: &'a GraphDef,
    /// The signatures, of which the first becomes the main subgraph; at least one.
    pub signatures: &'a [Signature],
    /// Ops to run once before: table initialisers.
    pub init: &'a [String],
    /// The files that the graph reads: the constant with the path (`node:0`), and what is in the file.
    pub files: &'a [(String, Bytes)],
}

/// How to convert.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Shapes that replace those of inputs, by the input's name; -1 for a dimension that stays open.
    pub shapes: BTreeMap<String, Vec<i64>>,
    /// The length of every input's first dimension, where it is unknown.
    pub batch: Option<i64>,
    /// Whether ops without a TFLite operator become custom operators.
    pub allow_custom: bool,
    /// In what numbers the model computes.
    pub quantize: Quantize,
    /// Representative inputs, for modes that learn ranges.
    pub samples: Samples,
    /// What is wanted of quantization beyond that.
    pub tuning: Tuning,
    /// What float32 inputs and outputs become in a model of integers: int8, uint8, int16; `None` for float32.
    pub ports: Option<DType>,
    /// The pass after which the module is kept as text; `lower` is the first.
    pub print_after: Option<String>,
    /// Whether an open batch stays open where a fused recurrent operator, whose state has a size, would hold it
    /// to one length: the loop is kept then.
    pub open_batch: bool,
    /// Whether a node that computes in float64 or in half precision is refused: else it computes in float32.
    pub exact_types: bool,
    /// Whether the module is run before and after the passes, on equal numbers, and what differs is reported.
    pub compare: bool,
}

/// An input or an output of what was made.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PortInfo {
    /// The user's name.
    pub name: String,
    /// The tensor's name in the file.
    pub tensor: String,
    /// The element type.
    pub dtype: DType,
    /// The dimensions, -1 for open ones.
    pub shape: Vec<i64>,
    /// Real units per integer step; empty for what is not quantized.
    pub scale: Vec<f32>,
    /// The integers that stand for zero.
    pub zero_point: Vec<i64>,
}

/// What was made, in numbers.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// How often each operator occurs.
    pub ops: BTreeMap<String, u32>,
    /// The inputs, in the user's order.
    pub inputs: Vec<PortInfo>,
    /// The outputs, in the user's order.
    pub outputs: Vec<PortInfo>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// The module as text after the pass that was asked for.
    pub printed: Option<String>,
    /// What each operator of the main subgraph was made of, in running order.
    pub made: Vec<MadeOp>,
    /// How far tensors are from what they were before the passes, in running order.
    pub differences: Vec<Difference>,
    /// What quantization costs each layer, the worst first; empty unless that is asked for.
    pub layers: Vec<Layer>,
    /// The least signal to noise of the outputs against the float model in dB, where that is measured.
    pub sqnr: Option<f32>,
    /// How often both models are right on the test data.
    pub accuracy: Option<Accuracy>,
}

/// A converted model, not yet written: its constants are still those of the graph where they can be.
#[derive(Debug)]
#[non_exhaustive]
pub struct Converted {
    module: Module,
    info: ModuleInfo,
    /// What it is.
    pub report: Report,
}

impl Converted {
    /// The file as a tree.
    ///
    /// # Errors
    /// When a dtype or a dimension has no place in the format.
    pub fn model(&self) -> Result<Object<'_>, Error> {
        emit::emit(&self.module, &self.info)
    }

    /// Writes the file, a piece at a time.
    ///
    /// # Errors
    /// As [`model`](Self::model); when the file would be larger than the format allows; when `out` fails.
    pub fn write_to(&self, out: &mut dyn Write) -> Result<(), Error> {
        let model = self.model()?;
        let encoded =
            Encoded::new(&model, Layout::default()).map_err(|e| Error::Emit(e.to_string()))?;
        encoded.write_to(out).map_err(|e| Error::Emit(e.to_string()))
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// As [`write_to`](Self::write_to).
    pub fn to_vec(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.write_to(&mut bytes)?;
        Ok(bytes)
    }
}

/// Converts a frozen graph.
///
/// # Errors
/// [`Error::Unconvertible`] with every node that stands in the way; [`Error::Graph`] for a damaged
/// graph; [`Error::Request`] for an input or output that is not there.
pub fn convert(source: &Source<'_>, options: &Options) -> Result<Converted, Error> {
    convert_with(source, options, &mut |_, _| {})
}

/// As [`convert`]; `tell` hears of each step that is done, and what part of all steps that makes.
///
/// # Errors
/// As [`convert`].
pub fn convert_with(
    source: &Source<'_>,
    options: &Options,
    tell: &mut dyn FnMut(&str, f32),
) -> Result<Converted, Error> {
    let (module, warnings) = lower(source, options)?;
    finish(module, warnings, options, tell)
}

/// Makes a `.tflite` anew: optimised, and in the numbers that `options` ask for. `signature` keeps that one alone.
///
/// # Errors
/// [`Error::Graph`] for a file with faults; [`Error::Request`] for a signature, an input or data that are not there, and
/// for a mode that the file is in already; [`Error::Unconvertible`] for what the converter cannot carry.
pub fn convert_tflite(
    file: &Bytes,
    signature: Option<&str>,
    options: &Options,
    tell: &mut dyn FnMut(&str, f32),
) -> Result<Converted, Error> {
    let mut module = crate::import::tflite::read(file, signature, options)?;
    if options.quantize != Quantize::None {
        quant::prepare(&mut module)?;
    }
    finish(module, Vec::new(), options, tell)
}

/// From a module to what is written.
fn finish(
    mut module: Module,
    mut warnings: Vec<String>,
    options: &Options,
    tell: &mut dyn FnMut(&str, f32),
) -> Result<Converted, Error> {
    tell("lower", 0.0);
    let before =
        if options.compare { Some(compare::run(&module, &options.samples)?) } else { None };
    let mut printed = None;
    passes::run(&mut module, &mut |name, part, text| {
        tell(name, part);
        if options.print_after.as_deref() == Some(name) {
            printed = Some(text());
        }
    });
    if module.entries.len() > 1 && matches!(options.quantize, Quantize::Int8 | Quantize::Int16x8) {
        let why =
            "a mode that learns ranges takes one signature at a time: name it with --signature";
        return Err(Error::Request(why.into()));
    }
    let quantized = quant::run(&mut module, options, &mut |part| tell("calibrate", part))?;
    warnings.extend(quantized.warnings);
    let info = valid::validate(&module)?;
    let differences = match &before {
        Some(before) => compare::differences(before, &compare::run(&module, &options.samples)?),
        None => Vec::new(),
    };
    let ports = |names: fn(&Entry) -> &[String], values: fn(&Graph) -> &[ValueId]| {
        let entry = module.entries.first()?;
        let graph = module.graph(entry.graph)?;
        let all = names(entry).iter().zip(values(graph));
        Some(all.map(|(n, v)| port(graph.value(*v), n)).collect::<Vec<_>>())
    };
    warnings.extend(held_batches(&module));
    let report = Report {
        ops: info.ops.clone(),
        inputs: ports(|e| &e.inputs, |g| &g.inputs).unwrap_or_default(),
        outputs: ports(|e| &e.outputs, |g| &g.outputs).unwrap_or_default(),
        warnings,
        printed,
        made: module.graphs.first().map(made).unwrap_or_default(),
        differences,
        layers: quantized.layers,
        sqnr: quantized.sqnr,
        accuracy: quantized.accuracy,
    };
    Ok(Converted { module, info, report })
}

/// What an operator of the file was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MadeOp {
    /// The operator.
    pub op: String,
    /// Its first result.
    pub tensor: String,
    /// The nodes of the graph whose work it does.
    pub nodes: Vec<String>,
    /// Bytes of constants that it reads.
    pub bytes: u64,
}

fn made(graph: &Graph) -> Vec<MadeOp> {
    let size = |v: &ValueId| {
        let t = graph.value(*v).tensor()?;
        Some((t.len() as u64).saturating_mul(t.dtype().bytes().unwrap_or(0) as u64))
    };
    let one = |node: &Node| MadeOp {
        op: node.op.name().to_owned(),
        tensor: node
            .output(0)
            .map(|v| emit::tensor_name(&graph.value(v).name).to_owned())
            .unwrap_or_default(),
        nodes: node.origin.iter().map(|n| emit::tensor_name(n).to_owned()).collect(),
        bytes: node.inputs.iter().flatten().filter_map(size).sum(),
    };
    graph.nodes().map(|(_, node)| one(node)).collect()
}

/// What to say of operators whose state has a size though their batch is open.
fn held_batches(module: &Module) -> Vec<String> {
    let mut said = Vec::new();
    for graph in &module.graphs {
        for (_, node) in graph.nodes() {
            let mut operands = node.inputs.iter().flatten().map(|&v| graph.value(v));
            let open = node
                .input(0)
                .is_some_and(|x| graph.value(x).shape.iter().any(|d| d.get().is_none()));
            if open && operands.any(|v| matches!(v.def, Def::State)) {
                let name = node.origin.first().map_or("?", |n| n);
                said.push(format!("'{name}' keeps a state: it runs with a batch of 1, or with the one that --batch or --shape gives; --batch open keeps the loop"));
            }
        }
    }
    said
}

fn port(value: &Value, name: &str) -> PortInfo {
    let quant = value.quant.as_ref();
    PortInfo {
        name: name.to_owned(),
        tensor: emit::tensor_name(&value.name).to_owned(),
        dtype: value.dtype,
        shape: value.shape.iter().map(Dim::signature).collect(),
        scale: quant.map(|q| q.scales.clone()).unwrap_or_default(),
        zero_point: quant.map(|q| q.zero_points.clone()).unwrap_or_default(),
    }
}

/// The module that `source` lowers to, and warnings.
fn lower(source: &Source<'_>, options: &Options) -> Result<(Module, Vec<String>), Error> {
    let mut lowering = Lowering::new(source.graph, options.allow_custom);
    lowering.module.open_batch = options.open_batch;
    lowering.exact_types = options.exact_types;
    lowering.files = files(source);
    // The graphs of the signatures come first; those of loops and branches are added while they are made.
    let ids: Vec<GraphId> =
        source.signatures.iter().map(|_| lowering.add_graph(Graph::default())).collect();
    if ids.is_empty() {
        return Err(Error::Request("nothing is wanted of the graph: name a signature".into()));
    }
    let once = initialiser(&mut lowering, source)?;
    for (signature, id) in source.signatures.iter().zip(ids) {
        signed(&mut lowering, source, options, (signature, id), once)?;
    }
    if !lowering.problems.is_empty() {
        return Err(Error::Unconvertible(lowering.problems.into_iter().collect()));
    }
    Ok((lowering.module, lowering.warnings.into_iter().collect()))
}

/// The files by the paths that the graph's constants have for them.
fn files(source: &Source<'_>) -> BTreeMap<Bytes, Bytes> {
    let mut found = BTreeMap::new();
    for (tensor, content) in source.files {
        let name = tensor.split(':').next().unwrap_or(tensor);
        let node = source.graph.node.iter().find(|n| n.name == name);
        let value = node.and_then(|n| n.attr.get("value")).and_then(|a| a.value.as_ref());
        if let Some(floe_proto::tensorflow::attr_value::Value::Tensor(t)) = value
            && let Some(path) = t.string_val.first()
        {
            found.insert(path.clone(), content.clone());
        }
    }
    found
}

/// Lowers one signature into graph `id`.
fn signed<'d>(
    lowering: &mut Lowering<'d>,
    source: &Source<'d>,
    options: &Options,
    (signature, id): (&Signature, GraphId),
    once: Option<GraphId>,
) -> Result<(), Error> {
    let results: Vec<String> = signature.outputs.iter().map(|(_, t)| t.clone()).collect();
    let tf = TfGraph::main(source.graph, &results, &[])?;
    let name = if id.0 == 0 { "main" } else { signature.key.as_str() };
    let mut cx = Cx::new(lowering, name);
    if let Some(init) = once {
        cx.enter("init");
        let attrs = Attrs::new().with("init_subgraph_index", init);
        cx.raw(Op::Builtin(Builtin::CallOnce), &[], attrs, vec![]);
    }
    let (fed, inputs) = feed(&mut cx, &tf, signature, options)?;
    let bounds = cx.lower(&tf, &[], &fed);
    let mut outputs = Vec::with_capacity(bounds.len());
    for (((name, tensor), b), edge) in signature.outputs.iter().zip(&bounds).zip(&tf.results) {
        cx.enter(name);
        match output(&mut cx, &tf, *edge, b) {
            Ok(Some(v)) => outputs.push((name.clone(), v)),
            Ok(None) => {}
            Err(reason) => {
                let (op, node) = ("output".to_owned(), tensor.clone());
                cx.lowering.problems.insert(Problem { op, node, reason: reason.0 });
            }
        }
    }
    let complete = outputs.len() == signature.outputs.len();
    cx.graph.outputs = outputs.iter().map(|(_, v)| *v).collect();
    let outputs = outputs.into_iter().map(|(n, _)| n).collect();
    let graph = std::mem::take(&mut cx.graph);
    if !complete && lowering.problems.is_empty() {
        return Err(Error::Graph("an output is not made by any node".into()));
    }
    if let Some(slot) = lowering.module.graphs.get_mut(id.0 as usize) {
        *slot = graph;
    }
    let key = signature.key.clone();
    lowering.module.entries.push(Entry { key, graph: id, inputs, outputs });
    Ok(())
}

/// The tensor that output `edge` of the graph is, in the type that the graph has for it; `None` where it
/// could not be lowered.
fn output(
    cx: &mut Cx<'_, '_>,
    tf: &TfGraph<'_>,
    edge: Edge,
    bound: &Bound,
) -> Result<Option<ValueId>, Reason> {
    let declared = match edge {
        Edge::Node(at, k) => tf.nodes.get(at).and_then(|n| n.output_dtype(k)),
        Edge::Arg(_) => None,
    };
    let v = match bound {
        Bound::Value(v) => *v,
        Bound::Complex(re, im) => {
            let dtype = declared.filter(|d| computed(*d) == DType::Complex64);
            let dtype = dtype.unwrap_or(DType::Complex64);
            return crate::lower::complex_tensor(cx, *re, *im, dtype).map(Some);
        }
        Bound::Failed => return Ok(None),
        _ => return Err("the output is a list or a handle, not a tensor".into()),
    };
    let narrowed = declared.filter(|d| computed(*d) != *d && computed(*d) == cx.get(v).dtype);
    match narrowed {
        Some(dtype) if dtype.is_float() => Ok(Some(cx.cast(v, dtype)?)),
        Some(dtype) => {
            Err(format!("TFLite makes no tensor of {dtype}: cast it to complex64").into())
        }
        None => Ok(Some(v)),
    }
}

type Fed = (BTreeMap<usize, Bound>, Vec<String>);

/// The graph that fills tables and sets variables before the first run.
fn initialiser<'d>(
    lowering: &mut Lowering<'d>,
    source: &Source<'d>,
) -> Result<Option<GraphId>, Error> {
    if source.init.is_empty() {
        return Ok(None);
    }
    let tf = TfGraph::main(source.graph, &[], source.init)?;
    let mut cx = Cx::new(lowering, "init");
    cx.lower(&tf, &[], &BTreeMap::new());
    let graph = std::mem::take(&mut cx.graph);
    Ok(Some(lowering.add_graph(graph)))
}

/// Makes the graph's inputs for the nodes that the user feeds.
fn feed(
    cx: &mut Cx<'_, '_>,
    tf: &TfGraph<'_>,
    signature: &Signature,
    options: &Options,
) -> Result<Fed, Error> {
    let mut fed = BTreeMap::new();
    let mut inputs = Vec::with_capacity(signature.inputs.len());
    for (name, tensor) in &signature.inputs {
        let node_name = tensor.split(':').next().unwrap_or(tensor);
        let at = tf.nodes.iter().position(|n| n.def.name == node_name);
        let at = at.ok_or_else(|| Error::Request(format!("the graph has no input '{tensor}'")))?;
        let Some(node) = tf.nodes.get(at) else { continue };
        let dtype = node.declared("dtype").or_else(|| node.declared("T"));
        let dtype =
            dtype.ok_or_else(|| Error::Request(format!("the dtype of '{tensor}' is unknown")))?;
        let dims = input_shape(cx, node, name, options)?;
        cx.enter(name);
        let mut v = cx.graph.add_input(dtype, dims, name.as_str().into());
        if computed(dtype) != dtype {
            let why = |r: Reason| Error::Request(format!("input '{name}' is of {dtype}: {}", r.0));
            v = cx.cast(v, computed(dtype)).map_err(why)?;
            cx.lowering.warnings.insert(format!(
                "TFLite has no arithmetic in {dtype}: it is computed in {}",
                computed(dtype)
            ));
        }
        fed.insert(at, Bound::Value(v));
        inputs.push(name.clone());
    }
    Ok((fed, inputs))
}

fn input_shape(
    cx: &Cx<'_, '_>,
    node: &crate::import::TfNode<'_>,
    name: &str,
    options: &Options,
) -> Result<Vec<Dim>, Error> {
    let given = options.shapes.get(name).cloned();
    let own = node.shape("shape").or_else(|| node.shapes("_output_shapes").first());
    let own = own.filter(|s| !s.unknown_rank).map(|s| s.dim.iter().map(|d| d.size).collect());
    let sizes: Vec<i64> = given.or(own).ok_or_else(|| {
        Error::Request(format!(
            "the rank of input '{name}' is unknown; give its shape with --shape"
        ))
    })?;
    let dim = |(i, n): (usize, &i64)| match (*n, options.batch) {
        (n, _) if n >= 0 => Dim::known(n),
        (_, Some(b)) if i == 0 => Dim::known(b),
        _ => cx.symbols().fresh(if i == 0 { "n" } else { "d" }),
    };
    Ok(sizes.iter().enumerate().map(dim).collect())
}
