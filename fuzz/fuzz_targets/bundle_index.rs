//! See `floe_fuzz::bundle_index`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::bundle_index::run);
