//! What fills a table before the first inference, and what does not.

use super::*;

const TABLE: &str = "node { name: 't' op: 'MutableHashTableV2'
    attr { key: 'key_dtype' value { type: DT_FLOAT } } attr { key: 'value_dtype' value { type: DT_FLOAT } } }";

/// Puts the tensor `key` with itself into the table `t`.
fn insert(name: &str, key: &str) -> String {
    format!(
        "node {{ name: '{name}' op: 'LookupTableInsertV2' input: 't' input: '{key}' input: '{key}'
         attr {{ key: 'Tin' value {{ type: DT_FLOAT }} }} attr {{ key: 'Tout' value {{ type: DT_FLOAT }} }} }}"
    )
}

fn find(order: &str) -> String {
    format!(
        "node {{ name: 'y' op: 'LookupTableFindV2' input: 't' input: 'x' input: 'x' {order}
         attr {{ key: 'Tin' value {{ type: DT_FLOAT }} }} attr {{ key: 'Tout' value {{ type: DT_FLOAT }} }} }}"
    )
}

#[test]
fn what_an_inference_puts_into_a_table_is_no_initialiser() {
    let text = format!("{INPUT} {TABLE} {} {}", insert("put", "x"), find("input: '^put'"));
    let frozen = freeze_for(&text, &["y:0"]).unwrap();
    assert!(frozen.init.is_empty(), "{:?}", frozen.init);
    assert!(shown(&frozen.graph.node).contains(&"y LookupTableFindV2(t,x,x,^put)".to_owned()));
}

#[test]
fn a_lookup_stays_before_what_changes_the_table() {
    let put = insert("put", "x").replacen("attr", "input: '^y' attr", 1);
    let last = format!("node {{ name: 'z' op: 'Identity' input: 'y' input: '^put' {FLOAT} }}");
    let frozen =
        freeze_for(&format!("{INPUT} {TABLE} {} {put} {last}", find("")), &["z:0"]).unwrap();
    let nodes = shown(&frozen.graph.node);
    assert!(nodes.contains(&"put LookupTableInsertV2(t,x,x,^y)".to_owned()), "{nodes:?}");
}

#[test]
fn what_puts_constants_into_a_table_is() {
    let constant = "node { name: 'c' op: 'Const' attr { key: 'dtype' value { type: DT_FLOAT } }
        attr { key: 'value' value { tensor { dtype: DT_FLOAT tensor_shape {} float_val: 7 } } } }";
    let text = format!("{INPUT} {TABLE} {constant} {} {}", insert("put", "c"), find(""));
    assert_eq!(freeze_for(&text, &["y:0"]).unwrap().init, ["put"]);
}

#[test]
fn what_a_saver_restores_does_not_run() {
    let restore = "node { name: 'r' op: 'RestoreV2' input: 'gone' input: 'gone' input: 'gone'
        attr { key: 'dtypes' value { list { type: DT_FLOAT } } } }
        node { name: 'gone' op: 'Const' attr { key: 'dtype' value { type: DT_STRING } }
        attr { key: 'value' value { tensor { dtype: DT_STRING tensor_shape { dim { size: 1 } } string_val: 'k' } } } }";
    let text = format!("{INPUT} {TABLE} {restore} {} {}", insert("put", "r"), find(""));
    let frozen = freeze_for(&text, &["y:0"]).unwrap();
    assert!(frozen.init.is_empty(), "{:?}", frozen.init);
}
