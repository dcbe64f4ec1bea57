//! Freezing: a graph with everything that a signature needs inside, and nothing else.
//!
//! Calls are inlined, variables become constants, the functions of loops and conditions are rewritten
//! to take values in the place of handles, and what no output needs is left out. A variable that the
//! graph itself changes stays a variable and is initialised by an op that [`Frozen::init`] names; so
//! are tables.
//!
//! Invariant: what cannot be frozen is an error that names the node; nothing is dropped that an
//! output's value depends on.

mod decide;
mod edges;
mod emit;
mod files;
mod handles;
mod import;
mod init;
mod live;
mod orders;
mod program;
mod rewrite;
mod slice;
mod tables;
mod target;
mod values;

use crate::names::full_tensor;
use crate::tensor::shape_proto;
use crate::{Error, Graph, Result, SavedModel};
use files::FileUse;
use floe_graph::{DType, Shape, TensorSource};
use floe_proto::tensorflow::{GraphDef, NodeDef, attr_value::Value};
use handles::Handles;
use import::Importer;
use live::Live;
pub(crate) use program::is_v1_control_flow;
use program::{Kind, Node, Program, Src};
use std::collections::HashMap;
use std::path::PathBuf;
pub(crate) use target::{Plan, Wanted};
use values::Values;

/// What to freeze a graph for.
#[derive(Clone, Debug, Default)]
pub enum Target {
    /// The signature `serving_default`, else the only one; of a graph without signatures from its
    /// placeholders to whatever nothing else uses.
    #[default]
    Default,
    /// A signature, by key.
    Signature(String),
    /// Several signatures in one graph, by key; all of them when none is named.
    Signatures(Vec<String>),
    /// Tensors by name, `node:0`; they keep their names.
    Tensors {
        /// What is fed. What only they need is left out.
        inputs: Vec<String>,
        /// What is fetched.
        outputs: Vec<String>,
    },
}

/// How to freeze.
#[derive(Clone, Debug)]
pub struct FreezeOptions {
    /// The tags of the graph; without any the only graph, else the one for serving.
    pub tags: Vec<String>,
    /// What to freeze it for.
    pub target: Target,
    /// How many nodes there may be after all calls are inlined.
    pub max_nodes: usize,
}

impl Default for FreezeOptions {
    fn default() -> Self {
        Self { tags: Vec::new(), target: Target::default(), max_nodes: 2_000_000 }
    }
}

/// An input or output of a frozen graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenPort {
    /// The signature that it belongs to; empty where the graph was frozen for tensors.
    pub signature: String,
    /// The signature's key, or the tensor's name as it was given.
    pub name: String,
    /// The tensor in the frozen graph, `node:0`.
    pub tensor: String,
    /// The element type, where the model says it.
    pub dtype: Option<DType>,
    /// The dimensions, -1 for unknown ones; `None` when not even their number is known.
    pub shape: Option<Vec<i64>>,
}

/// A file that a frozen graph reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenFile {
    /// The constant with the file's path, `node:0`.
    pub tensor: String,
    /// Its name among the model's assets.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// A frozen graph.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// The graph, complete in itself; its constants share the memory of what they were read from.
    pub graph: GraphDef,
    /// What is fed, in the order of the names.
    pub inputs: Vec<FrozenPort>,
    /// What is fetched, in the order of the names.
    pub outputs: Vec<FrozenPort>,
    /// The nodes that must run once before the first inference: they fill tables, and set variables
    /// that the graph changes.
    pub init: Vec<String>,
    /// The files that the graph reads: assets and vocabularies, each constant once.
    pub files: Vec<FrozenFile>,
    /// What the caller should know, in sentences.
    pub warnings: Vec<String>,
}

impl Frozen {
    /// The graph with its index, as a [`Model`](floe_graph::Model).
    ///
    /// # Errors
    /// As [`Graph::from_def`].
    pub fn into_graph(self) -> Result<Graph> {
        Graph::from_def(self.graph)
    }
}

impl SavedModel {
    /// Freezes the model; `variables` is its checkpoint.
    ///
    /// # Errors
    /// When there is no such graph, signature or tensor; when a variable has no value; when a node
    /// cannot be frozen. Names the place and the reason.
    pub fn freeze(
        &self,
        variables: Option<&dyn TensorSource<'_>>,
        options: &FreezeOptions,
    ) -> Result<Frozen> {
        let graph = self.tagged(options)?;
        self.freeze_for(graph, &Plan::new(graph, options)?, variables, options)
    }

    /// The graph that `options` mean.
    pub(crate) fn tagged(&self, options: &FreezeOptions) -> Result<&Graph> {
        let tags: Vec<&str> = options.tags.iter().map(String::as_str).collect();
        self.graph(&tags)
    }

    /// Freezes `graph` for what `plan` names; the inputs and outputs are in the plan's order.
    pub(crate) fn freeze_for(
        &self,
        graph: &Graph,
        plan: &Plan,
        variables: Option<&dyn TensorSource<'_>>,
        options: &FreezeOptions,
    ) -> Result<Frozen> {
        let values = Values::new(graph, variables)?;
        Freezer::new(self, graph, plan, &values, options)?.run()
    }
}

struct Freezer<'a, 'v> {
    model: &'a SavedModel,
    program: Program<'a>,
    plan: &'a Plan,
    values: &'a Values<'a, 'v>,
    inputs: Vec<Src>,
    outputs: Vec<Src>,
    /// What may have to run first; then what does.
    init: Vec<usize>,
    files: Vec<FileUse>,
    warnings: Vec<String>,
}

impl<'a, 'v> Freezer<'a, 'v> {
    fn new(
        model: &'a SavedModel,
        graph: &'a Graph,
        plan: &'a Plan,
        values: &'a Values<'a, 'v>,
        options: &FreezeOptions,
    ) -> Result<Self> {
        let mut importer = Importer::new(graph, options.max_nodes);
        let cuts = cut(&mut importer.program, plan)?;
        let first = init::candidates(graph, values);
        let mut wanted = first.clone();
        wanted.extend(plan.outputs.iter().map(|w| w.node.as_str()));
        wanted.extend(plan.inputs.iter().map(|w| w.node.as_str()));
        let names = importer.main(&wanted, &cuts)?;
        let mut program = importer.program;
        let files = files::assets(model, &mut program, &names)?;
        for body in &mut program.bodies {
            edges::resolve(body)?;
        }
        let place = |w: &Wanted| {
            let cut = cuts.get(&(w.node.clone(), w.index));
            let node = || names.get(w.node.as_str()).copied();
            cut.copied().map(|node| (node, 0)).or_else(|| Some((node()?, w.index as usize)))
        };
        let missing = |w: &Wanted| Error::no_such("node", &w.node, []);
        let mut inputs = Vec::new();
        for input in &plan.inputs {
            let (node, port) = place(input).ok_or_else(|| missing(input))?;
            inputs.push(Src { node, port });
        }
        let mut outputs = Vec::new();
        for output in &plan.outputs {
            let (node, port) = place(output).ok_or_else(|| missing(output))?;
            outputs.push(output_src(&mut program, plan, Src { node, port })?);
        }
        let init = first.into_iter().filter_map(|name| names.get(name).copied()).collect();
        let warnings = Vec::new();
        Ok(Self { model, program, plan, values, inputs, outputs, init, files, warnings })
    }

    fn run(mut self) -> Result<Frozen> {
        let mut live = self.live();
        self.init = init::add(&self.program, &mut live, self.values, &self.init)?;
        let tables = tables::restore(&mut self.program, &live, self.values)?;
        self.init.extend(tables);
        let handles = Handles::follow(&self.program, &live, self.values)?;
        let frozen = self.decide(&handles)?;
        rewrite::rewrite(&mut self.program, &live, &handles, &frozen)?;
        self.init.retain(|&id| {
            self.program.node(0, id).is_ok_and(|n| !matches!(n.op(), "NoOp" | "Identity"))
        });
        let moved =
            files::vocabularies(self.model, &mut self.program, &self.init, &mut self.files)?;
        self.warnings.extend(moved);
        orders::simplify(&mut self.program, &self.init)?;
        let mut live = self.live();
        live.add(&self.program, self.init.iter().copied());
        let graph = emit::emit(&self.program, &live)?;
        let port = |w: &Wanted, src: Src| -> Result<FrozenPort> {
            let name = &self.program.node(0, src.node)?.def.name;
            let index = u32::try_from(src.port).unwrap_or(u32::MAX);
            let (dtype, shape) = (w.dtype, w.shape.clone());
            let signature = w.signature.clone();
            let tensor = full_tensor(name, index);
            Ok(FrozenPort { signature, name: w.key.clone(), tensor, dtype, shape })
        };
        let inputs = self.plan.inputs.iter().zip(&self.inputs);
        let outputs = self.plan.outputs.iter().zip(&self.outputs);
        Ok(Frozen {
            graph,
            inputs: inputs.map(|(w, &src)| port(w, src)).collect::<Result<_>>()?,
            outputs: outputs.map(|(w, &src)| port(w, src)).collect::<Result<_>>()?,
            init: self
                .init
                .iter()
                .map(|&id| Ok(self.program.node(0, id)?.def.name.clone()))
                .collect::<Result<_>>()?,
            files: self.files(&live)?,
            warnings: self.warnings,
        })
    }

    /// The files that what is left reads.
    fn files(&self, live: &Live) -> Result<Vec<FrozenFile>> {
        let used = self.files.iter().filter(|f| live.contains(0, f.node));
        let file = |f: &FileUse| -> Result<FrozenFile> {
            let tensor = full_tensor(&self.program.node(0, f.node)?.def.name, 0);
            Ok(FrozenFile { tensor, name: f.name.clone(), path: f.path.clone() })
        };
        used.map(file).collect()
    }

    /// What the inputs and outputs need.
    fn live(&self) -> Live {
        let mut live = Live::new(&self.program);
        let roots =
            self.outputs.iter().map(|src| src.node).chain(self.inputs.iter().map(|src| src.node));
        live.add(&self.program, roots);
        live
    }
}

/// Puts a placeholder in the place of every tensor that is fed and is none yet.
fn cut(program: &mut Program<'_>, plan: &Plan) -> Result<HashMap<(String, u32), usize>> {
    let graph = program.graph;
    let mut cuts = HashMap::new();
    for input in &plan.inputs {
        let op = graph.find_node(&input.node).map_or("", |n| n.op.as_str());
        if op.starts_with("Placeholder") && input.index == 0 {
            continue;
        }
        // A call is inlined, so what is fed in the place of its result needs a node of its own.
        let is_call = op.ends_with("PartitionedCall") || graph.function(op).is_some();
        if !plan.cuts && !is_call {
            continue;
        }
        let name = if input.index == 0 {
            input.node.clone()
        } else {
            format!("{}_{}", input.node, input.index)
        };
        let shape = input.shape.as_deref().map_or(Shape::Unknown, Shape::I64);
        let body = program.body_mut(0)?;
        let name = if input.index == 0 { name } else { body.unique(name) };
        let def = NodeDef { name, op: "Placeholder".into(), ..NodeDef::default() };
        let mut node = Node::new(Kind::Op, def, &"".into());
        let dtype =
            input.dtype.ok_or_else(|| node.fault("the dtype of this input is not known"))?;
        node.set_type("dtype", dtype.tensorflow().into());
        node.set("shape", Value::Shape(Box::new(shape_proto(&shape))));
        cuts.insert((input.node.clone(), input.index), body.push(node));
    }
    Ok(cuts)
}

/// Where an output comes from. A call whose output was asked for by name leaves a node of that name.
fn output_src(program: &mut Program<'_>, plan: &Plan, src: Src) -> Result<Src> {
    let body = program.body(0)?;
    let resolved = edges::source(body, src)?;
    let Some(border) = body.get(src.node).filter(|n| plan.by_name && n.kind == Kind::Border) else {
        return Ok(resolved);
    };
    let name = border.def.name.clone();
    if let Some(at) = body.nodes.iter().position(|n| n.kind == Kind::Op && n.def.name == name) {
        return Ok(Src { node: at, port: src.port });
    }
    let inputs =
        (0..border.inputs.len()).map(|port| edges::source(body, Src { node: src.node, port }));
    let inputs = inputs.collect::<Result<Vec<_>>>()?;
    let types = program.graph.call_types(&name);
    let def = NodeDef { name, op: "IdentityN".into(), ..NodeDef::default() };
    let mut node = Node::new(Kind::Op, def, &"".into());
    let list =
        floe_proto::tensorflow::attr_value::ListValue { r#type: types, ..Default::default() };
    node.set("T", Value::List(Box::new(list)));
    node.inputs = inputs;
    Ok(Src { node: program.body_mut(0)?.push(node), port: src.port })
}

#[cfg(test)]
mod tests;
