//! An operator's options as the attributes of a node.
//!
//! Invariant: nothing is lost: a field is an attribute of its own name, and one that no attribute can hold is an error.

use crate::ir::{Attr, Attrs, GraphId};
use floe_graph::{DType, LeScalar, LeSlice};
use floe_tflite::schema::{EnumId, FieldInfo, Kind, Scalar, op_options};
use floe_tflite::{Operator, Slot};

/// The attribute with the options of a custom operator.
pub(super) const CUSTOM: &str = "custom_options";

/// The attributes of `operator`, whose number in the schema is `code`.
///
/// # Errors
/// What cannot be held, in words.
pub(super) fn read(operator: &Operator<'_>, code: i32) -> Result<Attrs, String> {
    let mut attrs = Attrs::new();
    let Some(table) = op_options(code) else { return Ok(attrs) };
    let given = operator.options_of(table);
    if given.is_none() && operator.options().is_some() {
        return Err(format!("its options are not of the type {}", table.name()));
    }
    for (slot, field) in table.fields() {
        let value = given.and_then(|t| t.slot(slot));
        let lost = || format!("its option {} has no place in the converter", field.name());
        match (value, field.kind) {
            (None, Kind::Scalar(scalar, which)) => {
                let default = field.default_number();
                let real = scalar == Scalar::F32;
                let slot = if real { Slot::Float(default as f32) } else { Slot::Int(default) };
                attrs.set(field.name(), attribute(&field, scalar, which, &slot).ok_or_else(lost)?);
            }
            (None, _) => {}
            (Some(value), Kind::Scalar(scalar, which)) => {
                attrs.set(field.name(), attribute(&field, scalar, which, &value).ok_or_else(lost)?);
            }
            (Some(Slot::Vector(scalar, bytes)), _) => {
                attrs.set(field.name(), vector(scalar, bytes).ok_or_else(lost)?);
            }
            (Some(Slot::String(text)), _) => {
                let text = std::str::from_utf8(text).map_err(|_| lost())?;
                attrs.set(field.name(), text.to_owned());
            }
            (Some(_), _) => return Err(lost()),
        }
    }
    Ok(attrs)
}

fn attribute(
    field: &FieldInfo,
    scalar: Scalar,
    which: Option<EnumId>,
    slot: &Slot<'_>,
) -> Option<Attr> {
    let n = match *slot {
        Slot::Float(x) => return Some(Attr::Float(x)),
        Slot::Int(n) => n,
        _ => return None,
    };
    if field.is_subgraph() {
        return Some(Attr::Graph(GraphId(u32::try_from(n).ok()?)));
    }
    if which.is_some_and(|e| e.name() == "TensorType") {
        return Some(Attr::Type(DType::from_tflite(i8::try_from(n).ok()?)?));
    }
    Some(if scalar == Scalar::Bool { Attr::Bool(n != 0) } else { Attr::Int(n) })
}

fn vector(scalar: Scalar, bytes: &[u8]) -> Option<Attr> {
    fn all<T: LeScalar + Default>(bytes: &[u8]) -> Vec<T> {
        LeSlice::new(bytes).iter().collect()
    }
    Some(match scalar {
        Scalar::I32 => Attr::Ints(all::<i32>(bytes).into_iter().map(i64::from).collect()),
        Scalar::I64 => Attr::Ints(all(bytes)),
        Scalar::F32 => Attr::Floats(all(bytes)),
        Scalar::Bool | Scalar::I8 | Scalar::U8 => Attr::Bytes(bytes.to_vec()),
        _ => return None,
    })
}
