//! Hash tables, filled once by an initialiser.
//!
//! TFLite has tables from int64 to strings and from strings to int64. Another table from strings holds row
//! numbers, and another from int64 leads over text to row numbers; the rows are a constant beside it.
//!
//! Invariant: a table's values are known when it is first looked into.

use super::site::one;
use super::{Bound, Cx, Family, Lowered, Site};
use crate::infer::Type;
use crate::ir::{Attrs, Builtin as B, Op, Reason, Scope, Tensor, ValueId};
use bytes::Bytes;
use floe_graph::DType;
use std::sync::Arc;

pub(super) const OPS: Family = &[
    ("AnonymousHashTable", table),
    ("HashTable", table),
    ("HashTableV2", table),
    ("InitializeTable", import),
    ("InitializeTableFromTextFile", import_text),
    ("InitializeTableFromTextFileV2", import_text),
    ("InitializeTableV2", import),
    ("LookupTableFind", find),
    ("LookupTableFindV2", find),
    ("LookupTableImport", import),
    ("LookupTableImportV2", import),
    ("LookupTableSize", size),
    ("LookupTableSizeV2", size),
    ("MutableHashTableV2", table),
];

/// What becomes of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// It is one that TFLite has.
    Own,
    /// A string leads to a row number.
    Rows,
    /// An int64 leads to a text, and that to a row number.
    TextRows,
}

/// A table as far as it is known.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    id: i64,
    kind: Kind,
    value: DType,
    /// The rows of a table that leads to row numbers.
    rows: Option<Tensor>,
}

impl Kind {
    fn of(key: DType, value: DType) -> Result<Self, Reason> {
        match (key, value) {
            (DType::Int64, DType::String) | (DType::String, DType::Int64) => Ok(Self::Own),
            (DType::String, _) => Ok(Self::Rows),
            (DType::Int64, _) => Ok(Self::TextRows),
            _ => Err(format!("TFLite has no table with keys of {key}: cast them to int64").into()),
        }
    }
}

fn table(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (key, value) = (s.node.need_dtype("key_dtype")?, s.node.need_dtype("value_dtype")?);
    let kind = Kind::of(key, value)?;
    let name: Arc<str> = match s.node.text("shared_name", "") {
        "" => s.node.def.name.as_str().into(),
        shared => shared.into(),
    };
    // A second table of TFLite's may stand behind it, under the next number.
    let next = 2 * cx.lowering.tables.len() as i64;
    let new = Table { id: next, kind, value, rows: None };
    let id = cx.lowering.tables.entry(name.clone()).or_insert(new).id;
    let (key, value) = if kind == Kind::Rows { (key, DType::Int64) } else { (key, value) };
    let value = if kind == Kind::TextRows { DType::String } else { value };
    Ok(vec![Bound::Handle(name, handle(cx, id, key, value)?)])
}

/// A handle to TFLite's table number `id`.
fn handle(cx: &mut Cx<'_, '_>, id: i64, key: DType, value: DType) -> Result<ValueId, Reason> {
    let attrs = Attrs::new().with("table_id", id).with("key_dtype", key).with("value_dtype", value);
    let t = Type::new(DType::Resource, vec![1.into()]);
    let out = cx.raw(Op::Builtin(B::Hashtable), &[], attrs, vec![t]);
    out.first().copied().ok_or_else(|| "it has no handle".into())
}

/// The table that input 0 is, its name, and its handle.
fn known(cx: &Cx<'_, '_>, s: &Site<'_, '_>) -> Result<(Table, Arc<str>, ValueId), Reason> {
    let Some(Bound::Handle(name, v)) = s.inputs.first() else {
        return Err("its first input is not a table".into());
    };
    let table = cx.lowering.tables.get(name).cloned().ok_or("its first input is not a table")?;
    Ok((table, name.clone(), *v))
}

/// Inputs: table, keys, default.
fn find(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (table, _, v) = known(cx, s)?;
    let (mut keys, default) = (s.x(1)?, s.x(2)?);
    if table.kind == Kind::Own {
        return one(look_up(cx, v, keys, default, table.value));
    }
    let rows = table
        .rows
        .ok_or("its rows are not known: an initialiser that is a constant must fill it")?;
    let n = rows.shape().first().copied().unwrap_or(0) as i64;
    let none = Tensor::ints(DType::Int64, &[], &[n]).ok_or("it has too many rows")?;
    let none = cx.constant(none);
    let mut v = v;
    if table.kind == Kind::TextRows {
        let empty = Tensor::strings(vec![], vec![Bytes::new()]).ok_or("no string")?;
        let empty = cx.constant(empty);
        keys = look_up(cx, v, keys, empty, DType::String)?;
        v = handle(cx, table.id + 1, DType::String, DType::Int64)?;
    }
    let at = look_up(cx, v, keys, none, DType::Int64)?;
    let at = cx.index32(at)?;
    let rows = cx.constant(rows);
    let default = super::shape::insert_dim(cx, default, 0)?;
    let all = super::slice::join(cx, &[rows, default], 0)?;
    one(cx.op_with(B::Gather, &[all, at], Attrs::new().with("axis", 0i64)))
}

fn look_up(
    cx: &mut Cx<'_, '_>,
    table: ValueId,
    keys: ValueId,
    default: ValueId,
    dtype: DType,
) -> Result<ValueId, Reason> {
    let t = Type::new(dtype, cx.get(keys).shape.clone());
    let inputs = [Some(table), Some(keys), Some(default)];
    let out = cx.raw(Op::Builtin(B::HashtableFind), &inputs, Attrs::new(), vec![t]);
    out.first().copied().ok_or_else(|| "it has no result".into())
}

/// Inputs: table, keys, values.
fn import(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (keys, values) = (s.x(1)?, s.x(2)?);
    fill(cx, s, keys, values)
}

fn fill(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, keys: ValueId, values: ValueId) -> Lowered {
    let (table, name, v) = known(cx, s)?;
    if table.kind == Kind::Own {
        put(cx, v, keys, values);
        return Ok(vec![]);
    }
    let rows = cx.get(values).tensor().map(|t| t.as_ref().clone());
    let rows = rows.ok_or("it is filled with values that are not constants")?;
    let n = rows.len() as i64;
    let numbers = Tensor::ints(DType::Int64, &[rows.len()], &(0..n).collect::<Vec<_>>());
    let numbers = cx.constant(numbers.ok_or("it has too many rows")?);
    let mut keys = keys;
    let mut v = v;
    if table.kind == Kind::TextRows {
        let texts = (0..n).map(|i| Bytes::from(i.to_string())).collect();
        let texts = cx.constant(Tensor::strings(vec![rows.len()], texts).ok_or("too many rows")?);
        put(cx, v, keys, texts);
        keys = texts;
        v = handle(cx, table.id + 1, DType::String, DType::Int64)?;
    }
    put(cx, v, keys, numbers);
    if let Some(table) = cx.lowering.tables.get_mut(&name) {
        table.rows = Some(rows);
    }
    Ok(vec![])
}

fn put(cx: &mut Cx<'_, '_>, table: ValueId, keys: ValueId, values: ValueId) {
    let inputs = [Some(table), Some(keys), Some(values)];
    cx.raw(Op::Builtin(B::HashtableImport), &inputs, Attrs::new(), vec![]);
}

/// A vocabulary file: a line each. Inputs: table, path.
fn import_text(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let path = cx.get(s.x(1)?).tensor().and_then(|t| t.as_strings()?.first().cloned());
    let path = path.ok_or("the path of its file is not a constant")?;
    let text = cx.lowering.files.get(&path).cloned().ok_or_else(|| {
        Reason(format!("its file '{}' is not there", String::from_utf8_lossy(&path)))
    })?;
    let (table, ..) = known(cx, s)?;
    let delimiter = s.node.text("delimiter", "\t").as_bytes().first().copied().unwrap_or(b'\t');
    let most = usize::try_from(s.node.int("vocab_size", -1)).unwrap_or(usize::MAX);
    let mut lines: Vec<&[u8]> = text.split(|&b| b == b'\n').collect();
    lines.pop_if(|last| last.is_empty());
    lines.truncate(most);
    let lines: Vec<&[u8]> = lines.iter().map(|l| l.strip_suffix(b"\r").unwrap_or(l)).collect();
    let column = |name: &str, default: i64| {
        let which = s.node.int(name, default);
        let part = |(i, line): (usize, &&[u8])| match which {
            -2 => Some(Bytes::copy_from_slice(line)),
            -1 => Some(Bytes::from(i.to_string())),
            k => {
                let k = usize::try_from(k).ok()?;
                line.split(|&b| b == delimiter).nth(k).map(Bytes::copy_from_slice)
            }
        };
        let all: Option<Vec<Bytes>> = lines.iter().enumerate().map(part).collect();
        all.ok_or_else(|| Reason(format!("a line of its file has no column {which}")))
    };
    let (keys, values) = (column("key_index", -2)?, column("value_index", -1)?);
    let key = if table.kind == Kind::TextRows
        || table.value == DType::String && table.kind == Kind::Own
    {
        DType::Int64
    } else {
        DType::String
    };
    let (keys, values) = (typed(keys, key)?, typed(values, table.value)?);
    let (keys, values) = (cx.constant(keys), cx.constant(values));
    fill(cx, s, keys, values)
}

/// Texts as a vector of `dtype`.
fn typed(texts: Vec<Bytes>, dtype: DType) -> Result<Tensor, Reason> {
    let n = texts.len();
    let bad = || Reason(format!("a line of its file is not of {dtype}"));
    if dtype == DType::String {
        return Tensor::strings(vec![n], texts).ok_or_else(bad);
    }
    let text = |t: &Bytes| std::str::from_utf8(t).ok().map(|t| t.trim().to_owned());
    if dtype == DType::Float32 {
        let all: Option<Vec<f32>> = texts.iter().map(|t| text(t)?.parse().ok()).collect();
        return Tensor::f32(&[n], &all.ok_or_else(bad)?).ok_or_else(bad);
    }
    let all: Option<Vec<i64>> = texts.iter().map(|t| text(t)?.parse().ok()).collect();
    Tensor::ints(dtype, &[n], &all.ok_or_else(bad)?).ok_or_else(bad)
}

fn size(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let handle: Result<_, Reason> = s.x(0);
    let t = Type::new(DType::Int64, vec![1.into()]);
    let out = cx.raw(Op::Builtin(B::HashtableSize), &[Some(handle?)], Attrs::new(), vec![t]);
    let v = out.first().copied().ok_or("it has no result")?;
    // The kernel gives a vector of one; TensorFlow a scalar.
    one(cx.reshape(v, &[]))
}
