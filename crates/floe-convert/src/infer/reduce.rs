//! Operators that reduce dimensions.

use super::{Call, Type, Types, need_axis};
use crate::ir::Dim;
use floe_graph::DType;

pub(super) fn reduce(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let keep = c.attrs.bool("keep_dims");
    let axes: Vec<usize> =
        c.ints(1)?.iter().map(|&a| need_axis(a, x.rank())).collect::<Result<_, _>>()?;
    let shape = x
        .shape
        .iter()
        .enumerate()
        .filter_map(|(i, d)| match axes.contains(&i) {
            true if keep => Some(Dim::known(1)),
            true => None,
            false => Some(d.clone()),
        })
        .collect();
    c.like(shape)
}

pub(super) fn arg(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let first = c.ints(1)?.first().copied().ok_or("the axis is missing")?;
    let axis = need_axis(first, x.rank())?;
    let mut shape = x.shape.clone();
    shape.remove(axis);
    let dtype = c.attrs.dtype("output_type").unwrap_or(DType::Int64);
    Ok(vec![Type::new(dtype, shape)])
}
