//! The text form: a model as readable, editable text, and back without loss.
//!
//! It is the tables as they are: names of fields, enumerators and union members from the schema,
//! numbers in decimal, bytes in hex, comments after `#`, commas where one likes. Every field that the file gives is there and
//! no other, so `parse(print(model))` is the model, bit for bit of every number.
//!
//! ```text
//! Model {
//!   version: 3
//!   operator_codes: [
//!     { deprecated_builtin_code: 19 builtin_code: RELU }
//!   ]
//!   subgraphs: [
//!     {
//!       tensors: [
//!         { shape: [2] name: "x" }
//!       ...
//!   buffers: [
//!     {}
//!     { data: x"0000803f" }
//!     { data: file("weights.bin", 0, 4096) }
//! ```
//!
//! Constants are hex in place, or lie in a side file from a given length on.

mod parse;
mod print;

pub use parse::{ParseError, parse};
pub use print::{Side, print};

#[cfg(test)]
mod tests {
    use super::{Side, parse, print};
    use crate::build::{ModelBuilder, OpSpec, QuantSpec, TensorSpec};
    use crate::op;
    use crate::owned::Object;
    use crate::schema::TableId;
    use crate::schema::fields::{conv_2d_options, model, random_options, softmax_options};
    use floe_graph::DType;
    use std::string::String;
    use std::vec::Vec;

    fn sample() -> Object<'static> {
        let mut b = ModelBuilder::new();
        b.describe("a \"model\"\n\u{1f9ca}");
        let graph = b.add_subgraph("main");
        let weights = b.add_buffer((0..40u8).collect::<Vec<_>>());
        let quant = QuantSpec::per_axis(std::vec![0.1, f32::MIN_POSITIVE, 1e30], 0);
        b.add_tensor(graph, TensorSpec::new("x", DType::Int8, &[1, 4, 4, 2]).with_quant(quant));
        b.add_tensor(graph, TensorSpec::new("w", DType::Uint8, &[40]).with_buffer(weights));
        b.add_tensor(graph, TensorSpec::new("y", DType::Float32, &[]));
        let options = Object::new(TableId::CONV_2D_OPTIONS).with(conv_2d_options::STRIDE_W, 2);
        b.add_op(graph, OpSpec::new(op::CONV_2D, &[0, 1, -1], &[2]).with_options(options));
        let nan = f32::from_bits(0x7fc0_1234);
        let options = Object::new(TableId::SOFTMAX_OPTIONS).with(softmax_options::BETA, nan);
        b.add_op(graph, OpSpec::new(op::SOFTMAX, &[2], &[2]).with_options(options));
        let options = Object::new(TableId::RANDOM_OPTIONS).with(random_options::SEED, i64::MIN);
        b.add_op(graph, OpSpec::new(op::RANDOM_UNIFORM, &[2], &[2]).with_options(options));
        b.set_ports(graph, &[0], &[2]);
        b.add_metadata("bytes", std::vec![0xff, 0]);
        b.finish()
    }

    /// Equal by their text, because a number that is not one is not equal to itself.
    #[test]
    fn what_is_printed_parses_to_the_same() {
        let text = print(&sample(), None).unwrap();
        assert!(text.contains("builtin_options: Conv2DOptions { stride_w: 2 }"), "{text}");
        assert!(text.contains("# 0: CONV_2D(x, w, -) -> y"), "{text}");
        let again = parse(&text, &mut |_| None).unwrap();
        assert_eq!(print(&again, None).unwrap(), text);
        assert_eq!(crate::encode(&again).unwrap(), crate::encode(&sample()).unwrap());
    }

    #[test]
    fn large_constants_go_to_a_side_file() {
        let model = sample();
        let mut bytes = Vec::new();
        let mut side = Side {
            name: "w.bin",
            least: 16,
            bytes: &mut |b| {
                bytes.extend_from_slice(b);
                Ok(())
            },
        };
        let text = print(&model, Some(&mut side)).unwrap();
        assert!(text.contains("data: file(\"w.bin\", 0, 40)"), "{text}");
        assert_eq!(bytes, (0..40).collect::<Vec<u8>>());
        let again = parse(&text, &mut |name| (name == "w.bin").then_some(&bytes[..])).unwrap();
        assert_eq!(crate::encode(&again).unwrap(), crate::encode(&model).unwrap());
    }

    #[test]
    fn faults_have_a_line_and_a_column() {
        let at = |text: &str| {
            let e = parse(text, &mut |_| None).unwrap_err();
            (e.line, e.column, String::from(e.what))
        };
        assert_eq!(at("Model {\n  versio: 3\n}"), (2, 3, "Model has no such field".into()));
        assert_eq!(at("Model { version: x }"), (1, 18, "expected a number".into()));
        assert_eq!(at("Model { version: 3 "), (1, 20, "expected a field or `}`".into()));
        assert_eq!(at("{}"), (1, 1, "expected `Model`".into()));
        assert_eq!(
            at("Model { buffers: [ { data: file(\"no\", 0, 1) } ] }"),
            (1, 28, "there is no such side file".into())
        );
        assert_eq!(at("Model { version: 5000000000 }"), (1, 18, "the number does not fit".into()));
    }

    #[test]
    fn deep_text_is_as_deep_as_the_schema() {
        let text = String::from("Model { subgraphs: [ { operators: [ ") + &"{".repeat(100_000);
        assert!(parse(&text, &mut |_| None).is_err());
    }

    /// A byte of truth in a vector may be any, in a file that was not made by a writer.
    #[test]
    fn odd_truths_are_kept() {
        let text = "Model { subgraphs: [ { operators: [ { builtin_options_2: \
            StablehloConvolutionOptions { window_reversal: [true, 32, false] } } ] } ] }";
        let model = parse(text, &mut |_| None).unwrap();
        let again = print(&model, None).unwrap();
        assert!(again.contains("window_reversal: [true, 32, false]"), "{again}");
        assert_eq!(parse(&again, &mut |_| None).unwrap(), model);
    }

    #[test]
    fn an_empty_model_is_text_too() {
        let empty = Object::new(TableId::MODEL);
        let text = print(&empty, None).unwrap();
        assert_eq!(parse(&text, &mut |_| None).unwrap(), empty);
        assert_eq!(empty.get(model::VERSION), 0);
    }
}
