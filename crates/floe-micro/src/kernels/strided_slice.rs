//! STRIDED_SLICE: every so many elements of each dimension, by NumPy's rules and five masks. Any element type
//! of whole bytes, and strings.
//!
//! A bit of `begin_mask` or `end_mask` opens that end; `shrink_axis_mask` takes one element and drops the
//! dimension; `new_axis_mask` adds one of size 1; `ellipsis_mask` stands for all dimensions not named. With the
//! option `offset` ends count from their begin.

use super::strided::{gather, same_type, steps, width};
#[cfg(feature = "std")]
use super::strings;
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_tflite::fields::strided_slice_options as options;
use floe_tflite::op;

/// STRIDED_SLICE.
pub static STRIDED_SLICE: OpDef = OpDef::builtin(
    op::STRIDED_SLICE,
    8,
    &[
        Kernel::new(prepare, eval),
        #[cfg(feature = "std")]
        Kernel::new(prepare_strings, eval_strings),
    ],
);

/// What is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Plan {
    output: Shape,
    /// The first element.
    base: isize,
    /// Elements from one output element to the next along each output dimension.
    steps: [isize; MAX_RANK],
}

/// The masks of the operator.
#[derive(Clone, Copy, Debug, Default)]
struct Masks {
    begin: i32,
    end: i32,
    ellipsis: i32,
    new_axis: i32,
    shrink: i32,
    offset: bool,
}

fn masks(op: &Op<'_>) -> Masks {
    Masks {
        begin: op.option(options::BEGIN_MASK),
        end: op.option(options::END_MASK),
        ellipsis: op.option(options::ELLIPSIS_MASK),
        new_axis: op.option(options::NEW_AXIS_MASK),
        shrink: op.option(options::SHRINK_AXIS_MASK),
        offset: op.option(options::OFFSET),
    }
}

fn plan(op: &Op<'_>) -> Result<Plan, Fault> {
    let input = op.shape(In(0))?;
    let begin = op.known_ints::<16>(In(1))?;
    let end = op.known_ints::<16>(In(2))?;
    let stride = op.known_ints::<16>(In(3))?;
    if begin.len() != end.len() || begin.len() != stride.len() {
        return Err(Kind::Shape.at(In(1)));
    }
    slice(&input, &begin, &end, &stride, masks(op)).ok_or(Kind::Value.at(In(1)))
}

fn slice(input: &Shape, begin: &[i32], end: &[i32], stride: &[i32], masks: Masks) -> Option<Plan> {
    let bit = |mask: i32, i: usize| mask & 1i32.checked_shl(i as u32).unwrap_or(0) != 0;
    let named = begin.len() - (0..begin.len()).filter(|&i| bit(masks.new_axis, i)).count();
    let strides = steps(input);
    let mut plan = Plan { output: Shape::SCALAR, base: 0, steps: [0; MAX_RANK] };
    let mut dims = [0i32; MAX_RANK];
    let (mut rank, mut axis) = (0usize, 0usize);
    let mut push = |plan: &mut Plan, size: i32, step: isize| -> Option<()> {
        *dims.get_mut(rank)? = size;
        *plan.steps.get_mut(rank)? = step;
        rank += 1;
        Some(())
    };
    let specs = begin.iter().zip(end).zip(stride).enumerate();
    let mut open = false;
    for (i, ((&begin, &end), &stride)) in specs {
        if bit(masks.ellipsis, i) && !open {
            open = true;
            // It stands for whatever the others leave, itself not counted.
            let others = if bit(masks.new_axis, i) { named } else { named - 1 };
            for _ in 0..input.rank().checked_sub(others)? {
                push(&mut plan, input.dim(axis) as i32, *strides.get(axis)?)?;
                axis += 1;
            }
            continue;
        }
        if bit(masks.new_axis, i) {
            push(&mut plan, 1, 0)?;
            continue;
        }
        if axis >= input.rank() {
            return None;
        }
        let size = input.dim(axis) as i32;
        let step = *strides.get(axis)?;
        axis += 1;
        let open_begin = bit(masks.begin, i);
        if bit(masks.shrink, i) {
            let at = if open_begin {
                0
            } else if begin < 0 {
                begin + size
            } else {
                begin
            };
            if !(0..size).contains(&at) || stride <= 0 {
                return None;
            }
            plan.base += at as isize * step;
            continue;
        }
        let end = if masks.offset { begin.saturating_add(end) } else { end };
        let (first, count) = range(size, (begin, open_begin), (end, bit(masks.end, i)), stride)?;
        plan.base += first as isize * step;
        push(&mut plan, count, step * stride as isize)?;
    }
    while axis < input.rank() {
        push(&mut plan, input.dim(axis) as i32, *strides.get(axis)?)?;
        axis += 1;
    }
    plan.output = Shape::new(dims.get(..rank)?.iter().copied())?;
    Some(plan)
}

/// The first element and the number of elements from `begin` to `end`; each open where its mask says.
fn range(size: i32, begin: (i32, bool), end: (i32, bool), stride: i32) -> Option<(i32, i32)> {
    if stride == 0 {
        return None;
    }
    let forward = stride > 0;
    // Where positions may lie: the element before the first is an end going down.
    let (low, high) = if forward { (0, size) } else { (-1, size - 1) };
    // Not `clamp`: that panics when the bounds cross, which these cannot.
    let absolute = |x: i32| if x < 0 { x.saturating_add(size) } else { x }.max(low).min(high);
    let first = if begin.1 { if forward { low } else { high } } else { absolute(begin.0) };
    let last = if end.1 { if forward { high } else { low } } else { absolute(end.0) };
    let distance = if forward { last - first } else { first - last };
    let count = if distance <= 0 { 0 } else { (distance - 1) / stride.checked_abs()?.max(1) + 1 };
    Some((if count == 0 { 0 } else { first }, count))
}

#[cfg(feature = "std")]
fn prepare_strings(op: &mut Op<'_>) -> Done {
    let plan = plan(op)?;
    strings::set_shape(op, In(0), &plan.output)
}

#[cfg(feature = "std")]
fn eval_strings(op: &mut Op<'_>) -> Done {
    let plan = plan(op)?;
    strings::pick(op, In(0), crate::error::Operand::None, |_, i| {
        let (mut rest, mut at) = (i, plan.base);
        for (d, step) in (0..plan.output.rank()).zip(plan.steps).rev() {
            at += (rest % plan.output.dim(d).max(1)) as isize * step;
            rest /= plan.output.dim(d).max(1);
        }
        usize::try_from(at).ok()
    })
}

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let plan = plan(op)?;
    op.set_shape(Out(0), &plan.output)
}

fn eval(op: &mut Op<'_>) -> Done {
    let (plan, width) = (plan(op)?, width(op, In(0))?);
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    gather(y, &plan.output, x, width, plan.base, &plan.steps);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_python_s() {
        // Python: len(range(*slice(b, e, s).indices(n))) and its first element.
        assert_eq!(range(5, (1, false), (4, false), 2), Some((1, 2)));
        assert_eq!(range(5, (-1, false), (-6, false), -2), Some((4, 3)));
        assert_eq!(range(5, (0, true), (0, true), -1), Some((4, 5)));
        assert_eq!(range(5, (9, false), (2, false), 1), Some((0, 0)));
        assert_eq!(range(5, (0, false), (99, false), 3), Some((0, 2)));
        assert_eq!(range(0, (0, true), (0, true), 1), Some((0, 0)));
        assert_eq!(range(5, (0, false), (1, false), 0), None);
    }

    #[test]
    fn masks_make_and_drop_dimensions() {
        let input = Shape::of(&[2, 3, 4]).unwrap();
        // x[1, ..., None, ::2]
        let masks = Masks { begin: 8, end: 8, ellipsis: 2, new_axis: 4, shrink: 1, offset: false };
        let plan = slice(&input, &[1, 0, 0, 0], &[2, 0, 0, 0], &[1, 1, 1, 2], masks).unwrap();
        assert_eq!(plan.output, Shape::of(&[3, 1, 2]).unwrap());
        assert_eq!((plan.base, plan.steps[..3].to_vec()), (12, std::vec![4, 0, 2]));
        assert_eq!(slice(&input, &[5], &[6], &[1], Masks { shrink: 1, ..Masks::default() }), None);
    }
}
