//! A micro-interpreter for TFLite models: no heap, no panics, bit-exact integers.
