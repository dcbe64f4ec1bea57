//! See `floe_fuzz::freeze_graph`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::freeze_graph::run);
