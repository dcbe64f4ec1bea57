//! See `floe_fuzz::v1_table`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::v1_table::run);
