//! See `floe_fuzz::checkpoint`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::checkpoint::run);
