//! The model as C sources for the static library of floe-micro-capi.
//!
//! Invariant: C99 without warnings, and the same text for the same model.

use crate::File;
use crate::manifest::{Manifest, Port};
use crate::rust::float;
use std::fmt::Write as _;

/// Bytes of the model in one line of source.
const LINE: usize = 24;

impl Manifest {
    /// `NAME.h`, `NAME.c` and a README for the model in `file`, the bytes that this manifest was made of. What is
    /// declared begins with `name`.
    #[must_use]
    pub fn c_sources(&self, name: &str, file: &[u8]) -> Vec<File> {
        vec![
            ("README.md".to_owned(), self.c_readme(name)),
            (format!("{name}.c"), self.c_source(name, file)),
            (format!("{name}.h"), self.c_header(name)),
        ]
    }

    fn c_header(&self, name: &str) -> String {
        let upper = name.to_uppercase();
        let (mut ports, mut counts) = (String::new(), String::new());
        for (side, list) in [("INPUT", &self.inputs), ("OUTPUT", &self.outputs)] {
            let _ = writeln!(counts, "#define {upper}_{side}S {}", list.len());
            for (i, port) in list.iter().enumerate() {
                ports.push_str(&port.c_constants(&format!("{upper}_{side}"), i));
            }
        }
        format!(
            "\
/* {name}: a TFLite model for floe_micro.h, written by `floe embed`. */

#ifndef {upper}_H
#define {upper}_H

#include \"floe_micro.h\"

#ifdef __cplusplus
extern \"C\" {{
#endif

/* Bytes of arena: exactly what the model takes. */
#define {upper}_ARENA {}

/* The model: a .tflite file, in flash. */
#define {upper}_MODEL_SIZE {}
extern const uint8_t {name}_model[{upper}_MODEL_SIZE];

/* The ops that the model takes, and no others. */
#define {upper}_OPS {}
extern const floe_op *const {name}_ops[{}];

/* Inputs and outputs: number, elements, bytes, FLOE_ type; scale and zero point where integers stand for numbers. */
{counts}{ports}
/* Plans the model in arena, of {upper}_ARENA bytes, and makes its interpreter in memory, of
 * FLOE_INTERPRETER_SIZE bytes; both must stay in place, at addresses that are multiples of 8. */
floe_error {name}_open(void *memory, void *arena, floe_interpreter **interpreter);

#ifdef __cplusplus
}}
#endif

#endif
",
            self.arena,
            self.model,
            self.ops.len(),
            // C has no empty arrays.
            self.ops.len().max(1),
        )
    }

    fn c_source(&self, name: &str, file: &[u8]) -> String {
        let upper = name.to_uppercase();
        let mut ops: Vec<_> =
            self.ops.iter().map(|op| format!("    &FLOE_{},\n", op.name)).collect();
        if ops.is_empty() {
            ops.push("    NULL,\n".to_owned());
        }
        let mut bytes = String::with_capacity(file.len() * 4);
        for line in file.chunks(LINE) {
            bytes.push_str("    ");
            for byte in line {
                let _ = write!(bytes, "{byte},");
            }
            bytes.push('\n');
        }
        format!(
            "\
/* {name}: a TFLite model for floe_micro.h, written by `floe embed`. */

#include \"{name}.h\"

/* An alignment of 16 where the compiler can: faster, never needed. */
#if defined(__GNUC__)
__attribute__((aligned(16)))
#endif
const uint8_t {name}_model[{upper}_MODEL_SIZE] = {{
{bytes}}};

const floe_op *const {name}_ops[] = {{
{}}};

floe_error {name}_open(void *memory, void *arena, floe_interpreter **interpreter) {{
    floe_setup setup = {{0}};
    setup.model = {name}_model;
    setup.model_size = {upper}_MODEL_SIZE;
    setup.ops = {name}_ops;
    setup.op_count = {upper}_OPS;
    setup.arena = arena;
    setup.arena_size = {upper}_ARENA;
    return floe_open(&setup, memory, FLOE_INTERPRETER_SIZE, interpreter);
}}
",
            ops.concat(),
        )
    }

    fn c_readme(&self, name: &str) -> String {
        let upper = name.to_uppercase();
        format!(
            "\
# {name}

A TFLite model as C99: {} bytes of model in flash, {} bytes of arena, {}.

```c
#include \"{name}.h\"

static uint64_t memory[FLOE_INTERPRETER_SIZE / 8], arena[({upper}_ARENA + 7) / 8];
floe_interpreter *interpreter;
floe_tensor in, out;

floe_error error = {name}_open(memory, arena, &interpreter);
if (error.kind != FLOE_OK) ...
floe_input(interpreter, 0, &in);    /* write in.size bytes at in.data */
error = floe_invoke(interpreter);
floe_output(interpreter, 0, &out);  /* read out.size bytes at out.data */
```

{}
Build it with the header and the static library of the crate floe-micro-capi; the linker drops the ops that the
model does not have:

    cargo rustc -p floe-micro-capi --lib --crate-type staticlib --no-default-features --profile chip --target TARGET
    cc -std=c99 -Os -I crates/floe-micro-capi/include {name}.c main.c target/TARGET/chip/libfloe_micro_capi.a -Wl,--gc-sections
",
            self.model,
            self.arena,
            self.op_names(),
            self.port_table(),
        )
    }
}

impl Port {
    /// The constants of input or output `i`, which all begin with `prefix`, its number and its name.
    fn c_constants(&self, prefix: &str, i: usize) -> String {
        let prefix = format!("{prefix}_{}", self.ident.to_uppercase());
        let dims: Vec<_> = self.shape.iter().map(usize::to_string).collect();
        // A `*/` in a name would end the comment.
        let mut text = format!("\n/* {} */\n", self.doc().replace("*/", "* /"));
        let _ = writeln!(text, "#define {prefix} {i}");
        let _ = writeln!(text, "#define {prefix}_LENGTH {}", self.shape.iter().product::<usize>());
        let _ = writeln!(text, "#define {prefix}_SIZE {}", self.bytes);
        let _ = writeln!(text, "#define {prefix}_TYPE FLOE_{}", self.dtype.name().to_uppercase());
        let _ = writeln!(text, "#define {prefix}_RANK {}", dims.len());
        let _ = writeln!(text, "#define {prefix}_SHAPE {{{}}}", dims.join(", "));
        // A scale that is no number stays a matter of the file.
        if let Some((scale, zero)) = self.quant.filter(|(scale, _)| scale.is_finite()) {
            let _ = writeln!(text, "#define {prefix}_SCALE {}f", float(scale));
            let _ = writeln!(text, "#define {prefix}_ZERO_POINT ({zero})");
        }
        text
    }
}
