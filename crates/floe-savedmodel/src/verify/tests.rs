use super::*;
use std::path::Path;

fn faults(text: &str) -> Vec<String> {
    let model = SavedModel::parse(text.to_owned().into(), Path::new("test.pbtxt")).unwrap();
    let mut all = Vec::new();
    verify(&model, &mut |fault| all.push(format!("{:?}: {fault}", fault.severity)));
    all
}

const X: &str =
    "node { name: 'x' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT } } }";

fn neg(name: &str, input: &str, dtype: &str) -> String {
    format!(
        "node {{ name: '{name}' op: 'Neg' {input} attr {{ key: 'T' value {{ type: {dtype} }} }} }}"
    )
}

#[test]
fn a_sound_graph_has_no_faults() {
    let text = format!("{X} {} versions {{ producer: 2474 }}", neg("y", "input: 'x'", "DT_FLOAT"));
    assert_eq!(faults(&text), [""; 0]);
}

#[test]
fn all_faults_are_reported_not_the_first() {
    let text = format!(
        "{X} {} {} {} {} {} versions {{ producer: 3 min_consumer: 9999 }}",
        neg("a b", "input: 'x'", "DT_FLOAT"),
        neg("y", "input: 'x' input: 'x'", "DT_FLOAT"),
        neg("y", "input: '^x' input: 'x'", "DT_FLOAT"),
        neg("z", "input: 'x'", "DT_INT32"),
        neg("w", "input: 'gone:3'", "DT_FLOAT"),
    );
    assert_eq!(
        faults(&text),
        [
            "Error: readers must know version 9999, this one knows 2474 (versions)",
            "Warning: made by version 3: some ops meant something else (versions)",
            "Error: the name has characters that names may not have (node `a b`, Neg)",
            "Error: has 2 inputs, its op takes 1 (node `y`, Neg)",
            "Error: two nodes have this name (node `y`, Neg)",
            "Error: input `x` comes after the control input `^x` (node `y`, Neg)",
            "Error: input `x` is float32, the op takes int32 (node `z`, Neg)",
            "Error: input `gone:3` leads nowhere (node `w`, Neg)",
        ]
    );
}

#[test]
fn attributes_are_held_against_the_definition() {
    let text = "node { name: 'x' op: 'Placeholder' attr { key: 'dtype' value { i: 1 } } attr { key: 'new' value { i: 1 } } }
        node { name: 'c' op: 'Const' } node { name: 'p' op: 'PyFunc' attr { key: 'token' value { s: 't' } }
        attr { key: 'Tin' value {} } attr { key: 'Tout' value {} } } node { name: 'u' op: 'Unheard' }";
    assert_eq!(
        faults(text),
        [
            "Error: the attribute `dtype` is no type (node `x`, Placeholder)",
            "Warning: the op has no attribute `new`: from a newer TensorFlow? (node `x`, Placeholder)",
            "Error: the attribute `value` is missing (node `c`, Const)",
            "Error: the attribute `dtype` is missing (node `c`, Const)",
            "Warning: the op calls Python (node `p`, PyFunc)",
            "Warning: the op has no definition here: its arity is not checked (node `u`, Unheard)",
        ]
    );
}

#[test]
fn cycles_and_missing_functions_are_found() {
    let text =
        format!("{} {}", neg("a", "input: 'b'", "DT_FLOAT"), neg("b", "input: 'a'", "DT_FLOAT"));
    assert_eq!(
        faults(&text),
        ["Error: the node is part of a cycle, or behind one (node `a`, Neg)"]
    );
    let text =
        "node { name: 'c' op: 'PartitionedCall' attr { key: 'f' value { func { name: 'no' } } }
        attr { key: 'Tin' value { list {} } } attr { key: 'Tout' value { list {} } } }";
    assert_eq!(
        faults(text),
        ["Error: names the function `no`, which is not there (node `c`, PartitionedCall)"]
    );
}

#[test]
fn signatures_must_lead_to_tensors() {
    let text = format!(
        "graph_def {{ {X} }} signature_def {{ key: 's' value {{ inputs {{ key: 'i' value {{ name: 'x:0' }} }}
         outputs {{ key: 'o' value {{ name: 'x:1' }} }} outputs {{ key: 'p' value {{ name: 'q:0' }} }} }} }}"
    );
    assert_eq!(
        faults(&text),
        [
            "Error: `x` has no output 1 (signature `s`, output `o`)",
            "Error: there is no node `q` (signature `s`, output `p`)"
        ]
    );
}
