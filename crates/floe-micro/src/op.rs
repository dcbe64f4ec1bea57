//! [`Op`]: one operator as its kernel sees it: tensors, options, memory.
//!
//! The same type serves planning, where only shapes, types, options and known values can be asked, and
//! running, where there is also memory. Invariant: a kernel reaches nothing but its own operator's
//! tensors, and every slice it gets has exactly the tensor's length.

use crate::data::View;
use crate::error::{Error, Fault, Kind, Operand};
use crate::io::Span;
use crate::num::Numerics;
use crate::shape::Shape;
use crate::tables::{self, Entry, Place};
use floe_graph::{DType, LeScalar, LeSlice, Quant};
use floe_tflite::schema::Field;
use floe_tflite::{Number, Operator, Subgraph, Table, Tensor, TfLite};

use Operand::{In, Out};

mod memory;
mod prepare;

pub(crate) use prepare::Target;

/// What a kernel's functions return.
pub type Done = Result<(), Fault>;

/// A tensor that must have room for more than its planned shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// The subgraph.
    pub graph: u16,
    /// Whether an operator's scratch memory is meant, not a tensor.
    pub scratch: bool,
    /// The tensor, or the operator.
    pub index: u32,
    /// The bytes it needs.
    pub bytes: u32,
}

/// Where the arena's parts lie, for the graph that runs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Layout {
    /// Where the frame of the graph begins.
    pub(crate) base: usize,
    /// Where the state begins.
    pub(crate) state: usize,
    /// Where [`Op::heap`] begins.
    pub(crate) split: usize,
    /// The first resource record; 0 for none.
    pub(crate) resources: usize,
}

/// What planning keeps while it walks.
#[derive(Debug, Default)]
pub(crate) struct Planning {
    /// The first free byte after the tables.
    pub(crate) bump: usize,
    /// The first resource record; 0 for none.
    pub(crate) resources: usize,
    /// Bytes of state so far.
    pub(crate) state: usize,
}

/// Which operator it is, and what the file says of it.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    pub(crate) model: TfLite<'a>,
    pub(crate) graph: Subgraph<'a>,
    pub(crate) graph_index: usize,
    pub(crate) index: usize,
    pub(crate) operator: Operator<'a>,
    pub(crate) options: Option<Table<'a>>,
    pub(crate) inputs: LeSlice<'a, i32>,
    pub(crate) outputs: LeSlice<'a, i32>,
    pub(crate) numerics: Numerics,
    pub(crate) threads: usize,
    pub(crate) caps: &'a [Cap],
}

impl Site<'_> {
    /// The index of the tensor in its graph, when it is given.
    #[inline]
    pub(crate) fn tensor_index(&self, operand: Operand) -> Option<usize> {
        let index = match operand {
            In(i) => self.inputs.get(i.into()),
            Out(i) => self.outputs.get(i.into()),
            _ => None,
        };
        usize::try_from(index?).ok()
    }

    /// A kernel's fault as the interpreter's error; `need` is what the arena must have.
    #[cold]
    pub(crate) fn error(&self, fault: Fault, need: usize) -> Error {
        let at = match fault.kind {
            Kind::Arena => need,
            _ => self.tensor_index(fault.operand).unwrap_or(usize::MAX),
        };
        Error::new(fault.kind, at).of(self.graph_index, self.index)
    }
}

/// One operator as its kernel sees it.
pub struct Op<'a> {
    pub(crate) site: Site<'a>,
    pub(crate) layout: Layout,
    /// The tables, and what is known before running.
    pub(crate) low: &'a mut [u8],
    /// State and frames; empty while planning.
    pub(crate) heap: &'a mut [u8],
    /// Present while planning.
    pub(crate) planning: Option<&'a mut Planning>,
}

/// What [`Op::io`] gives: what is read, and what is written.
pub type Slices<'s, const I: usize, const O: usize> = ([&'s [u8]; I], [&'s mut [u8]; O]);

/// What may be asked at any time.
impl<'a> Op<'a> {
    /// How many inputs it has, absent ones counted.
    #[must_use]
    pub const fn inputs(&self) -> usize {
        self.site.inputs.len()
    }

    /// How many outputs it has.
    #[must_use]
    pub const fn outputs(&self) -> usize {
        self.site.outputs.len()
    }

    /// How many subgraphs the model has.
    #[must_use]
    pub fn subgraphs(&self) -> usize {
        self.site.model.subgraph_count()
    }

    /// Whose integers to reproduce.
    #[must_use]
    pub const fn numerics(&self) -> Numerics {
        self.site.numerics
    }

    /// The operator in the file, for what this type does not offer.
    #[must_use]
    pub const fn operator(&self) -> Operator<'a> {
        self.site.operator
    }

    /// One number of its options; the field's default when the file gives none.
    #[must_use]
    pub fn option<T: Number>(&self, field: Field<T>) -> T {
        match &self.site.options {
            Some(options) if options.id() == field.table() => options.get(field),
            _ => self.site.operator.option(field),
        }
    }

    /// A list of numbers of its options; empty when the file gives none.
    #[must_use]
    pub fn option_list<T: LeScalar>(&self, field: Field<[T]>) -> LeSlice<'a, T> {
        self.site.operator.options_of(field.table()).map(|t| t.vector(field)).unwrap_or_default()
    }

    /// The index of the tensor in its graph, when it is given.
    pub(crate) fn tensor_index(&self, operand: Operand) -> Option<usize> {
        self.site.tensor_index(operand)
    }

    fn required(&self, operand: Operand) -> Result<usize, Fault> {
        self.tensor_index(operand).ok_or(Kind::Missing.at(operand))
    }

    fn entry(&self, index: usize) -> Entry {
        Entry::tensor(self.low, self.site.graph_index, index)
    }

    /// Whether the tensor is given.
    #[must_use]
    pub fn has(&self, operand: Operand) -> bool {
        self.tensor_index(operand).is_some()
    }

    /// The tensor in the file.
    ///
    /// # Errors
    /// [`Kind::Missing`].
    pub fn tensor(&self, operand: Operand) -> Result<Tensor<'a>, Fault> {
        let index = self.required(operand)?;
        self.site.graph.tensor(index).map_err(|_| Kind::Missing.at(operand))
    }

    /// Intermediate tensor `i`, in which a quantized LSTM keeps inner scales.
    ///
    /// # Errors
    /// [`Kind::Missing`].
    pub fn intermediate(&self, i: usize) -> Result<Tensor<'a>, Fault> {
        let index = self.site.operator.intermediates().get(i).and_then(|t| usize::try_from(t).ok());
        let tensor = index.and_then(|t| self.site.graph.tensor(t).ok());
        tensor.ok_or(Kind::Missing.at(Operand::None))
    }

    /// The element type.
    ///
    /// # Errors
    /// [`Kind::Missing`]; [`Kind::Type`] when it is a newer one.
    pub fn dtype(&self, operand: Operand) -> Result<DType, Fault> {
        let record = self.entry(self.required(operand)?).record(self.low);
        match tables::read_dtype(self.low, record) {
            Some(dtype) => Ok(dtype),
            None => self.tensor(operand)?.dtype().map_err(|_| Kind::Type.at(operand)),
        }
    }

    /// The dimensions, as they are now.
    ///
    /// # Errors
    /// [`Kind::Missing`]; [`Kind::Shape`] when they are negative or too large.
    pub fn shape(&self, operand: Operand) -> Result<Shape, Fault> {
        let index = self.required(operand)?;
        let record = self.entry(index).record(self.low);
        let shape = if record != 0 {
            tables::read_shape(self.low, record)
        } else {
            Shape::new(self.tensor(operand)?.shape().iter())
        };
        shape.ok_or(Kind::Shape.at(operand))
    }

    /// The quantization of a tensor that must have one: every scale is a finite number, not negative.
    ///
    /// # Errors
    /// [`Kind::Quant`].
    pub fn quant(&self, operand: Operand) -> Result<Quant<'a>, Fault> {
        let quant = self.tensor(operand)?.quant().ok_or(Kind::Quant.at(operand))?;
        // Once: what is prepared does not change.
        let whole = self.planning.is_none() || quant.scales.iter().all(is_scale);
        if whole { Ok(quant) } else { Err(Kind::Quant.at(operand)) }
    }

    /// Scale and zero point of a tensor that has one pair of them (the first, when it has more).
    ///
    /// # Errors
    /// [`Kind::Quant`].
    pub fn scale(&self, operand: Operand) -> Result<(f32, i32), Fault> {
        let bad = Kind::Quant.at(operand);
        let pair = self.tensor(operand)?.quant().and_then(|quant| quant.pair(0));
        let (scale, zero) = pair.filter(|p| is_scale(p.0)).ok_or(bad)?;
        Ok((scale, i32::try_from(zero).map_err(|_| bad)?))
    }

    /// The value of a tensor that is needed to compute shapes: a constant, or, while running, whatever
    /// it holds.
    ///
    /// # Errors
    /// [`Kind::NotConstant`] while planning, when it will be known only later. A `prepare` returns this
    /// error as it is: the operator is then prepared again at each run, when the value is there.
    pub fn known(&self, operand: Operand) -> Result<&[u8], Fault> {
        let index = self.required(operand)?;
        match self.span(operand, index)? {
            Span::File(bytes) => Ok(bytes),
            Span::Low(start, end) => self.low.get(start..end).ok_or(Kind::Contract.at(operand)),
            Span::Heap(start, end) => {
                self.heap.get(start..end).ok_or(Kind::NotConstant.at(operand))
            }
        }
    }

    /// The first numbers, at most `N`, of an integer tensor that is needed to compute shapes, and how
    /// many there are. 64-bit numbers saturate.
    ///
    /// # Errors
    /// As [`known`](Self::known); [`Kind::Type`] for anything but 32- and 64-bit integers;
    /// [`Kind::Size`] for more than `N`.
    pub fn known_ints<const N: usize>(&self, operand: Operand) -> Result<Ints<N>, Fault> {
        let bytes = self.known(operand)?;
        let mut ints = Ints { list: [0; N], len: 0 };
        let full = match self.dtype(operand)? {
            DType::Int32 => ints.fill(View::<i32>::new(bytes).iter()),
            DType::Int64 => ints.fill(View::<i64>::new(bytes).iter().map(saturate)),
            DType::Int8 => ints.fill(View::<i8>::new(bytes).iter().map(i32::from)),
            DType::Int16 => ints.fill(View::<i16>::new(bytes).iter().map(i32::from)),
            _ => return Err(Kind::Type.at(operand)),
        };
        if full { Ok(ints) } else { Err(Kind::Size.at(operand)) }
    }

    /// The only number of an integer tensor that is needed to compute shapes.
    ///
    /// # Errors
    /// As [`known_ints`](Self::known_ints); [`Kind::Value`] when there is none.
    pub fn known_int(&self, operand: Operand) -> Result<i32, Fault> {
        self.known_ints::<1>(operand)?.first().copied().ok_or(Kind::Value.at(operand))
    }

    /// Whether the tensor's value is in the file.
    #[must_use]
    pub fn is_constant(&self, operand: Operand) -> bool {
        match (self.tensor_index(operand), self.place_of(operand)) {
            (Some(_), Place::Known(_)) => true,
            (Some(index), Place::File) => matches!(self.span(operand, index), Ok(Span::File(_))),
            _ => false,
        }
    }

    /// Bytes of one element of a tensor whose elements take whole bytes.
    ///
    /// # Errors
    /// As [`dtype`](Self::dtype); [`Kind::Type`] when they do not.
    pub fn element_bytes(&self, operand: Operand) -> Result<usize, Fault> {
        self.dtype(operand)?.bytes().ok_or(Kind::Type.at(operand))
    }

    /// Bytes that the tensor takes.
    fn byte_len(&self, operand: Operand) -> Result<usize, Fault> {
        let dtype = self.dtype(operand)?;
        bytes_of(dtype, self.shape(operand)?.len()).ok_or(Kind::Size.at(operand))
    }

    fn span(&self, operand: Operand, index: usize) -> Result<Span<'a>, Fault> {
        let entry = self.entry(index);
        let (start, low) = match entry.place(self.low) {
            Place::File => {
                let data = self.tensor(operand)?.data().ok().flatten();
                let len = if self.dtype(operand)? == DType::String {
                    data.map_or(0, <[u8]>::len)
                } else {
                    self.byte_len(operand)?
                };
                let data = if len == 0 { Some(&[][..]) } else { data.and_then(|d| d.get(..len)) };
                return data.map(Span::File).ok_or(Kind::Length.at(operand));
            }
            Place::Known(at) => (at as usize, true),
            Place::Frame(at) => (self.layout.base.wrapping_add(at as usize), false),
            Place::State(at) => (self.layout.state.wrapping_add(at as usize), false),
        };
        let record = entry.record(self.low);
        let len = match self.byte_len(operand) {
            Ok(len) if self.dtype(operand)? != DType::String => len,
            _ => tables::word(self.low, record) as usize,
        };
        let end = start.wrapping_add(len);
        if low {
            return Ok(Span::Low(start, end));
        }
        // A frame that is not placed yet lies behind any heap.
        let start = start.wrapping_sub(self.layout.split);
        Ok(Span::Heap(start, start.wrapping_add(len)))
    }
}

/// Whether a scale is a finite number, not negative; by its bits, for machines without floats.
const fn is_scale(scale: f32) -> bool {
    matches!(scale.to_bits(), 0..0x7f80_0000 | 0x8000_0000)
}

/// Bytes of `n` elements as they lie in memory; `None` for what has none.
pub(crate) fn bytes_of(dtype: DType, n: usize) -> Option<usize> {
    match dtype {
        // A string tensor's bytes come with its strings; empty ones take a count and an end.
        DType::String => n.checked_add(2)?.checked_mul(4),
        DType::Resource | DType::Variant => n.checked_mul(4),
        _ => Some(n.checked_mul(dtype.bits()?)?.div_ceil(8)),
    }
}

/// At most `N` integers.
#[derive(Clone, Copy, Debug)]
pub struct Ints<const N: usize> {
    list: [i32; N],
    len: usize,
}

impl<const N: usize> Ints<N> {
    fn fill(&mut self, numbers: impl ExactSizeIterator<Item = i32>) -> bool {
        let all = numbers.len() <= N;
        for (to, n) in self.list.iter_mut().zip(numbers) {
            *to = n;
            self.len = self.len.wrapping_add(1);
        }
        all
    }
}

impl<const N: usize> core::ops::Deref for Ints<N> {
    type Target = [i32];
    fn deref(&self) -> &[i32] {
        self.list.get(..self.len).unwrap_or_default()
    }
}

fn saturate(x: i64) -> i32 {
    x.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}
