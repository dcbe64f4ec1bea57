//! Operators on indices, and operators whose result's length depends on the data.

use super::{Call, Type, Types, axis, need_axis, overflow};
use crate::ir::{Builtin as B, Dim};
use floe_graph::DType;

pub(super) fn range(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let one = |i: usize| c.dims(i).map(|d| d.and_then(|d| d.first().cloned()));
    let floats = |i: usize| c.inputs.get(i).copied().flatten()?.tensor()?.scalar_f32();
    let len = match (one(0)?, one(1)?, one(2)?) {
        (Some(a), Some(b), Some(step)) => c
            .symbols
            .sub(&b, &a)
            .and_then(|span| c.symbols.ceil_div(&span, &step))
            .map(|n| if n.get().is_some_and(|n| n < 0) { Dim::known(0) } else { n })
            .ok_or("the step of a range is 0")?,
        _ => match (floats(0), floats(1), floats(2)) {
            (Some(a), Some(b), Some(step)) if step != 0.0 => {
                let n = ((f64::from(b) - f64::from(a)) / f64::from(step)).ceil().max(0.0);
                Dim::known(n as i64)
            }
            _ => c.unknown(),
        },
    };
    Ok(vec![Type::new(x.dtype, vec![len])])
}

pub(super) fn shape(c: Call<'_>) -> Types {
    let dtype = c.attrs.dtype("out_type").unwrap_or(DType::Int32);
    Ok(vec![Type::new(dtype, vec![c.x(0)?.rank().into()])])
}

pub(super) fn rank(_: Call<'_>) -> Types {
    Ok(vec![Type::new(DType::Int32, vec![])])
}

pub(super) fn gather(c: Call<'_>) -> Types {
    let (x, at) = (c.x(0)?, c.x(1)?);
    let axis = need_axis(c.attrs.int("axis"), x.rank())?;
    let batch = usize::try_from(c.attrs.int("batch_dims")).map_err(|_| overflow())?;
    let mut out = x.shape.get(..axis).unwrap_or_default().to_vec();
    out.extend(
        at.shape.get(batch..).ok_or("batch_dims exceeds the indices' rank")?.iter().cloned(),
    );
    out.extend(x.shape.get(axis + 1..).unwrap_or_default().iter().cloned());
    c.like(out)
}

pub(super) fn gather_nd(c: Call<'_>) -> Types {
    let (x, at) = (c.x(0)?, c.x(1)?);
    let (last, lead) = at.shape.split_last().ok_or("the indices are a scalar")?;
    let depth = last.size().ok_or("the last dimension of the indices is unknown")?;
    let mut out = lead.to_vec();
    out.extend(x.shape.get(depth..).ok_or("the indices are deeper than the rank")?.iter().cloned());
    c.like(out)
}

pub(super) fn scatter_nd(c: Call<'_>) -> Types {
    let dtype = c.x(1)?.dtype;
    let shape = match c.dims(2)? {
        Some(d) => d,
        None => {
            let rank = c.x(2)?.shape.first().and_then(Dim::size);
            c.unknowns(rank.ok_or("the rank of the result is unknown")?)
        }
    };
    Ok(vec![Type::new(dtype, shape)])
}

pub(super) fn one_hot(c: Call<'_>) -> Types {
    let at = c.x(0)?;
    let depth = c.dims(1)?.and_then(|d| d.first().cloned()).unwrap_or_else(|| c.unknown());
    let mut shape = at.shape.clone();
    let axis = need_axis(c.attrs.int("axis"), shape.len() + 1)?;
    shape.insert(axis, depth);
    Ok(vec![Type::new(c.x(2)?.dtype, shape)])
}

pub(super) fn topk(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let k = c.dims(1)?.and_then(|d| d.first().cloned()).unwrap_or_else(|| c.unknown());
    let mut shape = x.shape.clone();
    *shape.last_mut().ok_or("TOPK_V2 of a scalar")? = k;
    Ok(vec![Type::new(x.dtype, shape.clone()), Type::new(DType::Int32, shape)])
}

pub(super) fn unique(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let dtype = c.attrs.dtype("idx_out_type").unwrap_or(DType::Int32);
    Ok(vec![Type::new(x.dtype, vec![c.unknown()]), Type::new(dtype, x.shape.clone())])
}

pub(super) fn where_(c: Call<'_>) -> Types {
    let rank = c.x(0)?.rank();
    Ok(vec![Type::new(DType::Int64, vec![c.unknown(), rank.into()])])
}

pub(super) fn embedding_lookup(c: Call<'_>) -> Types {
    let (ids, table) = (c.x(0)?, c.x(1)?);
    let mut shape = ids.shape.clone();
    shape.extend(table.shape.get(1..).unwrap_or_default().iter().cloned());
    Ok(vec![Type::new(table.dtype, shape)])
}

pub(super) fn segment_sum(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let segments = c.x(1)?.ints().and_then(|ids| ids.last().map(|&n| n.saturating_add(1)));
    let mut shape = x.shape.clone();
    *shape.first_mut().ok_or("SEGMENT_SUM of a scalar")? =
        segments.map_or_else(|| c.unknown(), Dim::known);
    c.like(shape)
}

pub(super) fn unsorted_segment(c: Call<'_>) -> Types {
    let (x, ids) = (c.x(0)?, c.x(1)?);
    let n = c.dims(2)?.and_then(|d| d.first().cloned()).unwrap_or_else(|| c.unknown());
    let mut shape = vec![n];
    shape.extend(x.shape.get(ids.rank()..).unwrap_or_default().iter().cloned());
    c.like(shape)
}

/// V4: indices, count. V5: indices, scores, count.
pub(super) fn non_max_suppression(c: Call<'_>) -> Types {
    let max = c.dims(2)?.and_then(|d| d.first().cloned()).unwrap_or_else(|| c.unknown());
    let mut out = vec![Type::new(DType::Int32, vec![max.clone()])];
    if c.op == B::NonMaxSuppressionV5 {
        out.push(Type::new(DType::Float32, vec![max]));
    }
    out.push(Type::new(DType::Int32, vec![]));
    Ok(out)
}

pub(super) fn matrix_diag(c: Call<'_>) -> Types {
    let mut shape = c.x(0)?.shape.clone();
    shape.push(shape.last().cloned().ok_or("MATRIX_DIAG of a scalar")?);
    c.like(shape)
}

pub(super) fn multinomial(c: Call<'_>) -> Types {
    let n = c.dims(1)?.and_then(|d| d.first().cloned()).unwrap_or_else(|| c.unknown());
    let at = axis(0, c.x(0)?.rank()).ok_or("MULTINOMIAL of a scalar")?;
    let rows = c.x(0)?.shape.get(at).cloned().ok_or_else(overflow)?;
    let dtype = c.attrs.dtype("output_type").unwrap_or(DType::Int64);
    Ok(vec![Type::new(dtype, vec![rows, n])])
}
