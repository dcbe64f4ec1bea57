//! [`Flex`]: FlexBuffers, the schema-less sibling of FlatBuffers, which custom operators keep their
//! options in.
//!
//! Invariant: a value is looked at only when it is asked for, every read is bounds-checked, and an
//! offset leads strictly backwards, so a walk ends whatever the bytes are. Format facts: the last byte
//! is the root's width, the one before it the root's packed type (type × 4 + log2 of the width);
//! offsets are subtracted from where they stand; a vector's length stands before its first element,
//! the types of an untyped one after the last.

use floe_graph::{Error, ErrorKind, Result};

/// One value.
#[derive(Clone, Copy, Debug)]
pub struct Flex<'d> {
    bytes: &'d [u8],
    /// Where it stands.
    at: usize,
    /// Bytes of its slot.
    slot: usize,
    /// Its type's number.
    kind: u8,
    /// Bytes of what an offset in the slot leads to.
    width: usize,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FlexValue<'d> {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A real number.
    Float(f64),
    /// A string or a key.
    Text(&'d [u8]),
    /// Bytes.
    Blob(&'d [u8]),
    /// Values by position.
    List(FlexList<'d>),
    /// Values by key.
    Map(FlexMap<'d>),
}

/// Values by position.
#[derive(Clone, Copy, Debug)]
pub struct FlexList<'d> {
    bytes: &'d [u8],
    start: usize,
    len: usize,
    width: usize,
    /// The elements' type; `None` when each has its own.
    kind: Option<u8>,
}

/// Values by key, sorted by it.
#[derive(Clone, Copy, Debug)]
pub struct FlexMap<'d> {
    keys: FlexList<'d>,
    values: FlexList<'d>,
}

// The numbers of the types.
const NULL: u8 = 0;
const INT: u8 = 1;
const UINT: u8 = 2;
const FLOAT: u8 = 3;
const KEY: u8 = 4;
const STRING: u8 = 5;
const INDIRECT_INT: u8 = 6;
const INDIRECT_UINT: u8 = 7;
const INDIRECT_FLOAT: u8 = 8;
const MAP: u8 = 9;
const VECTOR: u8 = 10;
const VECTOR_INT: u8 = 11;
const VECTOR_STRING: u8 = 15;
const VECTOR_INT2: u8 = 16;
const VECTOR_FLOAT4: u8 = 24;
const BLOB: u8 = 25;
const BOOL: u8 = 26;
const VECTOR_BOOL: u8 = 36;

impl<'d> Flex<'d> {
    /// The root of the FlexBuffer `bytes`.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] or [`ErrorKind::Malformed`] when the end is not that of one.
    pub fn parse(bytes: &'d [u8]) -> Result<Self> {
        let short = Error::new(ErrorKind::Truncated, bytes.len());
        let (&[packed, slot], rest) =
            bytes.split_last_chunk::<2>().map(|(rest, last)| (last, rest)).ok_or(short)?;
        let slot = usize::from(slot);
        if !matches!(slot, 1 | 2 | 4 | 8) {
            return Err(Error::new(ErrorKind::Malformed, bytes.len().saturating_sub(1)));
        }
        let at = rest.len().checked_sub(slot).ok_or(short)?;
        Ok(Self::packed(bytes, at, slot, packed))
    }

    const fn packed(bytes: &'d [u8], at: usize, slot: usize, packed: u8) -> Self {
        Self { bytes, at, slot, kind: packed >> 2, width: 1 << (packed & 3) }
    }

    /// What it is.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfBounds`] when an offset or a length leads out of the bytes,
    /// [`ErrorKind::Unsupported`] for a type that is none.
    pub fn value(&self) -> Result<FlexValue<'d>> {
        let out = Error::new(ErrorKind::OutOfBounds, self.at);
        if self.kind > VECTOR_BOOL || (self.kind > BOOL && self.kind < VECTOR_BOOL) {
            return Err(Error::new(ErrorKind::Unsupported, self.at));
        }
        self.read().ok_or(out)
    }

    fn read(&self) -> Option<FlexValue<'d>> {
        let here = |kind| number(self.bytes, self.at, self.slot, kind);
        let there = |kind| number(self.bytes, self.target()?, self.width, kind);
        Some(match self.kind {
            NULL => FlexValue::Null,
            BOOL => FlexValue::Bool(!matches!(here(UINT)?, FlexValue::Uint(0))),
            INT | UINT | FLOAT => here(self.kind)?,
            INDIRECT_INT => there(INT)?,
            INDIRECT_UINT => there(UINT)?,
            INDIRECT_FLOAT => there(FLOAT)?,
            KEY => {
                let rest = self.bytes.get(self.target()?..)?;
                FlexValue::Text(rest.get(..rest.iter().position(|b| *b == 0)?)?)
            }
            STRING | BLOB => {
                let start = self.target()?;
                let len = length(self.bytes, start, self.width)?;
                let bytes = self.bytes.get(start..start.checked_add(len)?)?;
                if self.kind == BLOB { FlexValue::Blob(bytes) } else { FlexValue::Text(bytes) }
            }
            MAP => FlexValue::Map(self.map()?),
            kind => FlexValue::List(self.list(kind)?),
        })
    }

    fn list(&self, kind: u8) -> Option<FlexList<'d>> {
        let start = self.target()?;
        let (element, fixed) = match kind {
            VECTOR => (None, None),
            VECTOR_BOOL => (Some(BOOL), None),
            VECTOR_INT..=VECTOR_STRING => {
                (Some(kind.checked_sub(VECTOR_INT)?.checked_add(INT)?), None)
            }
            VECTOR_INT2..=VECTOR_FLOAT4 => {
                let n = kind.checked_sub(VECTOR_INT2)?;
                (Some((n % 3).checked_add(INT)?), Some(usize::from(n / 3).checked_add(2)?))
            }
            _ => return None,
        };
        let len = match fixed {
            Some(len) => len,
            None => length(self.bytes, start, self.width)?,
        };
        let list = FlexList { bytes: self.bytes, start, len, width: self.width, kind: element };
        list.fits().then_some(list)
    }

    fn map(&self) -> Option<FlexMap<'d>> {
        let values = self.list(VECTOR)?;
        let back = |n: usize| values.start.checked_sub(values.width.checked_mul(n)?);
        let place = back(3)?;
        let width = usize::try_from(unsigned(self.bytes, back(2)?, values.width)?).ok()?;
        let offset = usize::try_from(unsigned(self.bytes, place, values.width)?).ok()?;
        let start = place.checked_sub(offset).filter(|_| offset > 0)?;
        let len = length(self.bytes, start, width)?;
        let keys = FlexList { bytes: self.bytes, start, len, width, kind: Some(KEY) };
        (keys.fits() && len == values.len).then_some(FlexMap { keys, values })
    }

    /// Where the offset in the slot leads: back.
    fn target(&self) -> Option<usize> {
        let offset = usize::try_from(unsigned(self.bytes, self.at, self.slot)?).ok()?;
        self.at.checked_sub(offset).filter(|_| offset > 0)
    }

    /// A whole number, from any kind of number.
    #[must_use]
    pub fn int(&self) -> Option<i64> {
        match self.value().ok()? {
            FlexValue::Int(n) => Some(n),
            FlexValue::Uint(n) => i64::try_from(n).ok(),
            FlexValue::Bool(b) => Some(b.into()),
            FlexValue::Float(n) => Some(n as i64),
            _ => None,
        }
    }

    /// A real number, from any kind of number.
    #[must_use]
    pub fn float(&self) -> Option<f64> {
        match self.value().ok()? {
            FlexValue::Float(n) => Some(n),
            FlexValue::Int(n) => Some(n as f64),
            FlexValue::Uint(n) => Some(n as f64),
            _ => None,
        }
    }

    /// A string.
    #[must_use]
    pub fn text(&self) -> Option<&'d str> {
        match self.value().ok()? {
            FlexValue::Text(bytes) => core::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The value at `key` of a map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Self> {
        match self.value().ok()? {
            FlexValue::Map(map) => map.get(key),
            _ => None,
        }
    }
}

impl<'d> FlexList<'d> {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The one at `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Flex<'d>> {
        if index >= self.len {
            return None;
        }
        let at = self.start.checked_add(index.checked_mul(self.width)?)?;
        let (bytes, slot) = (self.bytes, self.width);
        if let Some(kind) = self.kind {
            return Some(Flex { bytes, at, slot, kind, width: self.width });
        }
        let types = self.start.checked_add(self.len.checked_mul(self.width)?)?;
        let packed = *self.bytes.get(types.checked_add(index)?)?;
        Some(Flex::packed(bytes, at, slot, packed))
    }

    /// All in order.
    pub fn iter(&self) -> impl Iterator<Item = Flex<'d>> + use<'d> {
        let list = *self;
        (0..self.len).filter_map(move |i| list.get(i))
    }

    /// Whether all elements, and their types, lie in the bytes.
    fn fits(&self) -> bool {
        let each = self.width.checked_add(usize::from(self.kind.is_none()));
        let bytes = each.and_then(|each| each.checked_mul(self.len));
        bytes.and_then(|n| n.checked_add(self.start)).is_some_and(|end| end <= self.bytes.len())
    }
}

impl<'d> FlexMap<'d> {
    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.values.len
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.values.len == 0
    }

    /// The value at `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Flex<'d>> {
        self.iter().find(|(k, _)| *k == key).map(|(_, value)| value)
    }

    /// Keys and values in order of the keys; without those whose key is not UTF-8.
    pub fn iter(&self) -> impl Iterator<Item = (&'d str, Flex<'d>)> + use<'d> {
        let keys = self.keys.iter().map(|key| key.text());
        keys.zip(self.values.iter()).filter_map(|(key, value)| Some((key?, value)))
    }
}

/// The length that stands before `start`.
fn length(bytes: &[u8], start: usize, width: usize) -> Option<usize> {
    usize::try_from(unsigned(bytes, start.checked_sub(width)?, width)?).ok()
}

/// `width` bytes at `at`, little-endian.
fn unsigned(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(width)?)?;
    let mut word = [0; 8];
    word.get_mut(..width)?.copy_from_slice(part);
    Some(u64::from_le_bytes(word))
}

/// The number of kind `kind` in `width` bytes at `at`.
fn number(bytes: &[u8], at: usize, width: usize, kind: u8) -> Option<FlexValue<'static>> {
    let bits = unsigned(bytes, at, width)?;
    Some(match (kind, width) {
        (INT, 1) => FlexValue::Int((bits as i8).into()),
        (INT, 2) => FlexValue::Int((bits as i16).into()),
        (INT, 4) => FlexValue::Int((bits as i32).into()),
        (INT, _) => FlexValue::Int(bits.cast_signed()),
        (FLOAT, 4) => FlexValue::Float(f32::from_bits(bits as u32).into()),
        (FLOAT, 8) => FlexValue::Float(f64::from_bits(bits)),
        (FLOAT, _) => return None,
        _ => FlexValue::Uint(bits),
    })
}

#[cfg(test)]
mod tests {
    use super::{Flex, FlexValue};
    use std::vec::Vec;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    }

    /// Made by FlatBuffers' Python library of `{"a": 1, "b": [1, 2, 300], "c": "text", "d": 2.5,
    /// "e": True, "f": None, "g": -70000}`.
    const MAP: &str = "610062000300010002002c010505056300047465787400640065006600670007201f130c0b0a090008000000010000000700000001000000320000002a00000000002040010000000000000090eefeff0629140e6a0206232601";

    #[test]
    fn a_map_of_all_kinds_reads_as_it_was_made() {
        let all = bytes(MAP);
        let root = Flex::parse(&all).unwrap();
        let get = |key| root.get(key).unwrap();
        assert_eq!(get("a").int(), Some(1));
        assert_eq!(get("c").text(), Some("text"));
        assert_eq!(get("d").float(), Some(2.5));
        assert!(matches!(get("e").value(), Ok(FlexValue::Bool(true))));
        assert!(matches!(get("f").value(), Ok(FlexValue::Null)));
        assert_eq!(get("g").int(), Some(-70000));
        let Ok(FlexValue::List(list)) = get("b").value() else { panic!("a list") };
        assert_eq!(list.iter().map(|v| v.int().unwrap()).collect::<Vec<_>>(), [1, 2, 300]);
        assert!(root.get("h").is_none());
        let Ok(FlexValue::Map(map)) = root.value() else { panic!("a map") };
        assert!(map.iter().map(|(key, _)| key).eq(["a", "b", "c", "d", "e", "f", "g"]));
    }

    /// Made of `[1.5, "x", {"k": 7}]`, of `-5`, and of a blob with typed vectors.
    #[test]
    fn lists_numbers_and_blobs_read_as_they_were_made() {
        let list = bytes("0178006b0001030101010704030000000000c03f130000000e0000000e14240f2a01");
        let Ok(FlexValue::List(list)) = Flex::parse(&list).unwrap().value() else {
            panic!("a list")
        };
        assert_eq!(list.get(0).unwrap().float(), Some(1.5));
        assert_eq!(list.get(1).unwrap().text(), Some("x"));
        assert_eq!(list.get(2).unwrap().get("k").unwrap().int(), Some(7));
        assert_eq!(Flex::parse(&bytes("fb0401")).unwrap().int(), Some(-5));
        let blob = bytes(
            "626c6f62000301020376000301020374000000000000c03f00002040031d0f160301031d1019644a2c062401",
        );
        let root = Flex::parse(&blob).unwrap();
        let Ok(FlexValue::Blob(inner)) = root.get("blob").unwrap().value() else { panic!("bytes") };
        assert_eq!(inner, [1, 2, 3]);
        let reals = |key| {
            let Ok(FlexValue::List(list)) = root.get(key).unwrap().value() else { panic!("list") };
            list.iter().map(|v| v.float().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!((reals("v"), reals("t")), (std::vec![1.0, 2.0, 3.0], std::vec![1.5, 2.5]));
    }

    #[test]
    fn damage_ends_in_an_error_and_a_walk_ends() {
        fn walk(value: &Flex<'_>, left: &mut u32) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                return;
            }
            match value.value() {
                Ok(FlexValue::List(list)) => list.iter().for_each(|v| walk(&v, left)),
                Ok(FlexValue::Map(map)) => map.iter().for_each(|(_, v)| walk(&v, left)),
                _ => {}
            }
        }
        let whole = bytes(MAP);
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(root) = Flex::parse(&flipped) {
                walk(&root, &mut 10_000);
            }
        }
        assert!(Flex::parse(&[]).is_err());
        assert!(Flex::parse(&[0, 0, 3]).is_err());
    }
}
