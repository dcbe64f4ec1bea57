//! A tensor's elements as a bundle stores them, and their checksum.

use crate::crc::Crc;
use crate::strings::extend_length;
use crate::wire::put_varint;
use floe_graph::{DType, Error, ErrorKind, Payload, Strings, TensorView, Width};
use std::io::{self, Write};
use std::thread;

/// Bytes that are decoded and written at once; a multiple of every element's width.
const PIECE: usize = 1 << 18;
/// From so many bytes on a second thread takes the checksum while the first one writes: it is then well
/// worth its start.
const APART: usize = 1 << 20;

/// Which side of a copy went wrong.
pub(super) enum Failure {
    Read(Error),
    Write(io::Error),
}

impl From<Error> for Failure {
    fn from(e: Error) -> Self {
        Self::Read(e)
    }
}

/// A data file, and what has gone into it.
pub(super) struct Sink<'a, W: Write> {
    pub(super) file: &'a mut W,
    pub(super) crc: Crc,
    pub(super) len: u64,
}

impl<W: Write> Sink<'_, W> {
    /// Writes bytes and takes them into the checksum.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.crc.extend(bytes);
        self.put_unsummed(bytes)
    }

    /// As [`put`](Self::put), for bytes that are all there: summed and written at the same time when there
    /// are many.
    fn put_whole(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if bytes.len() < APART {
            return bytes.chunks(PIECE).try_for_each(|piece| self.put(piece));
        }
        let before = self.crc;
        let sum = move || {
            let mut crc = before;
            crc.extend(bytes);
            crc
        };
        thread::scope(|scope| {
            let other = thread::Builder::new().spawn_scoped(scope, sum);
            self.put_unsummed(bytes)?;
            // Where no thread was to be had, this one sums.
            self.crc = other.ok().and_then(|t| t.join().ok()).unwrap_or_else(sum);
            Ok(())
        })
    }

    fn put_unsummed(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(Failure::Write)?;
        self.len = self.len.saturating_add(bytes.len() as u64);
        Ok(())
    }
}

/// Writes all elements of `view`.
pub(super) fn write(view: &TensorView<'_>, out: &mut Sink<'_, impl Write>) -> Result<(), Failure> {
    match (view.dtype, &view.payload) {
        (_, Payload::Absent) => Err(Error::new(ErrorKind::NoData, 0).into()),
        (DType::String, Payload::Strings(strings)) => {
            check_count(view, strings)?;
            write_strings(strings, out)
        }
        (DType::Variant, Payload::Strings(messages)) => {
            check_count(view, messages)?;
            write_variants(messages, out)
        }
        _ => write_numbers(view, out),
    }
}

fn check_count(view: &TensorView<'_>, strings: &Strings<'_>) -> Result<(), Error> {
    let right = view.shape.elements()? == Some(strings.len());
    if right { Ok(()) } else { Err(Error::new(ErrorKind::LengthMismatch, 0)) }
}

fn write_numbers(view: &TensorView<'_>, out: &mut Sink<'_, impl Write>) -> Result<(), Failure> {
    let len = view.raw_len()?;
    // Of sub-byte integers only the low bits are stored.
    let mask = match view.dtype.width() {
        Width::Bits(bits) => u8::MAX.checked_shr(8u32.saturating_sub(bits.into())),
        _ => None,
    };
    if let (Some(raw), None) = (view.raw(), mask) {
        let raw = raw.get(..len).ok_or(Error::new(ErrorKind::LengthMismatch, raw.len()))?;
        return out.put_whole(raw);
    }
    let mut buffer = vec![0; PIECE.min(len)];
    let mut at = 0usize;
    while at < len {
        let count = len.saturating_sub(at).min(buffer.len());
        let piece = buffer.get_mut(..count).unwrap_or_default();
        view.read_at(at, piece)?;
        if let Some(mask) = mask {
            piece.iter_mut().for_each(|b| *b &= mask);
        }
        out.put(piece)?;
        at = at.saturating_add(count);
    }
    Ok(())
}

/// All lengths as varints, the checksum of the lengths as integers, all bytes. The checksum of the
/// whole does not take in the varints.
fn write_strings(strings: &Strings<'_>, out: &mut Sink<'_, impl Write>) -> Result<(), Failure> {
    let mut lengths = Vec::new();
    for string in strings.iter() {
        let length = string?.len() as u64;
        lengths.clear();
        put_varint(&mut lengths, length);
        extend_length(&mut out.crc, length, false);
        out.put_unsummed(&lengths)?;
    }
    let sum = out.crc.masked().to_le_bytes();
    out.put(&sum)?;
    strings.iter().try_for_each(|string| out.put(string?))
}

/// Each element's length, message and running checksum.
fn write_variants(messages: &Strings<'_>, out: &mut Sink<'_, impl Write>) -> Result<(), Failure> {
    let mut length = Vec::new();
    for message in messages.iter() {
        let message = message?;
        length.clear();
        put_varint(&mut length, message.len() as u64);
        out.crc.extend(&(message.len() as u64).to_le_bytes());
        out.put_unsummed(&length)?;
        out.put(message)?;
        let sum = out.crc.masked().to_le_bytes();
        out.put(&sum)?;
    }
    Ok(())
}
