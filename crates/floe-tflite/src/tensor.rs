//! [`Tensor`]: one value of a graph: constant, variable, input or computed.

use crate::TfLite;
use crate::schema::fields::{quantization_parameters, tensor};
use crate::table::Table;
use floe_graph::{DType, Error, ErrorKind, LeSlice, Payload, Quant, Result, Shape, Strings};

/// One tensor of a graph.
#[derive(Clone, Copy, Debug)]
pub struct Tensor<'d> {
    table: Table<'d>,
}

impl<'d> Tensor<'d> {
    pub(crate) const fn new(table: Table<'d>) -> Self {
        Self { table }
    }

    /// The table behind it.
    #[must_use]
    pub const fn table(&self) -> Table<'d> {
        self.table
    }

    /// The dimensions that memory is planned for.
    #[must_use]
    #[inline]
    pub fn shape(&self) -> LeSlice<'d, i32> {
        self.table.vector(tensor::SHAPE)
    }

    /// The dimensions with -1 for those that the caller may set, where the file gives them.
    #[must_use]
    pub fn shape_signature(&self) -> Option<LeSlice<'d, i32>> {
        self.table.optional_vector(tensor::SHAPE_SIGNATURE).filter(|s| !s.is_empty())
    }

    /// Whether an empty shape means a scalar rather than an unknown rank. Files older than schema 3c
    /// do not say.
    #[must_use]
    pub fn has_rank(&self) -> bool {
        self.table.get(tensor::HAS_RANK)
    }

    /// The element type.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownDType`], with the number.
    pub fn dtype(&self) -> Result<DType> {
        let number = self.type_number();
        let at = usize::try_from(number).unwrap_or_default();
        DType::from_tflite(number).ok_or(Error::new(ErrorKind::UnknownDType, at))
    }

    /// The element type's number in the schema.
    #[must_use]
    pub fn type_number(&self) -> i8 {
        self.table.get(tensor::TYPE)
    }

    /// The buffer that holds its elements, by index; 0 for none.
    #[must_use]
    pub fn buffer(&self) -> u32 {
        self.table.get(tensor::BUFFER)
    }

    /// The elements as they lie in the file; `None` for a tensor that has none (a computed one, a
    /// variable, one of an external file).
    ///
    /// # Errors
    /// As [`TfLite::buffer`].
    pub fn data(&self) -> Result<Option<&'d [u8]>> {
        let file = TfLite::of(&self.table).ok_or(Error::new(ErrorKind::Truncated, 0))?;
        Ok(Some(file.buffer(self.buffer())?).filter(|bytes| !bytes.is_empty()))
    }

    /// The id of the external buffer that holds its elements; 0 for none.
    #[must_use]
    pub fn external_buffer(&self) -> u32 {
        self.table.get(tensor::EXTERNAL_BUFFER)
    }

    /// Its name, which the format does not promise to be UTF-8.
    #[must_use]
    pub fn name_bytes(&self) -> &'d [u8] {
        self.table.bytes(tensor::NAME).unwrap_or_default()
    }

    /// Its name; empty when it has none.
    ///
    /// # Errors
    /// [`ErrorKind::NotUtf8`].
    pub fn name(&self) -> Result<&'d str> {
        core::str::from_utf8(self.name_bytes())
            .map_err(|_| Error::new(ErrorKind::NotUtf8, self.table.offset()))
    }

    /// The affine quantization, when the file gives scales. Blockwise and multi-axis quantization keep
    /// theirs in other tensors, see [`quant_table`](Self::quant_table).
    #[must_use]
    pub fn quant(&self) -> Option<Quant<'d>> {
        use quantization_parameters::{QUANTIZED_DIMENSION, SCALE, ZERO_POINT};
        let table = self.quant_table()?;
        let scales = table.vector(SCALE);
        if scales.is_empty() {
            return None;
        }
        // A negative axis is kept out of every rank.
        let axis = u32::try_from(table.get(QUANTIZED_DIMENSION)).unwrap_or(u32::MAX);
        Some(Quant::new(scales, table.vector(ZERO_POINT), axis))
    }

    /// Everything the file says about quantization.
    #[must_use]
    pub fn quant_table(&self) -> Option<Table<'d>> {
        self.table.table(tensor::QUANTIZATION)
    }

    /// Whether it keeps its elements from one run to the next.
    #[must_use]
    pub fn is_variable(&self) -> bool {
        self.table.get(tensor::IS_VARIABLE)
    }

    /// How a sparse constant is stored.
    #[must_use]
    pub fn sparsity(&self) -> Option<Table<'d>> {
        self.table.table(tensor::SPARSITY)
    }

    /// The dimensions as far as they are known: the signature's where there is one.
    #[must_use]
    pub fn known_shape(&self) -> Shape<'d> {
        Shape::I32(self.shape_signature().unwrap_or_else(|| self.shape()))
    }

    /// The elements, by their coding.
    ///
    /// # Errors
    /// As [`data`](Self::data) and [`dtype`](Self::dtype); [`ErrorKind::Unsupported`] for a sparse
    /// constant.
    pub fn payload(&self) -> Result<Payload<'d>> {
        let Some(bytes) = self.data()? else { return Ok(Payload::Absent) };
        if self.sparsity().is_some() {
            return Err(Error::new(ErrorKind::Unsupported, self.table.offset()));
        }
        Ok(match self.dtype()? {
            DType::String => Payload::Strings(Strings::Offsets(bytes)),
            DType::Int4 | DType::Uint4 | DType::Int2 => Payload::Packed(bytes),
            _ => Payload::Raw(bytes),
        })
    }
}
