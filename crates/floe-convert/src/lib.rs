//! From a frozen TensorFlow graph to a TFLite FlatBuffer.
