//! What `prepare` sets, and what the planner does with an operator: shapes, scratch memory, state.
//!
//! Invariant: a shape that is the file's takes no memory; every other has a record in the tables.

use super::{Cap, Done, Op, Planning, bytes_of};
use crate::error::{Fault, Kind, Operand};
use crate::shape::Shape;
use crate::tables::{self, Entry, Place, WIDE_RECORD, align, narrow};
use Operand::{In, Out, Scratch, State};
use floe_graph::DType;
use floe_tflite::Tensor;

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
    pub(super) fn memory(&self, which: usize) -> (usize, usize) {
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
            if start != 0 {
                at = at.saturating_add(align(self.byte_len(out).unwrap_or(0)));
            }
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
