use super::*;
use crate::build::Builder;
use floe_graph::DType;

/// A few numbers that look random, the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

fn by_name(graph: &GraphDef) -> BTreeMap<&str, &NodeDef> {
    graph.node.iter().map(|n| (n.name.as_str(), n)).collect()
}

/// Takes `graph` apart and holds what must hold of every partition.
fn parts_of(graph: &GraphDef, count: usize) -> Partition {
    let made = partition(graph, count, &|_| 1).unwrap();
    assert_eq!(made.parts.len(), count);
    assert!(made.channels.iter().all(|c| c.from < c.to), "{:?}", made.channels);
    for part in &made.parts {
        let names = by_name(part);
        assert_eq!(names.len(), part.node.len(), "a name is there twice");
        for input in part.node.iter().flat_map(|n| &n.input) {
            assert!(names.contains_key(Reference::parse(input).unwrap().node()), "{input}");
        }
    }
    let whole = rejoin(&made.parts, &made.channels).unwrap();
    assert_eq!(by_name(&whole), by_name(graph));
    made
}

/// Two chains of `length` that meet at the end.
fn chains(length: usize) -> GraphDef {
    let g = Builder::new();
    let x = g.input("x", DType::Float32, &[4]);
    let chain = |op: &str| (0..length).fold(x, |t, _| t.unary(op));
    let _ = chain("Tanh") + chain("Sin");
    g.finish().unwrap()
}

#[test]
fn two_chains_are_cut_between_them() {
    let made = parts_of(&chains(20), 2);
    assert_eq!(made.channels.len(), 1);
    assert!(made.loads.iter().all(|l| (18..=23).contains(l)), "{:?}", made.loads);
}

#[test]
fn any_number_of_parts_rejoins() {
    for count in 1..=9 {
        let made = parts_of(&chains(20), count);
        let share = 41 / count as u64;
        assert!(
            made.loads.iter().all(|&l| l <= share + share / 2 + 1),
            "{count}: {:?}",
            made.loads
        );
    }
}

#[test]
fn random_graphs_rejoin() {
    let mut random = Random(7);
    for _ in 0..40 {
        let g = Builder::new();
        let mut tensors = vec![g.input("x", DType::Float32, &[2]), g.scalar("c", 2.0)];
        for _ in 0..5 + random.below(60) {
            let (a, b) =
                (tensors[random.below(tensors.len())], tensors[random.below(tensors.len())]);
            match random.below(3) {
                0 => tensors.push(a + b),
                1 => tensors.push(g.op("Exp").input(a).after(b).output()),
                _ => tensors.extend(g.op("Unpack").input(a).attr("num", 2i64).outputs()),
            }
        }
        let graph = g.finish().unwrap();
        for count in [2, 3, 4] {
            parts_of(&graph, count);
        }
    }
}

#[test]
fn loops_and_handles_stay_whole() {
    let node = |name: &str, op: &str, inputs: &[&str]| NodeDef {
        name: name.into(),
        op: op.into(),
        input: inputs.iter().map(|&i| i.into()).collect(),
        attr: [("T".to_owned(), crate::build::Attr::from(DType::Float32).into())].into(),
        ..NodeDef::default()
    };
    let graph = GraphDef {
        node: vec![
            node("x", "Placeholder", &[]),
            node("before", "Neg", &["x"]),
            node("enter", "Enter", &["before"]),
            node("merge", "Merge", &["enter", "next"]),
            node("body", "Neg", &["merge"]),
            node("next", "NextIteration", &["body"]),
            node("exit", "Exit", &["merge"]),
            node("behind", "Neg", &["exit"]),
            node("table", "HashTableV2", &[]),
            node("find", "LookupTableFindV2", &["table", "behind", "behind"]),
        ],
        ..GraphDef::default()
    };
    let made = parts_of(&graph, 3);
    let together = |names: &[&str]| {
        made.parts.iter().any(|part| names.iter().all(|n| by_name(part).contains_key(n)))
    };
    assert!(together(&["enter", "merge", "body", "next", "exit"]));
    assert!(together(&["table", "find"]));
}

#[test]
fn more_parts_than_pieces_are_refused() {
    let error = partition(&chains(1), 9, &|_| 1).unwrap_err().to_string();
    assert!(error.contains("limit of 3"), "{error}");
    assert!(partition(&chains(1), 0, &|_| 1).is_err());
}
