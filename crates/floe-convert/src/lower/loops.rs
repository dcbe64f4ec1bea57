//! Loops. Their variables become the inputs of the WHILE's two graphs. Those that the body passes
//! through unchanged and that are constant are not variables at all. Shapes that change from turn to
//! turn, and list elements whose shape only the body knows, are found by lowering the body again until
//! its results have the types of its arguments.

use super::control::{Arg, Body, args_of, has_effect, lower_inside, operands, result, truth};
use super::lists;
use super::{Bound, Cx, Family, Lowered, Site};
use crate::error::Error;
use crate::import::{Edge, Frame, TfGraph};
use crate::infer::Type;
use crate::ir::{Attrs, Builtin as B, Dim, Graph, Op, Reason, Scope, ValueId};
use crate::ops;

pub(super) const OPS: Family = &[("StatelessWhile", while_of), ("While", while_of)];

/// Turns after which a loop's types must have settled.
const MAX_ROUNDS: usize = 8;

/// A loop of TensorFlow 1.
pub(super) fn frame<'d>(
    cx: &mut Cx<'_, 'd>,
    tf: &TfGraph<'d>,
    f: &Frame,
    entries: &[Bound],
) -> Lowered {
    let region = |results: Vec<Edge>| {
        let tf = tf.region(results, &f.fed).map_err(|e: Error| Reason(e.to_string()))?;
        Ok::<_, Reason>(Body { tf, fed: f.fed.clone() })
    };
    let cond = region(f.cond.into_iter().collect())?;
    let body = region(f.next.clone())?;
    repeat(cx, &cond, &body, entries)
}

fn while_of(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (Some(cond), Some(body)) = (s.node.function_name("cond"), s.node.function_name("body"))
    else {
        return Err("it names no condition or no body".into());
    };
    let (cond, body) = (Body::function(cx, cond)?, Body::function(cx, body)?);
    repeat(cx, &cond, &body, s.inputs)
}

/// A WHILE over `bounds`.
pub(super) fn repeat<'d>(
    cx: &mut Cx<'_, 'd>,
    cond: &Body<'d>,
    body: &Body<'d>,
    bounds: &[Bound],
) -> Lowered {
    let mut args = args_of(cx, bounds, |k| body.passes(k));
    let base = cx.name();
    let (graph, kinds) = settle(cx, &format!("{base}_body"), body, &mut args)?;
    let body_id = cx.lowering.add_graph(graph);
    let (graph, _) = lower_inside(cx, &format!("{base}_cond"), &args, |cx, a| {
        let results = cond.lower(cx, a);
        let Some(Bound::Value(v)) = results.first() else {
            return Err("its condition could not be lowered".into());
        };
        let v = truth(cx, *v)?;
        cx.graph.outputs.push(v);
        Ok(results)
    })?;
    let cond_id = cx.lowering.add_graph(graph);
    let inputs = operands(cx, bounds, &args)?;
    let types: Vec<Type> = args.iter().filter_map(Arg::input).collect();
    let attrs = Attrs::new()
        .with("cond_subgraph_index", cond_id)
        .with("body_subgraph_index", body_id)
        .with(ops::HAS_EFFECT, has_effect(cx, &[cond_id, body_id]));
    let made = cx.raw(Op::Builtin(B::While), &inputs, attrs, types);
    let mut made = made.into_iter();
    let out = args.iter().zip(bounds).zip(kinds).map(|((a, b), is_list)| match a.input() {
        Some(t) => made.next().map_or(Bound::Failed, |v| result(&(t, is_list), v)),
        None => b.clone(),
    });
    Ok(out.collect())
}

/// Lowers the body until its results have the types of its arguments; gives its graph, and which
/// variables are lists.
fn settle<'d>(
    cx: &mut Cx<'_, 'd>,
    name: &str,
    body: &Body<'d>,
    args: &mut [Arg],
) -> Result<(Graph, Vec<bool>), Reason> {
    for _ in 0..MAX_ROUNDS {
        let problems = cx.lowering.problems.clone();
        let graphs = cx.lowering.module.graphs.len();
        let (mut graph, results) = lower_inside(cx, name, args, |cx, a| Ok(body.lower(cx, a)))?;
        if results.len() != args.len() {
            return Err("its body has another number of results than of arguments".into());
        }
        if !widen(cx, &graph, args, &results) {
            let outer = std::mem::replace(&mut cx.graph, graph);
            let outputs = loop_results(cx, args, &results);
            graph = std::mem::replace(&mut cx.graph, outer);
            graph.outputs = outputs?;
            return Ok((graph, args.iter().map(|a| matches!(a, Arg::List(_))).collect()));
        }
        cx.lowering.problems = problems;
        cx.lowering.module.graphs.truncate(graphs);
    }
    Err("the shapes of its variables do not settle".into())
}

/// The body's results as values of its graph, for the variables that are inputs.
fn loop_results(
    cx: &mut Cx<'_, '_>,
    args: &[Arg],
    results: &[Bound],
) -> Result<Vec<ValueId>, Reason> {
    let mut out = Vec::new();
    for (a, r) in args.iter().zip(results) {
        if a.input().is_none() {
            continue;
        }
        out.push(match r {
            Bound::Value(v) => *v,
            Bound::List(l) => lists::tensor_of(cx, l)?,
            _ => return Err("a part of its body could not be lowered".into()),
        });
    }
    Ok(out)
}

/// Widens the arguments' types to cover the results'; false when nothing had to change.
fn widen(cx: &Cx<'_, '_>, inner: &Graph, args: &mut [Arg], results: &[Bound]) -> bool {
    let mut changed = false;
    for (a, r) in args.iter_mut().zip(results) {
        match (a, r) {
            (Arg::Value(t), Bound::Value(v)) => {
                changed |= widen_dims(cx, &mut t.shape, &inner.value(*v).shape);
            }
            (Arg::List(l), Bound::List(new)) => {
                if let Some(element) = &new.element {
                    match &mut l.element {
                        None => {
                            l.element = Some(element.clone());
                            changed = true;
                        }
                        Some(own) => changed |= widen_dims(cx, own, element),
                    }
                }
                let mut len = [l.len.clone()];
                changed |= widen_dims(cx, &mut len, std::slice::from_ref(&new.len));
                let [len] = len;
                l.len = len;
            }
            _ => {}
        }
    }
    changed
}

fn widen_dims(cx: &Cx<'_, '_>, own: &mut [Dim], new: &[Dim]) -> bool {
    let mut changed = false;
    for (a, b) in own.iter_mut().zip(new) {
        if a != b && a.get().is_some() {
            *a = cx.symbols().fresh("w");
            changed = true;
        }
    }
    changed
}
