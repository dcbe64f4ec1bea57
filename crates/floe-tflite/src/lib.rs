//! The TFLite FlatBuffer: a table-driven, zero-copy, no_std reader, verifier and writer.
