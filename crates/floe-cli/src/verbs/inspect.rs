//! `floe inspect`: what an artefact is, at a glance.

use crate::failure::{At, Outcome};
use crate::human::{self, Align, Table};
use crate::look::{quant_text, shape_dims, shape_text};
use crate::macs;
use crate::meta::MetaReport;
use crate::out;
use floe::checkpoint::state::{self, STATE_FILE, State};
use floe::checkpoint::{Checkpoint, Version};
use floe::graph::{DType, Format, GraphId, Model, Port, Result, Side, SignatureId, TensorId, walk};
use floe::micro::{Session, SessionOptions};
use floe::{Artefact, Kind, View};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

/// Say what PATH is, at a glance
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A model or a checkpoint of any format
    path: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        // The process ends behind this verb: to free a graph node by node would take a sixth of its time.
        let artefact = ManuallyDrop::new(floe::open(&self.path).at(&self.path)?);
        let report = Report::of(&self.path, &artefact)?;
        if self.json {
            return out::json(&report);
        }
        let mut out = out::stdout();
        report.write(&self.path, &mut out)?;
        Ok(out.flush()?)
    }
}

/// What there is to say of an artefact.
#[derive(Serialize)]
struct Report {
    #[serde(serialize_with = "kind_name")]
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_bytes: Option<u64>,
    #[serde(flatten)]
    folder: Option<FolderReport>,
    #[serde(flatten)]
    checkpoint: Option<CheckpointReport>,
    #[serde(flatten)]
    model: Option<ModelReport>,
    #[serde(flatten)]
    meta: Option<MetaReport>,
    #[serde(flatten)]
    tensors: TensorReport,
}

impl Report {
    fn of(path: &Path, artefact: &Artefact) -> Outcome<Self> {
        let view = artefact.view().at(path)?;
        let kind = Kind::sniff(path).at(path)?;
        let mut model = view.model().map(ModelReport::of).transpose().at(path)?;
        if let (Some(model), Artefact::TfLite(bytes)) = (&mut model, artefact) {
            model.arena_bytes = arena(bytes);
        }
        Ok(Self {
            kind,
            file_bytes: fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|m| m.len()),
            folder: (kind == Kind::CheckpointFolder).then(|| FolderReport::of(path)).transpose()?,
            checkpoint: match artefact {
                Artefact::Checkpoint(checkpoint) => Some(CheckpointReport::of(checkpoint)),
                _ => None,
            },
            model,
            meta: match artefact {
                Artefact::SavedModel(saved, Kind::SavedModel | Kind::MetaGraph, _) => {
                    Some(MetaReport::of(saved))
                }
                _ => None,
            },
            tensors: TensorReport::of(&view).at(path)?,
        })
    }

    fn write(&self, path: &Path, out: &mut impl Write) -> io::Result<()> {
        let size = self.file_bytes.map_or(String::new(), |n| format!(", {}", human::bytes(n)));
        writeln!(out, "{}: {}{size}", path.display(), self.kind.describe())?;
        if let Some(folder) = &self.folder {
            folder.write(out)?;
        }
        if let Some(checkpoint) = &self.checkpoint {
            checkpoint.write(out)?;
        }
        if let Some(meta) = &self.meta {
            meta.write(out)?;
        }
        if let Some(model) = &self.model {
            if self.meta.is_none() || model.signatures.is_empty() {
                model.write_signatures(out)?;
            }
            model.write_ops(out)?;
        }
        self.tensors.write(out)
    }
}

/// What a `checkpoint` file lists.
#[derive(Serialize)]
struct FolderReport {
    latest: PathBuf,
    all: Vec<PathBuf>,
}

impl FolderReport {
    fn of(path: &Path) -> Outcome<Self> {
        let file = if path.is_dir() { path.join(STATE_FILE) } else { path.to_owned() };
        let state = State::read(&file).at(path)?;
        let resolved = |entry: &String| state::resolve(&file, entry);
        Ok(Self { latest: resolved(&state.latest), all: state.all.iter().map(resolved).collect() })
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out)?;
        for prefix in &self.all {
            let mark = if *prefix == self.latest { "  (latest)" } else { "" };
            writeln!(out, "  {}{mark}", prefix.display())?;
        }
        Ok(())
    }
}

/// How a checkpoint is stored.
#[derive(Serialize)]
struct CheckpointReport {
    prefix: PathBuf,
    version: &'static str,
    shards: u32,
    files: Vec<FileReport>,
}

/// One file of a checkpoint.
#[derive(Serialize)]
struct FileReport {
    file: PathBuf,
    /// `None` when it is missing.
    bytes: Option<u64>,
}

impl CheckpointReport {
    fn of(checkpoint: &Checkpoint) -> Self {
        let file =
            |file: PathBuf| FileReport { bytes: fs::metadata(&file).ok().map(|m| m.len()), file };
        let files: Vec<_> = checkpoint.files().into_iter().map(file).collect();
        let (version, index) = match checkpoint.version() {
            Version::V1 => ("V1", 0),
            Version::V2 => ("V2", 1),
        };
        Self {
            prefix: checkpoint.prefix().to_owned(),
            version,
            shards: (files.len() - index.min(files.len())) as u32,
            files,
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let total: u64 = self.files.iter().filter_map(|f| f.bytes).sum();
        let shards = human::plural(self.shards.into(), "data shard");
        writeln!(out, "\nformat {}, {shards}, {} on disk", self.version, human::bytes(total))?;
        for missing in self.files.iter().filter(|f| f.bytes.is_none()) {
            writeln!(out, "  missing: {}", missing.file.display())?;
        }
        Ok(())
    }
}

/// What the micro-interpreter needs for a model that it can run, in the shapes that the file gives.
fn arena(bytes: &[u8]) -> Option<usize> {
    Session::new(bytes, SessionOptions::default()).ok()?.arena_bytes().ok()
}

fn kind_name<S: Serializer>(kind: &Kind, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(kind.name())
}

/// What an artefact holds in numbers.
#[derive(Serialize)]
struct TensorReport {
    tensors: u32,
    parameters: u64,
    bytes: u64,
    dtypes: BTreeMap<&'static str, u32>,
}

impl TensorReport {
    fn of(of: &View<'_>) -> Result<Self> {
        let tensors = of.tensors();
        let mut report = Self { tensors: 0, parameters: 0, bytes: 0, dtypes: BTreeMap::new() };
        for id in (0..tensors.tensor_count()).map(TensorId) {
            let view = tensors.tensor_info(id)?;
            if !of.holds(id, &view) {
                continue;
            }
            report.tensors += 1;
            *report.dtypes.entry(view.dtype.name()).or_default() += 1;
            if view.dtype != DType::String {
                let elements = view.shape.elements()?.unwrap_or(0);
                report.parameters = report.parameters.saturating_add(elements);
                let bits = view.dtype.bits().unwrap_or(0) as u64;
                report.bytes =
                    report.bytes.saturating_add(elements.saturating_mul(bits).div_ceil(8));
            }
        }
        Ok(report)
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let dtypes: Vec<_> = self.dtypes.iter().map(|(d, n)| format!("{n} {d}")).collect();
        writeln!(
            out,
            "\n{} with {} parameters in {} ({})",
            human::plural(self.tensors.into(), "tensor"),
            human::count(self.parameters),
            human::bytes(self.bytes),
            dtypes.join(", ")
        )
    }
}

/// What a model computes.
#[derive(Serialize)]
struct ModelReport {
    graphs: u16,
    nodes: u64,
    inputs: Vec<PortReport>,
    outputs: Vec<PortReport>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    signatures: BTreeMap<String, SignatureReport>,
    ops: BTreeMap<String, u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    macs: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arena_bytes: Option<usize>,
}

/// The ports of one signature.
#[derive(Serialize)]
struct SignatureReport {
    inputs: Vec<PortReport>,
    outputs: Vec<PortReport>,
}

/// One input or output.
#[derive(Serialize)]
struct PortReport {
    name: String,
    dtype: Option<&'static str>,
    shape: Option<Vec<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scale: Option<Vec<f32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zero_point: Option<Vec<i64>>,
    #[serde(skip)]
    quant: Option<String>,
}

impl ModelReport {
    fn of(model: &dyn Model<'_>) -> Result<Self> {
        let ops = histogram(model)?;
        Ok(Self {
            graphs: model.graph_count(),
            nodes: ops.values().map(|&n| u64::from(n)).sum(),
            inputs: graph_ports(model, Side::Input)?,
            outputs: graph_ports(model, Side::Output)?,
            signatures: (0..model.signature_count())
                .map(|i| SignatureReport::of(model, SignatureId(i)))
                .collect::<Result<_>>()?,
            ops,
            macs: (model.format() == Format::TfLite).then(|| macs::of_model(model)).transpose()?,
            arena_bytes: None,
        })
    }

    fn write_signatures(&self, out: &mut impl Write) -> io::Result<()> {
        if self.signatures.is_empty() {
            write_ports(out, &self.inputs, &self.outputs)?;
        }
        for (key, signature) in &self.signatures {
            writeln!(out, "\nsignature {}", human::clean(key))?;
            write_ports(out, &signature.inputs, &signature.outputs)?;
        }
        Ok(())
    }

    fn write_ops(&self, out: &mut impl Write) -> io::Result<()> {
        let graphs =
            if self.graphs > 1 { format!(" in {} graphs", self.graphs) } else { String::new() };
        writeln!(out, "\n{}{graphs}", human::plural(self.nodes, "op"))?;
        let mut ops: Vec<_> = self.ops.iter().collect();
        ops.sort_by_key(|(name, n)| (std::cmp::Reverse(**n), *name));
        let mut table = Table::new(&[("", Align::Right), ("", Align::Left)]);
        for (name, n) in ops {
            table.row([human::count((*n).into()), human::clean(name).into_owned()]);
        }
        table.write(out, 2)?;
        if let Some(macs) = self.macs {
            write!(out, "\n{} MACs", human::rough(macs))?;
            match self.arena_bytes {
                Some(bytes) => writeln!(out, ", {} of arena", human::bytes(bytes as u64))?,
                None => writeln!(out)?,
            }
        }
        Ok(())
    }
}

impl SignatureReport {
    fn of(model: &dyn Model<'_>, id: SignatureId) -> Result<(String, Self)> {
        let ports = |side| {
            walk::signature_ports(model, id, side)?
                .map(|p| PortReport::of(model, p?))
                .collect::<Result<_>>()
        };
        Ok((
            model.signature(id)?.key.to_owned(),
            Self { inputs: ports(Side::Input)?, outputs: ports(Side::Output)? },
        ))
    }
}

impl PortReport {
    fn of(model: &dyn Model<'_>, port: Port<'_>) -> Result<Self> {
        let value = model.value(port.value)?;
        Ok(Self {
            name: port.name.to_owned(),
            dtype: value.dtype.map(DType::name),
            shape: shape_dims(&value.shape),
            scale: value.quant.map(|q| q.scales.iter().collect()),
            zero_point: value.quant.map(|q| q.zero_points.iter().collect()),
            quant: value.quant.map(|q| quant_text(&q)),
        })
    }
}

fn graph_ports(model: &dyn Model<'_>, side: Side) -> Result<Vec<PortReport>> {
    walk::ports(model, GraphId(0), side)?.map(|p| PortReport::of(model, p?)).collect()
}

/// How often each op occurs. A custom op goes by its own name.
fn histogram(model: &dyn Model<'_>) -> Result<BTreeMap<String, u32>> {
    Ok(walk::op_histogram(model)?.into_iter().map(|(name, n)| (name.to_owned(), n)).collect())
}

fn write_ports(
    out: &mut impl Write,
    inputs: &[PortReport],
    outputs: &[PortReport],
) -> io::Result<()> {
    let mut table = Table::new(&[("", Align::Left); 5]);
    for (side, ports) in [("in", inputs), ("out", outputs)] {
        for port in ports {
            let shape = port.shape.as_ref().map_or("?".into(), |s| shape_text(s));
            table.row([
                side.into(),
                human::clean(&port.name).into_owned(),
                port.dtype.unwrap_or("?").into(),
                shape,
                port.quant.as_ref().map_or(String::new(), |q| format!("scale {q}")),
            ]);
        }
    }
    table.write(out, 2)
}
