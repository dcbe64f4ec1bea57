//! Pools. TFLite has 2-D pools over height and width alone; a 3-D pool is done plane by plane.

use super::conv::{channels_first, from_last, padded, plane, to_last};
use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::import::TfNode;
use crate::infer::{SAME, VALID};
use crate::ir::{Attrs, Builtin as B, Dim, Reason, Scope};

pub(super) const OPS: Family = &[
    ("AvgPool", |cx, s| pool(cx, s, B::AveragePool2d)),
    ("AvgPool3D", |cx, s| pool_3d(cx, s, B::AveragePool2d)),
    ("MaxPool", |cx, s| pool(cx, s, B::MaxPool2d)),
    ("MaxPool3D", |cx, s| pool_3d(cx, s, B::MaxPool2d)),
    ("MaxPoolV2", max_pool_v2),
];

fn pool(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Lowered {
    let (k, st) = (s.node.ints("ksize"), s.node.ints("strides"));
    pool_by(cx, s, op, k, st)
}

fn max_pool_v2(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (k, st) = (s.ints(cx, 1)?, s.ints(cx, 2)?);
    pool_by(cx, s, B::MaxPool2d, &k, &st)
}

fn pool_by(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B, k: &[i64], st: &[i64]) -> Lowered {
    let first = channels_first(s.node)?;
    let outside = |l: &[i64]| {
        let (h, w) = plane(l, first);
        l.iter().product::<i64>() != h.saturating_mul(w)
    };
    if outside(k) || outside(st) {
        return Err("TFLite pools over height and width only, not over batch or channels".into());
    }
    let x = to_last(cx, s.x(0)?, first)?;
    let explicit = s.node.text("padding", "VALID") == "EXPLICIT";
    if explicit && op == B::AveragePool2d {
        return Err("TFLite's average pool has no explicit padding".into());
    }
    let (x, padding) = padded(cx, s.node, x, first, f32::MIN)?;
    let y = cx.op_with(op, &[x], options(plane(k, first), plane(st, first), padding))?;
    one(from_last(cx, y, first))
}

fn options((h, w): (i64, i64), (sh, sw): (i64, i64), padding: i64) -> Attrs {
    Attrs::new()
        .with("padding", padding)
        .with("filter_height", h)
        .with("filter_width", w)
        .with("stride_h", sh)
        .with("stride_w", sw)
        .with("fused_activation_function", 0i64)
}

/// Max and mean are separable: first each plane as `[N × D, H, W, C]`, then along the depth as
/// `[N, D, H' × W', C]`. The mean with SAME padding is not, where windows reach over the edge.
fn pool_3d(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, op: B) -> Lowered {
    if channels_first(s.node)? {
        return Err("TFLite cannot pool NCDHW; use NDHWC".into());
    }
    let (k, st) = (triple(s.node, "ksize")?, triple(s.node, "strides")?);
    let padding = if s.node.text("padding", "VALID") == "SAME" { SAME } else { VALID };
    let x = s.x(0)?;
    let [n, d, h, w, c] =
        cx.get(x).shape.clone().try_into().map_err(|_| "it needs 5 dimensions")?;
    let both = n.mul(&d).ok_or("a dimension overflows")?;
    let x = cx.reshape(x, &[both, h, w, c.clone()])?;
    let y = cx.op_with(op, &[x], options((k.1, k.2), (st.1, st.2), padding))?;
    let [_, h, w, _]: [Dim; 4] = cx.get(y).shape.clone().try_into().map_err(|_| "no plane")?;
    let area = h.mul(&w).ok_or("a dimension overflows")?;
    let y = cx.reshape(y, &[n.clone(), d, area, c.clone()])?;
    let z = cx.op_with(op, &[y], options((k.0, 1), (st.0, 1), padding))?;
    let depth: Dim = cx.get(z).shape.get(1).cloned().ok_or("no depth")?;
    one(cx.reshape(z, &[n, depth, h, w, c]))
}

/// The entries of a list over NDHWC that belong to depth, height and width.
fn triple(node: &TfNode<'_>, name: &str) -> Result<(i64, i64, i64), Reason> {
    match node.ints(name) {
        [1, d, h, w, 1] => Ok((*d, *h, *w)),
        _ => Err(format!("its {name} reaches over batch or channels").into()),
    }
}
