use super::*;
use floe_proto::tensorflow::attr_value::Value;
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
    assert_eq!(optimized(&text, &["out"], &["prune", "identity"]), all);
    // Nothing can notice that order.
    assert_eq!(optimized(&text, &["out"], &[]), ["x Placeholder()", "c Neg(x)", "out Identity(c)"]);
}

#[test]
fn what_changes_a_reference_runs_as_often_as_it_is_written() {
    let text = node("x", "Placeholder", &[])
        + &node("v", "VariableV2", &[])
        + &node("a", "AssignAdd", &["v", "x"])
        + &node("b", "AssignAdd", &["v", "x"])
        + &node("y", "Add", &["a", "b"]);
    let kept = optimized(&text, &["y"], &["share"]);
    assert_eq!(kept.last().unwrap(), "y Add(a,b)");
    assert!(kept.contains(&"b AssignAdd(v,x)".to_owned()), "{kept:?}");
}

#[test]
fn orders_behind_an_effect_stay() {
    let text = node("x", "Placeholder", &[])
        + &node("check", "Assert", &["x"])
        + &node("behind", "NoOp", &["^check"])
        + &node("dead", "Switch", &["x", "x"])
        + &node("pivot", "Identity", &["dead:1"])
        + &node("y", "Neg", &["x", "^behind", "^pivot", "^x"]);
    let left = optimized(&text, &["y"], &["orders"]);
    assert_eq!(left[5], "y Neg(x,^behind,^pivot)");
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

/// Multiplies two constants, as a stand-in for kernels.
struct Product;

impl Evaluate for Product {
    fn evaluate(&self, graph: &GraphDef, tensors: &[String]) -> Result<Vec<TensorProto>, String> {
        let [a, b, product] = graph.node.as_slice() else { return Err("two inputs".into()) };
        let number = |n: &NodeDef| match n.attr["value"].value.as_ref() {
            Some(Value::Tensor(t)) => t.float_val[0],
            _ => panic!("a constant"),
        };
        assert_eq!((product.op.as_str(), tensors), ("Mul", &["folded:0".to_owned()][..]));
        let value = TensorProto {
            dtype: 1,
            float_val: vec![number(a) * number(b)],
            ..TensorProto::default()
        };
        Ok(vec![value])
    }
}

#[test]
fn what_depends_on_no_input_is_computed_now() {
    let text = node("x", "Placeholder", &[])
        + &scalar("two", 2.0)
        + &scalar("three", 3.0)
        + &node("six", "Mul", &["two", "three"])
        + &node("twelve", "Mul", &["six", "two"])
        + &node("y", "Sub", &["x", "twelve"]);
    let mut graph: GraphDef = from_text(text.as_bytes()).unwrap();
    let options = Options { keep: &["x", "y"], evaluator: Some(&Product), ..Options::default() };
    optimize(&mut graph, &options).unwrap();
    let left: Vec<_> = graph.node.iter().map(|n| (n.name.as_str(), n.op.as_str())).collect();
    assert_eq!(left, [("x", "Placeholder"), ("twelve", "Const"), ("y", "Sub")]);
    let Some(Value::Tensor(value)) = &graph.node[1].attr["value"].value else { panic!() };
    assert_eq!(value.float_val, [12.0]);
}

#[test]
fn known_shapes_need_no_kernels() {
    let shape = "attr { key: 'shape' value { shape { dim { size: 2 } dim { size: -1 } } } } ";
    let open = node("x", "Placeholder", &[]).replace("attr {", &format!("{shape} attr {{"));
    let closed = open.replace("size: -1", "size: 3").replace("'x'", "'z'");
    let text = open
        + &closed
        + &node("open", "Shape", &["x"])
        + &node("rank", "Rank", &["x"])
        + &node("same", "Tanh", &["z"])
        + &node("closed", "Shape", &["same"])
        + &node("size", "Size", &["z"]);
    let keep = ["open", "rank", "closed", "size"];
    let ops: Vec<_> = optimized(&text, &keep, &["fold"]);
    assert_eq!(
        ops[2..],
        ["open Shape(x)", "rank Const()", "same Tanh(z)", "closed Const()", "size Const()"]
    );
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
