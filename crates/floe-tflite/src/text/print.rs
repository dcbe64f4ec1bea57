//! Printing. Invariant: what is left out is comment only.

use crate::owned::{Object, Value};
use crate::schema::fields::{model, operator, operator_code, sub_graph, tensor};
use crate::schema::{self, EnumId, FieldInfo, Kind, Scalar, TableId};
use alloc::format;
use alloc::string::String;
use core::fmt::{self, Write};
use floe_graph::{LeScalar, LeSlice};

/// Where large constants go.
pub struct Side<'s> {
    /// The name that the text gives the file.
    pub name: &'s str,
    /// The least length in bytes of a constant that goes there.
    pub least: usize,
    /// Takes the constants' bytes one after the other.
    pub bytes: &'s mut dyn FnMut(&[u8]) -> fmt::Result,
}

/// `model` as text, constants in hex or, from some length on, in a side file.
///
/// # Errors
/// When the side file cannot be written.
pub fn print(model: &Object<'_>, side: Option<&mut Side<'_>>) -> Result<String, fmt::Error> {
    let mut printer = Printer { out: String::new(), depth: 0, side, at: 0, model, graph: None };
    printer.out.push_str(model.table_id().name());
    printer.out.push(' ');
    printer.table(model)?;
    printer.out.push('\n');
    Ok(printer.out)
}

/// Tables that stand in one line are at most so long.
const LINE: usize = 96;
/// Bytes of hex in one line.
const HEX_LINE: usize = 48;

struct Printer<'p, 'a, 's> {
    out: String,
    depth: usize,
    side: Option<&'p mut Side<'s>>,
    /// Bytes in the side file so far.
    at: usize,
    model: &'p Object<'a>,
    /// The subgraph that is being printed.
    graph: Option<&'p Object<'a>>,
}

impl<'p, 'a> Printer<'p, 'a, '_> {
    fn line(&mut self) {
        self.out.push('\n');
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
    }

    /// `{ field: value ... }`, in one line when it is short.
    fn table(&mut self, object: &'p Object<'a>) -> fmt::Result {
        if object.fields().is_empty() {
            self.out.push_str("{}");
            return Ok(());
        }
        if let Some(line) = short(object).filter(|line| line.len() <= LINE) {
            self.out.push_str(&line);
            return Ok(());
        }
        self.out.push('{');
        self.depth = self.depth.saturating_add(1);
        for (slot, value) in object.fields() {
            let Some(field) = object.table_id().field(*slot) else { continue };
            self.line();
            self.out.push_str(field.name());
            self.out.push_str(": ");
            self.value(object.table_id(), &field, value)?;
        }
        self.depth = self.depth.saturating_sub(1);
        self.line();
        self.out.push('}');
        Ok(())
    }

    fn value(&mut self, table: TableId, field: &FieldInfo, value: &'p Value<'a>) -> fmt::Result {
        match value {
            Value::Table(object) => {
                if matches!(field.kind, Kind::Union(_)) {
                    self.out.push_str(object.table_id().name());
                    self.out.push(' ');
                }
                self.table(object)
            }
            Value::Tables(objects) => self.tables(table, objects),
            Value::Vector(bytes) if table == TableId::BUFFER => self.constant(bytes),
            Value::Vector(bytes) if is_bytes(field.kind) => self.hex(bytes),
            _ => plain(&mut self.out, field, value),
        }
    }

    fn tables(&mut self, table: TableId, objects: &'p [Object<'a>]) -> fmt::Result {
        if objects.is_empty() {
            self.out.push_str("[]");
            return Ok(());
        }
        self.out.push('[');
        self.depth = self.depth.saturating_add(1);
        for (i, object) in objects.iter().enumerate() {
            if object.table_id() == TableId::SUB_GRAPH {
                self.graph = Some(object);
            }
            self.line();
            if object.table_id() == TableId::OPERATOR {
                let comment = describe(self.model, self.graph, i, object);
                self.out.push_str(&comment);
                self.line();
            } else if table == TableId::SUB_GRAPH || table == TableId::MODEL {
                write!(self.out, "# {i}")?;
                self.line();
            }
            self.table(object)?;
        }
        self.depth = self.depth.saturating_sub(1);
        self.line();
        self.out.push(']');
        Ok(())
    }

    fn constant(&mut self, bytes: &[u8]) -> fmt::Result {
        let Some(side) = self.side.as_mut().filter(|s| bytes.len() >= s.least) else {
            return self.hex(bytes);
        };
        (side.bytes)(bytes)?;
        let name = side.name;
        self.out.push_str("file(");
        text(&mut self.out, name.as_bytes())?;
        write!(self.out, ", {}, {})", self.at, bytes.len())?;
        self.at = self.at.saturating_add(bytes.len());
        Ok(())
    }

    fn hex(&mut self, bytes: &[u8]) -> fmt::Result {
        if bytes.len() <= HEX_LINE {
            return hex(&mut self.out, bytes);
        }
        self.out.push_str("x\"");
        self.depth = self.depth.saturating_add(1);
        for line in bytes.chunks(HEX_LINE) {
            self.line();
            line.iter().try_for_each(|b| write!(self.out, "{b:02x}"))?;
        }
        self.depth = self.depth.saturating_sub(1);
        self.line();
        self.out.push('"');
        Ok(())
    }
}

/// The table in one line, when it holds no vectors of tables and nothing that could be long.
fn short(object: &Object<'_>) -> Option<String> {
    let mut out = String::from("{ ");
    for (slot, value) in object.fields() {
        let field = object.table_id().field(*slot)?;
        if out.len() > LINE {
            return None;
        }
        write!(out, "{}: ", field.name()).ok()?;
        match value {
            Value::Tables(_) => return None,
            Value::Vector(_) if object.table_id() == TableId::BUFFER => return None,
            Value::Vector(bytes) if bytes.len() > LINE.saturating_mul(8) => return None,
            Value::Vector(bytes) if is_bytes(field.kind) => hex(&mut out, bytes).ok()?,
            Value::Table(inner) => {
                if matches!(field.kind, Kind::Union(_)) {
                    write!(out, "{} ", inner.table_id().name()).ok()?;
                }
                if inner.fields().is_empty() {
                    out.push_str("{}");
                } else {
                    out.push_str(&short(inner)?);
                }
            }
            _ => plain(&mut out, &field, value).ok()?,
        }
        out.push(' ');
    }
    out.push('}');
    Some(out)
}

const fn is_bytes(kind: Kind) -> bool {
    matches!(kind, Kind::Vector(Scalar::U8, ..))
}

fn hex(out: &mut String, bytes: &[u8]) -> fmt::Result {
    out.push_str("x\"");
    bytes.iter().try_for_each(|b| write!(out, "{b:02x}"))?;
    out.push('"');
    Ok(())
}

/// A number, a string, or numbers.
fn plain(out: &mut String, field: &FieldInfo, value: &Value<'_>) -> fmt::Result {
    match (field.kind, value) {
        (Kind::Scalar(scalar, names), Value::Int(number)) => int(out, scalar, names, *number),
        (_, Value::Int(number)) => write!(out, "{number}"),
        (_, Value::Float(number)) => float(out, *number),
        (_, Value::String(bytes)) => text(out, bytes),
        (Kind::Vector(scalar, names, _), Value::Vector(bytes)) => list(out, scalar, names, bytes),
        _ => Err(fmt::Error),
    }
}

fn int(out: &mut String, scalar: Scalar, names: Option<EnumId>, number: i64) -> fmt::Result {
    match (scalar, names.and_then(|e| e.name_of(number))) {
        (_, Some(name)) => out.write_str(name),
        (Scalar::Bool, None) if matches!(number, 0 | 1) => write!(out, "{}", number == 1),
        (Scalar::U64, None) => write!(out, "{}", number.cast_unsigned()),
        _ => write!(out, "{number}"),
    }
}

/// The shortest decimal that is this number; the bits of what is no number.
fn float(out: &mut String, number: f32) -> fmt::Result {
    if number.is_finite() {
        write!(out, "{number:?}")
    } else {
        write!(out, "0x{:08x}", number.to_bits())
    }
}

fn list(out: &mut String, scalar: Scalar, names: Option<EnumId>, bytes: &[u8]) -> fmt::Result {
    out.push('[');
    for (i, element) in bytes.chunks_exact(scalar.size()).enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        if scalar == Scalar::F32 {
            float(out, f32::read_le(element).ok_or(fmt::Error)?)?;
        } else {
            int(out, scalar, names, whole(scalar, element).ok_or(fmt::Error)?)?;
        }
    }
    out.push(']');
    Ok(())
}

fn whole(scalar: Scalar, bytes: &[u8]) -> Option<i64> {
    Some(match scalar {
        Scalar::Bool | Scalar::U8 => u8::read_le(bytes)?.into(),
        Scalar::I8 => i8::read_le(bytes)?.into(),
        Scalar::I16 => i16::read_le(bytes)?.into(),
        Scalar::U16 => u16::read_le(bytes)?.into(),
        Scalar::I32 => i32::read_le(bytes)?.into(),
        Scalar::U32 => u32::read_le(bytes)?.into(),
        Scalar::I64 => i64::read_le(bytes)?,
        Scalar::U64 => u64::read_le(bytes)?.cast_signed(),
        Scalar::F32 => return None,
    })
}

/// A string in quotes; what is not UTF-8 or not to be seen as `\xNN`.
fn text(out: &mut String, bytes: &[u8]) -> fmt::Result {
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => write!(out, "\\{c}")?,
                '\n' => out.push_str("\\n"),
                c if c.is_ascii_control() => write!(out, "\\x{:02x}", u32::from(c))?,
                c => out.push(c),
            }
        }
        chunk.invalid().iter().try_for_each(|b| write!(out, "\\x{b:02x}"))?;
    }
    out.push('"');
    Ok(())
}

/// `# 3: CONV_2D(x, w, -) -> y`.
fn describe(
    model: &Object<'_>,
    graph: Option<&Object<'_>>,
    index: usize,
    object: &Object<'_>,
) -> String {
    let code = model.tables(model::OPERATOR_CODES).get(object.get(operator::OPCODE_INDEX) as usize);
    let name = code.map_or("?".into(), op_name);
    let names = |list: LeSlice<'_, i32>| {
        let all = list.iter().map(|i| tensor_name(graph, i));
        all.collect::<alloc::vec::Vec<_>>().join(", ")
    };
    let (inputs, outputs) =
        (names(object.vector(operator::INPUTS)), names(object.vector(operator::OUTPUTS)));
    format!("# {index}: {name}({inputs}) -> {outputs}")
}

fn op_name(code: &Object<'_>) -> String {
    let old: i8 = code.get(operator_code::DEPRECATED_BUILTIN_CODE);
    let number = code.get(operator_code::BUILTIN_CODE).max(old.into());
    let custom = code.string(operator_code::CUSTOM_CODE);
    if custom.is_empty() {
        return schema::op_name(number).unwrap_or("?").into();
    }
    clean(custom)
}

fn tensor_name(graph: Option<&Object<'_>>, index: i32) -> String {
    if index == -1 {
        return "-".into();
    }
    let tensors = graph.map(|g| g.tables(sub_graph::TENSORS)).unwrap_or_default();
    let tensor = usize::try_from(index).ok().and_then(|i| tensors.get(i));
    let name = tensor.map_or(&[][..], |t| t.string(tensor::NAME));
    if name.is_empty() { format!("%{index}") } else { clean(name) }
}

/// A name inside a comment must not end it.
fn clean(name: &[u8]) -> String {
    let lossy = String::from_utf8_lossy(name);
    lossy.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
