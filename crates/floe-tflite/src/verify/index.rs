//! Indices and names of the model as a whole: operator codes, buffers, signatures, metadata.

use super::context::{Place, Report, number};
use super::fault::Rule;
use crate::schema::fields::{
    buffer, external_buffer, external_buffer_group, metadata, model, operator_code, signature_def,
    tensor_map,
};
use crate::schema::{self, enums};
use crate::{OpCode, Table, TfLite};

/// Checks everything beside the graphs.
pub(super) fn check(file: &TfLite<'_>, report: &mut Report<'_>) {
    let root = Place::root(file);
    if file.subgraph_count() == 0 {
        report.field(&root, model::SUBGRAPHS, Rule::NoSubgraph, [0; 2]);
    }
    root.children(model::OPERATOR_CODES).for_each(|place| operator_code(&place, report));
    buffers(file, &root, report);
    for place in root.children(model::METADATA) {
        if place.table.bytes(metadata::NAME).is_none_or(<[u8]>::is_empty) {
            report.table(&place, Rule::MetadataName, [0; 2]);
        }
        let index = place.table.get(metadata::BUFFER);
        if index as usize >= file.buffer_count() {
            let numbers = [index.into(), number(file.buffer_count())];
            report.field(&place, metadata::BUFFER, Rule::BufferIndex, numbers);
        }
    }
    signatures(file, &root, report);
    externals(&root, report);
}

/// What an operator code stands for is known, and so is its version.
fn operator_code(place: &Place<'_, '_>, report: &mut Report<'_>) {
    let code = OpCode::read(&place.table);
    let mut place = *place;
    place.op = Some(code.code);
    let place = &place;
    if code.code == enums::builtin_operator::CUSTOM {
        if place.table.bytes(operator_code::CUSTOM_CODE).is_none_or(<[u8]>::is_empty) {
            report.field(place, operator_code::CUSTOM_CODE, Rule::CustomName, [0; 2]);
        }
        return;
    }
    let numbers = [code.code.into(), 0];
    if schema::op_name(code.code).is_none() {
        return report.table(place, Rule::UnknownOp, numbers);
    }
    let Some(highest) = schema::op_max_version(code.code) else {
        return report.table(place, Rule::NoKernel, numbers);
    };
    if code.version < 1 || code.version > highest {
        let numbers = [code.version.into(), highest.into()];
        report.field(place, operator_code::VERSION, Rule::UnknownVersion, numbers);
    }
}

fn buffers(file: &TfLite<'_>, root: &Place<'_, '_>, report: &mut Report<'_>) {
    let tables_end = file.buffer_count().saturating_mul(4);
    for (index, place) in root.children(model::BUFFERS).enumerate() {
        let (offset, size) = (place.table.get(buffer::OFFSET), place.table.get(buffer::SIZE));
        let inside = place.table.vector(buffer::DATA);
        if index == 0 && !inside.is_empty() {
            report.table(&place, Rule::BufferZero, [number(inside.len()), 0]);
        }
        let numbers = [offset.cast_signed(), size.cast_signed()];
        match crate::model::range(file.file(), offset, size) {
            None => report.field(&place, buffer::OFFSET, Rule::BufferRange, numbers),
            Some([]) => {}
            Some(_) if offset < place.table.offset().max(tables_end) as u64 => {
                report.field(&place, buffer::OFFSET, Rule::BufferOverlap, numbers);
            }
            Some(_) => {}
        }
    }
}

fn signatures(file: &TfLite<'_>, root: &Place<'_, '_>, report: &mut Report<'_>) {
    let all = root.children(model::SIGNATURE_DEFS);
    for (index, place) in all.clone().enumerate() {
        let graph = place.table.get(signature_def::SUBGRAPH_INDEX);
        let Ok(subgraph) = file.subgraph(graph as usize) else {
            let numbers = [graph.into(), number(file.subgraph_count())];
            report.field(&place, signature_def::SUBGRAPH_INDEX, Rule::SubgraphIndex, numbers);
            continue;
        };
        let key = place.table.bytes(signature_def::SIGNATURE_KEY);
        // Quadratic, so only as far as a model has entries.
        if all
            .clone()
            .take(index.min(64))
            .any(|p| p.table.bytes(signature_def::SIGNATURE_KEY) == key)
        {
            report.field(&place, signature_def::SIGNATURE_KEY, Rule::SignatureKey, [0; 2]);
        }
        for field in [signature_def::INPUTS, signature_def::OUTPUTS] {
            for port in place.children(field) {
                let tensor = port.table.get(tensor_map::TENSOR_INDEX);
                let numbers = [tensor.into(), number(subgraph.tensor_count())];
                if tensor as usize >= subgraph.tensor_count() {
                    report.field(&port, tensor_map::TENSOR_INDEX, Rule::TensorIndex, numbers);
                }
            }
        }
    }
}

/// An external buffer has an id of its own, and no part of another's bytes unless it has all of them.
fn shared<'d>(
    place: &Place<'d, '_>,
    others: impl Iterator<Item = Table<'d>>,
    report: &mut Report<'_>,
) {
    use external_buffer::{GROUP, ID, LENGTH, OFFSET};
    let range = |t: &Table<'_>| {
        let start = t.get(OFFSET);
        (t.get(GROUP), start, start.saturating_add(t.get(LENGTH)))
    };
    let (id, mine) = (place.table.get(ID), range(&place.table));
    for other in others {
        if other.get(ID) == id {
            return report.field(place, ID, Rule::ExternalId, [id.into(), 0]);
        }
        let theirs = range(&other);
        if mine.0 == theirs.0 && mine != theirs && mine.1 < theirs.2 && theirs.1 < mine.2 {
            let numbers = [mine.1, place.table.get(LENGTH)].map(u64::cast_signed);
            return report.field(place, OFFSET, Rule::ExternalOverlap, numbers);
        }
    }
}

fn externals(root: &Place<'_, '_>, report: &mut Report<'_>) {
    let groups = root.table.tables(model::EXTERNAL_BUFFER_GROUPS).len();
    let all = root.children(model::EXTERNAL_BUFFERS);
    for (index, place) in all.clone().enumerate() {
        // Quadratic, so only as far as a model has neighbours.
        let others = all.clone().skip(index.saturating_sub(64)).take(index.min(64));
        shared(&place, others.map(|other| other.table), report);
        let group = place.table.get(external_buffer::GROUP);
        if group as usize >= groups {
            let numbers = [group.into(), number(groups)];
            report.field(&place, external_buffer::GROUP, Rule::ExternalGroup, numbers);
        }
    }
    for place in root.children(model::EXTERNAL_BUFFER_GROUPS) {
        let name = place.table.bytes(external_buffer_group::NAME).unwrap_or_default();
        let out = name.starts_with(b"/") || name.split(|c| *c == b'/').any(|part| part == b"..");
        if out {
            report.field(&place, external_buffer_group::NAME, Rule::ExternalPath, [0; 2]);
        }
    }
}
