//! See `floe_fuzz::convert`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::convert::run);
