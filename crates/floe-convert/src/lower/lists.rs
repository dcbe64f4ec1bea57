//! Lists of tensors (and the arrays of TensorFlow 1) as one tensor `[length, element…]`.
//!
//! An element shape that the list does not say is learned from the first element that is written; in
//! a loop, from the body ([`super::control`]).
//!
//! Invariant: a list with a tensor has an element shape.

use super::site::one;
use super::{Bound, Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Dim, Reason, Scope, ValueId};
use floe_graph::DType;

pub(super) const OPS: Family = &[
    ("EmptyTensorList", |cx, s| reserve(cx, s, true)),
    ("TensorListConcatV2", concat),
    ("TensorListElementShape", element_shape),
    ("TensorListFromTensor", from_tensor),
    ("TensorListGather", gather),
    ("TensorListGetItem", |cx, s| get(cx, s, 0, 1)),
    ("TensorListLength", length),
    ("TensorListPopBack", pop),
    ("TensorListPushBack", push),
    ("TensorListReserve", |cx, s| reserve(cx, s, false)),
    ("TensorListSetItem", |cx, s| set(cx, s, 0, 1, 2)),
    ("TensorListStack", stack),
    ("TensorArrayV3", array),
    ("TensorArrayWriteV3", |cx, s| set(cx, s, 3, 1, 2)),
    ("TensorArrayReadV3", |cx, s| get(cx, s, 2, 1)),
    ("TensorArrayGatherV3", array_gather),
    ("TensorArrayScatterV3", array_scatter),
    ("TensorArraySizeV3", array_size),
    ("TensorArrayConcatV3", array_concat),
    ("TensorArrayCloseV3", |_, _| Ok(vec![])),
];

/// A list of tensors of one shape.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) dtype: DType,
    /// The number of elements.
    pub(crate) len: Dim,
    /// The elements' shape, when it is known.
    pub(crate) element: Option<Vec<Dim>>,
    /// The elements stacked; `None` as long as nothing was written.
    pub(crate) tensor: Option<ValueId>,
}

impl List {
    /// The shape of the stacked elements.
    pub(crate) fn shape(&self) -> Option<Vec<Dim>> {
        let mut dims = vec![self.len.clone()];
        dims.extend(self.element.as_ref()?.iter().cloned());
        Some(dims)
    }

    fn of(cx: &Cx<'_, '_>, tensor: ValueId) -> Result<Self, Reason> {
        let v = cx.get(tensor);
        let (len, element) = v.shape.split_first().ok_or("a list of a scalar's elements")?;
        Ok(Self {
            dtype: v.dtype,
            len: len.clone(),
            element: Some(element.to_vec()),
            tensor: Some(tensor),
        })
    }
}

fn list<'s>(s: &'s Site<'_, '_>, i: usize) -> Result<&'s List, Reason> {
    match s.inputs.get(i) {
        Some(Bound::List(l)) => Ok(l),
        _ => Err(format!("its input {i} is not a list").into()),
    }
}

/// The stacked elements; zeros where nothing was written.
pub(super) fn tensor_of(cx: &mut Cx<'_, '_>, l: &List) -> Result<ValueId, Reason> {
    if let Some(t) = l.tensor {
        return Ok(t);
    }
    let dims = l.shape().ok_or(
        "the shape of the list's elements is not known at conversion, and nothing is written to it",
    )?;
    let known: Option<Vec<usize>> = dims.iter().map(Dim::size).collect();
    if let Some(shape) = known {
        return cx.zeros(l.dtype, &shape);
    }
    let shape = dims_vector(cx, &dims)?;
    let zero = cx.scalar(l.dtype, 0.0)?;
    cx.op(B::Fill, &[shape, zero])
}

/// `dims` as an int32 vector computed at run time from values of the graph that have them.
pub(super) fn dims_vector(cx: &mut Cx<'_, '_>, dims: &[Dim]) -> Result<ValueId, Reason> {
    let mut parts = Vec::with_capacity(dims.len());
    for d in dims {
        parts.push(dim_vector(cx, d)?);
    }
    super::slice::join(cx, &parts, 0)
}

/// `d` as a vector of one: a part of a shape, or a product of such parts.
fn dim_vector(cx: &mut Cx<'_, '_>, d: &Dim) -> Result<ValueId, Reason> {
    if let Some(n) = d.get() {
        return cx.i32s(&[n]);
    }
    if let Some((v, axis)) = find_dim(cx, d) {
        let shape = super::shape::shape_of(cx, v)?;
        let (begin, size) = (cx.i32s(&[axis as i64])?, cx.i32s(&[1])?);
        return cx.op(B::Slice, &[shape, begin, size]);
    }
    let factors = d.factors();
    if factors.len() < 2 {
        return Err("a dimension is not known where it is needed".into());
    }
    let mut product = cx.i32s(&[1])?;
    for f in &factors {
        let f = dim_vector(cx, f)?;
        product = cx.op(B::Mul, &[product, f])?;
    }
    Ok(product)
}

/// A value of the graph that has the dimension `d`, and where.
fn find_dim(cx: &Cx<'_, '_>, d: &Dim) -> Option<(ValueId, usize)> {
    let inputs = cx.graph.inputs.iter().copied();
    let computed = cx.graph.nodes().flat_map(|(_, n)| n.outputs.iter().copied());
    inputs.chain(computed).find_map(|v| Some((v, cx.get(v).shape.iter().position(|x| x == d)?)))
}

/// Inputs: element shape, number of elements (or, of an empty list, its largest number).
fn reserve(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, empty: bool) -> Lowered {
    let dtype = s.node.need_dtype("element_dtype")?;
    let shape = s.x(0)?;
    let known = cx.get(shape).content.clone().filter(|_| cx.get(shape).rank() == 1);
    let element =
        known.map(|d| d.to_vec()).filter(|d| d.iter().all(|d| d.get().is_none_or(|n| n >= 0)));
    let len = if empty {
        Dim::known(0)
    } else {
        let n = s.x(1)?;
        let known = cx.get(n).content.as_ref().and_then(|c| c.first().cloned());
        known.unwrap_or_else(|| cx.symbols().fresh("len"))
    };
    Ok(vec![Bound::List(List { dtype, len, element, tensor: None })])
}

/// TensorFlow 1's array: a handle and the flow that stands for its content. Input: size.
fn array(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let dtype = s.node.need_dtype("dtype")?;
    let n = s.x(0)?;
    let known = cx.get(n).content.as_ref().and_then(|c| c.first().cloned());
    let len = known.unwrap_or_else(|| cx.symbols().fresh("len"));
    let element =
        s.node.shape("element_shape").filter(|p| !p.unknown_rank).and_then(|p| {
            p.dim.iter().map(|d| (d.size >= 0).then(|| Dim::known(d.size))).collect()
        });
    let flow = Bound::List(List { dtype, len, element, tensor: None });
    Ok(vec![Bound::Value(n), flow])
}

fn from_tensor(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    Ok(vec![Bound::List(List::of(cx, s.x(0)?)?)])
}

fn get(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, from: usize, at: usize) -> Lowered {
    let tensor = tensor_of(cx, list(s, from)?)?;
    let at = cx.index32(s.x(at)?)?;
    one(cx.op_with(B::Gather, &[tensor, at], Attrs::new().with("axis", 0i64)))
}

fn set(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, to: usize, at: usize, item: usize) -> Lowered {
    let mut l = list(s, to)?.clone();
    let item = s.x(item)?;
    if l.element.is_none() {
        l.element = Some(cx.get(item).shape.clone());
    }
    let tensor = tensor_of(cx, &l)?;
    let at = cx.index32(s.x(at)?)?;
    let rank = cx.get(item).rank();
    let row = super::shape::insert_dim(cx, item, 0)?;
    let mut start = cx.reshape(at, &[1.into()])?;
    if rank > 0 {
        let rest = cx.i32s(&vec![0; rank])?;
        start = super::slice::join(cx, &[start, rest], 0)?;
    }
    let new = cx.op(B::DynamicUpdateSlice, &[tensor, row, start])?;
    Ok(vec![Bound::List(List::of(cx, new)?)])
}

fn stack(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    one(tensor_of(cx, list(s, 0)?))
}

fn gather(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let tensor = tensor_of(cx, list(s, 0)?)?;
    let at = cx.index32(s.x(1)?)?;
    one(cx.op_with(B::Gather, &[tensor, at], Attrs::new().with("axis", 0i64)))
}

fn concat(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let l = list(s, 0)?.clone();
    let v = flattened(cx, &l)?;
    let rows = l.element.as_ref().and_then(|e| e.first()).and_then(Dim::get);
    let n = l.len.get().zip(rows);
    let (n, rows) = n.ok_or("the lengths of the joined elements are unknown")?;
    let t = crate::ir::Tensor::ints(DType::Int64, &[n as usize], &vec![rows; n as usize]);
    let lengths = cx.constant(t.ok_or("the list is too long")?);
    Ok(vec![v.into(), lengths.into()])
}

/// The elements joined along their first dimension.
fn flattened(cx: &mut Cx<'_, '_>, l: &List) -> Result<ValueId, Reason> {
    let tensor = tensor_of(cx, l)?;
    let [n, rows, rest @ ..] = cx.get(tensor).shape.as_slice() else {
        return Err("scalars cannot be joined".into());
    };
    let mut dims = vec![n.mul(rows).ok_or("a dimension overflows")?];
    dims.extend(rest.iter().cloned());
    cx.reshape(tensor, &dims)
}

fn element_shape(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let dims = list(s, 0)?.element.clone().ok_or("the elements' shape is not known")?;
    one(dims_vector(cx, &dims))
}

fn length(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let l = list(s, 0)?.clone();
    if let Some(n) = l.len.get() {
        return one(cx.i32(n));
    }
    let tensor = tensor_of(cx, &l)?;
    let shape = super::shape::shape_of(cx, tensor)?;
    let zero = cx.i32(0)?;
    one(cx.op_with(B::Gather, &[shape, zero], Attrs::new().with("axis", 0i64)))
}

fn push(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let mut l = list(s, 0)?.clone();
    let item = s.x(1)?;
    let row = super::shape::insert_dim(cx, item, 0)?;
    if l.tensor.is_none() && l.len.is(0) {
        return Ok(vec![Bound::List(List::of(cx, row)?)]);
    }
    if l.element.is_none() {
        l.element = Some(cx.get(item).shape.clone());
    }
    let old = tensor_of(cx, &l)?;
    // A list of unknown length may be empty: it is joined all the same.
    let attrs = Attrs::new().with("axis", 0i64).with("fused_activation_function", 0i64);
    let new = cx.op_with(B::Concatenation, &[old, row], attrs)?;
    Ok(vec![Bound::List(List::of(cx, new)?)])
}

/// Gives the shorter list and its last element.
fn pop(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let l = list(s, 0)?.clone();
    let n = l.len.get().ok_or("the length of the list is unknown")?;
    let tensor = tensor_of(cx, &l)?;
    let last = cx.i32(n - 1)?;
    let item = cx.op_with(B::Gather, &[tensor, last], Attrs::new().with("axis", 0i64))?;
    let rank = cx.get(tensor).rank();
    let begin = cx.i32s(&vec![0; rank])?;
    let mut sizes = vec![-1; rank];
    *sizes.first_mut().ok_or("a list of a scalar's elements")? = n - 1;
    let sizes = cx.i32s(&sizes)?;
    let rest = cx.op(B::Slice, &[tensor, begin, sizes])?;
    Ok(vec![Bound::List(List::of(cx, rest)?), item.into()])
}

/// Inputs: handle, indices, flow. Reading all elements in order is the tensor itself.
fn array_gather(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let l = list(s, 2)?.clone();
    let tensor = tensor_of(cx, &l)?;
    let at = s.x(1)?;
    let in_order = |c: &[Dim]| c.iter().enumerate().all(|(i, d)| d.is(i as i64));
    let whole = cx.get(at).content.as_deref().is_some_and(in_order)
        && cx.get(at).shape.first() == Some(&l.len);
    if whole {
        return one(Ok(tensor));
    }
    let at = cx.index32(at)?;
    one(cx.op_with(B::Gather, &[tensor, at], Attrs::new().with("axis", 0i64)))
}

/// Inputs: handle, indices, values, flow. Only the whole array, in order.
fn array_scatter(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    list(s, 3)?;
    Ok(vec![Bound::List(List::of(cx, s.x(2)?)?)])
}

fn array_size(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    match list(s, 1)?.len.get() {
        Some(n) => one(cx.i32(n)),
        None => Ok(vec![Bound::Value(s.x(0)?)]),
    }
}

fn array_concat(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let l = list(s, 1)?.clone();
    one(flattened(cx, &l))
}
