//! `.tflite`: read all of it, and write it again.

use crate::reader::read_model;
use floe_tflite::owned::Object;
use floe_tflite::{TfLite, encode};

/// What parses answers all questions; what can be decoded says the same after it was written.
///
/// # Panics
/// When a written file does not parse, or says something else.
pub fn run(data: &[u8]) {
    let Ok(model) = TfLite::parse(data) else { return };
    read_model(&model);
    let Ok(object) = Object::decode(&model) else { return };
    let Ok(written) = encode(&object) else { return };
    let again = TfLite::parse(&written).expect("what was written parses");
    same(&Object::decode(&again).expect("what was written decodes"), &object);
}

/// Holds that two models are equal, as trees or as files: in a tree, a number that is none differs from itself.
pub(crate) fn same(a: &Object<'_>, b: &Object<'_>) {
    assert!(a == b || encode(a) == encode(b), "{a:?}\n{b:?}");
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_files() {
        crate::smoke::smoke(super::run, "tflite", |name| name.ends_with(".tflite"));
    }
}
