//! See `floe_fuzz::ordered_code`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::ordered_code::run);
