//! Arithmetic on constants: elementwise operators and reductions, float32 in float32 and integers in
//! 64 bits wrapped to their width.
//!
//! Invariant: a dtype that is not listed is not folded.

use super::moves::broadcast_index;
use crate::infer::Type;
use crate::ir::{Attrs, Builtin as B, Dim, Tensor, count, strides};
use floe_graph::DType;

/// Decoded elements.
enum Num {
    F(Vec<f32>),
    I(Vec<i64>),
}

/// The result of `op` as a constant.
pub(super) fn fold(op: B, inputs: &[&Tensor], attrs: &Attrs, result: &Type) -> Option<Tensor> {
    let shape: Vec<usize> = result.shape.iter().map(Dim::size).collect::<Option<_>>()?;
    let num = match inputs {
        [x] => unary(op, x, attrs, result.dtype)?,
        [x, y] if crate::ops::is_binary(op) => binary(op, x, y, &shape)?,
        [x, axes] => reduce(op, x, &axes.to_ints()?, &shape, attrs)?,
        _ => return None,
    };
    match num {
        Num::F(v) if result.dtype == DType::Float32 => Tensor::f32(&shape, &v),
        Num::I(v) => {
            let v: Vec<i64> = v.into_iter().map(|n| wrap(result.dtype, n)).collect();
            Tensor::ints(result.dtype, &shape, &v)
        }
        Num::F(_) => None,
    }
}

fn wrap(dtype: DType, n: i64) -> i64 {
    match dtype {
        DType::Int32 => n as i32 as i64,
        DType::Int16 => n as i16 as i64,
        DType::Int8 => n as i8 as i64,
        DType::Uint8 => i64::from(n as u8),
        DType::Uint32 => i64::from(n as u32),
        _ => n,
    }
}

fn decode(t: &Tensor) -> Option<Num> {
    t.to_f32().map(Num::F).or_else(|| t.to_ints().map(Num::I))
}

fn unary(op: B, x: &Tensor, attrs: &Attrs, to: DType) -> Option<Num> {
    match decode(x)? {
        Num::F(v) if op == B::Cast => match to {
            DType::Float32 => Some(Num::F(v)),
            DType::Int32 | DType::Int64 => Some(Num::I(v.into_iter().map(|x| x as i64).collect())),
            DType::Bool => Some(Num::I(v.into_iter().map(|x| (x != 0.0).into()).collect())),
            _ => None,
        },
        Num::I(v) if op == B::Cast => match to {
            DType::Float32 => Some(Num::F(v.into_iter().map(|n| n as f32).collect())),
            DType::Bool => Some(Num::I(v.into_iter().map(|n| (n != 0).into()).collect())),
            _ => Some(Num::I(v)),
        },
        Num::F(v) => {
            let f = unary_f32(op, attrs)?;
            Some(Num::F(v.into_iter().map(f).collect()))
        }
        Num::I(v) => {
            let f = unary_int(op)?;
            v.into_iter().map(f).collect::<Option<_>>().map(Num::I)
        }
    }
}

fn unary_f32(op: B, attrs: &Attrs) -> Option<Box<dyn Fn(f32) -> f32>> {
    let alpha = attrs.float("alpha");
    Some(match op {
        B::Abs => Box::new(f32::abs),
        B::Neg => Box::new(|x| -x),
        B::Exp => Box::new(f32::exp),
        B::Log => Box::new(f32::ln),
        B::Sqrt => Box::new(f32::sqrt),
        B::Rsqrt => Box::new(|x| 1.0 / x.sqrt()),
        B::Sin => Box::new(f32::sin),
        B::Cos => Box::new(f32::cos),
        B::Tanh => Box::new(f32::tanh),
        B::Logistic => Box::new(|x| 1.0 / (1.0 + (-x).exp())),
        B::Relu => Box::new(|x| x.max(0.0)),
        B::Relu6 => Box::new(|x| x.clamp(0.0, 6.0)),
        B::LeakyRelu => Box::new(move |x| if x > 0.0 { x } else { x * alpha }),
        B::Ceil => Box::new(f32::ceil),
        B::Floor => Box::new(f32::floor),
        B::Round => Box::new(f32::round_ties_even),
        B::Square => Box::new(|x| x * x),
        B::Sign => Box::new(|x| {
            if x > 0.0 {
                1.0
            } else if x < 0.0 {
                -1.0
            } else {
                x
            }
        }),
        _ => return None,
    })
}

fn unary_int(op: B) -> Option<fn(i64) -> Option<i64>> {
    Some(match op {
        B::Abs => i64::checked_abs,
        B::Neg => i64::checked_neg,
        B::Square => |n| n.checked_mul(n),
        B::Sign => |n| Some(n.signum()),
        B::LogicalNot => |n| Some(i64::from(n == 0)),
        _ => return None,
    })
}

fn binary(op: B, x: &Tensor, y: &Tensor, shape: &[usize]) -> Option<Num> {
    match (decode(x)?, decode(y)?) {
        (Num::F(a), Num::F(b)) => {
            if let Some(f) = binary_f32(op) {
                return pairs(&a, x.shape(), &b, y.shape(), shape, |a, b| Some(f(a, b)))
                    .map(Num::F);
            }
            let f = compare_f32(op)?;
            pairs(&a, x.shape(), &b, y.shape(), shape, |a, b| Some(f(&a, &b).into())).map(Num::I)
        }
        (Num::I(a), Num::I(b)) => {
            let f = binary_int(op)?;
            pairs(&a, x.shape(), &b, y.shape(), shape, f).map(Num::I)
        }
        _ => None,
    }
}

fn pairs<T: Copy, U>(
    a: &[T],
    a_shape: &[usize],
    b: &[T],
    b_shape: &[usize],
    shape: &[usize],
    f: impl Fn(T, T) -> Option<U>,
) -> Option<Vec<U>> {
    let n = count(shape)?;
    if a.len() == n && b.len() == n {
        return a.iter().zip(b).map(|(&a, &b)| f(a, b)).collect();
    }
    let steps = strides(shape);
    (0..n)
        .map(|i| {
            let at: Option<Vec<usize>> =
                steps.iter().zip(shape).map(|(&s, &n)| i.checked_div(s)?.checked_rem(n)).collect();
            let at = at?;
            let x = *a.get(broadcast_index(a_shape, &at)?)?;
            let y = *b.get(broadcast_index(b_shape, &at)?)?;
            f(x, y)
        })
        .collect()
}

fn binary_f32(op: B) -> Option<fn(f32, f32) -> f32> {
    Some(match op {
        B::Add => |a, b| a + b,
        B::Sub => |a, b| a - b,
        B::Mul => |a, b| a * b,
        B::Div => |a, b| a / b,
        B::Maximum => f32::max,
        B::Minimum => f32::min,
        B::Pow => f32::powf,
        B::SquaredDifference => |a, b| (a - b) * (a - b),
        B::FloorDiv => |a, b| (a / b).floor(),
        B::Atan2 => f32::atan2,
        _ => return None,
    })
}

fn compare_f32(op: B) -> Option<fn(&f32, &f32) -> bool> {
    Some(match op {
        B::Equal => f32::eq,
        B::NotEqual => f32::ne,
        B::Less => f32::lt,
        B::LessEqual => f32::le,
        B::Greater => f32::gt,
        B::GreaterEqual => f32::ge,
        _ => return None,
    })
}

fn binary_int(op: B) -> Option<fn(i64, i64) -> Option<i64>> {
    Some(match op {
        B::Add => i64::checked_add,
        B::Sub => i64::checked_sub,
        B::Mul => i64::checked_mul,
        B::Div => i64::checked_div,
        B::FloorDiv => |a, b| {
            let (q, r) = (a.checked_div(b)?, a.checked_rem(b)?);
            Some(if r != 0 && (r < 0) != (b < 0) { q - 1 } else { q })
        },
        B::FloorMod => |a, b| {
            let r = a.checked_rem(b)?;
            Some(if r != 0 && (r < 0) != (b < 0) { r + b } else { r })
        },
        B::Maximum => |a, b| Some(a.max(b)),
        B::Minimum => |a, b| Some(a.min(b)),
        B::SquaredDifference => |a, b| a.checked_sub(b).and_then(|d| d.checked_mul(d)),
        B::Pow => |a, b| a.checked_pow(u32::try_from(b).ok()?),
        B::BitwiseXor => |a, b| Some(a ^ b),
        B::Equal => |a, b| Some((a == b).into()),
        B::NotEqual => |a, b| Some((a != b).into()),
        B::Less => |a, b| Some((a < b).into()),
        B::LessEqual => |a, b| Some((a <= b).into()),
        B::Greater => |a, b| Some((a > b).into()),
        B::GreaterEqual => |a, b| Some((a >= b).into()),
        B::LogicalAnd => |a, b| Some((a != 0 && b != 0).into()),
        B::LogicalOr => |a, b| Some((a != 0 || b != 0).into()),
        _ => return None,
    })
}

/// MEAN, SUM, REDUCE_MAX, REDUCE_MIN and REDUCE_PROD of float32.
fn reduce(op: B, x: &Tensor, axes: &[i64], out: &[usize], attrs: &Attrs) -> Option<Num> {
    let (start, f): (f32, fn(f32, f32) -> f32) = match op {
        B::Mean | B::Sum => (0.0, |a, b| a + b),
        B::ReduceProd => (1.0, |a, b| a * b),
        B::ReduceMax => (f32::NEG_INFINITY, f32::max),
        B::ReduceMin => (f32::INFINITY, f32::min),
        _ => return None,
    };
    let values = x.to_f32()?;
    let shape = x.shape();
    let axes: Vec<usize> =
        axes.iter().map(|&a| crate::infer::axis(a, shape.len())).collect::<Option<_>>()?;
    let mut sums = vec![start; count(out)?];
    let (own, steps) = (strides(shape), strides(out));
    for (i, &v) in values.iter().enumerate() {
        let (mut at, mut k) = (0, 0);
        for (axis, (&n, &step)) in shape.iter().zip(&own).enumerate() {
            let reduced = axes.contains(&axis);
            if !reduced {
                at += i.checked_div(step)?.checked_rem(n)? * steps.get(k)?;
            }
            k += usize::from(!reduced || attrs.bool("keep_dims"));
        }
        let sum = sums.get_mut(at)?;
        *sum = f(*sum, v);
    }
    if op == B::Mean {
        let each = values.len().checked_div(sums.len())? as f32;
        sums.iter_mut().for_each(|s| *s /= each);
    }
    Some(Num::F(sums))
}
