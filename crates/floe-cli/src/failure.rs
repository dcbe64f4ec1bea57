//! [`Failure`]: how a verb ends when it does not succeed.

use floe::convert::Error as ConvertError;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

/// What a verb returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a verb did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The artefact is bad or the work failed. One line per fault.
    Bad(Vec<String>),
    /// The command line is wrong in a way that only the verb can tell.
    Usage(String),
    /// Nobody reads stdout any more: no fault of ours.
    ClosedPipe,
}

impl Failure {
    /// Something is wrong with the artefact at `path`. A message that already begins with the path, or
    /// with that of a file that belongs to it, is left as it is.
    pub(crate) fn at(path: impl AsRef<Path>, what: impl Display) -> Self {
        let (path, what) = (path.as_ref().display().to_string(), what.to_string());
        let named =
            what.strip_prefix(path.trim_end_matches('/')).is_some_and(|rest| rest.contains(": "));
        Self::Bad(vec![if named { what } else { format!("{path}: {what}") }])
    }

    /// Both failures.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Bad(mut lines), Self::Bad(more)) => {
                lines.extend(more);
                Self::Bad(lines)
            }
            (first, _) => first,
        }
    }

    /// A line for each reason why something cannot be converted, with the ops and the nodes that it holds for.
    pub(crate) fn unconvertible(path: &Path, e: ConvertError) -> Self {
        const SHOWN: usize = 8;
        let ConvertError::Unconvertible(problems) = e else { return Self::at(path, e) };
        let mut reasons: Vec<(&str, Vec<&str>, Vec<&str>)> = Vec::new();
        for p in &problems {
            let at = reasons.iter().position(|(r, ..)| *r == p.reason).unwrap_or_else(|| {
                reasons.push((p.reason.as_str(), Vec::new(), Vec::new()));
                reasons.len() - 1
            });
            let (_, ops, nodes) = &mut reasons[at];
            if !ops.contains(&p.op.as_str()) {
                ops.push(&p.op);
            }
            nodes.push(&p.node);
        }
        let lines = reasons.iter().map(|(reason, ops, nodes)| {
            let shown: Vec<String> = nodes.iter().take(SHOWN).map(|n| format!("`{n}`")).collect();
            let more = nodes.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let word = if nodes.len() == 1 { "node" } else { "nodes" };
            let (ops, nodes) = (ops.join(", "), shown.join(", "));
            Self::at(path, format!("{ops} cannot be converted: {reason} ({word} {nodes}{more})"))
        });
        lines.reduce(Self::and).unwrap_or(Self::ClosedPipe)
    }

    /// The command line is wrong.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::Usage(what.into())
    }

    /// Says why on stderr and gives the status.
    pub(crate) fn report(self) -> ExitCode {
        let (lines, status) = match self {
            Self::Bad(lines) => (lines, 1),
            Self::Usage(what) => (vec![what], 2),
            Self::ClosedPipe => return ExitCode::SUCCESS,
        };
        let mut err = io::stderr().lock();
        for line in lines {
            // Nothing can be done when stderr is gone too.
            let _ = writeln!(err, "error: {}", line.trim_end());
        }
        ExitCode::from(status)
    }
}

/// An error while writing results to stdout.
impl From<io::Error> for Failure {
    fn from(e: io::Error) -> Self {
        match e.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::Bad(vec![format!("stdout: {e}")]),
        }
    }
}

/// Turns a library's error into a [`Failure`] that names the file.
pub(crate) trait At<T> {
    /// The value, or a failure at `path`.
    fn at(self, path: impl AsRef<Path>) -> Outcome<T>;
}

impl<T, E: Error> At<T> for Result<T, E> {
    fn at(self, path: impl AsRef<Path>) -> Outcome<T> {
        self.map_err(|e| Failure::at(path, spell(&e)))
    }
}

/// An error and its causes, in one line.
pub(crate) fn spell(e: &dyn Error) -> String {
    let mut text = e.to_string();
    let mut cause = e.source();
    while let Some(c) = cause {
        let more = c.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = c.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn a_path_is_named_once() {
        let line = |path: &str, what: &str| match Failure::at(path, what) {
            Failure::Bad(lines) => lines.concat(),
            _ => String::new(),
        };
        assert_eq!(line("run/ck", "damaged"), "run/ck: damaged");
        assert_eq!(line("run/ck", "run/ck.index: damaged"), "run/ck.index: damaged");
        assert_eq!(
            line("model/", "model/saved_model.pb: damaged"),
            "model/saved_model.pb: damaged"
        );
    }
}
