//! See `floe_fuzz::tflite_verify`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::tflite_verify::run);
