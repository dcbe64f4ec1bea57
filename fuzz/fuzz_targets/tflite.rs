//! See `floe_fuzz::tflite`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::tflite::run);
