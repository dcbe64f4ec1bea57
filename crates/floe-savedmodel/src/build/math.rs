//! Arithmetic on [`Tensor`]s, and the few functions that most graphs are made of.

use super::value::number;
use super::{Builder, Tensor};
use floe_graph::DType;
use std::ops::{Add, Div, Mul, Neg, Sub};

macro_rules! operators {
    ($($trait:ident $method:ident $op:literal;)*) => {
        $(impl<'b> $trait for Tensor<'b> {
            type Output = Self;

            fn $method(self, other: Self) -> Self {
                self.builder.op($op).input(self).input(other).output()
            }
        }

        /// With a constant of the same dtype.
        impl<'b> $trait<f64> for Tensor<'b> {
            type Output = Self;

            fn $method(self, other: f64) -> Self {
                self.$method(self.like(other))
            }
        })*
    };
}

operators! {
    Add add "AddV2";
    Sub sub "Sub";
    Mul mul "Mul";
    Div div "RealDiv";
}

impl Neg for Tensor<'_> {
    type Output = Self;

    fn neg(self) -> Self {
        self.unary("Neg")
    }
}

impl<'b> Tensor<'b> {
    /// A constant of the same dtype, without dimensions.
    #[must_use]
    pub fn like(self, value: f64) -> Self {
        match self.dtype() {
            Some(dtype) => self.builder.constant("Const", number(dtype, value)),
            None => self.builder.nothing(),
        }
    }

    /// An op that takes this alone, such as `Exp`.
    #[must_use]
    pub fn unary(self, op: &str) -> Self {
        self.builder.op(op).input(self).output()
    }

    /// An op that takes this and `other`, such as `Maximum`.
    #[must_use]
    pub fn binary(self, op: &str, other: Self) -> Self {
        self.builder.op(op).input(self).input(other).output()
    }

    /// The product of two matrices.
    #[must_use]
    pub fn matmul(self, other: Self) -> Self {
        self.binary("MatMul", other)
    }

    /// The sizes of the dimensions, as int32.
    #[must_use]
    pub fn shape(self) -> Self {
        self.unary("Shape")
    }

    /// The same elements in other dimensions.
    #[must_use]
    pub fn reshape(self, shape: Self) -> Self {
        self.binary("Reshape", shape)
    }

    /// The sum over `axes`, which stay with size 1 when `keep`.
    #[must_use]
    pub fn sum(self, axes: Self, keep: bool) -> Self {
        self.builder.op("Sum").input(self).input(axes).attr("keep_dims", keep).output()
    }

    /// The elements as another dtype.
    #[must_use]
    pub fn cast(self, dtype: DType) -> Self {
        if self.dtype() == Some(dtype) {
            return self;
        }
        self.builder.op("Cast").input(self).attr("DstT", dtype).output()
    }

    /// The same under a name of its own.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        self.builder.op("Identity").named(name).input(self).output()
    }
}

impl Builder {
    /// A tensor of `shape` with the one element `value` throughout.
    #[must_use]
    pub fn fill<'b>(&'b self, shape: Tensor<'b>, value: Tensor<'b>) -> Tensor<'b> {
        shape.binary("Fill", value)
    }
}
