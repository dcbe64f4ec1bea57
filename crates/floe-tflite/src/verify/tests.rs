//! One generator for each class of malformed model that has hurt somebody, and a sound model each.
//!
//! A case names the rule that it breaks and the path where the fault must be found, so none passes
//! for another's reason.

mod bytes;
mod cases;
mod make;
mod refused;

use super::*;
use crate::verify::faults;
use make::{Make, fully_connected};
use std::string::{String, ToString};
use std::vec::Vec;

/// What the faults of `data` are, by rule and path.
fn found(data: &[u8]) -> Vec<(String, String)> {
    let all = faults(data, &Options::default());
    all.iter().map(|f| (f.rule.id().to_string(), f.path.to_string())).collect()
}

#[test]
fn sound_models_have_no_fault() {
    for (name, model) in cases::SOUND {
        assert_eq!(found(&model().bytes()), [], "{name}");
    }
}

#[test]
fn every_class_is_found_where_it_is() {
    for (name, rule, path, model) in cases::BROKEN.iter().chain(refused::BROKEN) {
        let all = found(&model().bytes());
        let hit = all.iter().any(|(r, p)| r == rule && p == path);
        assert!(hit, "{name}: expected {rule} at {path}, found {all:?}");
    }
}

#[test]
fn names_of_rules_are_unique() {
    let mut ids: Vec<_> = Rule::MEANING.iter().map(|r| r.id()).collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|w| w[0] != w[1]), "{ids:?}");
}

#[test]
fn a_fault_says_what_where_and_by_which_operator() {
    let mut make = fully_connected();
    make.op(0).inputs[1] = 9;
    let bytes = make.bytes();
    let fault = faults(&bytes, &Options::default())[0];
    let at = bytes[fault.at..].first_chunk().map(|b| i32::from_le_bytes(*b));
    assert_eq!(at, Some(9), "the byte offset leads to the index");
    assert_eq!(
        fault.to_string(),
        std::format!(
            "subgraphs[0].operators[0].inputs[1] (FULLY_CONNECTED): tensor 9 does not exist: the graph has 4 (byte {})",
            fault.at
        )
    );
}

/// Rules that only a target or a limit brings; the test after this one breaks them.
const ON_REQUEST: [&str; 7] = [
    "arena",
    "target-op",
    "target-offsets",
    "target-axis",
    "target-type",
    "target-input",
    "target-dynamic",
];

#[test]
fn every_rule_has_a_case() {
    for rule in Rule::MEANING {
        let mut all = cases::BROKEN.iter().chain(refused::BROKEN);
        let broken = all.any(|case| case.1 == rule.id());
        assert!(broken != ON_REQUEST.contains(&rule.id()), "{}", rule.id());
    }
}

#[test]
fn targets_and_limits_are_checked_on_request() {
    let model = Make::unary(crate::op::POW, &[4], None);
    let bytes = model.bytes();
    let rules = |options| faults(&bytes, &options).iter().map(|f| f.rule).collect::<Vec<_>>();
    assert!(rules(Options::default().for_target(Target::Tflm)).contains(&Rule::TargetOp));
    assert!(!rules(Options::default().for_target(Target::LiteRt)).contains(&Rule::TargetOp));
    let axis = crate::build::QuantSpec { axis: 3, ..crate::build::QuantSpec::per_tensor(0.125, 0) };
    let axis = make::quantized().with(|m| m.spec(2).quant = Some(axis)).bytes();
    for (target, found) in [(Target::LiteRt, true), (Target::Tflm, false)] {
        let all = faults(&axis, &Options::default().for_target(target));
        assert_eq!(all.iter().any(|f| f.rule == Rule::TargetAxis), found, "{target:?}");
    }
    let dynamic = Make::unary(crate::op::RELU, &[1, 4], None);
    let dynamic = dynamic.with(|m| m.spec(0).signature = Some(std::vec![-1, -1])).bytes();
    let tflm = Options::default().for_target(Target::Tflm);
    assert!(faults(&dynamic, &tflm).iter().any(|f| f.rule == Rule::TargetDynamic));
    let layout = crate::Layout::default().with_offsets(true);
    let fc = fully_connected().bytes();
    let owned = crate::owned::Object::decode(&TfLite::parse(&fc).unwrap()).unwrap();
    let behind = crate::Encoded::new(&owned, layout).unwrap().to_vec();
    assert!(faults(&behind, &tflm).iter().any(|f| f.rule == Rule::TargetOffsets));
    let arena = |most| faults(&fc, &Options::default().within_arena(most)).len();
    assert_eq!((arena(80), arena(79)), (0, 1), "12 floats in, 8 out");
}

#[test]
fn litert_takes_what_its_kernels_take() {
    use crate::op;
    use floe_graph::DType;
    let litert = Options::default().for_target(Target::LiteRt);
    let rules =
        |make: &Make| faults(&make.bytes(), &litert).iter().map(|f| f.rule).collect::<Vec<_>>();
    let pair =
        |dtype| Make::one(op::POW, &[(dtype, &[4]), (dtype, &[4])], &[], &[(dtype, &[4])], None);
    for (dtype, found) in
        [(DType::Float32, &[][..]), (DType::Int32, &[]), (DType::Int64, &[Rule::TargetType])]
    {
        assert_eq!(rules(&pair(dtype)), found, "{dtype:?}");
        assert_eq!(faults(&pair(dtype).bytes(), &Options::default()), [], "valid all the same");
    }
    let constants =
        [(DType::Int32, &[1, 2][..], make::ints(&[1, 1])), (DType::Float32, &[], make::reals(1))];
    let real =
        Make::one(op::PADV2, &[(DType::Int16, &[4])], &constants, &[(DType::Int16, &[6])], None);
    assert_eq!(rules(&real), [Rule::TargetType]);
    assert_eq!(rules(&make::conv()), []);
    for inputs in [std::vec![0, 1], std::vec![0, 1, -1]] {
        let bare = make::conv().with(|m| m.op(0).inputs = inputs);
        assert_eq!(rules(&bare), [Rule::TargetInput]);
        assert_eq!(faults(&bare.bytes(), &Options::default()), []);
    }
}

#[test]
fn more_tensors_than_the_stack_has_bits_for() {
    let mut make = fully_connected();
    for _ in 0..20_000 {
        make.tensor(floe_graph::DType::Float32, &[1], None);
    }
    assert_eq!(found(&make.bytes()), []);
}
