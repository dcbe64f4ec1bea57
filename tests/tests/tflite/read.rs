//! Reading: every file that LiteRT loads parses, and says what LiteRT said.

use super::corpus::all;
use floe_graph::{Model, NodeId, Result, Side, TensorId, ValueId, walk};
use floe_tflite::TfLite;

#[test]
fn operators_and_inputs_are_those_that_litert_saw() {
    for (path, entry) in all() {
        let bytes = std::fs::read(&path).unwrap();
        let model = TfLite::parse(&bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        if let Some(want) = entry["ops"].as_object() {
            let got = walk::op_histogram(&model).unwrap();
            let got: serde_json::Map<_, _> =
                got.into_iter().map(|(name, n)| (name.to_owned(), n.into())).collect();
            assert_eq!(&got, want, "{}", path.display());
        }
        let main = model.subgraph(0).unwrap();
        for want in entry["inputs"].as_array().into_iter().flatten() {
            let index = usize::try_from(want["index"].as_u64().unwrap()).unwrap();
            let tensor = main.tensor(index).unwrap();
            assert_eq!(tensor.name().unwrap(), want["name"], "{}", path.display());
            assert_eq!(tensor.dtype().unwrap().name(), want["dtype"], "{}", path.display());
        }
    }
}

#[test]
fn every_part_of_every_file_answers() {
    for (path, _) in all() {
        let bytes = std::fs::read(&path).unwrap();
        let model = TfLite::parse(&bytes).unwrap();
        read_everything(&model).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
}

/// Asks for all that the traits give.
fn read_everything<'d, M: Model<'d>>(model: &M) -> Result<()> {
    for id in (0..model.tensor_count()).map(TensorId) {
        model.tensor_name(id)?;
        model.tensor(id)?;
    }
    for graph in walk::graphs(model) {
        for side in [Side::Input, Side::Output] {
            walk::ports(model, graph, side)?.try_for_each(|port| port.map(drop))?;
        }
        for index in 0..model.graph(graph)?.values {
            model.value(ValueId { graph, index })?;
        }
        for node in walk::nodes(model, graph)? {
            read_node(model, node)?;
        }
    }
    Ok(())
}

fn read_node<'d, M: Model<'d>>(model: &M, node: NodeId) -> Result<()> {
    walk::inputs(model, node)?.try_for_each(|input| input.map(drop))?;
    walk::outputs(model, node)?.try_for_each(|output| output.map(drop))?;
    (0..model.node(node)?.attrs).try_for_each(|i| model.attr(node, i).map(drop))
}
