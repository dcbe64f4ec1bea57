//! Versions of operators: the lowest that expresses each, and the runtime that a model needs.
//!
//! A version that is higher than need be makes a runtime refuse a model that it could run. Invariant:
//! [`settle`] changes nothing but versions, the list of operator codes and the metadata entry
//! `min_runtime_version`; what a newer writer marked higher for reasons unknown here stays with
//! [`Policy::Raise`].

mod lowest;
mod since;

use crate::op;
use crate::owned::Object;
use crate::schema::fields::{
    buffer, metadata, model, operator, operator_code, quantization_parameters, sub_graph, tensor,
};
use crate::schema::{Field, TableId};
use crate::table::{Number, OPTIONS};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use floe_graph::DType;

/// The metadata entry that says which runtime a model needs.
pub const MIN_RUNTIME: &str = "min_runtime_version";

/// A release of TensorFlow, later of LiteRT: `2.14.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release(pub u16, pub u16, pub u16);

impl Release {
    /// Reads `2.14` or `2.14.1`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(|part| part.parse().ok());
        let release = Self(parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
        parts.next().is_none().then_some(release)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// The first release whose runtime has `version` of operator `code`; `None` where none is known.
#[must_use]
pub fn since(code: i32, version: i32) -> Option<Release> {
    let at = since::SINCE.binary_search_by_key(&code, |row| row.0).ok()?;
    let index = usize::try_from(version.checked_sub(1)?).ok()?;
    Release::parse(since::SINCE.get(at)?.1.split(' ').nth(index)?)
}

/// What to do with the versions that a model has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Each operator gets its lowest version.
    #[default]
    Lowest,
    /// Versions only rise: to the lowest that expresses the operator, where they are below.
    Raise,
}

/// Gives every operator of `model` its version, lists the codes anew without those that nobody uses,
/// and notes the runtime that all of them need, which is returned.
pub fn settle<'a>(model: &mut Object<'a>, policy: Policy) -> Option<Release> {
    let codes: Vec<Object<'a>> = model.tables(model::OPERATOR_CODES).to_vec();
    let mut listed = Codes::default();
    let mut graphs = core::mem::take(model.tables_mut(model::SUBGRAPHS));
    for graph in &mut graphs {
        let mut operators = core::mem::take(graph.tables_mut(sub_graph::OPERATORS));
        for object in &mut operators {
            let index = object.get(operator::OPCODE_INDEX) as usize;
            let Some(code) = codes.get(index) else { continue };
            let version = version(graph, object, code, policy);
            object.set(operator::OPCODE_INDEX, listed.add(code, version));
        }
        *graph.tables_mut(sub_graph::OPERATORS) = operators;
    }
    *model.tables_mut(model::SUBGRAPHS) = graphs;
    let need = listed.list.iter().filter_map(|code| since(number(code), version_of(code))).max();
    *model.tables_mut(model::OPERATOR_CODES) = listed.list;
    note(model, need);
    need
}

/// The lowest version for one operator of `graph`, a subgraph.
#[must_use]
pub fn lowest(graph: &Object<'_>, operator: &Object<'_>, code: i32) -> i32 {
    lowest::lowest(code, &Signature { graph, operator })
}

fn version(graph: &Object<'_>, object: &Object<'_>, code: &Object<'_>, policy: Policy) -> i32 {
    let found = version_of(code);
    // A custom operator's version is its author's; one without rules may be newer than this table.
    if number(code) == op::CUSTOM || crate::op_traits(number(code)).is_none() {
        return found;
    }
    let least = lowest(graph, object, number(code));
    if policy == Policy::Raise { least.max(found) } else { least }
}

fn number(code: &Object<'_>) -> i32 {
    let old: i8 = code.get(operator_code::DEPRECATED_BUILTIN_CODE);
    code.get(operator_code::BUILTIN_CODE).max(old.into())
}

fn version_of(code: &Object<'_>) -> i32 {
    code.get(operator_code::VERSION)
}

/// The operator codes in use, in the order of their first use.
#[derive(Default)]
struct Codes<'a> {
    list: Vec<Object<'a>>,
    known: BTreeMap<(i32, i32, Vec<u8>), u32>,
}

impl<'a> Codes<'a> {
    fn add(&mut self, code: &Object<'a>, version: i32) -> u32 {
        let key = (number(code), version, code.string(operator_code::CUSTOM_CODE).to_vec());
        let next = self.list.len() as u32;
        let list = &mut self.list;
        *self.known.entry(key).or_insert_with(|| {
            list.push(code.clone().with(operator_code::VERSION, version));
            next
        })
    }
}

/// Metadata entries are as long as TensorFlow makes them.
const NOTE_LENGTH: usize = 16;

/// Writes down the runtime that the model needs, over what was there.
fn note(model: &mut Object<'_>, need: Option<Release>) {
    let Some(need) = need else { return };
    let mut text = need.to_string().into_bytes();
    text.resize(NOTE_LENGTH.max(text.len()), 0);
    let entry = model
        .tables(model::METADATA)
        .iter()
        .find(|m| m.string(metadata::NAME) == MIN_RUNTIME.as_bytes())
        .map(|m| m.get(metadata::BUFFER));
    let buffers = model.tables_mut(model::BUFFERS);
    let mut filled = Object::new(TableId::BUFFER);
    filled.set_bytes(buffer::DATA, text.into());
    if let Some(slot) = entry.and_then(|i| buffers.get_mut(i as usize).filter(|_| i > 0)) {
        *slot = filled;
        return;
    }
    let index = buffers.len() as u32;
    buffers.push(filled);
    let mut entry = Object::new(TableId::METADATA).with(metadata::BUFFER, index);
    entry.set_string(metadata::NAME, String::from(MIN_RUNTIME));
    model.tables_mut(model::METADATA).push(entry);
}

/// One operator as the rules see it.
pub(super) struct Signature<'g, 'a> {
    graph: &'g Object<'a>,
    operator: &'g Object<'a>,
}

impl<'g, 'a> Signature<'g, 'a> {
    fn tensor(&self, field: Field<[i32]>, i: usize) -> Option<&'g Object<'a>> {
        let index = usize::try_from(self.operator.vector(field).get(i)?).ok()?;
        self.graph.tables(sub_graph::TENSORS).get(index)
    }

    fn has_type(tensor: Option<&Object<'_>>, dtype: DType) -> bool {
        tensor.and_then(|t| DType::from_tflite(t.get(tensor::TYPE))) == Some(dtype)
    }

    fn scales(tensor: Option<&Object<'_>>) -> usize {
        let quant = tensor.and_then(|t| t.table(tensor::QUANTIZATION));
        quant.map_or(0, |q| q.vector(quantization_parameters::SCALE).len())
    }

    fn scale(tensor: Option<&Object<'_>>) -> Option<f32> {
        tensor?.table(tensor::QUANTIZATION)?.vector(quantization_parameters::SCALE).get(0)
    }

    pub(super) fn inputs(&self) -> usize {
        self.operator.vector(operator::INPUTS).len()
    }

    /// Whether input `i` has type `dtype`.
    pub(super) fn input(&self, i: usize, dtype: DType) -> bool {
        Self::has_type(self.tensor(operator::INPUTS, i), dtype)
    }

    pub(super) fn output(&self, i: usize, dtype: DType) -> bool {
        Self::has_type(self.tensor(operator::OUTPUTS, i), dtype)
    }

    /// Whether the first input or output has type `dtype`.
    pub(super) fn either(&self, dtype: DType) -> bool {
        self.input(0, dtype) || self.output(0, dtype)
    }

    /// Whether input `i` is given.
    pub(super) fn given(&self, i: usize) -> bool {
        self.tensor(operator::INPUTS, i).is_some()
    }

    pub(super) fn rank(&self, i: usize) -> usize {
        self.tensor(operator::INPUTS, i).map_or(0, |t| t.vector(tensor::SHAPE).len())
    }

    pub(super) fn quantized(&self, i: usize) -> bool {
        Self::scales(self.tensor(operator::INPUTS, i)) > 0
    }

    pub(super) fn per_axis(&self, i: usize) -> bool {
        Self::scales(self.tensor(operator::INPUTS, i)) > 1
    }

    pub(super) fn output_per_axis(&self) -> bool {
        Self::scales(self.tensor(operator::OUTPUTS, 0)) > 1
    }

    pub(super) fn sparse(&self, i: usize) -> bool {
        self.tensor(operator::INPUTS, i).is_some_and(|t| t.table(tensor::SPARSITY).is_some())
    }

    /// Whether the filter sees only a part of the input's channels.
    pub(super) fn grouped(&self) -> bool {
        let channels = |i| {
            let shape = self.tensor(operator::INPUTS, i)?.vector(tensor::SHAPE);
            shape.get(3)
        };
        matches!((channels(0), channels(1)), (Some(input), Some(filter)) if input != filter)
    }

    /// Product of the operands' scales over the result's.
    pub(super) fn rescale(&self) -> Option<f32> {
        let a = Self::scale(self.tensor(operator::INPUTS, 0))?;
        let b = Self::scale(self.tensor(operator::INPUTS, 1))?;
        let out = Self::scale(self.tensor(operator::OUTPUTS, 0))?;
        (a != 0.0 && b != 0.0 && out != 0.0).then_some(a * b / out)
    }

    /// Whether the operands' shapes differ and one has more than `rank` dimensions.
    pub(super) fn broadcasts_beyond(&self, rank: usize) -> bool {
        let shape =
            |i| self.tensor(operator::INPUTS, i).map(|t| t.vector(tensor::SHAPE).as_bytes());
        shape(0) != shape(1) && self.rank(0).max(self.rank(1)) > rank
    }

    /// A number of the options; the default when there are no such options.
    pub(super) fn option<T: Number>(&self, field: Field<T>) -> T {
        let mut found = OPTIONS.iter().filter_map(|&f| self.operator.table(f));
        found.find(|o| o.table_id() == field.table()).map_or(field.default(), |o| o.get(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{OP_COUNT, op_max_version};

    #[test]
    fn releases_compare_by_number() {
        let parse = |t| Release::parse(t).unwrap();
        assert!(parse("2.9.0") < parse("2.14") && parse("1.14.0") < parse("2.0.0"));
        assert_eq!(parse("2.14.4").to_string(), "2.14.4");
        assert_eq!(Release::parse("2"), None);
        assert_eq!(Release::parse("2.x"), None);
    }

    #[test]
    fn every_release_in_the_table_can_be_read_and_rises() {
        assert!(since::SINCE.windows(2).all(|w| w[0].0 < w[1].0));
        for (code, row) in since::SINCE {
            let versions: Vec<_> = row.split(' ').collect();
            for (i, text) in versions.iter().enumerate() {
                assert!(*text == "-" || Release::parse(text).is_some(), "{code}: {text}");
                assert_eq!(since(*code, i as i32 + 1), Release::parse(text));
            }
            assert!(versions.len() as i32 <= op_max_version(*code).unwrap(), "{code}");
        }
        assert_eq!(since(op::CONV_2D, 3), Some(Release(1, 14, 0)));
        assert_eq!(since(op::BROADCAST_TO, 1), None);
        assert_eq!(since(OP_COUNT, 1), None);
    }
}
