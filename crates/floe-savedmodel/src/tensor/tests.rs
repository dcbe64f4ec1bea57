use super::*;

fn proto(dtype: DType, dims: &[i64]) -> TensorProto {
    TensorProto {
        dtype: dtype.tensorflow().into(),
        tensor_shape: Some(shape_proto(&Shape::I64(dims))),
        ..TensorProto::default()
    }
}

fn raw(p: &TensorProto) -> floe_graph::Result<Vec<u8>> {
    Held::new(p)?.view().bytes(1 << 20).map(std::borrow::Cow::into_owned)
}

fn texts(p: &TensorProto) -> Vec<Vec<u8>> {
    let held = Held::new(p).unwrap();
    let Payload::Strings(strings) = held.view().payload else { panic!() };
    strings.iter().map(|s| s.unwrap().to_vec()).collect()
}

#[test]
fn the_last_value_stands_for_the_missing_ones() {
    let mut p = proto(DType::Int32, &[4]);
    p.int_val = vec![1, 7];
    let ints: Vec<_> =
        raw(&p).unwrap().chunks(4).map(|c| i32::from_le_bytes(c.try_into().unwrap())).collect();
    assert_eq!(ints, [1, 7, 7, 7]);
    p.int_val = vec![1, 2, 3, 4, 5, 6];
    assert_eq!(raw(&p).unwrap().len(), 16, "more values than elements are ignored");
    p.int_val.clear();
    assert_eq!(raw(&p).unwrap(), [0; 16]);
    p.float_val = vec![1.0];
    assert_eq!(raw(&p).unwrap(), [0; 16], "the field of another dtype does not count");
}

#[test]
fn values_wrap_to_the_width_of_the_dtype() {
    let mut p = proto(DType::Int8, &[2]);
    p.int_val = vec![300, -1];
    assert_eq!(raw(&p).unwrap(), [44, 255]);
    let mut p = proto(DType::Int4, &[3]);
    p.int_val = vec![15, -8, 7];
    assert_eq!(raw(&p).unwrap(), [255, 248, 7]);
    let mut p = proto(DType::Bfloat16, &[1]);
    p.half_val = vec![0x3f80];
    assert_eq!(raw(&p).unwrap(), [0x80, 0x3f]);
}

#[test]
fn content_must_fit_exactly() {
    let mut p = proto(DType::Float32, &[2]);
    for (len, ok) in [(8, true), (4, false), (12, false)] {
        p.tensor_content = vec![0; len].into();
        assert_eq!(raw(&p).is_ok(), ok, "{len}");
    }
    let mut p = proto(DType::Bool, &[2]);
    p.tensor_content = vec![1, 2].into();
    assert_eq!(raw(&p).unwrap_err().kind, ErrorKind::Malformed);
}

#[test]
fn a_splat_of_any_size_stays_symbolic() {
    let mut p = proto(DType::Complex64, &[1 << 40]);
    p.scomplex_val = vec![1.0, 2.0, 9.0];
    let held = Held::new(&p).unwrap();
    assert!(matches!(held.view().payload, Payload::Fill(one) if one.len() == 8));
    let mut p = proto(DType::String, &[1 << 40]);
    p.string_val = vec!["x".into()];
    assert!(
        matches!(Held::new(&p).unwrap().view().payload, Payload::Strings(Strings::Fill(_, n)) if n == 1 << 40)
    );
}

#[test]
fn shapes_that_no_tensor_has_are_refused() {
    assert_eq!(raw(&proto(DType::Int8, &[-1])).unwrap_err().kind, ErrorKind::UnknownShape);
    assert_eq!(
        raw(&proto(DType::Int8, &[1 << 40, 1 << 40])).unwrap_err().kind,
        ErrorKind::Overflow
    );
    let scalar = TensorProto { tensor_shape: None, int_val: vec![5], ..proto(DType::Int8, &[]) };
    assert_eq!(raw(&scalar).unwrap(), [5]);
    let unknown = TensorProto { dtype: 99, ..TensorProto::default() };
    assert_eq!(raw(&unknown).unwrap_err().kind, ErrorKind::UnknownDType);
}

#[test]
fn strings_come_from_either_field() {
    let mut p = proto(DType::String, &[3]);
    p.string_val = vec!["ab".into(), "c".into()];
    assert_eq!(texts(&p), [b"ab".to_vec(), b"c".to_vec(), b"c".to_vec()]);
    p.tensor_content = b"\x02\x00\x01abc".to_vec().into();
    assert_eq!(texts(&p), [b"ab".to_vec(), b"".to_vec(), b"c".to_vec()]);
    p.tensor_content = b"\x02\x00\x02abc".to_vec().into();
    assert!(Held::new(&p).is_err());
}

#[test]
fn to_proto_is_read_back_alike() {
    let cases = [
        TensorView::new(
            DType::Float32,
            Shape::I64(&[2]),
            Payload::Raw(&[0, 0, 128, 63, 0, 0, 0, 64]),
        ),
        TensorView::new(DType::Int8, Shape::I64(&[3]), Payload::Fill(&[0xfe])),
        TensorView::new(DType::Bfloat16, Shape::I64(&[3]), Payload::Fill(&[0x80, 0xbf])),
        TensorView::new(
            DType::Complex64,
            Shape::I64(&[2]),
            Payload::Fill(&[1, 2, 3, 4, 5, 6, 7, 8]),
        ),
        TensorView::new(DType::Int4, Shape::I64(&[3]), Payload::Packed(&[0xf1, 0x07])),
        TensorView::new(DType::Bool, Shape::I64(&[5]), Payload::Fill(&[1])),
    ];
    for view in cases {
        let proto = to_proto("t", &view, None).unwrap();
        assert_eq!(raw(&proto).unwrap(), &*view.bytes(64).unwrap(), "{view:?}");
    }
}
