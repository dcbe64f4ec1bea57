//! The TFLite format over the corpus that LiteRT made and judged.

#[path = "tflite/corpus.rs"]
mod corpus;
#[path = "tflite/random.rs"]
mod random;
#[path = "tflite/read.rs"]
mod read;
#[path = "tflite/text.rs"]
mod text;
#[path = "tflite/verify.rs"]
mod verify;
#[path = "tflite/versions.rs"]
mod versions;
#[path = "tflite/write.rs"]
mod write;
