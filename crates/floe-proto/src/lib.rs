//! TensorFlow's protocol buffers as plain structs.
