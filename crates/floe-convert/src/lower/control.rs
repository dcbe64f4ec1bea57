//! Calls and branches. A call is inlined; a branch whose condition is known too. What goes into a graph
//! of its own, and comes out of it, is the same for branches and for loops ([`super::loops`]).

use super::lists::{self, List};
use super::{Bound, Cx, Family, Lowered, Site};
use crate::error::Error;
use crate::import::{Edge, TfGraph};
use crate::infer::Type;
use crate::ir::{Attrs, Builtin as B, Def, Dim, Graph, GraphId, Op, Reason, Scope, ValueId};
use crate::ops;
use floe_graph::DType;
use std::collections::BTreeMap;

pub(super) const OPS: Family = &[
    ("Case", |cx, s| case(cx, s)),
    ("If", |cx, s| branch_of(cx, s)),
    ("Merge", merge),
    ("PartitionedCall", call),
    ("StatefulPartitionedCall", call),
    ("StatelessCase", |cx, s| case(cx, s)),
    ("StatelessIf", |cx, s| branch_of(cx, s)),
    ("Switch", |_, s| Ok(vec![s.inputs.first().cloned().ok_or("it has no input")?; 2])),
    ("_SwitchN", |_, s| {
        let n = usize::try_from(s.node.int("num_outs", 1)).map_or(1, |n| n.min(MAX_BRANCHES));
        Ok(vec![s.inputs.first().cloned().ok_or("it has no input")?; n])
    }),
];

/// Branches of one Case.
const MAX_BRANCHES: usize = 64;

/// What runs in a graph of its own: a function, or a region of a graph with nodes that stand for the
/// arguments.
pub(crate) struct Body<'d> {
    pub(crate) tf: TfGraph<'d>,
    /// Nodes that are arguments, and which.
    pub(crate) fed: BTreeMap<usize, usize>,
}

impl<'d> Body<'d> {
    pub(super) fn function(cx: &Cx<'_, 'd>, name: &str) -> Result<Self, Reason> {
        let def = *cx
            .lowering
            .library
            .get(name)
            .ok_or_else(|| Reason(format!("the function '{name}' is not in the graph")))?;
        let tf = TfGraph::function(def).map_err(|e: Error| Reason(e.to_string()))?;
        Ok(Self { tf, fed: BTreeMap::new() })
    }

    /// Whether result `k` is argument `k` as it came.
    pub(super) fn passes(&self, k: usize) -> bool {
        let mut edge = self.tf.results.get(k).copied();
        for _ in 0..64 {
            match edge {
                Some(Edge::Arg(a)) => return a == k,
                Some(Edge::Node(n, _)) if self.fed.get(&n) == Some(&k) => return true,
                Some(Edge::Node(n, 0)) => {
                    let Some(node) = self.tf.nodes.get(n) else { return false };
                    if node.def.op != "Identity" {
                        return false;
                    }
                    edge = node.inputs.first().copied();
                }
                _ => return false,
            }
        }
        false
    }

    pub(super) fn lower(&self, cx: &mut Cx<'_, 'd>, args: &[Bound]) -> Vec<Bound> {
        let fed: BTreeMap<usize, Bound> = self
            .fed
            .iter()
            .filter_map(|(&node, &arg)| Some((node, args.get(arg)?.clone())))
            .collect();
        cx.lower(&self.tf, args, &fed)
    }
}

fn call(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let f = s.node.function_name("f").ok_or("it names no function")?;
    cx.inline(f, s.inputs)
}

/// What a branch or a turn of a loop is given, as seen from inside.
pub(super) enum Arg {
    /// A constant, the same inside.
    Const(ValueId),
    /// A handle, made again inside.
    Handle(Bound),
    /// A tensor.
    Value(Type),
    /// A list; without a tensor as long as its element shape is unknown.
    List(List),
    /// What could not be lowered.
    Failed,
}

impl Arg {
    /// The type it has as an input of the inner graph.
    pub(super) fn input(&self) -> Option<Type> {
        match self {
            Self::Value(t) => Some(t.clone()),
            Self::List(l) => Some(Type::new(l.dtype, l.shape()?)),
            _ => None,
        }
    }
}

pub(super) fn args_of(
    cx: &Cx<'_, '_>,
    bounds: &[Bound],
    constant: impl Fn(usize) -> bool,
) -> Vec<Arg> {
    let arg = |(i, b): (usize, &Bound)| match b {
        Bound::Value(v) if constant(i) && matches!(cx.get(*v).def, Def::Const(_)) => Arg::Const(*v),
        Bound::Value(v) => {
            let value = cx.get(*v);
            let content = if constant(i) { value.content.clone() } else { None };
            Arg::Value(Type { dtype: value.dtype, shape: value.shape.clone(), content })
        }
        Bound::Handle(..) => Arg::Handle(b.clone()),
        Bound::List(l) => Arg::List(l.clone()),
        Bound::Complex(..) | Bound::Failed => Arg::Failed,
    };
    bounds.iter().enumerate().map(arg).collect()
}

/// Lowers `body` into a graph of its own and gives the graph's context and the results.
pub(super) fn lower_inside<'l, 'd>(
    cx: &'l mut Cx<'_, 'd>,
    name: &str,
    args: &[Arg],
    run: impl FnOnce(&mut Cx<'_, 'd>, &[Bound]) -> Result<Vec<Bound>, Reason>,
) -> Result<(Graph, Vec<Bound>), Reason> {
    if cx.lowering.depth >= 64 {
        return Err("control flow is nested too deeply".into());
    }
    let outer = std::mem::take(&mut cx.graph);
    cx.lowering.depth += 1;
    cx.graph.name = name.to_owned();
    let bounds: Vec<Bound> =
        args.iter().enumerate().map(|(i, a)| enter(cx, &outer, a, i)).collect();
    let results = run(cx, &bounds);
    cx.lowering.depth -= 1;
    let inner = std::mem::replace(&mut cx.graph, outer);
    Ok((inner, results?))
}

/// The argument as the inner graph's value.
fn enter(cx: &mut Cx<'_, '_>, outer: &Graph, arg: &Arg, i: usize) -> Bound {
    if let Some(t) = arg.input() {
        let v = cx.graph.add_input(t.dtype, t.shape, format!("arg{i}").into());
        cx.graph.value_mut(v).content = t.content;
        return match arg {
            Arg::List(l) => Bound::List(List { tensor: Some(v), ..l.clone() }),
            _ => Bound::Value(v),
        };
    }
    match arg {
        Arg::Const(v) => match &outer.value(*v).def {
            Def::Const(t) => {
                let v = cx.constant(t.clone());
                Bound::Value(v)
            }
            _ => Bound::Failed,
        },
        Arg::Handle(Bound::Handle(name, v)) => match outer.producer(*v) {
            Some((_, node)) => {
                let value = outer.value(*v);
                let t = Type::new(value.dtype, value.shape.clone());
                let made = cx.raw(node.op.clone(), &[], node.attrs.clone(), vec![t]);
                made.first().map_or(Bound::Failed, |&v| Bound::Handle(name.clone(), v))
            }
            None => Bound::Failed,
        },
        Arg::List(l) => Bound::List(l.clone()),
        _ => Bound::Failed,
    }
}

/// Puts `results` out of the inner graph and gives their types; `None` for one that failed.
fn leave(cx: &mut Cx<'_, '_>, results: &[Bound]) -> Result<Vec<Option<(Type, bool)>>, Reason> {
    let mut out = Vec::with_capacity(results.len());
    for b in results {
        let (v, is_list) = match b {
            Bound::Value(v) => (*v, false),
            Bound::List(l) => (lists::tensor_of(cx, l)?, true),
            Bound::Handle(..) | Bound::Complex(..) | Bound::Failed => {
                out.push(None);
                continue;
            }
        };
        cx.graph.outputs.push(v);
        let value = cx.get(v);
        out.push(Some((Type::new(value.dtype, value.shape.clone()), is_list)));
    }
    Ok(out)
}

/// The outer values that go into the inner graphs.
pub(super) fn operands(
    cx: &mut Cx<'_, '_>,
    bounds: &[Bound],
    args: &[Arg],
) -> Result<Vec<Option<ValueId>>, Reason> {
    let mut out = Vec::new();
    for (b, a) in bounds.iter().zip(args) {
        match (a, b) {
            (Arg::Value(_), Bound::Value(v)) => out.push(Some(*v)),
            (Arg::List(l), Bound::List(own)) if a.input().is_some() => {
                let l = List { tensor: own.tensor, ..l.clone() };
                out.push(Some(lists::tensor_of(cx, &l)?));
            }
            _ => {}
        }
    }
    Ok(out)
}

/// An outer result of the given inner type.
pub(super) fn result(t: &(Type, bool), v: ValueId) -> Bound {
    if !t.1 {
        return Bound::Value(v);
    }
    let mut dims = t.0.shape.iter().cloned();
    let len = dims.next().unwrap_or(Dim::known(0));
    Bound::List(List { dtype: t.0.dtype, len, element: Some(dims.collect()), tensor: Some(v) })
}

// Branches.

fn branch_of(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (Some(yes), Some(no)) =
        (s.node.function_name("then_branch"), s.node.function_name("else_branch"))
    else {
        return Err("it names no branches".into());
    };
    let (cond, args) = s.inputs.split_first().ok_or("it has no condition")?;
    let Bound::Value(cond) = *cond else { return Err("its condition is not a tensor".into()) };
    if let Some(known) = cx.get(cond).ints().as_deref().and_then(<[i64]>::first) {
        return cx.inline(if *known != 0 { yes } else { no }, args);
    }
    let cond = truth(cx, cond)?;
    let (yes, no) = (Body::function(cx, yes)?, Body::function(cx, no)?);
    branch(cx, cond, args, |cx, a| Ok(yes.lower(cx, a)), |cx, a| Ok(no.lower(cx, a)))
}

/// `v` as bool.
pub(super) fn truth(cx: &mut Cx<'_, '_>, v: ValueId) -> Result<ValueId, Reason> {
    if cx.get(v).dtype == DType::Bool {
        return Ok(v);
    }
    let zero = cx.scalar(cx.get(v).dtype, 0.0)?;
    cx.op(B::NotEqual, &[v, zero])
}

/// An IF between what `yes` and `no` lower.
fn branch<'d>(
    cx: &mut Cx<'_, 'd>,
    cond: ValueId,
    bounds: &[Bound],
    yes: impl FnOnce(&mut Cx<'_, 'd>, &[Bound]) -> Result<Vec<Bound>, Reason>,
    no: impl FnOnce(&mut Cx<'_, 'd>, &[Bound]) -> Result<Vec<Bound>, Reason>,
) -> Lowered {
    let args = args_of(cx, bounds, |_| true);
    let base = cx.name();
    let (a, a_types) = one_branch(cx, &format!("{base}_then"), &args, yes)?;
    let (b, b_types) = one_branch(cx, &format!("{base}_else"), &args, no)?;
    let mut types = Vec::new();
    for (x, y) in a_types.iter().zip(&b_types) {
        types.push(match (x, y) {
            (Some(x), Some(y)) => Some((meet(cx, &x.0, &y.0)?, x.1)),
            _ => None,
        });
    }
    let mut inputs = vec![Some(cond)];
    inputs.extend(operands(cx, bounds, &args)?);
    let attrs = Attrs::new()
        .with("then_subgraph_index", a)
        .with("else_subgraph_index", b)
        .with(ops::HAS_EFFECT, has_effect(cx, &[a, b]));
    let known: Vec<Type> = types.iter().flatten().map(|t| t.0.clone()).collect();
    let made = cx.raw(Op::Builtin(B::If), &inputs, attrs, known);
    let mut made = made.into_iter();
    Ok(types
        .iter()
        .map(|t| t.as_ref().and_then(|t| Some(result(t, made.next()?))).unwrap_or(Bound::Failed))
        .collect())
}

type Results = Vec<Option<(Type, bool)>>;

fn one_branch<'d>(
    cx: &mut Cx<'_, 'd>,
    name: &str,
    args: &[Arg],
    run: impl FnOnce(&mut Cx<'_, 'd>, &[Bound]) -> Result<Vec<Bound>, Reason>,
) -> Result<(GraphId, Results), Reason> {
    let mut types = Vec::new();
    let (graph, _) = lower_inside(cx, name, args, |cx, bounds| {
        let results = run(cx, bounds)?;
        types = leave(cx, &results)?;
        Ok(results)
    })?;
    Ok((cx.lowering.add_graph(graph), types))
}

/// The type that covers both.
fn meet(cx: &Cx<'_, '_>, a: &Type, b: &Type) -> Result<Type, Reason> {
    if a.dtype != b.dtype || a.shape.len() != b.shape.len() {
        return Err("its branches give tensors of different types or ranks".into());
    }
    let dim = |(x, y): (&Dim, &Dim)| if x == y { x.clone() } else { cx.symbols().fresh("b") };
    Ok(Type::new(a.dtype, a.shape.iter().zip(&b.shape).map(dim).collect()))
}

/// A Case as a chain of IFs: an index outside takes the last branch.
fn case(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let names = s.node.function_names("branches");
    let (index, args) = s.inputs.split_first().ok_or("it has no index")?;
    let Bound::Value(index) = *index else { return Err("its index is not a tensor".into()) };
    if names.is_empty() || names.len() > MAX_BRANCHES {
        return Err("it has no branches, or too many".into());
    }
    let known = cx.get(index).ints().and_then(|i| i.first().copied());
    if let Some(i) = known {
        let at = usize::try_from(i).ok().and_then(|i| names.get(i)).or(names.last());
        return cx.inline(at.ok_or("it has no branches")?, args);
    }
    let mut all = vec![Bound::Value(index)];
    all.extend_from_slice(args);
    chain(cx, &names, 0, &all)
}

fn chain(cx: &mut Cx<'_, '_>, names: &[&str], at: usize, all: &[Bound]) -> Lowered {
    let (name, rest) = names.split_first().ok_or("it has no branches")?;
    if rest.is_empty() {
        return cx.inline(name, all.get(1..).unwrap_or_default());
    }
    let Some(Bound::Value(index)) = all.first() else { return Err("its index is lost".into()) };
    let k = cx.scalar(cx.get(*index).dtype, at as f64)?;
    let here = cx.op(B::Equal, &[*index, k])?;
    let body = Body::function(cx, name)?;
    branch(
        cx,
        here,
        all,
        |cx, a| Ok(body.lower(cx, a.get(1..).unwrap_or_default())),
        |cx, a| chain(cx, rest, at + 1, a),
    )
}

/// Whether one of `graphs` does more than give its results.
pub(super) fn has_effect(cx: &Cx<'_, '_>, graphs: &[GraphId]) -> bool {
    let graphs = graphs.iter().filter_map(|&g| cx.lowering.module.graph(g));
    graphs.flat_map(Graph::nodes).any(|(_, n)| ops::has_effect(n))
}

/// A merge of TensorFlow 1 chooses among branches that are all computed.
fn merge(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let ports = &s.node.ports;
    if ports.is_empty() || s.inputs.len() != ports.len() + 1 {
        return Err("what decides between its branches is not found".into());
    }
    let decides = s.x(ports.len())?;
    if let Some(known) = cx.get(decides).ints().and_then(|k| k.first().copied()) {
        let at = ports.iter().position(|&p| p == known).unwrap_or(ports.len() - 1);
        let index = cx.i32(at as i64)?;
        return Ok(vec![s.inputs.get(at).cloned().ok_or("a branch is missing")?, index.into()]);
    }
    let (mut value, mut index) = (s.x(0)?, cx.i32(0)?);
    for (i, &port) in ports.iter().enumerate().skip(1) {
        let here = is_number(cx, decides, port)?;
        value = cx.op(B::SelectV2, &[here, s.x(i)?, value])?;
        let k = cx.i32(i as i64)?;
        index = cx.op(B::SelectV2, &[here, k, index])?;
    }
    Ok(vec![value.into(), index.into()])
}

/// Whether `v` is `n`; a bool is 0 or 1.
fn is_number(cx: &mut Cx<'_, '_>, v: ValueId, n: i64) -> Result<ValueId, Reason> {
    match (cx.get(v).dtype, n) {
        (DType::Bool, 1) => Ok(v),
        (DType::Bool, _) => cx.op(B::LogicalNot, &[v]),
        (dtype, _) => {
            let k = cx.scalar(dtype, n as f64)?;
            cx.op(B::Equal, &[v, k])
        }
    }
}
