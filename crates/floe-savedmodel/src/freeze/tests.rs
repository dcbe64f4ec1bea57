//! Small graphs written as text: what freezing makes of them, and what it refuses.

mod tables;
mod variables;

use super::*;
use floe_graph::{Payload, TensorId, TensorView};
use std::fmt::Write as _;
use std::path::Path;

/// Scalars by name, in the place of a checkpoint.
struct Scalars(&'static [(&'static str, [u8; 4])]);

impl<'d> TensorSource<'d> for &'d Scalars {
    fn tensor_count(&self) -> u32 {
        self.0.len() as u32
    }
    fn tensor(&self, id: TensorId) -> floe_graph::Result<TensorView<'d>> {
        Ok(TensorView::new(DType::Float32, Shape::SCALAR, Payload::Raw(&self.0[id.0 as usize].1)))
    }
    fn tensor_name(&self, id: TensorId) -> floe_graph::Result<&'d str> {
        Ok(self.0[id.0 as usize].0)
    }
}

static VARIABLES: Scalars = Scalars(&[("v", 2f32.to_le_bytes()), ("w", 3f32.to_le_bytes())]);

fn freeze_for(text: &str, outputs: &[&str]) -> Result<Frozen> {
    let model = SavedModel::parse(text.to_owned().into(), Path::new("test.pbtxt")).unwrap();
    let outputs = outputs.iter().map(|&o| o.to_owned()).collect();
    let target = Target::Tensors { inputs: vec![], outputs };
    let options = FreezeOptions { target, max_nodes: 10_000, ..FreezeOptions::default() };
    model.freeze(Some(&&VARIABLES), &options)
}

fn refused(text: &str, outputs: &[&str]) -> String {
    freeze_for(text, outputs).unwrap_err().to_string()
}

/// `name op(inputs)` of every node.
fn shown(nodes: &[NodeDef]) -> Vec<String> {
    nodes.iter().map(|n| format!("{} {}({})", n.name, n.op, n.input.join(","))).collect()
}

const FLOAT: &str = "attr { key: 'T' value { type: DT_FLOAT } }";
const HANDLE: &str = "node { name: 'v' op: 'VarHandleOp' attr { key: 'dtype' value { type: DT_FLOAT } } attr { key: 'shape' value { shape {} } } }";
const INPUT: &str =
    "node { name: 'x' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT } } }";

fn call(name: &str, function: &str, inputs: &str) -> String {
    format!(
        "node {{ name: '{name}' op: 'StatefulPartitionedCall' {inputs}
         attr {{ key: 'f' value {{ func {{ name: '{function}' }} }} }}
         attr {{ key: 'Tout' value {{ list {{ type: DT_FLOAT }} }} }} }}"
    )
}

/// A function of `a: float`, `h: resource` to `r: float`.
fn function(name: &str, body: &str, ret: &str) -> String {
    format!(
        "function {{ signature {{ name: '{name}' input_arg {{ name: 'a' type: DT_FLOAT }}
         input_arg {{ name: 'h' type: DT_RESOURCE }} output_arg {{ name: 'r' type: DT_FLOAT }} }}
         {body} ret {{ key: 'r' value: '{ret}' }} }}"
    )
}

fn scaled() -> String {
    let body = format!(
        "node_def {{ name: 'read' op: 'ReadVariableOp' input: 'h' attr {{ key: 'dtype' value {{ type: DT_FLOAT }} }} }}
         node_def {{ name: 'mul' op: 'Mul' input: 'a' input: 'read:value:0' {FLOAT} }}
         node_def {{ name: 'done' op: 'NoOp' input: '^read' }}
         node_def {{ name: 'out' op: 'Identity' input: 'mul:z:0' input: '^done' {FLOAT} }}"
    );
    function("scaled", &body, "out:output:0")
}

#[test]
fn calls_are_inlined_and_reads_become_constants() {
    let text = format!(
        "{INPUT} {HANDLE} {} node {{ name: 'y' op: 'Neg' input: 'c' {FLOAT} }} library {{ {} }}",
        call("c", "scaled", "input: 'x' input: 'v'"),
        scaled()
    );
    let frozen = freeze_for(&text, &["y:0"]).unwrap();
    assert_eq!(
        shown(&frozen.graph.node),
        [
            "x Placeholder()",
            "v Const()",
            "c/read Identity(v)",
            "c/mul Mul(x,c/read)",
            "c/out Identity(c/mul)",
            "y Neg(c/out)"
        ]
    );
    assert!(frozen.graph.library.is_none() && frozen.init.is_empty());
}

#[test]
fn an_output_that_was_a_call_keeps_its_name() {
    let text = format!(
        "{INPUT} {HANDLE} {} library {{ {} }}",
        call("c", "scaled", "input: 'x' input: 'v'"),
        scaled()
    );
    let frozen = freeze_for(&text, &["c:0"]).unwrap();
    assert_eq!(frozen.outputs[0].tensor, "c:0");
    assert_eq!(shown(&frozen.graph.node).last().unwrap(), "c IdentityN(c/out)");
}

#[test]
fn a_branch_takes_the_value_in_the_place_of_the_handle() {
    let text = format!(
        "{INPUT} {HANDLE} node {{ name: 'p' op: 'Placeholder' attr {{ key: 'dtype' value {{ type: DT_BOOL }} }} }}
         node {{ name: 'y' op: 'If' input: 'p' input: 'x' input: 'v'
           attr {{ key: 'Tcond' value {{ type: DT_BOOL }} }}
           attr {{ key: 'Tin' value {{ list {{ type: [DT_FLOAT, DT_RESOURCE] }} }} }}
           attr {{ key: 'Tout' value {{ list {{ type: DT_FLOAT }} }} }}
           attr {{ key: 'then_branch' value {{ func {{ name: 'scaled' }} }} }}
           attr {{ key: 'else_branch' value {{ func {{ name: 'scaled' }} }} }} }}
         library {{ {} }}",
        scaled()
    );
    let frozen = freeze_for(&text, &["y:0"]).unwrap();
    let library = frozen.graph.library.unwrap();
    let [branch] = library.function.as_slice() else {
        panic!("two alike branches are one function")
    };
    let types: Vec<_> =
        branch.signature.as_ref().unwrap().input_arg.iter().map(|a| a.r#type).collect();
    assert_eq!(types, [1, 1]);
    assert_eq!(
        shown(&branch.node_def),
        ["read Identity(h)", "mul Mul(a,read:output:0)", "out Identity(mul:z:0)"]
    );
    let y = frozen.graph.node.iter().find(|n| n.name == "y").unwrap();
    let Some(Value::List(types)) = &y.attr["Tin"].value else { panic!("{y:?}") };
    assert_eq!(types.r#type, [1, 1]);
}

#[test]
fn a_variable_that_the_graph_changes_stays_one() {
    let text = format!(
        "{INPUT} {HANDLE}
         node {{ name: 'add' op: 'AssignAddVariableOp' input: 'v' input: 'x' attr {{ key: 'dtype' value {{ type: DT_FLOAT }} }} }}
         node {{ name: 'y' op: 'ReadVariableOp' input: 'v' input: '^add' attr {{ key: 'dtype' value {{ type: DT_FLOAT }} }} }}"
    );
    let frozen = freeze_for(&text, &["y:0"]).unwrap();
    assert_eq!(frozen.init, ["v/initialize"]);
    let nodes = shown(&frozen.graph.node);
    assert!(
        nodes.contains(&"v/initialize AssignVariableOp(v,v/initial_value)".to_owned()),
        "{nodes:?}"
    );
    assert!(nodes.contains(&"y ReadVariableOp(v,^add)".to_owned()), "{nodes:?}");
}

#[test]
fn a_variable_without_a_value_is_named() {
    let text = HANDLE.replace("'v'", "'lost'");
    assert!(
        refused(&text, &["lost:0"]).starts_with("variable `lost`: the checkpoint has no tensor")
    );
    let text = HANDLE.replace("shape {}", "shape { dim { size: 2 } }");
    assert_eq!(refused(&text, &["v:0"]), "variable `v`: its shape is [2], but its tensor's is []");
    let text = HANDLE.replace("DT_FLOAT", "DT_INT32");
    assert_eq!(refused(&text, &["v:0"]), "variable `v`: it is int32, but its tensor is float32");
}

#[test]
fn faults_name_node_op_and_function() {
    let bad = function(
        "bad",
        &format!("node_def {{ name: 'n' op: 'Neg' input: 'no:y:0' {FLOAT} }}"),
        "n:y:0",
    );
    let text = format!(
        "{INPUT} {HANDLE} {} library {{ {bad} }}",
        call("c", "bad", "input: 'x' input: 'v'")
    );
    assert_eq!(
        refused(&text, &["c:0"]),
        "node `n` (Neg) in function `bad`: input `no:y:0` leads nowhere"
    );
    let text = format!("{INPUT} {}", call("c", "gone", "input: 'x'"));
    let error = refused(&text, &["c:0"]);
    assert!(
        error.contains("node `c`") && error.contains("`gone`, which is not in the library"),
        "{error}"
    );
    assert!(refused(INPUT, &["z:0"]).starts_with("there is no node `z`"));
}

#[test]
fn recursion_is_refused() {
    let body = call("again", "f", "input: 'a' input: 'h'").replacen("node ", "node_def ", 1);
    let f = function("f", &body, "again:output:0");
    let text =
        format!("{INPUT} {HANDLE} {} library {{ {f} }}", call("c", "f", "input: 'x' input: 'v'"));
    assert!(refused(&text, &["c:0"]).contains("calls itself"));
}

#[test]
fn depth_and_growth_are_bounded() {
    let chain = |depth: usize, twice: bool| {
        let mut functions = String::new();
        for i in 0..depth {
            let next = format!("f{}", i + 1);
            let one = call("one", &next, "input: 'a' input: 'h'").replacen("node ", "node_def ", 1);
            let two = call("two", &next, "input: 'one:output:0' input: 'h'").replacen(
                "node ",
                "node_def ",
                1,
            );
            let (body, ret) =
                if twice { (one + &two, "two:output:0") } else { (one, "one:output:0") };
            functions += &function(&format!("f{i}"), &body, ret);
        }
        functions += &function(&format!("f{depth}"), "", "a");
        format!(
            "{INPUT} {HANDLE} {} library {{ {functions} }}",
            call("c", "f0", "input: 'x' input: 'v'")
        )
    };
    assert!(freeze_for(&chain(100, false), &["c:0"]).is_ok());
    assert!(refused(&chain(300, false), &["c:0"]).contains("more than 200 deep"));
    assert!(refused(&chain(60, true), &["c:0"]).contains("exceeds the limit of 10000"));
}

#[test]
fn cycles_are_refused_but_for_loops() {
    let text = format!(
        "node {{ name: 'a' op: 'Neg' input: 'b' {FLOAT} }} node {{ name: 'b' op: 'Neg' input: 'a' {FLOAT} }}"
    );
    assert!(refused(&text, &["a:0"]).contains("cycle"));
    let same = function("same", "", "a");
    let text =
        format!("{HANDLE} {} library {{ {same} }}", call("c", "same", "input: 'c' input: 'v'"));
    assert!(refused(&text, &["c:0"]).contains("cycle"));
    let text = format!(
        "{INPUT} node {{ name: 'enter' op: 'Enter' input: 'x' {FLOAT} }}
         node {{ name: 'merge' op: 'Merge' input: 'enter' input: 'next' {FLOAT} }}
         node {{ name: 'next' op: 'NextIteration' input: 'merge' {FLOAT} }}"
    );
    assert!(freeze_for(&text, &["merge:0"]).is_ok());
}

#[test]
fn many_handles_of_one_variable_are_one_constant() {
    let mut text = String::new();
    for i in 0..3 {
        let handle = HANDLE.replace("'v'", &format!("'h{i}'"));
        let handle =
            handle.replacen("attr", "attr { key: 'shared_name' value { s: 'v' } } attr", 1);
        write!(
            text,
            "{handle} node {{ name: 'r{i}' op: 'ReadVariableOp' input: 'h{i}' attr {{ key: 'dtype' value {{ type: DT_FLOAT }} }} }}"
        )
        .unwrap();
    }
    let frozen = freeze_for(&text, &["r0:0", "r1:0", "r2:0"]).unwrap();
    let constants = frozen.graph.node.iter().filter(|n| n.op == "Const").count();
    assert_eq!(constants, 1);
}

#[test]
fn a_huge_splat_is_carried_not_made() {
    let text = "node { name: 'c' op: 'Const' attr { key: 'dtype' value { type: DT_FLOAT } }
        attr { key: 'value' value { tensor { dtype: DT_FLOAT float_val: 1
        tensor_shape { dim { size: 1099511627776 } } } } } }";
    let frozen = freeze_for(text, &["c:0"]).unwrap();
    assert!(floe_proto::Message::encoded_len(&frozen.graph) < 100);
}
