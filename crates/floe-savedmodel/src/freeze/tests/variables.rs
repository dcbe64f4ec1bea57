//! Which value a variable gets, and what happens to one without.

use super::*;

/// A reference variable `name` with what sets it to its initial value.
fn variable(name: &str, initial: &str) -> String {
    format!(
        "node {{ name: '{name}' op: 'VariableV2' attr {{ key: 'dtype' value {{ type: DT_FLOAT }} }} attr {{ key: 'shape' value {{ shape {{}} }} }} }}
         {initial}
         node {{ name: '{name}/Assign' op: 'Assign' input: '{name}' input: '{name}/initial' {FLOAT} }}"
    )
}

fn constant(name: &str) -> String {
    format!(
        "node {{ name: '{name}/initial' op: 'Const' attr {{ key: 'dtype' value {{ type: DT_FLOAT }} }}
         attr {{ key: 'value' value {{ tensor {{ dtype: DT_FLOAT tensor_shape {{}} float_val: 7 }} }} }} }}"
    )
}

fn random(name: &str) -> String {
    format!(
        "node {{ name: '{name}/shape' op: 'Const' attr {{ key: 'dtype' value {{ type: DT_INT32 }} }}
         attr {{ key: 'value' value {{ tensor {{ dtype: DT_INT32 tensor_shape {{ dim {{}} }} }} }} }} }}
         node {{ name: '{name}/random' op: 'RandomUniform' input: '{name}/shape'
         attr {{ key: 'T' value {{ type: DT_INT32 }} }} attr {{ key: 'dtype' value {{ type: DT_FLOAT }} }} }}
         node {{ name: '{name}/initial' op: 'Identity' input: '{name}/random' {FLOAT} }}"
    )
}

/// Restores `variable` from the tensor `key`.
fn restores(saver: &str, variable: &str, key: &str) -> String {
    let strings = |name: &str, value: &str| {
        format!(
            "node {{ name: '{saver}/{name}' op: 'Const' attr {{ key: 'dtype' value {{ type: DT_STRING }} }}
             attr {{ key: 'value' value {{ tensor {{ dtype: DT_STRING tensor_shape {{ dim {{ size: 1 }} }} string_val: '{value}' }} }} }} }}"
        )
    };
    format!(
        "{} {} {}
         node {{ name: '{saver}/restore' op: 'RestoreV2' input: '{saver}/file' input: '{saver}/names' input: '{saver}/slices'
         attr {{ key: 'dtypes' value {{ list {{ type: DT_FLOAT }} }} }} }}
         node {{ name: '{saver}/Assign' op: 'Assign' input: '{variable}' input: '{saver}/restore' {FLOAT} }}
         node {{ name: '{saver}/all' op: 'NoOp' input: '^{saver}/Assign' }}",
        strings("file", "unused"),
        strings("names", key),
        strings("slices", ""),
    )
}

/// The value of the constant `name`.
fn value(frozen: &Frozen, name: &str) -> f32 {
    let node = frozen.graph.node.iter().find(|n| n.name == name && n.op == "Const").unwrap();
    let Some(Value::Tensor(tensor)) = &node.attr["value"].value else { panic!("{node:?}") };
    f32::from_le_bytes(tensor.tensor_content[..].try_into().unwrap())
}

#[test]
fn of_several_savers_the_one_that_wrote_the_checkpoint_decides() {
    let graph = format!(
        "{} {} {}",
        variable("u", &constant("u")),
        restores("other", "u", "v"),
        restores("mine", "u", "w")
    );
    for (saver, expected) in [("mine", 3.0), ("other", 2.0)] {
        let meta = format!(
            "meta_info_def {{ tags: 'serve' }} graph_def {{ {graph} }} saver_def {{ restore_op_name: '{saver}/all' }}"
        );
        assert_eq!(value(&freeze_for(&meta, &["u:0"]).unwrap(), "u"), expected, "{saver}");
    }
}

#[test]
fn without_a_saver_the_own_name_decides() {
    let graph = format!(
        "{} {} {}",
        variable("w", &constant("w")),
        restores("other", "w", "v"),
        restores("mine", "w", "w")
    );
    assert_eq!(value(&freeze_for(&graph, &["w:0"]).unwrap(), "w"), 3.0);
}

#[test]
fn an_initial_value_stands_in_with_a_warning_but_never_a_random_one() {
    let frozen = freeze_for(&variable("lost", &constant("lost")), &["lost:0"]).unwrap();
    assert_eq!(frozen.warnings, ["variable lost is in no checkpoint: it has its initial value"]);
    let error = refused(&variable("lost", &random("lost")), &["lost:0"]);
    assert!(error.starts_with("variable `lost`: the checkpoint has no tensor for it"), "{error}");
    assert!(error.contains("node `lost/random`, op RandomUniform"), "{error}");
}

#[test]
fn what_the_model_initializes_itself_may_be_random() {
    let meta = format!(
        "meta_info_def {{ tags: 'serve' }}
         graph_def {{ {} node {{ name: 'init' op: 'NoOp' input: '^lost/Assign' }} }}
         collection_def {{ key: 'saved_model_main_op' value {{ node_list {{ value: 'init' }} }} }}",
        variable("lost", &random("lost"))
    );
    let frozen = freeze_for(&meta, &["lost:0"]).unwrap();
    assert_eq!(
        (frozen.init.as_slice(), frozen.warnings.len()),
        (&["lost/Assign".to_owned()][..], 0)
    );
}

#[test]
fn what_changes_a_reference_keeps_its_order() {
    let text = format!(
        "{INPUT} {}
         node {{ name: 'add' op: 'AssignAdd' input: 'v' input: 'x' {FLOAT} }}
         node {{ name: 'y' op: 'Identity' input: 'v' input: '^add' {FLOAT} }}",
        variable("v", &constant("v"))
    );
    let frozen = freeze_for(&text, &["y:0"]).unwrap();
    let nodes = shown(&frozen.graph.node);
    assert!(nodes.contains(&"y Identity(v,^add)".to_owned()), "{nodes:?}");
}

#[test]
fn a_read_stays_before_what_changes_its_reference() {
    let text = format!(
        "{INPUT} {}
         node {{ name: 'old' op: 'Identity' input: 'v' {FLOAT} }}
         node {{ name: 'add' op: 'AssignAdd' input: 'v' input: 'x' input: '^old' {FLOAT} }}
         node {{ name: 'y' op: 'Sub' input: 'add' input: 'old' {FLOAT} }}",
        variable("v", &constant("v"))
    );
    let nodes = shown(&freeze_for(&text, &["y:0"]).unwrap().graph.node);
    assert!(nodes.contains(&"add AssignAdd(v,x,^old)".to_owned()), "{nodes:?}");
}
