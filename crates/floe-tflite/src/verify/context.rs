//! What the checks share: places to report, shapes that are known, operands of an operator.
//!
//! Invariant: a shape is only given out when every runtime would compute with it: no dimension is
//! left open, and the rank is certain.

use super::fault::{Fault, Path, Rule};
use crate::schema::fields::{model, operator, sub_graph};
use crate::schema::{Field, FieldType, Sub, TableId};
use crate::table::Table;
use crate::traits::{OpTraits, op_traits};
use crate::{Number, OpCode, Operator, Subgraph, Tensor, TfLite};
use floe_graph::{DType, LeScalar};

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
    pub(super) fn table(&mut self, place: &Place<'_>, rule: Rule, numbers: [i64; 2]) {
        let mut fault = Fault::new(rule, place.path, place.table.offset(), numbers);
        fault.op = place.op;
        self.send(fault);
    }

    /// Something is wrong with a field of the table at `place`.
    pub(super) fn field<T: FieldType + ?Sized>(
        &mut self,
        place: &Place<'_>,
        field: Field<T>,
        rule: Rule,
        numbers: [i64; 2],
    ) {
        self.slot(place, field.slot(), None, rule, numbers);
    }

    /// Something is wrong with element `index` of a field of the table at `place`.
    pub(super) fn element<T: FieldType + ?Sized>(
        &mut self,
        place: &Place<'_>,
        field: Field<T>,
        index: usize,
        rule: Rule,
        numbers: [i64; 2],
    ) {
        self.slot(place, field.slot(), Some(index), rule, numbers);
    }

    pub(super) fn slot(
        &mut self,
        place: &Place<'_>,
        slot: u8,
        index: Option<usize>,
        rule: Rule,
        numbers: [i64; 2],
    ) {
        let index = index.map(|i| u32::try_from(i).unwrap_or(u32::MAX));
        let path = place.path.then(place.table.id(), slot, index);
        let mut fault = Fault::new(rule, path, place.table.locate(slot, index), numbers);
        fault.op = place.op;
        self.send(fault);
    }
}

/// A table and the way to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'d> {
    pub(super) table: Table<'d>,
    pub(super) path: Path,
    /// The operator that it is, or is in.
    pub(super) op: Option<i32>,
}

impl<'d> Place<'d> {
    pub(super) fn root(model: &TfLite<'d>) -> Self {
        Self { table: model.table(), path: Path::default(), op: None }
    }

    /// The table in `field`.
    pub(super) fn child(&self, field: Field<Sub>) -> Option<Self> {
        let table = self.table.table(field)?;
        Some(Self { table, path: self.path.then(self.table.id(), field.slot(), None), op: self.op })
    }

    /// The tables in `field`.
    pub(super) fn children(
        &self,
        field: Field<[Sub]>,
    ) -> impl Iterator<Item = Self> + Clone + use<'d> {
        let parent = *self;
        let id = parent.table.id();
        let step = move |i| parent.path.then(id, field.slot(), Some(i));
        let all = parent.table.tables(field);
        (0u32..).zip(all.iter()).map(move |(i, table)| Self { table, path: step(i), op: parent.op })
    }

    /// The subgraphs of a model.
    pub(super) fn subgraphs(model: &TfLite<'d>) -> impl Iterator<Item = Self> + Clone + use<'d> {
        Self::root(model).children(model::SUBGRAPHS)
    }

    /// The operators of a subgraph, each named by its code.
    pub(super) fn operators(
        &self,
        model: TfLite<'d>,
    ) -> impl Iterator<Item = Self> + Clone + use<'d> {
        self.children(sub_graph::OPERATORS).map(move |mut place| {
            place.op = Operator::new(place.table).code_in(&model).ok().map(|c| c.code);
            place
        })
    }
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
    pub(super) place: Place<'d>,
    pub(super) operator: Operator<'d>,
    pub(super) code: OpCode<'d>,
    pub(super) report: &'c mut Report<'r>,
}

impl<'d> OpCheck<'d, '_, '_> {
    pub(super) fn traits(&self) -> Option<&'static OpTraits> {
        op_traits(self.code.code)
    }

    /// Input `i`, when it is given.
    pub(super) fn input(&self, i: usize) -> Option<Tensor<'d>> {
        self.tensor(self.operator.inputs().get(i)?)
    }

    /// Output `i`.
    pub(super) fn output(&self, i: usize) -> Option<Tensor<'d>> {
        self.tensor(self.operator.outputs().get(i)?)
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
        self.operator.option(field)
    }

    /// The place of the options of type `id`; the operator's when there are none.
    pub(super) fn options(&self, id: TableId) -> Place<'d> {
        let found = crate::table::OPTIONS.iter().filter_map(|&f| self.place.child(f));
        found.into_iter().find(|p| p.table.id() == id).unwrap_or(self.place)
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
        let place = self.options(field.table());
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
