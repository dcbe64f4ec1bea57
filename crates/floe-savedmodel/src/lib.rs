//! GraphDef and SavedModel: read, understand and freeze TensorFlow graphs without TensorFlow.
