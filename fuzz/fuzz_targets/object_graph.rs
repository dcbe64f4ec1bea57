//! See `floe_fuzz::object_graph`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::object_graph::run);
