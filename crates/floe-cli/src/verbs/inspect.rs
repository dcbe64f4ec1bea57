//! `floe inspect`: what an artefact is, at a glance.

use crate::failure::{At, Outcome};
use crate::human::{self, Align, Table};
use crate::look::{quant_text, shape_dims, shape_text};
use crate::out;
use floe::{Artefact, Kind};
use floe::graph::{GraphId, Model, Payload, Port, Result, Side, SignatureId, TensorId, TensorSource, walk};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::io::{self, Write};
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
        let artefact = floe::open(&self.path).at(&self.path)?;
        let mut report = Report::of(&artefact).at(&self.path)?;
        report.file_bytes = std::fs::metadata(&self.path).ok().filter(|m| m.is_file()).map(|m| m.len());
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
    model: Option<ModelReport>,
    #[serde(flatten)]
    tensors: TensorReport,
}

impl Report {
    fn of(artefact: &Artefact) -> Result<Self> {
        let view = artefact.view()?;
        Ok(Self {
            kind: artefact.kind(),
            file_bytes: None,
            model: view.model().map(ModelReport::of).transpose()?,
            tensors: TensorReport::of(view.tensors())?,
        })
    }

    fn write(&self, path: &Path, out: &mut impl Write) -> io::Result<()> {
        let size = self.file_bytes.map_or(String::new(), |n| format!(", {}", human::bytes(n)));
        writeln!(out, "{}: {}{size}", path.display(), self.kind.describe())?;
        if let Some(model) = &self.model {
            model.write(out)?;
        }
        self.tensors.write(out)
    }
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
    fn of(tensors: &dyn TensorSource<'_>) -> Result<Self> {
        let mut report = Self { tensors: 0, parameters: 0, bytes: 0, dtypes: BTreeMap::new() };
        for id in (0..tensors.tensor_count()).map(TensorId) {
            let view = tensors.tensor(id)?;
            if view.payload.is_absent() {
                continue;
            }
            report.tensors += 1;
            *report.dtypes.entry(view.dtype.name()).or_default() += 1;
            if !matches!(view.payload, Payload::Strings(_)) {
                let elements = view.shape.elements()?.unwrap_or(0);
                report.parameters = report.parameters.saturating_add(elements);
                let bits = view.dtype.bits().unwrap_or(0) as u64;
                report.bytes = report.bytes.saturating_add(elements.saturating_mul(bits).div_ceil(8));
            }
        }
        Ok(report)
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let dtypes: Vec<_> = self.dtypes.iter().map(|(d, n)| format!("{n} {d}")).collect();
        writeln!(out, "\n{} with {} parameters in {} ({})",
            human::plural(self.tensors.into(), "tensor"), human::count(self.parameters), human::bytes(self.bytes), dtypes.join(", "))
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
        })
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        if self.signatures.is_empty() {
            write_ports(out, &self.inputs, &self.outputs)?;
        }
        for (key, signature) in &self.signatures {
            writeln!(out, "\nsignature {}", human::clean(key))?;
            write_ports(out, &signature.inputs, &signature.outputs)?;
        }
        let graphs = if self.graphs > 1 { format!(" in {} graphs", self.graphs) } else { String::new() };
        writeln!(out, "\n{}{graphs}", human::plural(self.nodes, "op"))?;
        let mut ops: Vec<_> = self.ops.iter().collect();
        ops.sort_by_key(|(name, n)| (std::cmp::Reverse(**n), *name));
        let mut table = Table::new(&[("", Align::Right), ("", Align::Left)]);
        for (name, n) in ops {
            table.row([human::count((*n).into()), human::clean(name).into_owned()]);
        }
        table.write(out, 2)
    }
}

impl SignatureReport {
    fn of(model: &dyn Model<'_>, id: SignatureId) -> Result<(String, Self)> {
        let ports = |side| walk::signature_ports(model, id, side)?.map(|p| PortReport::of(model, p?)).collect::<Result<_>>();
        Ok((model.signature(id)?.key.to_owned(), Self { inputs: ports(Side::Input)?, outputs: ports(Side::Output)? }))
    }
}

impl PortReport {
    fn of(model: &dyn Model<'_>, port: Port<'_>) -> Result<Self> {
        let value = model.value(port.value)?;
        Ok(Self {
            name: port.name.to_owned(),
            dtype: value.dtype.map(|d| d.name()),
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

fn write_ports(out: &mut impl Write, inputs: &[PortReport], outputs: &[PortReport]) -> io::Result<()> {
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
