//! The converter: cases and models whose results TensorFlow computed.

use bytes::Bytes;
use floe_convert::{Converted, Error, Options, Quantize, Samples, Signature, Source, convert};
use floe_graph::{DType, TensorSource};
use floe_micro::{Kind, Session, SessionOptions};
use floe_proto::tensorflow::GraphDef;
use floe_savedmodel::{FreezeOptions, SavedModel};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A tensor as little-endian bytes.
#[derive(Clone, Debug)]
struct Array {
    dtype: DType,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Array {
    /// From `DTYPE SHAPE = NUMBERS`.
    fn parse(text: &str) -> Self {
        let (kind, numbers) = text.split_once(" =").unwrap();
        let (dtype, dims) = kind.split_once(' ').unwrap();
        let dtype = DType::from_name(dtype).unwrap();
        let shape = dims.split(',').filter(|d| *d != "-").map(|d| d.parse().unwrap()).collect();
        let mut bytes = Vec::new();
        for n in numbers.split_whitespace() {
            match dtype {
                DType::Float32 => bytes.extend(n.parse::<f32>().unwrap().to_le_bytes()),
                DType::Float64 => bytes.extend(n.parse::<f64>().unwrap().to_le_bytes()),
                DType::Int32 => bytes.extend(n.parse::<i32>().unwrap().to_le_bytes()),
                DType::Int64 => bytes.extend(n.parse::<i64>().unwrap().to_le_bytes()),
                DType::Bool => bytes.push(n.parse().unwrap()),
                other => panic!("no numbers of {other}"),
            }
        }
        Self { dtype, shape, bytes }
    }

    /// From an `.npy` file of format 1.0 in C order.
    fn npy(path: &Path) -> Self {
        let (descr, shape, bytes) = floe_tests::npy::array(path);
        let dtype = match descr.as_str() {
            "<f4" => DType::Float32,
            "<i4" => DType::Int32,
            "<i8" => DType::Int64,
            "|b1" => DType::Bool,
            "|u1" => DType::Uint8,
            other => panic!("dtype {other}"),
        };
        Self { dtype, shape, bytes }
    }

    /// Sample `k` along the first dimension, which stays, of length 1.
    fn sample(&self, k: usize) -> Self {
        let n = self.bytes.len() / self.shape[0];
        let mut shape = self.shape.clone();
        shape[0] = 1;
        Self { dtype: self.dtype, shape, bytes: self.bytes[k * n..(k + 1) * n].to_vec() }
    }

    /// Bytes as the float32 numbers that they stand for.
    fn scaled(&self, scale: f64, offset: f64) -> Self {
        assert_eq!(self.dtype, DType::Uint8);
        let number = |&b: &u8| ((f64::from(b) * scale + offset) as f32).to_le_bytes();
        let bytes = self.bytes.iter().flat_map(number).collect();
        Self { dtype: DType::Float32, shape: self.shape.clone(), bytes }
    }

    fn floats(&self) -> Vec<f32> {
        if self.dtype == DType::Float64 {
            let wide = self.bytes.as_chunks::<8>().0.iter();
            return wide.map(|b| f64::from_le_bytes(*b) as f32).collect();
        }
        self.bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
    }

    /// What differs from `want` by more than `tolerance`, absolute and relative.
    fn differs(&self, want: &Self, tolerance: f32) -> Option<String> {
        if self.shape != want.shape {
            return Some(format!("shape {:?}, expected {:?}", self.shape, want.shape));
        }
        if self.dtype != want.dtype {
            return Some(format!("{}, expected {}", self.dtype, want.dtype));
        }
        if !want.dtype.is_float() {
            return (self.bytes != want.bytes).then(|| "numbers differ".into());
        }
        let pairs = self.floats().into_iter().zip(want.floats());
        let wrong = pairs.enumerate().find(|(_, (a, b))| {
            let same = a == b || a.is_nan() && b.is_nan();
            let close = same || (a - b).abs() <= tolerance + tolerance * b.abs();
            !close
        });
        wrong.map(|(i, (a, b))| format!("element {i} is {a}, expected {b}"))
    }
}

/// Why a model was not run.
#[derive(Debug)]
enum NotRun {
    /// The interpreter has no such operator yet.
    NoKernel,
    Failed(String),
}

/// Runs a file on named inputs.
fn run(file: &[u8], inputs: &BTreeMap<String, Array>) -> Result<Vec<(String, Array)>, NotRun> {
    let failed = |e: floe_micro::Error| match e.kind {
        Kind::Op | Kind::Version | Kind::Type => NotRun::NoKernel,
        _ => NotRun::Failed(e.to_string()),
    };
    let mut options = SessionOptions::default();
    options.signature = Some("serving_default".into());
    let mut session = Session::new(file, options).map_err(failed)?;
    let ports = session.inputs().map_err(failed)?;
    for (i, port) in ports.iter().enumerate() {
        let array = &inputs[&port.name];
        let dims: Vec<i32> = array.shape.iter().map(|&d| d as i32).collect();
        if port.signature.contains(&-1) {
            session.resize_input(i, &dims).map_err(failed)?;
        }
        session.set_input(i, &array.bytes).map_err(failed)?;
    }
    session.invoke().map_err(failed)?;
    let ports = session.outputs().map_err(failed)?;
    let mut out = Vec::new();
    for (i, port) in ports.iter().enumerate() {
        let (shape, bytes) = session.output(i).map_err(failed)?;
        let shape = shape.dims().iter().map(|&d| d as usize).collect();
        let array = Array { dtype: port.dtype, shape, bytes: bytes.to_vec() };
        out.push((port.name.clone(), array));
    }
    Ok(out)
}

fn verified(converted: &Converted) -> Vec<u8> {
    let file = converted.to_vec().unwrap();
    let faults = floe_tflite::verify::faults(&file, &floe_tflite::verify::Options::default());
    assert!(faults.is_empty(), "{faults:?}");
    file
}

/// One case: a graph, what goes in, and what TensorFlow gives.
struct Case {
    graph: GraphDef,
    inputs: BTreeMap<String, Array>,
    outputs: Vec<(String, Array)>,
    tolerance: f32,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let model = SavedModel::parse(Bytes::from(text.clone()), path).unwrap();
        let graph = model.graphs()[0].def().clone();
        let mut case = Self { graph, inputs: BTreeMap::new(), outputs: Vec::new(), tolerance: 0.0 };
        for line in text.lines().take_while(|l| l.starts_with('#')) {
            let (kind, rest) = line[2..].split_once(' ').unwrap();
            match kind {
                "tolerance" => case.tolerance = rest.parse().unwrap(),
                _ => {
                    let (name, array) = rest.split_once(' ').unwrap();
                    let (name, array) = (name.to_owned(), Array::parse(array));
                    if kind == "in" {
                        case.inputs.insert(name, array);
                    } else {
                        case.outputs.push((name, array));
                    }
                }
            }
        }
        case
    }

    fn convert(&self) -> Result<Converted, Error> {
        let inputs: Vec<(String, String)> =
            self.inputs.keys().map(|n| (n.clone(), format!("{n}:0"))).collect();
        let outputs: Vec<(String, String)> =
            (0..).zip(&self.outputs).map(|(i, (t, _))| (format!("o{i:02}"), t.clone())).collect();
        let signatures = [Signature { key: "serving_default".into(), inputs, outputs }];
        let source = Source { graph: &self.graph, signatures: &signatures, init: &[], files: &[] };
        convert(&source, &Options::default())
    }
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/convert");
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|x| x == "pbtxt"))
        .collect();
    all.sort();
    all
}

#[test]
fn every_case_converts_to_a_file_that_gives_tensorflows_numbers() {
    let (mut ran, mut wrong) = (0, Vec::new());
    let all = cases();
    for path in &all {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let case = Case::read(path);
        let converted = match case.convert() {
            Ok(c) => c,
            Err(e) => {
                wrong.push(format!("{name}: {e}"));
                continue;
            }
        };
        let file = verified(&converted);
        match run(&file, &case.inputs) {
            Err(NotRun::NoKernel) => continue,
            Err(NotRun::Failed(e)) => wrong.push(format!("{name}: {e}")),
            Ok(got) => {
                for ((_, want), (port, got)) in case.outputs.iter().zip(&got) {
                    if let Some(d) = got.differs(want, case.tolerance) {
                        wrong.push(format!("{name} {port}: {d}"));
                    }
                }
            }
        }
        ran += 1;
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
    assert!(ran >= all.len() * 9 / 10, "only {ran} of {} cases ran", all.len());
}

#[test]
fn the_same_graph_gives_the_same_bytes() {
    for path in cases().iter().step_by(7) {
        let case = Case::read(path);
        let (a, b) = (case.convert().unwrap(), case.convert().unwrap());
        assert_eq!(a.to_vec().unwrap(), b.to_vec().unwrap(), "{}", path.display());
    }
}

#[test]
fn the_report_says_what_became_what_and_how_far_it_is() {
    let model = Model::open(floe_tests::fixtures().join("digits"));
    let mut options = Options::default();
    options.compare = true;
    let report = model.convert_with(&options).report;
    let made: Vec<&str> = report.made.iter().map(|m| m.op.as_str()).collect();
    assert!(made.contains(&"FULLY_CONNECTED"), "{made:?}");
    assert!(report.made.iter().any(|m| m.nodes.len() > 1 && m.bytes > 0));
    assert!(report.differences.len() > 1);
    assert!(report.differences.iter().all(|d| d.sqnr > 90.0), "{:?}", report.differences);
}

/// A model of the corpus: its frozen graph, and TensorFlow's file of the same model.
struct Model {
    name: String,
    root: PathBuf,
    manifest: serde_json::Value,
    frozen: floe_savedmodel::Frozen,
}

fn models() -> Vec<Model> {
    floe_tests::cases("model").into_iter().map(Model::open).collect()
}

impl Model {
    fn open(root: PathBuf) -> Self {
        let text = std::fs::read_to_string(root.join("manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        let saved = SavedModel::open(root.join(manifest["saved_model"].as_str().unwrap())).unwrap();
        let variables =
            saved.variables_prefix().map(|p| floe_checkpoint::Checkpoint::open(p).unwrap());
        let reader = variables.as_ref();
        let source = reader.as_ref().map(|r| r as &dyn TensorSource<'_>);
        let frozen = saved.freeze(source, &FreezeOptions::default()).unwrap();
        let name = root.file_name().unwrap().to_string_lossy().into_owned();
        Self { name, root, manifest, frozen }
    }

    fn convert(&self, quantize: Quantize) -> Converted {
        let mut options = Options::default();
        options.quantize = quantize;
        if matches!(quantize, Quantize::Int8 | Quantize::Int16x8) {
            options.samples = self.samples();
        }
        self.convert_with(&options)
    }

    fn convert_with(&self, options: &Options) -> Converted {
        let ports = |p: &[floe_savedmodel::FrozenPort]| -> Vec<(String, String)> {
            p.iter().map(|p| (p.name.clone(), p.tensor.clone())).collect()
        };
        let (inputs, outputs) = (ports(&self.frozen.inputs), ports(&self.frozen.outputs));
        let signatures = [Signature { key: "serving_default".into(), inputs, outputs }];
        let init = &self.frozen.init;
        let source =
            Source { graph: &self.frozen.graph, signatures: &signatures, init, files: &[] };
        convert(&source, options).unwrap_or_else(|e| panic!("{}: {e}", self.name))
    }

    /// The inputs that TensorFlow learnt its ranges from.
    fn samples(&self) -> Samples {
        let mut samples = Samples::default();
        for (name, told) in self.manifest["representative"].as_object().unwrap() {
            let array = Array::npy(&self.root.join(told["file"].as_str().unwrap()));
            let array = match told["scale"].as_f64() {
                Some(scale) => array.scaled(scale, told["offset"].as_f64().unwrap()),
                None => array,
            };
            let Array { dtype, shape, bytes } = array;
            let array = floe_convert::Array { dtype, shape, data: bytes.into() };
            samples.append(name.clone(), array).unwrap();
        }
        samples
    }

    /// The signal-to-noise ratio in dB of the float outputs against TensorFlow's.
    fn sqnr(&self, file: &[u8]) -> Result<f64, NotRun> {
        let golden = &self.manifest["goldens"][0];
        let side = |side: &str| -> BTreeMap<String, Array> {
            let all = golden[side].as_object().unwrap();
            let read =
                |t: &serde_json::Value| Array::npy(&self.root.join(t["file"].as_str().unwrap()));
            all.iter().map(|(n, t)| (n.clone(), read(t))).collect()
        };
        let (inputs, want) = (side("inputs"), side("outputs"));
        let (mut signal, mut noise) = (1e-30, 1e-30);
        for k in 0..inputs.values().next().unwrap().shape[0] {
            let sample = inputs.iter().map(|(n, a)| (n.clone(), a.sample(k))).collect();
            for (name, got) in run(file, &sample)? {
                let want = want[&name].sample(k);
                if want.dtype != DType::Float32 {
                    assert_eq!(got.bytes, want.bytes, "{} {name}", self.name);
                    continue;
                }
                for (a, b) in got.floats().into_iter().zip(want.floats()) {
                    signal += f64::from(b).powi(2);
                    noise += (f64::from(a) - f64::from(b)).powi(2);
                }
            }
        }
        Ok(10.0 * (signal / noise).log10())
    }

    /// TensorFlow's file in mode `q`.
    fn peer(&self, q: &str) -> &serde_json::Value {
        &self.manifest["tflite"][q]
    }
}

#[test]
fn models_convert_to_no_more_than_tensorflow_writes() {
    for model in models() {
        let converted = model.convert(Quantize::None);
        let file = verified(&converted);
        let peer = model.peer("f32");
        let ours: u32 = converted.report.ops.values().sum();
        if let Some(ops) = peer["ops"].as_object() {
            let theirs: u64 = ops.values().map(|n| n.as_u64().unwrap()).sum();
            assert!(u64::from(ours) <= theirs, "{}: {ours} operators, not {theirs}", model.name);
        }
        match model.sqnr(&file) {
            Ok(db) => assert!(db >= 90.0, "{}: {db:.1} dB", model.name),
            Err(NotRun::NoKernel) => {}
            Err(NotRun::Failed(e)) => panic!("{}: {e}", model.name),
        }
    }
}

#[test]
fn quantized_models_lose_no_more_than_tensorflows() {
    let modes = [
        (Quantize::Float16, "f16"),
        (Quantize::Dynamic, "dyn"),
        (Quantize::Int8, "int8"),
        (Quantize::Int16x8, "int16x8"),
    ];
    for model in models() {
        for (mode, q) in modes {
            let peer = model.peer(q);
            let Some(theirs) = peer["accuracy_vs_tf_float"]["sqnr_db"].as_f64() else { continue };
            let file = verified(&model.convert(mode));
            match model.sqnr(&file) {
                // A few samples stand here for the whole set that the peer's figure is of.
                Ok(db) => assert!(
                    db >= theirs.min(90.0) - 6.0,
                    "{} {q}: {db:.1} dB, not {theirs}",
                    model.name
                ),
                Err(NotRun::NoKernel) => {}
                Err(NotRun::Failed(e)) => panic!("{} {q}: {e}", model.name),
            }
        }
    }
}

/// The fixture's digits, in the numbers that a microcontroller has: right as often as TensorFlow's own
/// int8 file, and no larger.
#[test]
fn digits_in_integers_are_as_often_right() {
    let model = Model::open(floe_tests::fixtures().join("digits"));
    let images = Array::npy(&model.root.join("data/test.x.npy"));
    let labels = Array::npy(&model.root.join("data/test.labels.npy")).bytes;
    for (mode, largest) in [(Quantize::Int8, 1.0), (Quantize::Int16x8, 1.2)] {
        let file = verified(&model.convert(mode));
        let peer = model.peer("int8");
        assert!(
            file.len() as f64 <= peer["size"].as_f64().unwrap() * largest,
            "{} bytes",
            file.len()
        );
        let right = labels.iter().enumerate().filter(|&(k, &label)| {
            let sample = BTreeMap::from([("x".to_owned(), images.sample(k))]);
            let scores = run(&file, &sample).unwrap()[0].1.floats();
            let best = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
            best == Some(label.into())
        });
        let share = right.count() as f64 / labels.len() as f64;
        assert!(share >= peer["accuracy"].as_f64().unwrap(), "{mode:?}: {share}");
    }
}

#[test]
fn keras_recurrent_layers_become_one_operator() {
    let want = BTreeMap::from([
        ("bilstm_static_batch", 2),
        ("k2_bilstm_fused", 2),
        ("k2_lstm_fused", 1),
        ("lstm_dynamic_batch", 1),
        ("lstm_static_batch", 1),
    ]);
    for model in models() {
        let Some(&n) = want.get(model.name.as_str()) else { continue };
        let ops = model.convert(Quantize::None).report.ops;
        assert_eq!(ops.get("UNIDIRECTIONAL_SEQUENCE_LSTM"), Some(&n), "{}: {ops:?}", model.name);
        assert_eq!(ops.get("WHILE"), None, "{}", model.name);
        let mut options = Options::default();
        options.open_batch = true;
        let ops = model.convert_with(&options).report.ops;
        if model.name == "lstm_dynamic_batch" {
            assert_eq!(ops.get("WHILE"), Some(&1), "{ops:?}");
        }
    }
}
