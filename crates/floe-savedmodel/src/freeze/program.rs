//! The form in which a graph is frozen: a tree of bodies whose edges are numbers.
//!
//! Body 0 is the main graph with all calls inlined. Every `While`, `If` and `Case` has bodies of its
//! own, one for each function that it names, so that a body has exactly one place where it is used and
//! its arguments exactly one meaning.
//!
//! Invariant: edges never leave their body.

use crate::{Error, Graph, Result};
use floe_proto::tensorflow::{AttrValue, NodeDef, TensorProto, attr_value::Value};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

/// Output `port` of node `node` of the same body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Src {
    pub(super) node: usize,
    pub(super) port: usize,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An operation.
    Op,
    /// The border of an inlined call: output i is input i. Gone once edges are resolved.
    Border,
    /// An argument of the body.
    Argument,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// Name, op and attributes; the inputs are below.
    pub(super) def: NodeDef,
    pub(super) inputs: Vec<Src>,
    pub(super) controls: Vec<usize>,
    /// The bodies of a functional op, in the order of its function attributes.
    pub(super) children: Vec<usize>,
    /// The function that the node comes from; empty for the main graph.
    pub(super) function: Rc<str>,
    /// The output argument that others name, of an op without a definition.
    pub(super) unknown_output: Option<Box<str>>,
}

impl Node {
    pub(super) fn new(kind: Kind, def: NodeDef, function: &Rc<str>) -> Self {
        Self {
            kind,
            def,
            inputs: Vec::new(),
            controls: Vec::new(),
            children: Vec::new(),
            function: Rc::clone(function),
            unknown_output: None,
        }
    }

    pub(super) fn op(&self) -> &str {
        &self.def.op
    }

    pub(super) fn fault(&self, reason: impl Into<String>) -> Error {
        fault(&self.def, &self.function, reason)
    }

    pub(super) fn set_type(&mut self, attr: &str, dtype: i32) {
        self.set(attr, Value::Type(dtype));
    }

    pub(super) fn set(&mut self, attr: &str, value: Value) {
        self.def.attr.insert(attr.to_owned(), AttrValue { value: Some(value) });
    }

    /// Makes this an operation of another kind with the attributes `attrs` alone.
    pub(super) fn become_op(
        &mut self,
        op: &str,
        attrs: impl IntoIterator<Item = (&'static str, Value)>,
    ) {
        op.clone_into(&mut self.def.op);
        self.def.attr.clear();
        for (name, value) in attrs {
            self.set(name, value);
        }
    }
}

/// A constant.
pub(super) fn constant(name: String, tensor: TensorProto) -> Node {
    let mut node = Node::new(Kind::Op, NodeDef { name, ..NodeDef::default() }, &"".into());
    let dtype = Value::Type(tensor.dtype);
    node.become_op("Const", [("dtype", dtype), ("value", Value::Tensor(Box::new(tensor)))]);
    node
}

/// A fault of the node `def`.
pub(super) fn fault(def: &NodeDef, function: &str, reason: impl Into<String>) -> Error {
    Error::Node {
        node: def.name.clone(),
        op: def.op.clone(),
        function: function.to_owned(),
        reason: reason.into(),
    }
}

/// The main graph, or one function of a functional op.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// The name of the function; empty for the main graph.
    pub(super) function: String,
    pub(super) nodes: Vec<Node>,
    /// Name and dtype of each argument; argument i is node i.
    pub(super) args: Vec<(String, i32)>,
    pub(super) rets: Vec<Ret>,
    /// The nodes that must have run before the function is done.
    pub(super) control_rets: Vec<(String, usize)>,
    /// The functional op that the body belongs to: its body, node, and number among the children.
    pub(super) parent: Option<(usize, usize, usize)>,
    names: HashSet<String>,
    next_suffix: HashMap<String, u32>,
}

#[derive(Clone, Debug)]
pub(super) struct Ret {
    pub(super) name: String,
    pub(super) dtype: i32,
    pub(super) src: Src,
}

impl Body {
    pub(super) fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len().saturating_sub(1)
    }

    pub(super) fn get(&self, node: usize) -> Option<&Node> {
        self.nodes.get(node)
    }

    /// Reserves `name`; `false` when it is taken.
    pub(super) fn reserve(&mut self, name: &str) -> bool {
        self.names.insert(name.to_owned())
    }

    /// `name`, or that with the next free number behind it, now taken.
    pub(super) fn unique(&mut self, name: String) -> String {
        if self.names.insert(name.clone()) {
            return name;
        }
        let next = self.next_suffix.entry(name.clone()).or_insert(1);
        loop {
            let candidate = format!("{name}_{next}");
            *next = next.saturating_add(1);
            if self.names.insert(candidate.clone()) {
                return candidate;
            }
        }
    }

    /// Whether TF1's loops and conditions are among the nodes: there a node without inputs belongs
    /// to no loop, and edges for order alone carry meaning.
    pub(super) fn has_v1_control_flow(&self) -> bool {
        self.nodes.iter().any(|n| is_v1_control_flow(n.op()))
    }
}

/// Whether `op` is one that TF1's loops and conditions are made of.
pub(crate) fn is_v1_control_flow(op: &str) -> bool {
    matches!(
        op.strip_prefix("Ref").unwrap_or(op),
        "Enter" | "Exit" | "NextIteration" | "Switch" | "Merge"
    )
}

/// A tree of bodies; the main graph is the first.
#[derive(Debug)]
pub(super) struct Program<'g> {
    pub(super) graph: &'g Graph,
    pub(super) bodies: Vec<Body>,
}

impl Program<'_> {
    pub(super) fn body(&self, id: usize) -> Result<&Body> {
        self.bodies.get(id).ok_or_else(lost)
    }

    pub(super) fn body_mut(&mut self, id: usize) -> Result<&mut Body> {
        self.bodies.get_mut(id).ok_or_else(lost)
    }

    pub(super) fn node(&self, body: usize, node: usize) -> Result<&Node> {
        self.body(body)?.get(node).ok_or_else(lost)
    }

    pub(super) fn node_mut(&mut self, body: usize, node: usize) -> Result<&mut Node> {
        self.body_mut(body)?.nodes.get_mut(node).ok_or_else(lost)
    }
}

/// An edge that leads to no node: a fault of this crate, not of the file.
fn lost() -> Error {
    Error::function("", "internal: an edge of the frozen program leads nowhere")
}

/// The functional ops that are rewritten with their functions.
#[derive(Debug)]
pub(super) struct Functional {
    /// The attributes that name the functions.
    pub(super) functions: &'static [&'static str],
    /// Inputs before those that the functions take.
    pub(super) skip: usize,
    /// The attribute with the dtypes of the inputs, and of the outputs.
    pub(super) types: [&'static str; 2],
    /// Outputs are fed back as inputs.
    pub(super) is_loop: bool,
}

const WHILE: Functional =
    Functional { functions: &["cond", "body"], skip: 0, types: ["T", "T"], is_loop: true };
const IF: Functional = Functional {
    functions: &["then_branch", "else_branch"],
    skip: 1,
    types: ["Tin", "Tout"],
    is_loop: false,
};
const CASE: Functional =
    Functional { functions: &["branches"], skip: 1, types: ["Tin", "Tout"], is_loop: false };

/// How `op` uses functions, when it is one of those that are rewritten.
pub(super) fn functional(op: &str) -> Option<&'static Functional> {
    match op.strip_prefix("Stateless").unwrap_or(op) {
        "While" => Some(&WHILE),
        "If" => Some(&IF),
        "Case" => Some(&CASE),
        _ => None,
    }
}

/// The names of the functions in attribute `name`: one, or a list.
pub(super) fn function_names<'a>(
    attrs: &'a BTreeMap<String, AttrValue>,
    name: &str,
) -> Vec<&'a str> {
    match attrs.get(name).and_then(|a| a.value.as_ref()) {
        Some(Value::Func(f)) => vec![f.name.as_str()],
        Some(Value::List(list)) => list.func.iter().map(|f| f.name.as_str()).collect(),
        _ => Vec::new(),
    }
}
