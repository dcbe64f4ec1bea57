//! One line of the op table to an [`OpDef`]. The notation is described in `xtask/scripts/ops.py`.

use floe_proto::tensorflow::{
    AttrValue, DataType, OpDef, TensorShapeProto,
    attr_value::{ListValue, Value},
    op_def::{ArgDef, AttrDef},
    tensor_shape_proto::Dim,
};

/// The op on `line`; `None` when the line is malformed.
pub(super) fn line(line: &str) -> Option<OpDef> {
    let mut columns = line.split('\t');
    let name = columns.next()?.to_owned();
    let mut list = |split: char| columns.next().map(|c| c.split(split).filter(|x| !x.is_empty()));
    let input_arg = list(' ')?.map(argument).collect::<Option<_>>()?;
    let output_arg = list(' ')?.map(argument).collect::<Option<_>>()?;
    let attr = list(' ')?.map(attribute).collect::<Option<_>>()?;
    let flags = columns.next()?;
    Some(OpDef {
        name,
        input_arg,
        output_arg,
        attr,
        is_stateful: flags.contains('s'),
        is_commutative: flags.contains('c'),
        ..OpDef::default()
    })
}

fn argument(text: &str) -> Option<ArgDef> {
    let (name, kind) = text.split_once(':')?;
    let mut arg = ArgDef { name: name.to_owned(), ..ArgDef::default() };
    let kind = kind.strip_prefix('&').inspect(|_| arg.is_ref = true).unwrap_or(kind);
    let kind = match kind.split_once('*') {
        Some(("", list)) => {
            list.clone_into(&mut arg.type_list_attr);
            return Some(arg);
        }
        Some((number, one)) => {
            number.clone_into(&mut arg.number_attr);
            one
        }
        None => kind,
    };
    match dtype(kind) {
        Some(dtype) => arg.r#type = dtype.into(),
        None => kind.clone_into(&mut arg.type_attr),
    }
    Some(arg)
}

fn attribute(text: &str) -> Option<AttrDef> {
    let (name, rest) = text.split_once(':')?;
    let (kind, default) = match rest.split_once('=') {
        Some((kind, default)) => (kind, Some(default)),
        None => (rest, None),
    };
    let default_value = match default {
        Some(text) => Some(AttrValue { value: Some(value(kind, text)?) }),
        None => None,
    };
    Some(AttrDef {
        name: name.to_owned(),
        r#type: kind.to_owned(),
        default_value,
        ..AttrDef::default()
    })
}

fn value(kind: &str, text: &str) -> Option<Value> {
    if let Some(kind) = kind.strip_prefix("list(") {
        let items = text.strip_prefix('(')?.strip_suffix(')')?;
        let items = items.split(',').filter(|i| !i.is_empty());
        return Some(Value::List(Box::new(list(kind.strip_suffix(')')?, items)?)));
    }
    Some(match kind {
        "string" => Value::S(quoted(text)?.into()),
        "int" => Value::I(text.parse().ok()?),
        "float" => Value::F(text.parse().ok()?),
        "bool" => Value::B(text.parse().ok()?),
        "type" => Value::Type(dtype(text)?.into()),
        "shape" => Value::Shape(Box::new(shape(text)?)),
        _ => return None,
    })
}

fn list<'t>(kind: &str, items: impl Iterator<Item = &'t str>) -> Option<ListValue> {
    let mut list = ListValue::default();
    for item in items {
        match value(kind, item)? {
            Value::S(s) => list.s.push(s),
            Value::I(i) => list.i.push(i),
            Value::F(f) => list.f.push(f),
            Value::B(b) => list.b.push(b),
            Value::Type(t) => list.r#type.push(t),
            Value::Shape(s) => list.shape.push(*s),
            _ => return None,
        }
    }
    Some(list)
}

fn dtype(text: &str) -> Option<DataType> {
    DataType::from_str_name(&format!("DT_{}", text.to_uppercase()))
}

/// `?`, `[]`, `[2x3]`.
fn shape(text: &str) -> Option<TensorShapeProto> {
    if text == "?" {
        return Some(TensorShapeProto { unknown_rank: true, ..TensorShapeProto::default() });
    }
    let dims = text.strip_prefix('[')?.strip_suffix(']')?.split('x').filter(|d| !d.is_empty());
    let dim = dims
        .map(|d| Some(Dim { size: d.parse().ok()?, name: String::new() }))
        .collect::<Option<_>>()?;
    Some(TensorShapeProto { dim, unknown_rank: false })
}

/// Text between apostrophes, percent-escaped.
fn quoted(text: &str) -> Option<Vec<u8>> {
    let mut rest = text.strip_prefix('\'')?.strip_suffix('\'')?.bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some(b) = rest.next() {
        bytes.push(if b == b'%' {
            let digits = [rest.next()?, rest.next()?];
            u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
        } else {
            b
        });
    }
    Some(bytes)
}
