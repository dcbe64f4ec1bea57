//! A module as a `.tflite`.
//!
//! Facts: tflite §2, §3: shape holds 1 where the signature holds -1; the main graph comes first; names
//! of tensors are the user's node names, made unique within a graph; an operator has the lowest
//! version that expresses it.
//!
//! Invariant: only a module that [`crate::valid`] passed is emitted; the same module gives the same bytes.

use crate::error::Error;
use crate::ir::{Attr, Attrs, Builtin, Def, Graph, Module, Node, Op, QuantParams, Tensor, ValueId};
use crate::ops;
use crate::valid::ModuleInfo;
use bytes::Bytes;
use floe_graph::DType;
use floe_tflite::build::{ModelBuilder, OpName, OpSpec, QuantSpec, TensorSpec};
use floe_tflite::owned::{Object, Value as FieldValue};
use floe_tflite::schema::{Kind, Scalar, TableId, op_options};
use floe_tflite::versions::{Policy, settle};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Who wrote the file.
const DESCRIPTION: &str = "floe";

/// The tensor indices of a graph's values.
pub(crate) type Indices = BTreeMap<ValueId, i32>;

/// Puts `module` together.
///
/// # Errors
/// When an option is none of its operator's, or a dtype has no place in the format.
pub(crate) fn emit<'m>(module: &'m Module, info: &ModuleInfo) -> Result<Object<'m>, Error> {
    emit_with_indices(module, info).map(|(model, _)| model)
}

/// As [`emit`], with the tensor indices of each graph's values.
///
/// # Errors
/// As [`emit`].
pub(crate) fn emit_with_indices<'m>(
    module: &'m Module,
    _: &ModuleInfo,
) -> Result<(Object<'m>, Vec<Indices>), Error> {
    let mut builder = ModelBuilder::new();
    let own = module.description.as_str();
    builder.describe(if own.is_empty() { DESCRIPTION } else { own });
    let mut indices = Vec::with_capacity(module.graphs.len());
    for graph in &module.graphs {
        let at = builder.add_subgraph(graph.name.clone());
        let map = tensors(&mut builder, at, graph)?;
        for (_, node) in graph.nodes() {
            builder.add_op(at, operator(node, &map)?);
        }
        builder.set_ports(at, &look_up(&map, &graph.inputs), &look_up(&map, &graph.outputs));
        indices.push(map);
    }
    signatures(&mut builder, module, &indices);
    for (name, bytes) in &module.metadata {
        builder.add_metadata(name.as_str(), &bytes[..]);
    }
    let mut model = builder.finish();
    settle(&mut model, Policy::Lowest);
    Ok((model, indices))
}

fn signatures(builder: &mut ModelBuilder<'_>, module: &Module, indices: &[Indices]) {
    for e in module.entries.iter().filter(|e| !e.key.is_empty()) {
        let at = e.graph.0 as usize;
        let (Some(map), Some(graph)) = (indices.get(at), module.graph(e.graph)) else { continue };
        let (inputs, outputs) = (look_up(map, &graph.inputs), look_up(map, &graph.outputs));
        let (inputs, outputs) = (ports(&e.inputs, &inputs), ports(&e.outputs, &outputs));
        builder.add_signature(e.key.clone(), at, &inputs, &outputs);
    }
}

/// Names and tensors, sorted by name.
fn ports<'n>(names: &'n [String], tensors: &[i32]) -> Vec<(&'n str, i32)> {
    let mut all: Vec<_> = names.iter().map(String::as_str).zip(tensors.iter().copied()).collect();
    all.sort_unstable();
    all
}

fn look_up(map: &Indices, values: &[ValueId]) -> Vec<i32> {
    values.iter().map(|v| map.get(v).copied().unwrap_or(-1)).collect()
}

/// Adds the tensors of `graph`: its inputs, then operands and results in running order.
fn tensors<'m>(
    builder: &mut ModelBuilder<'m>,
    at: usize,
    graph: &'m Graph,
) -> Result<Indices, Error> {
    let mut map = Indices::new();
    let mut names = BTreeSet::new();
    let mut constants: BTreeMap<(u32, DType, Vec<i32>), i32> = BTreeMap::new();
    let nodes = graph.nodes().flat_map(|(_, n)| n.inputs.iter().flatten().chain(&n.outputs));
    for &v in graph.inputs.iter().chain(nodes).chain(&graph.outputs) {
        if map.contains_key(&v) {
            continue;
        }
        let spec = tensor(builder, graph, v, &mut names)?;
        // Equal constants are one tensor, unless scales tell them apart.
        let same = (spec.buffer > 0 && spec.quant.is_none())
            .then(|| (spec.buffer, spec.dtype, spec.shape.clone()));
        let index = match same.as_ref().and_then(|key| constants.get(key)) {
            Some(&index) => index,
            None => builder.add_tensor(at, spec),
        };
        if let Some(key) = same {
            constants.insert(key, index);
        }
        map.insert(v, index);
    }
    Ok(map)
}

fn tensor<'m>(
    builder: &mut ModelBuilder<'m>,
    graph: &'m Graph,
    v: ValueId,
    names: &mut BTreeSet<String>,
) -> Result<TensorSpec<'m>, Error> {
    let value = graph.value(v);
    if value.dtype.tflite().is_none() {
        return Err(Error::Emit(format!(
            "TFLite has no dtype {} (tensor '{}')",
            value.dtype, value.name
        )));
    }
    let narrow = |n: i64| i32::try_from(n).map_err(|_| too_large(&value.name));
    let signature: Vec<i32> =
        value.shape.iter().map(|d| narrow(d.signature())).collect::<Result<_, _>>()?;
    let shape: Vec<i32> = signature.iter().map(|&d| if d < 0 { 1 } else { d }).collect();
    let name = unique(names, tensor_name(&value.name));
    let mut spec = TensorSpec::new(name, value.dtype, &shape);
    if signature != shape {
        spec.signature = Some(signature);
    }
    spec.quant = value.quant.as_ref().map(quant);
    match &value.def {
        Def::Const(t) => spec.buffer = builder.add_buffer(buffer(t, &value.name)?),
        Def::State => {
            spec.is_variable = true;
            spec.signature = None;
        }
        _ => {}
    }
    Ok(spec)
}

fn too_large(name: &str) -> Error {
    Error::Emit(format!("a dimension of '{name}' does not fit 32 bits"))
}

fn quant(q: &QuantParams) -> QuantSpec {
    QuantSpec {
        scales: q.scales.clone(),
        zero_points: q.zero_points.clone(),
        axis: i32::try_from(q.axis).unwrap_or_default(),
    }
}

/// The name of a tensor that a node makes: without the calls around it, which are inlined.
pub(crate) fn tensor_name(node: &str) -> &str {
    let is_call = |part: &str| {
        let kind = part.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
        matches!(kind, "PartitionedCall" | "StatefulPartitionedCall")
    };
    let mut name = node;
    while let Some((part, rest)) = name.split_once('/')
        && is_call(part)
    {
        name = rest;
    }
    name
}

/// `name`, with a number after it when it is taken.
fn unique(names: &mut BTreeSet<String>, name: &str) -> String {
    let mut text = name.to_owned();
    let mut n = 0u32;
    while !names.insert(text.clone()) {
        n += 1;
        text = format!("{name};{n}");
    }
    text
}

/// A constant as its buffer holds it.
fn buffer<'m>(t: &'m Tensor, name: &str) -> Result<Cow<'m, [u8]>, Error> {
    let lost = || Error::Emit(format!("the constant '{name}' has no bytes"));
    if let Some(strings) = t.as_strings() {
        return string_buffer(strings).ok_or_else(lost).map(Cow::Owned);
    }
    let bytes = t.view().ok_or_else(lost)?;
    match t.dtype() {
        DType::Int4 | DType::Uint4 => Ok(Cow::Owned(packed(&bytes))),
        _ => Ok(bytes),
    }
}

/// Two elements a byte, the first in the low bits.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let nibble = |b: Option<&u8>| b.copied().unwrap_or(0) & 15;
    bytes.chunks(2).map(|c| nibble(c.first()) | (nibble(c.get(1)) << 4)).collect()
}

/// A count, the offsets, the bytes.
fn string_buffer(strings: &[Bytes]) -> Option<Vec<u8>> {
    let header = strings.len().checked_add(2)?.checked_mul(4)?;
    let mut out = Vec::new();
    out.extend(u32::try_from(strings.len()).ok()?.to_le_bytes());
    let mut at = header;
    for s in strings {
        out.extend(u32::try_from(at).ok()?.to_le_bytes());
        at = at.checked_add(s.len())?;
    }
    out.extend(u32::try_from(at).ok()?.to_le_bytes());
    strings.iter().for_each(|s| out.extend_from_slice(s));
    Some(out)
}

fn operator(node: &Node, map: &Indices) -> Result<OpSpec<'static>, Error> {
    let mut inputs: Vec<i32> =
        node.inputs.iter().map(|v| v.and_then(|v| map.get(&v).copied()).unwrap_or(-1)).collect();
    if let Op::Builtin(Builtin::FullyConnected) = node.op
        && inputs.len() == 2
    {
        inputs.push(-1);
    }
    let outputs = look_up(map, &node.outputs);
    let version = i32::try_from(node.attrs.int(ops::VERSION)).unwrap_or_default().max(1);
    match &node.op {
        Op::Builtin(op) => {
            let mut spec = OpSpec::new(op.code(), &inputs, &outputs).with_version(version);
            if let Some(table) = op_options(op.code()) {
                spec = spec.with_options(options(table, &node.attrs)?);
            }
            Ok(spec)
        }
        Op::Custom(name) => {
            let mut spec =
                OpSpec::new(OpName::Custom(name.clone()), &inputs, &outputs).with_version(version);
            if let Some(Attr::Bytes(b)) = node.attrs.get("custom_options") {
                spec.custom_options = Cow::Owned(b.clone());
            }
            Ok(spec)
        }
    }
}

/// The options table of a node. Attributes that are no field of it say what the types of the operands
/// say anyway; they are for inference alone.
fn options(table: TableId, attrs: &Attrs) -> Result<Object<'static>, Error> {
    let mut object = Object::new(table);
    for (name, attr) in attrs.iter() {
        let Some((slot, info)) = table.field_named(name) else { continue };
        let bad =
            || Error::Emit(format!("option {name} of {} does not fit its field", table.name()));
        let value = field(info.kind, attr).ok_or_else(bad)?;
        let is_default = matches!(&value, FieldValue::Int(n) if *n == info.default_number())
            || matches!(&value, FieldValue::Float(x) if *x == 0.0);
        if !is_default {
            object.insert(slot, value);
        }
    }
    Ok(object)
}

fn field(kind: Kind, attr: &Attr) -> Option<FieldValue<'static>> {
    let ints = |v: &[i64], scalar: Scalar| -> Option<Vec<u8>> {
        let mut out = Vec::new();
        for &n in v {
            match scalar {
                Scalar::I32 => out.extend(i32::try_from(n).ok()?.to_le_bytes()),
                Scalar::I64 => out.extend(n.to_le_bytes()),
                _ => return None,
            }
        }
        Some(out)
    };
    Some(match (kind, attr) {
        (Kind::Scalar(Scalar::F32, _), Attr::Float(x)) => FieldValue::Float(*x),
        (Kind::Scalar(..), Attr::Int(n)) => FieldValue::Int(*n),
        (Kind::Scalar(..), Attr::Bool(b)) => FieldValue::Int((*b).into()),
        (Kind::Scalar(..), Attr::Type(t)) => FieldValue::Int(t.tflite()?.into()),
        (Kind::Scalar(..), Attr::Graph(g)) => FieldValue::Int(g.0.into()),
        (Kind::Vector(s, ..), Attr::Ints(v)) => FieldValue::Vector(Cow::Owned(ints(v, s)?)),
        (Kind::Vector(Scalar::F32, ..), Attr::Floats(v)) => {
            FieldValue::Vector(Cow::Owned(v.iter().flat_map(|x| x.to_le_bytes()).collect()))
        }
        (Kind::Vector(Scalar::Bool | Scalar::I8 | Scalar::U8, ..), Attr::Bytes(v)) => {
            FieldValue::Vector(Cow::Owned(v.clone()))
        }
        (Kind::String, Attr::Text(s)) => FieldValue::String(Cow::Owned(s.clone().into_bytes())),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::tensor_name;

    #[test]
    fn inlined_calls_leave_no_trace_in_names() {
        let name = "StatefulPartitionedCall_1/StatefulPartitionedCall/dense/MatMul";
        assert_eq!(tensor_name(name), "dense/MatMul");
        assert_eq!(tensor_name("PartitionedCall"), "PartitionedCall", "nothing else is left");
        assert_eq!(tensor_name("my/PartitionedCall/x"), "my/PartitionedCall/x");
    }
}
