//! Normalisations that graphs spell out.

use super::view::View;
use crate::ir::{Attrs, Builtin as B, Patch};

/// The square of the smallest norm that L2_NORMALIZATION divides by.
const EPSILON: f32 = 1e-12;

/// x × rsqrt(max(Σ x², ε)) over the last dimension.
pub(super) fn l2<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !at.is(B::Mul) || !at.is_plain() {
        return None;
    }
    at.either_order()?.into_iter().find_map(|(x, r)| {
        let rsqrt = at.made_by(r, B::Rsqrt).filter(View::is_read_once)?;
        let max = at.made_by(rsqrt.input(0)?, B::Maximum).filter(View::is_read_once)?;
        let (sum, floor) = max.with_constant()?;
        let floor = at.number(floor)?;
        (floor - EPSILON).abs().le(&(EPSILON * 1e-3)).then_some(())?;
        let sum = at.made_by(sum, B::Sum).filter(View::is_read_once)?;
        let axes = at.value(sum.input(1)?).ints()?;
        let last = at.value(x).rank() as i64 - 1;
        (matches!(axes.as_slice(), [a] if *a == -1 || *a == last)).then_some(())?;
        sum.node.attrs.bool("keep_dims").then_some(())?;
        let square = at.maker(sum.input(0)?)?;
        let squares = square.is(B::Square) && square.input(0) == Some(x)
            || square.is(B::Mul) && square.input(0) == Some(x) && square.input(1) == Some(x);
        squares.then_some(())?;
        let nodes = [rsqrt.node, max.node, sum.node, square.node];
        at.become_op(&nodes, B::L2Normalization, &[x], Attrs::new())
    })
}
