//! [`Package`]: a SavedModel that is about to be written, frozen or with its variables, and
//! [`SavedModelWriter`], which puts it into a folder.
//!
//! Facts: loaders read `saved_model.pb`, then `variables/variables`, then feed each asset's constant with
//! the path of its file in `assets/` and run the op that the pseudo signature `__saved_model_init_op`
//! names.
//!
//! Invariant: nothing is seen under the folder's name until all of it is written.

mod frozen;
mod strip;
mod write;

pub use strip::Strip;
pub use write::SavedModelWriter;

use crate::{Error, Result, SavedModel};
use floe_proto::tensorflow as pb;
use std::path::PathBuf;

/// The pseudo signature whose output is the op to run once.
const INIT: &str = "__saved_model_init_op";

/// A SavedModel and the files that belong to it.
#[derive(Clone, Debug)]
pub struct Package {
    model: pb::SavedModel,
    files: Vec<File>,
    /// The constants of the first graph that hold paths of assets, and their names there.
    paths: Vec<(String, String)>,
}

/// A file to be copied.
#[derive(Clone, Debug)]
struct File {
    from: PathBuf,
    /// Where it goes, from the folder on, with `/` between names.
    to: String,
}

/// Files beside `saved_model.pb` that some loader knows.
const BESIDE: &[&str] = &["keras_metadata.pb", "debug/saved_model_debug_info.pb"];

impl Package {
    /// The message that `saved_model.pb` will hold.
    #[must_use]
    pub const fn model(&self) -> &pb::SavedModel {
        &self.model
    }

    fn of_meta(meta_graphs: Vec<pb::MetaGraphDef>) -> Self {
        let model = pb::SavedModel { saved_model_schema_version: 1, meta_graphs };
        Self { model, files: Vec::new(), paths: Vec::new() }
    }
}

impl SavedModel {
    /// The model as it is, with its variables, but for what `strip` leaves out.
    ///
    /// # Errors
    /// [`Error::Package`] when it is no SavedModel, when an asset is not there, or when the graph alone could
    /// restore the variables and that is to be left out.
    pub fn package(&self, strip: &[Strip]) -> Result<Package> {
        if self.kind() != crate::Kind::SavedModel {
            return Err(Error::package("a bare graph: expected a SavedModel"));
        }
        let mut metas: Vec<_> = self.graphs().iter().map(|g| g.meta().clone()).collect();
        for meta in &mut metas {
            strip::strip(meta, strip, self.variables_prefix().is_some())?;
        }
        let mut package = Package::of_meta(metas);
        for graph in self.graphs() {
            for asset in &graph.meta().asset_file_def {
                package.add_asset(self, &asset.filename)?;
            }
        }
        for name in BESIDE {
            let debug = name.starts_with("debug/") && strip.contains(&Strip::Debug);
            if let (false, Some(from)) = (debug, self.own_file(name)) {
                package.files.push(File { from, to: (*name).to_owned() });
            }
        }
        Ok(package)
    }
}

impl Package {
    fn add_asset(&mut self, model: &SavedModel, name: &str) -> Result<()> {
        let path = model.asset(name).ok_or_else(|| {
            Error::package(format!("the asset `{name}` is not inside the model's folder"))
        })?;
        let to = format!("assets/{name}");
        if !path.is_file() {
            return Err(Error::package(format!("there is no asset {}", path.display())));
        }
        if self.files.iter().all(|f| f.to != to) {
            self.files.push(File { from: path, to });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
