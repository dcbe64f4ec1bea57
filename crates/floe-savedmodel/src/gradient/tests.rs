use super::*;

fn added(gradient: &Gradient, before: usize) -> Vec<String> {
    let line = |n: &NodeDef| format!("{}({})", n.op, n.input.join(","));
    gradient.graph.node[before..].iter().map(line).collect()
}

#[test]
fn a_chain_goes_back_by_its_rules() {
    let g = Builder::new();
    let x = g.input("x", DType::Float32, &[2]);
    let _ = x.unary("Tanh").unary("Exp");
    let found = gradient(g.finish().unwrap(), "Exp:0", &["x:0"]).unwrap();
    assert_eq!(found.tensors, ["gradients/x:0"]);
    assert_eq!(
        added(&found, 3),
        [
            "OnesLike(Exp)",
            "Mul(gradients/OnesLike,Exp)",
            "TanhGrad(Tanh,gradients/Exp_grad/Mul)",
            "Identity(gradients/Tanh_grad/TanhGrad)"
        ]
    );
}

#[test]
fn what_comes_back_on_several_ways_is_added() {
    let g = Builder::new();
    let x = g.input("x", DType::Float32, &[2]);
    let _ = x.unary("Neg") - x;
    let found = gradient(g.finish().unwrap(), "Sub", &["x"]).unwrap();
    let sums = added(&found, 3).iter().filter(|n| n.starts_with("AddN(")).count();
    assert_eq!(sums, 1);
}

#[test]
fn only_what_is_asked_for_is_computed() {
    let g = Builder::new();
    let (x, w) = (g.input("x", DType::Float32, &[2, 2]), g.input("w", DType::Float32, &[2, 2]));
    let _ = x.matmul(w);
    let found = gradient(g.finish().unwrap(), "MatMul", &["w"]).unwrap();
    let products = added(&found, 3).iter().filter(|n| n.starts_with("MatMul(")).count();
    assert_eq!(products, 1);
}

#[test]
fn what_has_no_gradient_says_so() {
    let refused = |make: fn(&Builder), of: &str| {
        let g = Builder::new();
        let _ = g.input("x", DType::Float32, &[2]);
        make(&g);
        gradient(g.finish().unwrap(), of, &["x"]).unwrap_err().to_string()
    };
    let error = refused(|g| _ = g.tensor("x").unwrap().unary("Digamma").unary("Exp"), "Exp");
    assert!(error.contains("`Digamma`") && error.contains("no rule"), "{error}");
    let error = refused(|g| _ = g.scalar("c", 1.0).unary("Exp"), "Exp");
    assert!(error.contains("node `x`") && error.contains("does not depend"), "{error}");
    let error = refused(|g| _ = g.tensor("x").unwrap().unary("Floor"), "Floor");
    assert!(error.contains("does not depend"), "{error}");
    let error = refused(|_| {}, "z");
    assert!(error.contains("no tensor `z`"), "{error}");
}

#[test]
fn a_loop_is_refused() {
    let node = |name: &str, op: &str, inputs: &[&str]| NodeDef {
        name: name.into(),
        op: op.into(),
        input: inputs.iter().map(|&i| i.into()).collect(),
        ..NodeDef::default()
    };
    let graph = GraphDef {
        node: vec![node("a", "Neg", &["b"]), node("b", "Neg", &["a"])],
        ..GraphDef::default()
    };
    assert!(gradient(graph, "a", &["b"]).unwrap_err().to_string().contains("loop"));
}

#[test]
fn every_rule_is_for_an_op_that_there_is() {
    let mut seen = std::collections::BTreeSet::new();
    for op in supported() {
        assert!(crate::ops::builtin(op).is_some(), "{op}");
        assert!(seen.insert(op), "{op} is listed twice");
    }
    assert!(seen.len() > 100, "{}", seen.len());
}
