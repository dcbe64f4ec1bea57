//! One `.npy`: a magic number, a header that is a Python dict, the elements.

use super::{Data, StringVec};
use crate::wire::{cut, take};
use bytes::Bytes;
use floe_graph::{DType, Error, ErrorKind, Result, Shape};
use std::fmt::Write as _;

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// The dtypes NumPy has, by letter and width.
const TYPES: [(DType, char, usize); 14] = [
    (DType::Bool, 'b', 1),
    (DType::Int8, 'i', 1),
    (DType::Int16, 'i', 2),
    (DType::Int32, 'i', 4),
    (DType::Int64, 'i', 8),
    (DType::Uint8, 'u', 1),
    (DType::Uint16, 'u', 2),
    (DType::Uint32, 'u', 4),
    (DType::Uint64, 'u', 8),
    (DType::Float16, 'f', 2),
    (DType::Float32, 'f', 4),
    (DType::Float64, 'f', 8),
    (DType::Complex64, 'c', 8),
    (DType::Complex128, 'c', 16),
];

/// The dtype whose elements have the bits of `dtype` in an array; `None` when no array can hold them.
pub(super) fn stored(dtype: DType) -> Option<DType> {
    if TYPES.iter().any(|(d, ..)| *d == dtype) {
        return Some(dtype);
    }
    let signed =
        matches!(dtype, DType::Qint8 | DType::Qint16 | DType::Qint32) || dtype.is_signed_subbyte();
    Some(match (dtype.bytes()?, signed) {
        (1, true) => DType::Int8,
        (1, false) => DType::Uint8,
        (2, true) => DType::Int16,
        (2, false) => DType::Uint16,
        _ => DType::Int32,
    })
}

/// The header of an array of `dtype` and shape, up to the elements.
pub(super) fn header(dtype: DType, shape: Shape<'_>) -> Option<Vec<u8>> {
    let (_, letter, width) = *TYPES.iter().find(|(d, ..)| *d == dtype)?;
    let order = if width == 1 { '|' } else { '<' };
    let mut dims = String::new();
    for d in shape.iter() {
        let _ = write!(dims, "{d}, ");
    }
    let dims = if shape.rank() == Some(1) { dims.trim_end() } else { dims.trim_end_matches(", ") };
    let mut text = format!(
        "{{'descr': '{order}{letter}{width}', 'fortran_order': False, 'shape': ({dims}), }}"
    );
    // Elements begin on a multiple of 64 bytes.
    let used = text.len().saturating_add(11);
    text.push_str(&" ".repeat(used.checked_next_multiple_of(64)?.saturating_sub(used)));
    text.push('\n');
    let mut out = MAGIC.to_vec();
    out.extend([1, 0]);
    out.extend(u16::try_from(text.len()).ok()?.to_le_bytes());
    out.extend(text.as_bytes());
    Some(out)
}

/// What a header says.
#[derive(Debug, Default, PartialEq)]
struct Header {
    descr: String,
    fortran: bool,
    dims: Vec<i64>,
}

/// Reads an array: dtype, dimensions, elements. `None` for elements that no tensor has.
pub(super) fn read(file: &Bytes) -> Result<Option<(DType, Vec<i64>, Data)>> {
    let bad = Error::new(ErrorKind::Malformed, 0);
    let mut rest = &file[..];
    if take(&mut rest, MAGIC.len()) != Some(MAGIC) {
        return Err(Error::new(ErrorKind::BadMagic, 0));
    }
    let version = take(&mut rest, 2).ok_or(bad)?;
    let wide = matches!(version, [2 | 3, _]);
    let length = take(&mut rest, if wide { 4 } else { 2 }).ok_or(bad)?;
    let length = length.iter().rev().fold(0usize, |n, &b| (n << 8) | usize::from(b));
    let text = std::str::from_utf8(take(&mut rest, length).ok_or(bad)?).map_err(|_| bad)?;
    let header = parse(text).ok_or(bad)?;
    elements(&header, &file.slice_ref(rest))
}

/// The dict `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
fn parse(text: &str) -> Option<Header> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut header = Header::default();
    while !rest.is_empty() {
        let (key, after) = quoted(rest)?;
        rest = after.trim_start().strip_prefix(':')?.trim_start();
        match key {
            "descr" => (header.descr, rest) = quoted(rest).map(|(v, r)| (v.to_owned(), r))?,
            "fortran_order" => {
                let yes = rest.strip_prefix("True");
                header.fortran = yes.is_some();
                rest = yes.or_else(|| rest.strip_prefix("False"))?;
            }
            "shape" => {
                let (dims, after) = rest.strip_prefix('(')?.split_once(')')?;
                let dims = dims
                    .split(',')
                    .map(|d| d.trim().trim_end_matches('L'))
                    .filter(|d| !d.is_empty());
                header.dims =
                    dims.map(|d| d.parse().ok().filter(|&d| d >= 0)).collect::<Option<_>>()?;
                rest = after;
            }
            _ => return None,
        }
        rest = rest.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    (header.dims.len() <= 254).then_some(header)
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text.get(1..)?.split_once(quote)
}

fn elements(header: &Header, bytes: &Bytes) -> Result<Option<(DType, Vec<i64>, Data)>> {
    let mut letters = header.descr.chars();
    let (Some(order), Some(letter)) = (letters.next(), letters.next()) else { return Ok(None) };
    let Ok(width) = letters.as_str().parse::<usize>() else { return Ok(None) };
    let count = Shape::I64(&header.dims).elements()?.unwrap_or(0);
    let text = matches!(letter, 'S' | 'U');
    let unit = if letter == 'U' { width.saturating_mul(4) } else { width };
    let short = Error::new(ErrorKind::LengthMismatch, bytes.len());
    let length = usize::try_from(count).ok().and_then(|n| n.checked_mul(unit)).ok_or(short)?;
    let bytes = bytes.get(..length).map(|b| bytes.slice_ref(b)).ok_or(short)?;
    if text {
        // Strings of no width at all take no bytes, however many they are.
        if unit == 0 && count > 1 << 20 {
            return Err(Error::new(ErrorKind::Limit, 0));
        }
        let all = strings(&bytes, count, unit, letter == 'U', order == '>');
        let all = reorder(header, all.ok_or(Error::new(ErrorKind::NotUtf8, 0))?);
        return Ok(Some((DType::String, header.dims.clone(), Data::Strings(StringVec(all)))));
    }
    let Some(dtype) = read_type(letter, width) else { return Ok(None) };
    let swap = order == '>' && dtype.swap_unit() > 1;
    let flat = !header.fortran || header.dims.iter().filter(|&&d| d != 1).count() < 2;
    if flat && !swap {
        return Ok(Some((dtype, header.dims.clone(), Data::Raw(bytes))));
    }
    let mut items: Vec<&[u8]> = bytes.chunks_exact(width).collect();
    items = reorder(header, items);
    let mut raw = Vec::with_capacity(bytes.len());
    for item in items {
        for number in item.chunks_exact(dtype.swap_unit()) {
            if swap { raw.extend(number.iter().rev()) } else { raw.extend(number) }
        }
    }
    Ok(Some((dtype, header.dims.clone(), Data::Raw(raw.into()))))
}

/// The dtype of an array's elements. Two bytes that NumPy has no name for are bfloat16: that is how it
/// saves the arrays of the package `ml_dtypes`, TensorFlow's among them.
fn read_type(letter: char, width: usize) -> Option<DType> {
    if (letter, width) == ('V', 2) {
        return Some(DType::Bfloat16);
    }
    TYPES.iter().find(|(_, l, w)| (*l, *w) == (letter, width)).map(|(dtype, ..)| *dtype)
}

/// Fixed-width strings without the zeros that fill them up.
fn strings(bytes: &[u8], count: u64, unit: usize, wide: bool, big: bool) -> Option<Vec<Vec<u8>>> {
    (0..usize::try_from(count).ok()?)
        .map(|i| {
            let item = cut(bytes, i.checked_mul(unit)?, unit)?;
            if !wide {
                let end = item.iter().rposition(|&b| b != 0).map_or(0, |at| at.saturating_add(1));
                return item.get(..end).map(<[u8]>::to_vec);
            }
            let code =
                |c: &[u8; 4]| if big { u32::from_be_bytes(*c) } else { u32::from_le_bytes(*c) };
            let chars: Option<String> =
                item.as_chunks().0.iter().map(|c| char::from_u32(code(c))).collect();
            Some(chars?.trim_end_matches('\0').as_bytes().to_vec())
        })
        .collect()
}

/// Items in row-major order.
fn reorder<T: Default>(header: &Header, mut items: Vec<T>) -> Vec<T> {
    if !header.fortran {
        return items;
    }
    let dims: Vec<usize> = header.dims.iter().map(|&d| usize::try_from(d).unwrap_or(0)).collect();
    (0..items.len())
        .map(|i| {
            // The coordinates of row-major item i, counted up column-major.
            let (mut rest, mut at) = (i, 0usize);
            let mut stride = items.len();
            for &dim in dims.iter().rev() {
                stride = stride.checked_div(dim).unwrap_or(0);
                let coordinate = rest.checked_rem(dim).unwrap_or(0);
                at = at.saturating_add(coordinate.saturating_mul(stride));
                rest = rest.checked_div(dim).unwrap_or(0);
            }
            items.get_mut(at).map(std::mem::take).unwrap_or_default()
        })
        .collect()
}
