//! What a TFLite operator gives: dtype, symbolic shape, and for small integer tensors the symbolic
//! elements.
//!
//! Invariant: an operator that is not inferred here cannot be made by [`Scope::op`], so every value
//! has a shape. An impossible combination of inputs is a [`Reason`], not a wrong shape.
//!
//! [`Scope::op`]: crate::ir::Scope::op

mod elementwise;
mod index;
mod movement;
mod reduce;
mod spatial;

pub(crate) use movement::known_cut;
pub(crate) use spatial::{SAME, VALID};

use crate::fold;
use crate::ir::{Attrs, Builtin, Dim, Reason, Symbols, Value};
use floe_graph::DType;
use std::sync::Arc;

/// What a result is.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// The element type.
    pub dtype: DType,
    /// The dimensions.
    pub shape: Vec<Dim>,
    /// The elements of a small integer tensor, as far as symbols express them.
    pub content: Option<Arc<[Dim]>>,
}

impl Type {
    /// A result without known elements.
    #[must_use]
    pub const fn new(dtype: DType, shape: Vec<Dim>) -> Self {
        Self { dtype, shape, content: None }
    }
}

/// Results, or why there are none.
type Types = Result<Vec<Type>, Reason>;

/// An operator and what it is applied to.
#[derive(Clone, Copy)]
struct Call<'a> {
    symbols: &'a Symbols,
    op: Builtin,
    inputs: &'a [Option<&'a Value>],
    attrs: &'a Attrs,
}

/// The results of `op`.
///
/// # Errors
/// When the operator does not take such inputs.
pub fn infer(symbols: &Symbols, op: Builtin, inputs: &[Option<&Value>], attrs: &Attrs) -> Types {
    let call = Call { symbols, op, inputs, attrs };
    let mut types = rule(op)(call)?;
    if let [only] = types.as_mut_slice() {
        only.content = fold::content(symbols, op, inputs, attrs, only);
    }
    Ok(types)
}

/// Whether the results of `op` follow from its operands here, whoever made it: others state theirs.
pub(crate) fn is_known(op: Builtin) -> bool {
    use Builtin as B;
    let own = [
        B::BidirectionalSequenceLstm,
        B::BidirectionalSequenceRnn,
        B::Call,
        B::CallOnce,
        B::ConcatEmbeddings,
        B::Custom,
        B::Delegate,
        B::Densify,
        B::EmbeddingLookupSparse,
        B::Hashtable,
        B::HashtableFind,
        B::HashtableImport,
        B::HashtableLookup,
        B::HashtableSize,
        B::If,
        B::LshProjection,
        B::Lstm,
        B::Quantize,
        B::Dequantize,
        B::Rnn,
        B::SkipGram,
        B::SparseToDense,
        B::Svdf,
        B::VarHandle,
        B::ReadVariable,
        B::AssignVariable,
        B::While,
    ];
    op <= B::RightShift && !own.contains(&op)
}

/// The rule for `op`.
fn rule(op: Builtin) -> fn(Call<'_>) -> Types {
    use Builtin as B;
    match op {
        B::Cast => elementwise::cast,
        B::Select | B::SelectV2 => elementwise::select,
        B::AddN => elementwise::add_n,
        B::ComplexAbs | B::Real | B::Imag => elementwise::real_part,
        B::Bucketize => elementwise::bucketize,
        B::Bitcast => elementwise::bitcast,
        B::Quantize | B::Dequantize => elementwise::requantize,
        _ if crate::ops::is_binary(op) => elementwise::binary,
        B::Prelu => elementwise::binary,
        B::Mean
        | B::Sum
        | B::ReduceProd
        | B::ReduceMax
        | B::ReduceMin
        | B::ReduceAny
        | B::ReduceAll => reduce::reduce,
        B::ArgMax | B::ArgMin => reduce::arg,
        B::Reshape => movement::reshape,
        B::Squeeze => movement::squeeze,
        B::ExpandDims => movement::expand_dims,
        B::Transpose => movement::transpose,
        B::Concatenation => movement::concatenation,
        B::Pack => movement::pack,
        B::Unpack => movement::unpack,
        B::Split | B::SplitV => movement::split,
        B::Slice => movement::slice,
        B::StridedSlice => movement::strided_slice,
        B::Tile => movement::tile,
        B::BroadcastTo | B::Fill | B::RandomUniform | B::RandomStandardNormal => movement::to_shape,
        B::BroadcastArgs => movement::broadcast_args,
        B::Pad | B::Padv2 | B::MirrorPad => movement::pad,
        B::Range => index::range,
        B::Shape => index::shape,
        B::Rank => index::rank,
        B::Gather => index::gather,
        B::GatherNd => index::gather_nd,
        B::ScatterNd => index::scatter_nd,
        B::OneHot => index::one_hot,
        B::TopkV2 => index::topk,
        B::Unique => index::unique,
        B::Where => index::where_,
        B::EmbeddingLookup => index::embedding_lookup,
        B::SegmentSum => index::segment_sum,
        B::UnsortedSegmentMax
        | B::UnsortedSegmentMin
        | B::UnsortedSegmentProd
        | B::UnsortedSegmentSum => index::unsorted_segment,
        B::NonMaxSuppressionV4 | B::NonMaxSuppressionV5 => index::non_max_suppression,
        B::MatrixDiag => index::matrix_diag,
        B::Multinomial => index::multinomial,
        B::Conv2d | B::DepthwiseConv2d | B::Conv3d => spatial::conv,
        B::TransposeConv | B::Conv3dTranspose => spatial::transpose_conv,
        B::AveragePool2d | B::MaxPool2d | B::L2Pool2d => spatial::pool,
        B::FullyConnected => spatial::fully_connected,
        B::BatchMatmul => spatial::batch_matmul,
        B::ResizeBilinear | B::ResizeNearestNeighbor => spatial::resize,
        B::SpaceToDepth | B::DepthToSpace => spatial::depth_space,
        B::SpaceToBatchNd | B::BatchToSpaceNd => spatial::batch_space,
        B::Rfft2d => spatial::rfft2d,
        B::UnidirectionalSequenceLstm | B::UnidirectionalSequenceRnn => spatial::sequence,
        _ => elementwise::same,
    }
}

impl<'a> Call<'a> {
    /// Input `i`.
    fn x(&self, i: usize) -> Result<&'a Value, Reason> {
        self.inputs
            .get(i)
            .copied()
            .flatten()
            .ok_or_else(|| format!("{} needs an input {i}", self.op.name()).into())
    }

    /// The known integers of input `i`.
    fn ints(&self, i: usize) -> Result<Vec<i64>, Reason> {
        let name = self.op.name();
        self.x(i)?
            .ints()
            .ok_or_else(|| format!("input {i} of {name} must be known at conversion").into())
    }

    /// The symbolic integers of input `i`, when it has some.
    fn dims(&self, i: usize) -> Result<Option<Vec<Dim>>, Reason> {
        let v = self.x(i)?;
        Ok(v.content
            .as_ref()
            .map(|c| c.to_vec())
            .or_else(|| Some(v.ints()?.into_iter().map(Dim::known).collect())))
    }

    /// The same dtype as input 0, of `shape`.
    fn like(&self, shape: Vec<Dim>) -> Types {
        Ok(vec![Type::new(self.x(0)?.dtype, shape)])
    }

    /// A new unknown dimension.
    fn unknown(&self) -> Dim {
        self.symbols.fresh("u")
    }

    /// `n` new unknown dimensions.
    fn unknowns(&self, n: usize) -> Vec<Dim> {
        (0..n).map(|_| self.unknown()).collect()
    }
}

/// `axis` of a tensor of `rank` dimensions counted from the front; `None` when there is no such axis.
#[must_use]
pub fn axis(axis: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let at = if axis < 0 { axis.checked_add(rank)? } else { axis };
    (0..rank).contains(&at).then(|| usize::try_from(at).ok())?
}

/// [`axis`], or a reason that names the numbers.
pub(crate) fn need_axis(a: i64, rank: usize) -> Result<usize, Reason> {
    axis(a, rank).ok_or_else(|| format!("there is no axis {a} in {rank} dimensions").into())
}

/// The shape that broadcasting two gives.
pub(crate) fn broadcast(s: &Symbols, a: &[Dim], b: &[Dim]) -> Result<Vec<Dim>, Reason> {
    let rank = a.len().max(b.len());
    let one = Dim::known(1);
    let at = |d: &[Dim], i: usize| {
        (i + d.len()).checked_sub(rank).and_then(|k| d.get(k).cloned()).unwrap_or(one.clone())
    };
    (0..rank)
        .map(|i| {
            let (x, y) = (at(a, i), at(b, i));
            s.broadcast(&x, &y).ok_or_else(|| {
                format!("shapes do not broadcast: {} against {}", s.show(&x), s.show(&y)).into()
            })
        })
        .collect()
}

/// Overflowing dimensions.
pub(crate) fn overflow() -> Reason {
    "a dimension overflows".into()
}
