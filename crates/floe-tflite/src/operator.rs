//! [`Operator`]: one step of a graph, and [`OpCode`]: what it does.

use crate::TfLite;
use crate::model::{element, range};
use crate::schema::fields::{operator, operator_code};
use crate::schema::{self, Field, TableId, enums};
use crate::table::{Number, OPTIONS, Table};
use floe_graph::{Error, ErrorKind, LeSlice, Op, Result};

/// What an operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpCode<'d> {
    /// The operator's number; [`op::CUSTOM`](crate::op::CUSTOM) for a custom one.
    pub code: i32,
    /// The version of its definition.
    pub version: i32,
    /// The name of a custom operator.
    pub custom: Option<&'d str>,
}

impl<'d> OpCode<'d> {
    /// Reads an entry of `Model.operator_codes`: the number is the larger of the one-byte field and
    /// its successor.
    #[must_use]
    pub fn read(table: &Table<'d>) -> Self {
        let old: i8 = table.get(operator_code::DEPRECATED_BUILTIN_CODE);
        let code = table.get(operator_code::BUILTIN_CODE).max(old.into());
        let custom = (code == enums::builtin_operator::CUSTOM)
            .then(|| table.string(operator_code::CUSTOM_CODE))
            .flatten();
        Self { code, version: table.get(operator_code::VERSION), custom }
    }

    /// Its name: the schema's or the custom operator's; `"?"` for a newer one.
    #[must_use]
    pub fn name(&self) -> &'d str {
        self.custom.or(schema::op_name(self.code)).unwrap_or("?")
    }

    /// The same in the vocabulary of all formats.
    #[must_use]
    pub fn op(&self) -> Op<'d> {
        match self.custom {
            Some(name) => Op::Custom(name),
            None => Op::Builtin {
                code: self.code,
                name: schema::op_name(self.code).unwrap_or("?"),
                version: self.version,
            },
        }
    }
}

/// One operator of a graph.
#[derive(Clone, Copy, Debug)]
pub struct Operator<'d> {
    table: Table<'d>,
}

impl<'d> Operator<'d> {
    pub(crate) const fn new(table: Table<'d>) -> Self {
        Self { table }
    }

    /// The table behind it.
    #[must_use]
    pub const fn table(&self) -> Table<'d> {
        self.table
    }

    /// What it does.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchIndex`] when the file has no such entry.
    pub fn code(&self) -> Result<OpCode<'d>> {
        self.code_in(&TfLite::of(&self.table).ok_or(Error::new(ErrorKind::Truncated, 0))?)
    }

    pub(crate) fn code_in(&self, file: &TfLite<'d>) -> Result<OpCode<'d>> {
        let index = usize::try_from(self.table.get(operator::OPCODE_INDEX)).unwrap_or(usize::MAX);
        element(file.operator_codes(), index).map(|t| OpCode::read(&t))
    }

    /// Its inputs by tensor index; -1 for an optional one that is not given.
    #[must_use]
    pub fn inputs(&self) -> LeSlice<'d, i32> {
        self.table.vector(operator::INPUTS)
    }

    /// Its outputs by tensor index.
    #[must_use]
    pub fn outputs(&self) -> LeSlice<'d, i32> {
        self.table.vector(operator::OUTPUTS)
    }

    /// The tensors that a quantized LSTM keeps its inner scales in.
    #[must_use]
    pub fn intermediates(&self) -> LeSlice<'d, i32> {
        self.table.vector(operator::INTERMEDIATES)
    }

    /// Its options, whatever their type; `None` when the file gives none or newer ones.
    #[must_use]
    pub fn options(&self) -> Option<Table<'d>> {
        OPTIONS.iter().find_map(|&field| self.table.table(field))
    }

    /// Its options when they are of type `id`.
    #[must_use]
    pub fn options_of(&self, id: TableId) -> Option<Table<'d>> {
        OPTIONS.iter().filter_map(|&field| self.table.table(field)).find(|t| t.id() == id)
    }

    /// One number of its options; the default when there are no options with this field.
    #[must_use]
    pub fn option<T: Number>(&self, field: Field<T>) -> T {
        self.options_of(field.table()).map_or(field.default(), |options| options.get(field))
    }

    /// The options of a custom operator: its own bytes, a FlexBuffer by convention. Taken from the
    /// file's end when they are too large for a vector.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfBounds`] when their offset leads out of the file.
    pub fn custom_options(&self) -> Result<&'d [u8]> {
        use operator::{CUSTOM_OPTIONS, LARGE_CUSTOM_OPTIONS_OFFSET, LARGE_CUSTOM_OPTIONS_SIZE};
        let inside = self.table.vector(CUSTOM_OPTIONS);
        if !inside.is_empty() {
            return Ok(inside.as_bytes());
        }
        let offset = self.table.get(LARGE_CUSTOM_OPTIONS_OFFSET);
        range(self.table.file(), offset, self.table.get(LARGE_CUSTOM_OPTIONS_SIZE))
            .ok_or(Error::new(ErrorKind::OutOfBounds, self.table.offset()))
    }
}
