//! The run-time tables at the start of the arena: where each tensor lies, what shape it has now, which
//! kernel runs each operator.
//!
//! ```text
//! graph g      16 bytes at 16 g:   position of its tensors │ of its operators │ frame bytes │ marks
//! tensor t      8 bytes:           place                   │ shape record, bit 0: dynamic
//! operator o    8 bytes:           op, kernel, marks       │ memory record
//! shape record  8 + 4 × rank:      capacity in bytes       │ rank, element type │ dimensions
//! memory       16 bytes:           scratch: offset in the frame │ bytes │ state: offset │ bytes
//! resource     24 + 4 × 8 bytes:   next │ graph and operator that names it │ bytes │ state offset │ …
//! ```
//! All words are little-endian `u32`, all positions absolute in the arena, 0 for none. Invariant:
//! reading outside gives 0 and writing outside does nothing, so a wrong position cannot panic.

use crate::shape::{MAX_RANK, Shape};
use floe_graph::DType;

/// Everything in the arena begins at a multiple of this many bytes.
pub(crate) const ALIGN: usize = 8;

/// `n` rounded up to [`ALIGN`].
pub(crate) const fn align(n: usize) -> usize {
    n.saturating_add(ALIGN - 1) & !(ALIGN - 1)
}

/// In a resource record: the bytes it takes.
pub(crate) const RESOURCE_BYTES: usize = 12;
/// In a resource record: where it lies in the state.
pub(crate) const RESOURCE_STATE: usize = 16;
/// In an operator's memory record: where its scratch memory lies in the frame, and its bytes.
pub(crate) const SCRATCH: usize = 0;
/// In an operator's memory record: where its own state lies, and its bytes.
pub(crate) const STATE: usize = 8;
/// Bytes of an operator's memory record.
pub(crate) const MEMORY: usize = 16;
/// Bytes of one graph's entry.
pub(crate) const GRAPH: usize = 16;
/// Bytes of one tensor's or operator's entry.
pub(crate) const ENTRY: usize = 8;
/// Bytes of a shape record that any shape fits.
pub(crate) const WIDE_RECORD: usize = 8 + 4 * MAX_RANK;

/// Where a tensor's elements are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the file, or nowhere yet.
    File,
    /// So many bytes into its graph's frame.
    Frame(u32),
    /// At this place of the arena, known before the model runs.
    Known(u32),
    /// So many bytes into the state.
    State(u32),
}

impl Place {
    /// In the frame, where the plan will say.
    pub(crate) const PENDING: Self = Self::Frame(!3);

    const fn decode(word: u32) -> Self {
        let at = word & !3;
        match word & 3 {
            1 => Self::Frame(at),
            2 => Self::Known(at),
            3 => Self::State(at),
            _ => Self::File,
        }
    }

    const fn encode(self) -> u32 {
        match self {
            Self::File => 0,
            Self::Frame(at) => at & !3 | 1,
            Self::Known(at) => at & !3 | 2,
            Self::State(at) => at & !3 | 3,
        }
    }
}

/// The word at `at`; 0 outside.
#[inline]
pub(crate) fn word(bytes: &[u8], at: usize) -> u32 {
    match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(b) => u32::from_le_bytes(*b),
        None => 0,
    }
}

/// Writes the word at `at`; nothing outside.
#[inline]
pub(crate) fn set_word(bytes: &mut [u8], at: usize, value: u32) {
    if let Some(b) = bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *b = value.to_le_bytes();
    }
}

/// A position as a word. Arenas stay below 4 GiB.
#[inline]
pub(crate) fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The tables, to read. One graph's tensors and operators are meant where an index is taken.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// Position of the entry.
    pub(crate) at: usize,
}

impl Entry {
    /// Tensor `index` of graph `graph`.
    #[inline]
    pub(crate) fn tensor(low: &[u8], graph: usize, index: usize) -> Self {
        let base = word(low, graph.wrapping_mul(GRAPH)) as usize;
        Self { at: base.wrapping_add(index.wrapping_mul(ENTRY)) }
    }

    /// Operator `index` of graph `graph`.
    #[inline]
    pub(crate) fn operator(low: &[u8], graph: usize, index: usize) -> Self {
        let base = word(low, graph.wrapping_mul(GRAPH).wrapping_add(4)) as usize;
        Self { at: base.wrapping_add(index.wrapping_mul(ENTRY)) }
    }

    /// Where the tensor's elements are.
    #[inline]
    pub(crate) fn place(self, low: &[u8]) -> Place {
        Place::decode(word(low, self.at))
    }

    /// Sets where the tensor's elements are.
    pub(crate) fn set_place(self, low: &mut [u8], place: Place) {
        set_word(low, self.at, place.encode());
    }

    /// Zeroes the entry.
    pub(crate) fn clear(self, low: &mut [u8]) {
        set_word(low, self.at, 0);
        set_word(low, self.at.wrapping_add(4), 0);
    }

    /// The position of the second word's record; 0 for none.
    #[inline]
    pub(crate) fn record(self, low: &[u8]) -> usize {
        (word(low, self.at.wrapping_add(4)) & !7) as usize
    }

    /// Sets the record's position, keeping the dynamic mark.
    pub(crate) fn set_record(self, low: &mut [u8], position: usize) {
        let mark = word(low, self.at.wrapping_add(4)) & 7;
        set_word(low, self.at.wrapping_add(4), narrow(position) & !7 | mark);
    }

    /// Whether the tensor's shape may change from run to run.
    #[inline]
    pub(crate) fn is_dynamic(self, low: &[u8]) -> bool {
        word(low, self.at.wrapping_add(4)) & 1 != 0
    }

    /// Marks the tensor's shape as one that may change.
    pub(crate) fn set_dynamic(self, low: &mut [u8]) {
        let old = word(low, self.at.wrapping_add(4));
        set_word(low, self.at.wrapping_add(4), old | 1);
    }

    /// The operator's word: op in bits 0–7, kernel in 8–15, marks above.
    #[inline]
    pub(crate) fn choice(self, low: &[u8]) -> Choice {
        Choice(word(low, self.at))
    }

    /// Sets the operator's word.
    pub(crate) fn set_choice(self, low: &mut [u8], choice: Choice) {
        set_word(low, self.at, choice.0);
    }
}

/// Which op and kernel run an operator, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice(u32);

impl Choice {
    /// Everything about it is known: nothing to run.
    pub(crate) const KNOWN: u32 = 1 << 16;
    /// Its shapes must be computed at each run.
    pub(crate) const DYNAMIC: u32 = 1 << 17;

    pub(crate) const fn new(op: u8, kernel: u8) -> Self {
        Self(op as u32 | (kernel as u32) << 8)
    }

    pub(crate) const fn op(self) -> usize {
        (self.0 & 0xff) as usize
    }

    pub(crate) const fn kernel(self) -> usize {
        (self.0 >> 8 & 0xff) as usize
    }

    pub(crate) const fn has(self, mark: u32) -> bool {
        self.0 & mark != 0
    }

    pub(crate) const fn with(self, mark: u32) -> Self {
        Self(self.0 | mark)
    }
}

/// The shape in the record at `at`.
pub(crate) fn read_shape(low: &[u8], at: usize) -> Option<Shape> {
    let rank = (word(low, at.wrapping_add(4)) as usize & 0xff).min(MAX_RANK);
    #[expect(clippy::cast_possible_wrap, reason = "written from an i32")]
    Shape::new(
        (0..rank).map(|i| word(low, at.wrapping_add(8).wrapping_add(i.wrapping_mul(4))) as i32),
    )
}

/// The element type in the record at `at`, where a kernel changed it from the file's.
pub(crate) fn read_dtype(low: &[u8], at: usize) -> Option<DType> {
    let number = if at == 0 { 0 } else { word(low, at.wrapping_add(4)) >> 8 };
    DType::from_tflite(i8::try_from(number.checked_sub(1)?).ok()?)
}

/// Writes an element type into the record at `at`.
pub(crate) fn write_dtype(low: &mut [u8], at: usize, dtype: Option<DType>) {
    let number = dtype.and_then(DType::tflite).map_or(0, |n| u32::from(n).wrapping_add(1));
    let rank = word(low, at.wrapping_add(4)) & 0xff;
    set_word(low, at.wrapping_add(4), rank | number << 8);
}

/// Writes `shape` into the record at `at`, which has room for it.
pub(crate) fn write_shape(low: &mut [u8], at: usize, shape: &Shape) {
    let dtype = word(low, at.wrapping_add(4)) & !0xff;
    set_word(low, at.wrapping_add(4), narrow(shape.rank()) | dtype);
    for (i, d) in shape.iter().enumerate() {
        set_word(low, at.wrapping_add(8).wrapping_add(i.wrapping_mul(4)), narrow(d));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_shapes_survive_their_words() {
        let mut low = [0u8; 64];
        let e = Entry { at: 8 };
        for p in [Place::File, Place::PENDING, Place::Frame(8), Place::Known(16), Place::State(0)] {
            e.set_place(&mut low, p);
            assert_eq!(e.place(&low), p);
        }
        e.set_dynamic(&mut low);
        e.set_record(&mut low, 24);
        assert!(e.is_dynamic(&low));
        assert_eq!(e.record(&low), 24);
        let shape = Shape::new([2, 0, 7]).unwrap();
        write_shape(&mut low, 24, &shape);
        assert_eq!(read_shape(&low, 24), Some(shape));
        assert_eq!(word(&low, 62), 0, "a word half outside reads as 0");
    }
}
