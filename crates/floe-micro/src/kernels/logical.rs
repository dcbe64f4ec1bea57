//! LOGICAL_AND, LOGICAL_OR, LOGICAL_NOT, of booleans.

use super::binary::pair;
use super::common::{map, zip};
use super::function::same;
use crate::{Kernel, OpDef};
use floe_tflite::op;

/// LOGICAL_AND.
pub static LOGICAL_AND: OpDef = OpDef::builtin(
    op::LOGICAL_AND,
    1,
    &[Kernel::new(pair::<bool, bool>, |op| zip(op, |a: bool, b: bool| a && b))],
);
/// LOGICAL_OR.
pub static LOGICAL_OR: OpDef = OpDef::builtin(
    op::LOGICAL_OR,
    1,
    &[Kernel::new(pair::<bool, bool>, |op| zip(op, |a: bool, b: bool| a || b))],
);
/// LOGICAL_NOT.
pub static LOGICAL_NOT: OpDef = OpDef::builtin(
    op::LOGICAL_NOT,
    1,
    &[Kernel::new(same::<bool, bool>, |op| map(op, |x: bool| !x)).in_place()],
);
