//! The intermediate representation: a [`Module`] of [`Graph`]s, each a list of nodes in an order in
//! which they can run, over values that know their dtype, their symbolic shape and their origin.
//!
//! The op dialect is TFLite's: TensorFlow's ops are lowered while the graph is imported. What an op
//! gives is computed when the node is made ([`crate::infer`]), so a value without a shape cannot be.
//!
//! Invariant: every value that a node reads is a constant, a state, a graph input, or the output of
//! an earlier node; [`crate::valid`] proves it.

mod attrs;
pub mod dim;
mod edit;
mod graph;
mod op;
mod print;
mod tensor;

pub use attrs::{Attr, Attrs};
pub use dim::{Dim, Symbols};
pub(crate) use edit::Change;
pub use edit::{Patch, Reason, Scope};
pub use graph::{Def, Graph, Node, QuantParams, Value};
pub use op::{Builtin, Op};
pub use print::Printed;
pub use tensor::{Tensor, count, strides};

/// A graph of a module; 0 is the main one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GraphId(pub u32);

/// A node of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

/// A value of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub(crate) u32);

/// A named entry: the user's names for the inputs and outputs of a graph.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The signature's key, such as `serving_default`; empty when the model has none.
    pub key: String,
    /// The graph.
    pub graph: GraphId,
    /// The names of the graph's inputs, in their order.
    pub inputs: Vec<String>,
    /// The names of the graph's outputs, in their order.
    pub outputs: Vec<String>,
}

/// Everything that goes into one file.
#[derive(Debug, Default)]
pub struct Module {
    /// The graphs; the main one first.
    pub graphs: Vec<Graph>,
    /// The unknown dimensions of all graphs.
    pub symbols: Symbols,
    /// The named entries.
    pub entries: Vec<Entry>,
    /// Whether an open batch stays open, though an operator with a state would hold it to one length.
    pub open_batch: bool,
    /// What the file says of itself; empty for the converter's own words.
    pub description: String,
    /// What the file carries beside the graphs, by name.
    pub metadata: Vec<(String, bytes::Bytes)>,
}

impl Module {
    /// The same graphs again, with the same names for unknown dimensions.
    #[must_use]
    pub(crate) fn copied(&self) -> Self {
        Self {
            graphs: self.graphs.clone(),
            symbols: self.symbols.copied(),
            entries: self.entries.clone(),
            open_batch: self.open_batch,
            description: self.description.clone(),
            metadata: self.metadata.clone(),
        }
    }

    /// Graph `id`.
    #[must_use]
    pub fn graph(&self, id: GraphId) -> Option<&Graph> {
        self.graphs.get(id.0 as usize)
    }
}
