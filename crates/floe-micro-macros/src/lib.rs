//! `model!`: a TFLite model as typed items at compile time, for [`floe-micro`](https://docs.rs/floe-micro).
//!
//! For firmware whose model is known when it is built. The macro plans the model with the interpreter's own
//! planner, on the machine that compiles, and writes down what it found: nothing is left to get wrong by hand. When
//! nothing about the model is left to the run, that is a [`Program`]: the chip then has neither the planner nor the
//! reader of files.
//!
//! ```
//! mod digits {
//!     // The path is relative to the folder of the crate's Cargo.toml.
//!     floe_micro::model!("../../tests/fixtures/digits/tflite/int8.tflite");
//! }
//!
//! let mut arena = [0; digits::ARENA];
//! let mut model = digits::Model::new(&mut arena)?;
//! let outputs = model.run(&digits::Inputs { x: &[-128; 144] })?;
//! assert_eq!(outputs.output_0.len(), 10);
//! # Ok::<(), floe_micro::Error>(())
//! ```
//!
//! | item | is |
//! |---|---|
//! | `MODEL` | the file, aligned, in flash |
//! | `ARENA` | the bytes of arena that it takes, exactly |
//! | `OPS` | the ops that it takes and no others, each for its element types alone where `floe-micro` has that; the linker drops the rest |
//! | `INPUTS`, `OUTPUTS` | name, element type, shape, scale and zero point of each port ([`TensorInfo`]) |
//! | `PROGRAM` | the model as constants, when all its ops can be: int8 convolutions, dense layers, pooling, softmax, sums, products, reshapes |
//! | `Model`, `Inputs`, `Outputs` | the [`Runner`] of the program, else the [`Interpreter`], with a field for each port, of its element type and length |
//!
//! What is wrong is an error of the compiler: a file that is not there or damaged, an op that floe-micro does not
//! have, element types that an op does not take:
//!
//! ```compile_fail
//! floe_micro::model!("no/such/model.tflite");
//! ```
//!
//! and at the call, an array of another type or length than the model's:
//!
//! ```compile_fail
//! mod digits {
//!     floe_micro::model!("../../tests/fixtures/digits/tflite/int8.tflite");
//! }
//! let x = [0.0f32; 144]; // expected `&[i8; 144]`
//! let inputs = digits::Inputs { x: &x };
//! ```
//!
//! The macro expands to safe code that names `floe_micro` and `core` alone. It expands to no kernels: several models
//! share them. [`floe embed`](https://docs.rs/floe-embed) writes the same items into a crate of their own.
//!
//! The path is a string, or as for `include_bytes!` from `env!` and `concat!`, such as of what a build script wrote.
//!
//! [`Program`]: https://docs.rs/floe-micro/latest/floe_micro/program/struct.Program.html
//! [`Runner`]: https://docs.rs/floe-micro/latest/floe_micro/program/struct.Runner.html
//! [`Interpreter`]: https://docs.rs/floe-micro/latest/floe_micro/struct.Interpreter.html
//! [`TensorInfo`]: https://docs.rs/floe-micro/latest/floe_micro/struct.TensorInfo.html

#![forbid(unsafe_code)]

use floe_embed::Manifest;
use proc_macro::TokenStream;
use std::path::{Path, PathBuf};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, ExprMacro, Lit, LitStr, Token};

/// The model in a `.tflite` file as items of the module that this is called in. See the page of this crate.
#[proc_macro]
pub fn model(input: TokenStream) -> TokenStream {
    let path = syn::parse_macro_input!(input as Expr);
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let items = text(&path).and_then(|file| {
        let said = |what| syn::Error::new_spanned(&path, what);
        let items = items(&folder.join(file)).map_err(said)?;
        items.parse().map_err(|e| said(format!("{e}")))
    });
    items.unwrap_or_else(|error: syn::Error| error.into_compile_error().into())
}

/// The text of a literal, of `env!("NAME")`, and of `concat!` of such.
fn text(expression: &Expr) -> syn::Result<String> {
    let wrong = |what| syn::Error::new_spanned(expression, what);
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.value()),
        // What another macro passes on.
        Expr::Group(group) => text(&group.expr),
        Expr::Macro(ExprMacro { mac, .. }) if mac.path.is_ident("concat") => {
            let parts = mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)?;
            parts.iter().map(text).collect()
        }
        Expr::Macro(ExprMacro { mac, .. }) if mac.path.is_ident("env") => {
            let name: LitStr = mac.parse_body()?;
            std::env::var(name.value()).map_err(|e| wrong(format!("{}: {e}", name.value())))
        }
        _ => Err(wrong("expected a path: a string, env!, or concat! of such".to_owned())),
    }
}

/// The items for the model at `path`, as source text.
///
/// # Errors
/// What the compiler is to say.
fn items(path: &Path) -> Result<String, String> {
    let what = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let file = std::fs::read(path).map_err(|e| what(&e))?;
    let manifest = Manifest::of(&file).map_err(|e| what(&e))?;
    // `include_bytes!` of the whole path, so that the compiler sees when the file changes.
    let whole = path.canonicalize().map_err(|e| what(&e))?;
    let whole = whole.to_str().ok_or_else(|| what(&"the path is not UTF-8"))?;
    Ok(manifest.rust(whole))
}

#[cfg(test)]
mod tests {
    use super::items;
    use floe_tflite::{encode, text};
    use std::path::Path;

    /// `y = x + x`, both of the same type.
    const MODEL: &str = r#"
Model {
  version: 3
  operator_codes: [{ builtin_code: ADD }]
  subgraphs: [
    {
      tensors: [
        { shape: [2, 3] type: INT32 buffer: 0 name: "x" }
        { shape: [2, 3] type: INT32 buffer: 0 name: "y" }
      ]
      inputs: [0]
      outputs: [1]
      operators: [{ inputs: [0, 0] outputs: [1] }]
    }
  ]
  buffers: [{}]
}
"#;

    /// What the compiler says of this file.
    fn said(file: &[u8]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.tflite");
        std::fs::write(&path, file).unwrap();
        items(&path)
    }

    fn model(from: &str, to: &str) -> Vec<u8> {
        assert!(MODEL.contains(from));
        encode(&text::parse(&MODEL.replace(from, to), &mut |_| None).unwrap()).unwrap()
    }

    #[test]
    fn what_is_wrong_is_named() {
        let missing = items(Path::new("no/such.tflite")).unwrap_err();
        assert!(missing.starts_with("no/such.tflite: "), "{missing}");

        let cut = said(&model("INT32", "INT32")[..100]).unwrap_err();
        assert!(cut.contains("m.tflite: "), "{cut}");

        let op = said(&model("builtin_code: ADD", "builtin_code: CUSTOM custom_code: \"Hash\""));
        let op = op.unwrap_err();
        assert!(op.contains("m.tflite: ") && op.contains("Hash, which makes `y`"), "{op}");
        assert!(op.contains("not in the op list"), "{op}");

        let dtype = said(&model("INT32", "COMPLEX64")).unwrap_err();
        assert!(
            dtype.contains("ADD, which makes `y`: ") && dtype.contains("element type"),
            "{dtype}"
        );

        let strings =
            said(&model("type: INT32 buffer: 0 name: \"x\"", "type: STRING buffer: 0 name: \"x\""));
        assert!(strings.is_err());
    }

    #[test]
    fn ports_have_their_own_type() {
        let text = said(&model("INT32", "INT32")).unwrap();
        assert!(text.contains("pub x: &'t [i32; 6]") && text.contains("pub y: "), "{text}");
    }
}
