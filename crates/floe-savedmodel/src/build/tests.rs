use super::*;
use floe_proto::tensorflow::attr_value::Value;

fn shown(graph: &GraphDef) -> Vec<String> {
    let line = |n: &NodeDef| format!("{} {}({})", n.name, n.op, n.input.join(","));
    graph.node.iter().map(line).collect()
}

#[test]
fn an_expression_is_a_graph() {
    let g = Builder::new();
    let (var1, var2, var3) = (g.scalar("var1", 6.0), g.scalar("var2", 2.0), g.scalar("var3", 4.0));
    let res = (var1 + var2) / ((var1 - var2) + var3);
    assert_eq!(res.name(), "RealDiv:0");
    let graph = g.finish().unwrap();
    assert_eq!(
        shown(&graph)[3..],
        [
            "AddV2 AddV2(var1,var2)",
            "Sub Sub(var1,var2)",
            "AddV2_1 AddV2(Sub,var3)",
            "RealDiv RealDiv(AddV2,AddV2_1)"
        ]
    );
    let t = graph.node[3].attr["T"].value.clone();
    assert_eq!(t, Some(Value::Type(DType::Float32.tensorflow().into())));
}

#[test]
fn counts_and_dtypes_follow_from_the_inputs() {
    let g = Builder::new();
    let x = g.input("x", DType::Float64, &[-1, 4]);
    let axis = g.ints("axis", &[1]);
    let both = g.op("ConcatV2").inputs([x, x]).input(axis).output();
    let halves = g.op("Split").input(g.ints("one", &[1])).input(both).attr("num_split", 2i64);
    let halves = halves.outputs();
    assert_eq!((both.dtype(), halves.len()), (Some(DType::Float64), 2));
    assert_eq!(halves[1].name(), "Split:1");
    assert_eq!(halves[1].unary("Exp").dtype(), Some(DType::Float64));
    let graph = g.finish().unwrap();
    let concat = graph.node.iter().find(|n| n.op == "ConcatV2").unwrap();
    assert_eq!(concat.attr["N"].value, Some(Value::I(2)));
    assert_eq!(concat.attr["Tidx"].value, Some(Value::Type(3)));
    assert_eq!(graph.node.last().unwrap().input, ["Split:1"]);
}

#[test]
fn the_first_misfit_is_the_error() {
    let wrong = |make: fn(&Builder)| {
        let g = Builder::new();
        make(&g);
        g.finish().unwrap_err().to_string()
    };
    let error = wrong(|g| _ = g.scalar("x", 1.0) + g.ints("i", &[1]) + g.scalar("y", 1.0));
    assert!(error.contains("`AddV2`") && error.contains("dtypes"), "{error}");
    let error = wrong(|g| _ = g.op("AddV2").input(g.scalar("x", 1.0)).output());
    assert!(error.contains("fewer inputs"), "{error}");
    let error = wrong(|g| _ = g.op("Neg").inputs([g.scalar("x", 1.0); 2]).output());
    assert!(error.contains("more inputs"), "{error}");
    let error = wrong(|g| _ = g.op("Nope").output());
    assert!(error.contains("no such op"), "{error}");
    let error = wrong(|g| _ = g.scalar("x", 1.0).unary("Cast"));
    assert!(error.contains("attribute is missing"), "{error}");
    let error = wrong(|g| _ = g.op("Neg").input(g.scalar("x", 1.0)).attr("alpha", 1.0).output());
    assert!(error.contains("attribute that its op has not"), "{error}");
}

#[test]
fn a_graph_that_is_there_can_be_added_to() {
    let first = Builder::new();
    let _ = first.input("x", DType::Float32, &[2]);
    let g = Builder::over(first.finish().unwrap());
    g.enter("more");
    let y = g.tensor("x").unwrap() * 2.0;
    assert_eq!(y.name(), "more/Mul:0");
    assert!(g.tensor("x:1").is_err() && g.tensor("y").is_err() && g.tensor("^x").is_err());
    assert_eq!(
        shown(&g.finish().unwrap())[1..],
        ["more/Const Const()", "more/Mul Mul(x,more/Const)"]
    );
}

#[test]
fn constants_have_every_dtype() {
    for (dtype, bytes) in [
        (DType::Float16, vec![0x00, 0x3e]),
        (DType::Bfloat16, vec![0xc0, 0x3f]),
        (DType::Complex64, vec![0, 0, 0xc0, 0x3f, 0, 0, 0, 0]),
        (DType::Int8, vec![1]),
    ] {
        assert_eq!(number(dtype, 1.5).tensor_content, bytes, "{dtype}");
    }
}
