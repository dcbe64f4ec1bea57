//! The metadata entry `model_control_dependencies`: orders between operators beside the data's.
//!
//! Spec fact: a version (1), then for each subgraph its pairs of operators, every list after its
//! length; numbers are varints of 7 bits each, low first, those of operators zigzag-coded.

use super::context::{Place, Report, number};
use super::fault::Rule;
use crate::TfLite;
use crate::schema::fields::{metadata, model};

const NAME: &[u8] = b"model_control_dependencies";
const VERSION: u32 = 1;

/// Checks the entry, when there is one.
pub(super) fn check(file: &TfLite<'_>, report: &mut Report<'_>) {
    for place in Place::root(file).children(model::METADATA) {
        if place.table.bytes(metadata::NAME) != Some(NAME) {
            continue;
        }
        let Ok(bytes) = file.buffer(place.table.get(metadata::BUFFER)) else { continue };
        if let Err(fault) = walk(file, bytes) {
            let (rule, numbers) = fault.unwrap_or((Rule::ControlFormat, [0; 2]));
            report.field(&place, metadata::BUFFER, rule, numbers);
        }
    }
}

/// The first fault; none for bytes that cannot be read.
type Fault = Option<(Rule, [i64; 2])>;

fn walk(file: &TfLite<'_>, mut bytes: &[u8]) -> Result<(), Fault> {
    let graphs = file.subgraph_count();
    if varint(&mut bytes)? != VERSION || usize::try_from(varint(&mut bytes)?) != Ok(graphs) {
        return Err(None);
    }
    for graph in file.subgraphs() {
        let operators = number(graph.operator_count());
        // Each pair takes two bytes at least, so a count that lies ends at the end of the bytes.
        for _ in 0..varint(&mut bytes)? {
            for _ in 0..2 {
                let coded = varint(&mut bytes)?;
                let operator = i64::from((coded >> 1) as i32 ^ ((coded & 1) as i32).wrapping_neg());
                if !(0..operators).contains(&operator) {
                    return Err(Some((Rule::ControlIndex, [operator, operators])));
                }
            }
        }
    }
    if bytes.is_empty() { Ok(()) } else { Err(None) }
}

fn varint(bytes: &mut &[u8]) -> Result<u32, Fault> {
    let mut value = 0u32;
    for shift in (0..32).step_by(7) {
        let (&first, rest) = bytes.split_first().ok_or(None)?;
        *bytes = rest;
        value |= u32::from(first & 0x7f) << shift;
        if first < 0x80 {
            return Ok(value);
        }
    }
    Err(None)
}
