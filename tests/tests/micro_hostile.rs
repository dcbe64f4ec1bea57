//! Models that were reported to crash or overrun TensorFlow Lite Micro: here each is refused, by name of what
//! is wrong, or runs within its arena.
//!
//! The reports are those of github.com/tensorflow/tflite-micro; each test names its own. A model is a text with
//! one thing changed, and the arena stands between bytes that must stay as they are.

use floe_micro::{Error, Interpreter, Kind, kernels};
use floe_tflite::{encode, text};

/// The largest index of a row of a 2 × 3 matrix.
const MODEL: &str = r#"
Model {
  version: 3
  operator_codes: [{ deprecated_builtin_code: 56 builtin_code: ARG_MAX }]
  subgraphs: [
    {
      tensors: [
        { shape: [2, 3] buffer: 1 name: "x" }
        { shape: [] type: INT32 buffer: 2 name: "axis" }
        { shape: [2] type: INT64 buffer: 3 name: "y" }
      ]
      inputs: [0]
      outputs: [2]
      operators: [{ inputs: [0, 1] outputs: [2] builtin_options: ArgMaxOptions { output_type: INT64 } }]
    }
  ]
  buffers: [{} {} { data: x"01000000" } {}]
}
"#;

/// Bytes of arena, and of the guards on both sides of it.
const ARENA: usize = 4096;
const GUARD: u8 = 0xa7;

/// The model with one thing replaced, as a file.
fn changed(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(MODEL.matches(from).count(), 1, "`{from}` is there once");
    let model = MODEL.replace(from, to);
    encode(&text::parse(&model, &mut |_| None).unwrap()).unwrap()
}

/// Plans and runs a file; the kind of the error.
fn run(file: &[u8]) -> Result<Vec<i64>, Kind> {
    let mut memory = [GUARD; 3 * ARENA];
    let (before, rest) = memory.split_at_mut(ARENA);
    let (arena, after) = rest.split_at_mut(ARENA);
    let outcome = (|| -> Result<Vec<i64>, Error> {
        let mut it = Interpreter::new(file, arena, kernels::ALL)?;
        it.input::<f32>(0)?.write([1.0, 3.0, 2.0, 6.0, 5.0, 4.0]);
        it.invoke()?;
        Ok(it.output::<i64>(0)?.iter().collect())
    })();
    assert!(before.iter().chain(after.iter()).all(|&b| b == GUARD), "the arena was left");
    outcome.map_err(|e| e.kind)
}

#[test]
fn the_model_itself_runs() {
    assert_eq!(run(&changed("[2, 3]", "[2, 3]")), Ok(vec![1, 0]));
}

/// #3071: many dimensions, whose product is more than any buffer.
#[test]
fn report_3071_too_many_dimensions() {
    for shape in [vec![65_536; 2], vec![65_536; 4], vec![i32::MAX; 8], vec![1; 300]] {
        let text = format!("{shape:?}");
        assert!(
            matches!(
                run(&changed("[2, 3]", &text)),
                Err(Kind::Shape | Kind::Size | Kind::Arena | Kind::Value)
            ),
            "{text}"
        );
    }
}

/// #3072: one dimension that is larger than the data behind it, of an input, a constant, an output.
#[test]
fn report_3072_a_dimension_larger_than_its_buffer() {
    for dimension in [1 << 20, i32::MAX, -1, i32::MIN] {
        let x = run(&changed("[2, 3]", &format!("[2, {dimension}]")));
        assert!(matches!(x, Err(Kind::Shape | Kind::Size | Kind::Arena)), "{dimension}: {x:?}");
        let axis =
            run(&changed("shape: [] type: INT32", &format!("shape: [{dimension}] type: INT32")));
        assert!(axis.is_err(), "{dimension}");
        // What an op computes has the shape that the op gives it, whatever the file says.
        let y =
            run(&changed("shape: [2] type: INT64", &format!("shape: [{dimension}] type: INT64")));
        assert!(matches!(y, Ok(_) | Err(Kind::Shape)), "{dimension}: {y:?}");
    }
}

/// #3075, #3076, #3077, #3389: a tensor's buffer is not there; of an input, an intermediate, an output.
#[test]
fn report_3076_3077_3389_a_buffer_that_is_not_there() {
    for tensor in [r#"buffer: 1 name: "x""#, r#"buffer: 2 name: "axis""#, r#"buffer: 3 name: "y""#]
    {
        for index in [4u32, 9999, u32::MAX] {
            let (_, name) = tensor.split_once(" name").unwrap();
            let outcome = run(&changed(tensor, &format!("buffer: {index} name{name}")));
            assert_eq!(outcome, Err(Kind::File), "{tensor}, {index}");
        }
    }
}

/// #3504: the axis of ARG_MAX is none of the input's.
#[test]
fn report_3504_an_axis_out_of_range() {
    for axis in [2i32, 6, -3, i32::MAX, i32::MIN] {
        let bytes: String = axis.to_le_bytes().iter().map(|b| format!("{b:02x}")).collect();
        let outcome = run(&changed("01000000", &bytes));
        assert_eq!(outcome, Err(Kind::Value), "{axis}");
    }
    assert_eq!(run(&changed("01000000", "ffffffff")), Ok(vec![1, 0]), "-1 is the last one");
}

/// #3600: a port, and an operator's tensor, are no tensors of the subgraph.
#[test]
fn report_3600_a_tensor_that_is_not_there() {
    for index in [3i32, 9999, i32::MAX, -2, i32::MIN] {
        for (from, to) in [
            ("inputs: [0]\n", format!("inputs: [{index}]\n")),
            ("outputs: [2]\n", format!("outputs: [{index}]\n")),
            ("inputs: [0, 1]", format!("inputs: [0, {index}]")),
            ("outputs: [2] builtin", format!("outputs: [{index}] builtin")),
        ] {
            assert!(run(&changed(from, &to)).is_err(), "{to}");
        }
    }
}
