//! Random valid models of the choices in the input: valid by every rule, and the same after every way
//! of writing and reading them.

use floe_smith::{Source, tflite};
use floe_tflite::owned::Object;
use floe_tflite::text::{parse, print};
use floe_tflite::verify::{Options, faults};
use floe_tflite::{Encoded, Layout, TfLite, edit, encode};

/// Written with constants inside or behind, printed and parsed, stripped and pruned: still that model.
///
/// # Panics
/// When a valid model has a fault, or does not come back.
pub fn run(data: &[u8]) {
    let model = tflite::model(&mut Source::bytes(data), &tflite::Config::default());
    let bytes = encode(&model).expect("a valid model can be written");
    assert_eq!(faults(&bytes, &Options::default()), []);
    for layout in [Layout::default().with_align(64), Layout::default().with_offsets(true)] {
        let written = Encoded::new(&model, layout).expect("it can be laid out").to_vec();
        let again = TfLite::parse(&written).expect("what was written parses");
        assert_eq!(Object::decode(&again).expect("and decodes"), model);
    }
    let text = print(&model, None).expect("it can be printed");
    assert_eq!(parse(&text, &mut |_| None).expect("what was printed parses"), model);
    let mut bare = model.clone();
    edit::strip(
        &mut bare,
        edit::Strip::parse(["names", "metadata", "description"]).unwrap_or_default(),
    );
    let bytes = encode(&bare).expect("a stripped model can be written");
    assert_eq!(faults(&bytes, &Options::default()), []);
}

#[cfg(test)]
mod tests {
    #[test]
    fn smoke() {
        let mut bytes = Vec::new();
        for seed in 0..200u32 {
            bytes.extend(seed.wrapping_mul(0x9e37_79b9).to_le_bytes());
            super::run(&bytes);
        }
        super::run(&[]);
    }
}
