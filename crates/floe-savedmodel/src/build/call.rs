//! [`Call`]: one node on its way into a graph.
//!
//! Fact: an op's definition says for each input argument whether it is one tensor, `N` of one dtype, or
//! a list of any; attributes name the dtypes and counts (framework/op_def.proto).

use super::{Attr, Builder, Tensor, node_fault};
use floe_proto::tensorflow::{
    NodeDef, OpDef,
    attr_value::{ListValue, Value},
    op_def::ArgDef,
};

/// A node that is being made.
#[derive(Debug)]
#[must_use = "a node enters the graph when its output is taken"]
pub struct Call<'b> {
    builder: &'b Builder,
    node: NodeDef,
    operands: Vec<Tensor<'b>>,
    after: Vec<String>,
}

impl<'b> Call<'b> {
    pub(super) fn new(builder: &'b Builder, op: &str) -> Self {
        let node = NodeDef { name: op.to_owned(), op: op.to_owned(), ..NodeDef::default() };
        Self { builder, node, operands: Vec::new(), after: Vec::new() }
    }

    /// One more input.
    pub fn input(mut self, tensor: Tensor<'b>) -> Self {
        self.operands.push(tensor);
        self
    }

    /// More inputs.
    pub fn inputs(mut self, tensors: impl IntoIterator<Item = Tensor<'b>>) -> Self {
        self.operands.extend(tensors);
        self
    }

    /// An attribute. Dtypes and counts that follow from the inputs need not be given.
    pub fn attr(mut self, name: &str, value: impl Into<Attr>) -> Self {
        self.node.attr.insert(name.to_owned(), value.into().into());
        self
    }

    /// The attributes of `node` that are called `names`, as far as it has them.
    pub(crate) fn attrs_of(mut self, node: &NodeDef, names: &[&str]) -> Self {
        for name in names {
            if let Some(value) = node.attr.get(*name) {
                self.node.attr.insert((*name).to_owned(), value.clone());
            }
        }
        self
    }

    /// The node's name; with a number behind it when that is taken. Without one it is the op's.
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.node.name);
        self
    }

    /// The first output.
    pub fn output(self) -> Tensor<'b> {
        let builder = self.builder;
        self.outputs().first().copied().unwrap_or_else(|| builder.nothing())
    }

    /// All outputs; none when the node does not fit its op, which [`Builder::finish`] tells.
    pub fn outputs(self) -> Vec<Tensor<'b>> {
        let Self { builder, mut node, operands, after } = self;
        // What an input that could not be made is the reason for has its fault already.
        if operands.iter().any(|t| t.node == u32::MAX) {
            builder.fail(node_fault(&node, "an input could not be made"));
            return Vec::new();
        }
        builder.state.borrow_mut().ops.load([node.op.as_str()]);
        let fault = {
            let state = builder.state.borrow();
            match state.ops.loaded(&node.op) {
                Some(definition) => complete(&mut node, definition, &operands).err(),
                None => Some("there is no such op"),
            }
        };
        if let Some(fault) = fault {
            builder.fail(node_fault(&node, fault));
            return Vec::new();
        }
        node.input = operands
            .iter()
            .map(|t| crate::names::tensor(&t.node_name(), t.port))
            .chain(after.iter().map(|name| format!("^{name}")))
            .collect();
        builder.push(node)
    }

    /// Lets the node run after the one that makes `tensor`.
    pub fn after(mut self, tensor: Tensor<'b>) -> Self {
        self.after.push(tensor.node_name());
        self
    }
}

/// Sets the attributes that follow from the inputs.
fn complete(node: &mut NodeDef, op: &OpDef, operands: &[Tensor<'_>]) -> Result<(), &'static str> {
    let lists = op.input_arg.iter().filter(|a| is_list(a)).count();
    let single = op.input_arg.len().saturating_sub(lists);
    let mut rest = operands;
    for arg in &op.input_arg {
        let count = if is_list(arg) {
            count_of(node, arg, operands.len().checked_sub(single).filter(|_| lists == 1))
        } else {
            Some(1)
        };
        let count = count.ok_or("the number of its inputs does not fit its op")?;
        let (mine, behind) =
            rest.split_at_checked(count).ok_or("it has fewer inputs than its op takes")?;
        rest = behind;
        describe(node, arg, mine)?;
    }
    if !rest.is_empty() {
        return Err("it has more inputs than its op takes");
    }
    let known = |name: &String| op.attr.iter().any(|a| a.name == *name) || name.starts_with('_');
    if !node.attr.keys().all(known) {
        return Err("it has an attribute that its op has not");
    }
    let mut needed = op.attr.iter().filter(|a| a.default_value.is_none());
    if needed.all(|a| node.attr.contains_key(&a.name)) {
        return Ok(());
    }
    Err("an attribute is missing")
}

fn is_list(arg: &ArgDef) -> bool {
    !arg.number_attr.is_empty() || !arg.type_list_attr.is_empty()
}

/// How many tensors a list argument has: as an attribute says, else all that are left for the only list.
fn count_of(node: &NodeDef, arg: &ArgDef, left: Option<usize>) -> Option<usize> {
    match node.attr.get(&arg.number_attr).and_then(|a| a.value.as_ref()) {
        Some(&Value::I(n)) => usize::try_from(n).ok(),
        _ => left,
    }
}

/// Notes the count and the dtypes of an argument's tensors, and holds them against what is noted.
fn describe(node: &mut NodeDef, arg: &ArgDef, tensors: &[Tensor<'_>]) -> Result<(), &'static str> {
    let mut note = |name: &str, value: Value| {
        if name.is_empty() {
            return Ok(());
        }
        let slot = node.attr.entry(name.to_owned()).or_default();
        let noted = slot.value.get_or_insert_with(|| value.clone());
        if *noted == value { Ok(()) } else { Err("its inputs do not have the dtypes it asks for") }
    };
    note(&arg.number_attr, Value::I(i64::try_from(tensors.len()).unwrap_or(i64::MAX)))?;
    if !arg.type_list_attr.is_empty() {
        let list =
            ListValue { r#type: tensors.iter().map(|t| t.dtype).collect(), ..ListValue::default() };
        return note(&arg.type_list_attr, Value::List(Box::new(list)));
    }
    for tensor in tensors {
        if arg.r#type != 0 && arg.r#type != tensor.dtype {
            return Err("its inputs do not have the dtypes it asks for");
        }
        note(&arg.type_attr, Value::Type(tensor.dtype))?;
    }
    Ok(())
}
