//! The ops: one file each, and [`ALL`].

use crate::OpDef;

pub mod reshape;

/// Every op there is.
pub static ALL: &[&OpDef] = &[&reshape::RESHAPE];
