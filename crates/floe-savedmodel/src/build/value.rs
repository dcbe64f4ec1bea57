//! Attribute values from plain Rust ones, and small constants.

use crate::tensor::shape_proto;
use bytes::Bytes;
use floe_graph::{DType, Shape, number};
use floe_proto::tensorflow::{
    AttrValue, TensorProto,
    attr_value::{ListValue, Value},
};

/// The value of an attribute.
#[derive(Clone, Debug)]
pub struct Attr(pub(super) Value);

impl Attr {
    /// A shape, -1 for open dimensions.
    #[must_use]
    pub fn shape(dims: &[i64]) -> Self {
        Self(Value::Shape(Box::new(shape_proto(&Shape::I64(dims)))))
    }
}

macro_rules! from {
    ($($t:ty, $value:ident => $make:expr;)*) => {
        $(impl From<$t> for Attr {
            fn from($value: $t) -> Self {
                Self($make)
            }
        })*
    };
}

from! {
    Value, value => value;
    i64, value => Value::I(value);
    f32, value => Value::F(value);
    bool, value => Value::B(value);
    &str, value => Value::S(value.to_owned().into());
    DType, value => Value::Type(value.tensorflow().into());
    TensorProto, value => Value::Tensor(Box::new(value));
    &[i64], value => list(ListValue { i: value.to_vec(), ..ListValue::default() });
    Vec<i64>, value => list(ListValue { i: value, ..ListValue::default() });
}

fn list(list: ListValue) -> Value {
    Value::List(Box::new(list))
}

/// A tensor without dimensions. `value` is rounded to what `dtype` can hold; zero for dtypes that are
/// no numbers.
pub(crate) fn number(dtype: DType, value: f64) -> TensorProto {
    const LARGEST: usize = 16;
    let mut raw = [0u8; LARGEST];
    let width = dtype.bytes().unwrap_or(0);
    // Of a complex number the real part, which comes first.
    let real = match dtype {
        DType::Complex64 => DType::Float32,
        DType::Complex128 => DType::Float64,
        other => other,
    };
    if let Some(slot) = raw.get_mut(..real.bytes().unwrap_or(0)) {
        number::from_f64(real, value, slot);
    }
    proto(dtype, &[], raw.get(..width).unwrap_or_default())
}

pub(super) fn floats(shape: &[i64], values: &[f32]) -> TensorProto {
    let content: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    proto(DType::Float32, shape, &content)
}

pub(super) fn ints(values: &[i32]) -> TensorProto {
    let content: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    proto(DType::Int32, &[i64::try_from(values.len()).unwrap_or(i64::MAX)], &content)
}

fn proto(dtype: DType, shape: &[i64], content: &[u8]) -> TensorProto {
    TensorProto {
        dtype: dtype.tensorflow().into(),
        tensor_shape: Some(shape_proto(&Shape::I64(shape))),
        tensor_content: Bytes::copy_from_slice(content),
        ..TensorProto::default()
    }
}

impl From<Attr> for AttrValue {
    fn from(attr: Attr) -> Self {
        Self { value: Some(attr.0) }
    }
}
