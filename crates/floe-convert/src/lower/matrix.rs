//! Diagonals and bands of matrices.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Builtin as B, Dim, Reason, Scope, Tensor, ValueId};

pub(super) const OPS: Family = &[
    ("MatrixBandPart", band),
    ("MatrixDiag", |cx, s| {
        let x = s.x(0)?;
        one(cx.op(B::MatrixDiag, &[x]))
    }),
    ("MatrixDiagV2", diag),
    ("MatrixDiagV3", diag),
    ("MatrixSetDiag", set_diag),
    ("MatrixSetDiagV2", set_diag),
    ("MatrixSetDiagV3", set_diag),
];

/// Inputs: diagonal, k, rows, columns, padding. TFLite has the plain square case.
fn diag(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    if s.ints(cx, 1)?.iter().any(|&k| k != 0) {
        return Err("TFLite's MATRIX_DIAG sets the main diagonal only (k = 0)".into());
    }
    let last = cx.get(x).shape.last().and_then(Dim::get);
    for i in [2, 3] {
        let n = s.int(cx, i)?;
        if n != -1 && Some(n) != last {
            return Err("TFLite's MATRIX_DIAG makes square matrices only".into());
        }
    }
    one(cx.op(B::MatrixDiag, &[x]))
}

/// Inputs: matrix, diagonal, k.
fn set_diag(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, d) = (s.x(0)?, s.x(1)?);
    if s.inputs.len() > 2 && s.ints(cx, 2)?.iter().any(|&k| k != 0) {
        return Err("TFLite's MATRIX_SET_DIAG sets the main diagonal only (k = 0)".into());
    }
    one(cx.op(B::MatrixSetDiag, &[x, d]))
}

/// A product with a mask; what is outside the band is zero. Inputs: matrix, lower, upper.
fn band(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let (lower, upper) = (s.int(cx, 1)?, s.int(cx, 2)?);
    let [.., rows, columns] = cx.get(x).shape.as_slice() else {
        return Err("it needs at least 2 dimensions".into());
    };
    let (Some(rows), Some(columns)) = (rows.size(), columns.size()) else {
        return Err("the matrix's size is unknown".into());
    };
    let mask = mask(cx, rows, columns, lower, upper)?;
    let zero = cx.scalar(cx.get(x).dtype, 0.0)?;
    one(cx.op(B::SelectV2, &[mask, x, zero]))
}

fn mask(
    cx: &mut Cx<'_, '_>,
    rows: usize,
    columns: usize,
    lower: i64,
    upper: i64,
) -> Result<ValueId, Reason> {
    if rows.saturating_mul(columns) > 1 << 24 {
        return Err("the matrix is too large for a constant mask".into());
    }
    let inside = |r: i64, c: i64| (lower < 0 || r - c <= lower) && (upper < 0 || c - r <= upper);
    let bits: Vec<i64> = (0..rows as i64)
        .flat_map(|r| (0..columns as i64).map(move |c| i64::from(inside(r, c))))
        .collect();
    let t = Tensor::ints(floe_graph::DType::Bool, &[rows, columns], &bits);
    Ok(cx.constant(t.ok_or("the mask does not fit")?))
}
