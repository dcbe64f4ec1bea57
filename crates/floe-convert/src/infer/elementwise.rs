//! Operators on elements: results of the inputs' (broadcast) shape.

use super::{Call, Type, Types, broadcast};
use crate::ir::Builtin as B;
use floe_graph::DType;

/// Operators that compare or decide: their result is bool.
const LOGICAL: &[B] = &[
    B::Equal,
    B::NotEqual,
    B::Less,
    B::LessEqual,
    B::Greater,
    B::GreaterEqual,
    B::LogicalAnd,
    B::LogicalOr,
];

pub(super) fn same(c: Call<'_>) -> Types {
    c.like(c.x(0)?.shape.clone())
}

pub(super) fn cast(c: Call<'_>) -> Types {
    let to = c.attrs.dtype("out_data_type").ok_or("CAST needs out_data_type")?;
    Ok(vec![Type::new(to, c.x(0)?.shape.clone())])
}

pub(super) fn binary(c: Call<'_>) -> Types {
    let (a, b) = (c.x(0)?, c.x(1)?);
    let shape = broadcast(c.symbols, &a.shape, &b.shape)?;
    let dtype = if LOGICAL.contains(&c.op) { DType::Bool } else { a.dtype };
    Ok(vec![Type::new(dtype, shape)])
}

pub(super) fn select(c: Call<'_>) -> Types {
    let (cond, a, b) = (c.x(0)?, c.x(1)?, c.x(2)?);
    let mut shape = broadcast(c.symbols, &a.shape, &b.shape)?;
    if c.op == B::SelectV2 {
        shape = broadcast(c.symbols, &cond.shape, &shape)?;
    }
    Ok(vec![Type::new(a.dtype, shape)])
}

pub(super) fn add_n(c: Call<'_>) -> Types {
    same(c)
}

pub(super) fn real_part(c: Call<'_>) -> Types {
    let dtype = match c.x(0)?.dtype {
        DType::Complex128 => DType::Float64,
        _ => DType::Float32,
    };
    Ok(vec![Type::new(dtype, c.x(0)?.shape.clone())])
}

pub(super) fn bucketize(c: Call<'_>) -> Types {
    Ok(vec![Type::new(DType::Int32, c.x(0)?.shape.clone())])
}

pub(super) fn bitcast(c: Call<'_>) -> Types {
    let to = c.attrs.dtype("to").ok_or("BITCAST needs a type")?;
    let from = c.x(0)?;
    let mut shape = from.shape.clone();
    match (from.dtype.bytes(), to.bytes()) {
        (Some(a), Some(b)) if a == b => {}
        (Some(a), Some(b)) if a > b => shape.push((a / b.max(1)).into()),
        (Some(_), Some(_)) => {
            shape.pop();
        }
        _ => return Err("BITCAST needs types with bytes".into()),
    }
    Ok(vec![Type::new(to, shape)])
}

pub(super) fn requantize(c: Call<'_>) -> Types {
    let to = c.attrs.dtype("to").unwrap_or(DType::Float32);
    Ok(vec![Type::new(to, c.x(0)?.shape.clone())])
}
