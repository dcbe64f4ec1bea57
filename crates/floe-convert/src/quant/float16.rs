//! float32 constants as float16, with a DEQUANTIZE each that runtimes fold when they load.
//!
//! Invariant: a number beyond float16's range becomes its largest, not infinity.

use crate::ir::{Attrs, Builtin, Def, Dim, Graph, Node, Op, Tensor, Value, ValueId};
use floe_graph::DType;
use half::f16;
use std::collections::BTreeMap;

/// Narrows every float32 constant that a node of `graph` reads.
pub(super) fn run(graph: &mut Graph) {
    let mut widened: BTreeMap<ValueId, ValueId> = BTreeMap::new();
    for id in graph.node_ids() {
        let inputs = graph.node(id).map(|n| n.inputs.clone()).unwrap_or_default();
        for (i, v) in inputs.into_iter().enumerate() {
            let Some(v) = v else { continue };
            let wide = match widened.get(&v) {
                Some(&w) => Some(w),
                None => widen(graph, v),
            };
            if let Some(w) = wide {
                widened.insert(v, w);
                graph.set_input(id, i, Some(w));
            }
        }
    }
}

/// The float32 form of a new float16 constant that stands for the constant `v`.
fn widen(graph: &mut Graph, v: ValueId) -> Option<ValueId> {
    let value = graph.value(v).clone();
    let narrow = narrowed(value.tensor()?)?;
    let shape: Vec<Dim> = value.shape.clone();
    let name = value.name.clone();
    let half = Value::new(DType::Float16, shape.clone(), Def::Const(narrow.into()), name.clone());
    let half = graph.add_value(half);
    let wide = graph.add_value(Value::new(DType::Float32, shape, Def::State, name.clone()));
    let node = Node {
        op: Op::Builtin(Builtin::Dequantize),
        inputs: vec![Some(half)],
        outputs: vec![wide],
        attrs: Attrs::new(),
        origin: vec![name],
    };
    graph.insert_node(0, node);
    Some(wide)
}

/// Turns each DEQUANTIZE of a float16 constant into a constant of float32.
pub(super) fn widen_all(graph: &mut Graph) {
    for id in graph.node_ids() {
        let Some(node) = graph.node(id).filter(|n| n.op.is(Builtin::Dequantize)) else { continue };
        let (Some(x), Some(y)) = (node.input(0), node.output(0)) else { continue };
        let half = graph.value(x).tensor().filter(|t| t.dtype() == DType::Float16).cloned();
        let Some(wide) = half.and_then(|t| Tensor::clone(&t).computed()) else { continue };
        let (shape, name) = (graph.value(y).shape.clone(), graph.value(y).name.clone());
        let new = graph.add_value(Value::new(DType::Float32, shape, Def::Const(wide.into()), name));
        graph.replace(y, new);
        graph.remove_if_dead(id);
    }
    graph.sweep();
}

fn narrowed(t: &Tensor) -> Option<Tensor> {
    let narrow = |x: f32| f16::from_f32(x.clamp(-f16::MAX.to_f32(), f16::MAX.to_f32()));
    let bytes: Vec<u8> = t.to_f32()?.into_iter().flat_map(|x| narrow(x).to_le_bytes()).collect();
    Tensor::new(DType::Float16, t.shape().to_vec(), bytes)
}

#[cfg(test)]
mod tests {
    use super::narrowed;
    use crate::ir::Tensor;

    #[test]
    fn what_is_too_large_stays_finite() {
        let t = Tensor::f32(&[4], &[1.0, -0.5, 1e9, f32::MIN_POSITIVE]).unwrap();
        let bytes = narrowed(&t).unwrap().bytes().unwrap();
        assert_eq!(&bytes[..], [0x00, 0x3c, 0x00, 0xb8, 0xff, 0x7b, 0x00, 0x00]);
    }
}
