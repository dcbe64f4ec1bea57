//! What the checks share: places to report, shapes that are known, operands of an operator.
//!
//! Invariant: a shape is only given out when every runtime would compute with it: no dimension is
//! left open, and the rank is certain.

use super::fault::{Fault, Path, Rule};
use crate::schema::fields::{model, operator, sub_graph};
use crate::schema::{self, Field, FieldType, Sub, TableId};
use crate::table::Table;
use crate::traits::{OpTraits, op_traits};
use crate::{Number, Operator, Subgraph, Tensor, TfLite};
use floe_graph::{DType, LeScalar, LeSlice};

/// Faults beyond this many are not reported: a file that broken needs no longer list.
const MOST: u32 = 1000;

/// Where faults go.
pub(super) struct Report<'r> {
    sink: &'r mut dyn FnMut(Fault),
    left: u32,
}

impl<'r> Report<'r> {
    pub(super) fn new(sink: &'r mut dyn FnMut(Fault)) -> Self {
        Self { sink, left: MOST }
    }

    fn send(&mut self, fault: Fault) {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            (self.sink)(fault);
        }
    }

    /// Something is wrong with the table at `place`.
    pub(super) fn table(&mut self, place: &Place<'_, '_>, rule: Rule, numbers: [i64; 2]) {
        let mut fault = Fault::new(rule, place.path(), place.table.offset(), numbers);
        fault.op = place.op;
        self.send(fault);
    }

    /// Something is wrong with a field of the table at `place`.
    pub(super) fn field<T: FieldType + ?Sized>(
        &mut self,
        place: &Place<'_, '_>,
        field: Field<T>,
        rule: Rule,
        numbers: [i64; 2],
    ) {
        self.slot(place, field.slot(), None, rule, numbers);
    }

    /// Something is wrong with element `index` of a field of the table at `place`.
    pub(super) fn element<T: FieldType + ?Sized>(
        &mut self,
        place: &Place<'_, '_>,
        field: Field<T>,
        index: usize,
        rule: Rule,
        numbers: [i64; 2],
    ) {
        self.slot(place, field.slot(), Some(index), rule, numbers);
    }

    pub(super) fn slot(
        &mut self,
        place: &Place<'_, '_>,
        slot: u8,
        index: Option<usize>,
        rule: Rule,
        numbers: [i64; 2],
    ) {
        let index = index.map(|i| u32::try_from(i).unwrap_or(u32::MAX));
        let path = place.path().then(place.table.id(), slot, index);
        let mut fault = Fault::new(rule, path, place.table.locate(slot, index), numbers);
        fault.op = place.op;
        self.send(fault);
    }
}

/// A table and the way to it, which is put together only for a fault.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'d, 'p> {
    pub(super) table: Table<'d>,
    /// The operator that it is, or is in.
    pub(super) op: Option<i32>,
    /// The table that it lies in; none below the root.
    up: Option<&'p Place<'d, 'p>>,
    /// Where it lies there: the table's type, its slot, the element.
    step: Option<(TableId, u8, Option<u32>)>,
}

impl<'d> Place<'d, '_> {
    pub(super) fn root(model: &TfLite<'d>) -> Self {
        Self { table: model.table(), op: None, up: None, step: None }
    }

    pub(super) fn path(&self) -> Path {
        let above = self.up.map_or_else(Path::default, Place::path);
        self.step.map_or(above, |(table, slot, index)| above.then(table, slot, index))
    }

    /// The table in `field`.
    pub(super) fn child(&self, field: Field<Sub>) -> Option<Place<'d, '_>> {
        let table = self.table.table(field)?;
        let step = Some((self.table.id(), field.slot(), None));
        Some(Place { table, op: self.op, up: Some(self), step })
    }

    /// The tables in `field`.
    pub(super) fn children(
        &self,
        field: Field<[Sub]>,
    ) -> impl Iterator<Item = Place<'d, '_>> + Clone {
        elements(&self.table, field).map(move |Place { table, step, .. }| Place {
            table,
            op: self.op,
            up: Some(self),
            step,
        })
    }

    /// The options of type `id` of an operator; the operator itself when there are none.
    fn options(&self, id: TableId) -> Place<'d, '_> {
        let found = crate::table::OPTIONS.into_iter().filter_map(|field| self.child(field));
        found.into_iter().find(|place| place.table.id() == id).unwrap_or(*self)
    }

    /// The subgraphs of a model.
    pub(super) fn subgraphs(
        model: &TfLite<'d>,
    ) -> impl Iterator<Item = Place<'d, 'd>> + Clone + use<'d> {
        elements(&model.table(), model::SUBGRAPHS)
    }

    /// The operators of a subgraph, each named by its code.
    pub(super) fn operators(
        &self,
        model: TfLite<'d>,
    ) -> impl Iterator<Item = Place<'d, '_>> + Clone {
        self.children(sub_graph::OPERATORS).map(move |mut place| {
            place.op = Operator::new(place.table).code_in(&model).ok().map(|c| c.code);
            place
        })
    }
}

/// The tables in `field`, as if they lay in the root.
fn elements<'d>(
    parent: &Table<'d>,
    field: Field<[Sub]>,
) -> impl Iterator<Item = Place<'d, 'd>> + Clone + use<'d> {
    let (id, slot) = (parent.id(), field.slot());
    (0u32..).zip(parent.tables(field).iter()).map(move |(i, table)| Place {
        table,
        op: None,
        up: None,
        step: Some((id, slot, Some(i))),
    })
}

/// The most dimensions that checks look at; no kernel has more.
pub(super) const MAX_RANK: usize = 8;

/// Dimensions that are all known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dims {
    dims: [i64; MAX_RANK],
    rank: usize,
}

impl Dims {
    /// The dimensions of `tensor`, when they are certain.
    pub(super) fn of(tensor: &Tensor<'_>) -> Option<Self> {
        if tensor.shape_signature().is_some_and(|s| s.iter().any(|d| d < 0)) {
            return None;
        }
        let shape = tensor.shape();
        // Without a rank an empty shape may be any; a constant's is what its data say.
        if shape.is_empty() && !tensor.has_rank() {
            return None;
        }
        Self::from_iter(shape.iter().map(i64::from))
    }

    pub(super) fn from_iter(all: impl ExactSizeIterator<Item = i64>) -> Option<Self> {
        let rank = all.len();
        let mut dims = [1; MAX_RANK];
        if rank > MAX_RANK {
            return None;
        }
        for (dim, d) in dims.iter_mut().zip(all) {
            if d < 0 {
                return None;
            }
            *dim = d;
        }
        Some(Self { dims, rank })
    }

    pub(super) const fn rank(&self) -> usize {
        self.rank
    }

    pub(super) fn as_slice(&self) -> &[i64] {
        self.dims.get(..self.rank).unwrap_or_default()
    }

    /// Dimension `i` from the front.
    pub(super) fn get(&self, i: usize) -> Option<i64> {
        self.as_slice().get(i).copied()
    }

    /// Dimension `i` from the back, 0 the last.
    pub(super) fn last(&self, i: usize) -> Option<i64> {
        self.as_slice().iter().rev().nth(i).copied()
    }

    /// The number of elements; `None` beyond 63 bits.
    pub(super) fn elements(&self) -> Option<i64> {
        if self.as_slice().contains(&0) {
            return Some(0);
        }
        self.as_slice().iter().try_fold(1i64, |n, &d| n.checked_mul(d))
    }

    /// Whether `axis` names a place before, between or behind the dimensions: in `-rank - 1 ..= rank`.
    pub(super) fn takes(&self, axis: i64) -> bool {
        let rank = number(self.rank);
        let from_front = if axis < 0 { axis.saturating_add(rank).saturating_add(1) } else { axis };
        (0..=rank).contains(&from_front)
    }

    /// `axis` counted from the front; `None` when it is not in `-rank..rank`.
    pub(super) fn axis(&self, axis: i64) -> Option<usize> {
        let rank = i64::try_from(self.rank).ok()?;
        let from_front = if axis < 0 { axis.checked_add(rank)? } else { axis };
        usize::try_from(from_front).ok().filter(|&a| a < self.rank)
    }
}

/// One operator and all that its checks need.
pub(super) struct OpCheck<'d, 'c, 'r> {
    pub(super) subgraph: Subgraph<'d>,
    pub(super) place: Place<'d, 'c>,
    pub(super) code: i32,
    pub(super) inputs: LeSlice<'d, i32>,
    pub(super) outputs: LeSlice<'d, i32>,
    /// The options of the type that the operator has.
    pub(super) options: Option<Table<'d>>,
    pub(super) report: &'c mut Report<'r>,
}

impl<'d, 'c, 'r> OpCheck<'d, 'c, 'r> {
    pub(super) fn new(
        subgraph: Subgraph<'d>,
        place: Place<'d, 'c>,
        code: i32,
        report: &'c mut Report<'r>,
    ) -> Self {
        let operator = Operator::new(place.table);
        let (inputs, outputs) = (operator.inputs(), operator.outputs());
        let options = schema::op_options(code).and_then(|id| operator.options_of(id));
        Self { subgraph, place, code, inputs, outputs, options, report }
    }

    pub(super) fn traits(&self) -> Option<&'static OpTraits> {
        op_traits(self.code)
    }

    /// Input `i`, when it is given.
    pub(super) fn input(&self, i: usize) -> Option<Tensor<'d>> {
        self.tensor(self.inputs.get(i)?)
    }

    /// Output `i`.
    pub(super) fn output(&self, i: usize) -> Option<Tensor<'d>> {
        self.tensor(self.outputs.get(i)?)
    }

    fn tensor(&self, index: i32) -> Option<Tensor<'d>> {
        self.subgraph.tensor(usize::try_from(index).ok()?).ok()
    }

    /// The dimensions of input `i`, when they are certain.
    pub(super) fn dims(&self, i: usize) -> Option<Dims> {
        Dims::of(&self.input(i)?)
    }

    /// The element type of input `i`, when it is known.
    pub(super) fn dtype(&self, i: usize) -> Option<DType> {
        self.input(i)?.dtype().ok()
    }

    /// The elements of input `i` when it is a constant of 32-bit or 64-bit integers.
    pub(super) fn integers(&self, i: usize) -> Option<Integers<'d>> {
        Integers::of(&self.input(i)?)
    }

    /// One number of the options.
    pub(super) fn option<T: Number>(&self, field: Field<T>) -> T {
        let options = self.options.filter(|options| options.id() == field.table());
        options.map_or(field.default(), |options| options.get(field))
    }

    /// Input `i` breaks `rule`.
    pub(super) fn bad_input(&mut self, i: usize, rule: Rule, numbers: [i64; 2]) {
        self.report.element(&self.place, operator::INPUTS, i, rule, numbers);
    }

    /// Output `i` breaks `rule`.
    pub(super) fn bad_output(&mut self, i: usize, rule: Rule, numbers: [i64; 2]) {
        self.report.element(&self.place, operator::OUTPUTS, i, rule, numbers);
    }

    /// An option breaks `rule`.
    pub(super) fn bad_option<T: FieldType + ?Sized>(
        &mut self,
        field: Field<T>,
        rule: Rule,
        numbers: [i64; 2],
    ) {
        let place = self.place.options(field.table());
        if place.table.id() == field.table() {
            self.report.field(&place, field, rule, numbers);
        } else {
            self.report.table(&place, rule, numbers);
        }
    }

    /// The numbers in `fields` must be positive.
    pub(super) fn positive(&mut self, fields: &[Field<i32>]) {
        for &field in fields {
            let number = self.option(field);
            if number <= 0 {
                self.bad_option(field, Rule::NotPositive, [number.into(), 0]);
            }
        }
    }

    /// Input `i` must have a rank from `least` to `most`; its dimensions when it does.
    pub(super) fn rank(&mut self, i: usize, least: usize, most: usize) -> Option<Dims> {
        let dims = self.dims(i)?;
        if dims.rank() < least || dims.rank() > most {
            let nearest = dims.rank().clamp(least, most);
            self.bad_input(i, Rule::OperandRank, [number(dims.rank()), number(nearest)]);
            return None;
        }
        Some(dims)
    }

    /// Dimension `dim` of input `i` must be `want`.
    pub(super) fn dimension(&mut self, i: usize, dim: Option<i64>, want: Option<i64>) {
        if let (Some(dim), Some(want)) = (dim, want)
            && dim != want
        {
            self.bad_input(i, Rule::OperandShape, [dim, want]);
        }
    }

    /// Input `i` must be of one of `types`.
    pub(super) fn types(&mut self, i: usize, types: &[DType]) {
        if let Some(dtype) = self.dtype(i)
            && !types.contains(&dtype)
        {
            self.bad_input(i, Rule::OperandType, [type_number(dtype), 0]);
        }
    }
}

/// The elements of an integer constant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Integers<'d> {
    bytes: &'d [u8],
    wide: bool,
}

impl<'d> Integers<'d> {
    pub(super) fn of(tensor: &Tensor<'d>) -> Option<Self> {
        let wide = match tensor.dtype().ok()? {
            DType::Int32 => false,
            DType::Int64 => true,
            _ => return None,
        };
        if tensor.sparsity().is_some() {
            return None;
        }
        Some(Self { bytes: tensor.data().ok()??, wide })
    }

    pub(super) const fn len(&self) -> usize {
        if self.wide { self.bytes.len() / 8 } else { self.bytes.len() / 4 }
    }

    pub(super) fn get(&self, i: usize) -> Option<i64> {
        if self.wide {
            let start = i.checked_mul(8)?;
            i64::read_le(self.bytes.get(start..start.checked_add(8)?)?)
        } else {
            let start = i.checked_mul(4)?;
            i32::read_le(self.bytes.get(start..start.checked_add(4)?)?).map(i64::from)
        }
    }

    pub(super) fn iter(self) -> impl ExactSizeIterator<Item = i64> + Clone + use<'d> {
        (0..self.len()).map(move |i| self.get(i).unwrap_or(0))
    }
}

/// A count as a fault's number.
pub(super) fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A type as a fault's number: the schema's.
pub(super) fn type_number(dtype: DType) -> i64 {
    dtype.tflite().map_or(-1, i64::from)
}
