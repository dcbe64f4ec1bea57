//! [`Printed`]: a module as text, one line a node, for people and for tests.
//!
//! Invariant: the same module gives the same text.

use super::{Attr, Def, Graph, Module, ValueId};
use std::fmt;

/// A module that displays as text.
#[derive(Clone, Copy, Debug)]
pub struct Printed<'m>(pub &'m Module);

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, graph) in self.0.graphs.iter().enumerate() {
            self.graph(f, i, graph)?;
        }
        Ok(())
    }
}

impl Printed<'_> {
    fn graph(&self, f: &mut fmt::Formatter<'_>, i: usize, graph: &Graph) -> fmt::Result {
        write!(f, "graph {i} {:?}(", graph.name)?;
        for (k, &v) in graph.inputs.iter().enumerate() {
            write!(f, "{}%{}: {}", if k > 0 { ", " } else { "" }, v.0, self.kind(graph, v))?;
        }
        writeln!(f, ") {{")?;
        for (_, node) in graph.nodes() {
            write!(f, "  ")?;
            for (k, &v) in node.outputs.iter().enumerate() {
                let comma = if k > 0 { ", " } else { "" };
                write!(f, "{comma}%{}: {}", v.0, self.kind(graph, v))?;
            }
            write!(f, " = {}(", node.op)?;
            for (k, v) in node.inputs.iter().enumerate() {
                write!(f, "{}{}", if k > 0 { ", " } else { "" }, self.operand(graph, *v))?;
            }
            write!(f, ")")?;
            for (name, attr) in node.attrs.iter() {
                write!(f, " {name}={}", Shown(attr))?;
            }
            writeln!(f, "  // {}", node.origin.join(" + "))?;
        }
        write!(f, "  return")?;
        for &v in &graph.outputs {
            write!(f, " {}", self.operand(graph, Some(v)))?;
        }
        writeln!(f, "\n}}")
    }

    fn kind(&self, graph: &Graph, v: ValueId) -> String {
        let value = graph.value(v);
        let dims: Vec<String> = value.shape.iter().map(|d| self.0.symbols.show(d)).collect();
        format!("{}[{}]", value.dtype, dims.join(","))
    }

    fn operand(&self, graph: &Graph, v: Option<ValueId>) -> String {
        let Some(v) = v else { return "none".into() };
        match &graph.value(v).def {
            Def::Const(t) => match t.to_ints().or_else(|| t.to_f32().map(|_| Vec::new())) {
                Some(ints) if !ints.is_empty() && ints.len() <= 8 => {
                    format!("{:?}:{}", ints, self.kind(graph, v))
                }
                _ => match t.scalar_f32() {
                    Some(x) if t.len() == 1 => format!("{x:?}:{}", self.kind(graph, v)),
                    _ => format!("const:{}", self.kind(graph, v)),
                },
            },
            Def::State => format!("state:{}", self.kind(graph, v)),
            _ => format!("%{}", v.0),
        }
    }
}

/// An option that displays as text.
struct Shown<'a>(&'a Attr);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Attr::Int(n) => write!(f, "{n}"),
            Attr::Bool(b) => write!(f, "{b}"),
            Attr::Float(x) => write!(f, "{x:?}"),
            Attr::Type(t) => write!(f, "{t}"),
            Attr::Ints(v) => write!(f, "{v:?}"),
            Attr::Floats(v) => write!(f, "{v:?}"),
            Attr::Text(s) => write!(f, "{s:?}"),
            Attr::Bytes(b) => write!(f, "<{} bytes>", b.len()),
            Attr::Graph(g) => write!(f, "@{}", g.0),
        }
    }
}
