//! What `cargo run -p xtask -- codegen` writes.

pub mod constants;
