//! A graph to a [`Program`]: what the outputs need, calls inlined, functional ops with their bodies.
//!
//! Invariant: work is counted: every node and every call costs one unit of the budget, more when its
//! name is long, so that a file of a few bytes cannot ask for more than the budget.

use super::program::{
    Body, Kind, Node, Program, Ret, Src, fault, function_names, functional, is_v1_control_flow,
};
use crate::names::Reference;
use crate::ops;
use crate::{Error, Graph, Result};
use floe_proto::tensorflow::{AttrValue, FunctionDef, NodeDef, attr_value::Value, op_def::ArgDef};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Functions that call each other deeper than this are refused.
const DEEPEST: usize = 200;

type Attrs = BTreeMap<String, AttrValue>;
/// Names and nodes.
type ControlRets = Vec<(String, usize)>;

pub(super) struct Importer<'g> {
    pub(super) program: Program<'g>,
    budget: usize,
    limit: usize,
    /// The functions that are being inlined, outermost first.
    stack: Vec<&'g str>,
    /// Whether the main graph has TF1's loops or conditions.
    v1: bool,
}

/// The nodes of the main graph or of one use of a function.
struct Scope<'g, 'a> {
    body: usize,
    /// Before every node's name.
    prefix: String,
    function: Rc<str>,
    /// Values of the attributes that the body leaves to its caller.
    env: &'a Attrs,
    nodes: HashMap<&'g str, (usize, &'g NodeDef)>,
    /// Name of an argument to the node, the first port, and the number of ports.
    args: HashMap<&'g str, (usize, usize, usize)>,
    /// What nodes without inputs run after.
    anchor: Option<usize>,
    /// Tensors of the main graph that are fed, and what stands for them.
    cuts: &'a HashMap<(String, u32), usize>,
}

impl<'g> Importer<'g> {
    pub(super) fn new(graph: &'g Graph, limit: usize) -> Self {
        let program = Program { graph, bodies: vec![Body::default()] };
        Self { program, budget: limit, limit, stack: Vec::new(), v1: false }
    }

    /// Imports the nodes of the main graph that `wanted` need. `cuts` are tensors that need nothing:
    /// the number of the node that stands for each.
    ///
    /// Returns the number of each node by name.
    pub(super) fn main(
        &mut self,
        wanted: &[&str],
        cuts: &HashMap<(String, u32), usize>,
    ) -> Result<HashMap<&'g str, usize>> {
        let graph = self.program.graph;
        let needed = needed(&graph.def().node, wanted.iter().copied(), |node| {
            // A node whose only output is fed needs nothing itself.
            cuts.contains_key(&(node.name.clone(), 0))
        });
        self.v1 = needed.iter().any(|node| is_v1_control_flow(&node.op));
        let mut scope = Scope {
            body: 0,
            prefix: String::new(),
            function: "".into(),
            env: &Attrs::new(),
            nodes: HashMap::with_capacity(needed.len()),
            args: HashMap::new(),
            anchor: None,
            cuts,
        };
        self.nodes(&mut scope, &needed)?;
        Ok(scope.nodes.into_iter().map(|(name, (id, _))| (name, id)).collect())
    }

    /// Adds `defs` to the scope's body: first all nodes, then their edges, which may point forward.
    fn nodes(&mut self, scope: &mut Scope<'g, '_>, defs: &[&'g NodeDef]) -> Result<()> {
        if scope.prefix.is_empty() {
            let body = self.program.body_mut(scope.body)?;
            for def in defs {
                body.reserve(&def.name);
            }
        }
        let mut pending = Vec::with_capacity(defs.len());
        for &def in defs {
            let (entry, exit) = self.add(scope, def)?;
            if scope.nodes.insert(&def.name, (exit, def)).is_some() {
                return Err(fault(def, &scope.function, "two nodes have this name"));
            }
            pending.push((entry, def));
        }
        for (entry, def) in pending {
            self.connect(scope, entry, def)?;
        }
        Ok(())
    }

    /// Adds one node. Returns where its inputs go in and where its outputs come out: the same
    /// number but for calls.
    fn add(&mut self, scope: &Scope<'g, '_>, def: &'g NodeDef) -> Result<(usize, usize)> {
        self.spend(def.name.len().saturating_add(scope.prefix.len()))?;
        let mut own = NodeDef {
            name: if scope.prefix.is_empty() {
                def.name.clone()
            } else {
                let name = format!("{}{}", scope.prefix, def.name);
                self.program.body_mut(scope.body)?.unique(name)
            },
            op: def.op.clone(),
            attr: substitute(&def.attr, scope.env),
            ..NodeDef::default()
        };
        if let Some((callee, env)) = self.callee(def, &own, scope)? {
            return self.call(scope, def, &own, callee, &env);
        }
        let functional = functional(&def.op);
        let functions: Vec<String> = functional.map_or(Vec::new(), |f| {
            let names = f.functions.iter().flat_map(|attr| function_names(&own.attr, attr));
            names.map(str::to_owned).collect()
        });
        own.attr.retain(|name, _| keeps_attribute(name));
        let id = self.program.body_mut(scope.body)?.push(Node::new(Kind::Op, own, &scope.function));
        for (number, name) in functions.iter().enumerate() {
            let child = self.child(scope, def, id, number, name)?;
            self.program.node_mut(scope.body, id)?.children.push(child);
        }
        Ok((id, id))
    }

    /// The function that `def` calls, with the values of its attributes.
    fn callee(
        &self,
        def: &NodeDef,
        own: &NodeDef,
        scope: &Scope<'_, '_>,
    ) -> Result<Option<(&'g FunctionDef, Attrs)>> {
        let graph = self.program.graph;
        if !matches!(def.op.as_str(), "PartitionedCall" | "StatefulPartitionedCall") {
            return Ok(graph.function(&def.op).map(|f| (f, own.attr.clone())));
        }
        let Some(Value::Func(f)) = own.attr.get("f").and_then(|a| a.value.as_ref()) else {
            return Err(fault(def, &scope.function, "the attribute `f` names no function"));
        };
        match graph.function(&f.name) {
            Some(function) => Ok(Some((function, f.attr.clone()))),
            None => Err(fault(
                def,
                &scope.function,
                format!("calls `{}`, which is not in the library", f.name),
            )),
        }
    }

    /// Puts the body of `callee` in the place of the call `def`.
    fn call(
        &mut self,
        scope: &Scope<'g, '_>,
        def: &'g NodeDef,
        own: &NodeDef,
        callee: &'g FunctionDef,
        env: &Attrs,
    ) -> Result<(usize, usize)> {
        let border = |name: &str| NodeDef {
            name: name.to_owned(),
            op: def.op.clone(),
            ..NodeDef::default()
        };
        let body = self.program.body_mut(scope.body)?;
        let mut entry = Node::new(Kind::Border, border(&own.name), &scope.function);
        entry.controls.extend(scope.anchor);
        let entry = body.push(entry);
        let v1 = scope.body == 0 && self.v1;
        let ordered = v1 || scope.anchor.is_some() || def.input.iter().any(|i| i.starts_with('^'));
        let mut inner = Scope {
            body: scope.body,
            prefix: format!("{}/", own.name),
            function: name_of(callee).into(),
            env,
            nodes: HashMap::new(),
            args: arguments(callee, env, entry)?,
            anchor: ordered.then_some(entry),
            cuts: &HashMap::new(),
        };
        self.enter(name_of(callee), def, &scope.function)?;
        let (rets, control_rets) = self.function(&mut inner, callee)?;
        self.stack.pop();
        let body = self.program.body_mut(scope.body)?;
        let mut exit = Node::new(Kind::Border, border(&own.name), &scope.function);
        exit.inputs = rets.into_iter().map(|ret| ret.src).collect();
        exit.controls = control_rets.into_iter().map(|(_, node)| node).collect();
        Ok((entry, body.push(exit)))
    }

    /// Adds function `name` as body `number` of the functional op `parent`.
    fn child(
        &mut self,
        scope: &Scope<'g, '_>,
        def: &'g NodeDef,
        parent: usize,
        number: usize,
        name: &str,
    ) -> Result<usize> {
        let graph = self.program.graph;
        let Some(function) = graph.function(name) else {
            return Err(fault(
                def,
                &scope.function,
                format!("names `{name}`, which is not in the library"),
            ));
        };
        let id = self.program.bodies.len();
        let own: Rc<str> = name_of(function).into();
        let mut body = Body::default();
        body.function.push_str(&own);
        body.parent = Some((scope.body, parent, number));
        let mut args = HashMap::new();
        for (i, arg) in function.signature.iter().flat_map(|s| &s.input_arg).enumerate() {
            let node = NodeDef { name: arg.name.clone(), op: "_Arg".into(), ..NodeDef::default() };
            body.reserve(&arg.name);
            body.push(Node::new(Kind::Argument, node, &own));
            body.args.push((arg.name.clone(), arg.r#type));
            args.insert(arg.name.as_str(), (i, 0, 1));
        }
        self.program.bodies.push(body);
        let mut inner = Scope {
            body: id,
            prefix: String::new(),
            function: own,
            env: &Attrs::new(),
            nodes: HashMap::new(),
            args,
            anchor: None,
            cuts: &HashMap::new(),
        };
        self.enter(name_of(function), def, &scope.function)?;
        let (rets, control_rets) = self.function(&mut inner, function)?;
        self.stack.pop();
        let body = self.program.body_mut(id)?;
        (body.rets, body.control_rets) = (rets, control_rets);
        Ok(id)
    }

    /// Notes that `name` is being inlined.
    fn enter(&mut self, name: &'g str, def: &NodeDef, function: &str) -> Result<()> {
        self.spend(0)?;
        if self.stack.contains(&name) {
            return Err(fault(
                def,
                function,
                format!("`{name}` calls itself; recursion cannot be frozen"),
            ));
        }
        if self.stack.len() >= DEEPEST {
            return Err(fault(
                def,
                function,
                format!("functions call each other more than {DEEPEST} deep"),
            ));
        }
        self.stack.push(name);
        Ok(())
    }

    /// Adds the nodes of `function` that its results need.
    fn function(
        &mut self,
        scope: &mut Scope<'g, '_>,
        function: &'g FunctionDef,
    ) -> Result<(Vec<Ret>, ControlRets)> {
        let outputs = function.signature.iter().flat_map(|s| &s.output_arg);
        let node = |text: &'g String| Reference::parse(text).map(|r| r.node());
        let wanted = function.ret.values().chain(function.control_ret.values()).filter_map(node);
        let wanted = wanted.filter(|name| !scope.args.contains_key(name));
        let needed = needed(&function.node_def, wanted, |_| false);
        self.nodes(scope, &needed)?;
        let mut rets = Vec::new();
        for arg in outputs {
            let missing = || {
                Error::function(name_of(function), format!("result `{}` leads nowhere", arg.name))
            };
            let text = function.ret.get(&arg.name).ok_or_else(missing)?;
            let reference = Reference::parse(text).ok_or_else(missing)?;
            let src = self.source(scope, reference)?.ok_or_else(missing)?;
            rets.push(Ret { name: arg.name.clone(), dtype: result_type(arg, scope.env), src });
        }
        let controls = function
            .control_ret
            .iter()
            .filter_map(|(name, node)| Some((name.clone(), scope.nodes.get(node.as_str())?.0)));
        Ok((rets, controls.collect()))
    }

    /// Resolves the inputs of `def`, which go into node `entry`.
    fn connect(&mut self, scope: &Scope<'g, '_>, entry: usize, def: &'g NodeDef) -> Result<()> {
        let (mut inputs, mut controls) = (Vec::with_capacity(def.input.len()), Vec::new());
        if !scope.cuts.contains_key(&(def.name.clone(), 0)) {
            for text in &def.input {
                let dangling =
                    || fault(def, &scope.function, format!("input `{text}` leads nowhere"));
                let reference = Reference::parse(text).ok_or_else(dangling)?;
                match reference {
                    Reference::Control(name) => match scope.nodes.get(name) {
                        Some((node, _)) => controls.push(*node),
                        None if scope.args.contains_key(name) => {}
                        None => return Err(dangling()),
                    },
                    _ => inputs.push(self.source(scope, reference)?.ok_or_else(dangling)?),
                }
            }
        }
        let v1 = scope.body == 0 && self.v1;
        let node = self.program.node_mut(scope.body, entry)?;
        if node.kind == Kind::Border && v1 {
            controls.extend(inputs.iter().map(|src| src.node));
        }
        if inputs.is_empty() {
            node.controls.extend(scope.anchor);
        }
        node.inputs = inputs;
        node.controls.append(&mut controls);
        Ok(())
    }

    /// What `reference` names in `scope`.
    fn source(&mut self, scope: &Scope<'g, '_>, reference: Reference<'_>) -> Result<Option<Src>> {
        if let Some(&(node, first, count)) = scope.args.get(reference.node()) {
            let Reference::Tensor { index, .. } = reference else { return Ok(None) };
            let index = index as usize;
            let port = first.checked_add(index).filter(|_| index < count);
            return Ok(port.map(|port| Src { node, port }));
        }
        if let Reference::Tensor { node, index } = reference
            && !scope.cuts.is_empty()
            && let Some(&node) = scope.cuts.get(&(node.to_owned(), index))
        {
            return Ok(Some(Src { node, port: 0 }));
        }
        let Some(&(node, def)) = scope.nodes.get(reference.node()) else { return Ok(None) };
        match reference {
            Reference::Control(_) => Ok(None),
            Reference::Tensor { index, .. } => Ok(Some(Src { node, port: index as usize })),
            Reference::Named { output, index, .. } => {
                let port = self.port(scope, node, def, output, index as usize)?;
                Ok(port.map(|port| Src { node, port }))
            }
        }
    }

    /// The number of tensor `index` of output argument `output` among all outputs of a node.
    fn port(
        &mut self,
        scope: &Scope<'g, '_>,
        node: usize,
        def: &'g NodeDef,
        output: &str,
        index: usize,
    ) -> Result<Option<usize>> {
        let graph = self.program.graph;
        if let Some(callee) = graph.function(&def.op) {
            let names = callee.signature.iter().flat_map(|s| &s.output_arg);
            return Ok(names.enumerate().find(|(_, a)| a.name == output).map(|(i, _)| i));
        }
        if let Some(definition) = graph.ops().get(&def.op) {
            let own = NodeDef { attr: substitute(&def.attr, scope.env), ..NodeDef::default() };
            let arguments = ops::outputs(&own, &definition).ok_or_else(|| {
                fault(def, &scope.function, "the number of outputs is not given by its attributes")
            })?;
            let argument = arguments.iter().find(|a| a.def.name == output);
            let inside = argument.filter(|a| index < a.count as usize);
            return Ok(inside.and_then(|a| (a.start as usize).checked_add(index)));
        }
        let own = self.program.node_mut(scope.body, node)?;
        match &own.unknown_output {
            Some(name) if **name != *output => Err(own.fault(format!(
                "outputs `{name}` and `{output}` of an op without a definition cannot be ordered; \
                 the file must carry its definition (stripped_op_list)"
            ))),
            _ => {
                own.unknown_output = Some(output.into());
                Ok(Some(index))
            }
        }
    }

    fn spend(&mut self, name: usize) -> Result<()> {
        let cost = name.checked_div(256).unwrap_or(0).saturating_add(1);
        self.budget = self.budget.checked_sub(cost).ok_or(Error::Limit {
            what: "the number of nodes after inlining all calls",
            limit: self.limit,
            hint: "the functions call each other too often; raise FreezeOptions::max_nodes if the model is sound",
        })?;
        Ok(())
    }
}

/// The function's name.
pub(super) fn name_of(function: &FunctionDef) -> &str {
    function.signature.as_ref().map_or("", |s| s.name.as_str())
}

/// The nodes that `wanted` need, in the order of the file.
pub(super) fn needed<'g, 'w>(
    nodes: &'g [NodeDef],
    wanted: impl Iterator<Item = &'w str>,
    is_cut: impl Fn(&NodeDef) -> bool,
) -> Vec<&'g NodeDef> {
    let mut index = HashMap::with_capacity(nodes.len());
    for (i, node) in nodes.iter().enumerate() {
        index.entry(node.name.as_str()).or_insert(i);
    }
    let mut marked = vec![false; nodes.len()];
    let mut work: Vec<usize> = wanted.filter_map(|name| index.get(name).copied()).collect();
    while let Some(i) = work.pop() {
        let (Some(mark), Some(node)) = (marked.get_mut(i), nodes.get(i)) else { continue };
        if std::mem::replace(mark, true) || is_cut(node) {
            continue;
        }
        let names = node.input.iter().filter_map(|text| Some(Reference::parse(text)?.node()));
        work.extend(names.filter_map(|name| index.get(name).copied()));
    }
    nodes.iter().zip(marked).filter(|(_, marked)| *marked).map(|(node, _)| node).collect()
}

/// Attributes that mean something without TensorFlow's runtime at hand; notes about places, devices
/// and names of removed nodes do not.
fn keeps_attribute(name: &str) -> bool {
    matches!(name, "_lower_using_switch_merge" | "_num_original_outputs") || !name.starts_with('_')
}

/// `attrs` with the values that the caller gives.
fn substitute(attrs: &Attrs, env: &Attrs) -> Attrs {
    let value = |attr: &AttrValue| match &attr.value {
        Some(Value::Placeholder(name)) => env.get(name).unwrap_or(attr).clone(),
        _ => attr.clone(),
    };
    attrs.iter().map(|(name, attr)| (name.clone(), value(attr))).collect()
}

/// The ports of node `entry` that each argument of `function` stands for.
fn arguments<'g>(
    function: &'g FunctionDef,
    env: &Attrs,
    entry: usize,
) -> Result<HashMap<&'g str, (usize, usize, usize)>> {
    let Some(signature) = &function.signature else { return Ok(HashMap::new()) };
    let caller = NodeDef { attr: env.clone(), ..NodeDef::default() };
    let arguments = ops::inputs(&caller, signature).ok_or_else(|| {
        Error::function(name_of(function), "the number of its arguments is not given")
    })?;
    let place = |a: ops::Argument<'_>| (entry, a.start as usize, a.count as usize);
    let names = signature.input_arg.iter().map(|a| a.name.as_str());
    Ok(names.zip(arguments.into_iter().map(place)).collect())
}

/// The dtype of a function's result, which the caller's attributes may give.
fn result_type(arg: &ArgDef, env: &Attrs) -> i32 {
    match env.get(&arg.type_attr).and_then(|a| a.value.as_ref()) {
        Some(Value::Type(number)) => *number,
        _ => arg.r#type,
    }
}
