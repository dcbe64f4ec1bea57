//! A micro-interpreter for TFLite models: no heap, no panics, bit-exact integers.
//!
//! The model stays where it is (flash), everything that changes lies in one piece of memory that the
//! caller lends, and the caller's list of ops decides what is linked:
//!
//! ```
//! use floe_micro::{Interpreter, OpDef, kernels};
//!
//! static OPS: &[&OpDef] = &[&kernels::reshape::RESHAPE];
//!
//! fn classify(model: &[u8], picture: &[i8], scores: &mut [i8]) -> floe_micro::Result<()> {
//!     let mut arena = [0u8; 16 * 1024];
//!     let mut it = Interpreter::new(model, &mut arena, OPS)?;
//!     it.input::<i8>(0)?.write(picture.iter().copied());
//!     it.invoke()?;
//!     for (to, score) in scores.iter_mut().zip(it.output::<i8>(0)?.iter()) {
//!         *to = score;
//!     }
//!     Ok(())
//! }
//! ```
//!
//! * [`Interpreter`]: plan once, run often; [`step`](Interpreter::step) for cooperative schedulers,
//!   [`Probe`] for timing. [`arena_bytes`](Interpreter::arena_bytes) is the exact need; with less,
//!   [`Interpreter::new`] says in its error how much that is.
//! * [`Session`]: the same with memory of its own, for hosts: inputs may change their shape, tensors
//!   may outgrow their plan.
//! * [`Program`] and its [`Runner`]: a model that was planned where it was compiled, by the macro `model!` of the crate
//!   `floe-micro-macros`. The least code and nothing to do at start: how firmware should run a model that it knows.
//! * [`kernels`]: the ops. Each is one file, its arithmetic plain functions over slices.
//!
//! Two references differ in a few roundings, and [`Numerics`] says whose are reproduced, to the bit.
//!
//! Invariant: after [`Interpreter::new`] nothing is allocated; no input, model or data, panics or reads
//! outside the caller's memory (`unsafe` is forbidden here); errors are eight bytes that name the
//! operator and the tensor.
//!
//! | feature | adds |
//! |---|---|
//! | `alloc` | [`Session`] |
//! | `std` (default) | `alloc` |

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

/// The model in a `.tflite` file as items of this module: `MODEL`, `ARENA`, `OPS`, `INPUTS`, `OUTPUTS`, and typed
/// `Model`, `Inputs`, `Outputs`. See the crate `floe-micro-macros`, which must be a dependency beside this one: it
/// plans models with this crate, and a crate cannot depend on one that depends on it.
///
/// ```ignore
/// mod keywords {
///     floe_micro::model!("models/keywords.tflite");
/// }
///
/// let mut arena = [0; keywords::ARENA];
/// let mut model = keywords::Model::new(&mut arena)?;
/// let scores = model.run(&keywords::Inputs { audio: &samples })?.scores;
/// ```
#[macro_export]
macro_rules! model {
    ($($path:tt)*) => { ::floe_micro_macros::model! { $($path)* } };
}

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

pub mod data;
mod error;
mod info;
mod interpreter;
mod io;
pub mod kernel;
pub mod kernels;
pub mod num;
mod op;
mod place;
mod plan;
pub mod program;
mod resource;
#[cfg(feature = "alloc")]
mod session;
mod shape;
mod sweep;
mod tables;
pub mod task;

use data::{View, ViewMut};
pub use error::{Error, Fault, Kind, Operand, Result};
pub use floe_graph::DType;
pub use floe_tflite::{Tensor, TfLite};
pub use info::TensorInfo;
#[cfg(feature = "alloc")]
pub use interpreter::compile::{Compiled, CompiledStep, Source};
pub use interpreter::{Interpreter, Probe};
pub use io::Io;
pub use kernel::{Kernel, OpDef};
pub use num::Numerics;
pub use op::{Cap, Done, Ints, Op, Slices};
pub use plan::Options;
pub use program::{Program, Runner};
#[cfg(feature = "alloc")]
pub use session::{Port, Session, SessionOptions};
pub use shape::{MAX_RANK, Shape};
pub use sweep::{Rows, Strip, Strips, Sweep};
