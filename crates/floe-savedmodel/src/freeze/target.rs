//! What a graph is frozen for: the tensors that are fed, and those that are fetched.

use super::{FreezeOptions, Target};
use crate::names::Reference;
use crate::{Error, Graph, Result};
use floe_graph::{DType, GraphId, Model, NodeId, Side, walk};
use floe_proto::tensorflow::{TensorInfo, TensorShapeProto, tensor_info::Encoding};
use std::collections::BTreeMap;

/// A tensor of the main graph and the name that the user knows it by.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The signature that it belongs to; empty for a tensor that was given by name.
    pub(crate) signature: String,
    pub(crate) key: String,
    pub(crate) node: String,
    pub(crate) index: u32,
    pub(super) dtype: Option<DType>,
    pub(super) shape: Option<Vec<i64>>,
}

/// Inputs and outputs.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) inputs: Vec<Wanted>,
    pub(crate) outputs: Vec<Wanted>,
    /// Tensors keep the names that the user gave.
    pub(super) by_name: bool,
    /// What computes a fed tensor is left out: only one signature is wanted, so nothing else needs it.
    pub(super) cuts: bool,
}

impl Plan {
    pub(crate) fn new(graph: &Graph, options: &FreezeOptions) -> Result<Self> {
        match &options.target {
            Target::Tensors { inputs, outputs } => Self::by_names(graph, inputs, outputs),
            Target::Signature(key) => Self::by_signature(graph, Some(key)),
            Target::Signatures(keys) => Self::by_signatures(graph, keys),
            Target::Default if graph.signatures().next().is_some() => {
                Self::by_signature(graph, None)
            }
            Target::Default => Self::by_ends(graph),
        }
    }

    fn by_signature(graph: &Graph, key: Option<&str>) -> Result<Self> {
        let (key, signature) = graph.signature_def(key)?;
        let inputs = ports(graph, key, &signature.inputs)?;
        let outputs = ports(graph, key, &signature.outputs)?;
        Ok(Self { inputs, outputs, by_name: false, cuts: true })
    }

    fn by_signatures(graph: &Graph, keys: &[String]) -> Result<Self> {
        let all: Vec<&str> = match keys {
            [] => graph.signatures().map(|(key, _)| key).collect(),
            keys => keys.iter().map(String::as_str).collect(),
        };
        let cuts = all.len() == 1;
        let mut plan = Self { inputs: Vec::new(), outputs: Vec::new(), by_name: false, cuts };
        for key in all {
            let mut one = Self::by_signature(graph, Some(key))?;
            plan.inputs.append(&mut one.inputs);
            plan.outputs.append(&mut one.outputs);
        }
        Ok(plan)
    }

    fn by_names(graph: &Graph, inputs: &[String], outputs: &[String]) -> Result<Self> {
        let all = |names: &[String]| {
            names.iter().map(|n| wanted(graph, ("", n), n)).collect::<Result<_>>()
        };
        Ok(Self { inputs: all(inputs)?, outputs: all(outputs)?, by_name: true, cuts: true })
    }

    /// A bare graph: from its placeholders to what nothing else uses.
    fn by_ends(graph: &Graph) -> Result<Self> {
        let ends = |side| -> Result<Vec<Wanted>> {
            let ports = walk::ports(&graph, GraphId(0), side).map_err(read)?;
            ports
                .map(|p| {
                    let name = p.map_err(read)?.name;
                    wanted(graph, ("", name), name)
                })
                .collect()
        };
        Ok(Self {
            inputs: ends(Side::Input)?,
            outputs: ends(Side::Output)?,
            by_name: true,
            cuts: true,
        })
    }
}

fn read(source: floe_graph::Error) -> Error {
    Error::Tensor { name: "of the main graph".into(), source }
}

fn ports(
    graph: &Graph,
    signature: &str,
    infos: &BTreeMap<String, TensorInfo>,
) -> Result<Vec<Wanted>> {
    let mut ports = Vec::new();
    for (key, info) in infos {
        match &info.encoding {
            Some(Encoding::Name(name)) => {
                ports.push(typed(wanted(graph, (signature, key), name)?, info));
            }
            Some(Encoding::CooSparse(sparse)) => {
                let parts = [
                    ("indices", &sparse.indices_tensor_name),
                    ("values", &sparse.values_tensor_name),
                    ("dense_shape", &sparse.dense_shape_tensor_name),
                ];
                for (part, name) in parts {
                    ports.push(wanted(graph, (signature, &format!("{key}/{part}")), name)?);
                }
            }
            Some(Encoding::CompositeTensor(composite)) => {
                for (i, info) in composite.components.iter().enumerate() {
                    if let Some(Encoding::Name(name)) = &info.encoding {
                        ports.push(typed(
                            wanted(graph, (signature, &format!("{key}/{i}")), name)?,
                            info,
                        ));
                    }
                }
            }
            None => return Err(Error::no_such("tensor of the signature's", key, [])),
        }
    }
    Ok(ports)
}

/// A signature knows more of its tensors than the graph does.
fn typed(mut wanted: Wanted, info: &TensorInfo) -> Wanted {
    wanted.dtype = DType::from_tensorflow(info.dtype).or(wanted.dtype);
    if let Some(TensorShapeProto { dim, unknown_rank: false }) = &info.tensor_shape {
        wanted.shape = Some(dim.iter().map(|d| d.size.max(-1)).collect());
    }
    wanted
}

/// The tensor `tensor`, known as `key` of `signature`.
fn wanted(graph: &Graph, (signature, key): (&str, &str), tensor: &str) -> Result<Wanted> {
    let Some(Reference::Tensor { node, index }) = Reference::parse(tensor) else {
        return Err(Error::no_such("tensor", tensor, ["node:0 is the form"]));
    };
    let Some(id) = graph.node_number(node) else {
        let like = graph.def().node.iter().map(|n| n.name.as_str());
        let last = node.rsplit('/').next().unwrap_or(node);
        return Err(Error::no_such("node", node, like.filter(|n| n.contains(last))));
    };
    let value = graph.output(NodeId { graph: GraphId(0), index: id }, index);
    let value = value.map_err(|_| {
        Error::no_such("tensor", tensor, [format!("the outputs of {node}").as_str()])
    })?;
    let info = graph.value(value).map_err(read)?;
    let shape = info.shape.rank().map(|_| info.shape.iter().collect());
    let signature = signature.to_owned();
    Ok(Wanted {
        signature,
        key: key.to_owned(),
        node: node.to_owned(),
        index,
        dtype: info.dtype,
        shape,
    })
}
