//! What can go wrong above the bytes: files that are no model, signatures that are not there, nodes
//! that cannot be frozen.
//!
//! Invariant: every error names its place (a file, a node with its op and function, a variable), so
//! that a user can find it in his own source.

use std::path::PathBuf;

/// The result of opening, freezing or writing.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The bytes are none of the formats that this crate reads.
    #[error(
        "{}: {reason}; expected a GraphDef, a MetaGraphDef or a SavedModel, binary or text",
        path.display()
    )]
    NotAModel {
        /// The file or directory.
        path: PathBuf,
        /// What was found in its place.
        reason: String,
    },
    /// A message is damaged.
    #[error("damaged {what}: {source}")]
    Decode {
        /// The message or its file.
        what: String,
        /// What the decoder found.
        source: floe_proto::DecodeError,
    },
    /// A text form is damaged.
    #[error("{}: {source}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong, and at which line.
        source: floe_proto::text::Error,
    },
    /// Something that was asked for by name is not there.
    #[error("there is no {what} `{name}`; there are: {have}")]
    NoSuch {
        /// What was asked for: a signature, a set of tags, a tensor.
        what: &'static str,
        /// The name.
        name: String,
        /// The names that are there.
        have: String,
    },
    /// A node, named with its op, that breaks a rule or cannot be frozen.
    #[error("node `{node}` ({op}){}: {reason}", in_function(function))]
    Node {
        /// The node's name.
        node: String,
        /// Its op.
        op: String,
        /// The function that holds it; empty for the main graph.
        function: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A function that breaks a rule.
    #[error("function `{name}`: {reason}")]
    Function {
        /// The function's name in the library.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A variable whose value cannot be found or does not fit.
    #[error("variable `{name}`: {reason}")]
    Variable {
        /// The variable's name.
        name: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A tensor that cannot be read.
    #[error("tensor `{name}`: {source}")]
    Tensor {
        /// The tensor's name.
        name: String,
        /// What is wrong with it.
        source: floe_graph::Error,
    },
    /// A SavedModel that cannot be written.
    #[error("{reason}")]
    Package {
        /// What is wrong, and what to do.
        reason: String,
    },
    /// More work than a valid model asks for.
    #[error("{what} exceeds the limit of {limit}: {hint}")]
    Limit {
        /// What is counted.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
        /// What to do.
        hint: &'static str,
    },
}

impl Error {
    /// An [`Io`](Self::Io) error at `path`, for `map_err`.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    /// A damaged message, for `map_err`.
    pub(crate) fn decode(what: impl Into<String>) -> impl FnOnce(floe_proto::DecodeError) -> Self {
        let what = what.into();
        move |source| Self::Decode { what, source }
    }

    /// A missing name among those that are there.
    pub(crate) fn no_such<'n>(
        what: &'static str,
        name: impl Into<String>,
        have: impl IntoIterator<Item = &'n str>,
    ) -> Self {
        Self::NoSuch { what, name: name.into(), have: listed(have) }
    }

    /// A fault of a function.
    pub(crate) fn function(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Function { name: name.into(), reason: reason.into() }
    }

    /// A SavedModel that cannot be written.
    pub(crate) fn package(reason: impl Into<String>) -> Self {
        Self::Package { reason: reason.into() }
    }

    /// A fault of a variable.
    pub(crate) fn variable(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Variable { name: name.into(), reason: reason.into() }
    }
}

fn in_function(function: &str) -> String {
    if function.is_empty() { String::new() } else { format!(" in function `{function}`") }
}

/// The first names, for a message that stays readable whatever the file holds.
fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    const SHOWN: usize = 12;
    let mut names = names.into_iter();
    let mut text =
        names.by_ref().take(SHOWN).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    match names.count() {
        0 if text.is_empty() => text.push_str("none"),
        0 => {}
        more => text.push_str(&format!(" and {more} more")),
    }
    text
}
