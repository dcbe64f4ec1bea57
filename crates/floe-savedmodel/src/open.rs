//! [`SavedModel`]: whatever holds a graph, opened: a directory, a `saved_model.pb`, a `.meta`, a bare
//! GraphDef, binary or text.
//!
//! Invariant: binary files are read through one memory map, which the tensors' contents share.

use crate::sniff::{Form, Kind, sniff};
use crate::{Error, Graph, Result};
use bytes::Bytes;
use floe_graph::map;
use floe_proto::prost::Name;
use floe_proto::tensorflow as pb;
use floe_proto::{Message, text};
use std::path::{Component, Path, PathBuf};

/// Graphs and where they came from.
#[derive(Debug)]
pub struct SavedModel {
    /// What was opened.
    path: PathBuf,
    /// The directory with `variables/` and `assets/`, when it is a SavedModel's.
    dir: Option<PathBuf>,
    kind: Kind,
    graphs: Vec<Graph>,
    fingerprint: Option<pb::FingerprintDef>,
}

impl SavedModel {
    /// Opens a SavedModel's directory or file, a `.meta` or a GraphDef, whatever its name.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::NotAModel`], [`Error::Decode`], [`Error::Text`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = if path.is_dir() { model_file(path)? } else { path.to_owned() };
        let bytes = map::open(&file).map_err(Error::io(&file))?;
        let mut model = Self::parse(bytes, &file)?;
        path.clone_into(&mut model.path);
        if model.kind == Kind::SavedModel {
            model.dir = file.parent().map(Path::to_owned);
            model.read_fingerprint()?;
        }
        Ok(model)
    }

    /// Reads the file `bytes`; `path` is only a name for messages.
    ///
    /// # Errors
    /// [`Error::NotAModel`], [`Error::Decode`], [`Error::Text`].
    pub fn parse(bytes: Bytes, path: &Path) -> Result<Self> {
        let (kind, form) = sniff(&bytes).ok_or_else(|| not_a_model(path, &bytes))?;
        let graphs = match kind {
            Kind::GraphDef => vec![Graph::from_def(decode(bytes, form, path)?)?],
            Kind::MetaGraph => vec![Graph::from_meta(decode(bytes, form, path)?)?],
            Kind::SavedModel => decode::<pb::SavedModel>(bytes, form, path)?
                .meta_graphs
                .into_iter()
                .map(Graph::from_meta)
                .collect::<Result<_>>()?,
        };
        Ok(Self { path: path.to_owned(), dir: None, kind, graphs, fingerprint: None })
    }

    /// What was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which message the file holds.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// All graphs: one for each set of tags.
    #[must_use]
    pub fn graphs(&self) -> &[Graph] {
        &self.graphs
    }

    /// The hashes of a SavedModel's parts, where it has them.
    #[must_use]
    pub const fn fingerprint(&self) -> Option<&pb::FingerprintDef> {
        self.fingerprint.as_ref()
    }

    /// The graph with exactly the tags `tags`; without tags the only graph, else the one for serving.
    ///
    /// # Errors
    /// [`Error::NoSuch`], naming the sets of tags that there are.
    pub fn graph(&self, tags: &[&str]) -> Result<&Graph> {
        let wanted: &[&str] = match (tags, self.graphs.as_slice()) {
            ([], [only]) => return Ok(only),
            ([], _) => &["serve"],
            (tags, _) => tags,
        };
        let matches = |graph: &&Graph| {
            let has = graph.tags();
            has.len() == wanted.len() && wanted.iter().all(|w| has.iter().any(|tag| tag == w))
        };
        self.graphs.iter().find(matches).ok_or_else(|| {
            let have: Vec<_> = self.graphs.iter().map(|g| g.tags().join(",")).collect();
            Error::no_such("set of tags", wanted.join(","), have.iter().map(String::as_str))
        })
    }

    /// The prefix of the checkpoint that belongs to the model: `variables/variables` of a
    /// SavedModel, the name without `.meta` of a `.meta`; `None` when there is no such checkpoint.
    #[must_use]
    pub fn variables_prefix(&self) -> Option<PathBuf> {
        let prefix = match &self.dir {
            Some(dir) => dir.join("variables").join("variables"),
            None if self.path.extension()? == "meta" => self.path.with_extension(""),
            None => return None,
        };
        let mut index = prefix.clone().into_os_string();
        index.push(".index");
        (Path::new(&index).is_file() || prefix.is_file()).then_some(prefix)
    }

    /// The file of the folder `assets` called `name`; `None` for a bare graph, and for a name that
    /// would lead out of the folder.
    #[must_use]
    pub fn asset(&self, name: &str) -> Option<PathBuf> {
        let name = Path::new(name);
        let inside =
            name.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
        inside.then(|| Some(self.dir.as_ref()?.join("assets").join(name)))?
    }

    /// The file `name` of the model's folder, where it is there.
    pub(crate) fn own_file(&self, name: &str) -> Option<PathBuf> {
        Some(self.dir.as_ref()?.join(name)).filter(|p| p.is_file())
    }

    /// The file beside the model, or in its `assets`, that has the name of `path`.
    pub(crate) fn beside(&self, path: &Path) -> Option<PathBuf> {
        let name = path.file_name()?;
        let dir = self.dir.as_deref().or_else(|| self.path.parent())?;
        [dir.join(name), dir.join("assets").join(name)].into_iter().find(|p| p.is_file())
    }

    fn read_fingerprint(&mut self) -> Result<()> {
        let Some(dir) = &self.dir else { return Ok(()) };
        let path = dir.join("fingerprint.pb");
        if path.is_file() {
            let bytes = map::open(&path).map_err(Error::io(&path))?;
            let what = path.display().to_string();
            self.fingerprint =
                Some(pb::FingerprintDef::decode(bytes).map_err(Error::decode(what))?);
        }
        Ok(())
    }
}

/// The model's file in a SavedModel's directory.
fn model_file(dir: &Path) -> Result<PathBuf> {
    let found = ["saved_model.pb", "saved_model.pbtxt"]
        .map(|n| dir.join(n))
        .into_iter()
        .find(|p| p.is_file());
    found.ok_or_else(|| {
        let split = dir.join("saved_model.cpb").is_file();
        let reason = if split {
            "a SavedModel in pieces (saved_model.cpb), which is not supported: save it again in one piece"
        } else {
            "a directory without saved_model.pb"
        };
        Error::NotAModel { path: dir.to_owned(), reason: reason.to_owned() }
    })
}

fn not_a_model(path: &Path, bytes: &[u8]) -> Error {
    let reason = match bytes {
        [] => "an empty file".to_owned(),
        [..] if bytes.get(4..8) == Some(b"TFL3") => "a TFLite model".to_owned(),
        [0x08, 0x03, ..] => "a TF1 Hub module: open the saved_model.pb beside it".to_owned(),
        _ => format!("begins with {:02x?}", bytes.get(..8).unwrap_or(bytes)),
    };
    Error::NotAModel { path: path.to_owned(), reason }
}

fn decode<M: Message + Name + Default>(bytes: Bytes, form: Form, path: &Path) -> Result<M> {
    match form {
        Form::Binary => M::decode(bytes).map_err(Error::decode(path.display().to_string())),
        Form::Text => {
            let text = |source| Error::Text { path: path.to_owned(), source };
            text::from_text(&bytes).map_err(text)
        }
    }
}
