//! See `floe_fuzz::pbtxt`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::pbtxt::run);
