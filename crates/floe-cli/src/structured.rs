//! The arguments and default values that a SavedModel stores, as text.

use crate::look::shape_text;
use floe::graph::DType;
use floe::proto::tensorflow::{
    SavedConcreteFunction, StructuredValue, TensorProto, TensorShapeProto, structured_value::Kind,
};

/// Values nested deeper than this are `…`.
const DEEPEST: usize = 16;
/// Elements of a default value that are shown.
const SHOWN: usize = 8;

/// The arguments of a function: `x: float32 [?, 4], training=False`.
pub(crate) fn arguments(function: &SavedConcreteFunction) -> String {
    let signature = function.canonicalized_input_signature.as_ref();
    let Some(Kind::TupleValue(pair)) = signature.and_then(|s| s.kind.as_ref()) else {
        return String::new();
    };
    let mut all: Vec<String> = Vec::new();
    for part in &pair.values {
        match &part.kind {
            Some(Kind::TupleValue(tuple)) => all.extend(tuple.values.iter().map(|v| one(v, 0))),
            Some(Kind::DictValue(dict)) => {
                all.extend(dict.fields.iter().map(|(name, v)| format!("{name}={}", one(v, 0))));
            }
            _ => all.push(one(part, 0)),
        }
    }
    all.join(", ")
}

fn one(value: &StructuredValue, depth: usize) -> String {
    if depth > DEEPEST {
        return "…".into();
    }
    let list = |values: &[StructuredValue]| {
        values.iter().map(|v| one(v, depth + 1)).collect::<Vec<_>>().join(", ")
    };
    match &value.kind {
        None | Some(Kind::NoneValue(_)) => "None".into(),
        Some(Kind::Float64Value(x)) => x.to_string(),
        Some(Kind::Int64Value(n)) => n.to_string(),
        Some(Kind::StringValue(s)) => format!("{s:?}"),
        Some(Kind::BoolValue(b)) => if *b { "True" } else { "False" }.into(),
        Some(Kind::TensorShapeValue(shape)) => text(Some(shape)),
        Some(Kind::TensorDtypeValue(dtype)) => name(*dtype).into(),
        Some(Kind::TensorSpecValue(spec)) => spec_text(&spec.name, spec.dtype, spec.shape.as_ref()),
        Some(Kind::BoundedTensorSpecValue(spec)) => {
            spec_text(&spec.name, spec.dtype, spec.shape.as_ref())
        }
        Some(Kind::TypeSpecValue(spec)) => {
            let state = spec.type_state.as_ref().map(|state| one(state, depth + 1));
            format!("{}{}", spec.type_spec_class_name, state.unwrap_or_default())
        }
        Some(Kind::ListValue(values)) => format!("[{}]", list(&values.values)),
        Some(Kind::TupleValue(values)) => format!("({})", list(&values.values)),
        Some(Kind::DictValue(dict)) => {
            let fields = dict.fields.iter().map(|(k, v)| format!("{k}: {}", one(v, depth + 1)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Some(Kind::NamedTupleValue(tuple)) => {
            let none = StructuredValue::default();
            let pair = |p: &floe::proto::tensorflow::PairValue| {
                format!("{}={}", p.key, one(p.value.as_ref().unwrap_or(&none), depth + 1))
            };
            format!(
                "{}({})",
                tuple.name,
                tuple.values.iter().map(pair).collect::<Vec<_>>().join(", ")
            )
        }
        Some(Kind::TensorValue(tensor) | Kind::NumpyValue(tensor)) => self::value(tensor),
    }
}

fn spec_text(name_of: &str, dtype: i32, shape: Option<&TensorShapeProto>) -> String {
    let label = if name_of.is_empty() { String::new() } else { format!("{name_of}: ") };
    format!("{label}{} {}", name(dtype), text(shape))
}

fn name(dtype: i32) -> &'static str {
    DType::from_tensorflow(dtype).map_or("unknown", DType::name)
}

fn text(shape: Option<&TensorShapeProto>) -> String {
    shape.and_then(dims).map_or("?".into(), |dims| shape_text(&dims))
}

/// The dimensions; `None` when not even their number is known.
pub(crate) fn dims(shape: &TensorShapeProto) -> Option<Vec<i64>> {
    (!shape.unknown_rank).then(|| shape.dim.iter().map(|d| d.size.max(-1)).collect())
}

/// A tensor: its first elements, else its dtype and shape.
pub(crate) fn value(tensor: &TensorProto) -> String {
    fn some<T: ToString>(values: &[T]) -> Option<String> {
        let shown: Vec<_> = values.iter().take(SHOWN).map(ToString::to_string).collect();
        let more = if values.len() > SHOWN { ", …" } else { "" };
        (!shown.is_empty()).then(|| format!("{}{more}", shown.join(", ")))
    }
    let strings: Vec<_> = tensor.string_val.iter().map(|s| String::from_utf8_lossy(s)).collect();
    let listed = some(&tensor.float_val)
        .or_else(|| some(&tensor.double_val))
        .or_else(|| some(&tensor.int_val))
        .or_else(|| some(&tensor.int64_val))
        .or_else(|| some(&tensor.bool_val))
        .or_else(|| some(&strings));
    listed
        .unwrap_or_else(|| format!("{} {}", name(tensor.dtype), text(tensor.tensor_shape.as_ref())))
}
