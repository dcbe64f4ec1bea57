//! [`TfLite`] and [`Subgraph`]: the file and its graphs.
//!
//! Invariant: a [`TfLite`] exists only for a file that passed the structural check.

use crate::schema::fields::{buffer, metadata, model, signature_def, sub_graph};
use crate::structure::{First, identified, known_version, walk};
use crate::table::{Table, Tables};
use crate::{Operator, Tensor};
use floe_graph::{Error, ErrorKind, LeSlice, Result};

/// A `.tflite` file.
#[derive(Clone, Copy, Debug)]
pub struct TfLite<'d> {
    root: Table<'d>,
}

impl<'d> TfLite<'d> {
    /// Checks the structure of `data` and gives a view of it: the identifier, and every table, vector
    /// and string inside the file. Alignment is tolerated, numbers and names from newer schemas too;
    /// what the model means is not looked at.
    ///
    /// # Errors
    /// The first fault: [`ErrorKind::Truncated`], [`ErrorKind::BadMagic`], [`ErrorKind::BadVersion`],
    /// [`ErrorKind::OutOfBounds`], [`ErrorKind::Malformed`], or [`ErrorKind::Limit`] when the file's
    /// offsets share so much that it would be walked many times over.
    pub fn parse(data: &'d [u8]) -> Result<Self> {
        walk(data, &mut First)?;
        let root = Table::root(data).ok_or(Error::new(ErrorKind::Truncated, 0))?;
        if !known_version(root.get(model::VERSION)) {
            let at = root.find(model::VERSION.slot()).unwrap_or(root.offset());
            return Err(Error::new(ErrorKind::BadVersion, at));
        }
        Ok(Self { root })
    }

    /// A view of a file that was verified before, in time that does not depend on its size: only the
    /// identifier is looked at. In a damaged file what cannot be read seems absent: nothing panics, but
    /// nothing tells either.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`], [`ErrorKind::BadMagic`], [`ErrorKind::BadVersion`].
    pub fn trusted(data: &'d [u8]) -> Result<Self> {
        identified(data)?;
        Self::checked(data).ok_or(Error::new(ErrorKind::Truncated, 0))
    }

    /// A view of a file whose structure was checked by other means.
    #[must_use]
    pub(crate) fn checked(data: &'d [u8]) -> Option<Self> {
        Some(Self { root: Table::root(data)? })
    }

    /// The model that `table` is part of.
    pub(crate) fn of(table: &Table<'d>) -> Option<Self> {
        Self::checked(table.file())
    }

    /// The root table.
    #[must_use]
    pub const fn table(&self) -> Table<'d> {
        self.root
    }

    /// The whole file.
    #[must_use]
    pub const fn file(&self) -> &'d [u8] {
        self.root.file()
    }

    /// What its maker wrote about the model.
    #[must_use]
    pub fn description(&self) -> &'d [u8] {
        self.root.bytes(model::DESCRIPTION).unwrap_or_default()
    }

    /// How many graphs it has.
    #[must_use]
    pub fn subgraph_count(&self) -> usize {
        self.root.tables(model::SUBGRAPHS).len()
    }

    /// Graph `index`; 0 is the main one.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchIndex`].
    pub fn subgraph(&self, index: usize) -> Result<Subgraph<'d>> {
        element(self.root.tables(model::SUBGRAPHS), index).map(Subgraph::new)
    }

    /// All graphs in order.
    pub fn subgraphs(&self) -> impl Iterator<Item = Subgraph<'d>> + use<'d> {
        self.root.tables(model::SUBGRAPHS).iter().map(Subgraph::new)
    }

    /// The operator codes that operators refer to by index.
    #[must_use]
    pub fn operator_codes(&self) -> Tables<'d> {
        self.root.tables(model::OPERATOR_CODES)
    }

    /// How many buffers there are.
    #[must_use]
    pub fn buffer_count(&self) -> usize {
        self.root.tables(model::BUFFERS).len()
    }

    /// The bytes of buffer `index`, from inside the FlatBuffer or from the file's end; empty for
    /// buffer 0, which stands for "no data", whatever it holds.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchIndex`]; [`ErrorKind::OutOfBounds`] when its offset leads out of the file.
    pub fn buffer(&self, index: u32) -> Result<&'d [u8]> {
        if index == 0 {
            return Ok(&[]);
        }
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let table = element(self.root.tables(model::BUFFERS), index)?;
        let inside = table.vector(buffer::DATA);
        if !inside.is_empty() {
            return Ok(inside.as_bytes());
        }
        range(self.file(), table.get(buffer::OFFSET), table.get(buffer::SIZE))
            .ok_or(Error::new(ErrorKind::OutOfBounds, table.offset()))
    }

    /// The bytes of the metadata entry called `name`, when there is one.
    #[must_use]
    pub fn metadata(&self, name: &str) -> Option<&'d [u8]> {
        let entry = self
            .root
            .tables(model::METADATA)
            .iter()
            .find(|m| m.bytes(metadata::NAME) == Some(name.as_bytes()))?;
        self.buffer(entry.get(metadata::BUFFER)).ok()
    }

    /// The names of all metadata entries in order.
    pub fn metadata_names(&self) -> impl Iterator<Item = &'d [u8]> + use<'d> {
        let entries = self.root.tables(model::METADATA);
        entries.iter().map(|m| m.bytes(metadata::NAME).unwrap_or_default())
    }

    /// The signatures: tables with the fields of [`signature_def`].
    #[must_use]
    pub fn signatures(&self) -> Tables<'d> {
        self.root.tables(model::SIGNATURE_DEFS)
    }

    /// The signature called `key`.
    #[must_use]
    pub fn find_signature(&self, key: &str) -> Option<Table<'d>> {
        self.signatures().iter().find(|s| s.string(signature_def::SIGNATURE_KEY) == Some(key))
    }
}

/// `size` bytes of the file from `offset` on; none for the offsets 0 and 1, which mean "not given".
pub(crate) fn range(file: &[u8], offset: u64, size: u64) -> Option<&[u8]> {
    if offset <= 1 {
        return Some(&[]);
    }
    let start = usize::try_from(offset).ok()?;
    file.get(start..start.checked_add(usize::try_from(size).ok()?)?)
}

/// Element `index` of `tables`.
pub(crate) fn element(tables: Tables<'_>, index: usize) -> Result<Table<'_>> {
    tables.get(index).ok_or(Error::new(ErrorKind::NoSuchIndex, index))
}

/// One graph of the file.
#[derive(Clone, Copy, Debug)]
pub struct Subgraph<'d> {
    table: Table<'d>,
    /// Asked for with every operand.
    tensors: Tables<'d>,
}

impl<'d> Subgraph<'d> {
    pub(crate) fn new(table: Table<'d>) -> Self {
        Self { table, tensors: table.tables(sub_graph::TENSORS) }
    }

    /// The table behind it.
    #[must_use]
    pub const fn table(&self) -> Table<'d> {
        self.table
    }

    /// Its name; empty when it has none or one that is not UTF-8.
    #[must_use]
    pub fn name(&self) -> &'d str {
        self.table.string(sub_graph::NAME).unwrap_or_default()
    }

    /// How many tensors it has.
    #[must_use]
    pub fn tensor_count(&self) -> usize {
        self.tensors.len()
    }

    /// Tensor `index`.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchIndex`].
    pub fn tensor(&self, index: usize) -> Result<Tensor<'d>> {
        element(self.tensors, index).map(Tensor::new)
    }

    /// All tensors in order.
    pub fn tensors(&self) -> impl Iterator<Item = Tensor<'d>> + use<'d> {
        self.tensors.iter().map(Tensor::new)
    }

    /// How many operators it has.
    #[must_use]
    pub fn operator_count(&self) -> usize {
        self.table.tables(sub_graph::OPERATORS).len()
    }

    /// Operator `index`, in the order in which they run.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchIndex`].
    pub fn operator(&self, index: usize) -> Result<Operator<'d>> {
        element(self.table.tables(sub_graph::OPERATORS), index).map(Operator::new)
    }

    /// All operators in the order in which they run.
    pub fn operators(&self) -> impl Iterator<Item = Operator<'d>> + use<'d> {
        self.table.tables(sub_graph::OPERATORS).iter().map(Operator::new)
    }

    /// The tensors that the caller fills, by index.
    #[must_use]
    pub fn inputs(&self) -> LeSlice<'d, i32> {
        self.table.vector(sub_graph::INPUTS)
    }

    /// The tensors that the caller gets, by index.
    #[must_use]
    pub fn outputs(&self) -> LeSlice<'d, i32> {
        self.table.vector(sub_graph::OUTPUTS)
    }
}
