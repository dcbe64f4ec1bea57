//! [`prune`]: what nothing refers to goes: buffers, operator codes.

use crate::owned::Object;
use crate::schema::TableId;
use crate::schema::fields::{metadata, model, operator, sub_graph, tensor};
use alloc::vec::Vec;

/// Takes out buffers and operator codes that nothing refers to. Buffer 0 stays. Subgraphs stay too:
/// signatures and callers know them by number.
pub fn prune(object: &mut Object<'_>) {
    let mut used = Used::new(object.tables(model::BUFFERS).len());
    used.mark(0);
    visit(object, &mut |b| used.mark(b));
    let map = used.map();
    keep(object.tables_mut(model::BUFFERS), &map);
    visit(object, &mut |b| *b = moved(&map, *b));
    if object.tables(model::BUFFERS).is_empty() {
        object.tables_mut(model::BUFFERS).push(Object::new(TableId::BUFFER));
    }

    let mut used = Used::new(object.tables(model::OPERATOR_CODES).len());
    codes(object, &mut |c| used.mark_number(*c));
    let map = used.map();
    keep(object.tables_mut(model::OPERATOR_CODES), &map);
    codes(object, &mut |c| *c = moved(&map, *c));
}

/// Which of a list are referred to.
struct Used(Vec<bool>);

impl Used {
    fn new(count: usize) -> Self {
        Self(alloc::vec![false; count])
    }

    fn mark(&mut self, index: impl core::borrow::Borrow<u32>) {
        self.mark_number(*index.borrow());
    }

    fn mark_number(&mut self, index: u32) {
        if let Some(used) = self.0.get_mut(index as usize) {
            *used = true;
        }
    }

    /// For each of the list its new index, when it stays.
    fn map(self) -> Vec<Option<u32>> {
        let mut next = 0u32;
        let mut number = |used: bool| {
            used.then(|| {
                let this = next;
                next = next.saturating_add(1);
                this
            })
        };
        self.0.into_iter().map(&mut number).collect()
    }
}

/// The new index; one that was out of range stays so.
fn moved(map: &[Option<u32>], index: u32) -> u32 {
    map.get(index as usize).copied().flatten().unwrap_or(index)
}

fn keep(all: &mut Vec<Object<'_>>, map: &[Option<u32>]) {
    let mut stays = map.iter().map(Option::is_some);
    all.retain(|_| stays.next().unwrap_or(true));
}

/// Every reference to a buffer.
pub(super) fn visit(object: &mut Object<'_>, f: &mut dyn FnMut(&mut u32)) {
    for graph in object.tables_mut(model::SUBGRAPHS) {
        for t in graph.tables_mut(sub_graph::TENSORS) {
            let mut index = t.get(tensor::BUFFER);
            f(&mut index);
            t.set(tensor::BUFFER, index);
        }
    }
    if object.tables(model::METADATA).is_empty() {
        return;
    }
    for entry in object.tables_mut(model::METADATA) {
        let mut index = entry.get(metadata::BUFFER);
        f(&mut index);
        entry.set(metadata::BUFFER, index);
    }
}

/// Every reference to an operator code.
fn codes(object: &mut Object<'_>, f: &mut dyn FnMut(&mut u32)) {
    for graph in object.tables_mut(model::SUBGRAPHS) {
        for o in graph.tables_mut(sub_graph::OPERATORS) {
            let mut index = o.get(operator::OPCODE_INDEX);
            f(&mut index);
            o.set(operator::OPCODE_INDEX, index);
        }
    }
}
