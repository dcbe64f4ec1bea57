#!/usr/bin/env bash
# Builds the bare-metal images, runs them, and holds what they cost.
#
#   firmware/run.sh            the images on an emulated Cortex-M4 and a Cortex-M0's instruction set, then the proofs
#   firmware/run.sh images     only those
#   firmware/run.sh proof      only the proofs
#
# images  must give LiteRT's outputs byte for byte (status 0) and cost no more than budget.txt says. All but digits
#         take their models from the corpus that FLOE_CORPUS names, and are left out without it.
# proof   is only linked, for each of TARGETS: it holds every kernel, and its panic handler calls a function that
#         does not exist, so it links only when nothing in it can panic; nothing in it may allocate either.
#
# A toolchain that has the targets (`rustup target add`) is used as it is. Otherwise Debian's compiler builds
# `core` itself; packages: rustc-web cargo-web rust-web-src lld-22 qemu-system-arm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
CHORES=${CARGO_TARGET_DIR:-$PWD/../target}
OUT=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TARGET_DIR=$OUT
TARGETS=(thumbv7em-none-eabihf thumbv6m-none-eabi riscv32imc-unknown-none-elf wasm32-unknown-unknown)

# build TARGET ARGUMENT ...
build() {
  local target=$1 variable
  shift
  if [ -d "$(rustc --print target-libdir --target "$target")" ]; then
    cargo build --release --target "$target" "$@"
    return
  fi
  variable=CARGO_TARGET_$(tr a-z- A-Z_ <<<"$target")_LINKER
  local linker=ld.lld-22
  [ "${target%%-*}" != wasm32 ] || linker=wasm-ld-22
  env RUSTUP_TOOLCHAIN=/usr RUSTC_BOOTSTRAP=1 "$variable=$linker" \
    cargo build --release --target "$target" "$@" -Zbuild-std=core -Zbuild-std-features=compiler-builtins-mem
}

# emulate MACHINE IMAGE: runs the image; what it prints is one word and one number a line.
emulate() {
  timeout 300 qemu-system-arm -M "$1" -nographic -semihosting -icount shift=6 -kernel "$2" </dev/null
}

# weigh IMAGE: bytes of code and constants, the model and what it is held against left out.
weigh() {
  # From above: this folder's settings are for the chips.
  (cd .. && CARGO_TARGET_DIR=$CHORES cargo run -q -p xtask -- size "$1") | awk '/flash: code/ {print "flash", $1}'
}

# hold TARGET NAME: prints the figures of standard input on one line; fails when one is over its budget.
hold() {
  awk -v target="$1" -v name="$2" '
    FNR == NR { if ($1 == target && $2 == name) limit[$3] = $4; next }
    { value[$1] = $2 }
    END {
      value["flash"] -= value["model"]
      line = sprintf("%-22s %-14s", target, name)
      split("flash arena stack init invoke", keys)
      for (i = 1; i in keys; i++) {
        key = keys[i]
        line = line sprintf(" %s %d", key, value[key])
        if (key in limit && value[key] + 0 > limit[key] + 0) {
          line = line " (more than the " limit[key] " of budget.txt)"
          over = 1
        }
      }
      print line
      exit over
    }' budget.txt -
}

run_images() {
  local target machine name image status=0 names=(digits) features=()
  if [ -n "${FLOE_CORPUS:-}" ]; then
    names=($(basename -s .rs images/src/bin/*.rs))
    features=(--features corpus)
  fi
  for target in thumbv7em-none-eabihf thumbv6m-none-eabi; do
    # An M3 runs a Cortex-M0's instructions; QEMU's M0 boards have too little memory.
    machine=mps2-an386
    [ "$target" != thumbv6m-none-eabi ] || machine=mps2-an385
    build "$target" -p floe-firmware-images "${features[@]}"
    for name in "${names[@]}"; do
      image=$OUT/$target/release/$name
      { emulate "$machine" "$image" && weigh "$image"; } >"$OUT/$name.figures" || {
        cat "$OUT/$name.figures"
        echo "$target $name: not what LiteRT gives"
        status=1
        continue
      }
      hold "$target" "$name" <"$OUT/$name.figures" || status=1
    done
  done
  return "$status"
}

prove() {
  local target proof
  for target in "${TARGETS[@]}"; do
    build "$target" -p floe-firmware-proof
    proof=$OUT/$target/release/floe-firmware-proof
    [ "$target" != wasm32-unknown-unknown ] || proof=$proof.wasm
    if grep -qaE '__rust_alloc|__rust_realloc|__rg_alloc' "$proof"; then
      echo "$target: allocates"
      return 1
    fi
    echo "$target: linked without a path to a panic or to an allocator"
  done
}

case ${1:-all} in
  images) run_images ;;
  proof) prove ;;
  all) run_images && prove ;;
  *) echo "usage: firmware/run.sh [images|proof]"; exit 2 ;;
esac
