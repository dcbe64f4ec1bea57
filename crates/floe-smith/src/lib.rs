//! Random valid models and checkpoints, for fuzzing, tests and benches.
