//! What `convert` and `quantize` share: how the file is to be, and what is told of it.

use super::data;
use super::tuning::{self, Cost, Tuning};
use crate::failure::{Failure, Outcome};
use crate::human::{self, Align, Table};
use crate::look::shape_text;
use crate::named::NamedFile;
use crate::numbers::show;
use crate::out;
use floe::convert::{Options, PortInfo, Quantize as Mode, Report};
use floe::graph::DType;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How the file is to be.
#[derive(clap::Args)]
pub(crate) struct Making {
    /// The shape of an input, such as `image=1,224,224,3`; -1 for a dimension that stays open
    #[arg(long, value_name = "NAME=SHAPE", allow_hyphen_values = true)]
    shape: Vec<NamedShape>,
    /// The batch where it is open; `open` keeps recurrent layers as loops, which take any batch
    #[arg(long, value_name = "N|open")]
    batch: Option<Batch>,
    /// How numbers are stored
    #[arg(long, value_name = "HOW", default_value = "none")]
    quantize: Quantize,
    /// Samples of an input, along the first axis, from which ranges are learnt: .npy, .npz, or a folder of .npy
    #[arg(long, value_name = "NAME=FILE.npy")]
    representative: Vec<NamedFile>,
    #[command(flatten)]
    tuning: Tuning,
    /// The type of inputs and outputs that are float32 in the model
    #[arg(long, value_name = "TYPE", default_value = "float32")]
    io_type: IoType,
    /// Print the graph as text after this pass; `lower` is the first
    #[arg(long, value_name = "PASS")]
    print_after: Option<String>,
    /// Write a page about what was done: both graphs, what became what, sizes, numeric differences
    #[arg(long, value_name = "PAGE.html")]
    pub(super) report: Option<PathBuf>,
    /// Print what was made as JSON
    #[arg(long)]
    json: bool,
}

/// A shape that is meant for an input.
#[derive(Clone, Debug)]
struct NamedShape {
    name: String,
    dims: Vec<i64>,
}

impl std::str::FromStr for NamedShape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, dims) = text.rsplit_once('=').ok_or("expected NAME=SHAPE")?;
        let dims = dims.split(',').filter(|d| !d.is_empty()).map(|d| match d.trim().parse() {
            Ok(n) if n >= -1 => Ok(n),
            _ => Err(format!("`{d}` is no dimension: expected a number, -1 for an open one")),
        });
        Ok(Self { name: name.to_owned(), dims: dims.collect::<Result<_, _>>()? })
    }
}

/// What becomes of a batch that is open.
#[derive(Clone, Copy, Debug)]
enum Batch {
    Open,
    Of(u32),
}

impl std::str::FromStr for Batch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "open" => Ok(Self::Open),
            Ok(n) if n > 0 => Ok(Self::Of(n)),
            _ => Err("expected a number above 0, or `open`".to_owned()),
        }
    }
}

/// How the numbers of a model are stored.
#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Quantize {
    /// As they are
    None,
    /// Weights as float16
    Float16,
    /// Weights as int8, activations as float32
    Dynamic,
    /// Weights and activations as int8
    Int8,
    /// Weights as int8, activations as int16
    Int16x8,
}

/// The element type of the model's float inputs and outputs.
#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum IoType {
    Float32,
    Int8,
    Uint8,
    Int16,
}

impl From<Quantize> for Mode {
    fn from(how: Quantize) -> Self {
        match how {
            Quantize::None => Self::None,
            Quantize::Float16 => Self::Float16,
            Quantize::Dynamic => Self::Dynamic,
            Quantize::Int8 => Self::Int8,
            Quantize::Int16x8 => Self::Int16x8,
        }
    }
}

impl IoType {
    const fn dtype(self) -> Option<DType> {
        match self {
            Self::Float32 => None,
            Self::Int8 => Some(DType::Int8),
            Self::Uint8 => Some(DType::Uint8),
            Self::Int16 => Some(DType::Int16),
        }
    }
}

/// What was made, in JSON.
#[derive(Serialize)]
struct Made<'a> {
    size: u64,
    ops: &'a BTreeMap<String, u32>,
    inputs: Vec<Port<'a>>,
    outputs: Vec<Port<'a>>,
    warnings: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    quantization: Option<Cost<'a>>,
}

/// One input or output.
#[derive(Serialize)]
struct Port<'a> {
    name: &'a str,
    tensor: &'a str,
    dtype: &'static str,
    shape: &'a [i64],
    scale: Option<&'a [f32]>,
    zero_point: Option<&'a [i64]>,
}

impl<'a> From<&'a PortInfo> for Port<'a> {
    fn from(port: &'a PortInfo) -> Self {
        let quantized = !port.scale.is_empty();
        Self {
            name: &port.name,
            tensor: &port.tensor,
            dtype: port.dtype.name(),
            shape: &port.shape,
            scale: quantized.then_some(&port.scale),
            zero_point: quantized.then_some(&port.zero_point),
        }
    }
}

/// An input of the model: its name, and the name of its tensor.
pub(crate) type Input = (String, String);

impl Making {
    /// Whether the numbers stay as they are.
    pub(crate) const fn keeps_numbers(&self) -> bool {
        matches!(self.quantize, Quantize::None)
    }

    /// The converter's options for a model with these inputs.
    ///
    /// With `analyse` it is measured what quantization costs.
    pub(super) fn options(&self, inputs: &[Input], analyse: bool) -> Outcome<Options> {
        let mut options = Options::default();
        options.print_after.clone_from(&self.print_after);
        options.quantize = self.quantize.into();
        options.ports = self.io_type.dtype();
        options.samples = data::samples(&self.representative, inputs)?;
        options.tuning = self.tuning.options(inputs)?;
        options.tuning.analyse = analyse && options.quantize != Mode::None;
        options.compare = self.report.is_some();
        match self.batch {
            Some(Batch::Open) => options.open_batch = true,
            Some(Batch::Of(n)) => options.batch = Some(n.into()),
            None => {}
        }
        for shape in &self.shape {
            let name = known(inputs, &shape.name)?;
            options.shapes.insert(name, shape.dims.clone());
        }
        Ok(options)
    }

    /// Tells what became of `src`.
    pub(super) fn tell(&self, src: &Path, output: &Path, report: &Report, size: u64) -> Outcome {
        if self.json {
            return out::json(&Made {
                size,
                ops: &report.ops,
                inputs: report.inputs.iter().map(Port::from).collect(),
                outputs: report.outputs.iter().map(Port::from).collect(),
                warnings: &report.warnings,
                quantization: Cost::of(report),
            });
        }
        for warning in &report.warnings {
            eprintln!("warning: {}: {warning}", src.display());
        }
        let mut out = out::stdout();
        if let Some(text) = &report.printed {
            write!(out, "{text}")?;
        }
        let count = report.ops.values().map(|&n| u64::from(n)).sum();
        writeln!(
            out,
            "{}: {}, {}",
            output.display(),
            human::plural(count, "op"),
            human::bytes(size)
        )?;
        let mut table = Table::new(&[("", Align::Left); 5]);
        for (side, ports) in [("in", &report.inputs), ("out", &report.outputs)] {
            for p in ports {
                let quant = match (&p.scale[..], &p.zero_point[..]) {
                    ([scale], [zero]) => {
                        format!("scale {}, zero point {zero}", show((*scale).into()))
                    }
                    _ => String::new(),
                };
                table.row([
                    side.into(),
                    human::clean(&p.name).into_owned(),
                    p.dtype.name().into(),
                    shape_text(&p.shape),
                    quant,
                ]);
            }
        }
        table.write(&mut out, 2)?;
        let ops: Vec<_> = report
            .ops
            .iter()
            .map(|(op, n)| if *n == 1 { op.clone() } else { format!("{n} {op}") })
            .collect();
        writeln!(out, "  ops  {}", ops.join(", "))?;
        tuning::tell(report, &mut out)?;
        Ok(out.flush()?)
    }
}

/// The name of the input that is called `name`, or whose tensor is.
fn known(inputs: &[Input], name: &str) -> Outcome<String> {
    let found = inputs.iter().find(|(n, tensor)| n == name || tensor == name);
    found.map(|(n, _)| n.clone()).ok_or_else(|| {
        let all: Vec<_> = inputs.iter().map(|(n, _)| format!("`{n}`")).collect();
        Failure::usage(format!("there is no input `{name}`; the model takes {}", all.join(", ")))
    })
}
