//! [`TfLite`] as a [`TensorSource`] and a [`Model`]: graphs are subgraphs, nodes operators, values
//! tensors, attributes option fields.
//!
//! Invariant: tensor ids count the tensors of all subgraphs, the main graph's first; value ids count
//! those of one.

use crate::schema::fields::{signature_def, tensor_map};
use crate::schema::{EnumId, FieldInfo, Kind, Scalar, TableId};
use crate::table::{Slot, Table};
use crate::{Operator, Subgraph, Tensor, TfLite};
use floe_graph::{
    Attr, AttrValue, DType, Error, ErrorKind, Format, GraphId, GraphInfo, Input, LeSlice, List,
    Model, NodeId, NodeInfo, Port, Result, Shape, Side, Signature, SignatureId, TensorId,
    TensorSource, TensorView, ValueId, ValueInfo,
};

/// The name under which a custom operator's bytes are an attribute.
const CUSTOM_OPTIONS: &str = "custom_options";

impl<'d> TensorSource<'d> for TfLite<'d> {
    fn tensor_count(&self) -> u32 {
        count(self.subgraphs().map(|g| g.tensor_count()).fold(0, usize::saturating_add))
    }

    fn tensor(&self, id: TensorId) -> Result<TensorView<'d>> {
        let tensor = find(self, id)?;
        let payload = tensor.payload()?;
        let offset = tensor.data()?.map_or(0, |part| place(self.file(), part));
        Ok(TensorView::new(tensor.dtype()?, Shape::I32(tensor.shape()), payload)
            .with_quant(tensor.quant())
            .at(offset))
    }

    fn tensor_name(&self, id: TensorId) -> Result<&'d str> {
        find(self, id)?.name()
    }
}

impl<'d> Model<'d> for TfLite<'d> {
    fn format(&self) -> Format {
        Format::TfLite
    }

    fn graph_count(&self) -> u16 {
        u16::try_from(self.subgraph_count()).unwrap_or(u16::MAX)
    }

    fn graph(&self, id: GraphId) -> Result<GraphInfo<'d>> {
        let graph = self.subgraph(id.0.into())?;
        Ok(GraphInfo::new(
            graph.name(),
            count(graph.operator_count()),
            count(graph.tensor_count()),
            count(graph.inputs().len()),
            count(graph.outputs().len()),
        ))
    }

    fn port(&self, id: GraphId, side: Side, index: u32) -> Result<Port<'d>> {
        let graph = self.subgraph(id.0.into())?;
        let ports = if side == Side::Input { graph.inputs() } else { graph.outputs() };
        let value = value(id, &graph, at(ports, index)?)?;
        Ok(Port::new(self.value_name(value)?, value))
    }

    fn signature_count(&self) -> u16 {
        u16::try_from(self.signatures().len()).unwrap_or(u16::MAX)
    }

    fn signature(&self, id: SignatureId) -> Result<Signature<'d>> {
        let table = signature(self, id)?;
        let key = table.string(signature_def::SIGNATURE_KEY).unwrap_or_default();
        Ok(Signature::new(
            key,
            signature_graph(&table)?,
            count(table.tables(signature_def::INPUTS).len()),
            count(table.tables(signature_def::OUTPUTS).len()),
        ))
    }

    fn signature_port(&self, id: SignatureId, side: Side, index: u32) -> Result<Port<'d>> {
        let table = signature(self, id)?;
        let graph = signature_graph(&table)?;
        let field =
            if side == Side::Input { signature_def::INPUTS } else { signature_def::OUTPUTS };
        let none = Error::new(ErrorKind::NoSuchIndex, size(index));
        let entry = table.tables(field).get(size(index)).ok_or(none)?;
        let subgraph = self.subgraph(graph.0.into())?;
        let index = entry.get(tensor_map::TENSOR_INDEX).cast_signed();
        let name = entry.string(tensor_map::NAME).unwrap_or_default();
        Ok(Port::new(name, value(graph, &subgraph, index)?))
    }

    fn node(&self, id: NodeId) -> Result<NodeInfo<'d>> {
        let node = node(self, id)?;
        let options = node.options().map_or(0, |t| attributes(t.id()).count());
        let custom = usize::from(!node.custom_options()?.is_empty());
        Ok(NodeInfo::new(
            node.code()?.op(),
            count(node.inputs().len()),
            count(node.outputs().len()),
            count(options.saturating_add(custom)),
        ))
    }

    fn input(&self, id: NodeId, index: u32) -> Result<Input> {
        match at(node(self, id)?.inputs(), index)? {
            -1 => Ok(Input::None),
            tensor => value(id.graph, &self.subgraph(id.graph.0.into())?, tensor).map(Input::Value),
        }
    }

    fn output(&self, id: NodeId, index: u32) -> Result<ValueId> {
        let tensor = at(node(self, id)?.outputs(), index)?;
        value(id.graph, &self.subgraph(id.graph.0.into())?, tensor)
    }

    fn attr(&self, id: NodeId, index: u32) -> Result<Attr<'d>> {
        let node = node(self, id)?;
        let mut left = size(index);
        if let Some(table) = node.options() {
            let known = attributes(table.id()).count();
            if let Some((slot, field)) = attributes(table.id()).nth(left) {
                return Ok(Attr::new(field.name(), attribute(&table, slot, &field)));
            }
            left = left.saturating_sub(known);
        }
        let custom = node.custom_options()?;
        if left == 0 && !custom.is_empty() {
            return Ok(Attr::new(CUSTOM_OPTIONS, AttrValue::Bytes(custom)));
        }
        Err(Error::new(ErrorKind::NoSuchIndex, size(index)))
    }

    fn value(&self, id: ValueId) -> Result<ValueInfo<'d>> {
        let tensor = self.subgraph(id.graph.0.into())?.tensor(size(id.index))?;
        let before = self.subgraphs().take(id.graph.0.into()).map(|g| g.tensor_count());
        let dense = count(before.fold(size(id.index), usize::saturating_add));
        let constant = tensor.data()?.map(|_| TensorId(dense));
        Ok(ValueInfo::new(tensor.dtype().ok(), tensor.known_shape())
            .with_quant(tensor.quant())
            .with_constant(constant))
    }

    fn node_name(&self, _: NodeId) -> Result<&'d str> {
        Ok("")
    }

    fn value_name(&self, id: ValueId) -> Result<&'d str> {
        self.subgraph(id.graph.0.into())?.tensor(size(id.index))?.name()
    }
}

fn find<'d>(file: &TfLite<'d>, id: TensorId) -> Result<Tensor<'d>> {
    let mut index = size(id.0);
    for graph in file.subgraphs() {
        match index.checked_sub(graph.tensor_count()) {
            None => return graph.tensor(index),
            Some(left) => index = left,
        }
    }
    Err(Error::new(ErrorKind::NoSuchIndex, size(id.0)))
}

fn node<'d>(file: &TfLite<'d>, id: NodeId) -> Result<Operator<'d>> {
    file.subgraph(id.graph.0.into())?.operator(size(id.index))
}

fn signature<'d>(file: &TfLite<'d>, id: SignatureId) -> Result<Table<'d>> {
    crate::model::element(file.signatures(), id.0.into())
}

fn signature_graph(table: &Table<'_>) -> Result<GraphId> {
    let index = table.get(signature_def::SUBGRAPH_INDEX);
    let none = Error::new(ErrorKind::NoSuchIndex, size(index));
    u16::try_from(index).map(GraphId).map_err(|_| none)
}

/// Tensor `index` of `graph` as a value, when there is such a tensor.
fn value(id: GraphId, graph: &Subgraph<'_>, index: i32) -> Result<ValueId> {
    let none = Error::new(ErrorKind::NoSuchIndex, usize::try_from(index).unwrap_or(usize::MAX));
    let index = u32::try_from(index).map_err(|_| none)?;
    if size(index) >= graph.tensor_count() {
        return Err(none);
    }
    Ok(ValueId { graph: id, index })
}

fn at(numbers: LeSlice<'_, i32>, index: u32) -> Result<i32> {
    numbers.get(size(index)).ok_or(Error::new(ErrorKind::NoSuchIndex, size(index)))
}

/// The fields of an options table that are attributes: all but the dead ones.
fn attributes(table: TableId) -> impl Iterator<Item = (u8, FieldInfo)> {
    table.fields().filter(|(_, f)| !f.is_deprecated())
}

/// What an option is, given or by default.
fn attribute<'d>(table: &Table<'d>, slot: u8, field: &FieldInfo) -> AttrValue<'d> {
    let given = table.slot(slot);
    match field.kind {
        Kind::Scalar(Scalar::F32, _) => match given {
            Some(Slot::Float(number)) => AttrValue::Float(number.into()),
            _ => AttrValue::Float(0.0),
        },
        Kind::Scalar(scalar, enumeration) => {
            let number = match given {
                Some(Slot::Int(number)) => number,
                _ => field.default_number(),
            };
            whole(number, scalar, enumeration, field.is_subgraph())
        }
        _ => match given {
            Some(Slot::Vector(scalar, bytes)) => list(scalar, bytes),
            Some(Slot::String(bytes)) => AttrValue::Bytes(bytes),
            _ => AttrValue::Unset,
        },
    }
}

fn whole<'d>(
    number: i64,
    scalar: Scalar,
    enumeration: Option<EnumId>,
    is_subgraph: bool,
) -> AttrValue<'d> {
    let dtype = || i8::try_from(number).ok().and_then(DType::from_tflite);
    match enumeration {
        Some(e) if e.name() == "TensorType" => {
            dtype().map_or(AttrValue::Int(number), AttrValue::Type)
        }
        Some(e) => e.name_of(number).map_or(AttrValue::Int(number), |n| AttrValue::Enum(number, n)),
        None if scalar == Scalar::Bool => AttrValue::Bool(number != 0),
        None if is_subgraph => match u16::try_from(number) {
            Ok(graph) => AttrValue::Graph(GraphId(graph)),
            Err(_) => AttrValue::Int(number),
        },
        None => AttrValue::Int(number),
    }
}

fn list(scalar: Scalar, bytes: &[u8]) -> AttrValue<'_> {
    match scalar {
        Scalar::U8 | Scalar::I8 => AttrValue::Bytes(bytes),
        Scalar::I32 => AttrValue::List(List::I32(LeSlice::new(bytes))),
        other => AttrValue::List(List::Other(count(
            bytes.len().checked_div(other.size()).unwrap_or_default(),
        ))),
    }
}

/// Where `part` of `file` begins.
fn place(file: &[u8], part: &[u8]) -> u64 {
    u64::try_from(part.as_ptr().addr().saturating_sub(file.as_ptr().addr())).unwrap_or_default()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn size(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}
