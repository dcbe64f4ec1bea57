//! The text form over the corpus: what is printed parses to the same model.

use super::corpus::all;
use floe_tflite::owned::Object;
use floe_tflite::text::{Side, parse, print};
use floe_tflite::{TfLite, encode};

#[test]
fn every_file_as_text_and_back_is_the_same_file() {
    for (path, _) in all() {
        let bytes = std::fs::read(&path).unwrap();
        let model = Object::decode(&TfLite::parse(&bytes).unwrap()).unwrap();
        let mut weights = Vec::new();
        let text = {
            let mut keep = |bytes: &[u8]| {
                weights.extend_from_slice(bytes);
                Ok(())
            };
            let mut side = Side { name: "weights", least: 256, bytes: &mut keep };
            print(&model, Some(&mut side)).unwrap()
        };
        let again = parse(&text, &mut |_| Some(&weights[..]))
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let (written, want) = (encode(&again).unwrap(), encode(&model).unwrap());
        assert!(written == want, "{}", path.display());
    }
}
