//! Tensors that are there twice, found by their bytes.
//!
//! Fact: entries of an index may name the same bytes of a shard; TensorFlow reads each by its own offset.

use crate::crc::masked;
use floe_graph::{DType, Payload, TensorView};
use std::collections::HashMap;

/// Tensors below this size are not worth a look.
const LEAST: usize = 64;

/// What tensors that may be the same have in common: dtype, shape and checksum.
type Likeness = (DType, Vec<i64>, u32);

/// What was written so far.
#[derive(Default)]
pub(super) struct Twins<'d> {
    known: HashMap<Likeness, Vec<(String, &'d [u8])>>,
}

impl<'d> Twins<'d> {
    /// The name under which the same tensor was written before; else `name` is remembered for it.
    pub(super) fn find(&mut self, name: &str, view: &TensorView<'d>) -> Option<String> {
        let Payload::Raw(bytes) = view.payload else { return None };
        if bytes.len() < LEAST {
            return None;
        }
        let key = (view.dtype, view.shape.iter().collect(), masked(bytes));
        let known = self.known.entry(key).or_default();
        if let Some((first, _)) = known.iter().find(|(_, b)| *b == bytes) {
            return Some(first.clone());
        }
        known.push((name.to_owned(), bytes));
        None
    }
}
