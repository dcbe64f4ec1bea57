//! [`verify()`]: every fault of an artefact, whatever its format.
//!
//! Invariant: dispatch to the format's own check; a format without one has every element of its tensors
//! read once.

use crate::{Artefact, Kind, OpenError, View, open};
use floe_graph::{Error, Payload, TensorId};
use std::path::Path;

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Valid, but not as it should be.
    Warning,
    /// Some reader refuses it or gets wrong values.
    Error,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong and where, in words.
    pub text: String,
}

impl Fault {
    fn error(text: &impl ToString) -> Self {
        Self { severity: Severity::Error, text: text.to_string() }
    }
}

/// What is checked beyond the format's own rules.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Of a `.tflite`: the runtime that it is for, the memory that it may need.
    #[cfg(feature = "tflite")]
    pub tflite: floe_tflite::verify::Options,
}

/// Checks every checksum, bound and rule of the artefact at `path`, and hands each fault to `found`.
/// `progress` is told now and then, perhaps from several threads, how many bytes of how many are read.
///
/// # Errors
/// When nothing that Floe knows is at `path`, or it cannot be read at all: a single fault that hides
/// the others.
pub fn verify(
    path: impl AsRef<Path>,
    options: &Options,
    found: &mut dyn FnMut(Fault),
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Kind, OpenError> {
    // Each is for some formats only: checkpoints are large enough for a bar.
    let _ = (progress, options);
    let path = path.as_ref();
    let kind = Kind::sniff(path)?;
    #[cfg(feature = "tflite")]
    if kind == Kind::TfLite {
        let bytes = floe_graph::map::open(path)?;
        tflite(&bytes, &options.tflite, found);
        return Ok(kind);
    }
    let artefact = open(path)?;
    #[cfg(feature = "checkpoint")]
    if let Artefact::Checkpoint(checkpoint) = &artefact {
        self::checkpoint(checkpoint, found, progress);
        return Ok(kind);
    }
    #[cfg(feature = "savedmodel")]
    if let Artefact::SavedModel(model, _, variables) = &artefact {
        savedmodel(model, found);
        #[cfg(feature = "checkpoint")]
        if let Some(variables) = variables {
            checkpoint(variables, found, progress);
        }
        let _ = variables;
        return Ok(kind);
    }
    tensors(&artefact, &artefact.view()?, found);
    Ok(kind)
}

#[cfg(feature = "savedmodel")]
fn savedmodel(model: &floe_savedmodel::SavedModel, found: &mut dyn FnMut(Fault)) {
    use floe_savedmodel::verify::{Severity as Bad, verify};
    verify(model, &mut |fault| {
        let severity =
            if fault.severity == Bad::Error { Severity::Error } else { Severity::Warning };
        found(Fault { severity, text: fault.to_string() });
    });
}

#[cfg(feature = "tflite")]
fn tflite(bytes: &[u8], options: &floe_tflite::verify::Options, found: &mut dyn FnMut(Fault)) {
    use floe_tflite::verify::{Severity as Bad, verify};
    verify(bytes, options, &mut |fault| {
        let severity =
            if fault.severity() == Bad::Error { Severity::Error } else { Severity::Warning };
        found(Fault { severity, text: fault.to_string() });
    });
}

#[cfg(feature = "checkpoint")]
fn checkpoint(
    checkpoint: &floe_checkpoint::Checkpoint,
    found: &mut dyn FnMut(Fault),
    progress: &(dyn Fn(u64, u64) + Sync),
) {
    let sizes = checkpoint.files().into_iter().filter_map(|f| std::fs::metadata(f).ok());
    let total = sizes.map(|m| m.len()).sum();
    let report = checkpoint.verify(&|done| progress(done, total));
    report.faults.into_iter().for_each(|e| found(Fault::error(&e)));
    for note in report.notes {
        let text = format!("{}: {}", note.path.display(), note.what);
        found(Fault { severity: Severity::Warning, text });
    }
}

/// Reads every element of every tensor.
fn tensors(artefact: &Artefact, view: &View<'_>, found: &mut dyn FnMut(Fault)) {
    let tensors = view.tensors();
    for id in (0..tensors.tensor_count()).map(TensorId) {
        let read = tensors.tensor(id).and_then(|tensor| match tensor.payload {
            Payload::Strings(strings) => strings.iter().try_for_each(|s| s.map(drop)),
            // One element that stands for all: nothing more to read.
            Payload::Absent | Payload::Fill(_) => Ok(()),
            _ => tensor.for_each_chunk(|_| Ok::<_, Error>(())),
        });
        if let Err(e) = read.and_then(|()| tensors.tensor_name(id).map(drop)) {
            let text = match artefact.explain(id, e) {
                OpenError::Read(e) => {
                    format!("{e} (tensor `{}`)", tensors.tensor_name(id).unwrap_or("?"))
                }
                named => named.to_string(),
            };
            found(Fault::error(&text));
        }
    }
}
