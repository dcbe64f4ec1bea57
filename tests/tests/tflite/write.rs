//! Writing: what was read and written again is the same model, and the layout keeps its promises.

use super::corpus::all;
use floe_tflite::owned::Object;
use floe_tflite::{Encoded, Layout, TfLite, encode};

#[test]
fn every_file_read_and_written_is_the_same_model() {
    for (path, _) in all() {
        let bytes = std::fs::read(&path).unwrap();
        let model = Object::decode(&TfLite::parse(&bytes).unwrap()).unwrap();
        let written = encode(&model).unwrap();
        let again = TfLite::parse(&written).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(Object::decode(&again).unwrap(), model, "{}", path.display());
        assert_eq!(encode(&model).unwrap(), written, "the same tree gives the same bytes");
        assert!(
            written.len() <= bytes.len() + bytes.len() / 100 + 256,
            "{}: {} > {}",
            path.display(),
            written.len(),
            bytes.len()
        );
    }
}

#[test]
fn constants_lie_where_the_layout_says() {
    for (path, _) in all() {
        let bytes = std::fs::read(&path).unwrap();
        let model = Object::decode(&TfLite::parse(&bytes).unwrap()).unwrap();
        for (layout, align) in [
            (Layout::default(), 16),
            (Layout::default().with_align(64), 64),
            (Layout::default().with_offsets(true), 16),
        ] {
            let encoded = Encoded::new(&model, layout).unwrap();
            let written = encoded.to_vec();
            assert_eq!(written.len() as u64, encoded.len());
            let again = TfLite::parse(&written).unwrap();
            assert_eq!(Object::decode(&again).unwrap(), model, "{}", path.display());
            for index in 1..again.buffer_count() as u32 {
                let data = again.buffer(index).unwrap();
                if !data.is_empty() {
                    let at = data.as_ptr().addr() - written.as_ptr().addr();
                    assert_eq!(at % align, 0, "{} buffer {index}", path.display());
                }
            }
        }
    }
}
