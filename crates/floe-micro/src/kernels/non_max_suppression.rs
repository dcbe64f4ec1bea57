//! NON_MAX_SUPPRESSION_V4 and _V5: the best boxes that do not overlap a better one; V5 can also lower the scores of those that do.
//!
//! float32. Boxes `[n, 4]` of two opposite corners (y, x), scores `[n]`; indices of at most k boxes, best first, with zeros behind the
//! last, how many they are, and for V5 their scores. Equal scores: the earlier box.

use super::common::types;
use crate::data::{View, ViewMut};
use crate::error::Kind;
use crate::error::Operand::{In, Out, Scratch};
use crate::num::float::exp;
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::op;

/// NON_MAX_SUPPRESSION_V4.
pub static NON_MAX_SUPPRESSION_V4: OpDef =
    OpDef::builtin(op::NON_MAX_SUPPRESSION_V4, 1, &[Kernel::new(prepare::<false>, eval::<false>)]);
/// NON_MAX_SUPPRESSION_V5.
pub static NON_MAX_SUPPRESSION_V5: OpDef =
    OpDef::builtin(op::NON_MAX_SUPPRESSION_V5, 1, &[Kernel::new(prepare::<true>, eval::<true>)]);

/// A candidate's score, and how many of the chosen it has been compared with: 8 bytes.
const CANDIDATE: usize = 8;

fn prepare<const SOFT: bool>(op: &mut Op<'_>) -> Done {
    let float = DType::Float32;
    types(
        op,
        [(In(0), float), (In(1), float), (In(2), DType::Int32), (In(3), float), (In(4), float)],
    )?;
    types(op, [(In(5), float), (Out(0), DType::Int32)])?;
    types(op, [(Out(1), if SOFT { float } else { DType::Int32 }), (Out(2), DType::Int32)])?;
    let (boxes, scores) = (op.shape(In(0))?, op.shape(In(1))?);
    let n = scores.len();
    if scores.rank() != 1 || boxes.rank() != 2 || boxes.dim(0) != n || boxes.dim(1) != 4 {
        return Err(Kind::Shape.at(In(0)));
    }
    for scalar in [3, 4, 5].into_iter().take(if SOFT { 3 } else { 2 }) {
        if op.shape(In(scalar))?.len() != 1 {
            return Err(Kind::Shape.at(In(scalar)));
        }
    }
    let most = usize::try_from(op.known_int(In(2))?).map_err(|_| Kind::Value.at(In(2)))?;
    op.scratch(n * CANDIDATE)?;
    op.set_dims(Out(0), &[most])?;
    if SOFT {
        op.set_dims(Out(1), &[most])?;
    }
    op.set_dims(Out(1 + u16::from(SOFT)), &[])
}

/// What is chosen by.
struct Rule {
    /// From this share on a box is dropped.
    overlap: f32,
    /// Scores must lie above this.
    score: f32,
    /// −1/2σ for scores that fall with overlap; 0 for none.
    falloff: f32,
}

fn eval<const SOFT: bool>(op: &mut Op<'_>) -> Done {
    let scalar = |op: &Op<'_>, i: u16| op.read::<f32>(In(i)).map(|v| v.at(0));
    let sigma = if SOFT { scalar(op, 5)? } else { 0.0 };
    let falloff = if sigma > 0.0 { -0.5 / sigma } else { 0.0 };
    let rule = Rule { overlap: scalar(op, 3)?, score: scalar(op, 4)?, falloff };
    if !(0.0..=1.0).contains(&rule.overlap) || sigma < 0.0 || sigma.is_nan() {
        return Err(Kind::Value.at(In(3)));
    }
    if SOFT {
        let ([boxes, scores], [chosen, best, count, scratch]) =
            op.io([In(0), In(1)], [Out(0), Out(1), Out(2), Scratch])?;
        choose(&rule, [boxes, scores], [chosen, best, count], scratch);
    } else {
        let ([boxes, scores], [chosen, count, scratch]) =
            op.io([In(0), In(1)], [Out(0), Out(1), Scratch])?;
        choose(&rule, [boxes, scores], [chosen, &mut [], count], scratch);
    }
    Ok(())
}

fn choose(
    rule: &Rule,
    [boxes, scores]: [&[u8]; 2],
    [chosen, best, count]: [&mut [u8]; 3],
    scratch: &mut [u8],
) {
    let (boxes, scores) = (View::<f32>::new(boxes), View::<f32>::new(scores));
    let (mut chosen, mut best) = (ViewMut::<i32>::new(chosen), ViewMut::<f32>::new(best));
    let (left, seen) = scratch.split_at_mut_checked(scores.len() * 4).unwrap_or_default();
    let (mut left, mut seen) = (ViewMut::<f32>::new(left), ViewMut::<u32>::new(seen));
    left.write(scores.iter());
    seen.fill(0);
    chosen.fill(0);
    best.fill(0.0);
    let mut n = 0;
    while n < chosen.len() {
        let Some((i, before)) = first(left.view(), rule.score) else { break };
        let mut score = before;
        let mut dropped = false;
        // The latest first: those overlap most likely.
        for k in (seen.at(i) as usize..n).rev() {
            let share = overlap(boxes, i, chosen.at(k) as usize);
            dropped = share >= rule.overlap;
            if dropped {
                break;
            }
            if rule.falloff < 0.0 {
                score *= exp(rule.falloff * share * share);
            }
            if score <= rule.score {
                break;
            }
        }
        seen.set(i, n as u32);
        if !dropped && score == before {
            chosen.set(n, i as i32);
            best.set(n, score);
            n += 1;
        }
        // A box that was chosen overlaps itself wholly.
        left.set(i, if dropped || score == before { f32::NEG_INFINITY } else { score });
    }
    ViewMut::<i32>::new(count).set(0, n as i32);
}

/// The first box of the highest score above `least`.
fn first(scores: View<'_, f32>, least: f32) -> Option<(usize, f32)> {
    let mut best: Option<(usize, f32)> = None;
    for (i, score) in scores.iter().enumerate() {
        if score > least && best.is_none_or(|(_, b)| score > b) {
            best = Some((i, score));
        }
    }
    best
}

/// The share that boxes `i` and `j`, whose corners come in any order, have in common.
fn overlap(boxes: View<'_, f32>, i: usize, j: usize) -> f32 {
    let corners = |i: usize| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|k| boxes.at(4 * i + k));
        [a.min(c), b.min(d), a.max(c), b.max(d)]
    };
    share(corners(i), corners(j))
}

/// The share that two boxes have in common of what they cover; each is its top, left, bottom and right.
#[must_use]
pub fn share(
    [top, left, bottom, right]: [f32; 4],
    [top2, left2, bottom2, right2]: [f32; 4],
) -> f32 {
    let (area, area2) = ((bottom - top) * (right - left), (bottom2 - top2) * (right2 - left2));
    if area <= 0.0 || area2 <= 0.0 {
        return 0.0;
    }
    let height = (bottom.min(bottom2) - top.max(top2)).max(0.0);
    let width = (right.min(right2) - left.max(left2)).max(0.0);
    let both = height * width;
    both / (area + area2 - both)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{first, overlap};
    use crate::data::View;
    use std::vec::Vec;

    fn bytes(x: &[f32]) -> Vec<u8> {
        x.iter().flat_map(|x| x.to_le_bytes()).collect()
    }

    #[test]
    fn overlaps_are_shares_of_the_union() {
        let boxes = bytes(&[0.0, 0.0, 2.0, 2.0, 1.0, 3.0, 3.0, 1.0, 5.0, 5.0, 5.0, 9.0]);
        let boxes = View::new(&boxes);
        assert_eq!(
            [overlap(boxes, 0, 0), overlap(boxes, 0, 1)],
            [1.0, 1.0 / 7.0],
            "corners in any order"
        );
        assert_eq!(overlap(boxes, 0, 2), 0.0, "no area");
    }

    #[test]
    fn the_first_of_equals_comes_first() {
        let scores = bytes(&[0.5, f32::NAN, 0.9, 0.9]);
        assert_eq!(first(View::new(&scores), 0.4), Some((2, 0.9)));
        assert_eq!(first(View::new(&scores), 0.9), None);
    }
}
