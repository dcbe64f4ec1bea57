//! Puts values in the place of frozen variables.
//!
//! Facts: a handle's node becomes a `Const` of the same name; `ReadVariableOp` becomes `Identity`,
//! gathers on handles become gathers on values, reference ops lose their `Ref`; where a handle goes
//! through a loop, a condition or a function's argument, the dtype there becomes the value's.

use super::handles::{At, Class, Handles};
use super::live::Live;
use super::program::{Body, Node, Program, Src, constant, functional, is_v1_control_flow};
use crate::Result;
use floe_proto::tensorflow::{
    AttrValue, DataType, NodeDef, TensorProto, TensorShapeProto,
    attr_value::{ListValue, Value},
};
use std::collections::BTreeMap;

/// What stands for the variables of a class.
#[derive(Debug)]
pub(super) enum Frozen {
    /// A tensor.
    Tensor(Box<TensorProto>),
    /// An output of the main graph: an asset's path, a constant that initialises the variable.
    Src { src: Src, dtype: i32, shape: Option<TensorShapeProto> },
}

impl Frozen {
    fn dtype(&self) -> i32 {
        match self {
            Self::Tensor(t) => t.dtype,
            Self::Src { dtype, .. } => *dtype,
        }
    }

    fn shape(&self) -> Option<&TensorShapeProto> {
        match self {
            Self::Tensor(t) => t.tensor_shape.as_ref(),
            Self::Src { shape, .. } => shape.as_ref(),
        }
    }
}

/// Rewrites all that `frozen` touches: the values by class.
pub(super) fn rewrite(
    program: &mut Program<'_>,
    live: &Live,
    handles: &Handles,
    frozen: &BTreeMap<usize, Frozen>,
) -> Result<()> {
    for (id, value) in frozen {
        let Some(class) = handles.classes.get(id) else { continue };
        place(program, class, value)?;
    }
    for body in 0..program.bodies.len() {
        let nodes: Vec<usize> = live.nodes(body).collect();
        let v1 = program.body(body)?.has_v1_control_flow();
        for &node in &nodes {
            user(program, handles, frozen, (body, node), v1)?;
        }
        types(program, handles, frozen, body)?;
    }
    Ok(())
}

/// Puts the value where the handles were made: once for each body, then identities to it.
fn place(program: &mut Program<'_>, class: &Class, value: &Frozen) -> Result<()> {
    let mut first: BTreeMap<usize, usize> = BTreeMap::new();
    for &(body, id) in &class.handles {
        let dtype = value.dtype();
        let known = first.get(&body).copied();
        let node = program.node_mut(body, id)?;
        match (known, value) {
            (Some(known), _) => {
                node.become_op("Identity", [("T", Value::Type(dtype))]);
                node.inputs = vec![Src { node: known, port: 0 }];
            }
            (None, Frozen::Src { src, .. }) if body == 0 => {
                node.become_op("Identity", [("T", Value::Type(dtype))]);
                node.inputs = vec![*src];
            }
            (None, Frozen::Src { .. }) => {
                return Err(node.fault(
                    "a variable that is initialised outside its function cannot be frozen",
                ));
            }
            (None, Frozen::Tensor(tensor)) => {
                let value = Value::Tensor(tensor.clone());
                node.become_op("Const", [("dtype", Value::Type(dtype)), ("value", value)]);
            }
        }
        first.entry(body).or_insert(id);
    }
    // Assignments of the initial value have nothing left to do.
    for &(body, id) in &class.assigns {
        let node = program.node_mut(body, id)?;
        let handle = node.inputs.first().copied();
        match (node.op(), handle) {
            ("Assign", Some(handle)) => {
                node.become_op("Identity", [("T", Value::Type(value.dtype()))]);
                node.inputs = vec![handle];
            }
            _ => {
                node.become_op("NoOp", []);
                node.inputs.clear();
            }
        }
    }
    Ok(())
}

/// Rewrites a node that a frozen handle reaches.
fn user(
    program: &mut Program<'_>,
    handles: &Handles,
    frozen: &BTreeMap<usize, Frozen>,
    (body, id): At,
    v1: bool,
) -> Result<()> {
    let node = program.node(body, id)?;
    let value = |src: &Src| frozen.get(&handles.class_at((body, src.node, src.port))?);
    let reached: Vec<Option<i32>> =
        node.inputs.iter().map(|src| Some(value(src)?.dtype())).collect();
    let Some(dtype) = reached.iter().find_map(|d| *d) else { return Ok(()) };
    if functional(node.op()).is_some() {
        return functional_types(program, handles, frozen, (body, id), &reached);
    }
    let body = program.body_mut(body)?;
    if body.get(id).is_some_and(|n| n.op() == "ResourceGather") {
        gather(body, id, dtype, v1);
    } else if let Some(node) = body.nodes.get_mut(id) {
        replace(node, dtype, &reached);
    }
    Ok(())
}

/// Makes an op on handles the op on values.
fn replace(node: &mut Node, dtype: i32, reached: &[Option<i32>]) {
    let op = node.op().to_owned();
    let plain = op.strip_prefix("Ref").unwrap_or(&op);
    if is_v1_control_flow(&op) || plain == "Identity" {
        plain.clone_into(&mut node.def.op);
        node.set_type("T", dtype);
        return;
    }
    let mut take = |attr: &str| {
        let own = node.def.attr.remove(attr).and_then(|a| a.value);
        own.unwrap_or(Value::Type(DataType::DtInt32.into()))
    };
    match plain {
        "IdentityN" => retype(node, "T", reached),
        "ReadVariableOp" => node.become_op("Identity", [("T", Value::Type(dtype))]),
        "VariableShape" => {
            let out = take("out_type");
            node.become_op("Shape", [("T", Value::Type(dtype)), ("out_type", out)]);
        }
        "VarIsInitializedOp" | "IsVariableInitialized" => initialized(node),
        "DisableCopyOnRead" => {
            node.become_op("NoOp", []);
            node.inputs.clear();
        }
        "ResourceGatherNd" => {
            let indices = take("Tindices");
            node.become_op("GatherNd", [("Tparams", Value::Type(dtype)), ("Tindices", indices)]);
        }
        _ => {}
    }
}

/// A frozen variable is initialised.
fn initialized(node: &mut Node) {
    let tensor = TensorProto {
        dtype: DataType::DtBool.into(),
        tensor_shape: Some(TensorShapeProto::default()),
        bool_val: vec![true],
        ..TensorProto::default()
    };
    let dtype = Value::Type(DataType::DtBool.into());
    node.become_op("Const", [("dtype", dtype), ("value", Value::Tensor(Box::new(tensor)))]);
    // What it read stays before it, so that it remains in its loop.
    node.controls.extend(node.inputs.drain(..).map(|src| src.node));
}

/// `ResourceGather` with batch dimensions gathers along the axis behind them.
fn gather(body: &mut Body, id: usize, dtype: i32, v1: bool) {
    let Some(node) = body.nodes.get_mut(id) else { return };
    let batch = match node.def.attr.get("batch_dims").and_then(|a| a.value.as_ref()) {
        Some(Value::I(n)) => *n,
        _ => 0,
    };
    let int32: i32 = DataType::DtInt32.into();
    let indices = node.def.attr.remove("Tindices").and_then(|a| a.value);
    let indices = indices.unwrap_or(Value::Type(int32));
    node.become_op(
        "GatherV2",
        [
            ("Tparams", Value::Type(dtype)),
            ("Tindices", indices),
            ("Taxis", Value::Type(int32)),
            ("batch_dims", Value::I(batch)),
        ],
    );
    let (name, function) = (format!("{}/axis", node.def.name), node.function.clone());
    let order = node.inputs.get(1).filter(|_| v1).map(|src| src.node);
    let tensor = TensorProto {
        dtype: int32,
        tensor_shape: Some(TensorShapeProto::default()),
        int_val: vec![i32::try_from(batch).unwrap_or(0)],
        ..TensorProto::default()
    };
    let name = body.unique(name);
    let mut axis = Node { function, ..constant(name, tensor) };
    axis.controls.extend(order);
    let axis = body.push(axis);
    if let Some(node) = body.nodes.get_mut(id) {
        node.inputs.truncate(2);
        node.inputs.push(Src { node: axis, port: 0 });
    }
}

/// The type lists of a functional op whose inputs or outputs became values.
fn functional_types(
    program: &mut Program<'_>,
    handles: &Handles,
    frozen: &BTreeMap<usize, Frozen>,
    (body, id): At,
    reached: &[Option<i32>],
) -> Result<()> {
    let node = program.node_mut(body, id)?;
    let Some(form) = functional(node.op()) else { return Ok(()) };
    let inputs = reached.get(form.skip..).unwrap_or_default();
    let value = |port: usize| frozen.get(&handles.class_at((body, id, port))?);
    let count = list_mut(&mut node.def, form.types[1]).map_or(0, |l| l.r#type.len());
    let outputs: Vec<_> = (0..count).map(|port| Some(value(port)?.dtype())).collect();
    let shapes: Vec<_> = (0..count).map(|port| value(port)?.shape().cloned()).collect();
    retype(node, form.types[0], inputs);
    retype(node, form.types[1], &outputs);
    if let Some(list) = list_mut(&mut node.def, "output_shapes") {
        for (old, new) in list.shape.iter_mut().zip(shapes) {
            if let Some(new) = new {
                *old = new;
            }
        }
    }
    Ok(())
}

/// Replaces the entries of a list of dtypes where there is a new one.
fn retype(node: &mut Node, attr: &str, dtypes: &[Option<i32>]) {
    let Some(list) = list_mut(&mut node.def, attr) else { return };
    for (old, new) in list.r#type.iter_mut().zip(dtypes) {
        *old = new.unwrap_or(*old);
    }
}

fn list_mut<'n>(def: &'n mut NodeDef, attr: &str) -> Option<&'n mut ListValue> {
    match def.attr.get_mut(attr) {
        Some(AttrValue { value: Some(Value::List(list)) }) => Some(list),
        _ => None,
    }
}

/// The dtypes of arguments and results that became values.
fn types(
    program: &mut Program<'_>,
    handles: &Handles,
    frozen: &BTreeMap<usize, Frozen>,
    id: usize,
) -> Result<()> {
    let dtype = |node, port| Some(frozen.get(&handles.class_at((id, node, port))?)?.dtype());
    let body = program.body_mut(id)?;
    for (i, (_, number)) in body.args.iter_mut().enumerate() {
        *number = dtype(i, 0).unwrap_or(*number);
    }
    for ret in &mut body.rets {
        ret.dtype = dtype(ret.src.node, ret.src.port).unwrap_or(ret.dtype);
    }
    Ok(())
}
