//! How integers are chosen, and what they cost.

use super::data;
use super::making::Input;
use crate::failure::{Failure, Outcome};
use crate::human::{self, Align, Table};
use crate::named::NamedFile;
use floe::convert::{Calibrate, Layer, Report, Test, Tuning as Wanted};
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;

/// Layers that the terminal shows.
const SHOWN: usize = 8;

/// How integers are chosen.
#[derive(clap::Args)]
pub(super) struct Tuning {
    /// How ranges are chosen from what is seen: minmax, average, percentile (99.99, or as in percentile=99.9), mse
    #[arg(long, value_name = "HOW", default_value = "minmax")]
    calibrate: How,
    /// Fail where an operator has no kernel of integers, which else stays float32
    #[arg(long)]
    full_integer: bool,
    /// One scale for all weights of a dense layer, as older runtimes want
    #[arg(long)]
    per_tensor_dense: bool,
    /// Keep layers in float32, those that lose most, until the outputs reach this signal to noise
    #[arg(long, value_name = "DB", conflicts_with = "full_integer")]
    target_sqnr: Option<f32>,
    /// Inputs to count on how often float and quantized model are right; needs --labels
    #[arg(long, value_name = "NAME=FILE.npy", requires = "labels")]
    test: Vec<NamedFile>,
    /// The class of each of them
    #[arg(long, value_name = "FILE.npy", requires = "test")]
    labels: Option<PathBuf>,
}

/// A method, as it is called on the command line.
#[derive(Clone, Copy, Debug)]
struct How(Calibrate);

impl FromStr for How {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = match text.split_once('=') {
            Some((name, number)) => (name, Some(number)),
            None => (text, None),
        };
        Ok(Self(match (name, number) {
            ("minmax", None) => Calibrate::MinMax,
            ("average", None) => Calibrate::MovingAverage,
            ("percentile", _) => match number.unwrap_or("99.99").parse() {
                Ok(p) if p > 50.0 && p <= 100.0 => Calibrate::Percentile(p),
                _ => return Err("expected a percentage above 50, such as percentile=99.9".into()),
            },
            ("mse", None) => Calibrate::Mse,
            _ => return Err("expected minmax, average, percentile or mse".into()),
        }))
    }
}

impl Tuning {
    pub(super) fn options(&self, inputs: &[Input]) -> Outcome<Wanted> {
        let mut wanted = Wanted::default();
        wanted.calibrate = self.calibrate.0;
        wanted.full_integer = self.full_integer;
        wanted.per_tensor_dense = self.per_tensor_dense;
        wanted.target_sqnr = self.target_sqnr;
        if let Some(path) = &self.labels {
            let (samples, labels) = (data::samples(&self.test, inputs)?, data::labels(path)?);
            if labels.len() != samples.count() {
                let what = format!(
                    "{} labels, {} test samples: each needs one",
                    labels.len(),
                    samples.count()
                );
                return Err(Failure::at(path, what));
            }
            wanted.test = Some(Test { samples, labels });
        }
        Ok(wanted)
    }
}

/// What quantization costs, in JSON.
#[derive(Serialize)]
pub(super) struct Cost<'a> {
    sqnr_db: Option<f32>,
    accuracy: Option<Shares>,
    layers: Vec<OneLayer<'a>>,
}

#[derive(Serialize)]
struct Shares {
    float: f64,
    quantized: f64,
    samples: usize,
}

#[derive(Serialize)]
struct OneLayer<'a> {
    tensor: &'a str,
    op: &'a str,
    sqnr_db: Option<f32>,
    loss_db: f32,
    seen: Option<(f32, f32)>,
    held: Option<(f32, f32)>,
    histogram: &'a [u64],
}

impl<'a> Cost<'a> {
    /// Of a report that has some.
    pub(super) fn of(report: &'a Report) -> Option<Self> {
        let layer = |l: &'a Layer| OneLayer {
            tensor: &l.tensor,
            op: &l.op,
            sqnr_db: Some(l.sqnr).filter(|db| db.is_finite()),
            loss_db: l.loss,
            seen: l.seen,
            held: l.held,
            histogram: &l.histogram,
        };
        let accuracy = report.accuracy.map(|a| Shares {
            float: a.float,
            quantized: a.quantized,
            samples: a.samples,
        });
        let some = !report.layers.is_empty() || accuracy.is_some();
        let layers = report.layers.iter().map(layer).collect();
        let sqnr_db = report.sqnr.filter(|db| db.is_finite());
        some.then_some(Self { sqnr_db, accuracy, layers })
    }
}

/// A signal to noise, as people read it.
pub(super) fn decibels(db: f32) -> String {
    if db.is_finite() { format!("{db:.1} dB") } else { "equal".into() }
}

/// Tells the layers that lose most, and how often both models are right.
pub(super) fn tell(report: &Report, out: &mut impl Write) -> io::Result<()> {
    if let Some(db) = report.sqnr {
        writeln!(out, "  signal to noise of the outputs  {}", decibels(db))?;
    }
    if let Some(a) = report.accuracy {
        let percent = |x: f64| format!("{:.2} %", 100.0 * x);
        let (float, quantized) = (percent(a.float), percent(a.quantized));
        writeln!(out, "  right of {}  float {float}, quantized {quantized}", a.samples)?;
    }
    let lossy: Vec<&Layer> = report.layers.iter().filter(|l| l.loss > 0.0).take(SHOWN).collect();
    if lossy.is_empty() {
        return Ok(());
    }
    let head = [
        ("loses", Align::Right),
        ("to", Align::Right),
        ("operator", Align::Left),
        ("tensor", Align::Left),
    ];
    let mut table = Table::new(&head);
    for l in lossy {
        let tensor = human::clean(&l.tensor).into_owned();
        table.row([format!("{:.1} dB", l.loss), decibels(l.sqnr), l.op.clone(), tensor]);
    }
    table.write(out, 2)
}
