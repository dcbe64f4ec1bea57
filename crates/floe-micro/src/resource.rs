//! Resource variables: records in the tables, contents in the state.
//!
//! ```text
//! record   next record │ graph │ operator that names it │ bytes │ place in the state
//! state    1 when assigned │ rank │ 8 dimensions │ data
//! ```
//! Invariant: two VAR_HANDLEs of one container and name share one record.

use crate::error::{Fault, Kind, Operand};
use crate::op::{Op, bytes_of};
use crate::shape::{MAX_RANK, Shape};
use crate::tables::{self, RESOURCE_BYTES, narrow, word};
use crate::{Done, View, ViewMut};
use Operand::Out;
use floe_tflite::fields::var_handle_options::{CONTAINER, SHARED_NAME};

/// Bytes of a record.
const RECORD: usize = 24;
/// Bytes before a variable's data.
pub(crate) const HEADER: usize = 8 + 4 * MAX_RANK;

/// The shape of an assigned variable; `None` for one that is not.
pub(crate) fn read_header(state: &[u8]) -> Option<Shape> {
    let words = View::<i32>::new(state);
    if words.at(0) != 1 {
        return None;
    }
    let rank = usize::try_from(words.at(1)).ok()?;
    Shape::new(words.part(2, rank.min(MAX_RANK)).iter())
}

/// Marks a variable as assigned, with this shape.
pub(crate) fn write_header(header: &mut [u8], shape: &Shape) {
    let mut words = ViewMut::<i32>::new(header);
    let fixed = [1, shape.rank() as i32];
    words.write(fixed.into_iter().chain(shape.dims().iter().copied()));
}

impl Op<'_> {
    /// Container and name that a VAR_HANDLE gives.
    fn resource_name(&self, graph: usize, index: usize) -> Option<(&[u8], &[u8])> {
        let operator = self.site.model.subgraph(graph).ok()?.operator(index).ok()?;
        let options = operator.options_of(CONTAINER.table());
        let text = |field| options.and_then(|o| o.bytes(field)).unwrap_or_default();
        Some((text(CONTAINER), text(SHARED_NAME)))
    }

    /// The record of the variable that this VAR_HANDLE names.
    fn find_resource(&self, first: usize) -> Option<usize> {
        let own = self.resource_name(self.site.graph_index, self.site.index)?;
        let mut at = first;
        while at != 0 {
            let field = |i: usize| word(self.low, at.wrapping_add(i)) as usize;
            if self.resource_name(field(4), field(8)) == Some(own) {
                return Some(at);
            }
            at = field(0);
        }
        None
    }

    /// Makes the record of the variable that this VAR_HANDLE names, unless it is there.
    pub(crate) fn make_resource(&mut self) -> Done {
        let Some(first) = self.planning.as_ref().map(|p| p.resources) else { return Ok(()) };
        if self.find_resource(first).is_some() {
            return Ok(());
        }
        let record = self.allocate(RECORD, Out(0))?;
        let fields = [first, self.site.graph_index, self.site.index, HEADER, 0];
        for (i, field) in fields.into_iter().enumerate() {
            tables::set_word(self.low, record.wrapping_add(i.wrapping_mul(4)), narrow(field));
        }
        self.layout.resources = record;
        if let Some(planning) = self.planning.as_deref_mut() {
            planning.resources = record;
        }
        Ok(())
    }

    /// The handle of the variable that this VAR_HANDLE names: its record's place.
    pub(crate) fn own_resource(&self) -> Result<u32, Fault> {
        let record = self.find_resource(self.layout.resources);
        record.map(narrow).ok_or(Kind::Contract.at(Out(0)))
    }

    /// The record that a handle means.
    pub(crate) fn resource(&self, handle: Operand) -> Result<usize, Fault> {
        let bytes = self.known(handle)?;
        let record = View::<u32>::new(bytes).at(0) as usize;
        let mut at = self.planning.as_ref().map_or(self.layout.resources, |p| p.resources);
        while at != 0 {
            if at == record {
                return Ok(record);
            }
            at = word(self.low, at) as usize;
        }
        Err(Kind::Value.at(handle))
    }

    /// Sees to it that the variable has room for so many bytes of data.
    pub(crate) fn reserve_resource(&mut self, handle: Operand, bytes: usize) -> Done {
        let record = self.resource(handle)?;
        if self.planning.is_none() {
            return Ok(());
        }
        let at = record.wrapping_add(RESOURCE_BYTES);
        let need = narrow(bytes.saturating_add(HEADER)).max(word(self.low, at));
        tables::set_word(self.low, at, need);
        Ok(())
    }

    /// Bytes of the operand's elements in this shape.
    pub(crate) fn bytes_for(&self, operand: Operand, shape: &Shape) -> Result<usize, Fault> {
        bytes_of(self.dtype(operand)?, shape.len()).ok_or(Kind::Type.at(operand))
    }
}
