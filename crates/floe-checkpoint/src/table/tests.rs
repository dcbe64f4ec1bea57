use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn written(entries: &BTreeMap<Vec<u8>, Vec<u8>>) -> Bytes {
    let mut writer = TableWriter::new(Vec::new());
    for (key, value) in entries {
        writer.add(key, value).unwrap();
    }
    writer.finish().unwrap().into()
}

fn listed(file: Bytes) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let table = Table::open(file, Checksums::Always)?;
    let mut all = Vec::new();
    for handle in table.handles() {
        let block = table.block(handle?)?;
        let mut cursor = block.cursor();
        while let Some((key, value)) = cursor.step()? {
            all.push((key.to_vec(), value.to_vec()));
        }
        cursor.check_restarts()?;
    }
    Ok(all)
}

/// A table of one block that holds `payload` as a block of type `kind`.
fn one_block(payload: &[u8], kind: u8) -> Bytes {
    let mut file = payload.to_vec();
    file.push(kind);
    file.extend(crc::masked(&file).to_le_bytes());
    let mut index = vec![0, 1, 2, b'z', 0];
    index.push(payload.len() as u8);
    index.extend([0, 0, 0, 0, 1, 0, 0, 0]);
    let at = file.len() as u8;
    let size = index.len() as u8;
    index.push(0);
    index.extend(crc::masked(&index).to_le_bytes());
    file.extend(index);
    let mut footer = vec![0, 0, at, size];
    footer.resize(40, 0);
    footer.extend(MAGIC);
    file.extend(footer);
    file.into()
}

#[test]
fn thousands_of_keys_make_several_blocks_and_are_all_found() {
    let entries: BTreeMap<_, _> = (0..9000u32)
        .map(|i| (format!("layer/{i:05}/kernel").into_bytes(), vec![i as u8; 90]))
        .collect();
    let file = written(&entries);
    let table = Table::open(file.clone(), Checksums::Always).unwrap();
    assert!(table.handles().count() > 2);
    assert!(listed(file).unwrap().iter().map(|(k, v)| (k, v)).eq(&entries));
    for (key, value) in &entries {
        assert_eq!(table.get(key).unwrap().as_deref(), Some(&value[..]));
        assert_eq!(table.get(&[&key[..], b"!"].concat()).unwrap(), None);
    }
    assert_eq!(table.get(b"zzz").unwrap(), None);
}

#[test]
fn a_snappy_block_is_read_and_a_lying_one_refused() {
    let payload = [0, 1, 1, b'k', b'v', 0, 0, 0, 0, 1, 0, 0, 0];
    let packed = snap::raw::Encoder::new().compress_vec(&payload).unwrap();
    let want = vec![(b"k".to_vec(), b"v".to_vec())];
    assert_eq!(listed(one_block(&packed, 1)).unwrap(), want);
    assert_eq!(listed(one_block(&payload, 0)).unwrap(), want);
    let bomb = [0xff, 0xff, 0xff, 0xff, 0x07, 0];
    assert_eq!(listed(one_block(&bomb, 1)).unwrap_err().kind, ErrorKind::Limit);
    assert_eq!(listed(one_block(&payload, 2)).unwrap_err().kind, ErrorKind::Unsupported);
}

#[test]
fn blocks_that_lie_are_refused() {
    for (payload, what) in [
        (&[0, 0, 0][..], "shorter than its restart count"),
        (&[0, 0, 0, 0, 9, 0, 0, 0], "more restarts than bytes"),
        (&[1, 1, 1, b'k', b'v', 0, 0, 0, 0, 1, 0, 0, 0], "shares with no key"),
        (&[0, 9, 1, b'k', b'v', 0, 0, 0, 0, 1, 0, 0, 0], "key beyond the block"),
        (&[0, 1, 9, b'k', b'v', 0, 0, 0, 0, 1, 0, 0, 0], "value beyond the block"),
        (&[0, 1, 1, b'k', b'v', 99, 0, 0, 0, 1, 0, 0, 0], "restart beyond the entries"),
    ] {
        assert_eq!(listed(one_block(payload, 0)).unwrap_err().kind, ErrorKind::Malformed, "{what}");
    }
    assert_eq!(listed(one_block(&[0; 4], 0)).unwrap(), [], "a count of 0 is an empty block");
}

#[test]
fn files_that_are_no_tables() {
    for (file, kind) in [
        (&b""[..], ErrorKind::Truncated),
        (&[0; 47], ErrorKind::Truncated),
        (&[0; 48], ErrorKind::BadMagic),
    ] {
        let e = Table::open(Bytes::from_static(file), Checksums::Always).unwrap_err();
        assert_eq!(e.kind, kind);
    }
    let mut footer = [0x80; 48];
    footer[40..].copy_from_slice(&MAGIC);
    let open =
        |f: &[u8]| Table::open(Bytes::copy_from_slice(f), Checksums::Always).unwrap_err().kind;
    assert_eq!(open(&footer), ErrorKind::Malformed);
    footer[..4].copy_from_slice(&[0, 0, 0xff, 0x7f]);
    footer[4..40].fill(0);
    assert_eq!(open(&footer), ErrorKind::OutOfBounds);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read(entries: BTreeMap<Vec<u8>, Vec<u8>>) {
        let all = listed(written(&entries)).unwrap();
        prop_assert!(all.iter().map(|(k, v)| (k, v)).eq(&entries));
    }

    #[test]
    fn any_flipped_bit_is_noticed_or_harmless(entries: BTreeMap<Vec<u8>, Vec<u8>>, at: usize, bit in 0..8u32) {
        let file = written(&entries);
        let mut bad = file.to_vec();
        let at = at % bad.len();
        bad[at] ^= 1u8 << bit;
        if let Ok(all) = listed(bad.into()) {
            prop_assert!(all.iter().map(|(k, v)| (k, v)).eq(&entries));
        }
    }

    #[test]
    fn any_bytes_open_or_fail(mut bytes: Vec<u8>) {
        let _ = listed(bytes.clone().into());
        bytes.resize(bytes.len().max(48), 0);
        let end = bytes.len();
        bytes[end - 8..].copy_from_slice(&MAGIC);
        let _ = listed(bytes.into());
    }
}
