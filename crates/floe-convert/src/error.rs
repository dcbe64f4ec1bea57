//! [`Error`]: why a model cannot be converted, all reasons at once.
//!
//! Invariant: every problem names the user's node, the op and what would help, where it is known.

use std::fmt;

/// One node that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Problem {
    /// The op.
    pub op: String,
    /// The node, by its name in the user's graph.
    pub node: String,
    /// Why it cannot be converted, and what would help.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node '{}' op {}: {}", self.node, self.op, self.reason)
    }
}

/// Why a model cannot be converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The graph itself is damaged: an edge to nowhere, a cycle, a constant that does not decode.
    #[error("the graph is damaged: {0}")]
    Graph(String),
    /// What was asked for is not in the graph.
    #[error("{0}")]
    Request(String),
    /// Ops that cannot be converted; never empty.
    #[error("{}", list(.0))]
    Unconvertible(Vec<Problem>),
    /// The converter made a module that breaks its own rules: a fault of the converter.
    #[error("the converted graph is not valid, a fault of the converter: {0}")]
    Invalid(String),
    /// The file could not be put together.
    #[error("the file cannot be written: {0}")]
    Emit(String),
}

fn list(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    match lines.as_slice() {
        [one] => one.clone(),
        all => format!("{} nodes cannot be converted:\n  {}", all.len(), all.join("\n  ")),
    }
}
