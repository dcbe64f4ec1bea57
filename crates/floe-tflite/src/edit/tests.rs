use super::*;
use crate::build::{ModelBuilder, OpSpec, TensorSpec};
use crate::verify::{Options, faults};
use crate::{TfLite, encode, op};
use floe_graph::DType;
use std::vec;
use std::vec::Vec;

/// `x -> RELU -> a; a + w -> b; TANH(b) -> y`, with a signature and metadata.
fn chain() -> Object<'static> {
    let mut b = ModelBuilder::new();
    b.describe("a chain");
    let g = b.add_subgraph("main");
    let w = b.add_buffer(vec![0; 16]);
    let names = ["x", "a", "w", "b", "y"];
    for name in names {
        let buffer = if name == "w" { w } else { 0 };
        b.add_tensor(g, TensorSpec::new(name, DType::Float32, &[1, 4]).with_buffer(buffer));
    }
    b.add_op(g, OpSpec::new(op::RELU, &[0], &[1]));
    b.add_op(g, OpSpec::new(op::ADD, &[1, 2], &[3]));
    b.add_op(g, OpSpec::new(op::TANH, &[3], &[4]));
    b.set_ports(g, &[0], &[4]);
    b.add_signature("serve", g, &[("in", 0)], &[("out", 4)]);
    b.add_metadata("note", vec![1, 2, 3]);
    b.finish()
}

fn sound(model: &Object<'_>) -> Vec<u8> {
    let bytes = encode(model).unwrap();
    assert_eq!(faults(&bytes, &Options::default()), []);
    bytes
}

fn op_names(bytes: &[u8]) -> Vec<&str> {
    let graph = TfLite::parse(bytes).unwrap().subgraph(0).unwrap();
    graph.operators().map(|o| o.code().unwrap().name()).collect()
}

#[test]
fn stripping_takes_out_what_it_says_and_no_more() {
    let mut m = chain();
    let whole = sound(&m).len();
    strip(&mut m, Strip::parse(["names", "metadata", "description"]).unwrap());
    let bytes = sound(&m);
    let file = TfLite::parse(&bytes).unwrap();
    assert!(bytes.len() < whole);
    assert_eq!((file.description(), file.metadata("note")), (&b""[..], None));
    assert_eq!(file.buffer_count(), 2, "the note's buffer went with it");
    assert!(file.subgraph(0).unwrap().tensors().all(|t| t.name_bytes().is_empty()));
    assert!(file.find_signature("serve").is_some());
    assert_eq!(Strip::parse(["nothing"]), Err("nothing"));
}

#[test]
fn a_part_is_a_model_of_its_own() {
    let mut m = chain();
    extract(&mut m, &["a"], &["b"]).unwrap();
    let bytes = sound(&m);
    assert_eq!(op_names(&bytes), ["ADD"]);
    let file = TfLite::parse(&bytes).unwrap();
    let graph = file.subgraph(0).unwrap();
    assert_eq!(graph.tensor_count(), 3);
    assert_eq!(graph.tensor(graph.inputs().get(0).unwrap() as usize).unwrap().name(), Ok("a"));
    assert_eq!(file.operator_codes().len(), 1);
}

#[test]
fn a_part_with_an_open_end_is_refused_and_nothing_changed() {
    let mut m = chain();
    let open = EditError::OpenEnd { tensor: "x".into() };
    assert_eq!(extract(&mut m, &[], &["b"]), Err(open));
    assert_eq!(extract(&mut m, &["no"], &["b"]), Err(EditError::NoSuchTensor("no".into())));
    assert_eq!(m, chain());
}

#[test]
fn data_is_replaced_when_it_fits() {
    let mut m = chain();
    replace_data(&mut m, "w", vec![7; 16]).unwrap();
    let bytes = sound(&m);
    let file = TfLite::parse(&bytes).unwrap();
    assert_eq!(file.subgraph(0).unwrap().tensor(2).unwrap().data(), Ok(Some(&[7; 16][..])));
    assert_eq!(file.metadata("note"), Some(&[1, 2, 3][..]));
    let wrong = EditError::DataLength { tensor: "w".into(), given: 3, wanted: 16 };
    assert_eq!(replace_data(&mut m, "w", vec![0; 3]), Err(wrong));
    assert_eq!(replace_data(&mut m, "a", vec![]), Err(EditError::NotConstant("a".into())));
}

#[test]
fn names_change_where_asked() {
    let mut m = chain();
    rename_tensors(&mut m, |name| (name == "x").then(|| "input".into()));
    rename_signature(&mut m, "serve/in", "image").unwrap();
    rename_signature(&mut m, "serve", "classify").unwrap();
    assert!(rename_signature(&mut m, "serve", "x").is_err());
    assert_eq!(find_tensor(&m, "input"), Ok(0));
    let bytes = sound(&m);
    let signature = TfLite::parse(&bytes).unwrap().find_signature("classify").unwrap();
    let port = signature.tables(signature_def::INPUTS).get(0).unwrap();
    assert_eq!(port.string(tensor_map::NAME), Some("image"));
}

#[test]
fn the_batch_is_set_everywhere_or_nowhere() {
    let mut m = chain();
    set_batch(&mut m, 8).unwrap();
    let bytes = encode(&m).unwrap();
    let file = TfLite::parse(&bytes).unwrap();
    let graph = file.subgraph(0).unwrap();
    let batches: Vec<_> = graph.tensors().map(|t| t.shape().get(0).unwrap()).collect();
    assert_eq!(batches, [8, 8, 1, 8, 8], "the weights stay");
    let mut odd = chain();
    let tensors = odd.tables_mut(model::SUBGRAPHS)[0].tables_mut(sub_graph::TENSORS);
    tensors[3].set_vector(tensor::SHAPE, &[2, 2]);
    let before = odd.clone();
    assert_eq!(set_batch(&mut odd, 8), Err(EditError::FixedBatch { tensor: "b".into() }));
    assert_eq!(odd, before);
}

/// `x [1,2,2] -> RESHAPE -> y [1,4]` by a constant, beside weights that have a shape in common with it, and
/// the shape of `x` itself.
#[test]
fn a_batch_that_shapes_name_is_set_there() {
    let mut b = ModelBuilder::new();
    let g = b.add_subgraph("main");
    let shape = b.add_buffer([1i32, 4].map(i32::to_le_bytes).concat());
    b.add_tensor(g, TensorSpec::new("x", DType::Float32, &[1, 2, 2]));
    for name in ["shape", "other"] {
        b.add_tensor(g, TensorSpec::new(name, DType::Int32, &[2]).with_buffer(shape));
    }
    b.add_tensor(g, TensorSpec::new("y", DType::Float32, &[1, 4]));
    b.add_tensor(g, TensorSpec::new("dims", DType::Int32, &[3]));
    let options = Object::new(TableId::RESHAPE_OPTIONS)
        .with_vector(crate::fields::reshape_options::NEW_SHAPE, &[1, 4]);
    b.add_op(g, OpSpec::new(op::RESHAPE, &[0, 1], &[3]).with_options(options));
    b.add_op(
        g,
        OpSpec::new(op::SHAPE, &[0], &[4]).with_options(
            Object::new(TableId::SHAPE_OPTIONS)
                .with(crate::fields::shape_options::OUT_TYPE, crate::enums::tensor_type::INT32),
        ),
    );
    let mut state = TensorSpec::new("state", DType::Float32, &[1, 4]);
    state.is_variable = true;
    b.add_tensor(g, state);
    b.add_tensor(g, TensorSpec::new("sum", DType::Float32, &[1, 4]));
    b.add_op(g, OpSpec::new(op::ADD, &[3, 5], &[6]));
    b.set_ports(g, &[0], &[3, 4, 6]);
    let mut m = b.finish();
    let before = m.clone();
    set_batch(&mut m, 5).unwrap();
    let bytes = sound(&m);
    let graph = TfLite::parse(&bytes).unwrap().subgraph(0).unwrap();
    let shapes: Vec<Vec<i32>> = graph.tensors().map(|t| t.shape().iter().collect()).collect();
    assert_eq!(
        shapes,
        [vec![5, 2, 2], vec![2], vec![2], vec![5, 4], vec![3], vec![5, 4], vec![5, 4]]
    );
    let data = |i| graph.tensor(i).unwrap().data().unwrap().unwrap()[0];
    assert_eq!([data(1), data(2)], [5, 1], "the same bytes for another purpose stay");
    // A state that is first written from a constant keeps the constant's size.
    let mut begun = before.clone();
    let graph = &mut begun.tables_mut(model::SUBGRAPHS)[0];
    let mut writes = graph.tables(sub_graph::OPERATORS)[2].clone();
    writes.set_vector(operator::INPUTS, &[1]);
    writes.set_vector(operator::OUTPUTS, &[5]);
    graph.tables_mut(sub_graph::OPERATORS).insert(0, writes);
    assert_eq!(set_batch(&mut begun, 5), Err(EditError::FixedBatch { tensor: "state".into() }));
    // When something else reads the constant, too, nobody knows what it means by it.
    let mut odd = before;
    let operators = odd.tables_mut(model::SUBGRAPHS)[0].tables_mut(sub_graph::OPERATORS);
    operators[1].set_vector(operator::INPUTS, &[1]);
    assert_eq!(set_batch(&mut odd, 5), Err(EditError::FixedBatch { tensor: "shape".into() }));
}

#[test]
fn weights_go_beside_the_model() {
    let mut m = chain();
    replace_data(&mut m, "w", vec![7; 16]).unwrap();
    let mut side = vec![1];
    externalize(&mut m, "w.bin", 8, &mut side);
    assert_eq!(side[16..], [7; 16]);
    let bytes = sound(&m);
    let file = TfLite::parse(&bytes).unwrap();
    let weights = file.subgraph(0).unwrap().tensor(2).unwrap();
    assert_eq!((weights.data(), weights.external_buffer()), (Ok(None), 1));
    let place = file.table().tables(model::EXTERNAL_BUFFERS).get(0).unwrap();
    assert_eq!((place.get(external_buffer::OFFSET), place.get(external_buffer::LENGTH)), (16, 16));
    assert_eq!(file.metadata("note"), Some(&[1, 2, 3][..]), "metadata stays");
}

#[test]
fn metadata_is_set_over_the_old() {
    let mut m = chain();
    set_metadata(&mut m, "note", vec![9]);
    set_metadata(&mut m, "more", vec![8; 3]);
    let bytes = sound(&m);
    let file = TfLite::parse(&bytes).unwrap();
    assert_eq!(file.metadata("note"), Some(&[9][..]));
    assert_eq!(file.metadata("more"), Some(&[8; 3][..]));
    assert_eq!(file.buffer_count(), 4);
}
