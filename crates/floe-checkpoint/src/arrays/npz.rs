//! NumPy's `.npz`: a zip archive of `.npy` files.

use super::{Array, Arrays, Failure, npy, select, write_raw};
use bytes::Bytes;
use floe_graph::{Error, ErrorKind, Result, TensorSource};
use std::io::{self, Cursor, Read, Seek, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

pub(super) fn read(bytes: &Bytes) -> Result<Arrays> {
    let bad = |_| Error::new(ErrorKind::Malformed, 0);
    let mut archive = ZipArchive::new(Cursor::new(bytes.clone())).map_err(bad)?;
    let (mut arrays, mut left_out) = (Vec::new(), Vec::new());
    for i in 0..archive.len() {
        let mut file = archive.by_index(i).map_err(bad)?;
        let name = file.name().map_err(bad)?.into_owned();
        let Some(stem) = name.strip_suffix(".npy") else {
            left_out.push(name);
            continue;
        };
        let stored = file.compression() == CompressionMethod::Stored;
        let content = match file.data_start() {
            Some(start) if stored => share(bytes, start, file.size())?,
            _ => {
                // Grows with what is there, not with what the archive claims.
                let mut content = Vec::new();
                let size = file.size();
                file.by_ref()
                    .take(size)
                    .read_to_end(&mut content)
                    .map_err(|_| bad(zip::result::ZipError::FileNotFound))?;
                content.into()
            }
        };
        match npy::read(&content)? {
            Some((dtype, dims, data)) => {
                arrays.push(Array { name: stem.to_owned(), dtype, dims, data });
            }
            None => left_out.push(stem.to_owned()),
        }
    }
    Ok(Arrays { arrays, left_out })
}

fn share(bytes: &Bytes, start: u64, size: u64) -> Result<Bytes> {
    let bad = Error::new(ErrorKind::OutOfBounds, usize::try_from(start).unwrap_or(usize::MAX));
    let (start, size) = (usize::try_from(start), usize::try_from(size));
    let part = crate::wire::cut(bytes, start.map_err(|_| bad)?, size.map_err(|_| bad)?);
    part.map(|part| bytes.slice_ref(part)).ok_or(bad)
}

pub(super) fn write<'d>(
    source: &dyn TensorSource<'d>,
    file: impl Write + Seek,
) -> Result<Vec<String>, Failure> {
    let (tensors, left) = select(source, |d| npy::stored(d).is_some())?;
    let mut archive = ZipWriter::new(file);
    // NumPy's own archives are stored too. Sizes beyond 4 GiB need the wide form.
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    for (name, view) in tensors {
        let header = npy::stored(view.dtype).and_then(|d| npy::header(d, view.shape));
        let header = header.ok_or_else(|| {
            Failure::Tensor(name.to_owned(), Error::new(ErrorKind::UnknownShape, 0))
        })?;
        archive.start_file(format!("{name}.npy"), options).map_err(io::Error::from)?;
        archive.write_all(&header)?;
        write_raw(name, &view, &mut archive)?;
    }
    archive.finish().map_err(io::Error::from)?;
    Ok(left)
}
