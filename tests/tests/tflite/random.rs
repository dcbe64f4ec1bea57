//! Random valid models: what is written is read back, and what is damaged is refused or still valid.

use floe_smith::{Source, tflite};
use floe_tflite::owned::Object;
use floe_tflite::verify::{Options, Severity, faults, verify};
use floe_tflite::{Encoded, Layout, TfLite, encode};
use proptest::prelude::*;

fn model(seed: u64) -> Object<'static> {
    tflite::model(&mut Source::seed(seed), &tflite::Config { ops: 12, elements: 512 })
}

/// Every layout there is.
fn layouts() -> impl Strategy<Value = Layout> {
    (4u32..13, any::<bool>())
        .prop_map(|(bits, offsets)| Layout::default().with_align(1 << bits).with_offsets(offsets))
}

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
