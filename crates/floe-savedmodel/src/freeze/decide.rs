//! Which variables become constants, and what sets the others.
//!
//! Invariant: a variable that anything needed changes stays one, so that what runs after the change
//! sees it; a variable without a value is an error.

use super::handles::{Class, Handles};
use super::import::needed;
use super::program::{Kind, Node, Src};
use super::rewrite::Frozen;
use super::{Freezer, init, values};
use crate::tensor::{shape_proto, to_proto};
use crate::{Error, Result};
use floe_graph::{DType, Shape};
use floe_proto::tensorflow::{NodeDef, TensorProto, TensorShapeProto, attr_value::Value};
use std::collections::{BTreeMap, HashSet};

/// An initializer of more nodes is not looked through.
const LARGEST_INITIALIZER: usize = 1000;

impl Freezer<'_, '_> {
    /// The values of the classes that are frozen; the others are set by an op of their own.
    pub(super) fn decide(&mut self, handles: &Handles) -> Result<BTreeMap<usize, Frozen>> {
        let graph = self.program.graph;
        let told = needed(&graph.def().node, init::told(graph).into_iter(), |_| false);
        let told: HashSet<&str> = told.into_iter().map(|n| n.name.as_str()).collect();
        let mut frozen = BTreeMap::new();
        for (&id, class) in &handles.classes {
            let Some(&(body, node)) = class.handles.first() else { continue };
            let def = self.program.node(body, node)?.def.clone();
            if class.binding.is_none() {
                self.allow_initial(class, &def, &told)?;
                if let Some(value) = self.initial(class)? {
                    frozen.insert(id, value);
                }
                continue;
            }
            let tensor = self.tensor(&def, class)?;
            if class.other_use.is_none() && class.assigns.is_empty() {
                frozen.insert(id, Frozen::Tensor(Box::new(tensor)));
            } else {
                self.keep(class, &def, tensor)?;
            }
        }
        Ok(frozen)
    }

    fn no_value(&self, def: &NodeDef) -> Error {
        let reason = match self.values.source() {
            None => "it needs a checkpoint, and none was given",
            Some(_) => {
                "the checkpoint has no tensor for it: not by the object graph, the restore graph or its name"
            }
        };
        Error::variable(&def.name, reason)
    }

    /// Whether a variable without a value may have its initial one: when the model itself says that it
    /// is to be initialized, else with a warning, but never when that draws random numbers.
    fn allow_initial(&mut self, class: &Class, def: &NodeDef, told: &HashSet<&str>) -> Result<()> {
        if class.assigns.is_empty() {
            return Err(self.no_value(def));
        }
        let names = class.assigns.iter().filter(|(body, _)| *body == 0);
        let mut nodes = names.filter_map(|&(_, id)| self.program.node(0, id).ok());
        if nodes.any(|n| told.contains(n.def.name.as_str())) {
            return Ok(());
        }
        if let Some(random) = self.draws(class)? {
            let reason = match self.values.source() {
                None => "it needs a checkpoint, and none was given",
                Some(_) => "the checkpoint has no tensor for it",
            };
            let reason = format!("{reason}; its initializer draws random numbers ({random})");
            return Err(Error::variable(&def.name, reason));
        }
        let name = &def.name;
        self.warnings
            .push(format!("variable {name} is in no checkpoint: it has its initial value"));
        Ok(())
    }

    /// A node that draws random numbers for what the variable is set to first.
    fn draws(&self, class: &Class) -> Result<Option<String>> {
        let Some(&(0, first)) = class.assigns.first() else { return Ok(None) };
        let mut work: Vec<usize> = self.sources(first)?.into_iter().skip(1).collect();
        let mut seen: HashSet<usize> = work.iter().copied().collect();
        while let Some(id) = work.pop().filter(|_| seen.len() < LARGEST_INITIALIZER) {
            let node = self.program.node(0, id)?;
            let definition = self.program.graph.ops().get(node.op());
            // Generators with a state take their seed in two attributes.
            if definition.is_some_and(|d| d.is_stateful && d.attr.iter().any(|a| a.name == "seed2"))
            {
                return Ok(Some(format!("node `{}`, op {}", node.def.name, node.op())));
            }
            work.extend(self.sources(id)?.into_iter().filter(|&source| seen.insert(source)));
        }
        Ok(None)
    }

    /// The nodes of the main graph that node `id` takes its inputs from.
    fn sources(&self, id: usize) -> Result<Vec<usize>> {
        Ok(self.program.node(0, id)?.inputs.iter().map(|src| src.node).collect())
    }

    /// The value of a variable in the checkpoint.
    fn tensor(&self, def: &NodeDef, class: &Class) -> Result<TensorProto> {
        let (Some(source), Some(binding)) = (self.values.source(), &class.binding) else {
            return Err(self.no_value(def));
        };
        let fault = |source| Error::Tensor { name: def.name.clone(), source };
        let view = source.tensor(binding.tensor).map_err(fault)?;
        let proto = match &binding.part {
            None => to_proto(&def.name, &view, source.share(binding.tensor))?,
            Some(part) => {
                let (dims, raw) = part.cut(&def.name, &view)?;
                TensorProto {
                    dtype: view.dtype.tensorflow().into(),
                    tensor_shape: Some(shape_proto(&Shape::I64(&dims))),
                    tensor_content: raw.into(),
                    ..TensorProto::default()
                }
            }
        };
        check(def, &proto)?;
        Ok(proto)
    }

    /// What an unbound variable is set to, when that is a constant.
    fn initial(&self, class: &Class) -> Result<Option<Frozen>> {
        let ([(0, assign)], None) = (class.assigns.as_slice(), class.other_use) else {
            return Ok(None);
        };
        let node = self.program.node(0, *assign)?;
        let Some(mut src) = node.inputs.get(1).copied() else { return Ok(None) };
        for _ in 0..16 {
            let value = self.program.node(0, src.node)?;
            match (value.op(), value.inputs.first()) {
                ("Identity", Some(&input)) => src = input,
                ("Const", _) => {
                    let tensor = value.def.attr.get("value").and_then(|a| a.value.as_ref());
                    let Some(Value::Tensor(tensor)) = tensor else { return Ok(None) };
                    let shape = tensor.tensor_shape.clone();
                    return Ok(Some(Frozen::Src { src, dtype: tensor.dtype, shape }));
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Leaves a variable that the graph changes, and adds what sets it to its value.
    fn keep(&mut self, class: &Class, def: &NodeDef, tensor: TensorProto) -> Result<()> {
        let shared =
            values::text(def, "shared_name").filter(|n| !n.is_empty()).unwrap_or(&def.name);
        let shared = Value::S(bytes::Bytes::from(shared.to_owned()));
        for &(body, id) in &class.handles {
            self.program.node_mut(body, id)?.set("shared_name", shared.clone());
        }
        let main = class.handles.iter().find(|(body, _)| *body == 0).map(|(_, id)| *id);
        let dtype = Value::Type(tensor.dtype);
        let body = self.program.body_mut(0)?;
        let mut add = |suffix: &str, op: &str, attrs: Vec<(&str, Value)>, inputs: Vec<usize>| {
            let name = body.unique(format!("{}{suffix}", def.name));
            let node = NodeDef { name, op: op.to_owned(), ..NodeDef::default() };
            let mut node = Node::new(Kind::Op, node, &"".into());
            for (name, value) in attrs {
                node.set(name, value);
            }
            node.inputs = inputs.into_iter().map(|node| Src { node, port: 0 }).collect();
            body.push(node)
        };
        let handle = match main {
            Some(id) => id,
            None => {
                let mut attrs = vec![("dtype", dtype.clone()), ("shared_name", shared)];
                if let Some(shape) = def.attr.get("shape").and_then(|a| a.value.clone()) {
                    attrs.push(("shape", shape));
                }
                add("/handle", &def.op, attrs, Vec::new())
            }
        };
        let value = vec![("dtype", dtype.clone()), ("value", Value::Tensor(Box::new(tensor)))];
        let value = add("/initial_value", "Const", value, Vec::new());
        let (op, attr) = match def.op.as_str() {
            "VarHandleOp" => ("AssignVariableOp", "dtype"),
            _ => ("Assign", "T"),
        };
        let assign = add("/initialize", op, vec![(attr, dtype)], vec![handle, value]);
        self.init.push(assign);
        Ok(())
    }
}

/// A value must be what its variable declares.
fn check(def: &NodeDef, tensor: &TensorProto) -> Result<()> {
    if let Some(Value::Type(dtype)) = def.attr.get("dtype").and_then(|a| a.value.as_ref())
        && *dtype != tensor.dtype
    {
        let name = |n: i32| DType::from_tensorflow(n).map_or("unknown", DType::name);
        let reason = format!("it is {}, but its tensor is {}", name(*dtype), name(tensor.dtype));
        return Err(Error::variable(&def.name, reason));
    }
    let declared = def.attr.get("shape").and_then(|a| a.value.as_ref());
    if let (Some(Value::Shape(declared)), Some(shape)) = (declared, &tensor.tensor_shape) {
        let fits = declared.unknown_rank
            || (declared.dim.len() == shape.dim.len()
                && declared
                    .dim
                    .iter()
                    .zip(&shape.dim)
                    .all(|(d, s)| d.size < 0 || d.size == s.size));
        if !fits {
            let text = |s: &TensorShapeProto| {
                s.dim.iter().map(|d| d.size.to_string()).collect::<Vec<_>>().join(",")
            };
            let reason =
                format!("its shape is [{}], but its tensor's is [{}]", text(declared), text(shape));
            return Err(Error::variable(&def.name, reason));
        }
    }
    Ok(())
}
