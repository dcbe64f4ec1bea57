//! [`Tensor`]: an input or output as C has it.
//!
//! Invariant: safe code; a pointer that is written down here is that of a slice the interpreter gave.

use core::ffi::{c_char, c_void};
use floe_graph::{GraphId, Model, Side, SignatureId, walk};
use floe_micro::{Error, Interpreter, Kind, OpDef, Options, Result};

/// The most dimensions that a tensor has.
pub const FLOE_MAX_RANK: usize = 8;
const _: () = assert!(FLOE_MAX_RANK == floe_micro::MAX_RANK);

/// An input or output of the model.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Tensor {
    /// Its elements, little-endian, row-major, at any alignment. Write those of inputs alone.
    pub data: *mut c_void,
    /// The bytes of them.
    pub size: usize,
    /// The signature's name for it, else the tensor's; not ended by a zero.
    pub name: *const c_char,
    /// The bytes of the name.
    pub name_size: usize,
    /// What one step of an integer stands for; 0 where the integers stand for themselves.
    pub scale: f32,
    /// The integer that stands for 0.
    pub zero_point: i32,
    /// The dimensions.
    pub shape: [i32; FLOE_MAX_RANK],
    /// How many dimensions there are.
    pub rank: u8,
    /// The element type, FLOE_INT8 or another; the numbers are TFLite's.
    pub dtype: u8,
}

type It = Interpreter<'static>;

/// Plans the model.
pub(crate) fn plan(
    model: &'static [u8],
    arena: &'static mut [u8],
    ops: &'static [&'static OpDef],
    options: Options<'static>,
) -> Result<It> {
    Interpreter::with_options(floe_micro::TfLite::parse(model)?, arena, ops, options)
}

/// Input `i`.
pub(crate) fn input(it: &mut It, i: usize) -> Result<Tensor> {
    let (index, _) = it.input_tensor(i)?;
    let described = describe(it, Side::Input, i, index)?;
    let bytes = it.input_bytes(i)?;
    Ok(Tensor { data: bytes.as_mut_ptr().cast(), size: bytes.len(), ..described })
}

/// Output `i`.
pub(crate) fn output(it: &mut It, i: usize) -> Result<Tensor> {
    let (index, _) = it.output_tensor(i)?;
    let described = describe(it, Side::Output, i, index)?;
    let bytes = it.output_bytes(i)?;
    Ok(Tensor { data: bytes.as_ptr().cast_mut().cast(), size: bytes.len(), ..described })
}

/// All of tensor `index` but its bytes.
fn describe(it: &It, side: Side, i: usize, index: usize) -> Result<Tensor> {
    let (_, tensor) = at(it, side, i)?;
    let (scale, zero) = match tensor.quant().filter(|q| q.scales.len() == 1) {
        Some(quant) => quant.pair(0).unwrap_or_default(),
        None => (0.0, 0),
    };
    let shape = it.shape_of(index)?;
    let mut dims = [0; FLOE_MAX_RANK];
    dims.iter_mut().zip(shape.dims()).for_each(|(to, from)| *to = *from);
    let name = key(it, side, index).unwrap_or(tensor.name_bytes());
    Ok(Tensor {
        data: core::ptr::null_mut(),
        size: 0,
        name: name.as_ptr().cast(),
        name_size: name.len(),
        scale,
        zero_point: i32::try_from(zero).unwrap_or_default(),
        shape: dims,
        rank: shape.rank() as u8,
        dtype: it.dtype_of(index)?.tflite().unwrap_or(u8::MAX),
    })
}

fn at(it: &It, side: Side, i: usize) -> Result<(usize, floe_micro::Tensor<'static>)> {
    match side {
        Side::Input => it.input_tensor(i),
        Side::Output => it.output_tensor(i),
    }
}

/// The number of the input or output of this name.
pub(crate) fn find(it: &It, side: Side, name: &[u8]) -> Result<usize> {
    let count = if side == Side::Input { it.inputs() } else { it.outputs() };
    let is = |i: &usize| {
        at(it, side, *i).is_ok_and(|(index, tensor)| {
            key(it, side, index).is_some_and(|key| key == name) || tensor.name_bytes() == name
        })
    };
    (0..count).find(is).ok_or(Error::new(Kind::NoSuchIndex, count))
}

/// What the first signature of the main subgraph calls tensor `index`.
fn key(it: &It, side: Side, index: usize) -> Option<&'static [u8]> {
    let model = it.model();
    let mut own = (0..model.signature_count())
        .map(SignatureId)
        .filter(|&id| model.signature(id).is_ok_and(|signature| signature.graph == GraphId(0)));
    let mut ports = walk::signature_ports(&model, own.next()?, side).ok()?;
    let port = ports.find_map(|p| p.ok().filter(|p| p.value.index as usize == index))?;
    Some(port.name.as_bytes())
}
