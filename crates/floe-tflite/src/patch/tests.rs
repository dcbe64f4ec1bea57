use super::*;
use crate::build::{ModelBuilder, OpSpec, TensorSpec};
use crate::edit;
use crate::encode::{Layout, encode};
use crate::schema::fields::{buffer, model, operator, sub_graph, tensor};
use crate::schema::{Field, FieldType};
use crate::verify::{Options, faults};
use crate::{Encoded, op};
use floe_graph::DType;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

/// `x -> RELU -> a; a + w -> y`, with a signature and metadata.
fn chain() -> Object<'static> {
    let mut b = ModelBuilder::new();
    b.describe("a chain");
    let g = b.add_subgraph("main");
    let w = b.add_buffer((0..16).collect::<Vec<u8>>());
    for name in ["x", "a", "w", "y"] {
        let buffer = if name == "w" { w } else { 0 };
        b.add_tensor(g, TensorSpec::new(name, DType::Float32, &[1, 4]).with_buffer(buffer));
    }
    b.add_op(g, OpSpec::new(op::RELU, &[0], &[1]));
    b.add_op(g, OpSpec::new(op::ADD, &[1, 2], &[3]));
    b.set_ports(g, &[0], &[3]);
    b.add_signature("serve", g, &[("in", 0)], &[("out", 3)]);
    b.add_metadata("note", vec![1, 2, 3]);
    b.finish()
}

fn tensors<'o, 'a>(object: &'o mut Object<'a>) -> &'o mut Vec<Object<'a>> {
    object.tables_mut(model::SUBGRAPHS)[0].tables_mut(sub_graph::TENSORS)
}

/// Where tensor `index` lies.
fn tensor_at(bytes: &[u8], index: usize) -> usize {
    let graph = TfLite::parse(bytes).unwrap().subgraph(0).unwrap();
    graph.table().tables(sub_graph::TENSORS).get(index).unwrap().offset()
}

fn root_at(bytes: &[u8]) -> usize {
    TfLite::parse(bytes).unwrap().table().offset()
}

/// The slots of a later schema in the tests: a number, and an offset to a vector.
const NUMBER: u8 = 40;
const VECTOR: u8 = 41;

/// The file of a later schema: what the table at `at` holds in `number` and `vector` moves to the slots
/// that this schema does not know, by a vtable at the file's end.
fn later<T: FieldType, V: FieldType + ?Sized>(
    mut bytes: Vec<u8>,
    at: usize,
    number: Field<T>,
    vector: Field<V>,
) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let word = |at: usize| i32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let vtable = at.checked_add_signed(-word(at) as isize).unwrap();
    let length = usize::from(u16::from_le_bytes(bytes[vtable..vtable + 2].try_into().unwrap()));
    let mut new = bytes[vtable..vtable + length].to_vec();
    new.resize(4 + 2 * 42, 0);
    for (from, to) in [(number.slot(), NUMBER), (vector.slot(), VECTOR)] {
        let [from, to] = [from, to].map(|slot| 4 + 2 * usize::from(slot));
        new.copy_within(from..from + 2, to);
        new[from..from + 2].fill(0);
        assert_ne!(new[to], 0, "the field is given");
    }
    let size = new.len() as u16;
    new[..2].copy_from_slice(&size.to_le_bytes());
    let back = at as i32 - bytes.len() as i32;
    bytes[at..at + 4].copy_from_slice(&back.to_le_bytes());
    bytes.extend(new);
    bytes
}

/// What a reader of the later schema finds in the two slots of the table at `at`.
fn newer(bytes: &[u8], at: usize) -> (u32, Vec<u8>) {
    let table = Table::at(bytes, at, TableId::TENSOR);
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let number = word(table.find(NUMBER).unwrap());
    let place = table.find(VECTOR).unwrap();
    let start = place + word(place) as usize;
    let count = word(start) as usize;
    (number, bytes[start + 4..start + 4 + 4 * count].to_vec())
}

/// The chain of a later schema, whose tensor `a` has two fields more: 77 and `[-1, 4]`.
fn of_later_schema() -> Vec<u8> {
    let mut object = chain();
    tensors(&mut object)[1].set(tensor::EXTERNAL_BUFFER, 77);
    tensors(&mut object)[1].set_vector(tensor::SHAPE_SIGNATURE, &[-1, 4]);
    let bytes = encode(&object).unwrap();
    let at = tensor_at(&bytes, 1);
    later(bytes, at, tensor::EXTERNAL_BUFFER, tensor::SHAPE_SIGNATURE)
}

fn ints(numbers: &[i32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

/// Patches `bytes` by `edit`, and holds what must hold of any patch.
fn patched(bytes: &[u8], edit: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let file = TfLite::parse(bytes).unwrap();
    let mut object = Object::decode_known(&file).unwrap();
    edit(&mut object);
    let patched = Patched::new(&file, &object).unwrap();
    let new = patched.to_vec();
    assert_eq!(new.len() as u64, patched.len());
    assert_eq!(faults(&new, &Options::default()), []);
    assert_eq!(Object::decode_known(&TfLite::parse(&new).unwrap()).unwrap(), object);
    new
}

/// Why `edit` cannot be patched into `bytes`.
fn refused(bytes: &[u8], edit: impl FnOnce(&mut Object<'_>)) -> PatchError {
    let file = TfLite::parse(bytes).unwrap();
    let mut object = Object::decode_known(&file).unwrap();
    edit(&mut object);
    Patched::new(&file, &object).unwrap_err()
}

#[test]
fn every_edit_keeps_fields_of_a_later_schema() {
    let bytes = of_later_schema();
    assert_eq!(newer(&bytes, tensor_at(&bytes, 1)), (77, ints(&[-1, 4])));
    let edits: [fn(&mut Object<'_>); 7] = [
        |_| {},
        |o| edit::rename_tensors(o, |name| Some(std::format!("{name} of a longer name"))),
        |o| edit::set_batch(o, 8).unwrap(),
        |o| edit::rename_signature(o, "serve/in", "image").unwrap(),
        |o| edit::replace_data(o, "w", vec![9; 16]).unwrap(),
        |o| edit::set_metadata(o, "note", b"a longer note than before".to_vec()),
        |o| edit::set_metadata(o, "another", vec![0; 1000]),
    ];
    for (i, edit) in edits.into_iter().enumerate() {
        let new = patched(&bytes, edit);
        assert_eq!(newer(&new, tensor_at(&new, 1)), (77, ints(&[-1, 4])), "edit {i}");
    }
}

#[test]
fn a_table_of_unknown_fields_that_would_move_is_named() {
    let bytes = of_later_schema();
    let error = refused(&bytes, |o| tensors(o)[1].set(tensor::IS_VARIABLE, true));
    let PatchError::Unknown(unknown) = error else { panic!("{error}") };
    assert_eq!((unknown.table, unknown.slot), (TableId::TENSOR, NUMBER.into()));
    let want = std::format!(
        "subgraphs[0].tensors[1]: field 40 of Tensor is newer than this schema (byte {}), \
         and its table would have to move",
        tensor_at(&bytes, 1)
    );
    assert_eq!(error.to_string(), want);
    assert_eq!(Unknown::first(&TfLite::parse(&bytes).unwrap()), Some(unknown));
    // Beside it tables move as they must.
    patched(&bytes, |o| tensors(o)[0].set(tensor::IS_VARIABLE, true));
}

#[test]
fn an_unknown_field_of_the_root_stays_unless_the_root_must_move() {
    let mut object = chain();
    object.set_vector(model::METADATA_BUFFER, &[5, 6]);
    let bytes = encode(&object).unwrap();
    let at = root_at(&bytes);
    let bytes = later(bytes, at, model::VERSION, model::METADATA_BUFFER);
    // Without its version nobody takes it for a model: put that back.
    let mut bytes = bytes;
    let end = bytes.len() - 2 * 42;
    bytes.copy_within(end + 80..end + 82, end);
    let new = patched(&bytes, |o| edit::rename_tensors(o, |name| Some(name.to_uppercase())));
    assert_eq!(newer(&new, root_at(&new)), (3, ints(&[5, 6])));
    let grown = refused(&bytes, |o| edit::set_metadata(o, "another", vec![1]));
    assert!(grown.to_string().starts_with("the file: field 40 of Model"), "{grown}");
}

#[test]
fn what_keeps_its_length_is_overwritten_and_all_else_is_as_it_was() {
    let bytes = encode(&chain()).unwrap();
    let new = patched(&bytes, |o| edit::set_batch(o, 8).unwrap());
    assert_eq!(new.len(), bytes.len());
    let changed = new.iter().zip(&bytes).filter(|(a, b)| a != b).map(|(a, b)| (*a, *b));
    assert_eq!(changed.collect::<Vec<_>>(), [(8, 1); 3], "the shapes of x, a and y");
    assert_eq!(patched(&bytes, |_| {}), bytes);
    let new = patched(&bytes, |o| edit::replace_data(o, "w", vec![9; 16]).unwrap());
    assert_eq!(new.len(), bytes.len());
}

#[test]
fn what_grows_leaves_the_old_bytes_whole() {
    let bytes = encode(&chain()).unwrap();
    let new = patched(&bytes, |o| edit::set_metadata(o, "another", vec![1; 100]));
    let shift = new.len() - bytes.len();
    assert_eq!(new[shift..], bytes);
    assert_eq!(shift % 64, 0, "constants stay aligned");
    let new = patched(&bytes, |o| edit::rename_tensors(o, |n| (n == "a").then(|| "abc".into())));
    let changed = new.iter().zip(&bytes).filter(|(a, b)| a != b).count();
    assert!(changed <= 4, "one offset: {changed}");
}

#[test]
fn vectors_of_tables_shrink_and_fields_go() {
    let bytes = encode(&chain()).unwrap();
    patched(&bytes, |o| {
        o.clear(model::DESCRIPTION);
        o.clear(model::SIGNATURE_DEFS);
        let graph = &mut o.tables_mut(model::SUBGRAPHS)[0];
        graph.tables_mut(sub_graph::OPERATORS).remove(0);
        graph.tables_mut(sub_graph::OPERATORS)[0].set_vector(operator::INPUTS, &[0, 2]);
    });
}

#[test]
fn copies_of_a_table_are_tables_of_their_own() {
    let bytes = encode(&chain()).unwrap();
    patched(&bytes, |o| {
        let mut copy = tensors(o)[1].clone();
        copy.set_string(tensor::NAME, "copy");
        tensors(o).push(copy);
    });
}

#[test]
fn constants_behind_the_flatbuffer_are_found_when_it_moves() {
    let bytes = Encoded::new(&chain(), Layout::default().with_offsets(true)).unwrap().to_vec();
    let new = patched(&bytes, |o| edit::set_metadata(o, "another", vec![1; 100]));
    let file = TfLite::parse(&new).unwrap();
    assert_eq!(file.buffer(1).unwrap(), (0..16).collect::<Vec<u8>>());
    let new = patched(&new, |o| edit::replace_data(o, "w", vec![9; 16]).unwrap());
    assert_eq!(TfLite::parse(&new).unwrap().buffer(1).unwrap(), [9; 16]);
}

#[test]
fn shared_constants_are_not_overwritten() {
    // Written with equal bytes once, both buffers point to them.
    let mut object = chain();
    let mut twin = Object::new(TableId::BUFFER);
    twin.set_bytes(buffer::DATA, (0..16).collect::<Vec<u8>>().into());
    object.tables_mut(model::BUFFERS).push(twin);
    tensors(&mut object)[2].set(tensor::BUFFER, 1);
    let bytes = encode(&object).unwrap();
    let new = patched(&bytes, |o| edit::replace_data(o, "w", vec![9; 16]).unwrap());
    let file = TfLite::parse(&new).unwrap();
    assert_eq!(file.buffer(3).unwrap(), (0..16).collect::<Vec<u8>>());
}
