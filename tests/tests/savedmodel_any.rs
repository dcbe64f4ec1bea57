//! GraphDefs and tensors of any content: what is written, in either form, is read back as it was.

use floe_graph::{DType, Payload, Shape, TensorId, TensorSource, TensorView};
use floe_proto::tensorflow::attr_value::{ListValue, Value};
use floe_proto::tensorflow::{
    AttrValue, FunctionDef, FunctionDefLibrary, GraphDef, NameAttrList, NodeDef, OpDef,
    TensorProto, TensorShapeProto, VersionDef, tensor_shape_proto::Dim,
};
use floe_proto::{Message, canonical, text};
use floe_savedmodel::{Form, Graph, to_proto, write};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z0-9.][A-Za-z0-9_./-]{0,12}", any::<String>()]
}

fn shape() -> impl Strategy<Value = TensorShapeProto> {
    let dim = (any::<i64>(), "[a-z]{0,3}").prop_map(|(size, name)| Dim { size, name });
    (vec(dim, 0..4), any::<bool>())
        .prop_map(|(dim, unknown_rank)| TensorShapeProto { dim, unknown_rank })
}

/// A number that is equal to itself, so that messages can be compared.
fn float() -> impl Strategy<Value = f32> {
    any::<f32>().prop_filter("a number", |f| !f.is_nan())
}

fn tensor() -> impl Strategy<Value = TensorProto> {
    let bytes = || vec(any::<u8>(), 0..20).prop_map(bytes::Bytes::from);
    (
        0..40i32,
        proptest::option::of(shape()),
        bytes(),
        vec(float(), 0..4),
        vec(any::<i32>(), 0..4),
        vec(bytes(), 0..3),
        vec(any::<bool>(), 0..3),
    )
        .prop_map(
            |(dtype, tensor_shape, tensor_content, float_val, int_val, string_val, bool_val)| {
                TensorProto {
                    dtype,
                    tensor_shape,
                    tensor_content,
                    float_val,
                    int_val,
                    string_val,
                    bool_val,
                    ..TensorProto::default()
                }
            },
        )
}

fn value() -> impl Strategy<Value = Option<Value>> {
    let list =
        (vec(any::<i64>(), 0..4), vec(float(), 0..3), vec(any::<bool>(), 0..3), vec(shape(), 0..2));
    let list =
        list.prop_map(|(i, f, b, shape)| ListValue { i, f, b, shape, ..ListValue::default() });
    proptest::option::of(prop_oneof![
        vec(any::<u8>(), 0..20).prop_map(|b| Value::S(b.into())),
        any::<i64>().prop_map(Value::I),
        float().prop_map(Value::F),
        any::<bool>().prop_map(Value::B),
        (0..140i32).prop_map(Value::Type),
        shape().prop_map(|s| Value::Shape(Box::new(s))),
        tensor().prop_map(|t| Value::Tensor(Box::new(t))),
        list.prop_map(|l| Value::List(Box::new(l))),
        name().prop_map(|name| Value::Func(Box::new(NameAttrList {
            name,
            ..NameAttrList::default()
        }))),
        name().prop_map(Value::Placeholder),
    ])
}

fn node() -> impl Strategy<Value = NodeDef> {
    let attrs = btree_map(name(), value().prop_map(|value| AttrValue { value }), 0..4);
    (name(), name(), vec(name(), 0..4), name(), attrs).prop_map(
        |(name, op, input, device, attr)| NodeDef {
            name,
            op,
            input,
            device,
            attr,
            ..NodeDef::default()
        },
    )
}

fn graph() -> impl Strategy<Value = GraphDef> {
    let function = (name(), vec(node(), 0..3), btree_map(name(), name(), 0..3));
    let function = function.prop_map(|(name, node_def, ret)| FunctionDef {
        signature: Some(OpDef { name, ..OpDef::default() }),
        node_def,
        ret,
        ..FunctionDef::default()
    });
    let library = vec(function, 0..3)
        .prop_map(|function| FunctionDefLibrary { function, ..FunctionDefLibrary::default() });
    (vec(node(), 0..6), proptest::option::of(library), any::<i32>()).prop_map(
        |(node, library, producer)| {
            let versions = Some(VersionDef { producer, ..VersionDef::default() });
            GraphDef { node, library, versions, ..GraphDef::default() }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_graph_is_read_back_from_either_form(graph in graph()) {
        for form in [Form::Binary, Form::Text] {
            let mut written = Vec::new();
            write(&graph, form, &mut written).unwrap();
            let again = match form {
                Form::Binary => GraphDef::decode(written.as_slice()).unwrap(),
                Form::Text => text::from_text(&written).unwrap(),
            };
            prop_assert_eq!(&again, &graph);
        }
        let wire = graph.encode_to_vec();
        let printed = text::print("tensorflow.GraphDef", &wire).unwrap();
        prop_assert_eq!(text::parse("tensorflow.GraphDef", printed.as_bytes()).unwrap(), wire);
        prop_assert_eq!(GraphDef::decode(canonical(&graph).as_slice()).unwrap(), graph);
    }

    #[test]
    fn any_tensor_is_the_same_after_its_message(which in 0..64usize, dims in vec(0i64..5, 0..4), seed in any::<u64>()) {
        let dtypes: Vec<DType> = (1..64).filter_map(DType::from_tensorflow).filter(|d| d.bytes().is_some()).collect();
        let dtype = dtypes[which % dtypes.len()];
        let len = dims.iter().product::<i64>() as usize * dtype.bytes().unwrap();
        let raw: Vec<u8> = (0..len as u64).map(|i| element(dtype, seed.wrapping_mul(i | 1).to_le_bytes()[3])).collect();
        let view = TensorView::new(dtype, Shape::I64(&dims), Payload::Raw(&raw));
        let message = to_proto("t", &view, None).unwrap();
        let message = TensorProto::decode(message.encode_to_vec().as_slice()).unwrap();
        let mut node = NodeDef { name: "t".into(), op: "Const".into(), ..NodeDef::default() };
        node.attr.insert("value".into(), AttrValue { value: Some(Value::Tensor(Box::new(message))) });
        let graph = Graph::from_def(GraphDef { node: vec![node], ..GraphDef::default() }).unwrap();
        let again = (&graph).tensor(TensorId(0)).unwrap();
        prop_assert_eq!(again.dtype, dtype);
        prop_assert_eq!(again.shape.iter().collect::<Vec<_>>(), dims);
        prop_assert_eq!(again.bytes(1 << 16).unwrap().into_owned(), raw);
    }
}

/// A byte that may stand in an element of `dtype`: bools are 0 or 1, elements below a byte are extended.
fn element(dtype: DType, byte: u8) -> u8 {
    match dtype {
        DType::Bool => byte & 1,
        DType::Int4 => (((byte << 4) as i8) >> 4) as u8,
        DType::Int2 => (((byte << 6) as i8) >> 6) as u8,
        DType::Uint4 | DType::Float4E2m1fn => byte & 15,
        DType::Uint2 => byte & 3,
        _ => byte,
    }
}
