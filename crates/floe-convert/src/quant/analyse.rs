//! What quantization costs: float and quantized model run on equal inputs, tensor by tensor, and counted on labelled data.
//!
//! Invariant: both graphs share the numbers of their values, so a value is compared with itself; one sample is held at a
//! time.

use super::calibrate::Observed;
use super::range::Range;
use super::samples::Samples;
use crate::emit::tensor_name;
use crate::error::Error;
use crate::ir::{Graph, Module, Node, NodeId, ValueId};
use crate::program::{Program, real, sweep};
use std::collections::BTreeMap;

/// Samples that are compared.
const MOST: usize = 16;
/// Bins of the histograms that are told.
const BINS: usize = 64;

/// What quantization does to the result of one operator.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Layer {
    /// The operator.
    pub op: String,
    /// The tensor that it makes.
    pub tensor: String,
    /// Signal to noise in dB against the float model.
    pub sqnr: f32,
    /// How much of that the operator loses itself: the least of its operands', less its own.
    pub loss: f32,
    /// Smallest and largest that was seen; `None` where no ranges were learnt.
    pub seen: Option<(f32, f32)>,
    /// Smallest and largest that the integers stand for; `None` for floats.
    pub held: Option<(f32, f32)>,
    /// How often its numbers lie in equal parts of what was seen, zeros left out.
    pub histogram: Vec<u64>,
    pub(super) node: Option<NodeId>,
}

/// Signal and noise of each value that both models compute.
pub(super) struct Analysis {
    values: BTreeMap<ValueId, (f64, f64)>,
    outputs: Vec<ValueId>,
}

impl Analysis {
    /// Runs `float` and `quantized`, which was made of it, on some of `samples`.
    pub(super) fn new(
        float: &Module,
        quantized: &Module,
        samples: &Samples,
    ) -> Result<Self, Error> {
        let (a, b) = (Program::new(float)?, Program::new(quantized)?);
        a.check(samples)?;
        let count = samples.count();
        let step = count.div_ceil(MOST).max(1);
        let taken: Vec<usize> = (0..count).step_by(step).collect();
        let mut values: BTreeMap<ValueId, (f64, f64)> = BTreeMap::new();
        let mut wide = BTreeMap::new();
        let (mut a, mut b) = (a.start()?, b.start()?);
        for k in taken {
            wide.clear();
            a.sample(samples, k, &mut |known, dtype, bytes| {
                if let Some(x) = real(dtype, bytes, None) {
                    wide.insert(known.value, x);
                }
            })?;
            b.sample(samples, k, &mut |known, dtype, bytes| {
                let (Some(x), Some(y)) =
                    (wide.get(&known.value), real(dtype, bytes, known.quant.as_ref()))
                else {
                    return;
                };
                let slot = values.entry(known.value).or_default();
                for (x, y) in x.iter().zip(&y) {
                    slot.0 += f64::from(*x).powi(2);
                    slot.1 += (f64::from(*x) - f64::from(*y)).powi(2);
                }
            })?;
        }
        let graph = quantized.graphs.first();
        let outputs = graph.map(|g| g.outputs.iter().map(|&v| source(g, v)).collect());
        Ok(Self { values, outputs: outputs.unwrap_or_default() })
    }

    fn sqnr(&self, v: ValueId) -> Option<f32> {
        self.values.get(&v).map(|&(signal, noise)| decibels(signal, noise))
    }

    /// The least signal to noise of the outputs in dB.
    pub(super) fn outputs(&self) -> Option<f32> {
        self.outputs.iter().filter_map(|&v| self.sqnr(v)).reduce(f32::min)
    }

    /// What each operator of `module` costs, those that lose most first.
    pub(super) fn layers(&self, module: &Module, observed: &Observed) -> Vec<Layer> {
        let Some(graph) = module.graphs.first() else { return Vec::new() };
        let layer = |(id, node): (NodeId, &Node)| self.layer(graph, id, node, observed);
        let mut all: Vec<Layer> = graph.nodes().filter_map(layer).collect();
        all.sort_by(|a, b| b.loss.total_cmp(&a.loss));
        all
    }

    fn layer(&self, graph: &Graph, id: NodeId, node: &Node, observed: &Observed) -> Option<Layer> {
        let v = node.output(0)?;
        let sqnr = self.sqnr(v)?;
        let before = node.inputs.iter().flatten().filter_map(|&i| self.sqnr(source(graph, i)));
        let before = before.reduce(f32::min).unwrap_or(f32::INFINITY);
        // What is exact so far begins at what float32 itself holds.
        let loss = (before.min(140.0) - sqnr.min(140.0)).max(0.0);
        let value = graph.value(v);
        let held = value.quant.as_ref().and_then(|q| {
            let (scale, zero) = (*q.scales.first()?, *q.zero_points.first()?);
            let (least, most) = super::params::limits(value.dtype);
            let end = |n: f64| (n - zero as f64) as f32 * scale;
            Some((end(least), end(most)))
        });
        let seen = observed.extents.get(&v).map(|e| e.all);
        Some(Layer {
            op: node.op.name().to_owned(),
            tensor: tensor_name(&value.name).to_owned(),
            sqnr,
            loss,
            seen: seen.map(|Range { low, high }| (low, high)),
            held,
            histogram: observed.counts.get(&v).map(|h| h.coarse(BINS)).unwrap_or_default(),
            node: Some(id),
        })
    }
}

/// The value that `v` is another form of: what QUANTIZE and DEQUANTIZE read.
fn source(graph: &Graph, v: ValueId) -> ValueId {
    use crate::ir::Builtin as B;
    match graph.producer(v) {
        Some((_, node)) if node.op.is(B::Quantize) || node.op.is(B::Dequantize) => {
            node.input(0).map_or(v, |x| if graph.value(x).tensor().is_some() { v } else { x })
        }
        _ => v,
    }
}

fn decibels(signal: f64, noise: f64) -> f32 {
    (10.0 * (signal / noise).log10()) as f32
}

/// Inputs, and the class of each.
#[derive(Clone, Debug, Default)]
pub struct Test {
    /// The inputs.
    pub samples: Samples,
    /// The classes, as many as samples.
    pub labels: Vec<i64>,
}

/// How often the largest number of the first output is that of the right class, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Accuracy {
    /// In float32.
    pub float: f64,
    /// Quantized.
    pub quantized: f64,
    /// Samples that were counted.
    pub samples: usize,
}

impl Test {
    /// Counts how often both are right.
    ///
    /// # Errors
    /// [`Error::Request`] for another number of labels than samples, and for samples that do not fit.
    pub(super) fn run(&self, float: &Module, quantized: &Module) -> Result<Accuracy, Error> {
        let samples = self.samples.count();
        if self.labels.len() != samples || samples == 0 {
            return Err(Error::Request(format!(
                "{} labels for {samples} test samples: each needs one",
                self.labels.len()
            )));
        }
        let (float, quantized) = (self.share(float)?, self.share(quantized)?);
        Ok(Accuracy { float, quantized, samples })
    }

    fn share(&self, module: &Module) -> Result<f64, Error> {
        let program = Program::new(module)?;
        program.check(&self.samples)?;
        let count = self.samples.count();
        let work = |range: std::ops::Range<usize>| {
            let mut run = program.start()?;
            let mut right = 0usize;
            for k in range {
                run.sample(&self.samples, k, &mut |_, _, _| {})?;
                let scores = run.output(0).unwrap_or_default();
                let best = (0..scores.len()).rev().max_by(|&a, &b| {
                    let at = |i: usize| scores.get(i).copied().unwrap_or(f32::NEG_INFINITY);
                    at(a).total_cmp(&at(b))
                });
                let label = self.labels.get(k).and_then(|&l| usize::try_from(l).ok());
                right += usize::from(label.is_some() && best == label);
            }
            Ok(right)
        };
        let mut right = 0;
        sweep(count, work, |n, _| {
            right += n;
            Ok(())
        })?;
        Ok(right as f64 / count as f64)
    }
}
