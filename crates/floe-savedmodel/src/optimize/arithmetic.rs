//! Takes out additions of zero and multiplications by one.
//!
//! Only a scalar constant counts: a larger one may give the result its shape.

use super::Work;
use crate::tensor::Held;
use floe_proto::tensorflow::{NodeDef, attr_value::Value};
use std::collections::HashMap;

/// The op, the input that may be neutral, and the number that is.
const NEUTRAL: &[(&str, usize, f64)] = &[
    ("Add", 0, 0.0),
    ("Add", 1, 0.0),
    ("AddV2", 0, 0.0),
    ("AddV2", 1, 0.0),
    ("Sub", 1, 0.0),
    ("Mul", 0, 1.0),
    ("Mul", 1, 1.0),
    ("RealDiv", 1, 1.0),
];

pub(super) fn run(work: &mut Work<'_>) -> usize {
    let nodes = &work.graph.node;
    let constants: HashMap<&str, f64> =
        nodes.iter().filter_map(|n| Some((n.name.as_str(), scalar(n)?))).collect();
    let waited_for = work.waited_for();
    let mut instead = HashMap::new();
    for node in nodes {
        let [a, b] = node.input.as_slice() else { continue };
        if work.keep.contains(node.name.as_str()) || waited_for.contains(&node.name) {
            continue;
        }
        let rules = NEUTRAL.iter().filter(|(op, ..)| *op == node.op);
        for &(_, at, number) in rules {
            let (neutral, other) = if at == 0 { (a, b) } else { (b, a) };
            if constants.get(neutral.as_str()) == Some(&number) && !other.starts_with('^') {
                instead.insert(node.name.clone(), other.clone());
                break;
            }
        }
    }
    work.redirect(&instead)
}

/// The value of a scalar constant of a real dtype.
fn scalar(node: &NodeDef) -> Option<f64> {
    if node.op != "Const" || !node.input.is_empty() {
        return None;
    }
    let Value::Tensor(proto) = node.attr.get("value")?.value.as_ref()? else { return None };
    let held = Held::new(proto).ok()?;
    let view = held.view();
    if view.shape.rank() != Some(0) {
        return None;
    }
    let bytes = view.bytes(8).ok()?;
    match view.dtype {
        floe_graph::DType::Float32 => Some(f32::from_le_bytes((*bytes).try_into().ok()?).into()),
        floe_graph::DType::Float64 => Some(f64::from_le_bytes((*bytes).try_into().ok()?)),
        floe_graph::DType::Int32 => Some(i32::from_le_bytes((*bytes).try_into().ok()?).into()),
        _ => None,
    }
}
