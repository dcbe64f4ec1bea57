//! `schemas/tflite.fbs` → the static tables and typed constants of floe-tflite.
//!
//! Invariant: nothing is said here that the schema does not say.

mod constants;
mod rival;
mod schema;
mod tables;

use crate::Result;
use crate::codegen::Generated;
use constants::{enums, fields};
use rival::rival;
use schema::Schema;
use std::path::Path;
use tables::tables;

/// Where the schema is, from the repository's root.
const SCHEMA: &str = "schemas/tflite.fbs";

/// The static tables, the typed constants of fields, and those of enumerations.
///
/// # Errors
/// When the schema cannot be read.
///
/// # Panics
/// When the schema is not well-formed.
pub(crate) fn generate(root: &Path) -> Result<Vec<Generated>> {
    let schema = Schema::parse(&std::fs::read_to_string(root.join(SCHEMA))?);
    Ok(vec![
        Generated { path: "crates/floe-tflite/src/schema/tables.rs", text: tables(&schema) },
        Generated { path: "crates/floe-tflite/src/schema/fields.rs", text: fields(&schema) },
        Generated { path: "crates/floe-tflite/src/schema/enums.rs", text: enums(&schema) },
        Generated { path: "benches/src/generated/flatbuffers.rs", text: rival(&schema) },
    ])
}

fn header(what: &str) -> String {
    format!("//! {what}\n//!\n//! Made of `{SCHEMA}` by `cargo run -p xtask -- codegen`.\n")
}

/// `Conv2DOptions` → `conv_2d_options`.
fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or(' ');
    let mut out = String::new();
    for (i, &c) in chars.iter().enumerate() {
        let (previous, next) = (if i > 0 { at(i - 1) } else { '_' }, at(i + 1));
        let starts = if c.is_ascii_digit() {
            next == 'D'
        } else {
            c.is_uppercase()
                && (previous.is_lowercase()
                    || next.is_lowercase()
                    || c == 'V' && next.is_ascii_digit())
        };
        if starts && previous != '_' {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn upper(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn names_are_split_into_words() {
        for (name, want) in [
            ("Conv2DOptions", "conv_2d_options"),
            ("TopKV2Options", "top_k_v2_options"),
            ("UnidirectionalSequenceLSTMOptions", "unidirectional_sequence_lstm_options"),
            ("L2NormOptions", "l2_norm_options"),
            ("SVDFOptions", "svdf_options"),
            ("SubGraph", "sub_graph"),
        ] {
            assert_eq!(snake(name), want);
        }
    }
}
