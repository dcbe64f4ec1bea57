//! ATAN2: the angle of the point (b, a).
//!
//! float32, float64 (to float32's precision).

use super::binary::pair;
use super::common::zip;
use crate::num::float::{atan2, atan2_64};
use crate::{Kernel, OpDef};
use floe_tflite::op;

/// ATAN2.
pub static ATAN2: OpDef = OpDef::builtin(
    op::ATAN2,
    1,
    &[
        Kernel::new(pair::<f32, f32>, |op| zip(op, atan2)),
        Kernel::new(pair::<f64, f64>, |op| zip(op, atan2_64)),
    ],
);
