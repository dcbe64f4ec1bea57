#!/usr/bin/env bash
# Builds the bare-metal images and runs them.
#
#   firmware/run.sh
#
# digits  runs on an emulated Cortex-M4 and must give LiteRT's outputs byte for byte (status 0).
# proof   is only linked, for four instruction sets: it holds every kernel, and its panic handler calls a function
#         that does not exist, so it links only when nothing in it can panic.
#
# A toolchain that has the targets (`rustup target add`) is used as it is. Otherwise Debian's compiler builds
# `core` itself; packages: rustc-web cargo-web rust-web-src lld-22 qemu-system-arm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
OUT=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TARGET_DIR=$OUT

# Code and constants of the digits image, in bytes. It should only fall.
DIGITS_FLASH=53248

# build TARGET PACKAGE
build() {
  local target=$1 variable
  if [ -d "$(rustc --print target-libdir --target "$target")" ]; then
    cargo build --release --target "$target" -p "$2"
    return
  fi
  variable=CARGO_TARGET_$(tr a-z- A-Z_ <<<"$target")_LINKER
  local linker=ld.lld-22
  [ "${target%%-*}" != wasm32 ] || linker=wasm-ld-22
  env RUSTUP_TOOLCHAIN=/usr RUSTC_BOOTSTRAP=1 "$variable=$linker" \
    cargo build --release --target "$target" -p "$2" -Zbuild-std=core -Zbuild-std-features=compiler-builtins-mem
}

build thumbv7em-none-eabihf floe-firmware-digits
image=$OUT/thumbv7em-none-eabihf/release/floe-firmware-digits
timeout 120 qemu-system-arm -M mps2-an386 -cpu cortex-m4 -nographic -semihosting -icount shift=6 -kernel "$image" </dev/null
# From above: this folder's settings are for the chips.
(cd .. && cargo run -q -p xtask -- size "$image" --at-most "$DIGITS_FLASH")

for target in thumbv7em-none-eabihf thumbv6m-none-eabi riscv32imc-unknown-none-elf wasm32-unknown-unknown; do
  build "$target" floe-firmware-proof
  echo "$target: linked without a path to a panic"
done
