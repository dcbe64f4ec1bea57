//! The vocabulary every Floe crate speaks: [`DType`], [`Shape`], [`Quant`], [`TensorView`], and two
//! traits, [`TensorSource`] (named tensors: a checkpoint) and [`Model`] (graphs of nodes over
//! values: a GraphDef, a SavedModel, a TFLite file).
//!
//! What is written over these traits (`inspect`, `tensors`, `diff`, the page that draws a graph)
//! knows no format. Three habits keep them small enough for a bare chip:
//!
//! * Results borrow from the file, `'data`, never from the reader. A format whose file does not lie
//!   in memory as its trait needs it (a checkpoint, a GraphDef) implements the trait on a
//!   *reference* to its owner, so `'data` is the owner's borrow.
//! * Access is by dense index; what is returned is a plain `Copy` struct with public fields.
//! * Names are asked for apart from the rest: a chip never does.
//!
//! Invariant: nothing here allocates without the feature `alloc`, and nothing ever allocates by a
//! size that only a file claims ([`TensorView::bytes`] takes a limit).
//!
//! | feature | adds |
//! |---|---|
//! | `alloc` | owned copies as [`Cow`](alloc::borrow::Cow), graph orders ([`walk`]) |
//! | `std` (default) | `alloc` |
//! | `map` | [`map::open`]: a file as a memory map behind [`bytes::Bytes`] |

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod dtype;
mod error;
mod foreign;
mod layered;
mod le;
#[cfg(feature = "map")]
pub mod map;
mod model;
pub mod number;
#[cfg(feature = "alloc")]
pub mod order;
mod payload;
mod quant;
mod shape;
mod strings;
mod tensor;
pub mod walk;

pub use dtype::{DType, Width};
pub use error::{Error, ErrorKind, Result};
pub use foreign::foreign;
pub use layered::Layered;
pub use le::{LeScalar, LeSlice};
pub use model::{
    Attr, AttrValue, Format, GraphId, GraphInfo, Input, List, Model, NodeId, NodeInfo, Op, Port,
    Side, Signature, SignatureId, ValueId, ValueInfo,
};
pub use payload::{Decode, Payload};
pub use quant::Quant;
pub use shape::{Dims, Shape};
pub use strings::{StringIter, StringList, Strings};
pub use tensor::{TensorId, TensorSource, TensorView};
