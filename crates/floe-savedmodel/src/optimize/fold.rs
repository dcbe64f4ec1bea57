//! Computes now what depends on no input.
//!
//! A node that folds becomes a constant of its name; what was behind its other outputs becomes
//! constants beside it.

use super::Work;
use super::known::{Known, constant};
use crate::names::{Reference, full_tensor};
use crate::tensor::Held;
use floe_proto::tensorflow::{GraphDef, NodeDef, TensorProto, attr_value::Value};
use std::collections::{HashMap, HashSet};

/// Bytes up to which a result is kept however small its inputs are.
const SMALL: usize = 100 << 10;

/// Ops whose inputs must stay as they are: they say how numbers were rounded in training.
const LEFT: &[&str] = &["FakeQuant", "Quantize", "Dequantize"];

pub(super) fn run(work: &mut Work<'_>) -> usize {
    let mut folder = Folder::new(work);
    for at in super::order(&work.graph.node) {
        folder.visit(work, at);
    }
    let Folder { made, moved, .. } = folder;
    let count = made.len();
    let mut beside = Vec::new();
    for (at, values) in made {
        let Some(node) = work.graph.node.get_mut(at) else { continue };
        for (port, value) in values {
            match moved.get(&full_tensor(&node.name, port)) {
                Some(name) => beside.push(constant(name, value)),
                None => *node = constant(&node.name, value),
            }
        }
    }
    work.graph.node.append(&mut beside);
    for node in &mut work.graph.node {
        for input in &mut node.input {
            if let Some(name) = moved.get(input) {
                input.clone_from(name);
            }
        }
    }
    count
}

struct Folder {
    known: Known,
    /// Values by tensor, `node` or `node:1`.
    values: HashMap<String, TensorProto>,
    /// What each node uses of others.
    used: HashMap<String, Vec<u32>>,
    names: HashSet<String>,
    /// The values of the outputs of nodes that fold.
    made: Vec<(usize, Vec<(u32, TensorProto)>)>,
    /// The constants in the place of outputs that are not the first.
    moved: HashMap<String, String>,
}

impl Folder {
    fn new(work: &Work<'_>) -> Self {
        let mut used: HashMap<String, Vec<u32>> = HashMap::new();
        for input in work.graph.node.iter().flat_map(|n| &n.input) {
            if let Some(Reference::Tensor { node, index }) = Reference::parse(input) {
                let ports = used.entry(node.to_owned()).or_default();
                if !ports.contains(&index) {
                    ports.push(index);
                }
            }
        }
        let names = work.graph.node.iter().map(|n| n.name.clone()).collect();
        let (known, values) = (Known::default(), HashMap::new());
        Self { known, values, used, names, made: Vec::new(), moved: HashMap::new() }
    }

    fn visit(&mut self, work: &Work<'_>, at: usize) {
        let Some(node) = work.graph.node.get(at) else { return };
        self.known.note(node);
        if let Some(Value::Tensor(proto)) =
            node.attr.get("value").and_then(|a| a.value.as_ref()).filter(|_| node.op == "Const")
        {
            if node.input.is_empty() {
                self.values.insert(node.name.clone(), (**proto).clone());
            }
            return;
        }
        let Some(results) = self.compute(work, node) else { return };
        for (port, value) in &results {
            self.values.insert(crate::names::tensor(&node.name, *port), value.clone());
            if *port > 0 {
                let name = self.free(format!("{}_{port}", node.name));
                self.moved.insert(full_tensor(&node.name, *port), name);
            } else {
                self.known.note(&constant(&node.name, value.clone()));
            }
        }
        self.made.push((at, results));
    }

    /// The values of the outputs of `node` that are used, when they can be known.
    fn compute(&self, work: &Work<'_>, node: &NodeDef) -> Option<Vec<(u32, TensorProto)>> {
        if !work.is_pure(node) || node.input.iter().any(|i| i.starts_with('^')) {
            return None;
        }
        if let Some(value) = self.known.measure(node) {
            return Some(vec![(0, value)]);
        }
        if node.input.is_empty() || !is_plain(node) {
            return None;
        }
        let dtypes = work.dtypes(node)?;
        let mut ports = self.used.get(&node.name).cloned().unwrap_or_default();
        if work.keep.contains(node.name.as_str()) {
            // Any of its outputs may be asked for.
            ports = if dtypes.len() == 1 { vec![0] } else { return None };
        }
        // The first output carries the name; without a use there is no value for it.
        if !ports.contains(&0) {
            return None;
        }
        ports.sort_unstable();
        let mut graph = GraphDef { versions: work.graph.versions.clone(), ..GraphDef::default() };
        let mut given = 0usize;
        let mut alone = node.clone();
        for (i, input) in (0..).zip(&mut alone.input) {
            let value = self.value(input)?;
            given = given.saturating_add(bytes(value)?);
            let name = format!("input_{i}");
            graph.node.push(constant(&name, value.clone()));
            *input = name;
        }
        alone.name = "folded".to_owned();
        graph.node.push(alone);
        let wanted: Vec<String> = ports.iter().map(|&p| full_tensor("folded", p)).collect();
        let values = work.evaluator?.evaluate(&graph, &wanted).ok()?;
        let same =
            |(port, value): (&u32, &TensorProto)| dtypes.get(*port as usize) == Some(&value.dtype);
        let made = values.iter().try_fold(0usize, |n, v| n.checked_add(bytes(v)?))?;
        let fits = values.len() == ports.len() && ports.iter().zip(&values).all(same);
        (fits && made <= given.max(SMALL)).then(|| ports.into_iter().zip(values).collect())
    }

    fn value(&self, input: &str) -> Option<&TensorProto> {
        let Some(Reference::Tensor { node, index }) = Reference::parse(input) else { return None };
        self.values.get(&crate::names::tensor(node, index))
    }

    fn free(&mut self, mut name: String) -> String {
        while !self.names.insert(name.clone()) {
            name.push('_');
        }
        name
    }
}

/// Whether `node` can be computed by itself, and should be.
fn is_plain(node: &NodeDef) -> bool {
    let calls = node.attr.values().any(|a| match &a.value {
        Some(Value::Func(_)) => true,
        Some(Value::List(list)) => !list.func.is_empty(),
        _ => false,
    });
    !calls
        && !super::identity::HAND_ON.contains(&node.op.as_str())
        && !LEFT.iter().any(|prefix| node.op.starts_with(prefix))
}

/// The size of a tensor that has numbers or strings.
fn bytes(proto: &TensorProto) -> Option<usize> {
    if !proto.string_val.is_empty() {
        return Some(proto.string_val.iter().map(bytes::Bytes::len).sum());
    }
    let held = Held::new(proto).ok()?;
    held.view().raw_len().ok().or(Some(proto.tensor_content.len()))
}
