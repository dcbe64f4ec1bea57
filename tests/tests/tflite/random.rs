//! Random valid models: what is written is read back, and what is damaged is refused or still valid.

use floe_smith::{Source, tflite};
use floe_tflite::owned::Object;
use floe_tflite::verify::{Options, Severity, faults, verify};
use floe_tflite::{Encoded, Layout, Patched, TfLite, edit, encode};
use proptest::prelude::*;

fn model(seed: u64) -> Object<'static> {
    tflite::model(&mut Source::seed(seed), &tflite::Config { ops: 12, elements: 512 })
}

/// Every layout there is.
fn layouts() -> impl Strategy<Value = Layout> {
    (4u32..13, any::<bool>())
        .prop_map(|(bits, offsets)| Layout::default().with_align(1 << bits).with_offsets(offsets))
}

/// One of each kind: what stays as long, what grows, what goes, what moves.
const EDITS: [fn(&mut Object<'_>); 6] = [
    |o| edit::rename_tensors(o, |name| Some(name.chars().rev().collect())),
    |o| edit::rename_tensors(o, |name| Some(name.repeat(2))),
    |o| edit::strip(o, edit::Strip::parse(["names", "metadata", "signatures"]).unwrap()),
    |o| drop(edit::set_batch(o, 3)),
    |o| edit::set_metadata(o, "note", b"text".to_vec()),
    |o| edit::externalize(o, "weights.bin", 4, &mut Vec::new()),
];

proptest! {
    #[test]
    fn what_is_written_is_read_back(seed: u64, layout in layouts()) {
        let model = model(seed);
        let bytes = Encoded::new(&model, layout).unwrap().to_vec();
        prop_assert_eq!(faults(&bytes, &Options::default()), []);
        let file = TfLite::parse(&bytes).unwrap();
        let again = Object::decode(&file).unwrap();
        prop_assert_eq!(&again, &model);
        prop_assert_eq!(Encoded::new(&again, layout).unwrap().to_vec(), bytes);
    }

    #[test]
    fn what_is_patched_is_what_was_edited(seed: u64, layout in layouts(), which in 0..EDITS.len()) {
        let bytes = Encoded::new(&model(seed), layout).unwrap().to_vec();
        let file = TfLite::parse(&bytes).unwrap();
        let mut edited = Object::decode(&file).unwrap();
        EDITS[which](&mut edited);
        let patched = Patched::new(&file, &edited).unwrap().to_vec();
        prop_assert_eq!(&Object::decode(&TfLite::parse(&patched).unwrap()).unwrap(), &edited);
        // A reader minds where things lie, too.
        prop_assert_eq!(faults(&patched, &Options::default().structure()), []);
    }

    #[test]
    fn any_byte_may_be_anything(seed: u64, places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = encode(&model(seed)).unwrap();
        for (place, value) in places {
            *place.get_mut(&mut bytes[..]) = value;
        }
        let found = faults(&bytes, &Options::default());
        let valid = found.iter().all(|f| f.severity() != Severity::Error);
        prop_assert_eq!(verify(&bytes, &Options::default(), &mut |_| {}), valid);
        prop_assert!(found.iter().all(|f| f.at <= bytes.len()));
        let parsed = TfLite::parse(&bytes);
        if valid {
            // A valid file can be read, decoded, written, and is then still valid.
            let model = Object::decode_known(&parsed.unwrap()).unwrap();
            let again = encode(&model).unwrap();
            let sound = verify(&again, &Options::default(), &mut |fault| {
                assert!(fault.severity() < Severity::Error, "{fault}");
            });
            prop_assert!(sound);
        } else {
            prop_assert!(found.iter().all(|f| !f.to_string().is_empty()));
        }
    }
}

#[test]
fn reading_and_verifying_allocate_nothing() {
    for seed in 0..50 {
        let bytes = encode(&model(seed)).unwrap();
        let counted = allocation_counter::measure(|| {
            let file = TfLite::parse(&bytes).unwrap();
            assert!(TfLite::trusted(&bytes).is_ok());
            for graph in file.subgraphs() {
                assert!(graph.operators().all(|op| op.code().is_ok()));
                assert!(graph.tensors().all(|t| t.payload().is_ok() && t.name().is_ok()));
            }
            assert!(verify(&bytes, &Options::default().structure(), &mut |_| {}));
            assert!(verify(&bytes, &Options::default(), &mut |_| {}));
        });
        assert_eq!(counted.count_total, 0);
    }
}
