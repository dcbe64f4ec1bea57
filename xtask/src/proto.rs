//! Rust structs from `schemas/tensorflow/*.proto`, for `floe-proto`.
//!
//! `bytes` fields become [`bytes::Bytes`](https://docs.rs/bytes), so that a decoded message shares the
//! file's memory map, and maps become `BTreeMap`, so that what is written has one order.

use crate::Result;
use crate::codegen::Generated;
use std::path::Path;

/// The large parts of an attribute, boxed: most attributes are a number or a type.
const BOXED: &[&str] = &["list", "tensor", "shape", "func"];

/// Compiles all schemas of the folder.
///
/// # Errors
/// When a schema does not compile.
pub(crate) fn generate(root: &Path) -> Result<Vec<Generated>> {
    let schemas = root.join("schemas");
    let mut files: Vec<_> = std::fs::read_dir(schemas.join("tensorflow"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|e| e == "proto"));
    files.sort();
    let set = protox::compile(&files, [&schemas])?;

    let mut config = prost_build::Config::new();
    config.bytes(["."]).btree_map(["."]);
    for field in BOXED {
        config.boxed(format!(".tensorflow.AttrValue.value.{field}"));
    }
    let modules = set
        .file
        .iter()
        .map(|file| (prost_build::Module::from_protobuf_package_name(file.package()), file.clone()))
        .collect();
    let mut generated = config.generate(modules)?;
    let text = generated.drain().map(|(_, text)| text).next().ok_or("no schemas")?;
    Ok(vec![Generated { path: "crates/floe-proto/src/generated/tensorflow.rs", text }])
}
