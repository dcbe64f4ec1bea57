//! [`foreign`]: what a file is that no format of the family reads, told by its bytes.
//!
//! The most frequent question about a model's file is the message that the wrong one gives: a pointer, a
//! page or an archive in the place of what was to be downloaded. Invariant: a table; every reader that
//! refuses a file may ask it, and all say the same.

/// Bytes that tell a kind of file.
struct Sign {
    at: usize,
    bytes: &'static [u8],
    what: &'static str,
}

const fn sign(at: usize, bytes: &'static [u8], what: &'static str) -> Sign {
    Sign { at, bytes, what }
}

const LFS: &str = "a Git LFS pointer, not the file itself: run `git lfs pull`";
const TAR: &str = "a tar archive: unpack it and give what is inside";
const PACKED: &str = "a compressed file: unpack it and give what is inside";
const ZIP: &str = "a zip archive without arrays: of a .keras file, make a SavedModel in Keras with \
                   `model.export(FOLDER)`; of PyTorch's .pt, export the tensors as .safetensors";
const HDF5: &str = "a Keras HDF5 file: load it in Keras and save with `tf.train.Checkpoint`, or make a \
                    SavedModel with `model.export(FOLDER)`";
const PICKLE: &str = "a Python pickle, perhaps of PyTorch: export the tensors as .safetensors";
const PAGE: &str = "a web page: the download gave an error or a login page, not the file";
const XML: &str = "an XML document, most likely a storage service's error message, not the file";
const ONNX: &str = "an ONNX model, which Floe does not read";

const SIGNS: [Sign; 17] = [
    sign(257, b"ustar", TAR),
    sign(0, b"\x1f\x8b", "a gzip archive: unpack it and give what is inside"),
    sign(0, b"BZh", PACKED),
    sign(0, b"\xfd7zXZ\0", PACKED),
    sign(0, b"\x28\xb5\x2f\xfd", PACKED),
    sign(0, b"PK\x03\x04", ZIP),
    sign(0, b"\x89HDF\r\n", HDF5),
    sign(0, b"\x93NUMPY", "a single NumPy array, which has no name: save it as .npz"),
    sign(0, b"\x80\x02", PICKLE),
    sign(0, b"\x80\x03", PICKLE),
    sign(0, b"\x80\x04", PICKLE),
    sign(0, b"\x80\x05", PICKLE),
    sign(23, b"brain.Event:", "TensorBoard's event file, which holds curves, not a model"),
    sign(
        0,
        b"\x83\xaf\x70\xd1",
        "a chunked SavedModel (.cpb), which Floe does not read: save it in parts below 2 GiB",
    ),
    sign(2, b"\x12\x07pytorch", ONNX),
    sign(2, b"\x12\x05tf2on", ONNX),
    sign(2, b"\x12\x0akeras2onnx", ONNX),
];

/// Texts, told by how they begin, in any case, whatever space is before.
const TEXTS: [(&[u8], &str); 6] = [
    (b"version https://git-lfs", LFS),
    (b"<!doctype html", PAGE),
    (b"<html", PAGE),
    (b"<?xml", XML),
    (b"<error>", XML),
    (b"{", "a JSON document: perhaps a model's description or an error message, without numbers"),
];

/// What a file with these bytes is and what to do with it, where it is known and none that the family
/// reads. A zip archive with arrays in it is one that it reads, which the caller is to see before.
#[must_use]
pub fn foreign(bytes: &[u8]) -> Option<&'static str> {
    let is = |s: &&Sign| bytes.get(s.at..).is_some_and(|b| b.starts_with(s.bytes));
    if let Some(sign) = SIGNS.iter().find(is) {
        return Some(sign.what);
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let begins =
        |begin: &[u8]| text.get(..begin.len()).is_some_and(|t| t.eq_ignore_ascii_case(begin));
    TEXTS.iter().find(|(begin, _)| begins(begin)).map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::foreign;

    #[test]
    fn files_are_called_by_their_name() {
        let mut tar = [b'a'; 300];
        tar[257..262].copy_from_slice(b"ustar");
        for (bytes, word) in [
            (&b"version https://git-lfs.github.com/spec/v1\noid"[..], "git lfs pull"),
            (b"\n\n<!DOCTYPE html>", "web page"),
            (b"\xef\xbb\xbf<HTML lang=en>", "web page"),
            (b"<?xml version='1.0'?><Error>", "storage service"),
            (b"  {\"error\": 404}", "JSON"),
            (&tar, "tar"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"BZh91AY", "compressed"),
            (b"PK\x03\x04\x14\0", "zip"),
            (b"\x89HDF\r\n\x1a\n", "HDF5"),
            (b"\x80\x04\x95", "pickle"),
            (b"\x18\0\0\0\0\0\0\0abcd\x09abcdefgh\x1a\x0dbrain.Event:2", "TensorBoard"),
        ] {
            assert!(foreign(bytes).unwrap().contains(word), "{word}");
        }
        assert_eq!(foreign(b""), None);
        assert_eq!(foreign(b"model_checkpoint_path: \"a\""), None);
    }
}
