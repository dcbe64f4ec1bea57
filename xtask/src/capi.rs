//! `include/floe_micro.h` of floe-micro-capi, by cbindgen, and the constants that the header must list one by one.
//!
//! Invariant: nothing is said here that the crates do not say.

use crate::Result;
use crate::codegen::Generated;
use floe_micro::kernels::NAMED;
use floe_micro::{DType, Kind};
use std::fmt::Write as _;
use std::path::Path;

const CRATE: &str = "crates/floe-micro-capi";

/// The constants: ops, kinds of errors, element types.
///
/// # Errors
/// None.
pub(crate) fn constants(_: &Path) -> Result<Vec<Generated>> {
    let mut text = "\
//! The constants of C: kinds of errors, element types, ops.
//!
//! Made of what floe-micro has by `cargo run -p xtask -- codegen`.

use floe_micro::{Kind, OpDef, kernels};
"
    .to_owned();
    for kind in Kind::ALL {
        let name = screaming(&format!("{kind:?}"));
        let number = *kind as u8 + 1;
        let _ = writeln!(text, "\n/// {}.", sentence(kind.message()));
        let _ = writeln!(text, "pub const FLOE_ERROR_{name}: u8 = {number};");
        let _ =
            writeln!(text, "const _: () = assert!(FLOE_ERROR_{name} == Kind::{kind:?} as u8 + 1);");
    }
    for (dtype, number) in DType::ALL.iter().filter_map(|d| Some((d, d.tflite()?))) {
        let name = dtype.name().to_uppercase();
        let _ = writeln!(
            text,
            "\n/// The element type {dtype}.\npub const FLOE_{name}: u8 = {number};"
        );
    }
    for op in NAMED {
        let (module, name) = (op.module, op.name);
        let _ = writeln!(
            text,
            "\n/// {name}.\n#[unsafe(no_mangle)]\npub static FLOE_{name}: OpDef = kernels::{module}::{name};"
        );
    }
    Ok(vec![Generated { path: "crates/floe-micro-capi/src/generated/constants.rs", text }])
}

/// The header.
///
/// # Errors
/// When cbindgen cannot read the sources.
pub(crate) fn header(root: &Path) -> Result<Vec<Generated>> {
    let folder = root.join(CRATE);
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml"))?;
    let mut builder = cbindgen::Builder::new().with_config(config);
    for file in ["lib.rs", "error.rs", "tensor.rs", "generated/constants.rs"] {
        builder = builder.with_src(folder.join("src").join(file));
    }
    let mut text = Vec::new();
    builder.generate()?.write(&mut text);
    let text = String::from_utf8(text)?;
    Ok(vec![Generated { path: "crates/floe-micro-capi/include/floe_micro.h", text }])
}

/// `NoSuchIndex` as `NO_SUCH_INDEX`.
fn screaming(name: &str) -> String {
    let mut text = String::new();
    for (i, c) in name.chars().enumerate() {
        if c.is_uppercase() && i > 0 {
            text.push('_');
        }
        text.extend(c.to_uppercase());
    }
    text
}

/// The first letter large.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}
