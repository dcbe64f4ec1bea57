//! The graphs: who writes what before who reads it, and who calls whom.

use super::context::{Place, Report, number, type_number};
use super::fault::Rule;
use crate::schema::fields::{
    call_once_options, if_options, operator, stable_hlo_composite_options, sub_graph, while_options,
};
use crate::schema::{Field, Kind};
use crate::table::{OPTIONS, Slot};
use crate::traits::op_traits;
use crate::{Operator, Subgraph, Tensor, TfLite, op};
use floe_graph::{DType, LeSlice};

/// A bit for each tensor of a graph, or for each graph.
pub(super) struct Bits<'s>(pub(super) &'s mut [u32]);

impl Bits<'_> {
    fn get(&self, i: usize) -> bool {
        self.0.get(i / 32).is_some_and(|word| word >> (i % 32) & 1 != 0)
    }

    fn set(&mut self, i: usize) {
        if let Some(word) = self.0.get_mut(i / 32) {
            *word |= 1 << (i % 32);
        }
    }
}

/// How many words of scratch [`check`] and [`calls`] need.
pub(super) fn scratch_words(file: &TfLite<'_>) -> usize {
    let tensors = file.subgraphs().map(|g| g.tensor_count()).max().unwrap_or(0);
    tensors.max(file.subgraph_count()).div_ceil(32)
}

/// Follows the elements through one graph in the order in which it runs.
pub(super) fn check(
    file: &TfLite<'_>,
    graph: &Place<'_, '_>,
    scratch: &mut [u32],
    report: &mut Report<'_>,
) {
    scratch.fill(0);
    let subgraph = Subgraph::new(graph.table);
    let mut flow = Flow { subgraph, written: Bits(scratch), report };
    flow.inputs(graph);
    for place in graph.operators(*file) {
        let operator = Operator::new(place.table);
        flow.reads(&place, &operator);
        flow.writes(&place, &operator);
    }
    flow.outputs(graph);
}

struct Flow<'d, 's, 'c, 'r> {
    subgraph: Subgraph<'d>,
    written: Bits<'s>,
    report: &'c mut Report<'r>,
}

impl Flow<'_, '_, '_, '_> {
    /// Tensor `index`, or a fault at element `i` of `field`.
    fn tensor(
        &mut self,
        place: &Place<'_, '_>,
        field: Field<[i32]>,
        i: usize,
        index: i32,
    ) -> Option<usize> {
        let found = usize::try_from(index).ok().filter(|&t| t < self.subgraph.tensor_count());
        if found.is_none() {
            let numbers = [index.into(), number(self.subgraph.tensor_count())];
            self.report.element(place, field, i, Rule::TensorIndex, numbers);
        }
        found
    }

    fn inputs(&mut self, graph: &Place<'_, '_>) {
        for (i, index) in self.subgraph.inputs().iter().enumerate() {
            let Some(t) = self.tensor(graph, sub_graph::INPUTS, i, index) else { continue };
            if self.written.get(t) {
                let numbers = [index.into(), 0];
                self.report.element(graph, sub_graph::INPUTS, i, Rule::SameInput, numbers);
            }
            self.written.set(t);
        }
    }

    fn outputs(&mut self, graph: &Place<'_, '_>) {
        for (i, index) in self.subgraph.outputs().iter().enumerate() {
            let Some(t) = self.tensor(graph, sub_graph::OUTPUTS, i, index) else { continue };
            if !self.has_elements(t) {
                let numbers = [index.into(), 0];
                self.report.element(graph, sub_graph::OUTPUTS, i, Rule::NeverWritten, numbers);
            }
        }
    }

    fn reads(&mut self, place: &Place<'_, '_>, operator: &Operator<'_>) {
        let optional = place.op.and_then(op_traits).map_or(u64::MAX, |t| t.optional);
        for (i, index) in operator.inputs().iter().enumerate() {
            if index == -1 {
                if i >= 64 || optional >> i & 1 == 0 {
                    let numbers = [number(i), 0];
                    self.report.element(place, operator::INPUTS, i, Rule::MissingInput, numbers);
                }
                continue;
            }
            let Some(t) = self.tensor(place, operator::INPUTS, i, index) else { continue };
            if !self.has_elements(t) {
                let rule =
                    if self.is_output(index) { Rule::ReadBeforeWrite } else { Rule::NeverWritten };
                self.report.element(place, operator::INPUTS, i, rule, [index.into(), 0]);
                // Said once.
                self.written.set(t);
            }
        }
        for (i, index) in operator.intermediates().iter().enumerate() {
            if index != -1 {
                self.tensor(place, operator::INTERMEDIATES, i, index);
            }
        }
    }

    fn writes(&mut self, place: &Place<'_, '_>, operator: &Operator<'_>) {
        for (i, index) in operator.outputs().iter().enumerate() {
            let numbers = [index.into(), 0];
            if index == -1 {
                self.report.element(place, operator::OUTPUTS, i, Rule::MissingOutput, numbers);
                continue;
            }
            let Some(t) = self.tensor(place, operator::OUTPUTS, i, index) else { continue };
            if let Some(rule) = self.why_not(t, index, operator) {
                self.report.element(place, operator::OUTPUTS, i, rule, numbers);
            }
            self.written.set(t);
        }
    }

    /// Why tensor `t` cannot be an output here.
    fn why_not(&self, t: usize, index: i32, operator: &Operator<'_>) -> Option<Rule> {
        let tensor = self.subgraph.tensor(t).ok()?;
        if operator.inputs().iter().any(|input| input == index) {
            return Some(Rule::ReadsOwnOutput);
        }
        if is_constant(&tensor) {
            return Some(Rule::WritesConstant);
        }
        if tensor.is_variable() {
            return Some(Rule::WritesVariable);
        }
        if !self.written.get(t) {
            return None;
        }
        let is_input = self.subgraph.inputs().iter().any(|input| input == index);
        Some(if is_input { Rule::WritesInput } else { Rule::TwoWriters })
    }

    /// Whether tensor `t` has elements at this point: written, constant, a variable, or none to have.
    fn has_elements(&self, t: usize) -> bool {
        self.written.get(t)
            || self.subgraph.tensor(t).is_ok_and(|tensor| {
                is_constant(&tensor)
                    || tensor.is_variable()
                    || tensor.shape().iter().any(|dim| dim == 0)
            })
    }

    fn is_output(&self, index: i32) -> bool {
        self.subgraph.operators().any(|op| op.outputs().iter().any(|output| output == index))
    }
}

/// Whether the elements are in the file or beside it.
pub(super) fn is_constant(tensor: &Tensor<'_>) -> bool {
    tensor.external_buffer() != 0 || tensor.data().is_ok_and(|data| data.is_some())
}

/// Rounds after which calls count as too deep; each grounds all graphs that call only later ones.
const CALL_ROUNDS: usize = 64;

/// Checks that no graph calls itself: a graph is grounded when all that it calls are.
pub(super) fn calls(file: &TfLite<'_>, scratch: &mut [u32], report: &mut Report<'_>) {
    scratch.fill(0);
    let mut grounded = Bits(scratch);
    let count = file.subgraph_count();
    for _ in 0..CALL_ROUNDS {
        let mut changed = false;
        for index in (0..count).rev() {
            let Ok(graph) = file.subgraph(index) else { continue };
            if !grounded.get(index)
                && graph.operators().all(|op| callees(&op).all(|c| grounded.get(c) || c >= count))
            {
                grounded.set(index);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    for (index, place) in Place::subgraphs(file).enumerate() {
        if !grounded.get(index) {
            report.table(&place, Rule::Recursion, [number(index), 0]);
        }
    }
}

/// The subgraphs that an operator names.
fn callees<'d>(operator: &Operator<'d>) -> impl Iterator<Item = usize> + use<'d> {
    let tables = OPTIONS.into_iter().filter_map({
        let operator = *operator;
        move |field| operator.table().table(field)
    });
    tables.flat_map(|table| {
        table.id().subgraph_fields().flat_map(move |(slot, field)| {
            let (one, many) = match table.slot(slot) {
                Some(Slot::Vector(_, bytes)) => (None, LeSlice::<i32>::new(bytes)),
                Some(Slot::Int(index)) => (Some(index), LeSlice::default()),
                // Absent is the default, unless it is a list.
                _ if matches!(field.kind, Kind::Vector(..)) => (None, LeSlice::default()),
                _ => (Some(field.default_number()), LeSlice::default()),
            };
            let many = many.iter().filter_map(|i| usize::try_from(i).ok());
            one.and_then(|i| usize::try_from(i).ok()).into_iter().chain(many)
        })
    })
}

/// Checks the subgraphs that one operator calls: they exist, and agree on operands and results.
pub(super) fn callee(
    file: &TfLite<'_>,
    graph: &Place<'_, '_>,
    place: &Place<'_, '_>,
    report: &mut Report<'_>,
) {
    let count = file.subgraph_count();
    for field in OPTIONS {
        let Some(table) = place.table.table(field) else { continue };
        if table.id().subgraph_fields().next().is_none() {
            continue;
        }
        let Some(options) = place.child(field) else { continue };
        for (slot, field) in table.id().subgraph_fields() {
            // Absent is the default: the first graph.
            let index = match table.slot(slot) {
                Some(Slot::Int(index)) => index,
                None if !matches!(field.kind, Kind::Vector(..)) => field.default_number(),
                _ => continue,
            };
            if usize::try_from(index).is_ok_and(|i| i < count) {
                continue;
            }
            report.slot(&options, slot, None, Rule::SubgraphIndex, [index, number(count)]);
        }
    }
    let mut call = Call {
        file,
        graph: Subgraph::new(graph.table),
        place,
        op: Operator::new(place.table),
        report,
    };
    match place.op {
        Some(op::IF) => {
            call.agree(if_options::THEN_SUBGRAPH_INDEX, 1, true);
            call.agree(if_options::ELSE_SUBGRAPH_INDEX, 1, true);
        }
        Some(op::WHILE) => call.while_loop(),
        Some(op::CALL_ONCE) => call.agree(call_once_options::INIT_SUBGRAPH_INDEX, 0, true),
        Some(op::STABLEHLO_COMPOSITE) => {
            call.agree(stable_hlo_composite_options::DECOMPOSITION_SUBGRAPH_INDEX, 0, true);
        }
        _ => {}
    }
}

/// A call of a subgraph by an operator.
struct Call<'m, 'd, 'c, 'r> {
    file: &'m TfLite<'d>,
    graph: Subgraph<'d>,
    place: &'m Place<'d, 'm>,
    op: Operator<'d>,
    report: &'c mut Report<'r>,
}

impl Call<'_, '_, '_, '_> {
    fn while_loop(&mut self) {
        self.agree(while_options::COND_SUBGRAPH_INDEX, 0, false);
        self.agree(while_options::BODY_SUBGRAPH_INDEX, 0, true);
        let cond = self.op.option(while_options::COND_SUBGRAPH_INDEX);
        if cond == self.op.option(while_options::BODY_SUBGRAPH_INDEX) {
            self.report.table(self.place, Rule::SameSubgraph, [cond.into(), 0]);
        }
        let Some(callee) = usize::try_from(cond).ok().and_then(|i| self.file.subgraph(i).ok())
        else {
            return;
        };
        if callee.outputs().len() != 1 {
            let numbers = [number(callee.outputs().len()), 1];
            return self.report.table(self.place, Rule::CalleeOutputs, numbers);
        }
        if let Some(dtype) = dtype(&callee, callee.outputs().get(0))
            && dtype != DType::Bool
        {
            self.report.table(self.place, Rule::Condition, [type_number(dtype), 0]);
        }
    }

    /// The graph in `field` takes the inputs from `skip` on, and gives the outputs when `gives`.
    fn agree(&mut self, field: Field<i32>, skip: usize, gives: bool) {
        let index = usize::try_from(self.op.option(field)).unwrap_or(usize::MAX);
        let Ok(callee) = self.file.subgraph(index) else { return };
        let given = self.op.inputs().len().saturating_sub(skip);
        if callee.inputs().len() != given {
            let numbers = [number(callee.inputs().len()), number(given)];
            self.report.table(self.place, Rule::CalleeInputs, numbers);
        }
        for (i, (outer, inner)) in
            self.op.inputs().iter().skip(skip).zip(callee.inputs().iter()).enumerate()
        {
            self.same_type(operator::INPUTS, i.saturating_add(skip), outer, &callee, inner);
        }
        if !gives {
            return;
        }
        let wanted = self.op.outputs().len();
        if callee.outputs().len() != wanted {
            let numbers = [number(callee.outputs().len()), number(wanted)];
            self.report.table(self.place, Rule::CalleeOutputs, numbers);
        }
        for (i, (outer, inner)) in self.op.outputs().iter().zip(callee.outputs().iter()).enumerate()
        {
            self.same_type(operator::OUTPUTS, i, outer, &callee, inner);
        }
    }

    fn same_type(
        &mut self,
        field: Field<[i32]>,
        i: usize,
        outer: i32,
        callee: &Subgraph<'_>,
        inner: i32,
    ) {
        let (Some(here), Some(there)) =
            (dtype(&self.graph, Some(outer)), dtype(callee, Some(inner)))
        else {
            return;
        };
        if here != there {
            let numbers = [type_number(there), type_number(here)];
            self.report.element(self.place, field, i, Rule::CalleeType, numbers);
        }
    }
}

fn dtype(graph: &Subgraph<'_>, tensor: Option<i32>) -> Option<DType> {
    graph.tensor(usize::try_from(tensor?).ok()?).ok()?.dtype().ok()
}

/// Whether a graph is only there to check another: its operators are left alone.
pub(super) fn is_validation(graph: &Place<'_, '_>) -> bool {
    Subgraph::new(graph.table).name().starts_with("VALIDATION:")
}
