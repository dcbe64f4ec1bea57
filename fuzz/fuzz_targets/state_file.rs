//! See `floe_fuzz::state_file`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::state_file::run);
