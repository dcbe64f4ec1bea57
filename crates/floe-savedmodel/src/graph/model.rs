//! [`Model`] and [`TensorSource`] for `&Graph`.

use super::index::{Edge, Scope, ValueMeta, signature_name};
use super::{Graph, SignatureIndex};
use floe_graph::{
    Attr, AttrValue, DType, Error, ErrorKind, Format, GraphId, GraphInfo, Input, List, Model,
    NodeId, NodeInfo, Op, Port, Result, Shape, Side, Signature, SignatureId, TensorId,
    TensorSource, TensorView, ValueId, ValueInfo,
};
use floe_proto::tensorflow::{
    FunctionDef, NodeDef,
    attr_value::{ListValue, Value},
};

const fn no_such(index: u32) -> Error {
    Error::new(ErrorKind::NoSuchIndex, index as usize)
}

const fn dangling(index: u32) -> Error {
    Error::new(ErrorKind::Malformed, index as usize)
}

impl Graph {
    fn scope(&self, id: GraphId) -> Result<&Scope> {
        self.scopes.get(usize::from(id.0)).ok_or(no_such(id.0.into()))
    }

    fn function_of(&self, id: GraphId) -> Option<&FunctionDef> {
        self.functions().get(usize::from(id.0).checked_sub(1)?)
    }

    fn nodes_of(&self, id: GraphId) -> &[NodeDef] {
        match id.0 {
            0 => &self.def().node,
            _ => self.function_of(id).map(|f| f.node_def.as_slice()).unwrap_or_default(),
        }
    }

    fn node_def(&self, id: NodeId) -> Result<&NodeDef> {
        self.nodes_of(id.graph).get(id.index as usize).ok_or(no_such(id.index))
    }

    fn value_meta(&self, id: ValueId) -> Result<&ValueMeta> {
        self.scope(id.graph)?.values.get(id.index as usize).ok_or(no_such(id.index))
    }

    /// The node that makes `value`; `None` for an argument.
    pub(crate) fn owner(&self, value: ValueId) -> Option<u32> {
        let arguments = self.function_of(value.graph).and_then(|f| f.signature.as_ref());
        let is_argument = (value.index as usize) < arguments.map_or(0, |s| s.input_arg.len());
        if is_argument { None } else { Some(self.value_meta(value).ok()?.owner) }
    }

    fn signature_index(&self, id: SignatureId) -> Result<&SignatureIndex> {
        self.signatures.get(usize::from(id.0)).ok_or(no_such(id.0.into()))
    }

    /// The value of attribute `index` of node `id`; `None` when the file's is damaged.
    fn attr_value<'d>(&'d self, id: NodeId, index: u32, value: &'d Value) -> Option<AttrValue<'d>> {
        let scope = self.scope(id.graph).ok()?;
        let at = (id.index, index);
        Some(match value {
            Value::S(bytes) => AttrValue::Bytes(bytes),
            Value::Placeholder(name) => AttrValue::Bytes(name.as_bytes()),
            Value::I(i) => AttrValue::Int(*i),
            Value::F(f) => AttrValue::Float((*f).into()),
            Value::B(b) => AttrValue::Bool(*b),
            Value::Type(number) => AttrValue::Type(base_dtype(*number)?),
            Value::List(list) => AttrValue::List(self::list(list)),
            Value::Shape(_) => AttrValue::Shape(
                scope.attr_shapes.get(at).map_or(Shape::Unknown, |d| Shape::I64(d)),
            ),
            Value::Tensor(_) => {
                let tensor = self.tensors.get(*scope.attr_tensors.get(at)? as usize)?;
                AttrValue::Tensor(tensor.held.as_ref().ok()?.view())
            }
            Value::Func(f) => match self.functions.get(&f.name) {
                Some(&id) => AttrValue::Graph(GraphId(id)),
                None => AttrValue::Function(&f.name),
            },
        })
    }
}

fn list(list: &ListValue) -> List<'_> {
    if !list.i.is_empty() {
        return List::I64(&list.i);
    }
    if !list.f.is_empty() {
        return List::F32(&list.f);
    }
    if !list.b.is_empty() {
        return List::Bools(&list.b);
    }
    let others =
        [list.s.len(), list.r#type.len(), list.shape.len(), list.tensor.len(), list.func.len()];
    List::Other(others.into_iter().max().and_then(|n| u32::try_from(n).ok()).unwrap_or(u32::MAX))
}

/// The dtype of a number, of a reference's base too.
fn base_dtype(number: i32) -> Option<DType> {
    DType::from_tensorflow(number)
        .or_else(|| DType::from_tensorflow(number.checked_sub(crate::ops::REF)?))
}

impl<'d> TensorSource<'d> for &'d Graph {
    fn tensor_count(&self) -> u32 {
        self.tensors.iter().take_while(|t| !t.name.is_empty()).count() as u32
    }

    fn tensor(&self, id: TensorId) -> Result<TensorView<'d>> {
        let tensor = self.tensors.get(id.0 as usize).ok_or(no_such(id.0))?;
        Ok(tensor.held.as_ref().map_err(|e| *e)?.view())
    }

    fn tensor_name(&self, id: TensorId) -> Result<&'d str> {
        self.tensors.get(id.0 as usize).map(|t| t.name.as_str()).ok_or(no_such(id.0))
    }
}

impl<'d> Model<'d> for &'d Graph {
    fn format(&self) -> Format {
        let bare = self.meta.meta_info_def.is_none() && self.meta.signature_def.is_empty();
        if bare { Format::GraphDef } else { Format::SavedModel }
    }

    fn graph_count(&self) -> u16 {
        u16::try_from(self.scopes.len()).unwrap_or(u16::MAX)
    }

    fn graph(&self, id: GraphId) -> Result<GraphInfo<'d>> {
        let graph: &'d Graph = self;
        let scope = graph.scope(id)?;
        Ok(GraphInfo::new(
            graph.function_of(id).map_or("", signature_name),
            graph.nodes_of(id).len() as u32,
            scope.values.len() as u32,
            scope.inputs.len() as u32,
            scope.outputs.len() as u32,
        ))
    }

    fn port(&self, id: GraphId, side: Side, index: u32) -> Result<Port<'d>> {
        let graph: &'d Graph = self;
        let scope = graph.scope(id)?;
        match side {
            Side::Input => {
                let value = *scope.inputs.get(index as usize).ok_or(no_such(index))?;
                let value = ValueId { graph: id, index: value };
                Ok(Port::new(self.value_name(value)?, value))
            }
            Side::Output => {
                let (name, value) = scope.outputs.get(index as usize).ok_or(no_such(index))?;
                let value = value.ok_or(dangling(index))?;
                Ok(Port::new(name, ValueId { graph: id, index: value }))
            }
        }
    }

    fn signature_count(&self) -> u16 {
        u16::try_from(self.signatures.len()).unwrap_or(u16::MAX)
    }

    fn signature(&self, id: SignatureId) -> Result<Signature<'d>> {
        let graph: &'d Graph = self;
        let signature = graph.signature_index(id)?;
        let (inputs, outputs) = (signature.inputs.len() as u32, signature.outputs.len() as u32);
        Ok(Signature::new(&signature.key, GraphId(0), inputs, outputs))
    }

    fn signature_port(&self, id: SignatureId, side: Side, index: u32) -> Result<Port<'d>> {
        let graph: &'d Graph = self;
        let signature = graph.signature_index(id)?;
        let ports = if side == Side::Input { &signature.inputs } else { &signature.outputs };
        let (name, value) = ports.get(index as usize).ok_or(no_such(index))?;
        let value = value.ok_or(dangling(index))?;
        Ok(Port::new(name, ValueId { graph: GraphId(0), index: value }))
    }

    fn node(&self, id: NodeId) -> Result<NodeInfo<'d>> {
        let graph: &'d Graph = self;
        let node = graph.node_def(id)?;
        let scope = graph.scope(id.graph)?;
        let outputs = span(&scope.value_start, id.index)?.len() as u32;
        let (inputs, attrs) = (node.input.len() as u32, node.attr.len() as u32);
        Ok(NodeInfo::new(Op::Tf(&node.op), inputs, outputs, attrs))
    }

    fn input(&self, id: NodeId, index: u32) -> Result<Input> {
        let scope = self.scope(id.graph)?;
        let mut edges = span(&scope.edge_start, id.index)?;
        let edge = edges.nth(index as usize).and_then(|e| scope.edges.get(e));
        match *edge.ok_or(no_such(index))? {
            Edge::Value(v) => Ok(Input::Value(ValueId { graph: id.graph, index: v })),
            Edge::Control(n) => Ok(Input::Control(NodeId { graph: id.graph, index: n })),
            Edge::Argument => Ok(Input::None),
            Edge::Dangling => Err(dangling(index)),
        }
    }

    fn output(&self, id: NodeId, index: u32) -> Result<ValueId> {
        let mut values = span(&self.scope(id.graph)?.value_start, id.index)?;
        let value = values.nth(index as usize).ok_or(no_such(index))?;
        Ok(ValueId { graph: id.graph, index: value as u32 })
    }

    fn attr(&self, id: NodeId, index: u32) -> Result<Attr<'d>> {
        let graph: &'d Graph = self;
        let node = graph.node_def(id)?;
        let (name, attr) = node.attr.iter().nth(index as usize).ok_or(no_such(index))?;
        let value = match &attr.value {
            None => AttrValue::Unset,
            Some(value) => graph.attr_value(id, index, value).ok_or(dangling(index))?,
        };
        Ok(Attr::new(name, value))
    }

    fn value(&self, id: ValueId) -> Result<ValueInfo<'d>> {
        let graph: &'d Graph = self;
        let meta = graph.value_meta(id)?;
        let shape = meta.shape.as_deref().map_or(Shape::Unknown, Shape::I64);
        Ok(ValueInfo::new(meta.dtype, shape).with_constant(meta.constant.map(TensorId)))
    }

    fn node_name(&self, id: NodeId) -> Result<&'d str> {
        let graph: &'d Graph = self;
        graph.node_def(id).map(|n| n.name.as_str())
    }

    fn value_name(&self, id: ValueId) -> Result<&'d str> {
        let graph: &'d Graph = self;
        let owner = graph.value_meta(id)?.owner;
        let arguments = graph.function_of(id.graph).and_then(|f| f.signature.as_ref());
        match arguments.and_then(|s| s.input_arg.get(id.index as usize)) {
            Some(argument) => Ok(&argument.name),
            None => self.node_name(NodeId { graph: id.graph, index: owner }),
        }
    }
}

/// The range of what belongs to `node`.
fn span(starts: &[u32], node: u32) -> Result<std::ops::Range<usize>> {
    let at = node as usize;
    let next = at.checked_add(1).and_then(|next| starts.get(next));
    match (starts.get(at), next) {
        (Some(&start), Some(&end)) => Ok(start as usize..end as usize),
        _ => Err(no_such(node)),
    }
}
