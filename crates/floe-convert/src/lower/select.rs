//! Choosing between two tensors.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Builtin as B, Dim, Scope};

pub(super) const OPS: Family =
    &[("ClipByValue", clip), ("Select", select), ("SelectV2", select_v2)];

/// The condition has the shape of the others, is a scalar, or a vector over their first dimension.
fn select(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (mut c, x, y) = (s.x(0)?, s.x(1)?, s.x(2)?);
    let rank = cx.get(x).rank();
    if cx.get(c).rank() == 1 && rank > 1 {
        let mut dims = cx.get(c).shape.clone();
        dims.resize(rank, Dim::known(1));
        c = cx.reshape(c, &dims)?;
        return one(cx.op(B::SelectV2, &[c, x, y]));
    }
    choose(cx, [c, x, y])
}

fn select_v2(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let all = [s.x(0)?, s.x(1)?, s.x(2)?];
    choose(cx, all)
}

/// SELECT where all shapes are the same, else SELECT_V2; no node where the condition is known.
fn choose(cx: &mut Cx<'_, '_>, all: [crate::ir::ValueId; 3]) -> Lowered {
    let [c, x, y] = all;
    let same = cx.get(c).shape == cx.get(x).shape && cx.get(x).shape == cx.get(y).shape;
    let known = cx.get(c).ints().filter(|k| !k.is_empty());
    if let Some(k) = known {
        let (picked, other) = if k.iter().all(|&b| b != 0) { (x, y) } else { (y, x) };
        let uniform = k.iter().all(|&b| (b != 0) == (picked == x));
        let large = cx.get(picked).rank() >= cx.get(other).rank().max(cx.get(c).rank());
        if uniform
            && large
            && cx
                .get(picked)
                .shape
                .iter()
                .rev()
                .zip(cx.get(other).shape.iter().rev())
                .all(|(a, b)| a == b || b.is(1))
        {
            return one(Ok(picked));
        }
    }
    one(cx.op(if same { B::Select } else { B::SelectV2 }, &all))
}

/// Inputs: value, least, most.
fn clip(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let m = cx.op(B::Minimum, &[s.x(0)?, s.x(2)?])?;
    one(cx.op(B::Maximum, &[m, s.x(1)?]))
}
