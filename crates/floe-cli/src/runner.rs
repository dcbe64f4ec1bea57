//! A model in the micro-interpreter, fed with arrays: what `run` and `bench` have in common.
//!
//! Invariant: names and order are those of the signature that was asked for; without one, the order is
//! that of the main subgraph, and a port goes by the key of the signature that has it, else by its
//! tensor's name.

use crate::failure::{At, Failure, Outcome};
use crate::look::shape_text;
use crate::named::{self, NamedFile};
use crate::npy::{Array, Data};
use floe::convert::PortInfo;
use floe::graph::{
    DType, GraphId, Model, NodeId, Payload, Quant, Shape, Side, SignatureId, Strings, TensorView,
    walk,
};
use floe::micro::{Numerics, Port, Session, SessionOptions};
use floe::tflite::TfLite;
use std::path::{Path, PathBuf};

/// An interpreter and what its ports are called.
pub(crate) struct Runner<'m> {
    path: PathBuf,
    /// The interpreter.
    pub(crate) session: Session<'m>,
    inputs: Vec<Port<'m>>,
    /// What each output is called.
    pub(crate) outputs: Vec<(String, DType, Option<Quant<'m>>)>,
}

/// What an output held after a run.
pub(crate) struct Value {
    /// The dimensions.
    pub(crate) dims: Vec<i64>,
    /// The elements as the interpreter has them: sub-byte ones packed, strings in TFLite's buffer.
    pub(crate) bytes: Vec<u8>,
}

impl<'m> Runner<'m> {
    /// An interpreter for the `.tflite` in `bytes`, which came from `path`.
    pub(crate) fn new(
        bytes: &'m [u8],
        path: &Path,
        signature: Option<&str>,
        numerics: Numerics,
    ) -> Outcome<Self> {
        let mut options = SessionOptions::default();
        options.signature = signature.map(str::to_owned);
        options.numerics = numerics;
        Self::with(bytes, path, options)
    }

    /// The same, run as `options` say.
    pub(crate) fn with(bytes: &'m [u8], path: &Path, options: SessionOptions) -> Outcome<Self> {
        let model = TfLite::parse(bytes).at(path)?;
        let signature = options.signature.clone();
        let signature = signature.as_deref();
        if let Some(key) = signature {
            known_signature(&model, key, path)?;
        }
        let mut session = Session::of(model, options).at(path)?;
        let inputs =
            renamed(&model, Side::Input, session.inputs().at(path)?, signature).at(path)?;
        let outputs =
            renamed(&model, Side::Output, session.outputs().at(path)?, signature).at(path)?;
        let outputs = outputs.into_iter().map(|p| (p.name, p.dtype, p.quant)).collect();
        Ok(Self { path: path.to_owned(), session, inputs, outputs })
    }

    /// Calls the ports of a model that was made in memory by the names that its maker gave them.
    pub(crate) fn rename(&mut self, inputs: &[PortInfo], outputs: &[PortInfo]) {
        for (port, made) in self.inputs.iter_mut().zip(inputs) {
            port.name.clone_from(&made.name);
        }
        for ((name, ..), made) in self.outputs.iter_mut().zip(outputs) {
            name.clone_from(&made.name);
        }
    }

    /// Gives each input its array, in the dtype that it takes.
    pub(crate) fn assign(&self, given: Vec<(NamedFile, Array)>) -> Outcome<Vec<Given>> {
        let names: Vec<_> = self.inputs.iter().map(|p| vec![p.name.clone()]).collect();
        let given =
            given.into_iter().map(|(file, array)| (file.clone(), (file.path, array))).collect();
        let assigned = named::assign(given, &names)
            .map_err(|e| Failure::usage(format!("{}: {e}", self.path.display())))?;
        self.inputs
            .iter()
            .zip(assigned)
            .map(|(port, (path, array))| retyped(port, path, array))
            .collect()
    }

    /// Fills input `i` with an array of these dimensions, which the model may leave open.
    pub(crate) fn fill(&mut self, i: usize, dims: &[u64], bytes: &[u8], path: &Path) -> Outcome {
        let port = &self.inputs[i];
        let wanted: Vec<i64> = port.signature.iter().map(|&d| d.into()).collect();
        let fits = dims.len() == wanted.len()
            && wanted.iter().zip(dims).all(|(&w, &d)| w < 0 || w == d.cast_signed());
        if !fits {
            let have: Vec<_> = dims.iter().map(|d| d.cast_signed()).collect();
            let what = format!(
                "shape {}, input `{}` takes {}",
                shape_text(&have),
                port.name,
                shape_text(&wanted)
            );
            let hint = if dims.get(1..).is_some_and(|d| d.len() == wanted.len()) {
                ": with --samples the first axis counts samples"
            } else {
                ""
            };
            return Err(Failure::at(path, what + hint));
        }
        let dims: Vec<i32> = dims.iter().map(|&d| i32::try_from(d).unwrap_or(i32::MAX)).collect();
        self.session.resize_input(i, &dims).map_err(|e| self.explain(e))?;
        self.session.set_input(i, bytes).map_err(|e| self.explain(e))
    }

    /// Names the operator that an error belongs to.
    pub(crate) fn explain(&self, e: floe::micro::Error) -> Failure {
        let model = self.session.model();
        let id = NodeId { graph: GraphId(e.graph.into()), index: e.op.into() };
        let op = model.node(id).map(|n| n.op.name());
        let makes = model.output(id, 0).and_then(|v| model.value_name(v));
        Failure::at(
            &self.path,
            match (op, makes) {
                (Ok(op), Ok(makes)) if e.op != floe::micro::Error::NONE => {
                    format!("{op}, which makes `{makes}`: {e}")
                }
                _ => e.to_string(),
            },
        )
    }

    /// Where the model came from.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Zeroes the variable tensors.
    pub(crate) fn reset(&mut self) -> Outcome {
        self.session.reset_variables().map_err(|e| self.explain(e))
    }

    /// Runs once, and takes the outputs.
    pub(crate) fn invoke(&mut self) -> Outcome<Vec<Value>> {
        self.session.invoke().map_err(|e| self.explain(e))?;
        (0..self.outputs.len())
            .map(|i| {
                let (shape, bytes) = self.session.output(i).at(&self.path)?;
                Ok(Value {
                    dims: shape.dims().iter().map(|&d| d.into()).collect(),
                    bytes: bytes.to_vec(),
                })
            })
            .collect()
    }
}

impl Value {
    /// The value as a tensor of `dtype`.
    pub(crate) fn view(&self, dtype: DType) -> TensorView<'_> {
        let payload = match dtype {
            DType::String => Payload::Strings(Strings::Offsets(&self.bytes)),
            d if d.bits().is_some_and(|bits| bits < 8) => Payload::Packed(&self.bytes),
            _ => Payload::Raw(&self.bytes),
        };
        TensorView::new(dtype, Shape::I64(&self.dims), payload)
    }
}

/// An array that is meant for an input.
pub(crate) struct Given {
    /// The file that it came from.
    pub(crate) path: PathBuf,
    /// Its elements, in the dtype that the input takes.
    pub(crate) array: Array,
}

impl Given {
    /// The elements `from` to `to` as the interpreter takes them.
    pub(crate) fn bytes(&self, from: u64, to: u64) -> Vec<u8> {
        let range = |width: usize| (from as usize * width)..(to as usize * width);
        match &self.array.data {
            Data::Strings(all) => string_buffer(&all[range(1)]),
            Data::Raw(raw) => {
                let dtype = self.array.dtype;
                let raw = &raw[range(dtype.bytes().unwrap_or(1))];
                match dtype.bits() {
                    Some(bits) if bits < 8 => packed(raw, bits),
                    _ => raw.to_vec(),
                }
            }
        }
    }
}

fn known_signature(model: &TfLite<'_>, key: &str, path: &Path) -> Outcome {
    if model.find_signature(key).is_some() {
        return Ok(());
    }
    let keys: Vec<_> = (0..model.signature_count())
        .filter_map(|i| Some(format!("`{}`", model.signature(SignatureId(i)).ok()?.key)))
        .collect();
    let have = if keys.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}", keys.join(", "))
    };
    Err(Failure::at(path, format!("there is no signature `{key}`; {have}")))
}

/// The ports with the keys of a signature of the main subgraph for names, when none was asked for.
fn renamed<'m>(
    model: &TfLite<'m>,
    side: Side,
    ports: Vec<Port<'m>>,
    signature: Option<&str>,
) -> floe::graph::Result<Vec<Port<'m>>> {
    let mut keys = Vec::new();
    if signature.is_none() {
        for id in (0..model.signature_count()).map(SignatureId) {
            if model.signature(id)?.graph == GraphId(0) {
                keys = walk::signature_ports(model, id, side)?.collect::<Result<Vec<_>, _>>()?;
                break;
            }
        }
    }
    let name = |mut port: Port<'m>| {
        // A tensor can be two outputs: each takes the next key.
        if let Some(i) = keys.iter().position(|k| k.value.index as usize == port.tensor) {
            port.name = keys.remove(i).name.to_owned();
        }
        port
    };
    Ok(ports.into_iter().map(name).collect())
}

fn retyped(port: &Port<'_>, path: PathBuf, array: Array) -> Outcome<Given> {
    let (have, want) = (array.dtype, port.dtype);
    match array.retyped(want) {
        Some(array) => Ok(Given { path, array }),
        None => {
            let stored = crate::npy::stored(want).unwrap_or(want);
            let how = if want == DType::String {
                "give strings as .json".to_owned()
            } else {
                format!("save it with `.astype(\"{stored}\")`")
            };
            Err(Failure::at(
                path,
                format!("dtype {have}, input `{}` takes {want}: {how}", port.name),
            ))
        }
    }
}

impl Value {
    /// Adds another of these dimensions behind the `before` that are there, as one tensor has them.
    pub(crate) fn append(&mut self, other: &Self, dtype: DType, before: u64) {
        match dtype.bits() {
            None if dtype == DType::String => {
                let all: Vec<_> = [&*self, other].into_iter().flat_map(Self::strings).collect();
                self.bytes = string_buffer(&all);
            }
            Some(bits) if bits < 8 => {
                let count = self.dims.iter().product::<i64>().unsigned_abs();
                let mut all = unpacked(&self.bytes, bits, count * before);
                all.extend(unpacked(&other.bytes, bits, count));
                self.bytes = packed(&all, bits);
            }
            _ => self.bytes.extend(&other.bytes),
        }
    }

    /// The strings of a tensor of strings.
    fn strings(&self) -> Vec<Vec<u8>> {
        let Payload::Strings(strings) = self.view(DType::String).payload else { return Vec::new() };
        strings.iter().map_while(|s| s.ok().map(<[u8]>::to_vec)).collect()
    }
}

/// `count` elements of `bits` bits, one a byte.
fn unpacked(bytes: &[u8], bits: usize, count: u64) -> Vec<u8> {
    let each = 8 / bits;
    let element =
        |i: usize| bytes.get(i / each).map_or(0, |b| b >> (i % each * bits) & ((1 << bits) - 1));
    (0..count as usize).map(element).collect()
}

/// TFLite's form of a string tensor: the count, where each begins, where the last ends, all bytes.
fn string_buffer(strings: &[Vec<u8>]) -> Vec<u8> {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    let mut at = 4 * (strings.len() + 2);
    let mut buffer = number(strings.len()).to_vec();
    for s in strings {
        buffer.extend(number(at));
        at += s.len();
    }
    buffer.extend(number(at));
    strings.iter().for_each(|s| buffer.extend(s));
    buffer
}

/// Sub-byte elements put together, the first in the low bits.
fn packed(raw: &[u8], bits: usize) -> Vec<u8> {
    let mask = (1u8 << bits) - 1;
    raw.chunks(8 / bits)
        .map(|c| c.iter().rev().fold(0, |byte, b| byte << bits | (b & mask)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Value, packed, string_buffer};
    use floe::graph::{DType, Payload};

    #[test]
    fn what_is_packed_unpacks_to_the_same() {
        let raw = [1u8, 0xff, 7, 0xf8, 3];
        let value = Value { dims: vec![5], bytes: packed(&raw, 4) };
        assert_eq!(value.view(DType::Int4).bytes(64).unwrap(), &raw[..]);
    }

    #[test]
    fn samples_are_stacked_as_one_tensor_has_them() {
        let words =
            |all: &[&[u8]]| string_buffer(&all.iter().map(|s| s.to_vec()).collect::<Vec<_>>());
        let mut value = Value { dims: vec![2], bytes: words(&[b"ab", b""]) };
        value.append(&Value { dims: vec![2], bytes: words(&[b"c", b"de"]) }, DType::String, 1);
        assert_eq!(value.bytes, words(&[b"ab", b"", b"c", b"de"]));
        let mut value = Value { dims: vec![3], bytes: vec![0x21, 0x03] };
        value.append(&Value { dims: vec![3], bytes: vec![0x54, 0x06] }, DType::Int4, 1);
        value.append(&Value { dims: vec![3], bytes: vec![0x87, 0x09] }, DType::Int4, 2);
        assert_eq!(value.bytes, [0x21, 0x43, 0x65, 0x87, 0x09]);
    }

    #[test]
    fn strings_go_there_and_back() {
        let strings = [b"ab".to_vec(), vec![], b"c".to_vec()];
        let value = Value { dims: vec![3], bytes: string_buffer(&strings) };
        let Payload::Strings(s) = value.view(DType::String).payload else { panic!("no strings") };
        assert!(s.iter().map(Result::unwrap).eq(strings.iter().map(Vec::as_slice)));
    }
}
