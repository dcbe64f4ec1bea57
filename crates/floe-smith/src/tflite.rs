//! Random valid TFLite models.
//!
//! A model grows from its inputs: each step takes operands that are there and adds an operator that
//! is valid for them, with whatever constants it needs. What nothing reads in the end is an output.

mod ops;

use crate::Source;
use floe_graph::DType;
use floe_tflite::build::{ModelBuilder, OpSpec, QuantSpec, TensorSpec};
use floe_tflite::owned::Object;
use floe_tflite::versions::{Policy, settle};

/// How large models get.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The most operators.
    pub ops: usize,
    /// The most elements of a tensor.
    pub elements: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { ops: 24, elements: 4096 }
    }
}

/// A random valid model.
#[must_use]
pub fn model(source: &mut Source<'_>, config: &Config) -> Object<'static> {
    let mut smith = Smith::new(source, config);
    for _ in 0..smith.source.between(1, 3) {
        smith.input();
    }
    for _ in 0..smith.source.between(1, config.ops.max(1)) {
        smith.step();
    }
    smith.finish()
}

/// What a result is: type, shape, and scale with zero point where it is quantized.
type Spec<'a> = (DType, &'a [i32], Option<(f32, i64)>);

/// A tensor as the smith knows it.
#[derive(Clone, Debug)]
struct Value {
    index: i32,
    dtype: DType,
    shape: Vec<i32>,
    /// Scale and zero point.
    quant: Option<(f32, i64)>,
    read: bool,
}

impl Value {
    fn elements(&self) -> usize {
        count(&self.shape)
    }
}

fn count(shape: &[i32]) -> usize {
    shape.iter().map(|&d| usize::try_from(d).unwrap_or(0)).product()
}

struct Smith<'s, 'd> {
    source: &'s mut Source<'d>,
    config: &'s Config,
    builder: ModelBuilder<'static>,
    graph: usize,
    values: Vec<Value>,
    inputs: Vec<i32>,
    tensors: usize,
}

/// Types of what flows through a model.
const FLOWS: [DType; 9] = [
    DType::Float32,
    DType::Int8,
    DType::Int32,
    DType::Bool,
    DType::Float32,
    DType::Int8,
    DType::Uint8,
    DType::Int16,
    DType::Int64,
];

impl<'s, 'd> Smith<'s, 'd> {
    fn new(source: &'s mut Source<'d>, config: &'s Config) -> Self {
        let mut builder = ModelBuilder::new();
        if source.one_in(2) {
            builder.describe("made by a smith");
        }
        let graph = builder.add_subgraph("main");
        Self { source, config, builder, graph, values: vec![], inputs: vec![], tensors: 0 }
    }

    fn input(&mut self) {
        let dtype = *self.source.pick(&FLOWS);
        let shape = self.shape();
        let quant = self.quant(dtype);
        let value = self.add(dtype, &shape, quant, 0);
        self.inputs.push(value.index);
        self.values.push(value);
    }

    /// Up to four dimensions of up to eight.
    fn shape(&mut self) -> Vec<i32> {
        let rank = self.source.between(0, 4);
        (0..rank).map(|_| self.source.between(1, 8) as i32).collect()
    }

    /// Parameters for what needs them; now and then a zero point at an end of the range.
    fn quant(&mut self, dtype: DType) -> Option<(f32, i64)> {
        let (low, high) = match dtype {
            DType::Int8 => (-128, 127),
            DType::Uint8 => (0, 255),
            // 16 bits are symmetric.
            DType::Int16 => (0, 0),
            _ => return None,
        };
        let near = (low + high) / 2 + self.source.between(0, 20) as i64 - 10;
        let zero = *self.source.pick(&[near, near, low, high]);
        let scale = self.source.between(1, 250) as f32 / 1000.0;
        Some(if dtype == DType::Int16 { (scale / 256.0, 0) } else { (scale, zero) })
    }

    fn add(
        &mut self,
        dtype: DType,
        shape: &[i32],
        quant: Option<(f32, i64)>,
        buffer: u32,
    ) -> Value {
        let mut spec = TensorSpec::new("", dtype, shape).with_buffer(buffer);
        spec.quant = quant.map(|(scale, zero)| QuantSpec::per_tensor(scale, zero));
        let index = self.tensor(spec);
        Value { index, dtype, shape: shape.to_vec(), quant, read: false }
    }

    fn tensor(&mut self, mut spec: TensorSpec<'static>) -> i32 {
        spec.name = format!("t{}", self.tensors).into();
        self.tensors += 1;
        self.builder.add_tensor(self.graph, spec)
    }

    /// A variable tensor, zero at first.
    fn variable(&mut self, dtype: DType, shape: &[i32], quant: Option<(f32, i64)>) -> i32 {
        let mut spec = TensorSpec::new("", dtype, shape);
        spec.quant = quant.map(|(scale, zero)| QuantSpec::per_tensor(scale, zero));
        spec.is_variable = true;
        self.tensor(spec)
    }

    /// A constant of integers.
    fn ints(&mut self, numbers: &[i32]) -> i32 {
        self.ints_shaped(numbers, &[numbers.len() as i32])
    }

    fn ints_shaped(&mut self, numbers: &[i32], shape: &[i32]) -> i32 {
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        let buffer = self.builder.add_buffer(bytes);
        self.add(DType::Int32, shape, None, buffer).index
    }

    /// A constant with random elements in `shape`.
    fn constant(&mut self, dtype: DType, shape: &[i32], quant: Option<(f32, i64)>) -> i32 {
        let spec = quant.map(|(scale, zero)| QuantSpec::per_tensor(scale, zero));
        self.constant_of(dtype, shape, spec)
    }

    /// As [`constant`](Self::constant) with any quantization.
    fn constant_of(&mut self, dtype: DType, shape: &[i32], quant: Option<QuantSpec>) -> i32 {
        // Weights that are symmetric do not reach -128.
        let symmetric = quant.as_ref().is_some_and(|q| q.zero_points.iter().all(|&z| z == 0));
        let bytes: Vec<u8> = (0..count(shape))
            .flat_map(|_| {
                let n = i64::from(self.source.byte().cast_signed());
                let n = if symmetric { n.max(-127) } else { n };
                let bytes = match dtype {
                    DType::Float32 => i64::from((n as f32 / 64.0).to_bits()),
                    DType::Bool => n & 1,
                    _ => n,
                };
                bytes.to_le_bytes().into_iter().take(dtype.bytes().unwrap_or(1)).collect::<Vec<_>>()
            })
            .collect();
        let mut spec = TensorSpec::new("", dtype, shape);
        spec.buffer = self.builder.add_buffer(bytes);
        spec.quant = quant;
        self.tensor(spec)
    }

    /// A value for which `fit` holds.
    fn operand(&mut self, fit: impl Fn(&Value) -> bool) -> Option<Value> {
        let all: Vec<usize> = (0..self.values.len()).filter(|&i| fit(&self.values[i])).collect();
        if all.is_empty() {
            return None;
        }
        let chosen = all[self.source.below(all.len())];
        self.values[chosen].read = true;
        Some(self.values[chosen].clone())
    }

    /// Adds `op` over `inputs`, with one result.
    fn op(&mut self, op: i32, inputs: &[i32], result: Spec<'_>, options: Option<Object<'static>>) {
        self.op_many(op, inputs, &[result], options);
    }

    fn op_many(
        &mut self,
        op: i32,
        inputs: &[i32],
        results: &[Spec<'_>],
        options: Option<Object<'static>>,
    ) {
        let made: Vec<Value> = results.iter().map(|(t, s, q)| self.add(*t, s, *q, 0)).collect();
        let outputs: Vec<i32> = made.iter().map(|v| v.index).collect();
        let mut spec = OpSpec::new(op, inputs, &outputs);
        spec.options = options;
        self.builder.add_op(self.graph, spec);
        self.values.extend(made);
    }

    /// Adds one operator, when one of a few tries fits what is there.
    fn step(&mut self) {
        for _ in 0..8 {
            let make = *self.source.pick(ops::ALL);
            if make(self).is_some() {
                return;
            }
        }
    }

    fn finish(mut self) -> Object<'static> {
        let inputs = std::mem::take(&mut self.inputs);
        let computed = |v: &&Value| !inputs.contains(&v.index);
        let mut outputs: Vec<i32> =
            self.values.iter().filter(|v| !v.read).filter(computed).map(|v| v.index).collect();
        if outputs.is_empty() {
            outputs.extend(self.values.last().map(|v| v.index));
        }
        self.builder.set_ports(self.graph, &inputs, &outputs);
        if self.source.one_in(2) {
            let names: Vec<String> =
                (0..inputs.len().max(outputs.len())).map(|i| format!("p{i}")).collect();
            let ports = |all: &[i32]| -> Vec<(&str, i32)> {
                names.iter().map(String::as_str).zip(all.iter().copied()).collect()
            };
            self.builder.add_signature("main", self.graph, &ports(&inputs), &ports(&outputs));
        }
        if self.source.one_in(3) {
            let note: Vec<u8> =
                (0..self.source.between(1, 40)).map(|_| self.source.byte()).collect();
            self.builder.add_metadata("note", note);
        }
        let mut model = self.builder.finish();
        settle(&mut model, Policy::Lowest);
        model
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, model};
    use crate::Source;
    use floe_tflite::verify::{Options, faults};
    use floe_tflite::{TfLite, encode};
    use std::collections::BTreeSet;

    #[test]
    fn what_is_made_is_valid() {
        let mut ops = BTreeSet::new();
        for seed in 0..2000 {
            let made = model(&mut Source::seed(seed), &Config::default());
            let bytes = encode(&made).unwrap();
            assert_eq!(faults(&bytes, &Options::default()), [], "seed {seed}");
            let file = TfLite::parse(&bytes).unwrap();
            let graph = file.subgraph(0).unwrap();
            ops.extend(graph.operators().map(|o| o.code().unwrap().name().to_owned()));
        }
        assert!(ops.len() >= 80, "{ops:?}");
    }

    #[test]
    fn the_same_choices_make_the_same_model() {
        let make = |seed| model(&mut Source::seed(seed), &Config::default());
        assert_eq!(make(7), make(7));
        assert_ne!(make(7), make(8));
    }

    #[test]
    fn no_choices_make_the_smallest_model() {
        let made = encode(&model(&mut Source::bytes(&[]), &Config::default())).unwrap();
        let file = TfLite::parse(&made).unwrap();
        assert_eq!(file.subgraph(0).unwrap().operator_count(), 1);
    }
}
