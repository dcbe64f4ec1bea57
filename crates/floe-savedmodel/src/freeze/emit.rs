//! A program to a GraphDef: the main graph, and a function for each body that is left.
//!
//! Invariant: bodies that came out alike are one function, and the order of everything follows from
//! the input alone.

use super::live::Live;
use super::orders::order;
use super::program::{Body, Kind, Program, Src, function_names, functional};
use crate::names;
use crate::{Result, ops};
use floe_proto::Message;
use floe_proto::tensorflow::{
    AttrValue, FunctionDef, FunctionDefLibrary, GraphDef, NameAttrList, NodeDef, OpDef,
    attr_value::Value, op_def::ArgDef,
};
use std::collections::{BTreeMap, HashMap, HashSet};

pub(super) struct Emitter<'p, 'g> {
    program: &'p Program<'g>,
    live: &'p Live,
    functions: Vec<FunctionDef>,
    /// By content, without the name.
    known: HashMap<Vec<u8>, String>,
    taken: HashSet<String>,
}

/// The graph of all needed nodes.
pub(super) fn emit(program: &Program<'_>, live: &Live) -> Result<GraphDef> {
    let mut emitter = Emitter {
        program,
        live,
        functions: Vec::new(),
        known: HashMap::new(),
        taken: HashSet::new(),
    };
    let node = emitter.nodes(0)?;
    emitter.add_library_functions(&node);
    let source = program.graph.def();
    let library =
        FunctionDefLibrary { function: emitter.functions, ..FunctionDefLibrary::default() };
    Ok(GraphDef {
        node,
        library: (!library.function.is_empty()).then_some(library),
        versions: source.versions.clone(),
        ..GraphDef::default()
    })
}

impl Emitter<'_, '_> {
    /// The needed operations of body `id`, each after those that it needs.
    fn nodes(&mut self, id: usize) -> Result<Vec<NodeDef>> {
        let body = self.program.body(id)?;
        let mut nodes = Vec::new();
        for at in order(body)? {
            if self.live.contains(id, at) && body.get(at).is_some_and(|n| n.kind == Kind::Op) {
                nodes.push(self.node(id, at)?);
            }
        }
        Ok(nodes)
    }

    fn node(&mut self, id: usize, at: usize) -> Result<NodeDef> {
        let node = self.program.node(id, at)?;
        let mut def = node.def.clone();
        for &src in &node.inputs {
            def.input.push(self.reference(id, src)?);
        }
        let body = self.program.body(id)?;
        let controls = node.controls.iter().filter_map(|&n| body.get(n));
        let controls = controls.filter(|n| n.kind == Kind::Op).map(|n| format!("^{}", n.def.name));
        def.input.extend(controls);
        if let Some(form) = functional(&def.op) {
            let mut children = node.children.iter();
            for attr in form.functions {
                let count = function_names(&node.def.attr, attr).len();
                let names = children.by_ref().take(count).map(|&child| self.function(child));
                rename(&mut def.attr, attr, names.collect::<Result<_>>()?);
            }
        }
        Ok(def)
    }

    /// How body `id` writes the tensor `src`.
    fn reference(&self, id: usize, src: Src) -> Result<String> {
        let node = self.program.node(id, src.node)?;
        let name = &node.def.name;
        if node.kind == Kind::Argument {
            return Ok(name.clone());
        }
        if id == 0 {
            return Ok(names::tensor(name, u32::try_from(src.port).unwrap_or(u32::MAX)));
        }
        if let Some(output) = &node.unknown_output {
            return Ok(format!("{name}:{output}:{}", src.port));
        }
        let missing = || node.fault(format!("has no output {}", src.port));
        let definition = self.program.graph.ops().get(node.op()).ok_or_else(missing)?;
        let arguments = ops::outputs(&node.def, &definition).ok_or_else(missing)?;
        let inside = |a: &ops::Argument<'_>| {
            let index = src.port.checked_sub(a.start as usize)?;
            (index < a.count as usize).then(|| format!("{name}:{}:{index}", a.def.name))
        };
        arguments.iter().find_map(inside).ok_or_else(missing)
    }

    /// The name of the function that body `id` becomes.
    fn function(&mut self, id: usize) -> Result<String> {
        let node_def = self.nodes(id)?;
        let body = self.program.body(id)?;
        let mut function = FunctionDef { node_def, ..FunctionDef::default() };
        for ret in &body.rets {
            function.ret.insert(ret.name.clone(), self.reference(id, ret.src)?);
        }
        for (name, node) in &body.control_rets {
            function
                .control_ret
                .insert(name.clone(), self.program.node(id, *node)?.def.name.clone());
        }
        function.signature = Some(signature(body, &function.control_ret));
        let content = function.encode_to_vec();
        if let Some(name) = self.known.get(&content) {
            return Ok(name.clone());
        }
        let name = self.unused(&body.function);
        if let Some(signature) = &mut function.signature {
            signature.name.clone_from(&name);
        }
        self.known.insert(content, name.clone());
        self.functions.push(function);
        Ok(name)
    }

    fn unused(&mut self, name: &str) -> String {
        let mut candidate = name.to_owned();
        let mut n = 1u32;
        while !self.taken.insert(candidate.clone()) {
            candidate = format!("{name}_{n}");
            n = n.saturating_add(1);
        }
        candidate
    }

    /// Functions that other ops name, such as a data set's, with all that they call.
    fn add_library_functions(&mut self, main: &[NodeDef]) {
        let mut emitted: Vec<&NodeDef> = main.iter().collect();
        let own = std::mem::take(&mut self.functions);
        emitted.extend(own.iter().flat_map(|f| &f.node_def));
        let mut work: Vec<String> = emitted.into_iter().flat_map(named_functions).collect();
        let mut others = BTreeMap::new();
        while let Some(name) = work.pop() {
            if self.taken.contains(&name) || others.contains_key(&name) {
                continue;
            }
            let Some(function) = self.program.graph.function(&name) else { continue };
            work.extend(function.node_def.iter().flat_map(named_functions));
            work.extend(function.node_def.iter().map(|n| n.op.clone()));
            others.insert(name, function.clone());
        }
        self.functions = own;
        self.functions.extend(others.into_values());
    }
}

/// The functions that the attributes of `node` name.
fn named_functions(node: &NodeDef) -> Vec<String> {
    node.attr.keys().flat_map(|attr| function_names(&node.attr, attr)).map(str::to_owned).collect()
}

/// Gives the functions of attribute `attr` their new names.
fn rename(attrs: &mut BTreeMap<String, AttrValue>, attr: &str, names: Vec<String>) {
    let Some(AttrValue { value: Some(value) }) = attrs.get_mut(attr) else { return };
    let mut functions = names.into_iter().map(|name| NameAttrList { name, attr: BTreeMap::new() });
    match (value, functions.next()) {
        (Value::Func(old), Some(new)) => **old = new,
        (Value::List(list), Some(first)) => {
            list.func = std::iter::once(first).chain(functions).collect();
        }
        _ => {}
    }
}

fn signature(body: &Body, control: &BTreeMap<String, String>) -> OpDef {
    let arg = |name: &String, dtype: i32| ArgDef {
        name: name.clone(),
        r#type: dtype,
        ..ArgDef::default()
    };
    OpDef {
        input_arg: body.args.iter().map(|(name, dtype)| arg(name, *dtype)).collect(),
        output_arg: body.rets.iter().map(|ret| arg(&ret.name, ret.dtype)).collect(),
        control_output: control.keys().cloned().collect(),
        is_stateful: !control.is_empty(),
        ..OpDef::default()
    }
}
