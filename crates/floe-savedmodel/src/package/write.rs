//! A package into a folder.

use super::Package;
use crate::{Error, Result, fingerprint};
use floe_graph::map;
use floe_proto::tensorflow::{self as pb, AttrValue, attr_value::Value};
use floe_proto::{Message, canonical};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// What TensorFlow's protocol buffers can hold in one message.
const LARGEST: usize = i32::MAX as usize;

/// A SavedModel's folder that is being written beside its name. [`finish`](Self::finish) moves it there;
/// dropped without that, it is removed and what was there before stays.
#[derive(Debug)]
pub struct SavedModelWriter {
    temporary: PathBuf,
    target: PathBuf,
}

impl SavedModelWriter {
    /// Begins the folder `target`. A SavedModel that is there is replaced.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Package`] when something else is there.
    pub fn create(target: impl AsRef<Path>) -> Result<Self> {
        let target = target.as_ref();
        // Joined anew, the path has no slash at its end.
        let target: PathBuf =
            std::path::absolute(target).map_err(Error::io(target))?.components().collect();
        if target.exists() && !is_replaceable(&target) {
            return Err(Error::package("something is there that is no SavedModel: not replaced"));
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(Error::io(parent))?;
        }
        let temporary = beside(&target, "new");
        remove(&temporary)?;
        fs::create_dir(&temporary).map_err(Error::io(&temporary))?;
        Ok(Self { temporary, target })
    }

    /// Where the checkpoint with the model's variables must be written before
    /// [`finish`](Self::finish).
    #[must_use]
    pub fn variables_prefix(&self) -> PathBuf {
        self.temporary.join("variables").join("variables")
    }

    /// Writes all of `package` but its variables, and the fingerprint of all, and puts the folder in its
    /// place.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Package`] when the message is larger than any TensorFlow reads.
    pub fn finish(self, mut package: Package) -> Result<()> {
        for file in &package.files {
            let to = self.temporary.join(&file.to);
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder).map_err(Error::io(folder))?;
            }
            fs::copy(&file.from, &to).map_err(Error::io(&file.from))?;
        }
        let paths = std::mem::take(&mut package.paths);
        for (node, name) in paths {
            let path = self.target.join("assets").join(name);
            set_path(&mut package.model, &node, path.into_os_string());
        }
        let bytes = canonical(&package.model);
        if bytes.len() > LARGEST {
            return Err(Error::package(format!(
                "saved_model.pb would have {} bytes, and TensorFlow reads 2 GiB at most: keep the variables out of the graph",
                bytes.len()
            )));
        }
        self.put("saved_model.pb", &bytes)?;
        let index = self.variables_prefix().with_extension("index");
        let index =
            index.is_file().then(|| map::open(&index).map_err(Error::io(&index))).transpose()?;
        if let Some(print) = fingerprint(&package.model, index.as_deref()) {
            self.put("fingerprint.pb", &print.encode_to_vec())?;
        }
        self.commit()
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.temporary.join(name);
        fs::write(&path, bytes).map_err(Error::io(&path))
    }

    fn commit(&self) -> Result<()> {
        let old = beside(&self.target, "old");
        remove(&old)?;
        if self.target.exists() {
            fs::rename(&self.target, &old).map_err(Error::io(&self.target))?;
        }
        fs::rename(&self.temporary, &self.target).map_err(Error::io(&self.target))?;
        remove(&old)
    }
}

impl Drop for SavedModelWriter {
    fn drop(&mut self) {
        // After `finish` there is nothing of this name; before, the work is failing already.
        let _ = fs::remove_dir_all(&self.temporary);
    }
}

/// Whether a folder holds a SavedModel, or nothing.
fn is_replaceable(path: &Path) -> bool {
    ["saved_model.pb", "saved_model.pbtxt"].iter().any(|n| path.join(n).is_file())
        || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// A name in the same folder, which no other process uses.
fn beside(target: &Path, what: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.{what}", std::process::id()));
    target.with_file_name(name)
}

fn remove(path: &Path) -> Result<()> {
    if path.is_dir() { fs::remove_dir_all(path).map_err(Error::io(path)) } else { Ok(()) }
}

/// Makes the constant `node` of the first graph hold `path`.
fn set_path(model: &mut pb::SavedModel, node: &str, path: OsString) {
    let graph = model.meta_graphs.first_mut().and_then(|m| m.graph_def.as_mut());
    let node = graph.into_iter().flat_map(|g| &mut g.node).find(|n| n.name == node);
    let value = node.and_then(|n| n.attr.get_mut("value"));
    if let Some(AttrValue { value: Some(Value::Tensor(tensor)) }) = value {
        tensor.tensor_content.clear();
        tensor.string_val = vec![path.into_encoded_bytes().into()];
    }
}
