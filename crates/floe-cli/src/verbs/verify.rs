//! `floe verify`: every checksum, bound and rule of a format.

use crate::failure::{Failure, Outcome};
use crate::out;
use crate::progress::Progress;
use floe::Kind;
use floe::tflite::verify::Target;
use floe::verify::{Fault, Options, Severity};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Check every checksum, bound and rule of PATH's format, and report all faults
#[derive(clap::Args)]
#[command(after_help = "Status: 0 valid, perhaps with warnings; 1 not valid.")]
pub(crate) struct Args {
    /// A model or a checkpoint of any format
    path: PathBuf,
    /// Of a .tflite: also check that this runtime can run it
    #[arg(long, value_enum)]
    target: Option<Runtime>,
    /// Of a .tflite: also check that no operator needs more bytes for its tensors
    #[arg(long, value_name = "BYTES")]
    max_arena: Option<u64>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What --target takes.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Runtime {
    /// TensorFlow Lite for Microcontrollers
    Tflm,
    /// LiteRT on phones and servers
    Litert,
}

/// The outcome in JSON.
#[derive(Serialize)]
struct Report {
    valid: bool,
    errors: Vec<String>,
    warnings: Vec<String>,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let mut report = Report { valid: true, errors: Vec::new(), warnings: Vec::new() };
        let mut found = |fault: Fault| match fault.severity {
            Severity::Error => report.errors.push(fault.text),
            Severity::Warning => report.warnings.push(fault.text),
        };
        let bar = OnceLock::new();
        let progress = |done, total| bar.get_or_init(|| Progress::of(total)).tell(done);
        let kind = floe::verify::verify(&self.path, &self.options(), &mut found, &progress);
        drop(bar);
        if kind.as_ref().is_ok_and(|kind| *kind != Kind::TfLite)
            && (self.target.is_some() || self.max_arena.is_some())
        {
            return Err(Failure::at(&self.path, "--target and --max-arena are for a .tflite"));
        }
        let kind = match kind {
            Ok(kind) => Some(kind),
            Err(e) => {
                report.errors.push(e.to_string());
                None
            }
        };
        report.valid = report.errors.is_empty();
        self.print(&report, kind)?;
        if report.valid {
            return Ok(());
        }
        Err(report
            .errors
            .iter()
            .map(|e| Failure::at(&self.path, e))
            .reduce(Failure::and)
            .unwrap_or(Failure::ClosedPipe))
    }

    fn options(&self) -> Options {
        let mut options = Options::default();
        options.tflite.target = self.target.map(|target| match target {
            Runtime::Tflm => Target::Tflm,
            Runtime::Litert => Target::LiteRt,
        });
        options.tflite.max_arena = self.max_arena;
        options
    }

    fn print(&self, report: &Report, kind: Option<Kind>) -> Outcome {
        if self.json {
            return out::json(report);
        }
        let mut out = out::stdout();
        for warning in &report.warnings {
            writeln!(out, "warning: {warning}")?;
        }
        if let (true, Some(kind)) = (report.valid, kind) {
            writeln!(out, "{}: a valid {}", self.path.display(), kind.describe())?;
        }
        Ok(out.flush()?)
    }
}
