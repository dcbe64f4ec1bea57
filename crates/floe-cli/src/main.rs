//! The command `floe`.
fn main() {}
