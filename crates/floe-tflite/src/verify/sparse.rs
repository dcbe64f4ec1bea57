//! Sparse constants: the storage describes every dimension, and its indices stay inside.
//!
//! Spec fact: dimensions (`n` of the shape, then `k` of the blocks) are stored in `traversal_order`,
//! each dense (a size) or compressed (segments and indices, as a sparse row format has them).

use super::context::{Place, Report, number};
use super::fault::Rule;
use crate::Tensor;
use crate::schema::fields::{
    dimension_metadata, int32_vector, sparsity_parameters, uint8_vector, uint16_vector,
};
use crate::schema::{TableId, enums};
use crate::table::Table;
use floe_graph::{DType, LeSlice, Width};

/// Checks the sparsity at `place` of tensor `t`, whose buffer has `length` bytes.
pub(super) fn check(
    t: &Tensor<'_>,
    dtype: DType,
    length: usize,
    place: &Place<'_, '_>,
    report: &mut Report<'_>,
) {
    let Some(stored) = walk(t, place, report) else { return };
    let want = match dtype.width() {
        Width::Bytes(width) => stored.checked_mul(width.into()),
        Width::Bits(bits) => stored.checked_mul(bits.into()).map(|n| n.div_ceil(8)),
        Width::Variable | Width::Opaque => return,
    };
    if want != Some(length as u64) {
        let numbers = [number(length), want.map_or(i64::MAX, u64::cast_signed)];
        report.field(place, sparsity_parameters::DIM_METADATA, Rule::DataLength, numbers);
    }
}

/// Follows the dimensions; the number of stored elements when all is well.
fn walk(t: &Tensor<'_>, place: &Place<'_, '_>, report: &mut Report<'_>) -> Option<u64> {
    use sparsity_parameters::{BLOCK_MAP, DIM_METADATA, TRAVERSAL_ORDER};
    let order = place.table.vector(TRAVERSAL_ORDER);
    let blocks = place.table.vector(BLOCK_MAP);
    let rank = t.shape().len();
    let total = rank.saturating_add(blocks.len());
    let described = place.table.tables(DIM_METADATA).len();
    if order.len() != total || described != total || !is_permutation(order) {
        let numbers = [number(order.len()), number(total)];
        report.field(place, TRAVERSAL_ORDER, Rule::SparseOrder, numbers);
        return None;
    }
    let mut stored = 1u64;
    for (level, dimension) in place.children(DIM_METADATA).enumerate() {
        let which = usize::try_from(order.get(level)?).ok()?;
        let size = match which.checked_sub(rank) {
            None => outer_size(t, blocks, place, which, report)?,
            Some(block) => block_size(place, block, rank, report)?,
        };
        stored = level_count(&dimension, which, size, stored, report)?;
    }
    Some(stored)
}

/// Every number from 0 on once. Ranks are small, so looking for each is cheap; a rank that is not
/// is refused.
fn is_permutation(order: LeSlice<'_, i32>) -> bool {
    order.len() <= 64 && (0..).zip(0..order.len()).all(|(n, _)| order.iter().any(|o| o == n))
}

/// Dimension `which` of the shape in blocks.
fn outer_size(
    t: &Tensor<'_>,
    blocks: LeSlice<'_, i32>,
    place: &Place<'_, '_>,
    which: usize,
    report: &mut Report<'_>,
) -> Option<u64> {
    let mut size = u64::try_from(t.shape().get(which)?).ok()?;
    for (block, dim) in blocks.iter().enumerate() {
        if usize::try_from(dim) != Ok(which) {
            continue;
        }
        let cut = block_extent(place, t.shape().len(), block).unwrap_or(0);
        if cut == 0 || !size.is_multiple_of(cut) {
            let numbers = [number(block), cut.cast_signed()];
            let field = sparsity_parameters::BLOCK_MAP;
            report.element(place, field, block, Rule::SparseBlock, numbers);
            return None;
        }
        size = size.checked_div(cut)?;
    }
    Some(size)
}

/// The extent of block dimension `block`, which names a dimension of the tensor.
fn block_size(
    place: &Place<'_, '_>,
    block: usize,
    rank: usize,
    report: &mut Report<'_>,
) -> Option<u64> {
    let field = sparsity_parameters::BLOCK_MAP;
    let dim = place.table.vector(field).get(block)?;
    if usize::try_from(dim).ok().is_none_or(|d| d >= rank) {
        let numbers = [number(block), dim.into()];
        report.element(place, field, block, Rule::SparseBlock, numbers);
        return None;
    }
    block_extent(place, rank, block)
}

/// The dense size of the level that stores block dimension `block`.
fn block_extent(place: &Place<'_, '_>, rank: usize, block: usize) -> Option<u64> {
    let order = place.table.vector(sparsity_parameters::TRAVERSAL_ORDER);
    let which = rank.checked_add(block)?;
    let level = order.iter().position(|o| usize::try_from(o) == Ok(which))?;
    let dimension = place.table.tables(sparsity_parameters::DIM_METADATA).get(level)?;
    u64::try_from(dimension.get(dimension_metadata::DENSE_SIZE)).ok()
}

/// How many positions there are after this level, of `size` each where it is dense.
fn level_count(
    place: &Place<'_, '_>,
    which: usize,
    size: u64,
    before: u64,
    report: &mut Report<'_>,
) -> Option<u64> {
    use dimension_metadata::{ARRAY_INDICES, ARRAY_SEGMENTS, DENSE_SIZE, FORMAT};
    if place.table.get(FORMAT) == enums::dimension_type::DENSE {
        let dense = place.table.get(DENSE_SIZE);
        if u64::try_from(dense) != Ok(size) {
            let numbers = [number(which), dense.into()];
            report.field(place, DENSE_SIZE, Rule::SparseDimension, numbers);
            return None;
        }
        return before.checked_mul(size);
    }
    let (Some(segments), Some(indices)) =
        (place.table.table(ARRAY_SEGMENTS), place.table.table(ARRAY_INDICES))
    else {
        report.table(place, Rule::SparseDimension, [number(which), 0]);
        return None;
    };
    let (segments, indices) = (Numbers::of(&segments)?, Numbers::of(&indices)?);
    let mut last = 0;
    let ends = segments.len() as u64 == before.checked_add(1)?;
    for i in 0..segments.len() {
        let now = segments.get(i)?;
        if !ends || now < last || (i == 0 && now != 0) {
            report.field(place, ARRAY_SEGMENTS, Rule::SparseSegments, [number(which), number(i)]);
            return None;
        }
        in_order(place, which, size, &indices, last..now, report)?;
        last = now;
    }
    if last != indices.len() as u64 {
        let numbers = [number(which), number(segments.len())];
        report.field(place, ARRAY_SEGMENTS, Rule::SparseSegments, numbers);
        return None;
    }
    Some(last)
}

/// The indices of one segment rise and lie in the dimension.
fn in_order(
    place: &Place<'_, '_>,
    which: usize,
    size: u64,
    indices: &Numbers<'_>,
    range: core::ops::Range<u64>,
    report: &mut Report<'_>,
) -> Option<()> {
    let mut before = None;
    for at in range {
        let index = usize::try_from(at).ok().and_then(|at| indices.get(at));
        if index.is_none_or(|i| i >= size || before.is_some_and(|b| b >= i)) {
            let numbers = [number(which), at.cast_signed()];
            report.field(place, dimension_metadata::ARRAY_INDICES, Rule::SparseIndices, numbers);
            return None;
        }
        before = index;
    }
    Some(())
}

/// The numbers of a `SparseIndexVector`, whichever width they have.
enum Numbers<'d> {
    I32(LeSlice<'d, i32>),
    U16(LeSlice<'d, u16>),
    U8(LeSlice<'d, u8>),
}

impl<'d> Numbers<'d> {
    fn of(table: &Table<'d>) -> Option<Self> {
        Some(match table.id() {
            TableId::INT32_VECTOR => Self::I32(table.vector(int32_vector::VALUES)),
            TableId::UINT16_VECTOR => Self::U16(table.vector(uint16_vector::VALUES)),
            TableId::UINT8_VECTOR => Self::U8(table.vector(uint8_vector::VALUES)),
            _ => return None,
        })
    }

    const fn len(&self) -> usize {
        match self {
            Self::I32(n) => n.len(),
            Self::U16(n) => n.len(),
            Self::U8(n) => n.len(),
        }
    }

    /// The number at `i`; a negative one is beyond every bound.
    fn get(&self, i: usize) -> Option<u64> {
        match self {
            Self::I32(n) => n.get(i).map(|n| u64::try_from(n).unwrap_or(u64::MAX)),
            Self::U16(n) => n.get(i).map(u64::from),
            Self::U8(n) => n.get(i).map(u64::from),
        }
    }
}
