//! The interpreter against LiteRT's reference kernels, over the goldens of the corpus: integers to the
//! bit, floats within each golden's tolerance.
//!
//! A case is one `.tflite` file of `op/`, `model/` or `real/`; its manifest names inputs and outputs whose
//! first axis counts invocations of one interpreter. `MICRO_ONLY` picks cases by a part of their name.
//! What cannot pass is listed in `cases/micro/not-run.txt` with its reason; a listed case that passes
//! fails the test.

use base64::{Engine, engine::general_purpose::STANDARD};
use floe_graph::DType;
use floe_micro::{Interpreter, Kind, Numerics, Session, SessionOptions, kernels};
use floe_tests::{cases, npy};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What became of one file.
enum Outcome {
    Passed,
    /// An op that there is no kernel for.
    NoOp(u32),
    Failed(String),
}

#[test]
fn goldens_are_reproduced() {
    let only = std::env::var("MICRO_ONLY").unwrap_or_default();
    let expected = not_run();
    let (mut passed, mut missing, mut wrong) = (0, BTreeMap::new(), Vec::new());
    for kind in ["op", "model", "real"] {
        for case in cases(kind) {
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            let manifest = std::fs::read(case.join("manifest.json")).unwrap();
            let manifest: Value = serde_json::from_slice(&manifest).unwrap();
            for (quant, entry) in manifest["tflite"].as_object().into_iter().flatten() {
                let label = format!("{kind}/{name}:{quant}");
                if !label.contains(&only) {
                    continue;
                }
                match (run(&case, entry), expected.contains_key(label.as_str())) {
                    (Some(Outcome::Passed), false) => passed += 1,
                    (Some(Outcome::Passed), true) => {
                        wrong.push(format!("{label} passes: take it off the list"));
                    }
                    (Some(Outcome::NoOp(code)), _) => {
                        let op = floe_tflite::schema::op_name(code as i32).unwrap_or("?");
                        missing.entry(op).or_insert_with(Vec::new).push(label);
                    }
                    (Some(Outcome::Failed(why)), false) => wrong.push(format!("{label}: {why}")),
                    (Some(Outcome::Failed(_)), true) | (None, _) => {}
                }
            }
        }
    }
    for (op, labels) in &missing {
        println!("no kernel for {op}: {}", labels.join(" "));
    }
    println!(
        "{passed} passed, {} failed, {} without a kernel",
        wrong.len(),
        missing.values().map(Vec::len).sum::<usize>()
    );
    assert!(wrong.is_empty(), "{} fail:\n{}", wrong.len(), wrong.join("\n"));
}

/// Models of the corpus, and FNV-1a hashes of what TensorFlow Lite Micro's reference kernels make of them on a
/// Cortex-M4 and on x86-64.
const TFLM_HASHES: [(&str, u32); 3] = [
    ("tflm.examples_hello_world_models_hello_world_int8", 2_215_350_796),
    ("tflm.examples_micro_speech_models_micro_speech_quantized", 2_347_328_853),
    ("tflm.models_person_detect", 1_683_011_229),
];

#[test]
fn tensorflow_lite_micro_is_reproduced() {
    let cases = cases("real");
    let mut held = 0;
    for (name, hash) in TFLM_HASHES {
        let Some(case) = cases.iter().find(|c| c.ends_with(name)) else { continue };
        let bytes = std::fs::read(case.join("model.tflite")).unwrap();
        let mut options = SessionOptions::default();
        options.numerics = Numerics::Tflm;
        let mut session = Session::new(&bytes, options).unwrap();
        // The inputs' bytes are the high bytes of a linear congruential generator's numbers.
        let mut state = 1u32;
        for (i, port) in session.inputs().unwrap().iter().enumerate() {
            assert_eq!(port.dtype, DType::Int8);
            let input: Vec<u8> = std::iter::repeat_with(|| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .take(port.shape.len())
            .collect();
            session.set_input(i, &input).unwrap();
        }
        session.invoke().unwrap();
        let (_, output) = session.output(0).unwrap();
        let got = output.iter().fold(2_166_136_261u32, |hash, &byte| {
            (hash ^ u32::from(byte)).wrapping_mul(16_777_619)
        });
        assert_eq!(got, hash, "{name}");
        held += 1;
    }
    assert!(cases.is_empty() || held > 0, "the corpus holds none of these models");
}

/// The cases that are known not to pass, and why.
fn not_run() -> BTreeMap<&'static str, &'static str> {
    include_str!("../cases/micro/not-run.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').expect("a case and a reason"))
        .collect()
}

/// Runs all goldens of one file; `None` when it has none.
fn run(case: &Path, entry: &Value) -> Option<Outcome> {
    let goldens = entry["goldens"].as_array()?;
    if !entry["golden_suspect"].is_null() || goldens.is_empty() {
        return None;
    }
    let bytes = std::fs::read(case.join(entry["file"].as_str()?)).ok()?;
    for (i, golden) in goldens.iter().enumerate() {
        match run_golden(case, &bytes, entry, golden) {
            Ok(()) => {}
            Err(Outcome::Failed(why)) => return Some(Outcome::Failed(format!("#{i} {why}"))),
            Err(outcome) => return Some(outcome),
        }
    }
    Some(Outcome::Passed)
}

fn run_golden(case: &Path, bytes: &[u8], entry: &Value, golden: &Value) -> Result<(), Outcome> {
    let failed = |e: floe_micro::Error| match e.kind {
        Kind::Op => Outcome::NoOp(e.at),
        _ => Outcome::Failed(e.to_string()),
    };
    let mut options = SessionOptions::default();
    options.signature = golden["signature"].as_str().map(str::to_owned);
    let mut session = Session::new(bytes, options).map_err(failed)?;
    let list = |key: &str| golden[key].as_array().cloned().unwrap_or_default();
    let load = |t: &Value| Tensor::load(case, t);
    let inputs: Vec<_> = list("inputs").iter().map(load).collect();
    let wanted: Vec<_> = list("outputs").iter().map(load).collect();
    let samples = golden["samples"].as_u64().unwrap_or(1) as usize;
    for sample in 0..samples {
        for (i, input) in inputs.iter().enumerate() {
            session.resize_input(i, input.shape.get(1..).unwrap_or_default()).map_err(failed)?;
            session.set_input(i, &input.sample(sample, samples)).map_err(failed)?;
        }
        if golden["reset_variables"].as_bool() == Some(true) {
            session.reset_variables().map_err(failed)?;
        }
        session.invoke().map_err(failed)?;
        for (i, want) in wanted.iter().enumerate() {
            let dtype = session.outputs().map_err(failed)?[i].dtype;
            let (shape, got) = session.output(i).map_err(failed)?;
            let place = |why: String| Outcome::Failed(format!("sample {sample} output {i}: {why}"));
            if shape.dims() != want.shape.get(1..).unwrap_or_default() {
                return Err(place(format!("shape {shape:?}, expected {:?}", &want.shape[1..])));
            }
            let mut tolerance = entry["tolerance"][i].clone();
            if golden["resolver"].as_str().is_some_and(|r| r != "BUILTIN_REF") {
                // The optimised kernels round otherwise.
                tolerance["aim"] = tolerance["atol"].clone();
            }
            want.compare(dtype, got, sample, samples, &tolerance).map_err(place)?;
        }
    }
    Ok(())
}

/// A golden tensor: samples × elements, or strings.
struct Tensor {
    shape: Vec<i32>,
    data: Vec<u8>,
    strings: Vec<Vec<u8>>,
}

impl Tensor {
    fn load(case: &Path, t: &Value) -> Self {
        let path = case.join(t["file"].as_str().unwrap());
        let shape = t["shape"].as_array().into_iter().flatten();
        let shape = shape.map(|d| d.as_i64().unwrap() as i32).collect();
        if path.extension().is_some_and(|e| e == "json") {
            let json: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            let values = json["values_b64"].as_array().or(json.as_array()).unwrap().iter();
            let strings = values.map(|v| STANDARD.decode(v.as_str().unwrap()).unwrap()).collect();
            return Self { shape, data: Vec::new(), strings };
        }
        let (_, data) = npy::read(&path);
        Self { shape, data, strings: Vec::new() }
    }

    /// One sample's bytes, as the model takes them.
    fn sample(&self, sample: usize, samples: usize) -> Vec<u8> {
        if self.strings.is_empty() {
            let size = self.data.len() / samples.max(1);
            return self.data[sample * size..(sample + 1) * size].to_vec();
        }
        let count = self.strings.len() / samples.max(1);
        let strings = &self.strings[sample * count..(sample + 1) * count];
        let mut at = 4 * (count as u32 + 2);
        let mut table = (count as u32).to_le_bytes().to_vec();
        table.extend(at.to_le_bytes());
        for s in strings {
            at += s.len() as u32;
            table.extend(at.to_le_bytes());
        }
        table.extend(strings.concat());
        table
    }

    fn compare(
        &self,
        dtype: DType,
        got: &[u8],
        sample: usize,
        samples: usize,
        tolerance: &Value,
    ) -> Result<(), String> {
        let want = self.sample(sample, samples);
        if !matches!(dtype, DType::Float32 | DType::Complex64 | DType::Float64 | DType::Float16) {
            let got =
                if self.strings.is_empty() { got } else { got.get(..want.len()).unwrap_or(got) };
            return compare_integers(
                dtype,
                got,
                &want,
                tolerance["aim"].as_f64().unwrap_or(0.0) as i64,
            );
        }
        let read = |b: &[u8]| -> Vec<f64> {
            match dtype {
                DType::Float64 => {
                    b.chunks_exact(8).map(|c| f64::from_le_bytes(c.try_into().unwrap())).collect()
                }
                DType::Float16 => b
                    .chunks_exact(2)
                    .map(|c| {
                        floe_micro::num::float::from_f16(u16::from_le_bytes(c.try_into().unwrap()))
                            .into()
                    })
                    .collect(),
                _ => b
                    .chunks_exact(4)
                    .map(|c| f32::from_le_bytes(c.try_into().unwrap()).into())
                    .collect(),
            }
        };
        let (got, want) = (read(got), read(&want));
        let number = |key: &str, default| tolerance[key].as_f64().unwrap_or(default);
        let atol = number("aim", number("atol", 1e-5));
        let rtol = number("rtol", 0.0);
        let off = |g: f64, w: f64| {
            let same = g == w || (g.is_nan() && w.is_nan());
            if same {
                0.0
            } else {
                ((g - w).abs() - atol - rtol * w.abs()).max(if g.is_nan() != w.is_nan() {
                    f64::INFINITY
                } else {
                    0.0
                })
            }
        };
        let bad: Vec<_> = got.iter().zip(&want).filter(|(g, w)| off(**g, **w) > 0.0).collect();
        match bad.first() {
            None if got.len() == want.len() => Ok(()),
            first => Err(format!(
                "{} of {} differ (atol {atol:e} rtol {rtol:e}), {} given, first {first:?}",
                bad.len(),
                want.len(),
                got.len()
            )),
        }
    }
}

/// That integers differ by no more than `aim`: 0 wherever the golden is the reference's.
fn compare_integers(dtype: DType, got: &[u8], want: &[u8], aim: i64) -> Result<(), String> {
    let width = if dtype == DType::String { 1 } else { dtype.bytes().unwrap_or(1) };
    let number = |b: &[u8]| -> i64 {
        let negative = matches!(dtype, DType::Int8 | DType::Int16 | DType::Int32)
            && b.last().is_some_and(|&b| b >= 128);
        let mut wide = [if negative { 255 } else { 0 }; 8];
        wide[..b.len().min(8)].copy_from_slice(&b[..b.len().min(8)]);
        i64::from_le_bytes(wide)
    };
    let pairs = got.chunks_exact(width).zip(want.chunks_exact(width));
    let pairs = pairs.map(|(g, w)| (number(g), number(w)));
    let bad: Vec<_> = pairs.enumerate().filter(|(_, (g, w))| g.abs_diff(*w) > aim as u64).collect();
    if bad.is_empty() && got.len() == want.len() {
        return Ok(());
    }
    let (all, given) = (want.len() / width, got.len() / width);
    Err(format!("{} of {all} differ ({given} given), first {:?}", bad.len(), bad.first()))
}

/// Every model that runs has an exact need: planning works in so many bytes, whatever they held before,
/// and fails in one less, naming that need.
#[test]
fn the_arena_is_exact() {
    let mut checked = 0;
    for seed in 0..200 {
        let config = floe_smith::tflite::Config { ops: 12, elements: 512 };
        let model = floe_smith::tflite::model(&mut floe_smith::Source::seed(seed), &config);
        let name = format!("seed {seed}");
        checked += u32::from(exact(&floe_tflite::encode(&model).unwrap(), Path::new(&name)));
    }
    assert!(checked > 50, "{checked} random models were planned");
    for kind in ["op", "model", "real"] {
        for case in cases(kind) {
            let files = std::fs::read_dir(&case)
                .unwrap()
                .chain(std::fs::read_dir(case.join("tflite")).into_iter().flatten());
            for path in files
                .filter_map(|e| Some(e.ok()?.path()))
                .filter(|p| p.extension().is_some_and(|e| e == "tflite"))
            {
                checked += u32::from(exact(&std::fs::read(&path).unwrap(), &path));
            }
        }
    }
    assert!(checked > 500 || cases("model").is_empty(), "{checked} models were planned");
}

/// Whether the model can be planned; then its need is exact.
fn exact(bytes: &[u8], path: &Path) -> bool {
    let Ok(mut session) = Session::new(bytes, SessionOptions::default()) else { return false };
    let Ok(need) = session.arena_bytes() else { return false };
    let mut arena = vec![0xa5; need];
    let planned = Interpreter::new(bytes, &mut arena, kernels::ALL).map(|it| it.arena_bytes());
    assert_eq!(planned, Ok(need), "{}", path.display());
    assert_eq!(Interpreter::arena_size(bytes, kernels::ALL), Ok(need), "{}", path.display());
    let refused = Interpreter::new(bytes, &mut arena[1..], kernels::ALL).map(|it| it.arena_bytes());
    let refused = refused.expect_err("one byte less is too little");
    assert_eq!((refused.kind, refused.at as usize), (Kind::Arena, need), "{}", path.display());
    true
}

/// Resource variables, and that their initialiser has run, outlive a reset of the variable tensors.
#[test]
fn a_reset_leaves_resource_variables() {
    for case in cases("op").iter().filter(|c| c.ends_with("var_handle.accumulate")) {
        let bytes = std::fs::read(case.join("f32.tflite")).unwrap();
        let mut session = Session::new(&bytes, SessionOptions::default()).unwrap();
        let input = session.inputs().unwrap()[0].shape.len();
        let ones: Vec<u8> = 1f32.to_le_bytes().repeat(input);
        let mut outputs = Vec::new();
        for _ in 0..2 {
            session.set_input(0, &ones).unwrap();
            session.reset_variables().unwrap();
            session.invoke().unwrap();
            outputs.push(session.output(0).unwrap().1.to_vec());
        }
        assert_ne!(outputs[0], outputs[1], "what accumulates goes on after a reset");
    }
}

/// A subgraph whose output is no tensor of it: what lies behind its table must not be read as one.
#[test]
fn a_callees_output_that_is_not_there_is_refused() {
    let text = |output: u32| {
        format!(
            "Model {{ version: 3 operator_codes: [ {{ builtin_code: IF }} {{ builtin_code: NEG }} ]
              subgraphs: [
                {{ tensors: [ {{ type: BOOL }} {{ shape: [2] }} {{ shape: [2] }} ] inputs: [0, 1] outputs: [2]
                  operators: [ {{ inputs: [0, 1] outputs: [2] builtin_options: IfOptions {{
                    then_subgraph_index: 1 else_subgraph_index: 1 }} }} ] }}
                {{ tensors: [ {{ shape: [2] }} {{ shape: [2] }} ] inputs: [0] outputs: [{output}]
                  operators: [ {{ opcode_index: 1 inputs: [0] outputs: [1] }} ] }}
              ] buffers: [ {{}} ] }}"
        )
    };
    let plan = |output| {
        let model = floe_tflite::text::parse(&text(output), &mut |_| None).unwrap();
        let file = floe_tflite::encode(&model).unwrap();
        let mut arena = vec![0x5a; 1 << 12];
        Interpreter::new(&file, &mut arena, kernels::ALL).map(|it| it.arena_bytes())
    };
    assert!(plan(1).is_ok(), "{:?}", plan(1));
    for output in [2, 3, 131_074, i32::MAX as u32] {
        assert!(plan(output).is_err(), "{output}");
    }
}
