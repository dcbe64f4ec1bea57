//! TensorFlow's ops as TFLite's: one file an op or a family of ops, one line each in [`FAMILIES`].
//!
//! A lowering gets the node and its lowered inputs and builds nodes through [`Scope`]; shapes are
//! inferred and constants folded as it builds. It never looks at other nodes: what depends on a
//! neighbourhood is a pass.
//!
//! Invariant: every result of a node is bound, or the node is reported as a [`Problem`].
//!
//! [`Problem`]: crate::error::Problem

mod activation;
mod arith;
mod basic;
mod binary;
mod bits;
mod cast;
mod control;
mod conv;
mod count;
mod detect;
mod einsum;
mod gamma;
mod gradient;
mod inverse;
mod lists;
mod lookup;
mod loops;
mod matmul;
mod matrix;
mod norm;
mod partition;
mod pool;
mod quantized;
mod random;
mod reduce;
mod refused;
mod resize;
mod scatter;
mod select;
mod shape;
mod signal;
mod site;
mod slice;
mod space;
mod state;
mod unary;

pub(crate) use signal::tensor as complex_tensor;
pub(crate) use site::{Bound, Cx, Lowering, Site};

use crate::ir::Reason;

/// What the outputs of a node are bound to.
pub(crate) type Lowered = Result<Vec<Bound>, Reason>;
/// How an op is lowered.
pub(crate) type Lower = fn(&mut Cx<'_, '_>, &Site<'_, '_>) -> Lowered;
/// Ops and how they are lowered.
pub(crate) type Family = &'static [(&'static str, Lower)];

/// Every op that can be lowered.
const FAMILIES: &[Family] = &[
    activation::OPS,
    basic::OPS,
    binary::OPS,
    bits::OPS,
    cast::OPS,
    control::OPS,
    conv::OPS,
    count::OPS,
    detect::OPS,
    einsum::OPS,
    gamma::OPS,
    gradient::OPS,
    inverse::OPS,
    lists::OPS,
    lookup::OPS,
    loops::OPS,
    matmul::OPS,
    matrix::OPS,
    norm::OPS,
    partition::OPS,
    pool::OPS,
    quantized::OPS,
    random::OPS,
    reduce::OPS,
    resize::OPS,
    scatter::OPS,
    select::OPS,
    shape::OPS,
    signal::OPS,
    slice::OPS,
    space::OPS,
    state::OPS,
    unary::OPS,
];

/// How `op` is lowered.
pub(crate) fn find(op: &str) -> Option<Lower> {
    FAMILIES.iter().copied().flatten().find(|(name, _)| *name == op).map(|(_, f)| *f)
}

/// The names of all ops that can be lowered, sorted.
#[must_use]
pub fn supported() -> Vec<&'static str> {
    let mut all: Vec<_> = FAMILIES.iter().copied().flatten().map(|(name, _)| *name).collect();
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_op_is_lowered_twice() {
        let all = super::supported();
        let twice: Vec<_> = all.windows(2).filter(|w| w[0] == w[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        assert!(all.len() >= 130, "{}", all.len());
    }
}
