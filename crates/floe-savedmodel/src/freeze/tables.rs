//! Tables whose content is in the checkpoint: constants with the keys and values, and what imports them.
//!
//! Fact: a dense table is saved with all its buckets, one row each; a bucket that is free holds the empty
//! key or the deleted one. Only the rows in use can be put into a new table, one element a key.

use super::init::is_table;
use super::live::Live;
use super::program::{Kind, Node, Program, Src, constant};
use super::values::Values;
use crate::tensor::{Held, LARGEST, shape_proto, to_proto};
use crate::{Error, Result};
use floe_graph::{Payload, Shape, TensorId, TensorView};
use floe_proto::tensorflow::{NodeDef, TensorProto, attr_value::Value};
use std::collections::HashSet;

/// Elements of one key, and of all keys or values of a table.
const LONGEST_KEY: u64 = 1 << 10;
const MOST: u64 = 1 << 24;

/// Adds what fills the needed tables that the checkpoint holds. Returns the nodes that do.
pub(super) fn restore(
    program: &mut Program<'_>,
    live: &Live,
    values: &Values<'_, '_>,
) -> Result<Vec<usize>> {
    let mut found = Vec::new();
    let tables: Vec<usize> = live.nodes(0).collect();
    for id in tables {
        let node = program.node(0, id)?;
        if is_table(node.op())
            && let Some(tensors) = values.table(&node.def)
        {
            let content = content(program, id, values, tensors)?;
            found.push(import(program, id, content)?);
        }
    }
    Ok(found)
}

/// Keys and values of the table that node `id` makes.
fn content(
    program: &Program<'_>,
    id: usize,
    values: &Values<'_, '_>,
    tensors: [TensorId; 2],
) -> Result<[TensorProto; 2]> {
    let node = program.node(0, id)?;
    let name = &node.def.name;
    let read = |tensor| {
        let source = values.source().ok_or_else(|| node.fault("there is no checkpoint"))?;
        let view = source.tensor(tensor).map_err(fault(name))?;
        to_proto(name, &view, source.share(tensor))
    };
    let [keys, values] = tensors;
    let content = [read(keys)?, read(values)?];
    if node.op().contains("DenseHashTable") { in_use(program, node, content) } else { Ok(content) }
}

fn fault(name: &str) -> impl Fn(floe_graph::Error) -> Error {
    move |source| Error::Tensor { name: name.to_owned(), source }
}

/// Adds the constants `content` and what puts them into the table that node `id` makes.
fn import(program: &mut Program<'_>, id: usize, content: [TensorProto; 2]) -> Result<usize> {
    let def = program.node(0, id)?.def.clone();
    let body = program.body_mut(0)?;
    let kind = if def.op.contains("DenseHashTable") { "Insert" } else { "Import" };
    let version = if def.op.ends_with("V2") { "V2" } else { "" };
    let name = body.unique(format!("{}/import", def.name));
    let node = NodeDef { name, op: format!("LookupTable{kind}{version}"), ..NodeDef::default() };
    let mut node = Node::new(Kind::Op, node, &"".into());
    node.inputs.push(Src { node: id, port: 0 });
    for (proto, (suffix, attr)) in content.into_iter().zip([("keys", "Tin"), ("values", "Tout")]) {
        node.set_type(attr, proto.dtype);
        let name = body.unique(format!("{}/{suffix}", def.name));
        node.inputs.push(Src { node: body.push(constant(name, proto)), port: 0 });
    }
    Ok(body.push(node))
}

/// The rows of a dense table's buckets that hold a key, in the shape in which they are inserted.
fn in_use(
    program: &Program<'_>,
    node: &Node,
    [keys, values]: [TensorProto; 2],
) -> Result<[TensorProto; 2]> {
    let (keys, values) = (rows(node, &keys)?, rows(node, &values)?);
    let mut free = HashSet::new();
    let mut key_dims = Vec::new();
    for src in &node.inputs {
        let proto = program.node(0, src.node).ok().and_then(|n| n.def.attr.get("value"));
        let Some(Value::Tensor(proto)) = proto.and_then(|a| a.value.as_ref()) else {
            return Err(node.fault("the keys that mark its free buckets are no constants"));
        };
        let held = Held::new(proto).map_err(fault(&node.def.name))?;
        key_dims = held.view().shape.iter().collect();
        free.insert(elements(node, &held.view(), LONGEST_KEY)?.concat());
    }
    let value_dims = match node.def.attr.get("value_shape").and_then(|a| a.value.as_ref()) {
        Some(Value::Shape(shape)) => shape.dim.iter().map(|d| d.size).collect(),
        _ => Vec::new(),
    };
    let used: Vec<bool> = keys.rows.iter().map(|key| !free.contains(&key.concat())).collect();
    Ok([keys.pick(&used, &key_dims), values.pick(&used, &value_dims)])
}

/// A tensor cut along its first dimension.
struct Rows {
    dtype: i32,
    is_text: bool,
    /// The elements of each row.
    rows: Vec<Vec<Vec<u8>>>,
}

impl Rows {
    /// The rows that `used` marks, each of dimensions `dims`.
    fn pick(self, used: &[bool], dims: &[i64]) -> TensorProto {
        let rows = self.rows.into_iter().zip(used).filter(|(_, used)| **used).map(|(row, _)| row);
        let rows: Vec<_> = rows.collect();
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let dims: Vec<i64> = std::iter::once(count).chain(dims.iter().copied()).collect();
        let mut proto = TensorProto {
            dtype: self.dtype,
            tensor_shape: Some(shape_proto(&Shape::I64(&dims))),
            ..TensorProto::default()
        };
        let elements = rows.into_iter().flatten();
        if self.is_text {
            proto.string_val = elements.map(Into::into).collect();
        } else {
            proto.tensor_content = elements.flatten().collect::<Vec<u8>>().into();
        }
        proto
    }
}

fn rows(node: &Node, proto: &TensorProto) -> Result<Rows> {
    let held = Held::new(proto).map_err(fault(&node.def.name))?;
    let view = held.view();
    let elements = elements(node, &view, MOST)?;
    let count = view.shape.iter().next().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let width = elements.len().checked_div(count).unwrap_or(0).max(1);
    let rows = elements.chunks(width).map(<[_]>::to_vec).collect();
    Ok(Rows { dtype: proto.dtype, is_text: matches!(view.payload, Payload::Strings(_)), rows })
}

/// The elements of `view`, each in its raw form. A splat may claim any number of them.
fn elements(node: &Node, view: &TensorView<'_>, most: u64) -> Result<Vec<Vec<u8>>> {
    let fault = fault(&node.def.name);
    if view.shape.elements().map_err(&fault)?.is_none_or(|n| n > most) {
        return Err(node.fault(format!("a tensor of it has more than {most} elements")));
    }
    if let Payload::Strings(strings) = view.payload {
        return strings
            .iter()
            .map(|s| s.map(<[u8]>::to_vec))
            .collect::<Result<_, _>>()
            .map_err(fault);
    }
    let width = view.dtype.bytes().unwrap_or(1);
    let raw = view.bytes(LARGEST).map_err(fault)?;
    Ok(raw.chunks(width).map(<[u8]>::to_vec).collect())
}
