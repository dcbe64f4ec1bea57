use super::*;
use floe_proto::text::from_text;

fn optimized(text: &str, keep: &[&str], names: &[&str]) -> Vec<String> {
    let mut graph: GraphDef = from_text(text.as_bytes()).unwrap();
    optimize(&mut graph, &Options { keep, passes: names, evaluator: None }).unwrap();
    graph.node.iter().map(|n| format!("{} {}({})", n.name, n.op, n.input.join(","))).collect()
}

fn node(name: &str, op: &str, inputs: &[&str]) -> String {
    let inputs: String = inputs.iter().map(|i| format!("input: '{i}' ")).collect();
    format!(
        "node {{ name: '{name}' op: '{op}' {inputs} attr {{ key: 'T' value {{ type: DT_FLOAT }} }} }} "
    )
}

fn scalar(name: &str, value: f32) -> String {
    format!(
        "node {{ name: '{name}' op: 'Const' attr {{ key: 'dtype' value {{ type: DT_FLOAT }} }}
         attr {{ key: 'value' value {{ tensor {{ dtype: DT_FLOAT tensor_shape {{}} float_val: {value} }} }} }} }} "
    )
}

#[test]
fn all_passes_together_leave_what_is_needed() {
    let text = node("x", "Placeholder", &[])
        + &scalar("one", 1.0)
        + &scalar("two", 2.0)
        + &scalar("deux", 2.0)
        + &node("i", "Identity", &["x"])
        + &node("m", "Mul", &["i", "one"])
        + &node("a", "Mul", &["m", "two"])
        + &node("b", "Mul", &["i", "deux"])
        + &node("dead", "Neg", &["a"])
        + &node("y", "Sub", &["a", "b:0"]);
    assert_eq!(
        optimized(&text, &["x", "y"], &[]),
        ["x Placeholder()", "two Const()", "a Mul(x,two)", "y Sub(a,a:0)"]
    );
}

#[test]
fn what_is_kept_or_waited_for_stays() {
    let text = node("x", "Placeholder", &[])
        + &node("pivot", "Identity", &["x"])
        + &node("c", "Neg", &["x", "^pivot"])
        + &node("out", "Identity", &["c"]);
    let all = ["x Placeholder()", "pivot Identity(x)", "c Neg(x,^pivot)", "out Identity(c)"];
    assert_eq!(optimized(&text, &["out"], &[]), all);
}

#[test]
fn effects_are_not_shared() {
    let text = node("x", "Placeholder", &[])
        + &node("r", "RandomUniform", &["x"])
        + &node("s", "RandomUniform", &["x"])
        + &node("y", "Sub", &["r", "s"]);
    assert_eq!(optimized(&text, &["y"], &["share"]).len(), 4);
}

#[test]
fn a_constant_with_a_shape_is_not_neutral() {
    let wide = scalar("one", 1.0).replace("tensor_shape {}", "tensor_shape { dim { size: 3 } }");
    let text = node("x", "Placeholder", &[])
        + &wide
        + &node("y", "Mul", &["x", "one"])
        + &node("z", "Neg", &["y"]);
    assert_eq!(optimized(&text, &["z"], &["arithmetic"]).len(), 4);
    assert_eq!(optimized(&text, &["z"], &["arithmetic"])[3], "z Neg(y)");
}

#[test]
fn unknown_names_are_errors() {
    let mut graph = GraphDef::default();
    let error = optimize(&mut graph, &Options { passes: &["shrink"], ..Options::default() })
        .unwrap_err()
        .to_string();
    assert!(error.contains("no pass `shrink`") && error.contains("`identity`"), "{error}");
    assert!(optimize(&mut graph, &Options { keep: &["y"], ..Options::default() }).is_err());
}
