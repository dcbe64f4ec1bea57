//! [`Graph`]: a GraphDef with its functions and, when it has them, signatures, as a
//! [`Model`](floe_graph::Model).
//!
//! Graph 0 is the main graph; its functions follow in the order of the library. Values of a function
//! are numbered arguments first, then the outputs of its nodes in order; of the main graph the outputs
//! alone.
//!
//! Invariant: the index is built once, in time and memory proportional to the message; an edge that
//! leads nowhere is kept as such and is an error only where it is asked for.

mod index;
mod model;

pub(crate) use index::signature_name;

use crate::ops::Ops;
use crate::tensor::Held;
use crate::{Error, Result};
use floe_proto::tensorflow::{
    AttrValue, FunctionDef, GraphDef, MetaGraphDef, NodeDef, SignatureDef, attr_value::Value,
};
use foldhash::HashMap;
use index::Scope;

/// A graph, its functions, and what a MetaGraphDef says of them.
#[derive(Debug)]
pub struct Graph {
    meta: MetaGraphDef,
    ops: Ops,
    scopes: Vec<Scope>,
    tensors: Vec<Constant>,
    signatures: Vec<SignatureIndex>,
    functions: HashMap<String, u16>,
    main_nodes: HashMap<String, u32>,
}

/// A tensor that an attribute holds. Those of `Const` nodes come first and have names.
#[derive(Debug)]
struct Constant {
    name: String,
    held: floe_graph::Result<Held>,
}

/// A signature's ports, in the order of their names.
#[derive(Debug)]
struct SignatureIndex {
    key: String,
    inputs: Vec<(String, Option<u32>)>,
    outputs: Vec<(String, Option<u32>)>,
}

impl Graph {
    /// A graph and all that comes with it.
    ///
    /// # Errors
    /// [`Error::Limit`] when there are more functions than the index can number.
    pub fn from_meta(mut meta: MetaGraphDef) -> Result<Self> {
        let own = meta.meta_info_def.as_ref().and_then(|info| info.stripped_op_list.as_ref());
        let mut ops = Ops::new(own);
        let def = meta.graph_def.get_or_insert_default();
        ops.load(all_nodes(def).map(|node| node.op.as_str()));
        index::build(meta, ops)
    }

    /// A bare graph.
    ///
    /// # Errors
    /// As [`from_meta`](Self::from_meta).
    pub fn from_def(def: GraphDef) -> Result<Self> {
        Self::from_meta(MetaGraphDef { graph_def: Some(def), ..MetaGraphDef::default() })
    }

    /// The graph itself.
    ///
    /// # Panics
    /// Never: a graph is made with a definition, if an empty one.
    #[must_use]
    pub fn def(&self) -> &GraphDef {
        static EMPTY: GraphDef = GraphDef {
            node: Vec::new(),
            library: None,
            version: 0,
            versions: None,
            debug_info: None,
        };
        self.meta.graph_def.as_ref().unwrap_or(&EMPTY)
    }

    /// The graph and all that comes with it; a bare graph's is otherwise empty.
    #[must_use]
    pub const fn meta(&self) -> &MetaGraphDef {
        &self.meta
    }

    /// The graph and all that comes with it, given back.
    #[must_use]
    pub fn into_meta(self) -> MetaGraphDef {
        self.meta
    }

    /// The definitions of the graph's ops.
    #[must_use]
    pub const fn ops(&self) -> &Ops {
        &self.ops
    }

    /// The tags that a SavedModel knows this graph by.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        self.meta.meta_info_def.as_ref().map(|info| info.tags.as_slice()).unwrap_or_default()
    }

    /// The functions of the library.
    #[must_use]
    pub fn functions(&self) -> &[FunctionDef] {
        self.def().library.as_ref().map(|library| library.function.as_slice()).unwrap_or_default()
    }

    /// The function called `name`.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&FunctionDef> {
        let id = *self.functions.get(name)?;
        self.functions().get(usize::from(id).checked_sub(1)?)
    }

    /// The node of the main graph called `name`; the first, should several share it.
    #[must_use]
    pub fn find_node(&self, name: &str) -> Option<&NodeDef> {
        self.def().node.get(*self.main_nodes.get(name)? as usize)
    }

    /// The number of the node of the main graph called `name`.
    pub(crate) fn node_number(&self, name: &str) -> Option<u32> {
        self.main_nodes.get(name).copied()
    }

    /// How many graphs there are: the main one and the functions.
    pub(crate) fn graph_count_usize(&self) -> usize {
        self.scopes.len()
    }

    /// The dtypes of the results of the call `name` in the main graph.
    pub(crate) fn call_types(&self, name: &str) -> Vec<i32> {
        let Some(node) = self.find_node(name) else { return Vec::new() };
        if let Some(AttrValue { value: Some(Value::List(list)) }) = node.attr.get("Tout") {
            return list.r#type.clone();
        }
        let signature = self.function(&node.op).and_then(|f| f.signature.as_ref());
        signature.map_or(Vec::new(), |s| s.output_arg.iter().map(|a| a.r#type).collect())
    }

    /// The signatures that users call, by key; TensorFlow's own pseudo signatures are left out.
    pub fn signatures(&self) -> impl Iterator<Item = (&str, &SignatureDef)> {
        let visible = |key: &&String| !is_pseudo_signature(key);
        self.meta
            .signature_def
            .iter()
            .filter(move |(k, _)| visible(k))
            .map(|(k, s)| (k.as_str(), s))
    }

    /// The signature `key`; without a key `serving_default`, else the only one.
    ///
    /// # Errors
    /// [`Error::NoSuch`], naming those that there are.
    pub fn signature_def(&self, key: Option<&str>) -> Result<(&str, &SignatureDef)> {
        const DEFAULT: &str = "serving_default";
        let wanted = key.unwrap_or(DEFAULT);
        if let Some(found) = self.signatures().find(|(k, _)| *k == wanted) {
            return Ok(found);
        }
        let mut all = self.signatures();
        if let (None, Some(only), None) = (key, all.next(), all.next()) {
            return Ok(only);
        }
        Err(Error::no_such("signature", wanted, self.signatures().map(|(k, _)| k)))
    }
}

/// Whether `key` is not a signature but how TensorFlow keeps an init op or a training op.
fn is_pseudo_signature(key: &str) -> bool {
    matches!(key, "__saved_model_init_op" | "__saved_model_train_op")
}

/// All nodes of the main graph and of the functions.
fn all_nodes(def: &GraphDef) -> impl Iterator<Item = &NodeDef> {
    let functions = def.library.iter().flat_map(|library| &library.function);
    def.node.iter().chain(functions.flat_map(|function| &function.node_def))
}
