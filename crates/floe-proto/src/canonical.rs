//! The one wire form by which TensorFlow hashes messages: fields by number, the entries of maps by key,
//! each entry with its key and its value, also where they are defaults.
//!
//! Fact: that is what protocol buffers' C++ library calls deterministic serialisation; prost differs from
//! it only in leaving defaults out of the entries of maps.
//!
//! Invariant: the result decodes to the same message.

use crate::Message as ProstMessage;
use crate::text::{DEEPEST, Kind, Message, Raw, find, messages, take};
use prost::Name;
use prost::encoding::{WireType, decode_key, encode_key, encode_varint};

/// The canonical form of `message`.
#[must_use]
pub fn canonical<M: ProstMessage + Name>(message: &M) -> Vec<u8> {
    let wire = message.encode_to_vec();
    let Ok(kind) = find(&M::full_name()) else { return wire };
    let mut out = Vec::with_capacity(wire.len());
    let form = Form { with_maps: with_maps() };
    match form.message(kind, &wire, &mut out, 0) {
        Some(()) => out,
        None => wire,
    }
}

struct Form {
    /// For each message of the schemas, whether there is a map somewhere below it.
    with_maps: Vec<bool>,
}

impl Form {
    fn message(
        &self,
        message: &'static Message,
        mut wire: &[u8],
        out: &mut Vec<u8>,
        depth: usize,
    ) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        let mut seen = [false; 2];
        while !wire.is_empty() {
            let before = wire;
            let (number, kind) = decode_key(&mut wire).ok()?;
            let raw = take(kind, &mut wire)?;
            if is_entry(message) {
                if number == 2 && !seen[0] {
                    default(message, 1, out);
                }
                seen[0] = true;
                seen[1] |= number == 2;
            }
            let nested = message.fields.iter().find(|f| f.number == number).map(|f| f.kind);
            match (nested, raw) {
                (Some(Kind::Message(at)), Raw::Bytes(bytes))
                    if self.with_maps.get(at) == Some(&true) =>
                {
                    let mut body = Vec::with_capacity(bytes.len());
                    self.message(messages().get(at)?, bytes, &mut body, depth.saturating_add(1))?;
                    encode_key(number, kind, out);
                    encode_varint(body.len() as u64, out);
                    out.append(&mut body);
                }
                _ => out.extend_from_slice(before.get(..before.len().checked_sub(wire.len())?)?),
            }
        }
        if is_entry(message) {
            for (number, _) in (1..).zip(seen).filter(|(_, seen)| !seen) {
                default(message, number, out);
            }
        }
        Some(())
    }
}

/// Whether `message` is an entry of a map.
fn is_entry(message: &Message) -> bool {
    message.name.ends_with("Entry") && message.fields.iter().map(|f| f.number).eq([1, 2])
}

/// Writes the default of field `number`: a zero, or nothing with its length.
fn default(message: &Message, number: u32, out: &mut Vec<u8>) {
    let Some(field) = message.fields.iter().find(|f| f.number == number) else { return };
    let wire = field.kind.wire();
    encode_key(number, wire, out);
    out.resize(
        out.len().saturating_add(match wire {
            WireType::SixtyFourBit => 8,
            WireType::ThirtyTwoBit => 4,
            _ => 1,
        }),
        0,
    );
}

fn with_maps() -> Vec<bool> {
    let mut with: Vec<bool> = messages().iter().map(is_entry).collect();
    loop {
        let above = |message: &Message| {
            let below = |kind| matches!(kind, Kind::Message(at) if with.get(at) == Some(&true));
            message.fields.iter().any(|f| below(f.kind))
        };
        let next: Vec<bool> =
            messages().iter().zip(&with).map(|(m, own)| *own || above(m)).collect();
        if next == with {
            return with;
        }
        with = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensorflow::{
        AttrValue, FunctionDef, NodeDef, attr_value::Value, function_def::ArgAttrs,
    };

    #[test]
    fn entries_have_their_defaults() {
        let mut node = NodeDef { name: "a".into(), ..NodeDef::default() };
        node.attr.insert("x".into(), AttrValue::default());
        node.attr.insert(String::new(), AttrValue { value: Some(Value::I(1)) });
        let expected = [
            &[0x0a, 1, b'a'][..],
            &[0x2a, 6, 0x0a, 0, 0x12, 2, 0x18, 1],
            &[0x2a, 5, 0x0a, 1, b'x', 0x12, 0],
        ];
        assert_eq!(canonical(&node), expected.concat());
        assert_eq!(NodeDef::decode(&*canonical(&node)).unwrap(), node);
    }

    #[test]
    fn numbers_are_keys_too_and_maps_nest() {
        let mut attrs = ArgAttrs::default();
        attrs.attr.insert("x".into(), AttrValue::default());
        let mut function = FunctionDef::default();
        function.arg_attr.insert(0, attrs);
        function.resource_arg_unique_id.insert(0, 0);
        let bytes = canonical(&function);
        assert_eq!(FunctionDef::decode(&*bytes).unwrap(), function);
        let entry = [0x08, 0, 0x12, 7, 0x0a, 5, 0x0a, 1, b'x', 0x12, 0];
        assert_eq!(bytes, [&[0x3a, 11][..], &entry, &[0x42, 4, 0x08, 0, 0x10, 0]].concat());
    }
}
