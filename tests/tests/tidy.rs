//! The house rules that a machine can hold: who may depend on whom, one file for each listed thing,
//! short files, inherited lints, no traces of anybody's machine.
//!
//! `ARCHITECTURE.md` says why each rule is there.

mod tidy {
    mod edges;
    mod files;
    mod lists;
    mod safety;
}
