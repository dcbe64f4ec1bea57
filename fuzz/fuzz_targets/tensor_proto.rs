//! See `floe_fuzz::tensor_proto`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::tensor_proto::run);
