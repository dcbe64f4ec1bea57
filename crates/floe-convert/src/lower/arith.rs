//! [`Arith`]: formulas over values of one real type, for functions that TFLite has no operator for.
//!
//! Invariant: every number that a formula names becomes a scalar constant of the operand's type.

use super::site::one;
use super::{Cx, Lowered, Site};
use crate::ir::{Builtin as B, Reason, Scope, ValueId};
use floe_graph::DType;

/// What a formula gives.
pub(super) type Made = Result<ValueId, Reason>;

/// A formula that is being written into a graph.
pub(super) struct Arith<'c, 'l, 'd> {
    pub(super) cx: &'c mut Cx<'l, 'd>,
    dtype: DType,
}

/// The result of `formula` on input 0.
pub(super) fn formula(
    cx: &mut Cx<'_, '_>,
    s: &Site<'_, '_>,
    formula: fn(&mut Arith<'_, '_, '_>, ValueId) -> Made,
) -> Lowered {
    let x = s.x(0)?;
    one(formula(&mut Arith::on(cx, x)?, x))
}

/// The result of `formula` on inputs 0 and 1.
pub(super) fn formula2(
    cx: &mut Cx<'_, '_>,
    s: &Site<'_, '_>,
    formula: fn(&mut Arith<'_, '_, '_>, ValueId, ValueId) -> Made,
) -> Lowered {
    let (x, y) = (s.x(0)?, s.x(1)?);
    one(formula(&mut Arith::on(cx, x)?, x, y))
}

impl<'c, 'l, 'd> Arith<'c, 'l, 'd> {
    /// Formulas of the type of `x`.
    pub(super) fn on(cx: &'c mut Cx<'l, 'd>, x: ValueId) -> Result<Self, Reason> {
        let dtype = cx.get(x).dtype;
        if !dtype.is_float() {
            return Err(format!("TFLite computes it on real numbers only, not on {dtype}").into());
        }
        Ok(Self { cx, dtype })
    }

    /// The number `n`.
    pub(super) fn k(&mut self, n: f64) -> Made {
        self.cx.scalar(self.dtype, n)
    }

    pub(super) fn add(&mut self, a: ValueId, b: ValueId) -> Made {
        self.cx.op(B::Add, &[a, b])
    }

    pub(super) fn sub(&mut self, a: ValueId, b: ValueId) -> Made {
        self.cx.op(B::Sub, &[a, b])
    }

    pub(super) fn mul(&mut self, a: ValueId, b: ValueId) -> Made {
        self.cx.op(B::Mul, &[a, b])
    }

    pub(super) fn div(&mut self, a: ValueId, b: ValueId) -> Made {
        self.cx.op(B::Div, &[a, b])
    }

    /// `a + n`.
    pub(super) fn plus(&mut self, a: ValueId, n: f64) -> Made {
        let n = self.k(n)?;
        self.add(a, n)
    }

    /// `n - a`.
    pub(super) fn from(&mut self, n: f64, a: ValueId) -> Made {
        let n = self.k(n)?;
        self.sub(n, a)
    }

    /// `a × n`.
    pub(super) fn times(&mut self, a: ValueId, n: f64) -> Made {
        let n = self.k(n)?;
        self.mul(a, n)
    }

    /// `op` of `a`.
    pub(super) fn of(&mut self, op: B, a: ValueId) -> Made {
        self.cx.op(op, &[a])
    }

    /// Whether `a` and `n` stand as `op` says.
    pub(super) fn is(&mut self, op: B, a: ValueId, n: f64) -> Made {
        let n = self.k(n)?;
        self.cx.op(op, &[a, n])
    }

    /// `yes` where `c` is true, else `no`.
    pub(super) fn pick(&mut self, c: ValueId, yes: ValueId, no: ValueId) -> Made {
        self.cx.op(B::SelectV2, &[c, yes, no])
    }
}
