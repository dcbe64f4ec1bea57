//! Tensors in messages: read whole, and the same again after being written.

use bytes::Bytes;
use floe_graph::{TensorId, TensorSource};
use floe_proto::Message;
use floe_proto::tensorflow::{AttrValue, GraphDef, NodeDef, TensorProto, attr_value::Value};
use floe_savedmodel::{Graph, to_proto};

/// The largest tensor that is put together: a splat may claim any size.
const MOST_BYTES: u64 = 1 << 16;

/// Reads the tensor message `data`, writes what it holds, and reads that.
///
/// # Panics
/// When a written tensor cannot be read, or is another one.
pub fn run(data: &[u8]) {
    let Ok(proto) = TensorProto::decode(Bytes::copy_from_slice(data)) else { return };
    let graph = constant(proto);
    let Ok(view) = (&graph).tensor(TensorId(0)) else { return };
    let Ok(Some(elements)) = view.shape.elements() else { return };
    if elements.saturating_mul(16) > MOST_BYTES {
        return;
    }
    let bytes = view.bytes(MOST_BYTES as usize);
    let Ok(written) = to_proto("c", &view, None) else { return };
    let again = constant(TensorProto::decode(&*written.encode_to_vec()).expect("it was encoded"));
    let second = (&again).tensor(TensorId(0)).expect("what was written can be read");
    assert_eq!((second.dtype, dims(&second)), (view.dtype, dims(&view)));
    match (bytes, second.bytes(MOST_BYTES as usize)) {
        (Ok(first), second) => assert_eq!(second.expect("what was written can be read"), first),
        (Err(_), _) => assert_eq!(strings(&second), strings(&view)),
    }
}

fn dims(view: &floe_graph::TensorView<'_>) -> Vec<i64> {
    view.shape.iter().collect()
}

fn strings(view: &floe_graph::TensorView<'_>) -> Option<Vec<Vec<u8>>> {
    let floe_graph::Payload::Strings(strings) = view.payload else { return None };
    strings.iter().map(|s| s.ok().map(<[u8]>::to_vec)).collect()
}

/// A graph with the one constant `proto`.
fn constant(proto: TensorProto) -> Graph {
    let mut node = NodeDef { name: "c".into(), op: "Const".into(), ..NodeDef::default() };
    let value = |value| AttrValue { value: Some(value) };
    node.attr.insert("dtype".into(), value(Value::Type(proto.dtype)));
    node.attr.insert("value".into(), value(Value::Tensor(Box::new(proto))));
    Graph::from_def(GraphDef { node: vec![node], ..GraphDef::default() }).expect("one node")
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_messages() {
        crate::smoke::smoke(super::run, "tensor_proto", |_| false);
    }
}
