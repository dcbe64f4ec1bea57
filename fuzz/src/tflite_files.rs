//! The zip archive that may follow a `.tflite`: whatever the bytes behind the model are.

use floe_tflite::build::ModelBuilder;
use floe_tflite::{TfLite, encode, files};

/// The most bytes of one unpacked file.
const LIMIT: u64 = 1 << 16;

/// Whatever follows a model is listed and read, or refused; what is appended comes back.
///
/// # Panics
/// When a file that was appended is not there, or one is larger than the limit.
pub fn run(data: &[u8]) {
    let mut builder = ModelBuilder::new();
    builder.add_subgraph("main");
    let bare = encode(&builder.finish()).expect("the smallest model can be written");
    let whole = [&bare[..], data].concat();
    let model = TfLite::parse(&whole).expect("what follows does not matter");
    if let Ok(all) = files::list(&model) {
        for file in all.iter().take(16) {
            if let Ok(Some(bytes)) = files::read(&model, &file.name, LIMIT) {
                assert!(bytes.len() as u64 <= LIMIT);
            }
        }
    }
    let appended = files::append(&bare, &[("labels.txt", data)]).expect("a file can be appended");
    let model = TfLite::parse(&appended).expect("what follows does not matter");
    let back = files::read(&model, "labels.txt", data.len() as u64).expect("it can be read");
    assert_eq!(back.as_deref(), Some(data));
}

#[cfg(test)]
mod tests {
    #[test]
    fn smoke() {
        let archive = floe_tflite::files::append(&[], &[("a", b"one"), ("b", b"two")]).unwrap();
        super::run(&archive);
        for at in 0..archive.len() {
            let mut damaged = archive.clone();
            damaged[at] ^= 0xff;
            super::run(&damaged);
            super::run(&archive[..at]);
        }
    }
}
