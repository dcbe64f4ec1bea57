//! Einsum as a matrix product between transposes and reshapes.
//!
//! Of two operands, each letter is a batch (in both and the result), contracted (in both, not in the
//! result), or free (in one and the result). The left side becomes `[batch…, free, contracted]`, the
//! right `[batch…, contracted, free]`.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Dim, Reason, Scope, ValueId};

pub(super) const OPS: Family = &[("Einsum", einsum)];

fn einsum(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let equation = s.node.text("equation", "");
    let (left, out) = equation.split_once("->").ok_or("its equation has no '->'")?;
    let mut terms: Vec<Vec<char>> = left.split(',').map(|t| t.chars().collect()).collect();
    let mut out: Vec<char> = out.chars().collect();
    let values = s.all()?;
    if terms.len() != values.len() {
        return Err("its equation names another number of operands".into());
    }
    expand_dots(cx, &values, &mut terms, &mut out)?;
    let fits = terms.iter().zip(&values).all(|(t, &v)| t.len() == cx.get(v).rank());
    if !fits || out.iter().any(|c| !terms.iter().any(|t| t.contains(c))) {
        return Err("its equation does not fit its operands".into());
    }
    match (terms.as_slice(), values.as_slice()) {
        ([t], [v]) => one(unary(cx, *v, t, &out)),
        ([a, b], [x, y]) => one(pair(cx, (*x, a), (*y, b), &out)),
        _ => Err("it has more than two operands".into()),
    }
}

/// Replaces an ellipsis by letters of its own, the same ones counted from the right in every term.
fn expand_dots(
    cx: &Cx<'_, '_>,
    values: &[ValueId],
    terms: &mut [Vec<char>],
    out: &mut Vec<char>,
) -> Result<(), Reason> {
    let mut widest: Vec<char> = Vec::new();
    for (t, &v) in terms.iter_mut().zip(values) {
        let Some(at) = t.iter().position(|c| *c == '.') else { continue };
        let named = t.len().saturating_sub(3);
        let n = cx.get(v).rank().checked_sub(named).ok_or("its operand has too few dimensions")?;
        let dots: Vec<char> = (0..n).rev().filter_map(|i| char::from_digit(i as u32, 36)).collect();
        t.splice(at..(at + 3).min(t.len()), dots.iter().copied());
        if dots.len() > widest.len() {
            widest = dots;
        }
    }
    if let Some(at) = out.iter().position(|c| *c == '.') {
        out.splice(at..(at + 3).min(out.len()), widest);
    }
    Ok(())
}

/// The order that takes dimensions named `from` to those named `to`.
fn order(from: &[char], to: &[char]) -> Option<Vec<i64>> {
    to.iter().map(|c| Some(from.iter().position(|f| f == c)? as i64)).collect()
}

/// `v` with its dimensions `from` in the order `to`.
fn arrange(cx: &mut Cx<'_, '_>, v: ValueId, from: &[char], to: &[char]) -> Result<ValueId, Reason> {
    let perm = order(from, to).ok_or("its equation repeats or loses a letter")?;
    if perm.iter().enumerate().all(|(i, &p)| p == i as i64) {
        return Ok(v);
    }
    cx.transpose(v, &perm)
}

/// A sum over the letters that are not in the result, then a transpose.
fn unary(cx: &mut Cx<'_, '_>, v: ValueId, term: &[char], out: &[char]) -> Result<ValueId, Reason> {
    let gone: Vec<i64> = (0..term.len())
        .filter(|&i| term.get(i).is_some_and(|c| !out.contains(c)))
        .map(|i| i as i64)
        .collect();
    let kept: Vec<char> = term.iter().copied().filter(|c| out.contains(c)).collect();
    let mut v = v;
    if !gone.is_empty() {
        let axes = cx.i32s(&gone)?;
        v = cx.op_with(B::Sum, &[v, axes], Attrs::new().with("keep_dims", false))?;
    }
    arrange(cx, v, &kept, out)
}

/// The letters of an operand by their part in the product.
struct Roles {
    batch: Vec<char>,
    contracted: Vec<char>,
    left: Vec<char>,
    right: Vec<char>,
}

fn roles(a: &[char], b: &[char], out: &[char]) -> Roles {
    let both = |c: &&char| a.contains(c) && b.contains(c);
    Roles {
        batch: out.iter().filter(both).copied().collect(),
        contracted: a.iter().filter(both).filter(|c| !out.contains(c)).copied().collect(),
        left: a.iter().filter(|c| !b.contains(c) && out.contains(c)).copied().collect(),
        right: b.iter().filter(|c| !a.contains(c) && out.contains(c)).copied().collect(),
    }
}

/// An operand and the letters of its dimensions.
type Term<'a> = (ValueId, &'a [char]);

fn pair(
    cx: &mut Cx<'_, '_>,
    (x, a): Term<'_>,
    (y, b): Term<'_>,
    out: &[char],
) -> Result<ValueId, Reason> {
    let (x, a) = drop_lone(cx, x, a, b, out)?;
    let (y, b) = drop_lone(cx, y, b, &a, out)?;
    let r = roles(&a, &b, out);
    let dim = |cx: &Cx<'_, '_>, c: &char| -> Result<Dim, Reason> {
        let find = |v: ValueId, t: &[char]| {
            let at = t.iter().position(|x| x == c)?;
            cx.get(v).shape.get(at).cloned()
        };
        find(x, &a).or_else(|| find(y, &b)).ok_or_else(|| "a letter has no dimension".into())
    };
    let dims = |cx: &Cx<'_, '_>, letters: &[char]| -> Result<Vec<Dim>, Reason> {
        letters.iter().map(|c| dim(cx, c)).collect()
    };
    let (batch, free_x) = (dims(cx, &r.batch)?, dims(cx, &r.left)?);
    let (free_y, inner) = (dims(cx, &r.right)?, dims(cx, &r.contracted)?);
    let size = |cx: &Cx<'_, '_>, d: &[Dim]| cx.symbols().product(d).ok_or("a dimension overflows");
    let depth = size(cx, &inner)?;

    // A constant matrix on the right contracts whole: a dense layer over the leading dimensions.
    let dense = r.batch.is_empty() && cx.get(y).tensor().is_some();
    let joined: Vec<char> = [&*r.batch, &*r.left, &*r.contracted].concat();
    let mut left = arrange(cx, x, &a, &joined)?;
    let mut left_dims = batch.clone();
    if dense || r.left.len() == 1 {
        left_dims.extend(free_x.iter().cloned());
    } else {
        left_dims.push(size(cx, &free_x)?);
    }
    if dense && left_dims.is_empty() {
        left_dims.push(Dim::known(1));
    }
    left_dims.push(depth.clone());
    left = cx.reshape(left, &left_dims)?;

    // A right side that already ends in the contracted letters is read transposed instead.
    let plain: Vec<char> = [&*r.batch, &*r.contracted, &*r.right].concat();
    let turned: Vec<char> = [&*r.batch, &*r.right, &*r.contracted].concat();
    let adj = !dense && b == turned && b != plain;
    let right = arrange(cx, y, &b, if adj { &turned } else { &plain })?;
    let mut right_dims = batch.clone();
    let columns = size(cx, &free_y)?;
    right_dims.extend(if adj { [columns, depth] } else { [depth, columns] });
    let right = cx.reshape(right, &right_dims)?;

    let z = super::matmul::product(cx, left, right, false, adj)?;
    let got: Vec<char> = [&*r.batch, &*r.left, &*r.right].concat();
    let z = cx.reshape(z, &[batch, free_x, free_y].concat())?;
    arrange(cx, z, &got, out)
}

/// `v` summed over the letters that only it has and the result has not.
fn drop_lone(
    cx: &mut Cx<'_, '_>,
    v: ValueId,
    own: &[char],
    other: &[char],
    out: &[char],
) -> Result<(ValueId, Vec<char>), Reason> {
    let kept: Vec<char> =
        own.iter().copied().filter(|c| other.contains(c) || out.contains(c)).collect();
    Ok((unary(cx, v, own, &kept)?, kept))
}
