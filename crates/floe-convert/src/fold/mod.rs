//! Computing now what does not depend on the inputs: constants, and the symbolic elements of shapes.
//!
//! Invariant: a folded value is what the operator's kernel would give, bit for bit for integers and
//! in float32 arithmetic for floats; what is not known here stays a node.

mod content;
mod moves;
mod numeric;

pub(crate) use content::{content, content_of};

use crate::infer::Type;
use crate::ir::{Attrs, Builtin, Dim, Op, Tensor, Value, count};
use crate::ops;
use moves::Source;

/// Result bytes up to which anything is folded.
const SMALL: usize = 1 << 16;
/// How much larger than its inputs a larger result may be.
const GROWTH: usize = 2;

/// The results as constants, when they can be known.
pub(crate) fn fold(
    op: Builtin,
    inputs: &[Option<&Value>],
    attrs: &Attrs,
    results: &[Type],
) -> Option<Vec<Tensor>> {
    if !ops::is_pure(&Op::Builtin(op)) {
        return None;
    }
    if let [one] = results
        && let Some(content) = &one.content
        && let Some(ints) = content.iter().map(Dim::get).collect::<Option<Vec<i64>>>()
    {
        let shape: Vec<usize> = one.shape.iter().map(Dim::size).collect::<Option<_>>()?;
        return Tensor::ints(one.dtype, &shape, &ints).map(|t| vec![t]);
    }
    let tensors: Vec<&Tensor> =
        inputs.iter().map(|v| v.and_then(|v| v.tensor()).map(|t| &**t)).collect::<Option<_>>()?;
    if tensors.is_empty() || !worth_it(&tensors, results) {
        return None;
    }
    if let [one] = results
        && let Some(t) =
            whole(op, &tensors, one).or_else(|| numeric::fold(op, &tensors, attrs, one))
    {
        return Some(vec![t]);
    }
    (0..results.len()).map(|k| moved(op, &tensors, attrs, results.get(k)?, k)).collect()
}

/// Whether the results are small, or not much larger than what they replace.
fn worth_it(inputs: &[&Tensor], results: &[Type]) -> bool {
    let width = |d: floe_graph::DType| d.bytes().unwrap_or(8);
    let size = |t: &Type| {
        let shape: Option<Vec<usize>> = t.shape.iter().map(Dim::size).collect();
        shape.and_then(|s| count(&s)).and_then(|n| n.checked_mul(width(t.dtype)))
    };
    let given: usize = inputs.iter().map(|t| t.len().saturating_mul(width(t.dtype()))).sum();
    let made = results.iter().try_fold(0usize, |n, t| n.checked_add(size(t)?));
    made.is_some_and(|n| n <= SMALL || n <= given.saturating_mul(GROWTH))
}

/// Movements of a whole tensor that need no index for each element.
fn whole(op: Builtin, inputs: &[&Tensor], result: &Type) -> Option<Tensor> {
    let shape: Vec<usize> = result.shape.iter().map(Dim::size).collect::<Option<_>>()?;
    match (op, inputs) {
        (Builtin::Reshape | Builtin::Squeeze | Builtin::ExpandDims, [x, ..]) => x.reshaped(&shape),
        (Builtin::Transpose, [x, perm]) => {
            let rank = x.shape().len();
            let perm: Option<Vec<usize>> =
                perm.to_ints()?.into_iter().map(|p| crate::infer::axis(p, rank)).collect();
            x.transposed(&perm?)
        }
        (Builtin::Fill, [_, value]) => Tensor::fill(result.dtype, shape, value.splat()?.to_vec()),
        (Builtin::BroadcastTo, [x, ..]) if x.splat().is_some() => {
            Tensor::fill(result.dtype, shape, x.splat()?.to_vec())
        }
        _ => None,
    }
}

/// Result `k` of an operator that only moves elements.
fn moved(
    op: Builtin,
    inputs: &[&Tensor],
    attrs: &Attrs,
    result: &Type,
    k: usize,
) -> Option<Tensor> {
    let shape: Vec<usize> = result.shape.iter().map(Dim::size).collect::<Option<_>>()?;
    let shapes: Vec<&[usize]> = inputs.iter().map(|t| t.shape()).collect();
    let plan = moves::plan(op, &shapes, attrs, &shape, k, &|i| inputs.get(i)?.to_ints())?;
    if result.dtype == floe_graph::DType::String {
        let pick = |s: &Source| {
            let Source::Of(i, at) = *s else { return None };
            inputs.get(i)?.as_strings()?.get(at).cloned()
        };
        return Tensor::strings(shape, plan.iter().map(pick).collect::<Option<_>>()?);
    }
    let width = result.dtype.bytes()?;
    let sources: Vec<Option<bytes::Bytes>> = inputs.iter().map(|t| t.bytes()).collect();
    let mut out = Vec::with_capacity(plan.len().checked_mul(width)?);
    for s in plan {
        match s {
            Source::Zero => out.resize(out.len() + width, 0),
            Source::Of(i, at) => {
                let start = at.checked_mul(width)?;
                let from = sources.get(i)?.as_ref()?;
                out.extend_from_slice(from.get(start..start.checked_add(width)?)?);
            }
        }
    }
    Tensor::new(result.dtype, shape, out)
}
