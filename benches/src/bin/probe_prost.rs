//! Reads a GraphDef by prost.
use floe_proto::Message;

floe_benches::probe!(|data| {
    let graph = floe_proto::tensorflow::GraphDef::decode(bytes::Bytes::from(data)).ok()?;
    Some(floe_benches::contenders::graph_all(&graph))
});
