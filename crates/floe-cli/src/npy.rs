//! NumPy's `.npy`: arrays in and out, and the `.json` form of string tensors.
//!
//! Invariant: an [`Array`] is little-endian and row-major, whatever the file was. The header is
//! parsed here, because it is a Python expression that a general parser would follow to any depth.
//!
//! Format: NumPy's `numpy.lib.format`: magic, version, header length, a dict of `descr`,
//! `fortran_order` and `shape`, then the elements.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use floe::Bytes;
use floe::graph::{DType, map};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::path::Path;

/// An owned or mapped tensor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Array {
    /// The element type, as far as `.npy` knows it.
    pub(crate) dtype: DType,
    /// The dimensions.
    pub(crate) shape: Vec<u64>,
    /// The elements.
    pub(crate) data: Data,
}

/// The elements of an [`Array`], row-major.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    /// Little-endian, one byte for each sub-byte element.
    Raw(Bytes),
    /// Strings.
    Strings(Vec<Vec<u8>>),
}

impl Array {
    /// Reads `.npy`, or the `.json` form of a string tensor.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let bytes = map::open(path).map_err(|e| e.to_string())?;
        if bytes.first() == Some(&b'{') { strings(&bytes) } else { parse(&bytes) }
    }

    /// The same elements under the dtype that `.npy` could not name: bfloat16 is stored as uint16,
    /// int4 as int8. `None` when `dtype` is stored otherwise.
    pub(crate) fn retyped(self, dtype: DType) -> Option<Self> {
        (stored(dtype) == Some(self.dtype) || self.dtype == dtype).then_some(Self { dtype, ..self })
    }
}

/// The dtype that holds the bits of `dtype` in a `.npy`; `None` when no array can.
pub(crate) fn stored(dtype: DType) -> Option<DType> {
    use DType as D;
    Some(match dtype {
        D::String | D::Resource | D::Variant => return None,
        D::Bfloat16 | D::Quint16 => D::Uint16,
        D::Qint16 => D::Int16,
        D::Qint32 => D::Int32,
        D::Int4 | D::Int2 | D::Qint8 => D::Int8,
        D::Uint4 | D::Uint2 | D::Float4E2m1fn | D::Quint8 => D::Uint8,
        d if d.is_float() && d.bytes() == Some(1) => D::Uint8,
        d => d,
    })
}

/// NumPy's letter for the dtypes that it has.
const LETTERS: [(DType, u8); 14] = [
    (DType::Bool, b'b'),
    (DType::Int8, b'i'),
    (DType::Int16, b'i'),
    (DType::Int32, b'i'),
    (DType::Int64, b'i'),
    (DType::Uint8, b'u'),
    (DType::Uint16, b'u'),
    (DType::Uint32, b'u'),
    (DType::Uint64, b'u'),
    (DType::Float16, b'f'),
    (DType::Float32, b'f'),
    (DType::Float64, b'f'),
    (DType::Complex64, b'c'),
    (DType::Complex128, b'c'),
];

/// Writes the header of an array of `dtype`, whose elements follow in their raw form.
///
/// # Errors
/// The writer's; [`io::ErrorKind::Unsupported`] for strings and handles.
pub(crate) fn write_header(out: &mut dyn Write, dtype: DType, shape: &[u64]) -> io::Result<()> {
    let letter = stored(dtype).and_then(|s| LETTERS.iter().find(|(d, _)| *d == s));
    let Some(&(stored, letter)) = letter else {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            format!("no .npy holds elements of dtype {dtype}"),
        ));
    };
    let size = stored.bytes().unwrap_or(1);
    let order = if size == 1 { '|' } else { '<' };
    let dims: String = shape.iter().map(|d| format!("{d}, ")).collect();
    let dims = if shape.len() == 1 { dims.trim_end() } else { dims.trim_end_matches(", ") };
    let mut header = format!(
        "{{'descr': '{order}{}{size}', 'fortran_order': False, 'shape': ({dims}), }}",
        char::from(letter)
    );
    // The elements begin on a multiple of 64, after ten bytes of preamble and a line feed.
    let padding = (64 - (header.len() + 11) % 64) % 64;
    header.push_str(&" ".repeat(padding));
    header.push('\n');
    let length = u16::try_from(header.len()).map_err(|_| {
        io::Error::new(io::ErrorKind::Unsupported, "too many dimensions for an .npy")
    })?;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(header.as_bytes())
}

/// The `.json` form of a string tensor.
#[derive(Serialize, Deserialize)]
struct StringTensor {
    #[serde(default = "string")]
    dtype: String,
    shape: Vec<u64>,
    values_b64: Vec<String>,
}

fn string() -> String {
    DType::String.name().to_owned()
}

/// Writes the `.json` form of a string tensor.
pub(crate) fn write_strings(
    out: &mut dyn Write,
    shape: &[u64],
    values: &[Vec<u8>],
) -> io::Result<()> {
    let values_b64 = values.iter().map(|v| BASE64_STANDARD.encode(v)).collect();
    let tensor = StringTensor { dtype: string(), shape: shape.to_vec(), values_b64 };
    serde_json::to_writer(&mut *out, &tensor)?;
    out.write_all(b"\n")
}

fn strings(bytes: &[u8]) -> Result<Array, String> {
    let t: StringTensor = serde_json::from_slice(bytes).map_err(|e| {
        format!("not the JSON of a string tensor, {{\"dtype\", \"shape\", \"values_b64\"}}: {e}")
    })?;
    if t.dtype != string() {
        return Err(format!("JSON holds string tensors only, not {}: save it as .npy", t.dtype));
    }
    let values: Vec<_> = t
        .values_b64
        .iter()
        .enumerate()
        .map(|(i, v)| {
            BASE64_STANDARD.decode(v).map_err(|e| format!("element {i} is not base64: {e}"))
        })
        .collect::<Result<_, _>>()?;
    if elements(&t.shape) != Some(values.len() as u64) {
        return Err(format!("shape {:?} and {} values do not fit", t.shape, values.len()));
    }
    Ok(Array { dtype: DType::String, shape: t.shape, data: Data::Strings(values) })
}

fn elements(shape: &[u64]) -> Option<u64> {
    if shape.contains(&0) { Some(0) } else { shape.iter().try_fold(1u64, |n, d| n.checked_mul(*d)) }
}

/// What the header of a `.npy` says.
struct Header {
    order: u8,
    letter: u8,
    size: usize,
    fortran: bool,
    shape: Vec<u64>,
}

fn parse(bytes: &Bytes) -> Result<Array, String> {
    let (header, at) = preamble(bytes)?;
    let header = header_of(header)?;
    let data = bytes.slice(at..);
    let count =
        elements(&header.shape).and_then(|n| usize::try_from(n).ok()).filter(|&n| n <= data.len());
    let want = count
        .and_then(|n| n.checked_mul(header.size))
        .ok_or("the data end before the shape is filled")?;
    if data.len() < want {
        return Err(format!(
            "{} bytes of data, the shape {:?} needs {want}",
            data.len(),
            header.shape
        ));
    }
    let data = data.slice(..want);
    let dtype = match header.letter {
        b'S' | b'U' => DType::String,
        _ => dtype(&header)?,
    };
    let unit = if header.letter == b'U' { 4 } else { dtype.swap_unit() };
    let data = if header.order == b'>' && unit > 1 { swapped(&data, unit) } else { data };
    let data = if header.fortran { transposed(&data, &header) } else { data };
    let data = match header.letter {
        b'S' => Data::Strings(fixed(&data, header.size).map(<[u8]>::to_vec).collect()),
        b'U' => Data::Strings(fixed(&data, header.size).map(utf8).collect()),
        _ => Data::Raw(data),
    };
    Ok(Array { dtype, shape: header.shape, data })
}

/// The header's text, and where the elements begin.
fn preamble(bytes: &[u8]) -> Result<(&str, usize), String> {
    const SHORT: &str = "the .npy header is cut off";
    if bytes.get(..6) != Some(b"\x93NUMPY") {
        return Err("not an .npy: it does not begin with \\x93NUMPY (byte 0)".into());
    }
    let (length, at) = match *bytes.get(6..).and_then(<[u8]>::first_chunk::<6>).ok_or(SHORT)? {
        [1, _, a, b, ..] => (u32::from(u16::from_le_bytes([a, b])), 10),
        [2 | 3, _, a, b, c, d] => (u32::from_le_bytes([a, b, c, d]), 12),
        [version, ..] => return Err(format!("version {version} of .npy is not known (byte 6)")),
    };
    let end = usize::try_from(length).ok().and_then(|n| n.checked_add(at)).ok_or(SHORT)?;
    let text = bytes.get(at..end).ok_or(SHORT)?;
    Ok((std::str::from_utf8(text).map_err(|_| "the .npy header is not text")?, end))
}

fn header_of(text: &str) -> Result<Header, String> {
    let bad =
        || format!("the .npy header is damaged: {}", text.chars().take(80).collect::<String>());
    let field = |key: &str| {
        let (_, rest) = text.split_once(&format!("'{key}'"))?;
        rest.trim_start().strip_prefix(':').map(str::trim_start)
    };
    let descr = field("descr").ok_or_else(bad)?;
    if descr.starts_with('[') {
        return Err("structured arrays are not tensors: save one array a file".into());
    }
    let descr = descr.strip_prefix('\'').and_then(|d| d.split_once('\'')).ok_or_else(bad)?.0;
    let &[order, letter, ref size @ ..] = descr.as_bytes() else { return Err(bad()) };
    if letter == b'O' {
        return Err(
            "an array of Python objects: save strings with dtype `S`, numbers with a numeric dtype"
                .into(),
        );
    }
    let size: usize =
        std::str::from_utf8(size).ok().and_then(|s| s.parse().ok()).ok_or_else(bad)?;
    let fortran = field("fortran_order").ok_or_else(bad)?.starts_with("True");
    let shape =
        field("shape").and_then(|s| s.strip_prefix('(')?.split_once(')')).ok_or_else(bad)?.0;
    let shape = shape
        .split(',')
        .map(str::trim)
        .filter(|d| !d.is_empty())
        .map(|d| d.trim_end_matches('L').parse())
        .collect::<Result<_, _>>()
        .map_err(|_| bad())?;
    if size == 0 {
        return Err("elements without bytes".into());
    }
    let size = if letter == b'U' { size.checked_mul(4).ok_or_else(bad)? } else { size };
    Ok(Header { order, letter, size, fortran, shape })
}

fn dtype(header: &Header) -> Result<DType, String> {
    LETTERS
        .iter()
        .find(|(d, letter)| *letter == header.letter && d.bytes() == Some(header.size))
        .map(|(d, _)| *d)
        .ok_or_else(|| {
            format!(
                "NumPy's type `{}{}` has no dtype in TensorFlow",
                char::from(header.letter),
                header.size
            )
        })
}

fn swapped(data: &[u8], unit: usize) -> Bytes {
    let mut data = data.to_vec();
    data.chunks_exact_mut(unit).for_each(<[u8]>::reverse);
    data.into()
}

/// Column-major elements put in row-major order.
fn transposed(data: &Bytes, header: &Header) -> Bytes {
    let dims: Vec<usize> = header.shape.iter().filter_map(|&d| usize::try_from(d).ok()).collect();
    if dims.len() < 2 || data.is_empty() {
        return data.clone();
    }
    let strides: Vec<usize> =
        dims.iter().scan(1, |s, d| Some(std::mem::replace(s, *s * d))).collect();
    let mut index = vec![0; dims.len()];
    let mut out = Vec::with_capacity(data.len());
    loop {
        let at: usize = index.iter().zip(&strides).map(|(i, s)| i * s).sum();
        out.extend_from_slice(&data[at * header.size..][..header.size]);
        let Some(up) = (0..dims.len()).rev().find(|&d| index[d] + 1 < dims[d]) else {
            return out.into();
        };
        index[up] += 1;
        index[up + 1..].fill(0);
    }
}

/// Strings of fixed width, without the zeros that fill them up.
fn fixed(data: &[u8], size: usize) -> impl Iterator<Item = &[u8]> {
    data.chunks_exact(size).map(|s| {
        let end = s.iter().rposition(|&b| b != 0).map_or(0, |i| i + 1);
        &s[..end]
    })
}

/// UTF-32 without its last zeros, as UTF-8.
fn utf8(units: &[u8]) -> Vec<u8> {
    let chars = units.chunks(4).map(|c| {
        let mut unit = [0; 4];
        unit[..c.len()].copy_from_slice(c);
        char::from_u32(u32::from_le_bytes(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    chars.collect::<String>().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{Array, Data, parse, strings, write_header};
    use floe::Bytes;
    use floe::graph::DType;

    fn npy(header: &str, data: &[u8]) -> Bytes {
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend((header.len() as u16).to_le_bytes());
        file.extend(header.as_bytes());
        file.extend(data);
        file.into()
    }

    fn raw(a: &Array) -> &[u8] {
        match &a.data {
            Data::Raw(b) => b,
            Data::Strings(_) => panic!("strings"),
        }
    }

    #[test]
    fn the_header_is_numpys_own() {
        // The first line is what `np.save` of NumPy 2 writes for np.zeros(3, 'f4').
        let mut out = Vec::new();
        write_header(&mut out, DType::Float32, &[3]).unwrap();
        assert_eq!(&out[..10], b"\x93NUMPY\x01\x00\x76\x00");
        assert!(
            out[10..].starts_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }   ")
        );
        assert_eq!(out.len(), 128);
        let shape = |dims: &[u64]| {
            let mut out = Vec::new();
            write_header(&mut out, DType::Bfloat16, dims).unwrap();
            String::from_utf8_lossy(&out[10..]).trim_end().to_owned()
        };
        assert_eq!(shape(&[]), "{'descr': '<u2', 'fortran_order': False, 'shape': (), }");
        assert_eq!(shape(&[2, 3]), "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), }");
    }

    #[test]
    fn column_major_and_big_endian_arrays_are_put_in_order() {
        let a = parse(&npy(
            "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }\n",
            &[0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6],
        ))
        .unwrap();
        assert_eq!((a.dtype, &a.shape[..]), (DType::Int16, &[2, 3][..]));
        assert_eq!(raw(&a), [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]);
    }

    #[test]
    fn strings_of_fixed_width() {
        let a =
            parse(&npy("{'descr': '|S3', 'fortran_order': False, 'shape': (2,), }", b"ab\0\0\0\0"))
                .unwrap();
        assert_eq!(a.data, Data::Strings(vec![b"ab".to_vec(), vec![]]));
        let a = parse(&npy(
            "{'descr': '<U1', 'fortran_order': False, 'shape': (), }",
            &[0xe9, 0, 0, 0],
        ))
        .unwrap();
        assert_eq!(a.data, Data::Strings(vec!["é".into()]));
    }

    #[test]
    fn damaged_files_are_refused() {
        let header = |h: &str| parse(&npy(h, &[0; 8])).unwrap_err();
        assert!(
            parse(&Bytes::from_static(b"\x93NUMPY\x01\x00\xff\xff{"))
                .unwrap_err()
                .contains("cut off")
        );
        assert!(
            header("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }")
                .contains("needs 12")
        );
        assert!(
            header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }")
                .contains("damaged")
        );
        assert!(
            header(
                "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4), }"
            )
            .contains("end before")
        );
        assert!(
            header("{'descr': '|O', 'fortran_order': False, 'shape': (3,), }")
                .contains("Python objects")
        );
        assert!(
            header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }")
                .contains("structured")
        );
        assert!(header(&"(".repeat(60000)).contains("damaged"));
    }

    #[test]
    fn string_tensors_are_json() {
        let a = strings(br#"{"shape": [1, 2], "values_b64": ["YWI=", ""]}"#).unwrap();
        assert_eq!(a.data, Data::Strings(vec![b"ab".to_vec(), vec![]]));
        assert!(
            strings(br#"{"shape": [3], "values_b64": ["YWI="]}"#)
                .unwrap_err()
                .contains("do not fit")
        );
    }

    #[test]
    fn bits_take_the_dtype_they_were_saved_for() {
        let a = Array {
            dtype: DType::Uint16,
            shape: vec![1],
            data: Data::Raw(Bytes::from_static(&[0, 1])),
        };
        assert_eq!(a.clone().retyped(DType::Bfloat16).unwrap().dtype, DType::Bfloat16);
        assert!(a.retyped(DType::Float16).is_none());
    }
}
