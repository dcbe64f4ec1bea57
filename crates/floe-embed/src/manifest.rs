//! [`Manifest`]: what a model takes on a chip, found out by planning it.
//!
//! Invariant: every number comes from [`Interpreter`] itself, with the shapes that the file gives.

use crate::names;
use floe_graph::{DType, GraphId, Model, NodeId, Side, SignatureId, walk};
use floe_micro::kernels::{NAMED, Named};
use floe_micro::{Compiled, Interpreter, Kind, OpDef, Options};
use floe_tflite::TfLite;
use std::rc::Rc;

/// The largest arena that is tried: more than any chip has.
const MOST_ARENA: usize = 1 << 30;

/// What a model takes on a chip.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Manifest {
    /// Bytes of the file.
    pub model: usize,
    /// Bytes of arena that [`Interpreter`] takes, exactly.
    pub arena: usize,
    /// The model as the constants of a program, when everything about it is known ahead.
    pub program: Option<Rc<Compiled>>,
    /// The ops that it takes, each by the fewest kernels, in the order of [`NAMED`].
    pub ops: Vec<&'static Named>,
    /// The inputs of the main subgraph.
    pub inputs: Vec<Port>,
    /// The outputs of the main subgraph.
    pub outputs: Vec<Port>,
}

/// An input or output.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Port {
    /// The signature's name for it, else the tensor's.
    pub name: String,
    /// The same as an identifier, unlike all others of its side.
    pub ident: String,
    /// The element type.
    pub dtype: DType,
    /// The dimensions as planned.
    pub shape: Vec<usize>,
    /// Scale and zero point, where there is one pair.
    pub quant: Option<(f32, i32)>,
    /// Bytes that it takes.
    pub bytes: usize,
}

/// Why a model cannot be embedded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is no whole `.tflite`.
    #[error(transparent)]
    Read(#[from] floe_graph::Error),
    /// The interpreter refuses the model.
    #[error("{0}")]
    Plan(floe_micro::Error),
    /// It refuses one operator.
    #[error("{op}, which makes `{makes}`: {error}")]
    Operator {
        /// The op's name.
        op: String,
        /// The name of its first output.
        makes: String,
        /// What is wrong with it.
        error: floe_micro::Error,
    },
    /// An input or output has no fixed size.
    #[error("`{name}` is of {dtype}, which has no size that is known ahead")]
    Unsized {
        /// The port.
        name: String,
        /// Its element type.
        dtype: DType,
    },
}

impl Manifest {
    /// What the model in `file`, a `.tflite`, takes.
    ///
    /// # Errors
    /// When the file is damaged, the interpreter refuses the model (an op that it does not have, an
    /// element type that an op does not take), or a port has no fixed size.
    pub fn of(file: &[u8]) -> Result<Self, Error> {
        let model = TfLite::parse(file)?;
        let planned = |e| explain(&model, e);
        let mut arena = Vec::new();
        let all = widest();
        plan(model, &defs(&all), &mut arena).map_err(planned)?;
        let ops = fewest(model, all, &mut arena);
        let table = defs(&ops);
        let mut it = plan(model, &table, &mut arena).map_err(planned)?;
        let inputs = ports(&model, &it, Side::Input)?;
        let outputs = ports(&model, &it, Side::Output)?;
        let arena = it.arena_bytes();
        let program = it.compile(file).map_err(planned)?.map(Rc::new);
        Ok(Self { model: file.len(), arena, program, ops, inputs, outputs })
    }
}

impl Manifest {
    /// Bytes of arena that the Rust items take, exactly.
    #[must_use]
    pub fn rust_arena(&self) -> usize {
        self.program.as_ref().map_or(self.arena, |program| program.arena)
    }
}

fn defs(ops: &[&'static Named]) -> Vec<&'static OpDef> {
    ops.iter().map(|n| n.def).collect()
}

/// Plans the model in as much memory as it takes.
fn plan<'a>(
    model: TfLite<'a>,
    ops: &'a [&'a OpDef],
    arena: &'a mut Vec<u8>,
) -> floe_micro::Result<Interpreter<'a>> {
    loop {
        let outcome = Interpreter::with_options(model, arena, ops, Options::default());
        let Err(e) = outcome.map(|_| ()) else { break };
        let need = (e.at as usize).max(arena.len() + 1);
        if e.kind != Kind::Arena || need > MOST_ARENA {
            return Err(e);
        }
        arena.resize((need + need / 2).min(MOST_ARENA), 0);
    }
    Interpreter::with_options(model, arena, ops, Options::default())
}

/// Of the ops of each code the one with the most kernels.
fn widest() -> Vec<&'static Named> {
    let mut all: Vec<&Named> = Vec::new();
    for op in NAMED {
        match all.iter_mut().find(|o| o.def.code == op.def.code) {
            Some(other) if other.def.kernels.len() < op.def.kernels.len() => *other = op,
            Some(_) => {}
            None => all.push(op),
        }
    }
    all
}

/// What is left of `ops`, with which the model can be planned, when nothing is too much: no op that the
/// model does not have, and of the ops of one code the one with the fewest kernels that will do.
fn fewest(
    model: TfLite<'_>,
    mut ops: Vec<&'static Named>,
    arena: &mut Vec<u8>,
) -> Vec<&'static Named> {
    let mut works = |ops: &[&'static Named]| plan(model, &defs(ops), arena).is_ok();
    let mut i = 0;
    while let Some(&op) = ops.get(i) {
        ops.remove(i);
        if works(&ops) {
            continue;
        }
        let mut variants: Vec<_> = NAMED.iter().filter(|n| n.def.code == op.def.code).collect();
        variants.sort_by_key(|n| n.def.kernels.len());
        ops.insert(i, op);
        for variant in variants {
            ops[i] = variant;
            if works(&ops) {
                break;
            }
        }
        i += 1;
    }
    ops
}

/// Names the operator that an error belongs to.
fn explain(model: &TfLite<'_>, error: floe_micro::Error) -> Error {
    let id = NodeId { graph: GraphId(error.graph.into()), index: error.op.into() };
    let op = model.node(id).map(|n| n.op.name().to_owned());
    let makes = model.output(id, 0).and_then(|v| model.value_name(v)).map(str::to_owned);
    match (op, makes) {
        (Ok(op), Ok(makes)) if error.op != floe_micro::Error::NONE => {
            Error::Operator { op, makes, error }
        }
        _ => Error::Plan(error),
    }
}

/// The ports of the main subgraph, by the names of the first signature that is its own.
fn ports(model: &TfLite<'_>, it: &Interpreter<'_>, side: Side) -> Result<Vec<Port>, Error> {
    let mut keys = Vec::new();
    for id in (0..model.signature_count()).map(SignatureId) {
        if model.signature(id)?.graph == GraphId(0) {
            keys = walk::signature_ports(model, id, side)?.collect::<Result<Vec<_>, _>>()?;
            break;
        }
    }
    let count = if side == Side::Input { it.inputs() } else { it.outputs() };
    let mut ports: Vec<Port> = Vec::new();
    for i in 0..count {
        let at = if side == Side::Input { it.input_tensor(i) } else { it.output_tensor(i) };
        let (index, tensor) = at.map_err(Error::Plan)?;
        let name = match keys.iter().position(|k| k.value.index as usize == index) {
            // A tensor can be two outputs: each takes the next key.
            Some(key) => keys.remove(key).name.to_owned(),
            None => String::from_utf8_lossy(tensor.name_bytes()).into_owned(),
        };
        let dtype = it.dtype_of(index).map_err(Error::Plan)?;
        let shape = it.shape_of(index).map_err(Error::Plan)?;
        let Some(bits) = dtype.bits() else { return Err(Error::Unsized { name, dtype }) };
        let quant = tensor.quant().filter(|q| q.scales.len() == 1).and_then(|q| q.pair(0));
        let quant = quant.and_then(|(scale, zero)| Some((scale, i32::try_from(zero).ok()?)));
        let fallback = if side == Side::Input { "input" } else { "output" };
        let taken: Vec<_> = ports.iter().map(|p| p.ident.as_str()).collect();
        let ident = names::unique(&name, fallback, &taken);
        let shape: Vec<usize> = shape.dims().iter().map(|&d| d.unsigned_abs() as usize).collect();
        let bytes = (shape.iter().product::<usize>() * bits).div_ceil(8);
        ports.push(Port { name, ident, dtype, shape, quant, bytes });
    }
    Ok(ports)
}
