//! See `floe_fuzz::tflite_rewrite`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::tflite_rewrite::run);
