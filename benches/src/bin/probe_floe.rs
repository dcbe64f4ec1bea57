//! Reads a `.tflite` by Floe, which checks the structure.
floe_benches::probe!(|data| {
    let model = floe_tflite::TfLite::parse(&data).ok()?;
    Some(floe_benches::contenders::all(&model))
});
