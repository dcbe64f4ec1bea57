//! [`extract`]: the part of a graph between some tensors and others, as a model of its own.

use super::{EditError, find_tensor, for_each_index, prune};
use crate::owned::Object;
use crate::schema::FieldInfo;
use crate::schema::fields::{buffer, model, operator, quantization_parameters, sub_graph, tensor};
use alloc::string::String;
use alloc::vec::Vec;

/// Cuts the main graph of `object` down to what computes the tensors `outputs` from the tensors
/// `inputs`, by name. Signatures go: they speak of other ports.
///
/// # Errors
/// [`EditError::NoSuchTensor`]; [`EditError::OpenEnd`] when the part needs something that is computed
/// outside of it, or an input of the graph that is not named. The model is then as it was.
pub fn extract(
    object: &mut Object<'_>,
    inputs: &[&str],
    outputs: &[&str],
) -> Result<(), EditError> {
    let find = |names: &[&str]| -> Result<Vec<usize>, EditError> {
        names.iter().map(|name| find_tensor(object, name)).collect()
    };
    let (inputs, outputs) = (find(inputs)?, find(outputs)?);
    let graph = object.tables(model::SUBGRAPHS).first().ok_or(EditError::NoGraph)?;
    let wanted = backwards(graph, &inputs, &outputs);
    let tensors = graph.tables(sub_graph::TENSORS);
    let buffers = object.tables(model::BUFFERS);
    let mut given = alloc::vec![false; tensors.len()];
    for (index, t) in tensors.iter().enumerate() {
        let data = buffers.get(t.get(tensor::BUFFER) as usize);
        let constant = data.is_some_and(|b| !b.vector(buffer::DATA).is_empty())
            || t.get(tensor::EXTERNAL_BUFFER) != 0
            || t.get(tensor::IS_VARIABLE)
            || t.vector(tensor::SHAPE).iter().any(|d| d == 0);
        set(&mut given, index, constant || inputs.contains(&index));
    }
    let mut kept: Vec<Object<'_>> = Vec::new();
    for (op, wanted) in graph.tables(sub_graph::OPERATORS).iter().zip(wanted) {
        if !wanted {
            continue;
        }
        indices(op, operator::INPUTS).try_for_each(|i| check(tensors, &given, i))?;
        indices(op, operator::OUTPUTS).for_each(|i| set(&mut given, i, true));
        kept.push(op.clone());
    }
    outputs.iter().try_for_each(|&i| check(tensors, &given, i))?;
    let mut graph = graph.clone();
    *graph.tables_mut(sub_graph::OPERATORS) = kept;
    renumber(&mut graph, &inputs, &outputs);
    if let Some(main) = object.tables_mut(model::SUBGRAPHS).first_mut() {
        *main = graph;
    }
    object.clear(model::SIGNATURE_DEFS);
    prune(object);
    Ok(())
}

fn set(flags: &mut [bool], index: usize, value: bool) {
    if let Some(flag) = flags.get_mut(index) {
        *flag = value;
    }
}

fn check(tensors: &[Object<'_>], given: &[bool], index: usize) -> Result<(), EditError> {
    if given.get(index).copied().unwrap_or(false) {
        return Ok(());
    }
    let name = tensors.get(index).map_or(&[][..], |t| t.string(tensor::NAME));
    Err(EditError::OpenEnd { tensor: String::from_utf8_lossy(name).into_owned() })
}

/// The tensors that an operator names, without those left out.
fn indices<'o>(
    op: &'o Object<'_>,
    field: crate::schema::Field<[i32]>,
) -> impl Iterator<Item = usize> + 'o {
    op.vector(field).iter().filter_map(|i| usize::try_from(i).ok())
}

/// Which operators the outputs need, going back no further than the inputs.
fn backwards(graph: &Object<'_>, inputs: &[usize], outputs: &[usize]) -> Vec<bool> {
    let mut needed = alloc::vec![false; graph.tables(sub_graph::TENSORS).len()];
    outputs.iter().filter(|i| !inputs.contains(i)).for_each(|&i| set(&mut needed, i, true));
    let operators = graph.tables(sub_graph::OPERATORS);
    let mut wanted: Vec<bool> = operators
        .iter()
        .rev()
        .map(|op| {
            let hit = indices(op, operator::OUTPUTS).any(|i| needed.get(i) == Some(&true));
            // What only acts, on a variable say, belongs to nobody in particular.
            if hit {
                let all = indices(op, operator::INPUTS).filter(|i| !inputs.contains(i));
                all.for_each(|i| set(&mut needed, i, true));
            }
            hit
        })
        .collect();
    wanted.reverse();
    wanted
}

/// Keeps the tensors that are left, under new numbers.
fn renumber(graph: &mut Object<'_>, inputs: &[usize], outputs: &[usize]) {
    let count = graph.tables(sub_graph::TENSORS).len();
    let mut stays = alloc::vec![false; count];
    inputs.iter().chain(outputs).for_each(|&i| set(&mut stays, i, true));
    for op in graph.tables(sub_graph::OPERATORS) {
        for field in [operator::INPUTS, operator::OUTPUTS, operator::INTERMEDIATES] {
            indices(op, field).for_each(|i| set(&mut stays, i, true));
        }
    }
    // Quantization of blocks names further tensors.
    let is_tensor = |f: &FieldInfo| f.is_tensor();
    let tensors = graph.tables_mut(sub_graph::TENSORS);
    for i in 0..tensors.len() {
        let kept = stays.get(i).copied().unwrap_or(false);
        let quant = tensors.get_mut(i).and_then(|t| t.table_mut(tensor::QUANTIZATION));
        if let Some(details) =
            quant.filter(|_| kept).and_then(|q| q.table_mut(quantization_parameters::DETAILS))
        {
            for_each_index(details, is_tensor, &mut |n| {
                set(&mut stays, usize::try_from(n).unwrap_or(usize::MAX), true);
                n
            });
        }
    }
    let mut next = 0i64;
    let map: Vec<i64> = stays
        .iter()
        .map(|stays| {
            let this = next;
            next = next.saturating_add(i64::from(*stays));
            if *stays { this } else { -1 }
        })
        .collect();
    let moved = |n: i64| usize::try_from(n).ok().and_then(|i| map.get(i)).copied().unwrap_or(n);
    let mut flags = stays.iter().copied();
    let tensors = graph.tables_mut(sub_graph::TENSORS);
    tensors.retain(|_| flags.next().unwrap_or(false));
    tensors.iter_mut().for_each(|t| for_each_index(t, is_tensor, &mut |n| moved(n)));
    for op in graph.tables_mut(sub_graph::OPERATORS) {
        for field in [operator::INPUTS, operator::OUTPUTS, operator::INTERMEDIATES] {
            if op.value(field.slot()).is_some() {
                let new: Vec<i32> =
                    op.vector(field).iter().map(|n| moved(n.into()) as i32).collect();
                op.set_vector(field, &new);
            }
        }
    }
    for (field, ports) in [(sub_graph::INPUTS, inputs), (sub_graph::OUTPUTS, outputs)] {
        let new: Vec<i32> = ports.iter().map(|&i| moved(i as i64) as i32).collect();
        graph.set_vector(field, &new);
    }
}
