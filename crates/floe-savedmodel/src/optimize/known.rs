//! Shapes that are known before anything runs, as far as constants, inputs and ops that keep their
//! input's shape tell them.
//!
//! Invariant: a shape is only noted when every run gives it; what is not known is absent.

use crate::build::Attr;
use crate::names::{Reference, tensor};
use floe_graph::{DType, Payload, Shape, TensorView};
use floe_proto::tensorflow::{NodeDef, TensorProto, TensorShapeProto, attr_value::Value};
use std::collections::HashMap;

/// Ops whose first output has the shape of their first input.
const SAME: &[&str] = &[
    "Abs",
    "BiasAdd",
    "Cast",
    "Ceil",
    "CheckNumerics",
    "Elu",
    "Erf",
    "Exp",
    "Expm1",
    "FakeQuantWithMinMaxArgs",
    "FakeQuantWithMinMaxVars",
    "FakeQuantWithMinMaxVarsPerChannel",
    "Floor",
    "FusedBatchNorm",
    "FusedBatchNormV2",
    "FusedBatchNormV3",
    "Identity",
    "LRN",
    "LeakyRelu",
    "Log",
    "Log1p",
    "LogSoftmax",
    "LogicalNot",
    "Neg",
    "OnesLike",
    "Reciprocal",
    "Relu",
    "Relu6",
    "Round",
    "Rsqrt",
    "Selu",
    "Sigmoid",
    "Sign",
    "Softmax",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Square",
    "StopGradient",
    "Tanh",
    "ZerosLike",
];

/// Known dimensions by tensor, -1 for open ones.
#[derive(Default)]
pub(super) struct Known {
    shapes: HashMap<String, Vec<i64>>,
}

impl Known {
    /// Notes what is known of the output of `node`, whose inputs have been noted.
    pub(super) fn note(&mut self, node: &NodeDef) {
        let shape = match node.op.as_str() {
            "Const" => match value(node, "value") {
                Some(Value::Tensor(proto)) => dims(proto.tensor_shape.as_ref()),
                _ => None,
            },
            "Placeholder" => match value(node, "shape") {
                // A file without a rank says so by an empty shape too, before version 24.
                Some(Value::Shape(shape)) if !shape.dim.is_empty() => dims(Some(shape)),
                _ => None,
            },
            op if SAME.contains(&op) => node.input.first().and_then(|i| self.of(i)).cloned(),
            _ => None,
        };
        if let Some(shape) = shape {
            self.shapes.insert(node.name.clone(), shape);
        }
    }

    fn of(&self, input: &str) -> Option<&Vec<i64>> {
        let Some(Reference::Tensor { node, index }) = Reference::parse(input) else { return None };
        self.shapes.get(tensor(node, index).as_str())
    }

    /// What `node` tells of a known shape.
    pub(super) fn measure(&self, node: &NodeDef) -> Option<TensorProto> {
        let [input] = node.input.as_slice() else { return None };
        let shape = self.of(input)?;
        let out = match value(node, "out_type") {
            Some(&Value::Type(number)) => DType::from_tensorflow(number)?,
            _ => DType::Int32,
        };
        let whole = shape.iter().all(|&d| d >= 0);
        match node.op.as_str() {
            "Shape" if whole => integers(out, Some(shape.len()), shape),
            "Rank" => integers(DType::Int32, None, &[i64::try_from(shape.len()).ok()?]),
            "Size" if whole => {
                let count = shape.iter().try_fold(1i64, |n, &d| n.checked_mul(d))?;
                integers(out, None, &[count])
            }
            _ => None,
        }
    }
}

/// Integers with one dimension of `len`, or with none.
fn integers(dtype: DType, len: Option<usize>, values: &[i64]) -> Option<TensorProto> {
    let width = dtype.bytes()?;
    let mut raw = vec![0; values.len().checked_mul(width)?];
    for (value, slot) in values.iter().zip(raw.chunks_mut(width)) {
        let (low, high) = floe_graph::number::limits(dtype)?;
        let value = i128::from(*value);
        (low <= value && value <= high).then_some(())?;
        floe_graph::number::from_int(dtype, value, slot)?;
    }
    let dims: Vec<i64> = len.iter().map(|&n| i64::try_from(n)).collect::<Result<_, _>>().ok()?;
    let view = TensorView::new(dtype, Shape::I64(&dims), Payload::Raw(&raw));
    crate::to_proto("", &view, None).ok()
}

fn value<'n>(node: &'n NodeDef, name: &str) -> Option<&'n Value> {
    node.attr.get(name)?.value.as_ref()
}

fn dims(shape: Option<&TensorShapeProto>) -> Option<Vec<i64>> {
    let Some(shape) = shape else { return Some(Vec::new()) };
    (!shape.unknown_rank).then(|| shape.dim.iter().map(|d| d.size).collect())
}

/// `node` as a constant: its name, nothing else.
pub(super) fn constant(name: &str, value: TensorProto) -> NodeDef {
    let attr = [("dtype", Attr::from(Value::Type(value.dtype))), ("value", Attr::from(value))];
    let attr = attr.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
    NodeDef {
        name: name.to_owned(),
        op: "Const".into(),
        attr: attr.collect(),
        ..NodeDef::default()
    }
}
