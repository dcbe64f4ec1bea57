use super::*;
use super::{enums, fields};
use std::{vec, vec::Vec};

/// Counts and numbers of schema 3d, as its reference implementation has them.
#[test]
fn the_schema_has_the_size_of_3d() {
    assert_eq!(TableId::all().count(), 170);
    assert_eq!(TableId::all().filter(|t| t.slots() == 0).count(), 68);
    assert_eq!(OP_COUNT, 210);
    assert_eq!((0..OP_COUNT).filter(|&c| op_options(c).is_none()).count(), 49);
    assert_eq!(ENUMS.len(), 16);
    let members: Vec<_> = UNIONS.iter().map(|(name, m)| (*name, m.len())).collect();
    assert_eq!(
        members,
        [
            ("QuantizationDetails", 3),
            ("SparseIndexVector", 3),
            ("BuiltinOptions", 126),
            ("BuiltinOptions2", 23)
        ]
    );
}

#[test]
fn slots_of_fields_are_those_of_the_format() {
    use fields::{model, operator, quantization_parameters, tensor};
    assert_eq!(operator::BUILTIN_OPTIONS_TYPE.slot(), 3);
    assert_eq!(operator::BUILTIN_OPTIONS.slot(), 4);
    assert_eq!(operator::BUILTIN_OPTIONS_2.slot(), 12);
    assert_eq!(operator::DEBUG_METADATA_INDEX.slot(), 13);
    assert_eq!(operator::DEBUG_METADATA_INDEX.default(), -1);
    assert_eq!(quantization_parameters::QUANTIZED_DIMENSION.slot(), 6);
    assert_eq!(tensor::EXTERNAL_BUFFER.slot(), 10);
    assert_eq!(model::EXTERNAL_BUFFERS.slot(), 9);
}

#[test]
fn defaults_are_those_of_the_format() {
    use fields::{add_options, conv_2d_options, unique_options};
    assert_eq!(conv_2d_options::DILATION_W_FACTOR.default(), 1);
    assert!(add_options::POT_SCALE_INT16.default());
    assert_eq!(unique_options::IDX_OUT_TYPE.default(), enums::tensor_type::INT32);
}

#[test]
fn numbers_of_operators_and_options_are_those_of_the_format() {
    for (code, name, options) in [
        (0, "ADD", Some("AddOptions")),
        (32, "CUSTOM", None),
        (126, "BATCH_MATMUL", Some("BatchMatMulOptions")),
        (127, "PLACEHOLDER_FOR_GREATER_OP_CODES", None),
        (150, "GELU", Some("GeluOptions")),
        (209, "STABLEHLO_CASE", Some("StablehloCaseOptions")),
    ] {
        assert_eq!(op_name(code), Some(name));
        assert_eq!(op_code(name), Some(code));
        assert_eq!(op_options(code).map(TableId::name), options);
    }
    assert_eq!(op_name(210), None);
    assert_eq!(op_max_version(9), Some(14));
    assert_eq!(op_max_version(51), None, "DELEGATE is never in a file");
}

#[test]
fn each_options_table_is_in_exactly_one_union() {
    let unions = [UnionId(2), UnionId(3)];
    for table in (0..OP_COUNT).filter_map(op_options) {
        let tags: Vec<_> = unions.iter().filter_map(|u| Some((*u, u.tag_of(table)?))).collect();
        let [(union, tag)] = tags[..] else { panic!("{}: {tags:?}", table.name()) };
        assert_eq!(union.member(tag), Some(table));
        assert_eq!(union.member(0), None);
    }
    assert_eq!(UnionId(2).tag_of(TableId::RIGHT_SHIFT_OPTIONS), Some(126));
    assert_eq!(UnionId(3).tag_of(TableId::STABLEHLO_CASE_OPTIONS), Some(23));
}

#[test]
fn aligned_vectors_are_marked() {
    let align = |t: TableId, name| match t.field_named(name).unwrap().1.kind {
        Kind::Vector(_, _, align) => align,
        other => panic!("{other:?}"),
    };
    assert_eq!(align(TableId::BUFFER, "data"), 16);
    assert_eq!(align(TableId::CUSTOM_QUANTIZATION, "custom"), 16);
    assert_eq!(align(TableId::UINT16_VECTOR, "values"), 4);
    assert_eq!(align(TableId::OPERATOR, "inputs"), 0);
}

#[test]
fn subgraph_indices_are_marked() {
    let marked = |t: TableId| t.subgraph_fields().count();
    assert_eq!(marked(TableId::WHILE_OPTIONS), 2);
    assert_eq!(marked(TableId::STABLEHLO_CASE_OPTIONS), 1);
    assert_eq!(TableId::all().map(marked).sum::<usize>(), 15);
}

#[test]
fn no_table_contains_itself() {
    fn depth(table: TableId, above: usize) -> usize {
        assert!(above < 16, "{} is recursive", table.name());
        let below = table.codes().flat_map(|code| match code.decode() {
            Kind::Table(t) | Kind::Tables(t) => vec![t],
            Kind::Union(u) => (1..=u8::MAX).map_while(|tag| u.member(tag)).collect(),
            _ => vec![],
        });
        below.map(|t| depth(t, above + 1)).max().unwrap_or(above)
    }
    assert!(depth(TableId::MODEL, 1) <= 6);
}

#[test]
fn coded_kinds_take_the_room_of_decoded_ones() {
    for code in TableId::all().flat_map(TableId::codes) {
        let kind = code.decode();
        assert_eq!(code.inline_size(), kind.inline_size(), "{kind:?}");
        assert_eq!(code.is_scalar(), matches!(kind, Kind::Scalar(..)), "{kind:?}");
    }
}

#[test]
fn subgraph_fields_are_those_that_say_so() {
    for table in TableId::all() {
        let all: Vec<_> = table.fields().filter(|(_, f)| f.is_subgraph()).collect();
        assert_eq!(table.subgraph_fields().collect::<Vec<_>>(), all, "{}", table.name());
    }
}
