//! The text form: what a text means has a text again that means the same, and every message has a text.

use floe_proto::text::{parse, print};

/// The messages that files hold as text.
const MESSAGES: [&str; 4] = [
    "tensorflow.GraphDef",
    "tensorflow.MetaGraphDef",
    "tensorflow.SavedModel",
    "tensorflow.CheckpointState",
];

/// Reads `data` as the text of each message, and as its bytes.
///
/// # Panics
/// When a printed message cannot be read, or is another one.
pub fn run(data: &[u8]) {
    for message in MESSAGES {
        if let Ok(wire) = parse(message, data) {
            let text = print(message, &wire).expect("what a text gave can be printed");
            let again = parse(message, text.as_bytes()).expect("what was printed can be read");
            assert_eq!(again, wire, "{text}");
        }
        if let Ok(text) = print(message, data) {
            parse(message, text.as_bytes()).expect("what was printed can be read");
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_files() {
        crate::smoke::smoke(super::run, "pbtxt", |name| name.ends_with(".pbtxt"));
    }
}
