//! Changes of whole models: names and metadata out, tensors renamed or replaced, a part cut out,
//! weights put beside.
//!
//! Invariant: an edit leaves the model as valid as it was, or leaves it alone and says why.

mod batch;
mod extract;
mod prune;

pub use batch::set_batch;
pub use extract::extract;
pub use prune::prune;

use crate::owned::{Object, Value};
use crate::schema::fields::{
    buffer, external_buffer, external_buffer_group, metadata, model, operator, signature_def,
    sub_graph, tensor, tensor_map,
};
use crate::schema::{Kind, TableId};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Why a model cannot be edited so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditError {
    /// No tensor of the main graph has this name.
    NoSuchTensor(String),
    /// No signature, or port of one, has this name.
    NoSuchSignature(String),
    /// The new data is as long as it must not be.
    DataLength {
        /// The tensor.
        tensor: String,
        /// Bytes given.
        given: usize,
        /// Bytes there.
        wanted: usize,
    },
    /// The tensor is no constant.
    NotConstant(String),
    /// Something that the part needs comes from outside of it.
    OpenEnd {
        /// The tensor that nothing in the part gives.
        tensor: String,
    },
    /// The batch is part of what the model computes.
    FixedBatch {
        /// The tensor whose first dimension is not the batch's.
        tensor: String,
    },
    /// The model has no graph.
    NoGraph,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchTensor(name) => write!(f, "the main graph has no tensor `{name}`"),
            Self::NoSuchSignature(name) => write!(f, "no signature or port is called `{name}`"),
            Self::DataLength { tensor, given, wanted } => {
                write!(f, "tensor `{tensor}` has {wanted} bytes, the new data {given}")
            }
            Self::NotConstant(name) => write!(f, "tensor `{name}` holds no data"),
            Self::OpenEnd { tensor } => {
                write!(f, "the part needs tensor `{tensor}`: make it an input too")
            }
            Self::FixedBatch { tensor } => {
                write!(f, "tensor `{tensor}` has a first dimension that is not the batch's")
            }
            Self::NoGraph => f.write_str("the model has no graph"),
        }
    }
}

impl core::error::Error for EditError {}

/// What [`strip`] takes out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Strip {
    /// The names of tensors and graphs. Signatures keep theirs.
    pub names: bool,
    /// All metadata but the runtime needed.
    pub metadata: bool,
    /// Where operators came from.
    pub debug: bool,
    /// What the maker wrote about the model.
    pub description: bool,
    /// Named entries.
    pub signatures: bool,
}

impl Strip {
    /// The parts by the names that the command knows them by.
    ///
    /// # Errors
    /// The first unknown name.
    pub fn parse<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, &'n str> {
        let mut strip = Self::default();
        for name in names {
            match name {
                "names" => strip.names = true,
                "metadata" => strip.metadata = true,
                "debug" => strip.debug = true,
                "description" => strip.description = true,
                "signatures" => strip.signatures = true,
                other => return Err(other),
            }
        }
        Ok(strip)
    }
}

/// The metadata entry of [`Strip::debug`].
const DEBUG: &[u8] = b"debug_metadata";

/// Takes parts out of `object` that no runtime needs.
pub fn strip(object: &mut Object<'_>, what: Strip) {
    if what.description {
        object.clear(model::DESCRIPTION);
    }
    if what.signatures {
        object.clear(model::SIGNATURE_DEFS);
    }
    let runtime = crate::versions::MIN_RUNTIME.as_bytes();
    object.tables_mut(model::METADATA).retain(|entry| {
        let name = entry.string(metadata::NAME);
        !(what.metadata && name != runtime || what.debug && name == DEBUG)
    });
    if object.tables(model::METADATA).is_empty() {
        object.clear(model::METADATA);
    }
    for graph in object.tables_mut(model::SUBGRAPHS) {
        if what.names {
            graph.clear(sub_graph::NAME);
            graph.tables_mut(sub_graph::TENSORS).iter_mut().for_each(|t| t.clear(tensor::NAME));
        }
        if what.debug {
            graph.clear(sub_graph::DEBUG_METADATA_INDEX);
            let operators = graph.tables_mut(sub_graph::OPERATORS).iter_mut();
            operators.for_each(|o| o.clear(operator::DEBUG_METADATA_INDEX));
        }
    }
    prune(object);
}

/// Renames tensors of all graphs: `rename` gives the new name, or leaves the old one.
pub fn rename_tensors(object: &mut Object<'_>, mut rename: impl FnMut(&str) -> Option<String>) {
    for graph in object.tables_mut(model::SUBGRAPHS) {
        for t in graph.tables_mut(sub_graph::TENSORS) {
            let new = core::str::from_utf8(t.string(tensor::NAME)).ok().and_then(&mut rename);
            if let Some(new) = new {
                t.set_string(tensor::NAME, new);
            }
        }
    }
}

/// Renames signature `from`, or with `key/port` one of its ports.
///
/// # Errors
/// [`EditError::NoSuchSignature`].
pub fn rename_signature(object: &mut Object<'_>, from: &str, to: &str) -> Result<(), EditError> {
    let none = || EditError::NoSuchSignature(from.into());
    let signatures = object.tables_mut(model::SIGNATURE_DEFS);
    let by_key =
        |key: &str, s: &Object<'_>| s.string(signature_def::SIGNATURE_KEY) == key.as_bytes();
    if let Some(whole) = signatures.iter_mut().find(|s| by_key(from, s)) {
        whole.set_string(signature_def::SIGNATURE_KEY, String::from(to));
        return Ok(());
    }
    let (key, port) = from.split_once('/').ok_or_else(none)?;
    let signature = signatures.iter_mut().find(|s| by_key(key, s)).ok_or_else(none)?;
    for side in [signature_def::INPUTS, signature_def::OUTPUTS] {
        let ports = signature.tables_mut(side);
        if let Some(hit) = ports.iter_mut().find(|p| p.string(tensor_map::NAME) == port.as_bytes())
        {
            hit.set_string(tensor_map::NAME, String::from(to));
            return Ok(());
        }
    }
    Err(none())
}

/// The index of the main graph's tensor called `name`.
///
/// # Errors
/// [`EditError::NoSuchTensor`].
pub fn find_tensor(object: &Object<'_>, name: &str) -> Result<usize, EditError> {
    let graph = object.tables(model::SUBGRAPHS).first().ok_or(EditError::NoGraph)?;
    let mut tensors = graph.tables(sub_graph::TENSORS).iter();
    tensors
        .position(|t| t.string(tensor::NAME) == name.as_bytes())
        .ok_or_else(|| EditError::NoSuchTensor(name.into()))
}

/// Replaces the data of the main graph's constant `name`, which keeps its length. Other tensors that
/// shared the buffer keep the old data.
///
/// # Errors
/// [`EditError::NoSuchTensor`], [`EditError::NotConstant`], [`EditError::DataLength`].
pub fn replace_data<'a>(
    object: &mut Object<'a>,
    name: &str,
    data: impl Into<Cow<'a, [u8]>>,
) -> Result<(), EditError> {
    let data = data.into();
    let index = find_tensor(object, name)?;
    let old = object.tables(model::SUBGRAPHS).first().map_or(0, |graph| {
        graph.tables(sub_graph::TENSORS).get(index).map_or(0, |t| t.get(tensor::BUFFER))
    });
    let buffers = object.tables(model::BUFFERS);
    let wanted = buffers.get(old as usize).map_or(0, |b| b.vector(buffer::DATA).len());
    if wanted == 0 || old == 0 {
        return Err(EditError::NotConstant(name.into()));
    }
    if wanted != data.len() {
        return Err(EditError::DataLength { tensor: name.into(), given: data.len(), wanted });
    }
    let new = fill(object, old, data);
    if let Some(graph) = object.tables_mut(model::SUBGRAPHS).first_mut()
        && let Some(t) = graph.tables_mut(sub_graph::TENSORS).get_mut(index)
    {
        t.set(tensor::BUFFER, new);
    }
    Ok(())
}

/// Puts `data` into buffer `old` when only one tensor or metadata entry refers to it, and into a new one
/// otherwise. The buffer's index.
fn fill<'a>(object: &mut Object<'a>, old: u32, data: Cow<'a, [u8]>) -> u32 {
    let mut users = 0u32;
    prune::visit(object, &mut |index| users = users.saturating_add(u32::from(*index == old)));
    let buffers = object.tables_mut(model::BUFFERS);
    if old != 0
        && users == 1
        && let Some(only) = buffers.get_mut(old as usize)
    {
        only.set_bytes(buffer::DATA, data);
        return old;
    }
    if buffers.is_empty() {
        buffers.push(Object::new(TableId::BUFFER));
    }
    let new = buffers.len() as u32;
    let mut filled = Object::new(TableId::BUFFER);
    filled.set_bytes(buffer::DATA, data);
    buffers.push(filled);
    new
}

/// Sets a metadata entry, over one of that name.
pub fn set_metadata<'a>(
    object: &mut Object<'a>,
    name: impl Into<Cow<'a, str>>,
    bytes: impl Into<Cow<'a, [u8]>>,
) {
    let name = name.into();
    let named = |m: &Object<'_>| m.string(metadata::NAME) == name.as_bytes();
    let mut entries = object.tables(model::METADATA).iter();
    let old = entries.find(|m| named(m)).map(|m| m.get(metadata::BUFFER));
    let index = fill(object, old.unwrap_or(0), bytes.into());
    let entries = object.tables_mut(model::METADATA);
    if let Some(entry) = entries.iter_mut().find(|m| named(m)) {
        entry.set(metadata::BUFFER, index);
        return;
    }
    let mut entry = Object::new(TableId::METADATA).with(metadata::BUFFER, index);
    entry.set_string(metadata::NAME, name);
    entries.push(entry);
}

/// Moves constants of `least` bytes and more into a side file called `name`: into `side`, on 16-byte
/// boundaries, in the order of the buffers. The model then refers to them as external buffers.
pub fn externalize<'a>(
    object: &mut Object<'a>,
    name: impl Into<Cow<'a, str>>,
    least: usize,
    side: &mut Vec<u8>,
) {
    let group = object.tables(model::EXTERNAL_BUFFER_GROUPS).len() as u32;
    let used: u32 = object
        .tables(model::EXTERNAL_BUFFERS)
        .iter()
        .map(|b| b.get(external_buffer::ID))
        .max()
        .unwrap_or(0);
    // Metadata stays: readers look for it here.
    let kept: Vec<u32> =
        object.tables(model::METADATA).iter().map(|m| m.get(metadata::BUFFER)).collect();
    let mut ids = Vec::new();
    let mut listed = Vec::new();
    for (index, b) in object.tables_mut(model::BUFFERS).iter_mut().enumerate() {
        let large = b.vector(buffer::DATA).len() >= least.max(1);
        if !large || kept.contains(&(index as u32)) {
            ids.push(0);
            continue;
        }
        side.resize(side.len().next_multiple_of(16), 0);
        let id = used.saturating_add(listed.len() as u32).saturating_add(1);
        let place = Object::new(TableId::EXTERNAL_BUFFER)
            .with(external_buffer::ID, id)
            .with(external_buffer::GROUP, group)
            .with(external_buffer::OFFSET, side.len() as u64)
            .with(external_buffer::LENGTH, b.vector(buffer::DATA).len() as u64);
        side.extend_from_slice(b.vector(buffer::DATA).as_bytes());
        listed.push(place);
        ids.push(id);
    }
    if listed.is_empty() {
        return;
    }
    for graph in object.tables_mut(model::SUBGRAPHS) {
        for t in graph.tables_mut(sub_graph::TENSORS) {
            let id = ids.get(t.get(tensor::BUFFER) as usize).copied().unwrap_or(0);
            if id != 0 {
                t.set(tensor::EXTERNAL_BUFFER, id);
                t.set(tensor::BUFFER, 0);
            }
        }
    }
    let mut file = Object::new(TableId::EXTERNAL_BUFFER_GROUP);
    file.set_string(external_buffer_group::NAME, name);
    object.tables_mut(model::EXTERNAL_BUFFER_GROUPS).push(file);
    object.tables_mut(model::EXTERNAL_BUFFERS).append(&mut listed);
    prune(object);
}

/// Calls `f` with every whole number in `object` that the schema marks as `wanted`, and all below.
pub(crate) fn for_each_index(
    object: &mut Object<'_>,
    wanted: fn(&crate::schema::FieldInfo) -> bool,
    f: &mut dyn FnMut(i64) -> i64,
) {
    let table = object.table_id();
    for (slot, field) in table.fields() {
        let Some(value) = object.value_mut(slot) else { continue };
        match value {
            Value::Int(number) if wanted(&field) => *number = f(*number),
            Value::Vector(bytes) if wanted(&field) && matches!(field.kind, Kind::Vector(..)) => {
                let numbers = floe_graph::LeSlice::<i32>::new(bytes);
                let new = numbers.iter().flat_map(|n| (f(n.into()) as i32).to_le_bytes());
                *bytes = Cow::Owned(new.collect());
            }
            Value::Table(inner) => for_each_index(inner, wanted, f),
            Value::Tables(all) => all.iter_mut().for_each(|o| for_each_index(o, wanted, f)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
