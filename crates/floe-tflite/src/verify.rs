//! Whether a file is a valid model: every rule of the format, all faults, each with its place.
//!
//! Three levels, one after the other: the *structure* (the FlatBuffer's bytes), the *meaning*
//! (indices, the graph, data, quantization, operators), and what a *target* can run. A model that
//! breaks a rule of severity [`Severity::Error`] is refused, computed wrongly or worse by some runtime;
//! LiteRT itself lets several of them through.
//!
//! Invariant: nothing is allocated for graphs of up to 16,384 tensors, and the time is linear in the
//! file but for the few checks that say otherwise.

mod context;
mod control;
mod data;
mod fault;
mod graph;
mod index;
mod litert;
mod ops;
mod quant;
mod resource;
mod sparse;
mod structure;

pub use fault::{Fault, Path, Rule, Severity};
pub use resource::Target;

use crate::schema::fields::sub_graph;
use crate::{Subgraph, TfLite};
use context::{OpCheck, Place, Report};

/// What is checked beyond the structure.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Whether only the structure is.
    pub structure_only: bool,
    /// The runtime that the model is for.
    pub target: Option<Target>,
    /// The most bytes that tensors may need at once.
    pub max_arena: Option<u64>,
}

impl Options {
    /// The structure alone.
    #[must_use]
    pub const fn structure(mut self) -> Self {
        self.structure_only = true;
        self
    }

    /// The same for a runtime.
    #[must_use]
    pub const fn for_target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// The same with a limit for tensors.
    #[must_use]
    pub const fn within_arena(mut self, bytes: u64) -> Self {
        self.max_arena = Some(bytes);
        self
    }
}

/// Words on the stack for a bit per tensor.
const SCRATCH: usize = 512;

/// Checks `data` and hands every fault to `found`, in the order of the file; whether the model is
/// valid, that is, none was an error. After 1,000 faults no more are handed out.
pub fn verify(data: &[u8], options: &Options, found: &mut dyn FnMut(Fault)) -> bool {
    let mut valid = true;
    let mut sink = |fault: Fault| {
        valid &= fault.severity() != Severity::Error;
        found(fault);
    };
    if structure::check(data, &mut sink)
        && !options.structure_only
        && let Some(file) = TfLite::checked(data)
    {
        let mut report = Report::new(&mut sink);
        with_scratch(graph::scratch_words(&file), |scratch| {
            meaning(&file, scratch, &mut report);
        });
        resource::check(&file, options, &mut report);
    }
    valid
}

/// Calls `work` with `words` words, from the stack as far as they go.
fn with_scratch(words: usize, work: impl FnOnce(&mut [u32])) {
    let mut few = [0; SCRATCH];
    if let Some(scratch) = few.get_mut(..words) {
        return work(scratch);
    }
    #[cfg(feature = "alloc")]
    work(&mut alloc::vec![0; words]);
    // Without an allocator tensors beyond the scratch count as never written.
    #[cfg(not(feature = "alloc"))]
    work(&mut few);
}

fn meaning(file: &TfLite<'_>, scratch: &mut [u32], report: &mut Report<'_>) {
    index::check(file, report);
    control::check(file, report);
    graph::calls(file, scratch, report);
    for place in Place::subgraphs(file) {
        let subgraph = Subgraph::new(place.table);
        for tensor in place.children(sub_graph::TENSORS) {
            data::check(file, &tensor, report);
            quant::check(&subgraph, &tensor, report);
        }
        if graph::is_validation(&place) {
            continue;
        }
        graph::check(file, &place, scratch, report);
        for op in place.operators(*file) {
            graph::callee(file, &place, &op, report);
            let Some(code) = op.op else {
                let numbers = [
                    op.table.get(crate::fields::operator::OPCODE_INDEX).into(),
                    context::number(file.operator_codes().len()),
                ];
                let field = crate::fields::operator::OPCODE_INDEX;
                report.field(&op, field, Rule::OpcodeIndex, numbers);
                continue;
            };
            ops::check(&mut OpCheck::new(subgraph, op, code, report));
        }
    }
}

/// Checks `data` and gives all faults.
#[cfg(feature = "alloc")]
#[must_use]
pub fn faults(data: &[u8], options: &Options) -> alloc::vec::Vec<Fault> {
    let mut all = alloc::vec::Vec::new();
    verify(data, options, &mut |fault| all.push(fault));
    all
}

#[cfg(test)]
mod tests;
