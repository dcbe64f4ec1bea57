use super::*;

fn source(arrays: Vec<(&str, DType, &[i64], &[u8])>) -> Arrays {
    let array = |(name, dtype, dims, raw): (&str, DType, &[i64], &[u8])| Array {
        name: name.to_owned(),
        dtype,
        dims: dims.to_vec(),
        data: Data::Raw(Bytes::copy_from_slice(raw)),
    };
    Arrays { arrays: arrays.into_iter().map(array).collect(), left_out: Vec::new() }
}

fn listed(arrays: &Arrays) -> Vec<(String, DType, String, Vec<u8>)> {
    let ids = (0..arrays.tensor_count()).map(TensorId);
    ids.map(|id| {
        let view = arrays.tensor(id).unwrap();
        let name = arrays.tensor_name(id).unwrap().to_owned();
        (name, view.dtype, view.shape.to_string(), view.bytes(99).unwrap().into_owned())
    })
    .collect()
}

#[test]
fn both_formats_go_both_ways() {
    let dir = tempfile::tempdir().unwrap();
    let all = source(vec![
        ("a/b", DType::Float32, &[2, 1], &[1; 8]),
        ("h", DType::Float16, &[0, 3], &[]),
        ("i", DType::Int64, &[], &[7; 8]),
    ]);
    let (s, n) = (dir.path().join("x/t.safetensors"), dir.path().join("t.npz"));
    assert!(write_safetensors(&&all, &s).unwrap().is_empty());
    assert!(write_npz(&&all, &n).unwrap().is_empty());
    assert_eq!(listed(&Arrays::open(s).unwrap()), listed(&all));
    assert_eq!(listed(&Arrays::open(n).unwrap()), listed(&all));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing unfinished is left");
}

#[test]
fn what_a_format_cannot_hold_is_named_or_kept_as_bits() {
    let dir = tempfile::tempdir().unwrap();
    let all = source(vec![
        ("b", DType::Bfloat16, &[1], &[1, 2]),
        ("q", DType::Qint32, &[1], &[0; 4]),
        ("v", DType::Int4, &[2], &[0xff, 1]),
    ]);
    let path = dir.path().join("t");
    assert_eq!(write_safetensors(&&all, &path).unwrap(), ["q", "v"]);
    assert_eq!(listed(&Arrays::open(&path).unwrap())[0].1, DType::Bfloat16);
    assert!(write_npz(&&all, &path).unwrap().is_empty());
    let types: Vec<_> = listed(&Arrays::open(&path).unwrap()).into_iter().map(|l| l.1).collect();
    assert_eq!(types, [DType::Uint16, DType::Int32, DType::Int8]);
}

fn npy(header: &str, elements: &[u8]) -> Bytes {
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(elements);
    file.into()
}

fn raw(header: &str, elements: &[u8]) -> Vec<u8> {
    match npy::read(&npy(header, elements)).unwrap() {
        Some((_, _, Data::Raw(bytes))) => bytes.to_vec(),
        Some((_, _, Data::Strings(list))) => list.0.join(&b'|'),
        None => b"none".to_vec(),
    }
}

#[test]
fn arrays_in_every_order() {
    assert_eq!(
        raw("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", &[1, 2, 3, 4]),
        [2, 1, 4, 3]
    );
    // Column-major: element (r, c) of two rows and three columns is 10 r + c.
    let columns = [0, 10, 1, 11, 2, 12];
    assert_eq!(
        raw("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", &columns),
        [0, 1, 2, 10, 11, 12]
    );
    assert_eq!(raw("{'descr': '|S2', 'fortran_order': False, 'shape': (2,), }", b"a\0bc"), b"a|bc");
    assert_eq!(
        raw("{'descr': '<U1', 'fortran_order': False, 'shape': (), }", &[0xe9, 0, 0, 0]),
        "é".as_bytes()
    );
    let bits = npy("{'descr': '<V2', 'fortran_order': False, 'shape': (1,), }", &[0x80, 0x3f]);
    assert_eq!(npy::read(&bits).unwrap().unwrap().0, DType::Bfloat16);
    assert_eq!(raw("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b""), b"none");
}

#[test]
fn headers_that_lie_are_refused() {
    for header in [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387905,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '|S0', 'fortran_order': False, 'shape': (99999999999,), }",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (), }",
        "{",
        "",
    ] {
        assert!(npy::read(&npy(header, &[0; 4])).is_err(), "{header}");
    }
    assert!(Arrays::parse(&Bytes::from_static(b"PK\x03\x04")).is_err());
    assert!(Arrays::parse(&Bytes::from_static(b"\xff\xff\xff\xff\xff\xff\xff\xff{}")).is_err());
}
