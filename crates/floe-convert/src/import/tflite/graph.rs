//! One subgraph of a `.tflite` as a [`Graph`].
//!
//! Facts: tflite §2: operators run in their order; a tensor with a buffer is a constant, a variable a state; shape holds
//! 1 where the signature holds -1.

use super::options;
use crate::convert::Options;
use crate::error::{Error, Problem};
use crate::infer::{self, Type};
use crate::ir::{
    Attr, Attrs, Builtin, Def, Dim, Graph, Node, Op, QuantParams, Symbols, Tensor, Value, ValueId,
};
use crate::{fold, ops};
use bytes::Bytes;
use floe_graph::{DType, Payload};
use floe_tflite::{Operator, Subgraph, Tensor as FileTensor, TfLite};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes that the elements of one constant may take when they are unpacked.
const LIMIT: usize = 1 << 31;

/// What the user gives of the main graph's inputs.
#[derive(Clone, Copy)]
pub(super) struct Given<'g> {
    pub(super) options: &'g Options,
    /// What the signature calls them.
    pub(super) names: &'g BTreeMap<i32, String>,
}

/// Reads subgraph `index`.
pub(super) fn read(
    model: &TfLite<'_>,
    file: &Bytes,
    index: usize,
    symbols: &Symbols,
    given: Option<Given<'_>>,
) -> Result<Graph, Error> {
    let damaged = |e: floe_graph::Error| Error::Graph(e.to_string());
    let subgraph = model.subgraph(index).map_err(damaged)?;
    let mut graph = Graph::default();
    graph.name = subgraph.name().to_owned();
    let values = vec![None; subgraph.tensor_count()];
    let mut reader = Reader { file, subgraph, graph, values, symbols, open: false };
    for tensor in subgraph.inputs().iter() {
        reader.input(tensor, given)?;
    }
    for operator in subgraph.operators() {
        reader.operator(&operator)?;
    }
    for tensor in subgraph.outputs().iter() {
        let v = reader.operand(tensor)?;
        reader.graph.outputs.push(v);
    }
    Ok(reader.graph)
}

struct Reader<'r, 'd> {
    file: &'r Bytes,
    subgraph: Subgraph<'d>,
    graph: Graph,
    /// The values of the tensors so far.
    values: Vec<Option<ValueId>>,
    symbols: &'r Symbols,
    /// Whether an input has an open dimension, so that others may though the file does not say so.
    open: bool,
}

impl<'d> Reader<'_, 'd> {
    fn tensor(&self, index: i32) -> Result<(usize, FileTensor<'d>), Error> {
        let none =
            || Error::Graph(format!("there is no tensor {index} in '{}'", self.subgraph.name()));
        let at = usize::try_from(index).map_err(|_| none())?;
        Ok((at, self.subgraph.tensor(at).map_err(|_| none())?))
    }

    fn keep(&mut self, at: usize, v: ValueId) {
        if let Some(slot) = self.values.get_mut(at) {
            *slot = Some(v);
        }
    }

    fn input(&mut self, index: i32, given: Option<Given<'_>>) -> Result<(), Error> {
        let (at, tensor) = self.tensor(index)?;
        let (name, dtype, sizes) = (name(&tensor), dtype(&tensor)?, sizes(&tensor));
        let sizes = match given {
            Some(g) => fixed(g.names.get(&index).map_or(&*name, |n| n), sizes, g.options)?,
            None => sizes,
        };
        let letter = |i: usize| if i == 0 { "n" } else { "d" };
        let dim = |(i, &n): (usize, &i64)| {
            if n < 0 { self.symbols.fresh(letter(i)) } else { Dim::known(n) }
        };
        let dims: Vec<Dim> = sizes.iter().enumerate().map(dim).collect();
        self.open |= dims.iter().any(|d| d.get().is_none());
        let v = self.graph.add_input(dtype, dims, name);
        self.graph.value_mut(v).quant = quant(&tensor)?;
        self.keep(at, v);
        Ok(())
    }

    /// The value of a tensor that is read.
    fn operand(&mut self, index: i32) -> Result<ValueId, Error> {
        let (at, tensor) = self.tensor(index)?;
        if let Some(v) = self.values.get(at).copied().flatten() {
            return Ok(v);
        }
        let name = name(&tensor);
        let unmade =
            || Error::Graph(format!("tensor {index} '{name}' is read before an operator makes it"));
        let shape: Option<Vec<usize>> =
            tensor.shape().iter().map(|d| usize::try_from(d).ok()).collect();
        let (dtype, shape) = (dtype(&tensor)?, shape.ok_or_else(unmade)?);
        let dims: Vec<Dim> = shape.iter().map(|&n| Dim::from(n)).collect();
        let data = tensor.data().map_err(|e| Error::Graph(e.to_string()))?;
        let (def, content) = if tensor.is_variable() {
            if data.is_some() {
                return Err(refused("a variable", &name, "its first elements are not zero"));
            }
            (Def::State, None)
        } else {
            let constant = self.constant(&tensor, dtype, shape).ok_or_else(|| match data {
                Some(_) => refused("a constant", &name, "it is sparse, or too large when unpacked"),
                None => unmade(),
            })?;
            let content = fold::content_of(&constant);
            (Def::Const(Arc::new(constant)), content)
        };
        let mut value = Value::new(dtype, dims, def, name.clone());
        value.content = content;
        value.quant = quant(&tensor)?;
        let v = self.graph.add_value(value);
        self.keep(at, v);
        Ok(v)
    }

    fn constant(&self, tensor: &FileTensor<'d>, dtype: DType, shape: Vec<usize>) -> Option<Tensor> {
        let bytes = match tensor.payload().ok()? {
            Payload::Absent => Bytes::new(),
            Payload::Raw(raw) => self.file.slice_ref(raw),
            Payload::Strings(strings) => {
                let all: Vec<Bytes> = strings
                    .iter()
                    .map(|s| Some(self.file.slice_ref(s.ok()?)))
                    .collect::<Option<_>>()?;
                return Tensor::strings(shape, all);
            }
            _ => {
                let view = floe_graph::TensorView::new(
                    dtype,
                    floe_graph::Shape::I32(tensor.shape()),
                    tensor.payload().ok()?,
                );
                view.bytes(LIMIT).ok()?.into_owned().into()
            }
        };
        Tensor::new(dtype, shape, bytes)
    }

    fn operator(&mut self, operator: &Operator<'d>) -> Result<(), Error> {
        let code = operator.code().map_err(|e| Error::Graph(e.to_string()))?;
        let first = operator.outputs().iter().next();
        let origin = first.and_then(|t| Some(name(&self.tensor(t).ok()?.1)));
        let origin: Arc<str> = origin.unwrap_or_else(|| code.name().into());
        let refuse = |why: String| refused(code.name(), &origin, &why);
        if !operator.intermediates().is_empty() {
            return Err(refuse(
                "it keeps scales in intermediate tensors: it is quantized already".into(),
            ));
        }
        let mut inputs = Vec::with_capacity(operator.inputs().len());
        for index in operator.inputs().iter() {
            inputs.push(if index < 0 { None } else { Some(self.operand(index)?) });
        }
        let (op, mut attrs) = match (code.custom, Builtin::from_code(code.code)) {
            (Some(name), _) => (Op::Custom(name.to_owned()), self.custom(operator)?),
            (None, Some(op)) => {
                (Op::Builtin(op), options::read(operator, code.code).map_err(refuse)?)
            }
            (None, None) => {
                return Err(refuse(format!("operator {} is newer than Floe", code.code)));
            }
        };
        attrs.set(ops::VERSION, code.version);
        if operator.outputs().is_empty() {
            attrs.set(ops::HAS_EFFECT, true);
        }
        let known = self.infer(&op, &mut inputs, &attrs);
        let folded = match (&op, &known) {
            (Op::Builtin(op), Some(types)) => self.fold(*op, &inputs, &attrs, types, operator),
            _ => None,
        };
        let mut outputs = Vec::with_capacity(operator.outputs().len());
        for (k, index) in operator.outputs().iter().enumerate() {
            let (at, tensor) = self.tensor(index)?;
            if self.values.get(at).copied().flatten().is_some() {
                return Err(refuse(format!("tensor {index} is made more than once")));
            }
            if tensor.is_variable() {
                if !self.is_zeros(&op, &inputs) {
                    return Err(refuse(format!("tensor {index}, a variable, is computed")));
                }
                // Zeros of half precision, from which a state begins.
                self.operand(index)?;
                return Ok(());
            }
            let inferred = known.as_ref().and_then(|t| t.get(k));
            let constant = folded.as_ref().and_then(|f| f.get(k)).cloned();
            let v = self.result(&tensor, inferred, constant)?;
            self.keep(at, v);
            outputs.push(v);
        }
        if folded.is_none() {
            self.graph.add_node(Node { op, inputs, outputs, attrs, origin: vec![origin] });
        }
        Ok(())
    }

    /// Whether the operator widens a constant of zeros.
    fn is_zeros(&self, op: &Op, inputs: &[Option<ValueId>]) -> bool {
        let constant = match inputs {
            [Some(v)] if op.is(Builtin::Dequantize) => self.graph.value(*v).tensor(),
            _ => None,
        };
        constant.and_then(|t| t.view()).is_some_and(|bytes| bytes.iter().all(|&b| b == 0))
    }

    fn custom(&self, operator: &Operator<'d>) -> Result<Attrs, Error> {
        let bytes = operator.custom_options().map_err(|e| Error::Graph(e.to_string()))?;
        let mut attrs = Attrs::new();
        attrs.set(options::CUSTOM, Attr::Bytes(bytes.to_vec()));
        Ok(attrs)
    }

    /// What the operator gives, where that can be told. A shape that RESHAPE is given, of which one dimension is open,
    /// becomes a constant.
    fn infer(
        &mut self,
        op: &Op,
        inputs: &mut [Option<ValueId>],
        attrs: &Attrs,
    ) -> Option<Vec<Type>> {
        let Op::Builtin(op) = op else { return None };
        let plain = |v: &Option<ValueId>| v.is_none_or(|v| self.graph.value(v).quant.is_none());
        if !infer::is_known(*op) || !inputs.iter().all(plain) {
            return None;
        }
        let of = |graph: &Graph, inputs: &[Option<ValueId>]| {
            let values: Vec<Option<&Value>> =
                inputs.iter().map(|v| v.map(|v| graph.value(v))).collect();
            infer::infer(self.symbols, *op, &values, attrs).ok()
        };
        let types = of(&self.graph, inputs)?;
        if *op == Builtin::Reshape
            && let [_, Some(shape)] = *inputs
            && self.graph.value(shape).tensor().is_none()
            && let Some(content) = &self.graph.value(shape).content
            && content.iter().filter(|d| d.get().is_none()).count() <= 1
        {
            let sizes: Vec<i64> = types.first()?.shape.iter().map(Dim::signature).collect();
            if sizes.iter().filter(|&&n| n < 0).count() <= 1 {
                let constant = Arc::new(Tensor::ints(DType::Int32, &[sizes.len()], &sizes)?);
                let name = self.graph.value(shape).name.clone();
                let dims = vec![Dim::from(sizes.len())];
                let new = self.graph.add_value(Value::new(
                    DType::Int32,
                    dims,
                    Def::Const(constant),
                    name,
                ));
                *inputs.get_mut(1)? = Some(new);
            }
        }
        Some(types)
    }

    /// The results as constants, where they can be known and the file says nothing else of them.
    fn fold(
        &self,
        op: Builtin,
        inputs: &[Option<ValueId>],
        attrs: &Attrs,
        types: &[Type],
        operator: &Operator<'d>,
    ) -> Option<Vec<Tensor>> {
        let values: Vec<Option<&Value>> =
            inputs.iter().map(|v| v.map(|v| self.graph.value(v))).collect();
        let folded = fold::fold(op, &values, attrs, types)?;
        let agrees = |(t, index): (&Tensor, i32)| {
            let (_, tensor) = self.tensor(index).ok()?;
            let shape: Option<Vec<usize>> =
                tensor.shape().iter().map(|d| usize::try_from(d).ok()).collect();
            let same = shape? == t.shape()
                && tensor.dtype().ok()? == t.dtype()
                && tensor.quant().is_none();
            same.then_some(())
        };
        let outputs = operator.outputs();
        let all = folded.len() == outputs.len()
            && folded.iter().zip(outputs.iter()).all(|p| agrees(p).is_some());
        all.then_some(folded)
    }

    /// The value of a tensor that an operator makes.
    fn result(
        &mut self,
        tensor: &FileTensor<'d>,
        inferred: Option<&Type>,
        constant: Option<Tensor>,
    ) -> Result<ValueId, Error> {
        let (dtype, sizes) = (dtype(tensor)?, sizes(tensor));
        let open = self.open;
        let fits = |t: &&Type| {
            let mut pairs = t.shape.iter().zip(&sizes);
            t.dtype == dtype
                && t.shape.len() == sizes.len()
                && pairs.all(|(d, &n)| n < 0 || d.get().map_or(open, |k| k == n))
        };
        let inferred = inferred.filter(fits);
        let dims = match inferred {
            Some(t) => t.shape.clone(),
            None => {
                let dim = |&n: &i64| if n < 0 { self.symbols.fresh("u") } else { Dim::known(n) };
                sizes.iter().map(dim).collect()
            }
        };
        let def = constant.map_or(Def::State, |t| Def::Const(Arc::new(t)));
        let mut value = Value::new(dtype, dims, def, name(tensor));
        value.content = inferred.and_then(|t| t.content.clone());
        value.quant = quant(tensor)?;
        Ok(self.graph.add_value(value))
    }
}

fn refused(op: &str, node: &str, why: &str) -> Error {
    let (op, node) = (op.to_owned(), node.to_owned());
    Error::Unconvertible(vec![Problem { op, node, reason: why.to_owned() }])
}

fn name(tensor: &FileTensor<'_>) -> Arc<str> {
    String::from_utf8_lossy(tensor.name_bytes()).into()
}

fn dtype(tensor: &FileTensor<'_>) -> Result<DType, Error> {
    tensor.dtype().map_err(|e| Error::Graph(e.to_string()))
}

/// The dimensions, -1 for open ones.
fn sizes(tensor: &FileTensor<'_>) -> Vec<i64> {
    let signature = tensor.shape_signature().filter(|s| s.len() == tensor.shape().len());
    signature.unwrap_or_else(|| tensor.shape()).iter().map(i64::from).collect()
}

/// The dimensions of input `name` with those that the user gives in the place of open ones.
fn fixed(name: &str, mut sizes: Vec<i64>, options: &Options) -> Result<Vec<i64>, Error> {
    if let (Some(batch), Some(first)) = (options.batch, sizes.first_mut())
        && *first < 0
    {
        *first = batch;
    }
    let Some(wanted) = options.shapes.get(name) else { return Ok(sizes) };
    let fits =
        wanted.len() == sizes.len() && wanted.iter().zip(&sizes).all(|(w, s)| *s < 0 || w == s);
    if !fits {
        return Err(Error::Request(format!(
            "input '{name}' has the shape {sizes:?} in the file, which does not become {wanted:?}: only open dimensions (-1) can be set"
        )));
    }
    Ok(wanted.clone())
}

fn quant(tensor: &FileTensor<'_>) -> Result<Option<QuantParams>, Error> {
    let lost = |why: &str| refused("the tensor", &name(tensor), why);
    let Some(q) = tensor.quant() else {
        let details = tensor.quant_table().is_some_and(|t| {
            t.table(floe_tflite::fields::quantization_parameters::DETAILS).is_some()
        });
        return if details {
            Err(lost("its quantization is of another kind than scales and zero points"))
        } else {
            Ok(None)
        };
    };
    let scales: Vec<f32> = (0..q.scales.len()).filter_map(|i| Some(q.pair(i)?.0)).collect();
    let zero_points = (0..q.scales.len()).filter_map(|i| Some(q.pair(i)?.1)).collect();
    // One scale belongs to no axis, and those of a vector to its only one, whatever the file says.
    let axis =
        usize::try_from(q.axis).ok().filter(|&a| q.is_per_axis() && a < tensor.shape().len());
    let axis = axis.unwrap_or(0);
    Ok(Some(QuantParams { scales, zero_points, axis }))
}
