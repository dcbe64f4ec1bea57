//! The definitions of TensorFlow's ops: arguments, attributes and their defaults, as data.
//!
//! A graph's own definitions (`stripped_op_list`) come first, then the built-in table of
//! TensorFlow 2.21's public ops. Files leave out attributes that have their default value, so
//! nothing about a node may be read without its definition.
//!
//! Invariant: what a table does not know is `None`, never a guess.

mod arguments;
mod parse;

pub(crate) use arguments::REF;
pub use arguments::{Argument, inputs, outputs};

use floe_proto::tensorflow::{AttrValue, NodeDef, OpDef, OpList, attr_value::Value};
use foldhash::HashMap;
use std::borrow::Cow;

/// One op a line, sorted by name; `xtask/scripts/ops.py` says how it is written.
const TABLE: &str = include_str!("table.txt");

/// The definitions that one graph is read with.
#[derive(Debug, Default)]
pub struct Ops {
    known: HashMap<String, OpDef>,
}

impl Ops {
    /// The definitions that come with a graph, ahead of the built-in ones.
    #[must_use]
    pub fn new(own: Option<&OpList>) -> Self {
        let own = own.map(|list| list.op.as_slice()).unwrap_or_default();
        Self { known: own.iter().map(|op| (op.name.clone(), op.clone())).collect() }
    }

    /// The definition of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'_, OpDef>> {
        match self.known.get(name) {
            Some(op) => Some(Cow::Borrowed(op)),
            None => builtin(name).map(Cow::Owned),
        }
    }

    /// The definition of `name` that the graph brought or [`load`](Self::load) fetched.
    #[must_use]
    pub fn loaded(&self, name: &str) -> Option<&OpDef> {
        self.known.get(name)
    }

    /// Keeps the definitions of all ops in `names` at hand, so that [`get`](Self::get) borrows them.
    pub fn load<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            if !self.known.contains_key(name)
                && let Some(op) = builtin(name)
            {
                self.known.insert(name.to_owned(), op);
            }
        }
    }
}

/// The built-in definition of `name`.
#[must_use]
pub fn builtin(name: &str) -> Option<OpDef> {
    parse::line(find(TABLE, name)?)
}

/// The names of all ops with a built-in definition, in the order of their bytes.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter_map(|line| line.split('\t').next())
}

/// Whether running an op of this definition may do more than make its outputs. Fact: ops that change
/// a reference are not marked as stateful, they only take it.
#[must_use]
pub fn has_effect(definition: &OpDef) -> bool {
    definition.is_stateful || definition.input_arg.iter().any(|arg| arg.is_ref)
}

/// The value of attribute `name` of `node`: its own, else the default of `definition`.
#[must_use]
pub fn attr<'a>(node: &'a NodeDef, definition: Option<&'a OpDef>, name: &str) -> Option<&'a Value> {
    if let Some(AttrValue { value }) = node.attr.get(name) {
        return value.as_ref();
    }
    definition?.attr.iter().find(|a| a.name == name)?.default_value.as_ref()?.value.as_ref()
}

/// The line of `table` that begins with `name`, by bisection.
fn find<'t>(table: &'t str, name: &str) -> Option<&'t str> {
    let (mut low, mut high) = (0, table.len());
    while low < high {
        let middle = low.midpoint(high);
        let start = table
            .get(low..middle)?
            .rfind('\n')
            .map_or(low, |n| low.saturating_add(n).saturating_add(1));
        let line = table.get(start..high)?.split('\n').next()?;
        match line.split('\t').next()?.cmp(name) {
            std::cmp::Ordering::Equal => return Some(line),
            std::cmp::Ordering::Less => low = start.saturating_add(line.len()).saturating_add(1),
            std::cmp::Ordering::Greater => high = start,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_found_and_parses() {
        let mut last = "";
        let mut count = 0;
        for name in builtin_names() {
            assert!(last.as_bytes() < name.as_bytes(), "{last} {name}");
            let op = builtin(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(op.name, name);
            (last, count) = (name, count + 1);
        }
        assert!(count > 1500, "{count}");
    }

    #[test]
    fn what_is_not_there_is_none() {
        for name in ["", "AA", "Conv2", "Conv2DD", "zzz", "Conv2D\t"] {
            assert!(builtin(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_definition_has_arguments_defaults_and_flags() {
        let conv = builtin("Conv2D").unwrap();
        assert_eq!(conv.input_arg.len(), 2);
        assert_eq!(conv.input_arg[1].type_attr, "T");
        let node = NodeDef::default();
        assert_eq!(attr(&node, Some(&conv), "data_format"), Some(&Value::S("NHWC".into())));
        let Some(Value::List(dilations)) = attr(&node, Some(&conv), "dilations") else { panic!() };
        assert_eq!(dilations.i, [1; 4]);
        assert!(builtin("Assign").unwrap().input_arg[0].is_ref);
        assert!(builtin("AssignVariableOp").unwrap().is_stateful);
        let bn = builtin("FusedBatchNormV3").unwrap();
        assert_eq!(attr(&node, Some(&bn), "epsilon"), Some(&Value::F(1e-4)));
    }
}
