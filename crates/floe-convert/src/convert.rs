//! The conversion from end to end.

use crate::emit;
use crate::error::{Error, Problem};
use crate::import::TfGraph;
use crate::ir::{
    Attrs, Builtin, Def, Dim, Entry, Graph, GraphId, Module, Op, Scope, Value, ValueId,
};
use crate::lower::{Bound, Cx, Lowering};
use crate::passes;
use crate::quant::{self, Quantize, Samples};
use crate::valid;
use floe_graph::DType;
use floe_proto::tensorflow::GraphDef;
use floe_tflite::owned::Object;
use floe_tflite::{Encoded, Layout};
use std::collections::BTreeMap;

/// A frozen graph and what is wanted of it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The graph.
    pub graph: &'a GraphDef,
    /// The signature's key, such as `serving_default`; empty for none.
    pub key: &'a str,
    /// The names of the inputs, as the user calls them, and their tensors.
    pub inputs: &'a [(String, String)],
    /// The names of the outputs and their tensors.
    pub outputs: &'a [(String, String)],
    /// Ops to run once before: table initialisers.
    pub init: &'a [String],
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
    /// What float32 inputs and outputs become in a model of integers: int8, uint8, int16; `None` for float32.
    pub ports: Option<DType>,
    /// The pass after which the module is kept as text; `lower` is the first.
    pub print_after: Option<String>,
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
}

/// A converted model, not yet written.
#[derive(Debug)]
#[non_exhaustive]
pub struct Converted {
    /// The file as a tree.
    pub model: Object<'static>,
    /// What it is.
    pub report: Report,
}

impl Converted {
    /// The file's bytes.
    ///
    /// # Errors
    /// When the file would be larger than the format allows.
    pub fn to_vec(&self) -> Result<Vec<u8>, Error> {
        let encoded = Encoded::new(&self.model, Layout::default());
        Ok(encoded.map_err(|e| Error::Emit(e.to_string()))?.to_vec())
    }
}

/// Converts a frozen graph.
///
/// # Errors
/// [`Error::Unconvertible`] with every node that stands in the way; [`Error::Graph`] for a damaged
/// graph; [`Error::Request`] for an input or output that is not there.
pub fn convert(source: &Source<'_>, options: &Options) -> Result<Converted, Error> {
    let (mut module, mut warnings) = lower(source, options)?;
    let mut printed = None;
    passes::run(&mut module, &mut |name, text| {
        if options.print_after.as_deref() == Some(name) {
            printed = Some(text());
        }
    });
    let ports = options.ports.unwrap_or(DType::Float32);
    warnings.extend(quant::run(&mut module, options.quantize, &options.samples, ports)?);
    let info = valid::validate(&module)?;
    let model = emit::emit(&module, &info)?;
    let ports = |names: fn(&Entry) -> &[String], values: fn(&Graph) -> &[ValueId]| {
        let entry = module.entries.first()?;
        let graph = module.graph(entry.graph)?;
        let all = names(entry).iter().zip(values(graph));
        Some(all.map(|(n, v)| port(graph.value(*v), n)).collect::<Vec<_>>())
    };
    warnings.extend(held_batches(&module));
    let report = Report {
        ops: info.ops,
        inputs: ports(|e| &e.inputs, |g| &g.inputs).unwrap_or_default(),
        outputs: ports(|e| &e.outputs, |g| &g.outputs).unwrap_or_default(),
        warnings,
        printed,
    };
    Ok(Converted { model, report })
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
                said.push(format!("'{name}' keeps a state: it runs with a batch of 1, or with the one that --batch or --shape gives"));
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
    let results: Vec<String> = source.outputs.iter().map(|(_, t)| t.clone()).collect();
    let tf = TfGraph::main(source.graph, &results, &[])?;
    let mut lowering = Lowering::new(source.graph, options.allow_custom);
    // The main graph is number 0; those of loops and branches are added while it is made.
    lowering.add_graph(Graph::default());
    let once = initialiser(&mut lowering, source)?;
    let mut cx = Cx::new(&mut lowering, "main");
    if let Some(init) = once {
        cx.enter("init");
        let attrs = Attrs::new().with("init_subgraph_index", init);
        cx.raw(Op::Builtin(Builtin::CallOnce), &[], attrs, vec![]);
    }
    let (fed, inputs) = feed(&mut cx, &tf, source, options)?;
    let bounds = cx.lower(&tf, &[], &fed);
    let mut outputs = Vec::with_capacity(bounds.len());
    for ((name, tensor), b) in source.outputs.iter().zip(&bounds) {
        match b {
            Bound::Value(v) => outputs.push((name.clone(), *v)),
            Bound::Failed => {}
            _ => {
                let reason = "the output is a list or a handle, not a tensor".to_owned();
                let (op, node) = ("output".to_owned(), tensor.clone());
                cx.lowering.problems.insert(Problem { op, node, reason });
            }
        }
    }
    let complete = outputs.len() == source.outputs.len();
    cx.graph.outputs = outputs.iter().map(|(_, v)| *v).collect();
    let outputs = outputs.into_iter().map(|(n, _)| n).collect();
    let graph = std::mem::take(&mut cx.graph);
    if !lowering.problems.is_empty() {
        return Err(Error::Unconvertible(lowering.problems.into_iter().collect()));
    }
    if !complete {
        return Err(Error::Graph("an output is not made by any node".into()));
    }
    let mut module = lowering.module;
    if let Some(slot) = module.graphs.first_mut() {
        *slot = graph;
    }
    let key = source.key.to_owned();
    module.entries.push(Entry { key, graph: GraphId(0), inputs, outputs });
    Ok((module, lowering.warnings.into_iter().collect()))
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
    source: &Source<'_>,
    options: &Options,
) -> Result<Fed, Error> {
    let mut fed = BTreeMap::new();
    let mut inputs = Vec::with_capacity(source.inputs.len());
    for (name, tensor) in source.inputs {
        let node_name = tensor.split(':').next().unwrap_or(tensor);
        let at = tf.nodes.iter().position(|n| n.def.name == node_name);
        let at = at.ok_or_else(|| Error::Request(format!("the graph has no input '{tensor}'")))?;
        let Some(node) = tf.nodes.get(at) else { continue };
        let dtype = node.dtype("dtype").or_else(|| node.dtype("T"));
        let dtype =
            dtype.ok_or_else(|| Error::Request(format!("the dtype of '{tensor}' is unknown")))?;
        let dims = input_shape(cx, node, name, options)?;
        cx.enter(name);
        let v = cx.graph.add_input(dtype, dims, name.as_str().into());
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
