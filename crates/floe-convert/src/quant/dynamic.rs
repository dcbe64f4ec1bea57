//! Dynamic range: int8 weights for kernels that quantize their activations as they come.
//!
//! Invariant: an operator's weights are all quantized or none; small ones stay, for they save nothing.

use super::rules::{self, Dynamic, Weights};
use super::weights;
use crate::ir::{Attrs, Builtin, Def, Graph, Node, NodeId, Op, Value, ValueId};
use floe_graph::DType;

/// Elements below which weights stay as they are.
const MIN_ELEMENTS: usize = 1024;

/// Quantizes the weights of `graph`.
pub(super) fn run(graph: &mut Graph) {
    for id in graph.node_ids() {
        if let Some(rule) = rule(graph, id) {
            quantize(graph, id, rule);
        }
    }
}

/// Quantizes the weights of one node, when its kernel takes such.
pub(super) fn quantize_weights(graph: &mut Graph, id: NodeId) {
    if let Some(rule) = rule(graph, id).filter(|r| r.dynamic != Dynamic::Moved) {
        quantize(graph, id, rule);
    }
}

fn rule(graph: &Graph, id: NodeId) -> Option<&'static Weights> {
    match graph.node(id)?.op {
        Op::Builtin(op) => rules::weights(op),
        Op::Custom(_) => None,
    }
}

fn quantize(graph: &mut Graph, id: NodeId, rule: &Weights) -> Option<()> {
    let node = graph.node(id)?;
    let mut narrow = Vec::with_capacity(rule.inputs.len());
    for &i in rule.inputs {
        let value = graph.value(node.input(i)?);
        let t = value.tensor().filter(|t| t.len() >= MIN_ELEMENTS)?;
        let (q, params) = weights::int8(t, rule.axis)?;
        let mut new =
            Value::new(DType::Int8, value.shape.clone(), Def::Const(q.into()), value.name.clone());
        new.quant = Some(params);
        narrow.push((i, new));
    }
    let params = narrow.first().and_then(|(_, v)| v.quant.clone());
    for (i, value) in narrow {
        let v = graph.add_value(value);
        graph.set_input(id, i, Some(v));
    }
    match rule.dynamic {
        Dynamic::Asymmetric => graph.node_mut(id)?.attrs.set("asymmetric_quantize_inputs", true),
        Dynamic::Moved => widen_result(graph, id, params?)?,
        Dynamic::Hybrid => {}
    }
    Some(())
}

/// Lets the node give int8, and what reads it read that widened.
fn widen_result(graph: &mut Graph, id: NodeId, params: crate::ir::QuantParams) -> Option<()> {
    let out = graph.node(id)?.output(0)?;
    let wide = Value::new(
        DType::Float32,
        graph.value(out).shape.clone(),
        Def::State,
        graph.value(out).name.clone(),
    );
    let name = wide.name.clone();
    let wide: ValueId = graph.add_value(wide);
    graph.replace(out, wide);
    let value = graph.value_mut(out);
    value.dtype = DType::Int8;
    value.quant = Some(params);
    let node = Node {
        op: Op::Builtin(Builtin::Dequantize),
        inputs: vec![Some(out)],
        outputs: vec![wide],
        attrs: Attrs::new(),
        origin: vec![name],
    };
    let at = graph.order.iter().position(|&n| n == id)?;
    graph.insert_node(at + 1, node);
    Some(())
}
