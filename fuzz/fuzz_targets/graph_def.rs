//! See `floe_fuzz::graph_def`.
#![cfg_attr(fuzzing, no_main)]
floe_fuzz::target!(floe_fuzz::graph_def::run);
