//! Links with cortex-m-rt's script, which takes the memory map of the board.

fn main() {
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rerun-if-env-changed=FLOE_CORPUS");
}
