//! The model as items of a Rust module.
//!
//! Invariant: the text refers to nothing but `floe_micro` and `core`, compiles without a warning, and is the same
//! for the same model.

use crate::File;
use crate::manifest::{Manifest, Port};
use floe_graph::DType;
use floe_micro::program::Slot;
use floe_micro::{Compiled, Source};
use std::fmt::Write as _;
use std::path::Path;

/// The version of floe-micro that the code is for: the family has one.
const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Manifest {
    /// The items: `MODEL`, `ARENA`, `OPS`, `INPUTS`, `OUTPUTS`, and typed `Model`, `Inputs`, `Outputs`. `path` is
    /// where `include_bytes!` finds the file.
    #[must_use]
    pub fn rust(&self, path: &str) -> String {
        let program = self.program.as_ref().map_or(String::new(), |program| program_items(program));
        [self.model_items(path), self.port_items(), program, self.wrapper()].concat()
    }

    /// A crate `name` around those items, the file itself apart: it belongs at `src/model.tflite`. With
    /// `floe_micro`, the folder that has the crate floe-micro, nothing comes from a registry.
    #[must_use]
    pub fn rust_crate(&self, name: &str, floe_micro: Option<&Path>) -> Vec<File> {
        let path =
            floe_micro.map_or(String::new(), |p| format!("path = {:?}, ", p.display().to_string()));
        let cargo = format!(
            "\
[package]
name = \"{name}\"
description = \"A model for floe-micro, written by `floe embed`\"
version = \"0.1.0\"
edition = \"2024\"

[dependencies]
floe-micro = {{ {path}version = \"{VERSION}\", default-features = false }}

# Not a member of any workspace that it is put into.
[workspace]
",
        );
        let lib = format!(
            "\
//! A model that runs on a microcontroller: written by `floe embed`, no heap, no `unsafe`.

#![no_std]

{}",
            self.rust("model.tflite"),
        );
        let readme = format!(
            "\
# {name}

A TFLite model as a `no_std` crate: {} bytes of model in flash, {} bytes of arena, {}.

```rust
{}```

{}
{}

{}",
            self.model,
            self.rust_arena(),
            self.op_names(),
            self.rust_example(name),
            self.port_table(),
            if self.program.is_some() {
                "`Model::engine` is a `Runner`: it runs one operator at a time (`step`), too."
            } else {
                "`Model::engine` is an `Interpreter`: it runs one operator at a time (`step`), too, and has the state to reset and to snapshot."
            },
            if floe_micro.is_some() {
                "Builds without a registry: `cargo build --offline`.\n"
            } else {
                "Builds with `cargo build`.\n"
            },
        );
        vec![
            ("Cargo.toml".to_owned(), cargo),
            ("README.md".to_owned(), readme),
            ("src/lib.rs".to_owned(), lib),
        ]
    }

    /// How to use the crate.
    fn rust_example(&self, name: &str) -> String {
        let fields: Vec<_> = self.inputs.iter().map(|p| format!("{0}: &{0}", p.ident)).collect();
        let mut text = format!(
            "use {name}::{{ARENA, Inputs, Model}};\n\nlet mut arena = [0; ARENA];\nlet mut model = Model::new(&mut arena)?;\n"
        );
        for p in &self.inputs {
            let _ = writeln!(text, "let {}: [{}; {}] = …;", p.ident, p.ty(), p.len());
        }
        let _ = writeln!(text, "let outputs = model.run(&Inputs {{ {} }})?;", fields.join(", "));
        if let Some(p) = self.outputs.first() {
            let _ = writeln!(text, "for x in outputs.{}.iter() {{ … }}", p.ident);
        }
        text
    }

    /// The ops in words.
    pub(crate) fn op_names(&self) -> String {
        let names: Vec<_> = self.ops.iter().map(|op| op.name).collect();
        format!("the op{} {}", if names.len() == 1 { "" } else { "s" }, names.join(", "))
    }

    /// Inputs and outputs as a table of Markdown.
    pub(crate) fn port_table(&self) -> String {
        let mut text =
            "| | name | type | shape | scale | zero point |\n|---|---|---|---|--:|--:|\n"
                .to_owned();
        for (side, ports) in [("in", &self.inputs), ("out", &self.outputs)] {
            for p in ports {
                let (scale, zero) =
                    p.quant.map_or(Default::default(), |(s, z)| (float(s), z.to_string()));
                let _ = writeln!(
                    text,
                    "| {side} | `{}` | {} | {:?} | {scale} | {zero} |",
                    p.ident, p.dtype, p.shape
                );
            }
        }
        text
    }

    fn model_items(&self, path: &str) -> String {
        let mut ops = String::new();
        for op in &self.ops {
            let _ = writeln!(ops, "    &::floe_micro::kernels::{}::{},", op.module, op.name);
        }
        format!(
            "\
/// The model: a `.tflite` file, aligned to 16 bytes, in flash.
pub static MODEL: &[u8] = &FILE.0;

#[repr(C, align(16))]
struct Aligned<T>(T);

static FILE: Aligned<[u8; {}]> = Aligned(*include_bytes!({path:?}));

/// Bytes of arena: exactly what the model takes.
pub const ARENA: usize = {};

/// The ops that the model takes, and no others.
pub static OPS: &[&::floe_micro::OpDef] = &[
{ops}];
",
            self.model,
            self.rust_arena(),
        )
    }

    fn port_items(&self) -> String {
        let mut text = String::new();
        for (side, what, ports) in
            [("INPUTS", "goes in", &self.inputs), ("OUTPUTS", "comes out", &self.outputs)]
        {
            let _ = writeln!(text, "\n/// What {what}.");
            let _ =
                writeln!(text, "pub const {side}: [::floe_micro::TensorInfo; {}] = [", ports.len());
            for p in ports {
                let (name, shape) = (&p.name, &p.shape);
                let quant = p.quant.map_or(String::new(), |(scale, zero)| {
                    format!(".quantized({}, {zero})", float(scale))
                });
                let dtype = format!("::floe_micro::DType::{:?}", p.dtype);
                let _ = writeln!(
                    text,
                    "    ::floe_micro::TensorInfo::new({name:?}, {dtype}, &{shape:?}){quant},"
                );
            }
            text.push_str("];\n");
        }
        text
    }

    fn wrapper(&self) -> String {
        let (mut reads, mut writes) = (String::new(), String::new());
        let (mut fields, mut results) = (String::new(), String::new());
        for (i, p) in self.inputs.iter().enumerate() {
            let (ident, doc) = (&p.ident, p.doc());
            let _ =
                writeln!(fields, "    /// {doc}\n    pub {ident}: &'t [{}; {}],", p.ty(), p.len());
            let _ = match p.scalar() {
                Some(t) => writeln!(
                    writes,
                    "        self.0.input::<{t}>({i})?.write(inputs.{ident}.iter().copied());"
                ),
                None => writeln!(
                    writes,
                    "        ::floe_micro::data::copy(self.0.input_bytes({i})?, inputs.{ident});"
                ),
            };
        }
        for (i, p) in self.outputs.iter().enumerate() {
            let (ident, doc) = (&p.ident, p.doc());
            let (ty, call) = match p.scalar() {
                Some(t) => (format!("::floe_micro::data::View<'t, {t}>"), "output"),
                None => ("&'t [u8]".to_owned(), "output_bytes"),
            };
            let _ = writeln!(results, "    /// {doc}\n    pub {ident}: {ty},");
            let _ = writeln!(reads, "            {ident}: self.0.{call}({i})?,");
        }
        let lifetime = |fields: &str| if fields.is_empty() { "" } else { "<'t>" };
        let anonymous = |fields: &str| if fields.is_empty() { "" } else { "<'_>" };
        let inputs = if fields.is_empty() { "_inputs" } else { "inputs" };
        let (kind, state, new) = if self.program.is_some() {
            ("Runner", "", "Ok(Self(::floe_micro::Runner::new(&PROGRAM, arena)))")
        } else {
            let new = "::floe_micro::Interpreter::new(MODEL, arena, OPS).map(Self)";
            ("Interpreter", ", its state", new)
        };
        format!(
            "
/// The inputs of one run.
#[derive(Clone, Copy)]
pub struct Inputs{} {{
{fields}}}

/// The outputs of one run, where they lie in the arena.
#[derive(Clone, Copy)]
pub struct Outputs{} {{
{results}}}

/// The model, planned in an arena.
pub struct Model<'a>(::floe_micro::{kind}<'a>);

impl<'a> Model<'a> {{
    /// The model in its arena.
    ///
    /// # Errors
    /// None with this arena, these ops and this model.
    pub fn new(arena: &'a mut [u8; ARENA]) -> ::floe_micro::Result<Self> {{
        {new}
    }}

    /// Runs the model once.
    ///
    /// # Errors
    /// For data that an op refuses: an index out of range, a tensor that outgrows its plan.
    pub fn run(&mut self, {inputs}: &Inputs{}) -> ::floe_micro::Result<Outputs{}> {{
{writes}        self.0.invoke()?;
        Ok(Outputs {{
{reads}        }})
    }}

    /// What runs it: its steps, its tensors{state}.
    pub fn engine(&mut self) -> &mut ::floe_micro::{kind}<'a> {{
        &mut self.0
    }}
}}
",
            lifetime(&fields),
            lifetime(&results),
            anonymous(&fields),
            anonymous(&results),
        )
    }
}

/// The model as constants: what [`Compiled`] holds, in Rust.
fn program_items(program: &Compiled) -> String {
    let range = |&(start, end): &(u32, u32)| format!("({start}, {end})");
    let list = |items: Vec<String>| items.join(", ");
    let mut steps = String::new();
    for step in &program.steps {
        let reads = step.reads.iter().map(|source| match source {
            Source::File((start, end)) => format!("File(part(&FILE.0, {start}, {}))", end - start),
            Source::Arena(at) => format!("Arena({})", range(at)),
        });
        let _ = writeln!(
            steps,
            "            Step {{ task: &{}, reads: &[{}], writes: &[{}] }},",
            step.text,
            list(reads.collect()),
            list(step.writes.iter().map(range).collect()),
        );
    }
    let slots = |slots: &[Slot]| {
        let slot = |slot: &Slot| {
            format!(
                "Slot {{ dtype: ::floe_micro::DType::{:?}, at: {} }}",
                slot.dtype,
                range(&slot.at)
            )
        };
        list(slots.iter().map(slot).collect())
    };
    format!(
        "
/// The model's operators, planned: what is left of the file in flash is its numbers.
pub static PROGRAM: ::floe_micro::Program<'static> = {{
    #[allow(unused_imports, clippy::wildcard_imports)]
    use ::floe_micro::program::{{Program, Read::*, Slot, Step, part, tasks::*}};
    Program {{
        steps: &[
{steps}        ],
        inputs: &[{}],
        outputs: &[{}],
    }}
}};
",
        slots(&program.inputs),
        slots(&program.outputs),
    )
}

/// A float as a literal that reads back as the same number.
pub(crate) fn float(x: f32) -> String {
    match x {
        x if x.is_nan() => "f32::NAN".to_owned(),
        x if x.is_infinite() && x > 0.0 => "f32::INFINITY".to_owned(),
        x if x.is_infinite() => "f32::NEG_INFINITY".to_owned(),
        x => format!("{x:?}"),
    }
}

impl Port {
    /// The Rust type of its elements; `None` where they are only bytes: sub-byte integers, half floats.
    fn scalar(&self) -> Option<&'static str> {
        Some(match self.dtype {
            DType::Int8 => "i8",
            DType::Uint8 => "u8",
            DType::Int16 => "i16",
            DType::Uint16 => "u16",
            DType::Int32 => "i32",
            DType::Uint32 => "u32",
            DType::Int64 => "i64",
            DType::Uint64 => "u64",
            DType::Float32 => "f32",
            DType::Float64 => "f64",
            DType::Bool => "bool",
            _ => return None,
        })
    }

    fn ty(&self) -> &'static str {
        self.scalar().unwrap_or("u8")
    }

    /// How many of its Rust type there are.
    fn len(&self) -> usize {
        if self.scalar().is_some() { self.shape.iter().product() } else { self.bytes }
    }

    /// One line about it.
    pub(crate) fn doc(&self) -> String {
        let quant = self
            .quant
            .map_or(String::new(), |(s, z)| format!(", scale {}, zero point {z}", float(s)));
        // A name may hold anything; a comment ends with its line.
        let name: String = self.name.chars().filter(|c| !c.is_control()).collect();
        format!("`{name}`: {} {:?}{quant}.", self.dtype, self.shape)
    }
}
