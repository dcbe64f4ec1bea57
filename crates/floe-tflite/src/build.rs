//! [`ModelBuilder`]: models from nothing, for the converter, for random models and for tests.
//!
//! Invariant: buffer 0 is the empty one that every file starts with, a constant is stored once
//! however often it is added, and an operator code is listed once for each version in use.

use crate::owned::{Object, Value};
use crate::schema::fields::{
    buffer, metadata, model, operator, operator_code, quantization_parameters, signature_def,
    sub_graph, tensor, tensor_map,
};
use crate::schema::{TableId, UnionId, VERSION, enums};
use crate::table::OPTIONS;
use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use floe_graph::DType;

/// What an operator does: a builtin by number, or a custom one by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpName {
    /// A builtin operator, as the constants of [`op`](crate::op).
    Builtin(i32),
    /// A custom operator.
    Custom(String),
}

impl From<i32> for OpName {
    fn from(code: i32) -> Self {
        Self::Builtin(code)
    }
}

/// Affine quantization to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QuantSpec {
    /// The scales: one, or one for each slice along `axis`.
    pub scales: Vec<f32>,
    /// The zero points, as many as scales.
    pub zero_points: Vec<i64>,
    /// The dimension that the scales belong to.
    pub axis: i32,
}

impl QuantSpec {
    /// One scale and zero point for the whole tensor.
    #[must_use]
    pub fn per_tensor(scale: f32, zero_point: i64) -> Self {
        Self { scales: [scale].into(), zero_points: [zero_point].into(), axis: 0 }
    }

    /// A scale for each slice along `axis`, zero points 0.
    #[must_use]
    pub fn per_axis(scales: Vec<f32>, axis: i32) -> Self {
        let zero_points = alloc::vec![0; scales.len()];
        Self { scales, zero_points, axis }
    }

    fn object<'a>(&self) -> Object<'a> {
        use quantization_parameters::{QUANTIZED_DIMENSION, SCALE, ZERO_POINT};
        Object::new(TableId::QUANTIZATION_PARAMETERS)
            .with_vector(SCALE, &self.scales)
            .with_vector(ZERO_POINT, &self.zero_points)
            .with(QUANTIZED_DIMENSION, self.axis)
    }
}

/// A tensor to be added.
#[derive(Clone, Debug)]
pub struct TensorSpec<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// The element type.
    pub dtype: DType,
    /// The dimensions that memory is planned for.
    pub shape: Vec<i32>,
    /// The dimensions with -1 for those that the caller may set, where there are such.
    pub signature: Option<Vec<i32>>,
    /// How integers stand for real numbers.
    pub quant: Option<QuantSpec>,
    /// The buffer that holds its elements, from [`ModelBuilder::add_buffer`]; 0 for none.
    pub buffer: u32,
    /// Whether it keeps its elements from one run to the next.
    pub is_variable: bool,
}

impl<'a> TensorSpec<'a> {
    /// A tensor without data.
    #[must_use]
    pub fn new(name: impl Into<Cow<'a, str>>, dtype: DType, shape: &[i32]) -> Self {
        let shape = shape.to_vec();
        let name = name.into();
        Self { name, dtype, shape, signature: None, quant: None, buffer: 0, is_variable: false }
    }

    /// The same with quantization.
    #[must_use]
    pub fn with_quant(mut self, quant: QuantSpec) -> Self {
        self.quant = Some(quant);
        self
    }

    /// The same as a constant.
    #[must_use]
    pub const fn with_buffer(mut self, buffer: u32) -> Self {
        self.buffer = buffer;
        self
    }
}

/// An operator to be added.
#[derive(Clone, Debug)]
pub struct OpSpec<'a> {
    /// What it does.
    pub op: OpName,
    /// The version of its definition.
    pub version: i32,
    /// Tensor indices; -1 for an optional input that is not given.
    pub inputs: Vec<i32>,
    /// Tensor indices.
    pub outputs: Vec<i32>,
    /// Its options, of the table that the schema names for it.
    pub options: Option<Object<'a>>,
    /// The bytes of a custom operator's options.
    pub custom_options: Cow<'a, [u8]>,
}

impl<'a> OpSpec<'a> {
    /// Version 1 of an operator without options.
    #[must_use]
    pub fn new(op: impl Into<OpName>, inputs: &[i32], outputs: &[i32]) -> Self {
        Self {
            op: op.into(),
            version: 1,
            inputs: inputs.to_vec(),
            outputs: outputs.to_vec(),
            options: None,
            custom_options: Cow::Borrowed(&[]),
        }
    }

    /// The same with options.
    #[must_use]
    pub fn with_options(mut self, options: Object<'a>) -> Self {
        self.options = Some(options);
        self
    }

    /// The same in another version.
    #[must_use]
    pub const fn with_version(mut self, version: i32) -> Self {
        self.version = version;
        self
    }
}

/// A model that grows from nothing.
#[derive(Debug)]
pub struct ModelBuilder<'a> {
    model: Object<'a>,
    /// Buffers by length and digest, for finding equal ones.
    known: BTreeMap<(usize, u64), Vec<u32>>,
    codes: BTreeMap<(OpName, i32), u32>,
}

impl Default for ModelBuilder<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> ModelBuilder<'a> {
    /// A model without graphs.
    #[must_use]
    pub fn new() -> Self {
        let mut model = Object::new(TableId::MODEL).with(model::VERSION, VERSION);
        model.tables_mut(model::BUFFERS).push(Object::new(TableId::BUFFER));
        // Readers want these vectors even when they are empty.
        for field in [model::OPERATOR_CODES, model::SUBGRAPHS] {
            model.tables_mut(field);
        }
        Self { model, known: BTreeMap::new(), codes: BTreeMap::new() }
    }

    /// Says what the model is.
    pub fn describe(&mut self, text: impl Into<Cow<'a, str>>) {
        self.model.set_string(model::DESCRIPTION, text);
    }

    /// Adds a constant's bytes and gives the buffer's index; the same one for equal bytes, 0 for none.
    pub fn add_buffer(&mut self, bytes: impl Into<Cow<'a, [u8]>>) -> u32 {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return 0;
        }
        let key = (bytes.len(), crate::encode::digest(&bytes));
        let buffers = self.model.tables_mut(model::BUFFERS);
        let same = self.known.entry(key).or_default();
        let equal = |i: &&u32| {
            let known = buffers.get(**i as usize).map(|b| b.vector(buffer::DATA));
            known.is_some_and(|k| k.as_bytes() == &*bytes)
        };
        if let Some(&index) = same.iter().find(equal) {
            return index;
        }
        let index = buffers.len() as u32;
        let mut object = Object::new(TableId::BUFFER);
        object.set_bytes(buffer::DATA, bytes);
        buffers.push(object);
        same.push(index);
        index
    }

    /// Adds an empty graph and gives its index; the first is the main one.
    pub fn add_subgraph(&mut self, name: impl Into<Cow<'a, str>>) -> usize {
        let mut graph = Object::new(TableId::SUB_GRAPH);
        graph.set_string(sub_graph::NAME, name);
        for field in [sub_graph::TENSORS, sub_graph::OPERATORS] {
            graph.tables_mut(field);
        }
        for field in [sub_graph::INPUTS, sub_graph::OUTPUTS] {
            graph.set_vector::<i32>(field, &[]);
        }
        push(self.model.tables_mut(model::SUBGRAPHS), graph)
    }

    /// Adds a tensor to graph `graph` and gives its index; -1 when there is no such graph.
    pub fn add_tensor(&mut self, graph: usize, spec: TensorSpec<'a>) -> i32 {
        let Some(graph) = self.graph(graph) else { return -1 };
        let number = spec.dtype.tflite().and_then(|n| i8::try_from(n).ok()).unwrap_or_default();
        let mut object = Object::new(TableId::TENSOR)
            .with_vector(tensor::SHAPE, &spec.shape)
            .with(tensor::TYPE, number)
            .with(tensor::BUFFER, spec.buffer)
            .with(tensor::IS_VARIABLE, spec.is_variable)
            .with(tensor::HAS_RANK, true);
        object.set_string(tensor::NAME, spec.name);
        if let Some(signature) = spec.signature.filter(|s| *s != spec.shape) {
            object.set_vector(tensor::SHAPE_SIGNATURE, &signature);
        }
        if let Some(quant) = spec.quant {
            object.set_table(tensor::QUANTIZATION, quant.object());
        }
        push(graph.tables_mut(sub_graph::TENSORS), object) as i32
    }

    /// Adds an operator to graph `graph`, to be run after those that are there, and gives its index.
    pub fn add_op(&mut self, graph: usize, spec: OpSpec<'a>) -> usize {
        let code = self.code(spec.op, spec.version);
        let Some(graph) = self.graph(graph) else { return usize::MAX };
        let mut object = Object::new(TableId::OPERATOR)
            .with(operator::OPCODE_INDEX, code)
            .with_vector(operator::INPUTS, &spec.inputs)
            .with_vector(operator::OUTPUTS, &spec.outputs);
        if !spec.custom_options.is_empty() {
            object.set_bytes(operator::CUSTOM_OPTIONS, spec.custom_options);
        }
        if let Some(options) = spec.options {
            set_options(&mut object, options);
        }
        push(graph.tables_mut(sub_graph::OPERATORS), object)
    }

    /// Says which tensors the callers of graph `graph` fill and get.
    pub fn set_ports(&mut self, graph: usize, inputs: &[i32], outputs: &[i32]) {
        if let Some(graph) = self.graph(graph) {
            graph.set_vector(sub_graph::INPUTS, inputs);
            graph.set_vector(sub_graph::OUTPUTS, outputs);
        }
    }

    /// Adds a named entry into graph `graph`, its ports by name and tensor index.
    pub fn add_signature(
        &mut self,
        key: impl Into<Cow<'a, str>>,
        graph: usize,
        inputs: &[(&str, i32)],
        outputs: &[(&str, i32)],
    ) {
        let mut object = Object::new(TableId::SIGNATURE_DEF)
            .with(signature_def::SUBGRAPH_INDEX, u32::try_from(graph).unwrap_or(u32::MAX));
        object.set_string(signature_def::SIGNATURE_KEY, key);
        for (field, ports) in [(signature_def::INPUTS, inputs), (signature_def::OUTPUTS, outputs)] {
            *object.tables_mut(field) =
                ports.iter().map(|(name, index)| port(name, *index)).collect();
        }
        self.model.tables_mut(model::SIGNATURE_DEFS).push(object);
    }

    /// Adds a metadata entry.
    pub fn add_metadata(&mut self, name: impl Into<Cow<'a, str>>, bytes: impl Into<Cow<'a, [u8]>>) {
        let buffer = self.add_buffer(bytes);
        let mut object = Object::new(TableId::METADATA).with(metadata::BUFFER, buffer);
        object.set_string(metadata::NAME, name);
        self.model.tables_mut(model::METADATA).push(object);
    }

    /// The model so far, for what has no method here.
    pub const fn model_mut(&mut self) -> &mut Object<'a> {
        &mut self.model
    }

    /// The finished model.
    #[must_use]
    pub fn finish(self) -> Object<'a> {
        self.model
    }

    fn graph(&mut self, index: usize) -> Option<&mut Object<'a>> {
        self.model.tables_mut(model::SUBGRAPHS).get_mut(index)
    }

    /// The index of the operator code, added when it is new.
    fn code(&mut self, op: OpName, version: i32) -> u32 {
        let next = self.codes.len() as u32;
        let key = (op, version);
        if let Some(&index) = self.codes.get(&key) {
            return index;
        }
        let builtin = match &key.0 {
            OpName::Builtin(code) => *code,
            OpName::Custom(_) => enums::builtin_operator::CUSTOM,
        };
        // Readers of the first schema look at the byte alone.
        let byte = builtin.min(enums::builtin_operator::PLACEHOLDER_FOR_GREATER_OP_CODES);
        let mut object = Object::new(TableId::OPERATOR_CODE)
            .with(operator_code::DEPRECATED_BUILTIN_CODE, i8::try_from(byte).unwrap_or_default())
            .with(operator_code::BUILTIN_CODE, builtin)
            .with(operator_code::VERSION, version);
        if let OpName::Custom(name) = &key.0 {
            object.set_string(operator_code::CUSTOM_CODE, name.clone());
        }
        self.model.tables_mut(model::OPERATOR_CODES).push(object);
        self.codes.insert(key, next);
        next
    }
}

/// Puts `options` into the union of `operator` that has such a member, whatever was there.
pub fn set_options<'a>(operator: &mut Object<'a>, options: Object<'a>) {
    for field in OPTIONS {
        operator.clear(field);
    }
    let id = options.table_id();
    let field =
        OPTIONS.into_iter().find(|f| UnionId::of(*f).is_some_and(|u| u.tag_of(id).is_some()));
    if let Some(field) = field {
        operator.insert(field.slot(), Value::Table(options));
    }
}

fn port<'a>(name: &str, index: i32) -> Object<'a> {
    let mut object = Object::new(TableId::TENSOR_MAP)
        .with(tensor_map::TENSOR_INDEX, u32::try_from(index).unwrap_or(u32::MAX));
    object.set_string(tensor_map::NAME, String::from(name));
    object
}

fn push<T>(all: &mut Vec<T>, one: T) -> usize {
    all.push(one);
    all.len().saturating_sub(1)
}
