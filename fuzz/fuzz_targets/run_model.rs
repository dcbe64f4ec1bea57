//! See `floe_fuzz::run_model`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::run_model::run);
