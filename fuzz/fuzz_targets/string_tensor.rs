//! See `floe_fuzz::string_tensor`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::string_tensor::run);
