//! A `.tflite` made anew: TensorFlow's own files, optimised and quantized, against what LiteRT gives for them.

use bytes::Bytes;
use floe_convert::{Array, Converted, Error, Options, Quantize, Samples, convert_tflite};
use floe_graph::DType;
use floe_micro::{Session, SessionOptions};
use floe_tests::npy;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A model of the corpus, as TensorFlow's converter wrote it.
struct Model {
    name: String,
    root: PathBuf,
    told: Value,
}

/// Numbers of one input or output, a sample after the other along the first axis.
struct Numbers {
    dtype: DType,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Numbers {
    fn read(path: &Path) -> Self {
        let (descr, shape, bytes) = npy::array(path);
        let dtype = match descr.as_str() {
            "<f4" => DType::Float32,
            "<i4" => DType::Int32,
            "<i8" => DType::Int64,
            "|u1" => DType::Uint8,
            other => panic!("dtype {other}"),
        };
        Self { dtype, shape, bytes }
    }

    fn sample(&self, k: usize) -> &[u8] {
        let n = self.bytes.len() / self.shape[0];
        &self.bytes[k * n..(k + 1) * n]
    }
}

fn models() -> Vec<Model> {
    let open = |root: PathBuf| {
        let text = std::fs::read_to_string(root.join("manifest.json")).unwrap();
        let name = root.file_name().unwrap().to_string_lossy().into_owned();
        Model { name, told: serde_json::from_str(&text).unwrap(), root }
    };
    let all = floe_tests::cases("model").into_iter().map(open);
    all.filter(|m| m.root.join("tflite/f32.tflite").is_file()).collect()
}

impl Model {
    fn file(&self, mode: &str) -> Bytes {
        std::fs::read(self.root.join(format!("tflite/{mode}.tflite"))).unwrap().into()
    }

    fn remade(&self, options: &Options) -> Converted {
        convert_tflite(&self.file("f32"), None, options, &mut |_, _| {})
            .unwrap_or_else(|e| panic!("{}: {e}", self.name))
    }

    /// The inputs that TensorFlow learnt its ranges from.
    fn samples(&self) -> Samples {
        let mut samples = Samples::default();
        for (name, told) in self.told["representative"].as_object().unwrap() {
            let Numbers { dtype, shape, bytes } = self.numbers(told);
            samples.append(name.clone(), Array { dtype, shape, data: bytes.into() }).unwrap();
        }
        samples
    }

    /// An input's numbers: bytes stand for real ones where a scale is told.
    fn numbers(&self, told: &Value) -> Numbers {
        let Numbers { mut dtype, shape, mut bytes } = self.npy(&told["file"]);
        if let Some(scale) = told["scale"].as_f64() {
            let offset = told["offset"].as_f64().unwrap();
            let number = |&b: &u8| ((f64::from(b) * scale + offset) as f32).to_le_bytes();
            bytes = bytes.iter().flat_map(number).collect();
            dtype = DType::Float32;
        }
        Numbers { dtype, shape, bytes }
    }

    fn npy(&self, file: &Value) -> Numbers {
        Numbers::read(&self.root.join(file.as_str().unwrap()))
    }

    /// The float outputs that LiteRT gives for the float model, and the inputs that it was given.
    fn golden(&self) -> (Vec<Numbers>, Vec<f32>) {
        let golden = &self.told["tflite"]["f32"]["goldens"][0];
        let side = |side: &str| -> Vec<Numbers> {
            golden[side].as_array().unwrap().iter().map(|t| self.npy(&t["file"])).collect()
        };
        let (inputs, outputs) = (side("inputs"), side("outputs"));
        let outputs: Vec<_> = outputs.iter().filter(|o| o.dtype == DType::Float32).collect();
        let count = inputs[0].shape[0];
        let of = |k: usize| outputs.iter().flat_map(move |o| reals(o.sample(k), o.dtype, None));
        (inputs, (0..count).flat_map(of).collect())
    }

    /// The representative inputs in the order of the file's, a batch of one each.
    fn seen(&self) -> Vec<Numbers> {
        let model = self.file("f32");
        let session = Session::new(&model, SessionOptions::default());
        let names: Vec<String> =
            session.unwrap().inputs().unwrap().iter().map(|p| p.name.clone()).collect();
        let one = |name: &String| {
            let tensor = name.trim_start_matches("serving_default_").trim_end_matches(":0");
            let mut numbers = self.numbers(&self.told["representative"][tensor]);
            numbers.shape.insert(1, 1);
            numbers
        };
        names.iter().map(one).collect()
    }

    /// The float outputs of `file` for up to 50 samples.
    fn run(&self, file: &[u8], inputs: &[Numbers]) -> Vec<f32> {
        let mut session = Session::new(file, SessionOptions::default()).unwrap();
        let mut out = Vec::new();
        for k in 0..inputs[0].shape[0].min(50) {
            session.reset_variables().unwrap();
            for (i, array) in inputs.iter().enumerate() {
                let dims: Vec<i32> = array.shape[1..].iter().map(|&d| d as i32).collect();
                session.resize_input(i, &dims).unwrap();
                let port = &session.inputs().unwrap()[i];
                let bytes = match (port.dtype, port.quant.and_then(|q| q.pair(0))) {
                    (DType::Int8 | DType::Int16, Some(q)) => {
                        integers(array.sample(k), port.dtype, q)
                    }
                    _ => array.sample(k).to_vec(),
                };
                session.set_input(i, &bytes).unwrap();
            }
            session.invoke().unwrap();
            for (i, port) in session.outputs().unwrap().into_iter().enumerate() {
                let quant = port.quant.and_then(|q| q.pair(0));
                if port.dtype == DType::Float32 || quant.is_some() {
                    out.extend(reals(session.output(i).unwrap().1, port.dtype, quant));
                }
            }
        }
        out
    }
}

/// The signal-to-noise ratio in dB of `got` against `want`.
fn sqnr(got: &[f32], want: &[f32]) -> f64 {
    assert_eq!(got.len(), want.len());
    let (mut signal, mut noise) = (1e-30, 1e-30);
    for (a, b) in got.iter().zip(want) {
        signal += f64::from(*b).powi(2);
        noise += (f64::from(*a) - f64::from(*b)).powi(2);
    }
    10.0 * (signal / noise).log10()
}

/// float32 numbers as a port of integers takes them.
fn integers(floats: &[u8], dtype: DType, (scale, zero): (f32, i64)) -> Vec<u8> {
    let each = floats.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
    let integer = each.map(|x| (x / scale).round() as i64 + zero);
    match dtype {
        DType::Int8 => integer.map(|n| n.clamp(-128, 127) as i8 as u8).collect(),
        _ => integer.flat_map(|n| (n.clamp(-32768, 32767) as i16).to_le_bytes()).collect(),
    }
}

/// The numbers that a port holds.
fn reals(bytes: &[u8], dtype: DType, quant: Option<(f32, i64)>) -> Vec<f32> {
    let (scale, zero) = quant.unwrap_or((1.0, 0));
    let real = |n: i64| (n - zero) as f32 * scale;
    match dtype {
        DType::Int8 => bytes.iter().map(|b| real(b.cast_signed().into())).collect(),
        DType::Int16 => {
            bytes.as_chunks::<2>().0.iter().map(|b| real(i16::from_le_bytes(*b).into())).collect()
        }
        _ => bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
    }
}

fn is_quantized(file: &[u8]) -> bool {
    let model = floe_tflite::TfLite::parse(file).unwrap();
    model.subgraphs().any(|g| g.tensors().any(|t| t.quant().is_some()))
}

fn verified(converted: &Converted) -> Vec<u8> {
    let file = converted.to_vec().unwrap();
    let faults = floe_tflite::verify::faults(&file, &floe_tflite::verify::Options::default());
    assert!(faults.is_empty(), "{faults:?}");
    file
}

fn quantize(mode: Quantize, samples: Samples) -> Options {
    let mut options = Options::default();
    options.quantize = mode;
    options.samples = samples;
    options
}

#[test]
fn tensorflows_files_become_no_larger_and_give_the_same_numbers() {
    for model in models() {
        let converted = model.remade(&Options::default());
        let file = verified(&converted);
        let ours: u32 = converted.report.ops.values().sum();
        let theirs = model.told["tflite"]["f32"]["ops"].as_object().unwrap();
        let theirs: u64 = theirs.values().map(|n| n.as_u64().unwrap()).sum();
        assert!(u64::from(ours) <= theirs, "{}: {ours} operators of {theirs}", model.name);
        assert!(file.len() <= model.file("f32").len(), "{}: {} bytes", model.name, file.len());
        let (inputs, want) = model.golden();
        let db = sqnr(&model.run(&file, &inputs), &want);
        assert!(db >= 100.0, "{}: {db:.1} dB", model.name);
        let again = convert_tflite(&file.clone().into(), None, &Options::default(), &mut |_, _| {});
        assert_eq!(verified(&again.unwrap()).len(), file.len(), "{}: once is enough", model.name);
    }
}

#[test]
fn tensorflows_files_quantize_as_well_as_tensorflow_does() {
    let modes = [
        (Quantize::Float16, "f16"),
        (Quantize::Dynamic, "dyn"),
        (Quantize::Int8, "int8"),
        (Quantize::Int16x8, "int16x8"),
    ];
    for model in models() {
        let inputs = model.seen();
        let want = model.run(&model.file("f32"), &inputs);
        for (mode, q) in modes {
            if model.told["tflite"][q]["converter"]["ok"] != true {
                continue;
            }
            let file = verified(&model.remade(&quantize(mode, model.samples())));
            let theirs = model.file(q);
            let db = |file: &[u8]| sqnr(&model.run(file, &inputs), &want);
            let (ours_db, theirs_db) = (db(&file), db(&theirs));
            // TensorFlow puts the states of an LSTM into integers too; here they stay float32.
            let ops = &model.told["tflite"]["f32"]["ops"];
            let recurrent = q == "int8" && ops["UNIDIRECTIONAL_SEQUENCE_LSTM"].is_u64();
            let less = if recurrent { 3.0 } else { 1.0 };
            assert!(
                ours_db >= theirs_db.min(90.0) - less,
                "{} {q}: {ours_db:.1} dB, TensorFlow's file {theirs_db:.1}",
                model.name
            );
            // Ports in float32 take two operators more.
            let most = theirs.len() * 21 / 20 + 512;
            assert!(
                recurrent || file.len() <= most,
                "{} {q}: {} of {most} bytes",
                model.name,
                file.len()
            );
        }
    }
}

#[test]
fn every_file_is_carried_or_refused_by_name() {
    let mut carried = 0;
    let folders = floe_tests::cases("op").into_iter().chain(floe_tests::cases("real"));
    for folder in folders {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|x| x != "tflite") {
                continue;
            }
            let file: Bytes = std::fs::read(&path).unwrap().into();
            match convert_tflite(&file, None, &Options::default(), &mut |_, _| {}) {
                Ok(converted) => {
                    verified(&converted);
                    carried += 1;
                }
                Err(Error::Unconvertible(problems)) => {
                    assert!(!problems[0].reason.is_empty(), "{}", path.display());
                }
                Err(Error::Graph(_)) => {
                    let options = floe_tflite::verify::Options::default();
                    let faults = floe_tflite::verify::faults(&file, &options);
                    assert!(!faults.is_empty(), "{}", path.display());
                }
                Err(e) => panic!("{}: {e}", path.display()),
            }
        }
    }
    assert!(carried > 200 || floe_tests::corpus().is_none(), "{carried}");
}

#[test]
fn what_is_quantized_already_is_refused() {
    for model in models() {
        for q in ["dyn", "int8"] {
            if model.told["tflite"][q]["converter"]["ok"] != true || !is_quantized(&model.file(q)) {
                continue;
            }
            let options = quantize(Quantize::Int8, model.samples());
            let e = convert_tflite(&model.file(q), None, &options, &mut |_, _| {}).unwrap_err();
            assert!(e.to_string().contains("already"), "{} {q}: {e}", model.name);
        }
    }
}

#[test]
fn half_precision_is_widened_before_it_is_quantized() {
    for model in models() {
        let options = quantize(Quantize::Int8, model.samples());
        let converted = convert_tflite(&model.file("f16"), None, &options, &mut |_, _| {}).unwrap();
        let float = model.remade(&options);
        let inputs = model.seen();
        // TensorFlow's own file in float32 is what both are measured by.
        let want = model.run(&model.file("f32"), &inputs);
        let db = |converted: &Converted| sqnr(&model.run(&verified(converted), &inputs), &want);
        let (half, whole) = (db(&converted), db(&float));
        // Rounding weights twice may fall either way: on a model at 22 dB, by 1 dB.
        assert!(half >= whole - 2.0, "{}: {half:.1} dB, from float32 {whole:.1}", model.name);
    }
}

#[test]
fn layers_stay_float_until_the_outputs_are_good_enough() {
    for model in models().into_iter().filter(|m| m.name.starts_with("mobilenet_v3")) {
        let mut options = quantize(Quantize::Int8, model.samples());
        options.tuning.target_sqnr = Some(38.0);
        let converted = model.remade(&options);
        assert!(!converted.report.warnings.is_empty());
        let inputs = model.seen();
        let want = model.run(&model.file("f32"), &inputs);
        let plain = verified(&model.remade(&quantize(Quantize::Int8, model.samples())));
        let db = |file: &[u8]| sqnr(&model.run(file, &inputs), &want);
        let (mixed, plain) = (db(&verified(&converted)), db(&plain));
        // Other samples than those that were measured differ a little.
        assert!(mixed >= 36.0 && mixed > plain + 2.0, "{mixed:.1} dB, in int8 {plain:.1}");
    }
}

#[test]
fn nothing_stays_float_where_nothing_may() {
    for model in models().into_iter().filter(|m| m.name == "multi_io") {
        let mut options = quantize(Quantize::Int8, model.samples());
        options.tuning.full_integer = true;
        let done = convert_tflite(&model.file("f32"), None, &options, &mut |_, _| {});
        let Err(Error::Unconvertible(problems)) = done else {
            panic!("it has no kernel for SQUARE")
        };
        assert!(problems.iter().any(|p| p.op == "SQUARE"), "{problems:?}");
    }
}

#[test]
fn dense_layers_have_one_scale_where_that_is_asked_for() {
    use floe_tflite::op::FULLY_CONNECTED;
    for model in models().into_iter().filter(|m| m.name == "digits" || m.name == "sine_mlp") {
        let mut options = quantize(Quantize::Int8, model.samples());
        let mut scales = |per_tensor| {
            options.tuning.per_tensor_dense = per_tensor;
            let file = verified(&model.remade(&options));
            let read = floe_tflite::TfLite::parse(&file).unwrap();
            let graph = read.subgraphs().next().unwrap();
            let dense = graph.operators().filter(|op| op.code().unwrap().code == FULLY_CONNECTED);
            let weights =
                dense.map(|op| graph.tensor(op.inputs().get(1).unwrap() as usize).unwrap());
            let counts: Vec<_> = weights.map(|w| w.quant().unwrap().scales.len()).collect();
            assert!(!counts.is_empty(), "{}", model.name);
            counts
        };
        assert!(scales(true).iter().all(|&n| n == 1), "{}", model.name);
        assert!(scales(false).iter().any(|&n| n > 1), "{}", model.name);
    }
}

/// A dense layer between two FAKE_QUANT.
fn trained() -> Vec<u8> {
    use floe_tflite::build::{ModelBuilder, OpSpec, TensorSpec};
    use floe_tflite::fields::fake_quant_options::{MAX, MIN, NUM_BITS};
    use floe_tflite::op::{FAKE_QUANT, FULLY_CONNECTED};
    use floe_tflite::owned::Object;
    use floe_tflite::schema::TableId;
    let mut b = ModelBuilder::new();
    let g = b.add_subgraph("main");
    let floats = |x: &[f32]| x.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let weights = b.add_buffer(floats(&[1.0, -0.5, 0.25, 0.5]));
    let tensor = |b: &mut ModelBuilder<'static>, name: &'static str, shape: &[i32], buffer| {
        b.add_tensor(g, TensorSpec::new(name, DType::Float32, shape).with_buffer(buffer))
    };
    let x = tensor(&mut b, "x", &[1, 2], 0);
    let xq = tensor(&mut b, "xq", &[1, 2], 0);
    let w = tensor(&mut b, "w", &[2, 2], weights);
    let y = tensor(&mut b, "y", &[1, 2], 0);
    let yq = tensor(&mut b, "yq", &[1, 2], 0);
    let fake = |low: f32, high: f32| {
        Object::new(TableId::FAKE_QUANT_OPTIONS).with(MIN, low).with(MAX, high).with(NUM_BITS, 8)
    };
    b.add_op(g, OpSpec::new(FAKE_QUANT, &[x], &[xq]).with_options(fake(-1.0, 1.55)));
    let dense = Object::new(TableId::FULLY_CONNECTED_OPTIONS);
    b.add_op(g, OpSpec::new(FULLY_CONNECTED, &[xq, w, -1], &[y]).with_options(dense));
    b.add_op(g, OpSpec::new(FAKE_QUANT, &[y], &[yq]).with_options(fake(-2.0, 3.1)));
    b.set_ports(g, &[x], &[yq]);
    floe_tflite::encode(&b.finish()).unwrap()
}

#[test]
fn a_model_that_was_trained_for_integers_needs_no_data() {
    let mut options = quantize(Quantize::Int8, Samples::default());
    options.ports = Some(DType::Int8);
    let done = convert_tflite(&trained().into(), None, &options, &mut |_, _| {}).unwrap();
    verified(&done);
    assert_eq!(done.report.ops.keys().collect::<Vec<_>>(), ["FULLY_CONNECTED"]);
    let (x, y) = (&done.report.inputs[0], &done.report.outputs[0]);
    // Its ranges in 255 steps: 2.55 and 5.1, which begin at -1 and -2.
    assert_eq!((x.scale[0], x.zero_point[0], y.scale[0], y.zero_point[0]), (0.01, -28, 0.02, -28));
}
