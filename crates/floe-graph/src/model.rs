//! [`Model`]: graphs of nodes over values, whatever the format.
//!
//! A *graph* is a GraphDef's main graph, one of its functions, or a TFLite subgraph. A *node* is one
//! operation. A *value* is what flows along an edge; its producer is a node, a graph input or a
//! constant. Ids are dense: nodes and values are numbered from 0 within their graph.

use crate::{DType, Error, LeSlice, Quant, Result, Shape, TensorId, TensorSource, TensorView};

/// The dense index of a graph: 0 is the main one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GraphId(pub u16);

/// A node: its graph, and its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId {
    /// The graph.
    pub graph: GraphId,
    /// The index in the graph, in the file's order.
    pub index: u32,
}

/// A value: its graph, and its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId {
    /// The graph.
    pub graph: GraphId,
    /// The index in the graph.
    pub index: u32,
}

/// The dense index of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SignatureId(pub u16);

/// What kind of file a model came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// A bare GraphDef, frozen or not.
    GraphDef,
    /// A SavedModel or a MetaGraphDef.
    SavedModel,
    /// A TFLite FlatBuffer.
    TfLite,
    /// The converter's own representation.
    Ir,
}

/// Which end of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// What goes in.
    Input,
    /// What comes out.
    Output,
}

/// How large one graph is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct GraphInfo<'data> {
    /// The function's or subgraph's name; empty for a main graph without one.
    pub name: &'data str,
    /// Number of nodes.
    pub nodes: u32,
    /// Number of values.
    pub values: u32,
    /// Number of graph inputs.
    pub inputs: u32,
    /// Number of graph outputs.
    pub outputs: u32,
}

impl<'data> GraphInfo<'data> {
    /// The size of a graph.
    #[must_use]
    pub const fn new(name: &'data str, nodes: u32, values: u32, inputs: u32, outputs: u32) -> Self {
        Self { name, nodes, values, inputs, outputs }
    }
}

/// One input or output of a graph or of a signature.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Port<'data> {
    /// The name that the user calls it by: the signature's key, else the tensor's name.
    pub name: &'data str,
    /// The value behind it.
    pub value: ValueId,
}

impl<'data> Port<'data> {
    /// A port.
    #[must_use]
    pub const fn new(name: &'data str, value: ValueId) -> Self {
        Self { name, value }
    }
}

/// A named entry into the model.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Signature<'data> {
    /// The signature's key, such as `serving_default`.
    pub key: &'data str,
    /// The graph that its ports belong to.
    pub graph: GraphId,
    /// Number of inputs.
    pub inputs: u32,
    /// Number of outputs.
    pub outputs: u32,
}

impl<'data> Signature<'data> {
    /// A signature of so many ports.
    #[must_use]
    pub const fn new(key: &'data str, graph: GraphId, inputs: u32, outputs: u32) -> Self {
        Self { key, graph, inputs, outputs }
    }
}

/// What a node does, in its file's own dialect. Only the converter knows two dialects at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Op<'data> {
    /// A TensorFlow op, by name.
    Tf(&'data str),
    /// A TFLite builtin.
    Builtin {
        /// Its number in the schema.
        code: i32,
        /// Its name in the schema, such as `CONV_2D`; `"?"` for a newer op.
        name: &'static str,
        /// Its version.
        version: i32,
    },
    /// A TFLite custom op, by name.
    Custom(&'data str),
}

impl<'data> Op<'data> {
    /// The op's name in its dialect.
    #[must_use]
    pub const fn name(&self) -> &'data str {
        match *self {
            Self::Tf(name) | Self::Custom(name) | Self::Builtin { name, .. } => name,
        }
    }
}

/// One node.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NodeInfo<'data> {
    /// What it does.
    pub op: Op<'data>,
    /// Number of inputs, control edges included.
    pub inputs: u32,
    /// Number of outputs.
    pub outputs: u32,
    /// Number of attributes.
    pub attrs: u32,
}

impl<'data> NodeInfo<'data> {
    /// A node.
    #[must_use]
    pub const fn new(op: Op<'data>, inputs: u32, outputs: u32, attrs: u32) -> Self {
        Self { op, inputs, outputs, attrs }
    }
}

/// What one input of a node is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// An optional input that is not given.
    None,
    /// A value.
    Value(ValueId),
    /// Only an order: the node runs after this one.
    Control(NodeId),
}

/// One attribute or option of a node.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Attr<'data> {
    /// Its name in the op's definition.
    pub name: &'data str,
    /// Its value.
    pub value: AttrValue<'data>,
}

impl<'data> Attr<'data> {
    /// An attribute.
    #[must_use]
    pub const fn new(name: &'data str, value: AttrValue<'data>) -> Self {
        Self { name, value }
    }
}

/// The value of an attribute.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum AttrValue<'data> {
    /// Present without a value.
    Unset,
    /// An integer, or a number of an enumeration.
    Int(i64),
    /// A number of an enumeration whose names are known.
    Enum(i64, &'static str),
    /// A real number.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// Bytes, usually text.
    Bytes(&'data [u8]),
    /// An element type.
    Type(DType),
    /// A shape.
    Shape(Shape<'data>),
    /// A tensor.
    Tensor(TensorView<'data>),
    /// A function or subgraph of the same model.
    Graph(GraphId),
    /// A function by name, which the model does not hold.
    Function(&'data str),
    /// Several values.
    List(List<'data>),
}

/// A list of attribute values.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum List<'data> {
    /// Signed integers as TFLite stores them.
    I32(LeSlice<'data, i32>),
    /// Integers as decoded protocol buffers hold them.
    I64(&'data [i64]),
    /// Real numbers.
    F32(&'data [f32]),
    /// Truth values.
    Bools(&'data [bool]),
    /// Byte strings and everything else, shown by number only.
    Other(u32),
}

/// One value.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ValueInfo<'data> {
    /// The element type; `None` where the file does not say.
    pub dtype: Option<DType>,
    /// The dimensions, unknown ones negative. A TFLite tensor's shape signature, where it has one.
    pub shape: Shape<'data>,
    /// How integers stand for real numbers, where they do.
    pub quant: Option<Quant<'data>>,
    /// The tensor that holds its elements, when it is a constant.
    pub constant: Option<TensorId>,
}

impl<'data> ValueInfo<'data> {
    /// A value that is computed, not held.
    #[must_use]
    pub const fn new(dtype: Option<DType>, shape: Shape<'data>) -> Self {
        Self { dtype, shape, quant: None, constant: None }
    }

    /// The same value with quantization parameters.
    #[must_use]
    pub const fn with_quant(mut self, quant: Option<Quant<'data>>) -> Self {
        self.quant = quant;
        self
    }

    /// The same value as a constant.
    #[must_use]
    pub const fn with_constant(mut self, constant: Option<TensorId>) -> Self {
        self.constant = constant;
        self
    }
}

/// Graphs of nodes over values: a GraphDef with its functions, a SavedModel, a TFLite file with its
/// subgraphs, the converter's representation.
///
/// Every method answers in constant time and borrows only from the file. An id that is out of range
/// is [`ErrorKind::NoSuchIndex`](crate::ErrorKind::NoSuchIndex).
pub trait Model<'data>: TensorSource<'data> {
    /// The kind of file.
    fn format(&self) -> Format;

    /// Number of graphs.
    fn graph_count(&self) -> u16;

    /// The size of graph `id`.
    ///
    /// # Errors
    /// What is wrong with the graph in the file.
    fn graph(&self, id: GraphId) -> Result<GraphInfo<'data>>;

    /// Input or output `index` of graph `id`.
    ///
    /// # Errors
    /// What is wrong with the port in the file.
    fn port(&self, id: GraphId, side: Side, index: u32) -> Result<Port<'data>>;

    /// Number of signatures.
    fn signature_count(&self) -> u16 {
        0
    }

    /// Signature `id`.
    ///
    /// # Errors
    /// What is wrong with the signature in the file.
    fn signature(&self, id: SignatureId) -> Result<Signature<'data>> {
        Err(Error::new(crate::ErrorKind::NoSuchIndex, id.0.into()))
    }

    /// Input or output `index` of signature `id`.
    ///
    /// # Errors
    /// What is wrong with the port in the file.
    fn signature_port(&self, id: SignatureId, side: Side, index: u32) -> Result<Port<'data>> {
        let _ = (side, index);
        Err(Error::new(crate::ErrorKind::NoSuchIndex, id.0.into()))
    }

    /// Node `id`.
    ///
    /// # Errors
    /// What is wrong with the node in the file.
    fn node(&self, id: NodeId) -> Result<NodeInfo<'data>>;

    /// What input `index` of node `id` is connected to.
    ///
    /// # Errors
    /// What is wrong with the edge in the file.
    fn input(&self, id: NodeId, index: u32) -> Result<Input>;

    /// The value that output `index` of node `id` makes.
    ///
    /// # Errors
    /// What is wrong with the edge in the file.
    fn output(&self, id: NodeId, index: u32) -> Result<ValueId>;

    /// Attribute `index` of node `id`.
    ///
    /// # Errors
    /// What is wrong with the attribute in the file.
    fn attr(&self, id: NodeId, index: u32) -> Result<Attr<'data>>;

    /// Value `id`.
    ///
    /// # Errors
    /// What is wrong with the value in the file.
    fn value(&self, id: ValueId) -> Result<ValueInfo<'data>>;

    /// The name of node `id`; empty in formats whose nodes have none.
    ///
    /// # Errors
    /// [`ErrorKind::NotUtf8`](crate::ErrorKind::NotUtf8).
    fn node_name(&self, id: NodeId) -> Result<&'data str>;

    /// The name of value `id`; a GraphDef's is its node's.
    ///
    /// # Errors
    /// [`ErrorKind::NotUtf8`](crate::ErrorKind::NotUtf8).
    fn value_name(&self, id: ValueId) -> Result<&'data str>;
}
