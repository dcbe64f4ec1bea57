//! Rewriting a `.tflite` as the command does: edited, with the lowest versions, in every layout, or
//! patched.

use crate::tflite::same;
use floe_tflite::edit::{
    Strip, externalize, prune, rename_tensors, set_batch, set_metadata, strip,
};
use floe_tflite::owned::Object;
use floe_tflite::text::{parse, print};
use floe_tflite::versions::{Policy, settle};
use floe_tflite::{Encoded, Layout, Patched, TfLite};

/// Whatever was decoded can be edited, and what was written decodes to what was to be written.
///
/// # Panics
/// When an edit panics, or a written model says something else.
pub fn run(data: &[u8]) {
    let Ok(model) = TfLite::parse(data) else { return };
    let Ok(object) = Object::decode_known(&model) else { return };
    hold(&object, Layout::default().with_align(64));
    hold(&object, Layout::default().with_offsets(true));
    if let Ok(text) = print(&object, None) {
        same(&parse(&text, &mut |_| None).expect("what was printed parses"), &object);
    }
    for edit in EDITS {
        let mut edited = object.clone();
        edit(&mut edited);
        hold(&edited, Layout::default());
        hold_patched(&model, &edited);
    }
}

/// The edits, each of which leaves something that can be written.
const EDITS: [fn(&mut Object<'_>); 7] = [
    prune,
    |o| strip(o, Strip::parse(["names", "metadata", "debug", "signatures"]).unwrap_or_default()),
    |o| rename_tensors(o, |name| Some(name.chars().rev().collect())),
    |o| drop(set_batch(o, 3)),
    |o| externalize(o, "weights.bin", 4, &mut Vec::new()),
    |o| set_metadata(o, "note", b"text".to_vec()),
    |o| {
        settle(o, Policy::Lowest);
    },
];

/// Writes `object` and reads it back.
fn hold(object: &Object<'_>, layout: Layout) {
    let Ok(written) = Encoded::new(object, layout) else { return };
    let bytes = written.to_vec();
    assert_eq!(bytes.len() as u64, written.len());
    let again = TfLite::parse(&bytes).expect("what was written parses");
    same(&Object::decode(&again).expect("what was written decodes"), object);
}

/// Patches `edited` into the file it comes from and reads it back.
fn hold_patched(model: &TfLite<'_>, edited: &Object<'_>) {
    let Ok(patched) = Patched::new(model, edited) else { return };
    let bytes = patched.to_vec();
    assert_eq!(bytes.len() as u64, patched.len());
    let again = TfLite::parse(&bytes).expect("what was patched parses");
    same(&Object::decode_known(&again).expect("what was patched decodes"), edited);
}

#[cfg(test)]
mod tests {
    #[test]
    fn smoke() {
        crate::smoke::smoke(super::run, "tflite_rewrite", |name| name == "int8.tflite");
    }
}
