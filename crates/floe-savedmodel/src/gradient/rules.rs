//! The rules, by op. A family of ops is a file with its own list; a rule is a function of a
//! [`Site`](super::site::Site).
//!
//! Fact: the derivatives are those of TensorFlow's `gradients`, also where a function has none: that of
//! `Relu` at 0 is 0, that of the largest of several goes in equal parts to all that are it.

mod binary;
mod linear;
mod loss;
mod norm;
mod reduce;
mod shape;
mod slice;
mod unary;
mod window;

use super::site::Site;

/// Hands on what came back to a node's outputs.
pub(super) type Rule = for<'b> fn(&mut Site<'b>);

/// A family: ops and their rules.
type Family = &'static [(&'static str, Rule)];

const RULES: &[Family] = &[
    unary::RULES,
    binary::RULES,
    linear::RULES,
    window::RULES,
    norm::RULES,
    loss::RULES,
    reduce::RULES,
    shape::RULES,
    slice::RULES,
];

/// Ops whose outputs do not change with small changes of their inputs: nothing goes further back.
const FLAT: &[&str] = &[
    "ArgMax",
    "ArgMin",
    "Ceil",
    "Equal",
    "Floor",
    "FloorDiv",
    "Greater",
    "GreaterEqual",
    "Less",
    "LessEqual",
    "NotEqual",
    "OnesLike",
    "Rank",
    "Rint",
    "Round",
    "Shape",
    "ShapeN",
    "Sign",
    "Size",
    "StopGradient",
    "ZerosLike",
];

/// The rule for `op`.
pub(super) fn rule(op: &str) -> Option<Rule> {
    if FLAT.contains(&op) {
        return Some(|_| {});
    }
    let mut all = RULES.iter().copied().flatten();
    all.find(|(name, _)| *name == op).map(|(_, rule)| *rule)
}

/// The ops that have a rule.
pub fn supported() -> impl Iterator<Item = &'static str> {
    let ruled = RULES.iter().copied().flatten().map(|(name, _)| *name);
    ruled.chain(FLAT.iter().copied())
}
