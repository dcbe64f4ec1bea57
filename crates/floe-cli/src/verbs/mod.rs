//! The verbs, one file each: its options, its help, its work.
//!
//! A verb is a module with `struct Args` (its command line; the doc comment is its help) and
//! `Args::run`. It is listed once, here.

use crate::failure::Outcome;

macro_rules! verbs {
    ($($name:ident $module:ident;)*) => {
        $(mod $module;)*

        /// What to do.
        #[derive(clap::Subcommand)]
        pub(crate) enum Verb { $($name($module::Args),)* }

        impl Verb {
            /// Does it.
            pub(crate) fn run(self) -> Outcome {
                match self { $(Self::$name(args) => args.run(),)* }
            }
        }
    };
}

verbs! {
    Bench bench;
    Checkpoint checkpoint;
    Convert convert;
    Diff diff;
    Embed embed;
    Freeze freeze;
    Gradient gradient;
    Graph graph;
    Inspect inspect;
    Levels levels;
    Optimize optimize;
    Partition partition;
    Plan plan;
    Quantize quantize;
    Run run;
    Savedmodel savedmodel;
    Tensors tensors;
    Tflite tflite;
    Verify verify;
    View view;
}
