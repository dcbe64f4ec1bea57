//! Operators that only move elements, as a plan: for each output element, where it comes from. One
//! plan serves constants of every dtype, strings, and symbolic shapes.
//!
//! Invariant: a plan has as many sources as the output has elements.

use crate::infer::axis;
use crate::ir::{Attrs, Builtin as B, count, strides};

/// Elements above which no plan is made.
const MAX_PLAN: usize = 1 << 22;

/// Where an output element comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// It is zero.
    Zero,
    /// Input number and element index.
    Of(usize, usize),
}

/// The known integers of an input.
type Ints<'a> = &'a dyn Fn(usize) -> Option<Vec<i64>>;

/// Where the elements of output `k` of `op` come from; `None` for operators that compute.
pub(super) fn plan(
    op: B,
    shapes: &[&[usize]],
    attrs: &Attrs,
    out: &[usize],
    k: usize,
    ints: Ints<'_>,
) -> Option<Vec<Source>> {
    if count(out)? > MAX_PLAN {
        return None;
    }
    let x = *shapes.first()?;
    match op {
        B::Reshape | B::Squeeze | B::ExpandDims => {
            Some((0..count(out)?).map(|i| Source::Of(0, i)).collect())
        }
        B::Transpose => {
            let perm: Vec<usize> =
                ints(1)?.into_iter().map(|p| axis(p, x.len())).collect::<Option<_>>()?;
            map(out, |at| {
                let mut from = vec![0; x.len()];
                for (&i, &p) in at.iter().zip(&perm) {
                    *from.get_mut(p)? = i;
                }
                index(x, &from).map(|i| Source::Of(0, i))
            })
        }
        B::Concatenation => join(shapes, out, axis(attrs.int("axis"), out.len())?),
        B::Pack => {
            let at = axis(attrs.int("axis"), out.len())?;
            map(out, |i| {
                let mut rest = i.to_vec();
                let part = rest.remove(at);
                Some(Source::Of(part, index(shapes.get(part)?, &rest)?))
            })
        }
        B::Unpack => {
            let at = axis(attrs.int("axis"), x.len())?;
            map(out, |i| {
                let mut from = i.to_vec();
                from.insert(at, k);
                Some(Source::Of(0, index(x, &from)?))
            })
        }
        B::Split => {
            let (x, at) = (*shapes.get(1)?, axis(*ints(0)?.first()?, out.len())?);
            let start = k.checked_mul(*out.get(at)?)?;
            map(out, |i| Some(Source::Of(1, index(x, &shifted(i, at, start)?)?)))
        }
        B::SplitV => {
            let (sizes, at) = (ints(1)?, axis(*ints(2)?.first()?, out.len())?);
            if sizes.iter().any(|&s| s < 0) {
                return None;
            }
            let start = usize::try_from(sizes.iter().take(k).sum::<i64>()).ok()?;
            map(out, |i| Some(Source::Of(0, index(x, &shifted(i, at, start)?)?)))
        }
        B::Slice => {
            let begin = ints(1)?;
            map(out, |i| {
                let from: Option<Vec<usize>> = i
                    .iter()
                    .zip(&begin)
                    .map(|(&i, &b)| i.checked_add(usize::try_from(b).ok()?))
                    .collect();
                Some(Source::Of(0, index(x, &from?)?))
            })
        }
        B::StridedSlice => strided(x, attrs, out, ints),
        B::Gather => gather(shapes, attrs, out, ints),
        B::Tile => map(out, |i| {
            let from: Option<Vec<usize>> =
                i.iter().zip(x).map(|(&i, &n)| i.checked_rem(n)).collect();
            Some(Source::Of(0, index(x, &from?)?))
        }),
        B::BroadcastTo => map(out, |i| Some(Source::Of(0, broadcast_index(x, i)?))),
        B::Fill => Some(vec![Source::Of(1, 0); count(out)?]),
        B::ZerosLike => Some(vec![Source::Zero; count(out)?]),
        B::Pad | B::Padv2 => {
            let pads = ints(1)?;
            let edge = if op == B::Pad { Source::Zero } else { Source::Of(2, 0) };
            map(out, |i| {
                let inside = i.iter().zip(x).zip(pads.chunks(2)).map(|((&i, &n), p)| {
                    let from = i64::try_from(i).ok()?.checked_sub(*p.first()?)?;
                    usize::try_from(from).ok().filter(|&f| f < n)
                });
                let inside: Option<Vec<usize>> = inside.collect();
                Some(inside.and_then(|from| index(x, &from)).map_or(edge, |at| Source::Of(0, at)))
            })
        }
        B::ReverseV2 => {
            let axes: Vec<usize> =
                ints(1)?.into_iter().map(|a| axis(a, x.len())).collect::<Option<_>>()?;
            map(out, |i| {
                let mut from = i.to_vec();
                for &a in &axes {
                    let n = *x.get(a)?;
                    let slot = from.get_mut(a)?;
                    *slot = n.checked_sub(1)?.checked_sub(*slot)?;
                }
                Some(Source::Of(0, index(x, &from)?))
            })
        }
        _ => None,
    }
}

fn shifted(i: &[usize], at: usize, start: usize) -> Option<Vec<usize>> {
    let mut from = i.to_vec();
    let slot = from.get_mut(at)?;
    *slot = slot.checked_add(start)?;
    Some(from)
}

fn join(shapes: &[&[usize]], out: &[usize], at: usize) -> Option<Vec<Source>> {
    map(out, |i| {
        let mut from = i.to_vec();
        for (part, shape) in shapes.iter().enumerate() {
            let n = *shape.get(at)?;
            let slot = from.get_mut(at)?;
            if *slot < n {
                return Some(Source::Of(part, index(shape, &from)?));
            }
            *slot -= n;
        }
        None
    })
}

fn strided(x: &[usize], attrs: &Attrs, out: &[usize], ints: Ints<'_>) -> Option<Vec<Source>> {
    let (begin, end, step) = (ints(1)?, ints(2)?, ints(3)?);
    let bit = |name: &str, i: usize| i < 32 && (attrs.int(name) >> i) & 1 == 1;
    let mut cuts = Vec::with_capacity(x.len());
    for (i, &n) in x.iter().enumerate() {
        let n = i64::try_from(n).ok()?;
        let shrink = bit("shrink_axis_mask", i);
        let (Some(&b), Some(&e), Some(&s)) = (begin.get(i), end.get(i), step.get(i)) else {
            cuts.push((0, 1, false));
            continue;
        };
        if shrink {
            cuts.push((if b < 0 { b.checked_add(n)? } else { b }, 1, true));
            continue;
        }
        let b = (!bit("begin_mask", i)).then_some(b);
        let e = (!bit("end_mask", i)).then_some(e);
        let cut = crate::infer::known_cut(n, b, e, s);
        cuts.push((cut.begin?, s, false));
    }
    map(out, |i| {
        let mut given = i.iter();
        let from: Option<Vec<usize>> = cuts
            .iter()
            .map(|&(b, s, shrink)| {
                let k = if shrink { 0 } else { i64::try_from(*given.next()?).ok()? };
                usize::try_from(k.checked_mul(s)?.checked_add(b)?).ok()
            })
            .collect();
        Some(Source::Of(0, index(x, &from?)?))
    })
}

fn gather(
    shapes: &[&[usize]],
    attrs: &Attrs,
    out: &[usize],
    ints: Ints<'_>,
) -> Option<Vec<Source>> {
    let [x, at] = shapes else { return None };
    let axis = axis(attrs.int("axis"), x.len())?;
    let batch = usize::try_from(attrs.int("batch_dims")).ok()?;
    let picks = ints(1)?;
    let depth = at.len().checked_sub(batch)?;
    map(out, |i| {
        let lead = i.get(..axis)?;
        let mut pick = lead.get(..batch)?.to_vec();
        pick.extend(i.get(axis..axis + depth)?);
        let row = usize::try_from(*picks.get(index(at, &pick)?)?).ok()?;
        let mut from = lead.to_vec();
        from.push(row);
        from.extend(i.get(axis + depth..)?);
        Some(Source::Of(0, index(x, &from)?))
    })
}

/// The element of `x` that broadcasting puts at `i`.
pub(super) fn broadcast_index(x: &[usize], i: &[usize]) -> Option<usize> {
    let lead = i.len().checked_sub(x.len())?;
    let from: Vec<usize> =
        i.get(lead..)?.iter().zip(x).map(|(&i, &n)| if n == 1 { 0 } else { i }).collect();
    index(x, &from)
}

/// The flat index of `at` in `shape`; `None` outside.
fn index(shape: &[usize], at: &[usize]) -> Option<usize> {
    if shape.len() != at.len() || at.iter().zip(shape).any(|(i, n)| i >= n) {
        return None;
    }
    Some(at.iter().zip(strides(shape)).map(|(i, s)| i * s).sum())
}

/// Calls `f` with each index of `shape` in order.
fn map(shape: &[usize], mut f: impl FnMut(&[usize]) -> Option<Source>) -> Option<Vec<Source>> {
    let n = count(shape)?;
    let mut out = Vec::with_capacity(n);
    let mut at = vec![0usize; shape.len()];
    for _ in 0..n {
        out.push(f(&at)?);
        for (i, &n) in at.iter_mut().zip(shape).rev() {
            *i += 1;
            if *i < n {
                break;
            }
            *i = 0;
        }
    }
    Some(out)
}
