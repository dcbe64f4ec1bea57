//! Integers at the places where roundings differ, against exact arithmetic; and TensorFlow Lite Micro's own outputs.
//!
//! Scales are powers of two, so that every factor is exact and the inputs below land on halves. The oracle rounds fractions of
//! 128-bit integers: first to the nearest integer, halves up, of the product with a 31-bit mantissa, then of the shift, halves away
//! from zero; LiteRT's FULLY_CONNECTED rounds the product itself, halves away from zero.

use floe_graph::DType;
use floe_micro::{Numerics, Session, SessionOptions};
use floe_tests::cases;
use floe_tflite::build::{ModelBuilder, OpSpec, QuantSpec, TensorSpec};
use floe_tflite::enums::padding;
use floe_tflite::fields::{conv_2d_options, pool_2d_options};
use floe_tflite::op;
use floe_tflite::owned::Object;
use floe_tflite::schema::{TableId, op_options};

const PROFILES: [Numerics; 2] = [Numerics::LiteRt, Numerics::Tflm];

/// `n / d` to the nearest integer, halves up.
fn half_up(n: i128, d: i128) -> i128 {
    (2 * n + d).div_euclid(2 * d)
}

/// `n / d` to the nearest integer, halves away from zero.
fn half_away(n: i128, d: i128) -> i128 {
    n.signum() * half_up(n.abs(), d)
}

/// `x × numerator / 2^shift`, `numerator / 2^shift` being the factor: rounded by the multiplication with its mantissa, and by
/// the shift.
fn twice_rounded(x: i128, (numerator, shift): (i128, u32)) -> i128 {
    let bits = 128 - numerator.leading_zeros();
    // The mantissa is numerator × 2^(31 − bits) over 2^31.
    let product =
        |x: i128| half_up(x * numerator, 1 << bits).clamp(i32::MIN.into(), i32::MAX.into());
    match shift.checked_sub(bits) {
        Some(right) => half_away(product(x), 1 << right),
        None => product(x << (bits - shift)),
    }
}

struct Net(ModelBuilder<'static>);

impl Net {
    fn new() -> Self {
        let mut builder = ModelBuilder::new();
        builder.add_subgraph("main");
        Self(builder)
    }

    fn tensor(
        &mut self,
        dtype: DType,
        shape: &[i32],
        quant: (f32, i64),
        data: Option<Vec<u8>>,
    ) -> i32 {
        let mut spec =
            TensorSpec::new("", dtype, shape).with_quant(QuantSpec::per_tensor(quant.0, quant.1));
        spec.buffer = data.map_or(0, |data| self.0.add_buffer(data));
        self.0.add_tensor(0, spec)
    }

    /// The file of the model with this one operator.
    fn file(
        mut self,
        op: i32,
        inputs: &[i32],
        output: i32,
        options: Option<Object<'static>>,
    ) -> Vec<u8> {
        let mut spec = OpSpec::new(op, inputs, &[output]);
        spec.options = options.or_else(|| op_options(op).map(Object::new));
        self.0.add_op(0, spec);
        self.0.set_ports(0, &inputs[..1], &[output]);
        floe_tflite::encode(&self.0.finish()).unwrap()
    }
}

fn run(file: &[u8], numerics: Numerics, input: &[u8]) -> Vec<u8> {
    let mut options = SessionOptions::default();
    options.numerics = numerics;
    let mut session = Session::new(file, options).unwrap();
    session.set_input(0, input).unwrap();
    session.invoke().unwrap();
    session.output(0).unwrap().1.to_vec()
}

fn all_bytes() -> Vec<u8> {
    (i8::MIN..=i8::MAX).map(|x| x as u8).collect()
}

/// Factors as a numerator over a power of two: exact, of a full mantissa, above one, so small that all vanishes.
const FACTORS: [(i128, u32); 7] = [(1, 2), (1, 1), (3, 3), (5, 4), (1, 0), (3, 1), (1, 24)];

/// Accumulators begin at these: around zero, where halves fall on either side, and where 32 bits end.
fn biases((numerator, shift): (i128, u32)) -> Vec<i32> {
    let mut biases: Vec<i32> = (-40..40).collect();
    let step = 1i32 << shift.min(20);
    biases.extend([-3, -1, 1, 3].map(|k| k * step / 2));
    // A factor above one shifts left, which the references leave undefined where it overflows.
    if numerator < 1 << shift {
        biases.extend([i32::MIN, i32::MIN + 130, i32::MAX, i32::MAX - 130]);
    }
    biases
}

/// The accumulator as 32 bits wrap it.
fn accumulator(x: i8, bias: i32) -> i128 {
    bias.wrapping_add(x.into()).into()
}

fn clamp8(y: i128) -> i8 {
    y.clamp(-128, 127) as i8
}

/// A layer of one input and as many outputs as there are biases, on all int8 numbers.
fn layer(op: i32, factor: (i128, u32), biases: &[i32]) -> Vec<u8> {
    let (units, scale) = (biases.len() as i32, factor.0 as f32 / (1u64 << factor.1) as f32);
    let (x, w, y): (Vec<i32>, Vec<i32>, Vec<i32>) = if op == op::CONV_2D {
        (vec![1, 256, 1, 1], vec![units, 1, 1, 1], vec![1, 256, 1, units])
    } else {
        (vec![256, 1], vec![units, 1], vec![256, units])
    };
    let mut net = Net::new();
    let x = net.tensor(DType::Int8, &x, (0.5, 0), None);
    let w = net.tensor(DType::Int8, &w, (2.0 * scale, 0), Some(vec![1; biases.len()]));
    let data = biases.iter().flat_map(|b| b.to_le_bytes()).collect();
    let b = net.tensor(DType::Int32, &[units], (scale, 0), Some(data));
    let y = net.tensor(DType::Int8, &y, (1.0, 0), None);
    let options = (op == op::CONV_2D).then(|| {
        Object::new(TableId::CONV_2D_OPTIONS)
            .with(conv_2d_options::PADDING, padding::VALID)
            .with(conv_2d_options::STRIDE_W, 1)
            .with(conv_2d_options::STRIDE_H, 1)
    });
    net.file(op, &[x, w, b], y, options)
}

#[test]
fn accumulators_on_halves_round_as_the_profile_says() {
    for factor in FACTORS {
        let biases = biases(factor);
        for op in [op::FULLY_CONNECTED, op::CONV_2D] {
            let file = layer(op, factor, &biases);
            for numerics in PROFILES {
                let got = run(&file, numerics, &all_bytes());
                for (i, got) in got.iter().enumerate() {
                    let (x, bias) = (i / biases.len(), biases[i % biases.len()]);
                    let sum = accumulator((x as i32 - 128) as i8, bias);
                    let want = if op == op::FULLY_CONNECTED && numerics == Numerics::LiteRt {
                        half_away(sum * factor.0, 1 << factor.1)
                    } else {
                        twice_rounded(sum, factor)
                    };
                    assert_eq!(
                        *got as i8,
                        clamp8(want),
                        "op {op} {numerics:?} {factor:?} of {sum}"
                    );
                }
            }
        }
    }
}

#[test]
fn sums_and_products_on_halves() {
    // All pairs: 256 rows of one number against 256 constants.
    let pairs = |op: i32, out: f32| {
        let mut net = Net::new();
        let x = net.tensor(DType::Int8, &[256, 1], (0.5, 0), None);
        let y = net.tensor(DType::Int8, &[1, 256], (0.5, 0), Some(all_bytes()));
        let z = net.tensor(DType::Int8, &[256, 256], (out, 0), None);
        net.file(op, &[x, y], z, None)
    };
    type Exact = fn(i128, i128) -> i128;
    let rules: [(i32, f32, Exact); 4] = [
        (op::ADD, 1.0, |x, y| half_away(x + y, 2)),
        (op::SUB, 1.0, |x, y| half_away(x - y, 2)),
        (op::MUL, 1.0, |x, y| twice_rounded(x * y, (1, 2))),
        (op::MUL, 128.0, |x, y| twice_rounded(x * y, (1, 9))),
    ];
    for (op, out, exact) in rules {
        let file = pairs(op, out);
        for numerics in PROFILES {
            for (i, got) in run(&file, numerics, &all_bytes()).iter().enumerate() {
                let (x, y) = ((i / 256) as i128 - 128, (i % 256) as i128 - 128);
                assert_eq!(*got as i8, clamp8(exact(x, y)), "op {op} {numerics:?} of {x}, {y}");
            }
        }
    }
}

#[test]
fn means_on_halves_round_away_from_zero() {
    let windows: Vec<[i8; 2]> =
        (-128..127).flat_map(|x: i32| [[x as i8, (x + 1) as i8], [x as i8, 0]]).collect();
    let mut net = Net::new();
    let shape = |width: usize| [1, 1, width as i32, 1];
    let x = net.tensor(DType::Int8, &shape(2 * windows.len()), (0.5, 0), None);
    let y = net.tensor(DType::Int8, &shape(windows.len()), (0.5, 0), None);
    let options = Object::new(TableId::POOL_2D_OPTIONS)
        .with(pool_2d_options::PADDING, padding::VALID)
        .with(pool_2d_options::STRIDE_W, 2)
        .with(pool_2d_options::STRIDE_H, 1)
        .with(pool_2d_options::FILTER_WIDTH, 2)
        .with(pool_2d_options::FILTER_HEIGHT, 1);
    let file = net.file(op::AVERAGE_POOL_2D, &[x], y, Some(options));
    let input: Vec<u8> = windows.iter().flatten().map(|&x| x as u8).collect();
    for numerics in PROFILES {
        for (got, window) in run(&file, numerics, &input).iter().zip(&windows) {
            let sum = i128::from(window[0]) + i128::from(window[1]);
            assert_eq!(*got as i8, clamp8(half_away(sum, 2)), "{numerics:?} of {window:?}");
        }
    }
}

#[test]
fn rescaling_on_halves() {
    for factor in FACTORS {
        let mut net = Net::new();
        let x =
            net.tensor(DType::Int8, &[256], (factor.0 as f32 / (1u64 << factor.1) as f32, 0), None);
        let y = net.tensor(DType::Int8, &[256], (1.0, 0), None);
        let file = net.file(op::QUANTIZE, &[x], y, None);
        for numerics in PROFILES {
            for (got, x) in run(&file, numerics, &all_bytes()).iter().zip(-128i128..) {
                assert_eq!(
                    *got as i8,
                    clamp8(twice_rounded(x, factor)),
                    "{numerics:?} {factor:?} of {x}"
                );
            }
        }
    }
}

/// As many equal classes as there are: each has 256 / n steps. From 512 on LiteRT's reference ends the process, since
/// the sum leaves its fixed point; the kernel goes on, total, with the limit.
#[test]
fn softmax_of_many_equal_classes_is_total() {
    for (classes, want) in
        [(1, 127), (2, 0), (4, -64), (511, -127), (513, -128), (1000, -128), (4096, -128)]
    {
        let mut net = Net::new();
        let x = net.tensor(DType::Int8, &[1, classes], (0.25, 3), None);
        let y = net.tensor(DType::Int8, &[1, classes], (1.0 / 256.0, -128), None);
        let options = Object::new(TableId::SOFTMAX_OPTIONS)
            .with(floe_tflite::fields::softmax_options::BETA, 1.0);
        let file = net.file(op::SOFTMAX, &[x], y, Some(options));
        for numerics in PROFILES {
            let got = run(&file, numerics, &vec![7; classes as usize]);
            assert!(
                got.iter().all(|&y| y as i8 == want),
                "{classes} classes: {}, not {want}",
                got[0] as i8
            );
        }
    }
}

/// Numbers as TensorFlow Lite Micro was given them.
fn inputs() -> impl Iterator<Item = u8> {
    let mut state = 1u32;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193))
}

/// Hashes of the outputs of TensorFlow Lite Micro (revision 90b983c2, reference kernels and CMSIS-NN alike, on a Cortex-M4 and on
/// a host) for the inputs above.
#[test]
fn outputs_are_those_of_tensorflow_lite_micro() {
    const HASHES: [(&str, u32); 3] = [
        ("tflm.examples_hello_world_models_hello_world_int8", 2_215_350_796),
        ("tflm.examples_micro_speech_models_micro_speech_quantized", 2_347_328_853),
        ("tflm.models_person_detect", 1_683_011_229),
    ];
    let real = cases("real");
    for (name, want) in HASHES {
        let Some(case) = real.iter().find(|c| c.ends_with(name)) else {
            assert!(real.is_empty(), "the corpus has no {name}");
            continue;
        };
        let file = std::fs::read(case.join("model.tflite")).unwrap();
        let mut options = SessionOptions::default();
        options.numerics = Numerics::Tflm;
        let mut session = Session::new(&file, options).unwrap();
        let mut bytes = inputs();
        let input = session.inputs().unwrap()[0].clone();
        let data: Vec<u8> = (0..input.shape.len()).map(|_| bytes.next().unwrap()).collect();
        session.set_input(0, &data).unwrap();
        session.invoke().unwrap();
        assert_eq!(hash(session.output(0).unwrap().1), want, "{name}");
    }
}
