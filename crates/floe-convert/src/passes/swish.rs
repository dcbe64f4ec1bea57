//! Activations that graphs spell out: hard-swish, GELU, PReLU; and what is left of the error function.

use super::view::View;
use super::{Pass, Rule};
use crate::ir::{Attrs, Builtin as B, Op, Patch, Scope, ValueId};

pub(super) const PASS: Pass = Pass { name: "swish", rules: RULES };

const RULES: &[Rule] = &[
    super::activation::clip,
    super::activation::leaky,
    hard_swish,
    gelu,
    gelu_tanh,
    prelu,
    super::norm::l2,
];

/// Whether `a` is `b` as far as float32 rounding of a constant goes.
fn near(a: f32, b: f64) -> bool {
    (f64::from(a) - b).abs() <= b.abs() * 1e-5
}

/// A product of factors, as the tree of MULs and of DIVs by constants under `v`: the non-constant
/// factors, the product of the constant numbers, and the nodes.
struct Product<'g> {
    factors: Vec<ValueId>,
    number: f64,
    nodes: Vec<View<'g>>,
}

fn product<'g>(at: &View<'g>) -> Option<Product<'g>> {
    let mut p = Product { factors: Vec::new(), number: 1.0, nodes: vec![*at] };
    let mut stack = Vec::new();
    expand(at, at, &mut p, &mut stack)?;
    while let Some(v) = stack.pop() {
        let inner = at.maker(v).filter(|m| m.is_read_once() && p.nodes.len() < 6);
        match inner {
            Some(m) if expand(at, &m, &mut p, &mut stack).is_some() => p.nodes.push(m),
            _ => p.factors.push(v),
        }
    }
    Some(p)
}

fn expand<'g>(
    at: &View<'g>,
    m: &View<'g>,
    p: &mut Product<'g>,
    stack: &mut Vec<ValueId>,
) -> Option<()> {
    if !m.is_plain() {
        return None;
    }
    let a = m.input(0)?;
    if m.is(B::Mul) {
        for v in [a, m.input(1)?] {
            match at.number(v) {
                Some(k) => p.number *= f64::from(k),
                None => stack.push(v),
            }
        }
        return Some(());
    }
    if m.is(B::Div) {
        p.number /= f64::from(at.number(m.input(1)?)?);
        stack.push(a);
        return Some(());
    }
    if m.is(B::Neg) {
        p.number = -p.number;
        stack.push(a);
        return Some(());
    }
    None
}

/// The two factors, `x` and the other.
fn two(p: &Product<'_>) -> Option<[(ValueId, ValueId); 2]> {
    let [a, b] = p.factors.as_slice() else { return None };
    Some([(*a, *b), (*b, *a)])
}

fn finish<'g>(
    at: &View<'g>,
    p: &Product<'g>,
    also: &[View<'g>],
    op: B,
    x: ValueId,
    attrs: Attrs,
) -> Option<Patch<'g>> {
    let nodes: Vec<_> = p.nodes.iter().chain(also).map(|v| v.node).collect();
    if at.value(at.result()?).shape != at.value(x).shape {
        return None;
    }
    at.become_op(&nodes, op, &[x], attrs)
}

/// The sum of `x` and a number.
fn plus(at: &View<'_>, v: ValueId, want: f64) -> Option<ValueId> {
    let add = at.made_by(v, B::Add).filter(View::is_plain)?;
    let (x, k) = add.with_constant()?;
    near(at.number(k)?, want).then_some(x)
}

/// x × relu6(x + 3) / 6.
fn hard_swish<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !matches!(at.node.op, Op::Builtin(B::Mul | B::Div)) {
        return None;
    }
    let p = product(at)?;
    if !near(p.number as f32, 1.0 / 6.0) {
        return None;
    }
    two(&p)?.into_iter().find_map(|(x, gate)| {
        let relu = at.made_by(gate, B::Relu6).filter(View::is_read_once)?;
        (plus(at, relu.input(0)?, 3.0)? == x).then_some(())?;
        finish(at, &p, &[relu], B::HardSwish, x, Attrs::new())
    })
}

/// 0.5 × x × (1 + erf(x / √2)), or 0.5 × x × erfc(-x / √2).
fn gelu<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !matches!(at.node.op, Op::Builtin(B::Mul | B::Div)) {
        return None;
    }
    let p = product(at)?;
    if !near(p.number as f32, 0.5) {
        return None;
    }
    let root = std::f64::consts::FRAC_1_SQRT_2;
    two(&p)?.into_iter().find_map(|(x, gate)| {
        let (erf, want) = match plus(at, gate, 1.0) {
            Some(e) => (at.made_by_custom(e, "Erf")?, root),
            None => (at.made_by_custom(gate, "Erfc")?, -root),
        };
        let inner = at.maker(erf.input(0)?)?;
        let q = product(&inner)?;
        (q.factors == [x] && near(q.number as f32, want)).then_some(())?;
        finish(at, &p, &[erf, inner], B::Gelu, x, Attrs::new().with("approximate", false))
    })
}

/// 0.5 × x × (1 + tanh(√(2/π) × (x + 0.044715 × x³))).
fn gelu_tanh<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !at.is(B::Mul) {
        return None;
    }
    let p = product(at)?;
    if !near(p.number as f32, 0.5) {
        return None;
    }
    two(&p)?.into_iter().find_map(|(x, gate)| {
        let tanh = at.made_by(plus(at, gate, 1.0)?, B::Tanh)?;
        let inner = at.maker(tanh.input(0)?)?;
        let q = product(&inner)?;
        near(q.number as f32, (2.0 / std::f64::consts::PI).sqrt()).then_some(())?;
        let [sum] = q.factors.as_slice() else { return None };
        let add = at.made_by(*sum, B::Add)?;
        let cube = add.either_order()?.into_iter().find_map(|(a, b)| (a == x).then_some(b))?;
        let cube = at.maker(cube)?;
        let r = product(&cube)?;
        (near(r.number as f32, 0.044_715) && is_cube(at, &r.factors, x)).then_some(())?;
        let also = [tanh, inner, add, cube];
        finish(at, &p, &also, B::Gelu, x, Attrs::new().with("approximate", true))
    })
}

/// Whether the factors are x³: a power, or x and x² or x three times.
fn is_cube(at: &View<'_>, factors: &[ValueId], x: ValueId) -> bool {
    let square = |v: ValueId| at.made_by(v, B::Square).is_some_and(|s| s.input(0) == Some(x));
    match factors {
        [a, b, c] => *a == x && *b == x && *c == x,
        [a, b] => (*a == x && square(*b)) || (*b == x && square(*a)),
        [a] => at.made_by(*a, B::Pow).is_some_and(|p| {
            p.input(0) == Some(x) && p.input(1).and_then(|k| at.number(k)) == Some(3.0)
        }),
        _ => false,
    }
}

/// relu(x) + c × relu(-x) is PRELU with alpha = -c.
fn prelu<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !at.is(B::Add) || !at.is_plain() {
        return None;
    }
    at.either_order()?.into_iter().find_map(|(a, b)| {
        let pos = at.made_by(a, B::Relu).filter(View::is_read_once)?;
        let x = pos.input(0)?;
        let mul = at.made_by(b, B::Mul).filter(|m| m.is_plain() && m.is_read_once())?;
        let (r, c) = mul.with_constant()?;
        let relu = at.made_by(r, B::Relu)?;
        let neg = at.made_by(relu.input(0)?, B::Neg)?;
        (neg.input(0) == Some(x)).then_some(())?;
        let t = at.tensor(c)?;
        let alpha: Vec<f32> = t.to_f32()?.iter().map(|v| -v).collect();
        let mut shape = t.shape().to_vec();
        // The kernel wants alpha over every dimension but the batch.
        while shape.len() + 1 > at.value(x).rank() && shape.first() == Some(&1) {
            shape.remove(0);
        }
        while shape.len() + 1 < at.value(x).rank() {
            shape.insert(0, 1);
        }
        let mut patch = at.patch(&[pos.node, mul.node, relu.node, neg.node]);
        let alpha = patch.constant(crate::ir::Tensor::f32(&shape, &alpha)?);
        let new = patch.op(B::Prelu, &[x, alpha]).ok()?;
        (patch.get(new).shape == at.value(at.result()?).shape).then_some(())?;
        Some(patch.replacing(at.result()?, new))
    })
}
