//! Which graph of an artefact is meant, and where its variables are: the options that `freeze`, `convert`
//! and `run` share.

use crate::failure::{At, Failure, Outcome};
use crate::progress::Steps;
use floe::Artefact;
use floe::Bytes;
use floe::checkpoint::Checkpoint;
use floe::convert::{
    Converted, Options as ConvertOptions, Signature, Source as ConvertSource, convert_with,
};
use floe::graph::TensorSource;
use floe::savedmodel::{FreezeOptions, Frozen, FrozenPort, Package, SavedModel, Target};
use std::path::{Path, PathBuf};

/// What to take of a SavedModel, MetaGraphDef or GraphDef.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct GraphArgs {
    /// The tags of the graph in a SavedModel, joined by commas
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    pub(crate) tags: Vec<String>,
    /// The signature, by its key
    #[arg(long, value_name = "S", conflicts_with_all = ["graph_inputs", "graph_outputs"])]
    pub(crate) signature: Option<String>,
    #[arg(skip)]
    pub(crate) signatures: Option<Vec<String>>,
    /// In the place of a signature: the tensors to feed, such as `x:0,y:0`
    #[arg(
        id = "graph_inputs",
        long = "inputs",
        value_name = "TENSORS",
        value_delimiter = ',',
        requires = "graph_outputs"
    )]
    pub(crate) inputs: Vec<String>,
    /// In the place of a signature: the tensors to fetch
    #[arg(id = "graph_outputs", long = "outputs", value_name = "TENSORS", value_delimiter = ',')]
    pub(crate) outputs: Vec<String>,
    /// The checkpoint with the variables of a bare graph
    #[arg(long, value_name = "PREFIX")]
    pub(crate) checkpoint: Option<PathBuf>,
}

impl GraphArgs {
    /// Whether something is named that only TensorFlow's graphs have.
    pub(crate) const fn is_of_graphs(&self) -> bool {
        let named = [&self.tags, &self.inputs, &self.outputs];
        !(named[0].is_empty() && named[1].is_empty() && named[2].is_empty())
            || self.checkpoint.is_some()
    }

    fn options(&self) -> FreezeOptions {
        let target = match &self.signature {
            None if self.signatures.is_some() => {
                Target::Signatures(self.signatures.clone().unwrap_or_default())
            }
            Some(key) => Target::Signature(key.clone()),
            None if !self.outputs.is_empty() => {
                Target::Tensors { inputs: self.inputs.clone(), outputs: self.outputs.clone() }
            }
            None => Target::Default,
        };
        FreezeOptions { tags: self.tags.clone(), target, ..FreezeOptions::default() }
    }
}

/// A model with its variables.
pub(crate) struct Source {
    path: PathBuf,
    model: Box<SavedModel>,
    variables: Option<Box<Checkpoint>>,
}

impl Source {
    /// Opens the model at `path`, and its variables: those of `checkpoint`, else those beside it.
    pub(crate) fn open(path: &Path, checkpoint: Option<&PathBuf>) -> Outcome<Self> {
        match floe::open(path).at(path)? {
            Artefact::SavedModel(model, _, beside) => {
                let variables = match checkpoint {
                    Some(prefix) => Some(Box::new(Checkpoint::open(prefix).at(prefix)?)),
                    None => beside,
                };
                Ok(Self { path: path.to_owned(), model, variables })
            }
            other => {
                let what = format!(
                    "a {}: expected a SavedModel, a .meta or a GraphDef",
                    other.kind().describe()
                );
                Err(Failure::at(path, what))
            }
        }
    }

    /// Whether it is a graph without signatures.
    pub(crate) fn is_bare(&self) -> bool {
        self.model.graphs().iter().all(|g| g.signatures().next().is_none())
    }

    /// The key of the signature that is meant; empty where a graph is meant by its tensors.
    fn key(&self, args: &GraphArgs) -> Outcome<String> {
        if !args.outputs.is_empty() {
            return Ok(String::new());
        }
        let tags: Vec<_> = args.tags.iter().map(String::as_str).collect();
        let graph = self.model.graph(&tags).at(&self.path)?;
        Ok(match graph.signature_def(args.signature.as_deref()) {
            Ok((key, _)) => key.to_owned(),
            Err(_) => String::new(),
        })
    }

    /// The model as a `.tflite`.
    pub(crate) fn convert(
        &self,
        args: &GraphArgs,
        frozen: &Frozen,
        options: &ConvertOptions,
    ) -> Outcome<Converted> {
        let signatures = self.signatures(args, frozen)?;
        let mut files = Vec::new();
        for file in &frozen.files {
            let content = std::fs::read(&file.path).at(&file.path)?;
            files.push((file.tensor.clone(), Bytes::from(content)));
        }
        let source = ConvertSource {
            graph: &frozen.graph,
            signatures: &signatures,
            init: &frozen.init,
            files: &files,
        };
        let steps = Steps::new();
        convert_with(&source, options, &mut |name, part| steps.tell(name, part))
            .map_err(|e| Failure::unconvertible(&self.path, e))
    }

    /// The signatures that were frozen: several by their keys, else the one that is meant.
    fn signatures(&self, args: &GraphArgs, frozen: &Frozen) -> Outcome<Vec<Signature>> {
        let names = |ports: &[FrozenPort], key: Option<&str>| {
            let own = ports.iter().filter(|p| key.is_none_or(|k| p.signature == k));
            own.map(|p| (p.name.clone(), p.tensor.clone())).collect::<Vec<_>>()
        };
        if args.signatures.is_none() {
            let (inputs, outputs) = (names(&frozen.inputs, None), names(&frozen.outputs, None));
            return Ok(vec![Signature { key: self.key(args)?, inputs, outputs }]);
        }
        let mut keys: Vec<&str> = Vec::new();
        for port in &frozen.outputs {
            if !keys.contains(&port.signature.as_str()) {
                keys.push(&port.signature);
            }
        }
        // The main subgraph is the signature that is served by default.
        keys.sort_by_key(|k| *k != "serving_default");
        let of = |key: &str| Signature {
            key: key.to_owned(),
            inputs: names(&frozen.inputs, Some(key)),
            outputs: names(&frozen.outputs, Some(key)),
        };
        Ok(keys.into_iter().map(of).collect())
    }

    /// The graph with everything that it needs inside.
    pub(crate) fn freeze(&self, args: &GraphArgs) -> Outcome<Frozen> {
        let variables = self.variables.as_deref();
        let source = variables.as_ref().map(|v| v as &dyn TensorSource<'_>);
        self.model.freeze(source, &args.options()).at(&self.path)
    }

    /// The same as a SavedModel without variables.
    pub(crate) fn freeze_package(
        &self,
        args: &GraphArgs,
        share: bool,
    ) -> Outcome<(Package, Frozen)> {
        let variables = self.variables.as_deref();
        let source = variables.as_ref().map(|v| v as &dyn TensorSource<'_>);
        self.model.freeze_package(source, &args.options(), share).at(&self.path)
    }
}
