//! The attributes of a TensorFlow node, with the defaults of its op's definition given where they
//! are read: files leave out attributes that have their default.

use super::TfNode;
use crate::ir::Reason;
use floe_graph::DType;
use floe_proto::tensorflow::attr_value::{ListValue, Value};
use floe_proto::tensorflow::{NodeDef, TensorProto, TensorShapeProto};

impl<'d> TfNode<'d> {
    fn value(&self, name: &str) -> Option<&'d Value> {
        self.def.attr.get(name)?.value.as_ref()
    }

    fn list(&self, name: &str) -> Option<&'d ListValue> {
        match self.value(name)? {
            Value::List(l) => Some(l),
            _ => None,
        }
    }

    /// The integer `name`.
    #[must_use]
    pub fn int(&self, name: &str, default: i64) -> i64 {
        match self.value(name) {
            Some(Value::I(n)) => *n,
            _ => default,
        }
    }

    /// The truth value `name`.
    #[must_use]
    pub fn bool(&self, name: &str, default: bool) -> bool {
        match self.value(name) {
            Some(Value::B(b)) => *b,
            _ => default,
        }
    }

    /// The real number `name`.
    #[must_use]
    pub fn float(&self, name: &str, default: f32) -> f32 {
        match self.value(name) {
            Some(Value::F(x)) => *x,
            _ => default,
        }
    }

    /// The text `name`.
    #[must_use]
    pub fn text(&self, name: &str, default: &'static str) -> &'d str {
        match self.value(name) {
            Some(Value::S(s)) => std::str::from_utf8(s).unwrap_or(default),
            _ => default,
        }
    }

    /// The integers `name`; none when it is not given.
    #[must_use]
    pub fn ints(&self, name: &str) -> &'d [i64] {
        self.list(name).map(|l| l.i.as_slice()).unwrap_or_default()
    }

    /// The real numbers `name`; none when it is not given.
    #[must_use]
    pub fn floats(&self, name: &str) -> &'d [f32] {
        self.list(name).map(|l| l.f.as_slice()).unwrap_or_default()
    }

    /// The element type `name`, in which it is computed.
    #[must_use]
    pub fn dtype(&self, name: &str) -> Option<DType> {
        self.declared(name).map(computed)
    }

    /// The element type `name` as the graph has it.
    #[must_use]
    pub fn declared(&self, name: &str) -> Option<DType> {
        match self.value(name)? {
            Value::Type(t) => DType::from_tensorflow(*t),
            _ => None,
        }
    }

    /// Whether one of its element types is computed in another.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        let types = self.def.attr.values().filter_map(|a| match a.value {
            Some(Value::Type(t)) => DType::from_tensorflow(t),
            _ => None,
        });
        types.into_iter().any(|t| computed(t) != t)
    }

    /// The element type of output `k` as the graph has it, where it says so.
    #[must_use]
    pub fn output_dtype(&self, k: usize) -> Option<DType> {
        for list in ["Tout", "T"] {
            if let Some(l) = self.list(list) {
                return DType::from_tensorflow(*l.r#type.get(k)?);
            }
        }
        ["DstT", "Tout", "dtype", "output_type", "T"].iter().find_map(|name| self.declared(name))
    }

    /// The element type `name`, which the node must have.
    ///
    /// # Errors
    /// When it has not.
    pub fn need_dtype(&self, name: &str) -> Result<DType, Reason> {
        self.dtype(name)
            .ok_or_else(|| format!("its attribute '{name}' is missing or unknown").into())
    }

    /// The shape `name`.
    #[must_use]
    pub fn shape(&self, name: &str) -> Option<&'d TensorShapeProto> {
        match self.value(name)? {
            Value::Shape(s) => Some(s),
            _ => None,
        }
    }

    /// The shapes `name`.
    #[must_use]
    pub fn shapes(&self, name: &str) -> &'d [TensorShapeProto] {
        self.list(name).map(|l| l.shape.as_slice()).unwrap_or_default()
    }

    /// The tensor `name`.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&'d TensorProto> {
        match self.value(name)? {
            Value::Tensor(t) => Some(t),
            _ => None,
        }
    }

    /// The name of the function `name`.
    #[must_use]
    pub fn function_name(&self, name: &str) -> Option<&'d str> {
        match self.value(name)? {
            Value::Func(f) => Some(&f.name),
            _ => None,
        }
    }

    /// The names of the functions `name`.
    #[must_use]
    pub fn function_names(&self, name: &str) -> Vec<&'d str> {
        self.list(name)
            .map(|l| l.func.iter().map(|f| f.name.as_str()).collect())
            .unwrap_or_default()
    }
}

/// The type in which TFLite computes what has `dtype`: it has no arithmetic on reals but in float32.
#[must_use]
pub const fn computed(dtype: DType) -> DType {
    match dtype {
        DType::Float64 | DType::Float16 | DType::Bfloat16 => DType::Float32,
        DType::Complex128 => DType::Complex64,
        other => other,
    }
}

/// The first flat output that the output `name` of `node`'s op stands for.
pub(super) fn output_start(node: &NodeDef, name: &str) -> Option<usize> {
    let outputs: &[&str] = match node.op.as_str() {
        "TopKV2" | "TopK" => &["values", "indices"],
        "Switch" | "RefSwitch" => &["output_false", "output_true"],
        "Unique" | "UniqueV2" => &["y", "idx"],
        "Merge" => &["output", "value_index"],
        "NonMaxSuppressionV4" => &["selected_indices", "valid_outputs"],
        "NonMaxSuppressionV5" => &["selected_indices", "selected_scores", "valid_outputs"],
        _ => &[],
    };
    Some(outputs.iter().position(|o| *o == name).unwrap_or(0))
}
