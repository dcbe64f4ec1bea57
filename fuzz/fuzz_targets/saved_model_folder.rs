//! See `floe_fuzz::saved_model_folder`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::saved_model_folder::run);
