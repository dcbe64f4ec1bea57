//! How many tensors each argument of a node stands for, by its definition and attributes.

use super::attr;
use floe_proto::tensorflow::{NodeDef, OpDef, attr_value::Value, op_def::ArgDef};

/// References to a dtype are this much above it.
pub(crate) const REF: i32 = 100;

/// The tensors of one input or output argument.
#[derive(Clone, Copy, Debug)]
pub struct Argument<'d> {
    /// The argument's definition.
    pub def: &'d ArgDef,
    /// The number of the first tensor, counted over all arguments.
    pub start: u32,
    /// How many tensors there are.
    pub count: u32,
    /// The dtypes: one for all, or one for each; empty when the file does not say. Numbers of
    /// `DataType`, 100 more for references.
    dtypes: Dtypes<'d>,
}

#[derive(Clone, Copy, Debug)]
enum Dtypes<'d> {
    Unknown,
    One(i32),
    Each(&'d [i32]),
}

impl Argument<'_> {
    /// The `DataType` number of tensor `i` of the argument, as a base type.
    #[must_use]
    pub fn dtype(&self, i: u32) -> Option<i32> {
        let number = match self.dtypes {
            Dtypes::Unknown => return None,
            Dtypes::One(number) => number,
            Dtypes::Each(list) => *list.get(usize::try_from(i).ok()?)?,
        };
        Some(if number > REF { number.saturating_sub(REF) } else { number })
    }
}

/// The input arguments of `node`; `None` when an attribute that gives their number is missing or
/// absurd.
pub fn inputs<'d>(node: &'d NodeDef, definition: &'d OpDef) -> Option<Vec<Argument<'d>>> {
    expand(node, definition, &definition.input_arg)
}

/// The output arguments of `node`, as [`inputs`].
pub fn outputs<'d>(node: &'d NodeDef, definition: &'d OpDef) -> Option<Vec<Argument<'d>>> {
    expand(node, definition, &definition.output_arg)
}

fn expand<'d>(
    node: &'d NodeDef,
    definition: &'d OpDef,
    args: &'d [ArgDef],
) -> Option<Vec<Argument<'d>>> {
    let mut start = 0u32;
    let mut all = Vec::with_capacity(args.len());
    for def in args {
        let (count, dtypes) = measure(node, definition, def)?;
        all.push(Argument { def, start, count, dtypes });
        start = start.checked_add(count)?;
    }
    Some(all)
}

fn measure<'d>(
    node: &'d NodeDef,
    definition: &'d OpDef,
    arg: &'d ArgDef,
) -> Option<(u32, Dtypes<'d>)> {
    /// More outputs than any op has; a number above it is damage.
    const MOST: u32 = 1 << 20;
    if !arg.type_list_attr.is_empty() {
        let Some(Value::List(list)) = attr(node, Some(definition), &arg.type_list_attr) else {
            return None;
        };
        return Some((u32::try_from(list.r#type.len()).ok()?, Dtypes::Each(&list.r#type)));
    }
    let count = if arg.number_attr.is_empty() {
        1
    } else {
        match attr(node, Some(definition), &arg.number_attr) {
            Some(&Value::I(n)) => u32::try_from(n).ok().filter(|&n| n <= MOST)?,
            _ => return None,
        }
    };
    let dtypes = match arg.type_attr.as_str() {
        "" if arg.r#type != 0 => Dtypes::One(arg.r#type),
        "" => Dtypes::Unknown,
        name => match attr(node, Some(definition), name) {
            Some(&Value::Type(number)) => Dtypes::One(number),
            _ => Dtypes::Unknown,
        },
    };
    Some((count, dtypes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::builtin;
    use floe_proto::tensorflow::{AttrValue, attr_value::ListValue};

    fn node(attrs: &[(&str, Value)]) -> NodeDef {
        let attr = attrs.iter().map(|(k, v)| ((*k).into(), AttrValue { value: Some(v.clone()) }));
        NodeDef { attr: attr.collect(), ..NodeDef::default() }
    }

    #[test]
    fn counts_come_from_attributes() {
        let split = builtin("Split").unwrap();
        let n = node(&[("num_split", Value::I(3)), ("T", Value::Type(1))]);
        let outs = outputs(&n, &split).unwrap();
        assert_eq!((outs[0].start, outs[0].count, outs[0].dtype(2)), (0, 3, Some(1)));

        let restore = builtin("ParseExample").unwrap();
        let list = ListValue { r#type: vec![1, 7], ..ListValue::default() };
        let n = node(&[
            ("Nsparse", Value::I(1)),
            ("Ndense", Value::I(2)),
            (
                "sparse_types",
                Value::List(Box::new(ListValue { r#type: vec![9], ..ListValue::default() })),
            ),
            ("Tdense", Value::List(Box::new(list))),
        ]);
        let outs = outputs(&n, &restore).unwrap();
        let starts: Vec<_> = outs.iter().map(|a| (a.def.name.as_str(), a.start, a.count)).collect();
        assert_eq!(
            starts,
            [
                ("sparse_indices", 0, 1),
                ("sparse_values", 1, 1),
                ("sparse_shapes", 2, 1),
                ("dense_values", 3, 2)
            ]
        );
        assert_eq!(outs[3].dtype(1), Some(7));
    }

    #[test]
    fn absurd_numbers_are_refused() {
        let split = builtin("Split").unwrap();
        for n in [-1, 1 << 40] {
            assert!(outputs(&node(&[("num_split", Value::I(n))]), &split).is_none());
        }
        assert!(outputs(&node(&[]), &split).is_none());
    }
}
