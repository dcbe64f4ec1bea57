//! [`Op`]: one operator as its kernel sees it: tensors, options, memory.
//!
//! The same type serves planning, where only shapes, types, options and known values can be asked, and
//! running, where there is also memory. Invariant: a kernel reaches nothing but its own operator's
//! tensors, and every slice it gets has exactly the tensor's length.

use crate::data::{Scalar, View, copy};
use crate::error::{Error, Fault, Kind, Operand};
use crate::num::Numerics;
use crate::shape::Shape;
use crate::tables::{self, Entry, Place, WIDE_RECORD, align, narrow};
use floe_graph::{DType, LeScalar, LeSlice, Quant};
use floe_tflite::schema::Field;
use floe_tflite::{Number, Operator, Subgraph, Tensor, TfLite};

use Operand::{In, Out, Scratch, State};

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
    pub(crate) inputs: LeSlice<'a, i32>,
    pub(crate) outputs: LeSlice<'a, i32>,
    pub(crate) numerics: Numerics,
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

/// Where a tensor's bytes are.
#[derive(Clone, Copy)]
enum Span<'a> {
    File(&'a [u8]),
    Low(usize, usize),
    Heap(usize, usize),
}

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
        self.site.operator.option(field)
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
        let whole = quant.scales.iter().all(|s| s.is_finite() && s >= 0.0);
        if whole { Ok(quant) } else { Err(Kind::Quant.at(operand)) }
    }

    /// Scale and zero point of a tensor that has one pair of them (the first, when it has more).
    ///
    /// # Errors
    /// [`Kind::Quant`].
    pub fn scale(&self, operand: Operand) -> Result<(f32, i32), Fault> {
        let bad = Kind::Quant.at(operand);
        let (scale, zero) = self.quant(operand)?.pair(0).ok_or(bad)?;
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
        let span = self.tensor_index(operand).map(|i| self.span(operand, i));
        matches!(span, Some(Ok(Span::File(_) | Span::Low(..))))
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

/// What `prepare` sets.
impl Op<'_> {
    /// Gives an output another element type than the file says, as the reference does in ops whose output
    /// has the input's. Before its shape is set.
    ///
    /// # Errors
    /// [`Kind::Arena`].
    pub fn set_type(&mut self, operand: Operand, dtype: DType) -> Done {
        if self.dtype(operand)? == dtype || self.planning.is_none() {
            return Ok(());
        }
        let shape = self.shape(operand)?;
        let record = self.allocate(WIDE_RECORD, operand)?;
        tables::write_shape(self.low, record, &shape);
        tables::write_dtype(self.low, record, Some(dtype));
        let index = self.required(operand)?;
        self.entry(index).set_record(self.low, record);
        Ok(())
    }

    /// Sets an output's dimensions.
    ///
    /// # Errors
    /// [`Kind::Size`]; [`Kind::Arena`]; while running [`Kind::Grow`] when the plan has no room for it.
    pub fn set_shape(&mut self, operand: Operand, shape: &Shape) -> Done {
        let dtype = self.dtype(operand)?;
        let bytes = bytes_of(dtype, shape.len()).ok_or(Kind::Size.at(operand))?;
        self.resize(operand, shape, bytes)
    }

    /// As [`set_shape`](Self::set_shape) from dimensions; `None` stands for an impossible shape.
    ///
    /// # Errors
    /// As [`set_shape`](Self::set_shape); [`Kind::Shape`] for `None`.
    pub fn set_dims(&mut self, operand: Operand, dims: &[usize]) -> Done {
        let shape = Shape::of(dims).ok_or(Kind::Shape.at(operand))?;
        self.set_shape(operand, &shape)
    }

    /// As [`set_shape`](Self::set_shape) for an output whose real shape only `eval` knows: reserves
    /// room for `bound`, and `eval` sets the shape before it asks for the memory.
    ///
    /// # Errors
    /// As [`set_shape`](Self::set_shape).
    pub fn set_bound(&mut self, operand: Operand, bound: &Shape) -> Done {
        if self.planning.is_none() {
            return Ok(());
        }
        let index = self.required(operand)?;
        self.entry(index).set_dynamic(self.low);
        self.set_shape(operand, bound)
    }

    /// Sets dimensions and bytes of an output of strings.
    ///
    /// # Errors
    /// As [`set_shape`](Self::set_shape).
    pub fn resize(&mut self, operand: Operand, shape: &Shape, bytes: usize) -> Done {
        let index = self.required(operand)?;
        if self.planning.is_none() {
            let entry = self.entry(index);
            let record = entry.record(self.low);
            if record == 0 || !entry.is_dynamic(self.low) {
                let same = self.shape(operand)? == *shape;
                return if same { Ok(()) } else { Err(Kind::Contract.at(operand)) };
            }
            if bytes > tables::word(self.low, record) as usize {
                return Err(Kind::Grow.at(operand));
            }
            tables::write_shape(self.low, record, shape);
            return Ok(());
        }
        let tensor = self.tensor(operand)?;
        let Some(planning) = self.planning.as_deref_mut() else {
            return Err(Kind::Contract.at(operand));
        };
        let target = Target { graph: self.site.graph_index, index, tensor, caps: self.site.caps };
        target.assign(self.low, planning, shape, bytes).map_err(|kind| kind.at(operand))
    }

    /// Asks for scratch memory, which `eval` gets as [`Scratch`]; asking again asks for that much instead.
    ///
    /// # Errors
    /// [`Kind::Arena`]; while running [`Kind::Grow`] when the plan has no room for it.
    pub fn scratch(&mut self, bytes: usize) -> Done {
        if self.planning.is_none() {
            let fits = bytes <= self.memory(tables::SCRATCH).1;
            return if fits { Ok(()) } else { Err(Kind::Grow.at(Scratch)) };
        }
        let bytes = bytes.max(cap(self.site.caps, true, self.site.graph_index, self.site.index));
        let record = self.memory_record(bytes)?;
        if record != 0 {
            tables::set_word(self.low, record.wrapping_add(tables::SCRATCH + 4), narrow(bytes));
        }
        Ok(())
    }

    /// Asks for memory that keeps its contents from run to run, zero at first, which `eval` gets as
    /// [`State`]: for ops that have state but no variable tensor for it.
    ///
    /// # Errors
    /// [`Kind::Arena`]; while running [`Kind::Grow`] when the plan has no room for it.
    pub fn state(&mut self, bytes: usize) -> Done {
        let had = self.memory(tables::STATE).1;
        let Some(planning) = self.planning.as_deref_mut() else {
            return if bytes <= had { Ok(()) } else { Err(Kind::Grow.at(State)) };
        };
        if bytes <= had {
            return Ok(());
        }
        let start = planning.state;
        planning.state = start.saturating_add(align(bytes));
        let record = self.memory_record(bytes)?;
        tables::set_word(self.low, record.wrapping_add(tables::STATE), narrow(start));
        tables::set_word(self.low, record.wrapping_add(tables::STATE + 4), narrow(bytes));
        Ok(())
    }

    /// The operator's memory record, made when `bytes` need one.
    fn memory_record(&mut self, bytes: usize) -> Result<usize, Fault> {
        let entry = Entry::operator(self.low, self.site.graph_index, self.site.index);
        let record = entry.record(self.low);
        if record != 0 || bytes == 0 {
            return Ok(record);
        }
        let record = self.allocate(tables::MEMORY, Scratch)?;
        entry.set_record(self.low, record);
        Ok(record)
    }

    /// Offset and bytes of the operator's scratch memory or state.
    fn memory(&self, which: usize) -> (usize, usize) {
        let entry = Entry::operator(self.low, self.site.graph_index, self.site.index);
        match entry.record(self.low) {
            0 => (0, 0),
            record => {
                let at = record.wrapping_add(which);
                let bytes = tables::word(self.low, at.wrapping_add(4));
                (tables::word(self.low, at) as usize, bytes as usize)
            }
        }
    }

    /// Takes `bytes` zeroed bytes from the tables' end.
    pub(crate) fn allocate(&mut self, bytes: usize, operand: Operand) -> Result<usize, Fault> {
        let Some(planning) = self.planning.as_deref_mut() else {
            return Err(Kind::Contract.at(operand));
        };
        planning.allocate(self.low, bytes).ok_or(Kind::Arena.at(operand))
    }
}

impl Planning {
    /// Takes `bytes` zeroed bytes from the tables' end; `None` when the arena is too small for them.
    pub(crate) fn allocate(&mut self, low: &mut [u8], bytes: usize) -> Option<usize> {
        let start = self.bump;
        self.bump = start.saturating_add(align(bytes));
        low.get_mut(start..self.bump)?.fill(0);
        Some(start)
    }
}

/// What an earlier run turned out to need.
fn cap(caps: &[Cap], scratch: bool, graph: usize, index: usize) -> usize {
    let of_this = |c: &&Cap| {
        c.scratch == scratch && usize::from(c.graph) == graph && c.index as usize == index
    };
    caps.iter().filter(of_this).map(|c| c.bytes as usize).max().unwrap_or(0)
}

/// A tensor whose shape is set while planning.
pub(crate) struct Target<'a> {
    pub(crate) graph: usize,
    pub(crate) index: usize,
    pub(crate) tensor: Tensor<'a>,
    pub(crate) caps: &'a [Cap],
}

impl Target<'_> {
    /// Sets the shape; without a record when it is the file's.
    pub(crate) fn assign(
        &self,
        low: &mut [u8],
        planning: &mut Planning,
        shape: &Shape,
        bytes: usize,
    ) -> Result<(), Kind> {
        let entry = Entry::tensor(low, self.graph, self.index);
        let wanted = cap(self.caps, false, self.graph, self.index);
        if wanted > 0 {
            entry.set_dynamic(low);
        }
        let dynamic = entry.is_dynamic(low);
        let old = entry.record(low);
        // Only a record says how many bytes strings take.
        let strings = self.tensor.dtype() == Ok(DType::String);
        let same = Shape::new(self.tensor.shape().iter()) == Some(*shape);
        if !dynamic && old == 0 && same && !strings {
            return Ok(());
        }
        let size =
            if dynamic { WIDE_RECORD } else { 8usize.wrapping_add(shape.rank().wrapping_mul(4)) };
        let record = planning.allocate(low, size).ok_or(Kind::Arena)?;
        tables::set_word(low, record, narrow(bytes.max(wanted)));
        tables::write_dtype(low, record, tables::read_dtype(low, old));
        tables::write_shape(low, record, shape);
        entry.set_record(low, record);
        Ok(())
    }
}

/// What the planner does with an operator.
impl Op<'_> {
    /// Where the tensor lies.
    pub(crate) fn place_of(&self, operand: Operand) -> Place {
        self.tensor_index(operand).map_or(Place::File, |i| self.entry(i).place(self.low))
    }

    /// Bytes of scratch memory asked for so far.
    pub(crate) fn scratch_bytes(&self) -> usize {
        self.memory(tables::SCRATCH).1
    }

    /// Whether the tensor's shape may change from run to run.
    pub(crate) fn is_dynamic(&self, operand: Operand) -> bool {
        self.tensor_index(operand).is_some_and(|i| self.entry(i).is_dynamic(self.low))
    }

    /// Puts off to each run what cannot be prepared yet: the outputs keep the file's shapes as a guess.
    pub(crate) fn defer(&mut self) -> Done {
        for i in 0..self.outputs() {
            let out = Out(i as u16);
            let Some(index) = self.tensor_index(out) else { continue };
            self.entry(index).set_dynamic(self.low);
            let guess = Shape::new(self.tensor(out)?.shape().iter()).unwrap_or(Shape::SCALAR);
            self.set_shape(out, &guess)?;
        }
        Ok(())
    }

    /// Lays the outputs one after the other from `start` on, known before running; in the frame for 0.
    pub(crate) fn place_outputs(&mut self, start: usize) {
        let mut at = start;
        for i in 0..self.outputs() {
            let out = Out(i as u16);
            let Some(index) = self.tensor_index(out) else { continue };
            let place = if start == 0 { Place::PENDING } else { Place::Known(narrow(at)) };
            let entry = self.entry(index);
            if !matches!(entry.place(self.low), Place::State(_)) {
                entry.set_place(self.low, place);
            }
            at = at.saturating_add(align(self.byte_len(out).unwrap_or(0)));
        }
    }

    /// The bytes of the outputs when they are few and follow from what is known.
    pub(crate) fn fold_bytes(&self, shapes_only: bool) -> Option<usize> {
        let known = |i: usize| !self.has(In(i as u16)) || self.is_constant(In(i as u16));
        if !shapes_only && (self.inputs() == 0 || !(0..self.inputs()).all(known)) {
            return None;
        }
        let mut total = 0usize;
        for i in 0..self.outputs() {
            let out = Out(i as u16);
            let dtype = self.dtype(out).ok()?;
            let state = matches!(self.place_of(out), Place::State(_));
            if state || self.is_dynamic(out) || dtype.is_float() || dtype == DType::String {
                return None;
            }
            total = total.saturating_add(align(self.byte_len(out).ok()?));
        }
        Some(total)
    }
}

/// What `eval` uses.
impl<'a> Op<'a> {
    /// The bytes of `inputs`, to read (an absent one is empty), and of `outputs`, to write: outputs,
    /// variable inputs, [`Scratch`], [`State`]. Nothing that is written may overlap anything else that
    /// is asked for.
    ///
    /// # Errors
    /// [`Kind::Contract`] when they overlap, or while planning.
    #[inline]
    pub fn io<const I: usize, const O: usize>(
        &mut self,
        inputs: [Operand; I],
        outputs: [Operand; O],
    ) -> Result<Slices<'_, I, O>, Fault> {
        let mut ins = [Span::File(&[]); I];
        for (span, &operand) in ins.iter_mut().zip(&inputs) {
            *span = self.input_span(operand)?;
        }
        let mut outs = [(0, 0); O];
        for (range, &operand) in outs.iter_mut().zip(&outputs) {
            *range = self.output_range(operand)?;
        }
        let mut writes: [&mut [u8]; O] = core::array::from_fn(|_| &mut [][..]);
        let mut gaps: [(usize, &[u8]); O] = [(0, &[]); O];
        let rest = part(self.heap, &outs, &mut writes, &mut gaps)
            .ok_or(Kind::Contract.at(Operand::None))?;
        let low: &[u8] = self.low;
        let mut reads: [&[u8]; I] = [&[]; I];
        for (read, span) in reads.iter_mut().zip(ins) {
            *read = resolve(span, low, &gaps, rest).ok_or(Kind::Contract.at(Operand::None))?;
        }
        Ok((reads, writes))
    }

    fn input_span(&self, operand: Operand) -> Result<Span<'a>, Fault> {
        match self.tensor_index(operand) {
            Some(index) => self.span(operand, index),
            None if matches!(operand, Scratch | State | Operand::Resource(_)) => {
                let (start, end) = self.output_range(operand)?;
                Ok(Span::Heap(start, end))
            }
            None => Ok(Span::File(&[])),
        }
    }

    fn output_range(&self, operand: Operand) -> Result<(usize, usize), Fault> {
        if let Operand::Resource(i) = operand {
            let record = self.resource(In(i))?;
            let field = |at: usize| tables::word(self.low, record.wrapping_add(at)) as usize;
            let start = self.layout.state.wrapping_add(field(tables::RESOURCE_STATE));
            let start = start.wrapping_sub(self.layout.split);
            return Ok((start, start.wrapping_add(field(tables::RESOURCE_BYTES))));
        }
        let base = match operand {
            Scratch => Some((tables::SCRATCH, self.layout.base)),
            State => Some((tables::STATE, self.layout.state)),
            _ => None,
        };
        if let Some((which, base)) = base {
            let (offset, bytes) = self.memory(which);
            let start = base.wrapping_add(offset).wrapping_sub(self.layout.split);
            return Ok(if bytes == 0 { (0, 0) } else { (start, start.wrapping_add(bytes)) });
        }
        match self.span(operand, self.required(operand)?)? {
            Span::Heap(start, end) => Ok((start, end)),
            Span::Low(start, end) if start >= self.layout.split => {
                Ok((start.wrapping_sub(self.layout.split), end.wrapping_sub(self.layout.split)))
            }
            Span::File([]) => Ok((0, 0)),
            _ => Err(Kind::Contract.at(operand)),
        }
    }

    /// Whether output 0 lies where input 0 does, which a kernel allows by
    /// [`Kernel::in_place`](crate::Kernel::in_place).
    #[must_use]
    pub fn in_place(&self) -> bool {
        let (own, other) = (self.place_of(Out(0)), self.place_of(In(0)));
        own == other && matches!(own, Place::Frame(_))
    }

    /// The numbers of one input, copied nowhere.
    ///
    /// # Errors
    /// As [`io`](Self::io).
    pub fn read<T: Scalar>(&self, operand: Operand) -> Result<View<'_, T>, Fault> {
        self.known(operand).map(View::new)
    }

    /// Copies the input's bytes to the output, as far as both go; nothing when they are the same.
    ///
    /// # Errors
    /// As [`io`](Self::io).
    pub fn copy(&mut self, from: Operand, to: Operand) -> Done {
        if (from, to) == (In(0), Out(0)) && self.in_place() {
            return Ok(());
        }
        let ([from], [to]) = self.io([from], [to])?;
        copy(to, from);
        Ok(())
    }
}

/// Cuts the ranges `outs` out of `heap`: each into its place in `writes`, what lies before it into
/// `gaps` with its start. Gives what is left behind the last. `None` when ranges overlap.
fn part<'s>(
    heap: &'s mut [u8],
    outs: &[(usize, usize)],
    writes: &mut [&'s mut [u8]],
    gaps: &mut [(usize, &'s [u8])],
) -> Option<(usize, &'s [u8])> {
    let mut rest = heap;
    let mut at = 0usize;
    let mut before = None;
    for gap in gaps.iter_mut() {
        // The next range by start, then by number; empty ones are nowhere.
        let next = outs
            .iter()
            .enumerate()
            .filter(|&(i, &(start, end))| start != end && before.is_none_or(|b| (start, i) > b))
            .min_by_key(|&(i, &(start, _))| (start, i));
        let Some((i, &(start, end))) = next else { break };
        before = Some((start, i));
        let (head, tail) = rest.split_at_mut_checked(start.checked_sub(at)?)?;
        let (own, tail) = tail.split_at_mut_checked(end.checked_sub(start)?)?;
        *gap = (at, head);
        *writes.get_mut(i)? = own;
        rest = tail;
        at = end;
    }
    Some((at, rest))
}

/// The bytes of `span`, which must lie in the tables or in one gap.
fn resolve<'s>(
    span: Span<'s>,
    low: &'s [u8],
    gaps: &[(usize, &'s [u8])],
    rest: (usize, &'s [u8]),
) -> Option<&'s [u8]> {
    match span {
        Span::File(bytes) => Some(bytes),
        Span::Low(start, end) => low.get(start..end),
        Span::Heap(start, end) if start == end => Some(&[]),
        Span::Heap(start, end) => gaps
            .iter()
            .chain([&rest])
            .find_map(|&(at, gap)| gap.get(start.checked_sub(at)?..end.checked_sub(at)?)),
    }
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
