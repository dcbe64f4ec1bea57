//! TensorFlow checkpoints: read, verify and write tensor bundles without TensorFlow.
