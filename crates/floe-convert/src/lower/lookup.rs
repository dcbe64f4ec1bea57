//! Hash tables. TFLite has them for int64 → string and string → int64, filled once by an initialiser.

use super::{Bound, Cx, Family, Lowered, Site};
use crate::infer::Type;
use crate::ir::{Attrs, Builtin as B, Op, Reason, Scope};
use floe_graph::DType;
use std::sync::Arc;

pub(super) const OPS: Family = &[
    ("HashTableV2", table),
    ("LookupTableFindV2", find),
    ("LookupTableImportV2", import),
    ("LookupTableSizeV2", size),
];

fn table(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (key, value) = (s.node.need_dtype("key_dtype")?, s.node.need_dtype("value_dtype")?);
    let kinds = [(DType::Int64, DType::String), (DType::String, DType::Int64)];
    if !kinds.contains(&(key, value)) {
        return Err(format!(
            "TFLite has tables int64 → string and string → int64, not {key} → {value}"
        )
        .into());
    }
    let name: Arc<str> = match s.node.text("shared_name", "") {
        "" => s.node.def.name.as_str().into(),
        shared => shared.into(),
    };
    let next = cx.lowering.tables.len() as i64;
    let id = *cx.lowering.tables.entry(name.clone()).or_insert(next);
    let attrs = Attrs::new().with("table_id", id).with("key_dtype", key).with("value_dtype", value);
    let t = Type::new(DType::Resource, vec![1.into()]);
    let out = cx.raw(Op::Builtin(B::Hashtable), &[], attrs, vec![t]);
    let v = out.first().copied().ok_or("it has no handle")?;
    Ok(vec![Bound::Handle(name, v)])
}

/// Inputs: table, keys, default.
fn find(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let inputs = [Some(s.x(0)?), Some(s.x(1)?), Some(s.x(2)?)];
    let dtype = s.node.need_dtype("Tout")?;
    let t = Type::new(dtype, cx.get(s.x(1)?).shape.clone());
    let out = cx.raw(Op::Builtin(B::HashtableFind), &inputs, Attrs::new(), vec![t]);
    Ok(out.into_iter().map(Bound::Value).collect())
}

/// Inputs: table, keys, values.
fn import(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let inputs = [Some(s.x(0)?), Some(s.x(1)?), Some(s.x(2)?)];
    cx.raw(Op::Builtin(B::HashtableImport), &inputs, Attrs::new(), vec![]);
    Ok(vec![])
}

fn size(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let handle: Result<_, Reason> = s.x(0);
    let t = Type::new(DType::Int64, vec![1.into()]);
    let out = cx.raw(Op::Builtin(B::HashtableSize), &[Some(handle?)], Attrs::new(), vec![t]);
    let v = out.first().copied().ok_or("it has no result")?;
    // The kernel gives a vector of one; TensorFlow a scalar.
    super::site::one(cx.reshape(v, &[]))
}
