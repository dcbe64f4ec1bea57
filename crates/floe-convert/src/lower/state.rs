//! Resource variables that the model keeps from one run to the next.

use super::site::one;
use super::{Bound, Cx, Family, Lowered, Site};
use crate::infer::Type;
use crate::ir::{Attrs, Builtin as B, Dim, Op, Reason, Scope, ValueId};
use floe_graph::DType;
use std::sync::Arc;

pub(super) const OPS: Family = &[
    ("AssignAddVariableOp", |cx, s| update(cx, s, B::Add)),
    ("AssignSubVariableOp", |cx, s| update(cx, s, B::Sub)),
    ("AssignVariableOp", assign),
    ("ReadVariableOp", read),
    ("VarHandleOp", handle),
];

fn handle(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let name: Arc<str> = match s.node.text("shared_name", "") {
        "" => s.node.def.name.as_str().into(),
        shared => shared.into(),
    };
    let attrs = Attrs::new()
        .with("container", s.node.text("container", "").to_owned())
        .with("shared_name", name.to_string());
    let t = Type::new(DType::Resource, vec![]);
    let out = cx.raw(Op::Builtin(B::VarHandle), &[], attrs, vec![t]);
    let v = out.first().copied().ok_or("it has no handle")?;
    if let (Some(dtype), Some(shape)) = (s.node.dtype("dtype"), s.node.shape("shape"))
        && !shape.unknown_rank
    {
        let dims: Vec<i64> = shape.dim.iter().map(|d| d.size).collect();
        cx.lowering.variables.insert(name.clone(), (dtype, dims));
    }
    Ok(vec![Bound::Handle(name, v)])
}

/// What the variable behind input 0 holds.
fn value_of(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Result<ValueId, Reason> {
    let Some(Bound::Handle(name, handle)) = s.inputs.first() else {
        return Err("its first input is not a variable".into());
    };
    let (dtype, dims) =
        cx.lowering.variables.get(name).cloned().ok_or("the variable's type is unknown")?;
    let dim = |d: &i64| if *d < 0 { cx.symbols().fresh("v") } else { Dim::known(*d) };
    let t = Type::new(dtype, dims.iter().map(dim).collect());
    let out = cx.raw(Op::Builtin(B::ReadVariable), &[Some(*handle)], Attrs::new(), vec![t]);
    out.first().copied().ok_or_else(|| "it has no result".into())
}

fn read(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    if let Some(b @ Bound::Value(_)) = s.inputs.first() {
        return Ok(vec![b.clone()]);
    }
    one(value_of(cx, s))
}

fn assign(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let inputs = [Some(s.x(0)?), Some(s.x(1)?)];
    cx.raw(Op::Builtin(B::AssignVariable), &inputs, Attrs::new(), vec![]);
    Ok(vec![])
}

fn update(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Lowered {
    let old = value_of(cx, s)?;
    let new = cx.op(op, &[old, s.x(1)?])?;
    cx.raw(Op::Builtin(B::AssignVariable), &[Some(s.x(0)?), Some(new)], Attrs::new(), vec![]);
    Ok(vec![])
}
