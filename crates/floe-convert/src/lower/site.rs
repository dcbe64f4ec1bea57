//! Where a lowering stands: [`Site`], a node with its lowered inputs, and [`Cx`], the graph that is
//! being built.

use super::{Lowered, find};
use crate::error::{Error, Problem};
use crate::import::{Edge, TfGraph, TfNode};
use crate::infer::Type;
use crate::ir::{
    Attrs, Builtin, Def, Dim, Graph, GraphId, Module, Node, Op, Reason, Scope, Symbols, Tensor,
    Value, ValueId,
};
use floe_graph::DType;
use floe_proto::tensorflow::{FunctionDef, GraphDef};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Calls within calls above which a graph is refused.
const MAX_DEPTH: usize = 64;
/// Calls that an export puts around the whole model.
const WRAPPERS: &[&str] = &["StatefulPartitionedCall/", "PartitionedCall/"];

/// What an output of a TensorFlow node is bound to.
#[derive(Clone, Debug)]
pub(crate) enum Bound {
    /// A value.
    Value(ValueId),
    /// A complex number, by its real and its imaginary part.
    Complex(ValueId, ValueId),
    /// A list of tensors.
    List(super::lists::List),
    /// A handle to a variable or a table, by its name.
    Handle(Arc<str>, ValueId),
    /// Nothing: the node that makes it could not be lowered, and was reported.
    Failed,
}

impl From<ValueId> for Bound {
    fn from(v: ValueId) -> Self {
        Self::Value(v)
    }
}

/// The state of a whole conversion.
pub(crate) struct Lowering<'d> {
    pub(crate) module: Module,
    pub(crate) library: BTreeMap<&'d str, &'d FunctionDef>,
    pub(crate) problems: BTreeSet<Problem>,
    pub(crate) warnings: BTreeSet<String>,
    pub(crate) allow_custom: bool,
    pub(crate) exact_types: bool,
    pub(crate) depth: usize,
    /// The hash tables.
    pub(crate) tables: BTreeMap<Arc<str>, super::lookup::Table>,
    /// The files that the graph reads, by the paths that it has for them.
    pub(crate) files: BTreeMap<bytes::Bytes, bytes::Bytes>,
    /// The dtype and shape of each variable.
    pub(crate) variables: BTreeMap<Arc<str>, (DType, Vec<i64>)>,
}

impl<'d> Lowering<'d> {
    pub(crate) fn new(graph: &'d GraphDef, allow_custom: bool) -> Self {
        let functions = graph.library.iter().flat_map(|l| &l.function);
        let library =
            functions.filter_map(|f| Some((f.signature.as_ref()?.name.as_str(), f))).collect();
        Self {
            module: Module::default(),
            library,
            problems: BTreeSet::new(),
            warnings: BTreeSet::new(),
            allow_custom,
            exact_types: false,
            depth: 0,
            tables: BTreeMap::new(),
            files: BTreeMap::new(),
            variables: BTreeMap::new(),
        }
    }

    /// Adds `graph` to the module.
    pub(crate) fn add_graph(&mut self, graph: Graph) -> GraphId {
        let id = GraphId(u32::try_from(self.module.graphs.len()).unwrap_or(u32::MAX));
        self.module.graphs.push(graph);
        id
    }
}

/// The graph that is being built.
pub(crate) struct Cx<'l, 'd> {
    pub(crate) lowering: &'l mut Lowering<'d>,
    pub(crate) graph: Graph,
    origin: Vec<Arc<str>>,
    prefix: String,
}

/// A node with its lowered inputs.
pub(crate) struct Site<'s, 'd> {
    pub(crate) node: &'s TfNode<'d>,
    pub(crate) inputs: &'s [Bound],
}

impl Scope for Cx<'_, '_> {
    fn symbols(&self) -> &Symbols {
        &self.lowering.module.symbols
    }

    fn get(&self, v: ValueId) -> &Value {
        self.graph.value(v)
    }

    fn put_value(&mut self, value: Value) -> ValueId {
        self.graph.add_value(value)
    }

    fn put_node(&mut self, node: Node) {
        self.graph.add_node(node);
    }

    fn origin(&self) -> &[Arc<str>] {
        &self.origin
    }
}

impl<'l, 'd> Cx<'l, 'd> {
    /// A new graph in `lowering`.
    pub(crate) fn new(lowering: &'l mut Lowering<'d>, name: &str) -> Self {
        let mut graph = Graph::default();
        name.clone_into(&mut graph.name);
        Self { lowering, graph, origin: Vec::new(), prefix: String::new() }
    }

    /// Does the work of the node `name`.
    pub(crate) fn enter(&mut self, name: &str) {
        let full = format!("{}{name}", self.prefix);
        self.origin = vec![own_name(&full).into()];
    }

    /// Lowers what `tf` needs and gives what its results are bound to. `args` are its arguments;
    /// `fed` are nodes of the main graph that are inputs.
    pub(crate) fn lower(
        &mut self,
        tf: &TfGraph<'d>,
        args: &[Bound],
        fed: &BTreeMap<usize, Bound>,
    ) -> Vec<Bound> {
        let mut bound: Vec<Vec<Bound>> = vec![Vec::new(); tf.nodes.len()];
        let mut loops: BTreeMap<usize, Vec<Bound>> = BTreeMap::new();
        for &at in &tf.order {
            let Some(node) = tf.nodes.get(at) else { continue };
            let inputs: Vec<Bound> =
                node.inputs.iter().map(|e| find_bound(&bound, args, *e)).collect();
            let exit = tf.frames.exits.get(&at).filter(|_| !fed.contains_key(&at));
            let outputs = match (fed.get(&at), exit) {
                // A switch that stands for an argument has two outputs.
                (Some(b), _) => vec![b.clone(); 2],
                (None, Some(&(frame, k))) => {
                    let results = loops
                        .entry(frame)
                        .or_insert_with(|| self.lower_frame(tf, frame, node, &bound, args));
                    results.get(k).cloned().into_iter().collect()
                }
                (None, None) => self.lower_node(node, &inputs),
            };
            if let Some(slot) = bound.get_mut(at) {
                *slot = outputs;
            }
        }
        tf.results.iter().map(|e| find_bound(&bound, args, *e)).collect()
    }

    /// Lowers loop `frame` of `tf`, of which `exit` is a result.
    fn lower_frame(
        &mut self,
        tf: &TfGraph<'d>,
        frame: usize,
        exit: &TfNode<'d>,
        bound: &[Vec<Bound>],
        args: &[Bound],
    ) -> Vec<Bound> {
        let Some(f) = tf.frames.frames.get(frame) else { return Vec::new() };
        let entries: Vec<Bound> = f.entries.iter().map(|e| find_bound(bound, args, *e)).collect();
        let origin = std::mem::take(&mut self.origin);
        self.enter(&exit.def.name);
        let result = super::loops::frame(self, tf, f, &entries);
        self.origin = origin;
        result.unwrap_or_else(|reason| {
            self.report(exit, &reason);
            Vec::new()
        })
    }

    fn lower_node(&mut self, node: &TfNode<'d>, inputs: &[Bound]) -> Vec<Bound> {
        let origin = std::mem::take(&mut self.origin);
        self.enter(&node.def.name);
        let result = match find(&node.def.op) {
            Some(_) if inputs.iter().any(|b| matches!(b, Bound::Failed)) => Ok(Vec::new()),
            Some(_) if self.lowering.exact_types && node.is_narrowed() => {
                Err("TFLite computes on reals in float32 only".into())
            }
            Some(lower) => {
                let site = Site { node, inputs };
                super::signal::elsewhere(self, &site).unwrap_or_else(|| lower(self, &site))
            }
            None => self.unknown(node, inputs),
        };
        let outputs = result.unwrap_or_else(|reason| {
            self.report(node, &reason);
            Vec::new()
        });
        self.origin = origin;
        outputs
    }

    /// An op without a lowering: a custom operator where those are allowed.
    fn unknown(&mut self, node: &TfNode<'d>, inputs: &[Bound]) -> Lowered {
        if !self.lowering.allow_custom {
            return Err(super::refused::reason(&node.def.op).into());
        }
        let values: Option<Vec<Option<ValueId>>> = inputs
            .iter()
            .map(|b| if let Bound::Value(v) = b { Some(Some(*v)) } else { None })
            .collect();
        let values = values.ok_or("it reads a handle or a list, which no custom operator can")?;
        let results = custom_results(self, node)?;
        let options = floe_proto::Message::encode_to_vec(node.def);
        let mut attrs = Attrs::new();
        attrs.set("custom_options", crate::ir::Attr::Bytes(options));
        let outputs = self.raw(Op::Custom(node.def.op.clone()), &values, attrs, results);
        Ok(outputs.into_iter().map(Bound::Value).collect())
    }

    /// Reports `node`.
    pub(crate) fn report(&mut self, node: &TfNode<'_>, reason: &Reason) {
        let name = format!("{}{}", self.prefix, node.def.name);
        let op = node.def.op.clone();
        self.lowering.problems.insert(Problem { op, node: name, reason: reason.0.clone() });
    }

    /// Lowers the body of `function` into this graph.
    pub(crate) fn inline(&mut self, function: &str, args: &[Bound]) -> Lowered {
        let def = *self
            .lowering
            .library
            .get(function)
            .ok_or_else(|| Reason(format!("the function '{function}' is not in the graph")))?;
        if self.lowering.depth >= MAX_DEPTH {
            return Err("functions call each other too deeply".into());
        }
        let body = TfGraph::function(def).map_err(|e: Error| Reason(e.to_string()))?;
        let scope = format!("{}/", self.name());
        let prefix = std::mem::replace(&mut self.prefix, scope);
        self.lowering.depth += 1;
        let results = self.lower(&body, args, &BTreeMap::new());
        self.lowering.depth -= 1;
        self.prefix = prefix;
        Ok(results)
    }

    /// A constant of zeros of the given dtype and shape.
    pub(crate) fn zeros(&mut self, dtype: DType, shape: &[usize]) -> Result<ValueId, Reason> {
        let width = dtype.bytes().ok_or("the dtype has no bytes")?;
        let t = Tensor::fill(dtype, shape.to_vec(), vec![0; width]);
        Ok(self.constant(t.ok_or("a constant of zeros is too large")?))
    }

    /// A scalar constant of `dtype` with the value `x`.
    pub(crate) fn scalar(&mut self, dtype: DType, x: f64) -> Result<ValueId, Reason> {
        let t = match dtype {
            DType::Float32 => Tensor::f32(&[], &[x as f32]),
            DType::Float64 => Tensor::new(dtype, vec![], x.to_le_bytes().to_vec()),
            _ => Tensor::ints(dtype, &[], &[x as i64]),
        };
        Ok(self.constant(t.ok_or_else(|| Reason(format!("{dtype} has no number {x}")))?))
    }

    /// `v` with its elements as `to`.
    pub(crate) fn cast(&mut self, v: ValueId, to: DType) -> Result<ValueId, Reason> {
        let from = self.get(v).dtype;
        if from == to {
            return Ok(v);
        }
        let attrs = Attrs::new().with("in_data_type", from).with("out_data_type", to);
        self.op_with(Builtin::Cast, &[v], attrs)
    }

    /// `v` as int32: indices, axes and shapes.
    pub(crate) fn index32(&mut self, v: ValueId) -> Result<ValueId, Reason> {
        self.cast(v, DType::Int32)
    }

    /// `v` with its dimensions in the order of `perm`.
    pub(crate) fn transpose(&mut self, v: ValueId, perm: &[i64]) -> Result<ValueId, Reason> {
        let perm = self.i32s(perm)?;
        self.op(Builtin::Transpose, &[v, perm])
    }

    /// A vector whose elements are `dims`: a constant when they are known or one of them can be left
    /// to RESHAPE as -1, else computed from `like`, some value that has such dimensions.
    pub(crate) fn shape_vector(
        &mut self,
        dims: &[Dim],
        computed: Option<ValueId>,
    ) -> Result<ValueId, Reason> {
        let unknown = dims.iter().filter(|d| d.get().is_none()).count();
        if unknown <= 1 {
            let known: Vec<i64> = dims.iter().map(Dim::signature).collect();
            return self.i32s(&known);
        }
        computed.ok_or_else(|| "the new shape has several unknown dimensions".into())
    }

    /// `v` under the shape `dims`. One unknown dimension is left to RESHAPE; of several, all but one are
    /// computed from values that have them.
    pub(crate) fn reshape(&mut self, v: ValueId, dims: &[Dim]) -> Result<ValueId, Reason> {
        if dims == self.get(v).shape {
            return Ok(v);
        }
        let unknown = dims.iter().filter(|d| d.get().is_none()).count();
        let shape = if unknown <= 1 {
            self.shape_vector(dims, None)?
        } else {
            super::lists::dims_vector(self, dims)?
        };
        self.reshape_to(v, shape, Some(dims))
    }

    /// `v` under the shape that `shape` holds; `dims` is what is known of the result.
    pub(crate) fn reshape_to(
        &mut self,
        v: ValueId,
        shape: ValueId,
        dims: Option<&[Dim]>,
    ) -> Result<ValueId, Reason> {
        if dims.is_some_and(|d| d == self.get(v).shape) {
            return Ok(v);
        }
        let out = self.op(Builtin::Reshape, &[v, shape])?;
        if let Some(dims) = dims
            && matches!(self.get(out).def, Def::Node(..))
        {
            self.graph.value_mut(out).shape = dims.to_vec();
        }
        Ok(out)
    }

    /// A node of an operator that only the fusion passes know: `name` on `x`, of the same type.
    pub(crate) fn composite(&mut self, name: &str, x: ValueId) -> Vec<Bound> {
        let t = Type::new(self.get(x).dtype, self.get(x).shape.clone());
        let outputs = self.raw(Op::Custom(name.into()), &[Some(x)], Attrs::new(), vec![t]);
        outputs.into_iter().map(Bound::Value).collect()
    }
}

/// The name without the calls that wrap a whole exported model.
fn own_name(mut name: &str) -> &str {
    while let Some(rest) = WRAPPERS.iter().find_map(|w| name.strip_prefix(w)) {
        name = rest;
    }
    name
}

fn find_bound(bound: &[Vec<Bound>], args: &[Bound], edge: Edge) -> Bound {
    let found = match edge {
        Edge::Node(n, k) => bound.get(n).and_then(|o| o.get(k)),
        Edge::Arg(i) => args.get(i),
    };
    found.cloned().unwrap_or(Bound::Failed)
}

/// The types of an unknown op's outputs, from the shapes that TensorFlow noted on the node.
fn custom_results(cx: &Cx<'_, '_>, node: &TfNode<'_>) -> Result<Vec<Type>, Reason> {
    let dtype = ["Tout", "out_type", "dtype", "T"].iter().find_map(|n| node.dtype(n));
    let dtype = dtype.ok_or("its result's dtype is not known")?;
    let shapes = node.shapes("_output_shapes");
    if shapes.is_empty() {
        return Err("its result's shape is not known: the graph has no _output_shapes".into());
    }
    let types = shapes.iter().map(|s| {
        let dim = |d: i64| if d < 0 { cx.symbols().fresh("c") } else { Dim::known(d) };
        Type::new(dtype, s.dim.iter().map(|d| dim(d.size)).collect())
    });
    Ok(types.collect())
}

impl Site<'_, '_> {
    /// The value of input `i`.
    pub(crate) fn x(&self, i: usize) -> Result<ValueId, Reason> {
        match self.inputs.get(i) {
            Some(Bound::Value(v) | Bound::Handle(_, v)) => Ok(*v),
            Some(Bound::Complex(..)) => {
                Err(format!("TFLite cannot compute it on complex numbers (input {i})").into())
            }
            Some(_) => Err(format!("its input {i} is a list, not a tensor").into()),
            None => Err(format!("its input {i} is missing").into()),
        }
    }

    /// The values of all inputs.
    pub(crate) fn all(&self) -> Result<Vec<ValueId>, Reason> {
        (0..self.inputs.len()).map(|i| self.x(i)).collect()
    }

    /// The known integers of input `i`.
    pub(crate) fn ints(&self, cx: &Cx<'_, '_>, i: usize) -> Result<Vec<i64>, Reason> {
        cx.get(self.x(i)?)
            .ints()
            .ok_or_else(|| format!("its input {i} must be a constant for TFLite").into())
    }

    /// The one known integer of input `i`.
    pub(crate) fn int(&self, cx: &Cx<'_, '_>, i: usize) -> Result<i64, Reason> {
        self.ints(cx, i)?.first().copied().ok_or_else(|| format!("its input {i} is empty").into())
    }
}

/// The one result `v`.
pub(crate) fn one(v: Result<ValueId, Reason>) -> Lowered {
    Ok(vec![Bound::Value(v?)])
}
