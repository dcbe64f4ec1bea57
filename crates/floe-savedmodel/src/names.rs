//! References to tensors and nodes: `node`, `node:2`, `^node`, and in function bodies
//! `argument` and `node:output_name:2`.
//!
//! Fact: a name may hold anything but a colon, so the parts are told apart by their number
//! (NodeDef.input in framework/node_def.proto).

/// One entry of a node's input list, or of a function's `ret`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference<'a> {
    /// Only an order: the node runs before.
    Control(&'a str),
    /// Output `index` of a node; in a function body a name without an index may be an argument.
    Tensor {
        /// The node.
        node: &'a str,
        /// The number of its output.
        index: u32,
    },
    /// Tensor `index` of the output argument `output`, in a function body.
    Named {
        /// The node.
        node: &'a str,
        /// The name of the output argument in the op's definition.
        output: &'a str,
        /// Which tensor of it.
        index: u32,
    },
}

impl<'a> Reference<'a> {
    /// Parses one reference; `None` when it is malformed.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        if let Some(node) = text.strip_prefix('^') {
            return (!node.is_empty() && !node.contains(':')).then_some(Self::Control(node));
        }
        let mut parts = text.split(':');
        let node = parts.next().filter(|n| !n.is_empty())?;
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => Some(Self::Tensor { node, index: 0 }),
            (Some(index), None, _) => Some(Self::Tensor { node, index: index.parse().ok()? }),
            (Some(output), Some(index), None) => {
                Some(Self::Named { node, output, index: index.parse().ok()? })
            }
            _ => None,
        }
    }

    /// The node, or the argument.
    #[must_use]
    pub const fn node(&self) -> &'a str {
        match *self {
            Self::Control(node) | Self::Tensor { node, .. } | Self::Named { node, .. } => node,
        }
    }
}

/// The node of a reference; nothing for a malformed one.
#[must_use]
pub fn node_of_tensor(text: &str) -> &str {
    Reference::parse(text).map_or("", |r| r.node())
}

/// `node`, or `node:index` for all outputs but the first.
#[must_use]
pub fn tensor(node: &str, index: u32) -> String {
    if index == 0 { node.to_owned() } else { format!("{node}:{index}") }
}

/// `node:index`, the form that sessions and signatures use.
#[must_use]
pub fn full_tensor(node: &str, index: u32) -> String {
    format!("{node}:{index}")
}

/// Whether `name` may name a node of a main graph: a letter, digit or dot, then also `_>-/\`.
#[must_use]
pub fn is_valid_node_name(name: &str) -> bool {
    let first = |b: u8| b.is_ascii_alphanumeric() || b == b'.';
    let rest = |b: u8| first(b) || matches!(b, b'_' | b'>' | b'-' | b'/' | b'\\');
    match name.as_bytes() {
        [] => false,
        [head, tail @ ..] => first(*head) && tail.iter().all(|&b| rest(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_told_apart_by_their_parts() {
        assert_eq!(Reference::parse("a/b"), Some(Reference::Tensor { node: "a/b", index: 0 }));
        assert_eq!(Reference::parse("a:3"), Some(Reference::Tensor { node: "a", index: 3 }));
        assert_eq!(Reference::parse("^a"), Some(Reference::Control("a")));
        let named = Reference::Named { node: "a", output: "y", index: 1 };
        assert_eq!(Reference::parse("a:y:1"), Some(named));
        for bad in ["", "^", ":0", "a:-1", "a:x", "a:b:c:0", "a:4294967296", "^a:0"] {
            assert_eq!(Reference::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_follow_tensorflows_rule() {
        assert!(is_valid_node_name("model/layer.1>x_\\-"));
        for bad in ["", "_a", "a b", "a:0", "^a", "é"] {
            assert!(!is_valid_node_name(bad), "{bad}");
        }
    }
}
