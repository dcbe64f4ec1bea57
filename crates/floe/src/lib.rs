//! The whole life of a model without TensorFlow: checkpoints, frozen graphs, TFLite and a micro-interpreter.
