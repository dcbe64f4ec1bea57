//! Classes that are damage of the bytes themselves: truncation, offsets that lead away, misalignment.

use super::found;
use super::make::fully_connected;
use crate::TfLite;
use crate::verify::{Options, Severity, faults};
use floe_graph::ErrorKind;
use std::vec::Vec;

fn kind(data: &[u8]) -> ErrorKind {
    TfLite::parse(data).unwrap_err().kind
}

#[test]
fn a_root_offset_past_the_end_is_an_error() {
    assert_eq!(kind(b"\x18\0\0\0TFL3"), ErrorKind::OutOfBounds);
}

#[test]
fn what_is_no_model_says_so() {
    assert_eq!(kind(b""), ErrorKind::Truncated);
    assert_eq!(kind(b"\x1c"), ErrorKind::Truncated);
    assert_eq!(kind(&b"this is not a model".repeat(20)), ErrorKind::BadMagic);
    assert_eq!(kind(b"\x08\0\0\0TFL9\0\0\0\0\0\0\0\0"), ErrorKind::BadVersion);
}

#[test]
fn another_version_is_named_as_such() {
    let bytes =
        fully_connected().edited(|m| m.set(crate::schema::fields::model::VERSION, 2)).bytes();
    assert_eq!(kind(&bytes), ErrorKind::BadVersion);
    assert_eq!(found(&bytes), [("structure".into(), "version".into())]);
}

#[test]
fn no_prefix_of_a_model_is_a_model() {
    let whole = fully_connected().bytes();
    for length in 0..whole.len() {
        assert!(TfLite::parse(&whole[..length]).is_err(), "{length}");
    }
}

#[test]
fn bytes_after_the_model_are_not_its_matter() {
    let mut longer = fully_connected().bytes();
    longer.extend(b"PK\x05\x06");
    assert_eq!(found(&longer), []);
}

/// The model moved by one byte: all is where it says, but nothing where a strict machine can load it.
#[test]
fn misaligned_tables_are_read_and_reported() {
    let whole = fully_connected().bytes();
    let mut moved = Vec::new();
    let root = u32::from_le_bytes(*whole.first_chunk().unwrap());
    moved.extend((root + 1).to_le_bytes());
    moved.extend(b"TFL3\0");
    moved.extend(&whole[8..]);
    assert_eq!(TfLite::parse(&moved).unwrap().subgraph(0).unwrap().tensor_count(), 4);
    let all = faults(&moved, &Options::default());
    assert!(all.iter().any(|f| f.rule == super::Rule::Structure(ErrorKind::Misaligned)));
}

#[test]
fn a_string_without_its_zero_is_reported() {
    let mut bytes = fully_connected().bytes();
    let name = bytes.windows(3).position(|w| w == b"t0\0").unwrap();
    bytes[name + 2] = 1;
    assert!(TfLite::parse(&bytes).is_ok());
    assert_eq!(found(&bytes), [("structure".into(), "subgraphs[0].tensors[0].name".into())]);
}

/// A model whose thousand subgraphs are all the same large one.
#[test]
fn offsets_that_share_everything_are_not_walked_for_ever() {
    let mut make = fully_connected();
    for _ in 0..20_000 {
        make.tensor(floe_graph::DType::Float32, &[1], None);
    }
    let whole = make.bytes();
    let graph = TfLite::parse(&whole).unwrap().subgraph(0).unwrap().table().offset();
    let count = 1000usize;
    // Root, identifier, vtable (version and subgraphs), table, the vector, the model that is shared.
    let mut bytes =
        Vec::from(*b"\x14\0\0\0TFL3\x0a\0\x0c\0\x04\0\0\0\x08\0\0\0\x0c\0\0\0\x03\0\0\0\x04\0\0\0");
    bytes.extend((count as u32).to_le_bytes());
    let end = bytes.len() + 4 * count;
    for i in 0..count {
        let place = bytes.len();
        assert_eq!(place, end - 4 * (count - i));
        bytes.extend(((end + graph - place) as u32).to_le_bytes());
    }
    bytes.extend(&whole);
    assert_eq!(kind(&bytes), ErrorKind::Limit);
}

#[test]
fn every_flipped_bit_is_an_error_or_another_valid_model() {
    let whole = fully_connected().bytes();
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let errors = faults(&flipped, &Options::default())
            .iter()
            .filter(|f| matches!(f.rule, super::Rule::Structure(_)))
            .filter(|f| f.severity() == Severity::Error)
            .count();
        if TfLite::parse(&flipped).is_err() {
            assert!(errors > 0, "bit {bit}: refused without a reason");
        }
    }
}
