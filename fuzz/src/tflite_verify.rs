//! Verifying a `.tflite`: all faults of anything, each of which can be shown.

use floe_graph::ErrorKind;
use floe_tflite::TfLite;
use floe_tflite::verify::{Options, Rule, Severity, Target, verify};

/// The verdict comes with a reason, and agrees with the reader: what does not parse is not valid, and
/// every fault's place lies in the file.
///
/// # Panics
/// When the verifier contradicts itself or the reader.
pub fn run(data: &[u8]) {
    let options = Options::default().for_target(Target::Tflm).within_arena(1 << 20);
    let (mut errors, mut structure) = (0, 0);
    let valid = verify(data, &options, &mut |fault| {
        errors += usize::from(fault.severity() == Severity::Error);
        structure += usize::from(matches!(fault.rule, Rule::Structure(_)));
        assert!(fault.at <= data.len(), "{fault}");
        assert!(!fault.to_string().is_empty());
    });
    assert_eq!(valid, errors == 0);
    if TfLite::parse(data).is_err() {
        assert!(structure > 0, "refused by the reader alone");
        return;
    }
    verify(data, &Options::default().structure(), &mut |fault| {
        // The reader tolerates these.
        let mild = [ErrorKind::Misaligned, ErrorKind::Malformed].map(Rule::Structure);
        assert!(mild.contains(&fault.rule), "accepted by the reader alone: {fault}");
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn smoke() {
        crate::smoke::smoke(super::run, "tflite_verify", |name| name.ends_with(".tflite"));
    }
}
