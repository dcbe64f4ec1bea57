//! [`set_batch`]: how many samples the main graph takes at once.
//!
//! Fact of the format: a batch is nothing but the first dimension of tensors, and of the constants that
//! some operators take shapes from.

use super::{EditError, fill};
use crate::op;
use crate::owned::Object;
use crate::schema::fields::{
    buffer, model, operator, operator_code, reshape_options, sub_graph, tensor,
};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use floe_graph::LeSlice;

/// The operators whose results tell of shapes, not of samples.
const TELLS_SHAPE: &[i32] = &[op::SHAPE, op::RANK];
/// The operators that a constant tells the result's shape, and the operand that does.
const TOLD_SHAPE: &[(i32, usize)] = &[
    (op::RESHAPE, 1),
    (op::TRANSPOSE_CONV, 0),
    (op::CONV_3D_TRANSPOSE, 0),
    (op::BROADCAST_TO, 1),
    (op::SLICE, 2),
    (op::STRIDED_SLICE, 2),
];

/// Makes the main graph compute batches of `size`: the first dimension of its inputs, of all that is
/// computed from them, and of the constants that operators such as RESHAPE take that from.
///
/// # Errors
/// [`EditError::FixedBatch`] where a computed tensor's first dimension is not the inputs'; the model
/// is then as it was. What other constants say of the batch is not changed: verify the result.
pub fn set_batch(object: &mut Object<'_>, size: i32) -> Result<(), EditError> {
    let plan = Plan::of(object)?;
    for (&index, shape) in &plan.shapes {
        let numbers = shape.iter().skip(1).copied();
        let data: Vec<u8> =
            core::iter::once(size).chain(numbers).flat_map(i32::to_le_bytes).collect();
        let old = main(object)?.tables(sub_graph::TENSORS).get(index);
        let old = old.map_or(0, |t| t.get(tensor::BUFFER));
        let new = fill(object, old, data.into());
        if let Some(t) = main_mut(object)?.tables_mut(sub_graph::TENSORS).get_mut(index) {
            t.set(tensor::BUFFER, new);
        }
    }
    let graph = main_mut(object)?;
    let tensors = graph.tables_mut(sub_graph::TENSORS).iter_mut();
    tensors.zip(&plan.batched).filter(|(_, batched)| **batched).for_each(|(t, _)| {
        for field in [tensor::SHAPE, tensor::SHAPE_SIGNATURE] {
            set_first(t, field, size);
        }
        if t.vector(tensor::SHAPE_SIGNATURE) == t.vector(tensor::SHAPE) {
            t.clear(tensor::SHAPE_SIGNATURE);
        }
    });
    let operators = graph.tables_mut(sub_graph::OPERATORS);
    for index in plan.reshapes {
        let options = operators.get_mut(index).and_then(|o| o.table_mut(operator::BUILTIN_OPTIONS));
        let field = reshape_options::NEW_SHAPE;
        if let Some(options) = options.filter(|o| o.table_id() == field.table())
            && options.vector(field).get(0) == Some(plan.batch)
        {
            set_first(options, field, size);
        }
    }
    Ok(())
}

fn main<'o, 'a>(object: &'o Object<'a>) -> Result<&'o Object<'a>, EditError> {
    object.tables(model::SUBGRAPHS).first().ok_or(EditError::NoGraph)
}

fn main_mut<'o, 'a>(object: &'o mut Object<'a>) -> Result<&'o mut Object<'a>, EditError> {
    object.tables_mut(model::SUBGRAPHS).first_mut().ok_or(EditError::NoGraph)
}

/// Sets the first number of a vector that has one.
fn set_first(object: &mut Object<'_>, field: crate::schema::Field<[i32]>, size: i32) {
    let mut numbers: Vec<i32> = object.vector(field).iter().collect();
    if let Some(first) = numbers.first_mut() {
        *first = size;
        object.set_vector(field, &numbers);
    }
}

/// What a new batch changes.
struct Plan {
    /// The batch so far.
    batch: i32,
    /// Whether each tensor is computed from the inputs, sample by sample.
    batched: Vec<bool>,
    /// The constants that begin with the batch, by tensor.
    shapes: BTreeMap<usize, Vec<i32>>,
    /// The RESHAPE operators of batched results.
    reshapes: Vec<usize>,
}

impl Plan {
    fn of(object: &Object<'_>) -> Result<Self, EditError> {
        let graph = main(object)?;
        let tensors = graph.tables(sub_graph::TENSORS);
        let first = |index: usize| tensors.get(index)?.vector(tensor::SHAPE).get(0);
        let inputs: Vec<usize> =
            graph.vector(sub_graph::INPUTS).iter().filter_map(|i| i.try_into().ok()).collect();
        let batch = inputs.first().and_then(|&i| first(i)).unwrap_or(1);
        let mut plan = Self {
            batch,
            batched: alloc::vec![false; tensors.len()],
            shapes: BTreeMap::new(),
            reshapes: Vec::new(),
        };
        inputs.iter().for_each(|&i| plan.mark(i));
        let operators = graph.tables(sub_graph::OPERATORS);
        for (index, o) in operators.iter().enumerate() {
            plan.operator(object, index, o);
        }
        let scalar = |t: &Object<'_>| t.vector(tensor::SHAPE).is_empty();
        for ((index, t), batched) in tensors.iter().enumerate().zip(&mut plan.batched) {
            if *batched && !scalar(t) && first(index) != Some(batch) {
                return Err(fixed(t));
            }
            *batched &= !scalar(t);
        }
        // What begins as a constant, such as a state, keeps its size.
        for o in operators {
            let indices =
                |field| o.vector(field).iter().filter_map(|i: i32| usize::try_from(i).ok());
            let is_batched = |i: &usize| plan.batched.get(*i) == Some(&true);
            if !indices(operator::INPUTS).any(|i| is_batched(&i))
                && let Some(written) = indices(operator::OUTPUTS).find(is_batched)
            {
                return Err(tensors.get(written).map_or(EditError::NoGraph, fixed));
            }
        }
        // Whoever else reads such a constant does not mean the batch by it.
        for o in operators {
            let operand = told_by(object, o);
            for (at, index) in o.vector(operator::INPUTS).iter().enumerate() {
                let index = usize::try_from(index).unwrap_or(usize::MAX);
                if plan.shapes.contains_key(&index) && operand != Some(at) {
                    return Err(tensors.get(index).map_or(EditError::NoGraph, fixed));
                }
            }
        }
        Ok(plan)
    }

    fn mark(&mut self, index: usize) {
        if let Some(batched) = self.batched.get_mut(index) {
            *batched = true;
        }
    }

    fn operator(&mut self, object: &Object<'_>, index: usize, o: &Object<'_>) {
        let Some(code) = code_of(object, o) else { return };
        let indices = |field| o.vector(field).iter().filter_map(|i| usize::try_from(i).ok());
        let from = indices(operator::INPUTS).any(|i| self.batched.get(i) == Some(&true));
        if !from || TELLS_SHAPE.contains(&code) {
            return;
        }
        indices(operator::OUTPUTS).for_each(|i| self.mark(i));
        // States are kept sample by sample, too.
        let tensors = main(object).map_or(&[][..], |graph| graph.tables(sub_graph::TENSORS));
        let state = |t: &Object<'_>| {
            t.get(tensor::IS_VARIABLE) && t.vector(tensor::SHAPE).get(0) == Some(self.batch)
        };
        let states: Vec<usize> =
            indices(operator::INPUTS).filter(|&i| tensors.get(i).is_some_and(state)).collect();
        states.into_iter().for_each(|i| self.mark(i));
        if code == op::RESHAPE {
            self.reshapes.push(index);
        }
        let operand = told_by(object, o).and_then(|at| o.vector(operator::INPUTS).get(at));
        if let Some(operand) = operand.and_then(|i| usize::try_from(i).ok())
            && let Some(shape) = constant(object, operand)
            && shape.first() == Some(&self.batch)
        {
            self.shapes.insert(operand, shape);
        }
    }
}

fn fixed(t: &Object<'_>) -> EditError {
    EditError::FixedBatch { tensor: String::from_utf8_lossy(t.string(tensor::NAME)).into_owned() }
}

/// The operand that tells operator `o` its result's shape.
fn told_by(object: &Object<'_>, o: &Object<'_>) -> Option<usize> {
    let code = code_of(object, o)?;
    TOLD_SHAPE.iter().find(|(told, _)| *told == code).map(|(_, operand)| *operand)
}

/// What operator `o` does.
fn code_of(object: &Object<'_>, o: &Object<'_>) -> Option<i32> {
    let codes = object.tables(model::OPERATOR_CODES);
    let code = codes.get(o.get(operator::OPCODE_INDEX) as usize)?;
    let byte = i32::from(code.get(operator_code::DEPRECATED_BUILTIN_CODE));
    Some(code.get(operator_code::BUILTIN_CODE).max(byte))
}

/// The 32-bit integers that tensor `index` of the main graph holds.
fn constant(object: &Object<'_>, index: usize) -> Option<Vec<i32>> {
    let t = main(object).ok()?.tables(sub_graph::TENSORS).get(index)?;
    let whole = t.get(tensor::TYPE) == crate::enums::tensor_type::INT32;
    let at = t.get(tensor::BUFFER);
    let data = object.tables(model::BUFFERS).get(at as usize).filter(|_| whole && at != 0)?;
    Some(LeSlice::<i32>::new(data.vector(buffer::DATA).as_bytes()).iter().collect())
}
