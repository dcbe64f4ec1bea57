//! Freezing: a graph with everything that a signature needs inside, and nothing else.
//!
//! Calls are inlined, variables become constants, the functions of loops and conditions are rewritten
//! to take values in the place of handles, and what no output needs is left out. A variable that the
//! graph itself changes stays a variable and is initialised by an op that [`Frozen::init`] names; so
//! are tables.
//!
//! Invariant: what cannot be frozen is an error that names the node; nothing is dropped that an
//! output's value depends on.

mod edges;
mod emit;
mod handles;
mod import;
mod init;
mod live;
mod orders;
mod program;
mod rewrite;
mod slice;
mod target;
mod values;

use crate::names::full_tensor;
use crate::tensor::{shape_proto, to_proto};
use crate::{Error, Graph, Result, SavedModel};
use floe_graph::{DType, Shape, TensorSource};
use floe_proto::tensorflow::{
    DataType, GraphDef, NodeDef, TensorProto, TensorShapeProto, attr_value::Value,
    tensor_info::Encoding,
};
use handles::{Class, Handles};
use import::Importer;
use live::Live;
use program::{Kind, Node, Program, Src};
use rewrite::Frozen as Value_;
use std::collections::{BTreeMap, HashMap};
use target::{Plan, Wanted};
use values::{Values, node_of};

/// What to freeze a graph for.
#[derive(Clone, Debug, Default)]
pub enum Target {
    /// The signature `serving_default`, else the only one; of a graph without signatures from its
    /// placeholders to whatever nothing else uses.
    #[default]
    Default,
    /// A signature, by key.
    Signature(String),
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
    /// The signature's key, or the tensor's name as it was given.
    pub name: String,
    /// The tensor in the frozen graph, `node:0`.
    pub tensor: String,
    /// The element type, where the model says it.
    pub dtype: Option<DType>,
    /// The dimensions, -1 for unknown ones; `None` when not even their number is known.
    pub shape: Option<Vec<i64>>,
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
        let tags: Vec<&str> = options.tags.iter().map(String::as_str).collect();
        let graph = self.graph(&tags)?;
        let plan = Plan::new(graph, options)?;
        let values = Values::new(graph, variables)?;
        Freezer::new(self, graph, &plan, &values, options)?.run()
    }
}

struct Freezer<'a, 'v> {
    program: Program<'a>,
    plan: &'a Plan,
    values: &'a Values<'a, 'v>,
    inputs: Vec<usize>,
    outputs: Vec<Src>,
    init: Vec<usize>,
}

impl<'a, 'v> Freezer<'a, 'v> {
    fn new(
        model: &SavedModel,
        graph: &'a Graph,
        plan: &'a Plan,
        values: &'a Values<'a, 'v>,
        options: &FreezeOptions,
    ) -> Result<Self> {
        let mut importer = Importer::new(graph, options.max_nodes);
        let cuts = cut(&mut importer.program, plan)?;
        let mut wanted = init::candidates(graph, values);
        wanted.extend(plan.outputs.iter().map(|w| w.node.as_str()));
        wanted.extend(plan.inputs.iter().map(|w| w.node.as_str()));
        let names = importer.main(&wanted, &cuts)?;
        let mut program = importer.program;
        assets(model, &mut program, &names)?;
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
            inputs.push(place(input).ok_or_else(|| missing(input))?.0);
        }
        let mut outputs = Vec::new();
        for output in &plan.outputs {
            let (node, port) = place(output).ok_or_else(|| missing(output))?;
            outputs.push(output_src(&mut program, plan, Src { node, port })?);
        }
        Ok(Self { program, plan, values, inputs, outputs, init: Vec::new() })
    }

    fn run(mut self) -> Result<Frozen> {
        let mut live = self.live();
        self.init = init::add(&self.program, &mut live, self.values)?;
        let handles = Handles::follow(&self.program, &live, self.values)?;
        let frozen = self.decide(&handles)?;
        rewrite::rewrite(&mut self.program, &live, &handles, &frozen)?;
        self.init.retain(|&id| {
            self.program.node(0, id).is_ok_and(|n| !matches!(n.op(), "NoOp" | "Identity"))
        });
        orders::simplify(&mut self.program)?;
        let mut live = self.live();
        live.add(&self.program, self.init.iter().copied());
        let graph = emit::emit(&self.program, &live)?;
        let port = |w: &Wanted, src: Src| -> Result<FrozenPort> {
            let name = &self.program.node(0, src.node)?.def.name;
            let index = u32::try_from(src.port).unwrap_or(u32::MAX);
            let (dtype, shape) = (w.dtype, w.shape.clone());
            Ok(FrozenPort { name: w.key.clone(), tensor: full_tensor(name, index), dtype, shape })
        };
        let inputs = self.plan.inputs.iter().zip(&self.inputs);
        let outputs = self.plan.outputs.iter().zip(&self.outputs);
        Ok(Frozen {
            graph,
            inputs: inputs
                .map(|(w, &node)| port(w, Src { node, port: 0 }))
                .collect::<Result<_>>()?,
            outputs: outputs.map(|(w, &src)| port(w, src)).collect::<Result<_>>()?,
            init: self
                .init
                .iter()
                .map(|&id| Ok(self.program.node(0, id)?.def.name.clone()))
                .collect::<Result<_>>()?,
        })
    }

    /// What the inputs and outputs need.
    fn live(&self) -> Live {
        let mut live = Live::new(&self.program);
        let roots = self.outputs.iter().map(|src| src.node).chain(self.inputs.iter().copied());
        live.add(&self.program, roots);
        live
    }

    /// The values of the classes that are frozen; the others are set by an op of their own.
    fn decide(&mut self, handles: &Handles) -> Result<BTreeMap<usize, Value_>> {
        let mut frozen = BTreeMap::new();
        for (&id, class) in &handles.classes {
            let Some(&(body, node)) = class.handles.first() else { continue };
            let def = self.program.node(body, node)?.def.clone();
            if class.binding.is_none() {
                if let Some(value) = self.initial(class)? {
                    frozen.insert(id, value);
                } else if class.assigns.is_empty() {
                    return Err(self.no_value(&def));
                }
                continue;
            }
            let tensor = self.tensor(&def, class)?;
            if class.other_use.is_none() && class.assigns.is_empty() {
                frozen.insert(id, Value_::Tensor(Box::new(tensor)));
            } else {
                self.keep(class, &def, tensor)?;
            }
        }
        Ok(frozen)
    }

    fn no_value(&self, def: &NodeDef) -> Error {
        let reason = match self.values.source() {
            None => "it needs a checkpoint, and none was given",
            Some(_) => {
                "the checkpoint has no tensor for it: not by the object graph, the restore graph or its name"
            }
        };
        Error::variable(&def.name, reason)
    }

    /// The value of a variable in the checkpoint.
    fn tensor(&self, def: &NodeDef, class: &Class) -> Result<TensorProto> {
        let (Some(source), Some(binding)) = (self.values.source(), &class.binding) else {
            return Err(self.no_value(def));
        };
        let fault = |source| Error::Tensor { name: def.name.clone(), source };
        let view = source.tensor(binding.tensor).map_err(fault)?;
        let proto = match &binding.part {
            None => to_proto(&def.name, &view, source.share(binding.tensor))?,
            Some(part) => {
                let (dims, raw) = part.cut(&def.name, &view)?;
                TensorProto {
                    dtype: view.dtype.tensorflow().into(),
                    tensor_shape: Some(shape_proto(&Shape::I64(&dims))),
                    tensor_content: raw.into(),
                    ..TensorProto::default()
                }
            }
        };
        check(def, &proto)?;
        Ok(proto)
    }

    /// What an unbound variable is set to, when that is a constant.
    fn initial(&self, class: &Class) -> Result<Option<Value_>> {
        let ([(0, assign)], None) = (class.assigns.as_slice(), class.other_use) else {
            return Ok(None);
        };
        let node = self.program.node(0, *assign)?;
        let Some(mut src) = node.inputs.get(1).copied() else { return Ok(None) };
        for _ in 0..16 {
            let value = self.program.node(0, src.node)?;
            match (value.op(), value.inputs.first()) {
                ("Identity", Some(&input)) => src = input,
                ("Const", _) => {
                    let tensor = value.def.attr.get("value").and_then(|a| a.value.as_ref());
                    let Some(Value::Tensor(tensor)) = tensor else { return Ok(None) };
                    let shape = tensor.tensor_shape.clone();
                    return Ok(Some(Value_::Src { src, dtype: tensor.dtype, shape }));
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Leaves a variable that the graph changes, and adds what sets it to its value.
    fn keep(&mut self, class: &Class, def: &NodeDef, tensor: TensorProto) -> Result<()> {
        let shared =
            values::text(def, "shared_name").filter(|n| !n.is_empty()).unwrap_or(&def.name);
        let shared = Value::S(bytes::Bytes::from(shared.to_owned()));
        for &(body, id) in &class.handles {
            self.program.node_mut(body, id)?.set("shared_name", shared.clone());
        }
        let main = class.handles.iter().find(|(body, _)| *body == 0).map(|(_, id)| *id);
        let dtype = Value::Type(tensor.dtype);
        let body = self.program.body_mut(0)?;
        let mut add = |suffix: &str, op: &str, attrs: Vec<(&str, Value)>, inputs: Vec<usize>| {
            let name = body.unique(format!("{}{suffix}", def.name));
            let node = NodeDef { name, op: op.to_owned(), ..NodeDef::default() };
            let mut node = Node::new(Kind::Op, node, &"".into());
            for (name, value) in attrs {
                node.set(name, value);
            }
            node.inputs = inputs.into_iter().map(|node| Src { node, port: 0 }).collect();
            body.push(node)
        };
        let handle = match main {
            Some(id) => id,
            None => {
                let mut attrs = vec![("dtype", dtype.clone()), ("shared_name", shared)];
                if let Some(shape) = def.attr.get("shape").and_then(|a| a.value.clone()) {
                    attrs.push(("shape", shape));
                }
                add("/handle", &def.op, attrs, Vec::new())
            }
        };
        let value = vec![("dtype", dtype.clone()), ("value", Value::Tensor(Box::new(tensor)))];
        let value = add("/initial_value", "Const", value, Vec::new());
        let (op, attr) = match def.op.as_str() {
            "VarHandleOp" => ("AssignVariableOp", "dtype"),
            _ => ("Assign", "T"),
        };
        let assign = add("/initialize", op, vec![(attr, dtype)], vec![handle, value]);
        self.init.push(assign);
        Ok(())
    }
}

/// A value must be what its variable declares.
fn check(def: &NodeDef, tensor: &TensorProto) -> Result<()> {
    if let Some(Value::Type(dtype)) = def.attr.get("dtype").and_then(|a| a.value.as_ref())
        && *dtype != tensor.dtype
    {
        let name = |n: i32| DType::from_tensorflow(n).map_or("unknown", DType::name);
        let reason = format!("it is {}, but its tensor is {}", name(*dtype), name(tensor.dtype));
        return Err(Error::variable(&def.name, reason));
    }
    let declared = def.attr.get("shape").and_then(|a| a.value.as_ref());
    if let (Some(Value::Shape(declared)), Some(shape)) = (declared, &tensor.tensor_shape) {
        let fits = declared.unknown_rank
            || (declared.dim.len() == shape.dim.len()
                && declared
                    .dim
                    .iter()
                    .zip(&shape.dim)
                    .all(|(d, s)| d.size < 0 || d.size == s.size));
        if !fits {
            let text = |s: &TensorShapeProto| {
                s.dim.iter().map(|d| d.size.to_string()).collect::<Vec<_>>().join(",")
            };
            let reason =
                format!("its shape is [{}], but its tensor's is [{}]", text(declared), text(shape));
            return Err(Error::variable(&def.name, reason));
        }
    }
    Ok(())
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

/// The paths of a model's assets, in the place of the placeholders that take them.
fn assets(
    model: &SavedModel,
    program: &mut Program<'_>,
    names: &HashMap<&str, usize>,
) -> Result<()> {
    let graph = program.graph;
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
    Ok(())
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
