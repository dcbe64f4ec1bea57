//! Which graph of an artefact is meant, and where its variables are: the options that `freeze`, `convert`
//! and `run` share.

use crate::failure::{At, Failure, Outcome};
use floe::Artefact;
use floe::checkpoint::Checkpoint;
use floe::convert::{
    Converted, Error as ConvertError, Options as ConvertOptions, Source as ConvertSource, convert,
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
    fn options(&self) -> FreezeOptions {
        let target = match &self.signature {
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
        let names = |ports: &[FrozenPort]| {
            ports.iter().map(|p| (p.name.clone(), p.tensor.clone())).collect::<Vec<_>>()
        };
        let (inputs, outputs, key) =
            (names(&frozen.inputs), names(&frozen.outputs), self.key(args)?);
        let source = ConvertSource {
            graph: &frozen.graph,
            key: &key,
            inputs: &inputs,
            outputs: &outputs,
            init: &frozen.init,
        };
        convert(&source, options).map_err(|e| self.unconvertible(e))
    }

    /// A line for each node that stands in the way.
    fn unconvertible(&self, e: ConvertError) -> Failure {
        match e {
            ConvertError::Unconvertible(problems) => {
                let lines = problems.iter().map(|p| {
                    Failure::at(
                        &self.path,
                        format!("{} cannot be converted: {} (node `{}`)", p.op, p.reason, p.node),
                    )
                });
                lines.reduce(Failure::and).unwrap_or(Failure::ClosedPipe)
            }
            other => Failure::at(&self.path, other),
        }
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
