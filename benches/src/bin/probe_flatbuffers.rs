//! Reads a `.tflite` by the crate `flatbuffers`, which checks the structure.
floe_benches::probe!(|data| {
    let model = floe_benches::flatbuffers::parse(&data).ok()?;
    Some(floe_benches::flatbuffers::all(model))
});
