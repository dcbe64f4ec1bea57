//! What `model!` writes down is what the interpreter does, and the model computes what LiteRT's does.

use floe_micro::{DType, Interpreter, Kind};

mod digits {
    floe_micro::model!("../../tests/fixtures/digits/tflite/int8.tflite");
}

mod float {
    floe_micro::model!("../../tests/fixtures/digits/tflite/f32.tflite");
}

/// The bytes behind the header of an `.npy` file.
fn array(file: &str) -> Vec<u8> {
    let path = format!("{}/../../tests/fixtures/digits/tflite/{file}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[10 + header..].to_vec()
}

#[test]
fn outputs_are_those_of_litert() {
    let (pictures, scores) = (array("int8.in0.npy"), array("int8.out0.npy"));
    let pictures: Vec<i8> = pictures.iter().map(|&b| b as i8).collect();
    let scores: Vec<i8> = scores.iter().map(|&b| b as i8).collect();
    let mut arena = [0; digits::ARENA];
    let mut model = digits::Model::new(&mut arena).unwrap();
    let (pictures, _) = pictures.as_chunks::<144>();
    let (scores, _) = scores.as_chunks::<10>();
    assert!(pictures.len() > 100 && pictures.len() == scores.len());
    for (x, want) in pictures.iter().zip(scores) {
        let got = model.run(&digits::Inputs { x }).unwrap();
        assert!(got.output_0.iter().eq(want.iter().copied()));
    }
}

#[test]
fn the_arena_is_exact_and_no_op_is_too_much() {
    let new = |arena: &mut [u8], ops: &[_]| {
        Interpreter::new(digits::MODEL, arena, ops).map(|_| ()).map_err(|e| (e.kind, e.at))
    };
    let whole = Interpreter::arena_size(digits::MODEL, digits::OPS).unwrap();
    new(&mut vec![0; whole], digits::OPS).unwrap();
    let short = new(&mut vec![0; whole - 1], digits::OPS);
    assert_eq!(short, Err((Kind::Arena, whole as u32)));
    // Compiled, it keeps no records of its own there.
    assert!((1..whole).contains(&digits::ARENA), "{} of {whole}", digits::ARENA);
    for i in 0..digits::OPS.len() {
        let fewer = [&digits::OPS[..i], &digits::OPS[i + 1..]].concat();
        assert_eq!(new(&mut vec![0; whole], &fewer).unwrap_err().0, Kind::Op);
    }
}

/// `int8` takes the kernels for int8 alone, `f32` those for float32, of every op that has them apart.
#[test]
fn kernels_are_those_of_the_element_type() {
    use floe_micro::kernels::{
        conv_2d::CONV_2D, fully_connected::FULLY_CONNECTED, softmax::SOFTMAX,
    };
    for ops in [digits::OPS, float::OPS] {
        for apart in [CONV_2D, FULLY_CONNECTED, SOFTMAX] {
            let op = ops.iter().find(|op| op.code == apart.code).unwrap();
            assert_eq!(op.kernels.len(), 1, "{:?} of {}", op.code, apart.kernels.len());
        }
    }
}

#[test]
fn ports_are_described() {
    let [x] = digits::INPUTS;
    assert_eq!((x.name, x.dtype, x.shape), ("x", DType::Int8, &[1, 12, 12, 1][..]));
    let (scale, zero) = x.quant.unwrap();
    assert_eq!((x.quantize(0.0), x.dequantize(zero + 1)), (zero, scale));
    let [y] = float::OUTPUTS;
    assert_eq!((y.name, y.dtype, y.quant), ("output_0", DType::Float32, None));
    assert_eq!(digits::MODEL.as_ptr().addr() % 16, 0);
}
