//! `floe plan`: what a model needs on a microcontroller, and which tensors need it when.

use crate::failure::{At, Failure, Outcome};
use crate::human::{self, Align, Table};
use crate::macs;
use crate::out;
use crate::runner::Runner;
use floe::Kind;
use floe::graph::{GraphId, Input, Model, NodeId, Result, Side, TensorSource as _, ValueId, walk};
use floe::micro::Numerics;
use floe::tflite::TfLite;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::path::PathBuf;

/// Say what a .tflite needs on a microcontroller: memory over time, flash, operators
#[derive(clap::Args)]
#[command(after_help = "\
The arena is what the micro-interpreter really takes: activations, state, scratch and its tables. `live`
counts the activations that an operator needs; they take less where an output may run over its input. The
map shows the arena from its end down to its beginning, an operator a column: which tensor lies where.

Status: 1 also when a limit is exceeded.")]
pub(crate) struct Args {
    /// A .tflite
    model: PathBuf,
    /// Fail when the arena is larger
    #[arg(long, value_name = "BYTES")]
    max_arena: Option<u64>,
    /// Fail when the model file is larger
    #[arg(long, value_name = "BYTES")]
    max_flash: Option<u64>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What a model needs.
#[derive(Serialize)]
struct Report {
    arena_bytes: u64,
    /// The most bytes of activations at once, and the operator that needs them.
    peak_bytes: u64,
    peak_op: usize,
    flash_bytes: u64,
    weight_bytes: u64,
    macs: u64,
    ops: BTreeMap<String, u32>,
    steps: Vec<Step>,
    activations: Vec<Activation>,
}

/// One operator, in the order in which they run.
#[derive(Serialize)]
struct Step {
    op: String,
    live_bytes: u64,
    macs: u64,
}

/// A tensor that lies in the arena.
#[derive(Serialize)]
struct Activation {
    name: String,
    #[serde(skip)]
    tensor: usize,
    bytes: u64,
    /// Where in the arena it begins; absent for what is known before the model runs.
    offset: Option<u64>,
    /// The operator before which it must be there.
    first: usize,
    /// The operator after which it is no longer needed.
    last: usize,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let kind = Kind::sniff(&self.model).at(&self.model)?;
        if kind != Kind::TfLite {
            return Err(Failure::at(
                &self.model,
                format!("a {}: convert it first, with `floe convert`", kind.describe()),
            ));
        }
        let bytes = floe::graph::map::open(&self.model).at(&self.model)?;
        let mut runner = Runner::new(&bytes, &self.model, None, Numerics::default())?;
        let arena = runner.session.arena_bytes().map_err(|e| runner.explain(e))?;
        let mut report =
            Report::of(&runner.session.model(), arena as u64, bytes.len() as u64).at(&self.model)?;
        for activation in &mut report.activations {
            let range =
                runner.session.range_of(activation.tensor).map_err(|e| runner.explain(e))?;
            activation.offset = range.map(|r| r.start as u64);
        }
        if self.json {
            out::json(&report)?;
        } else {
            let mut out = out::stdout();
            report.write(&mut out)?;
            out.flush()?;
        }
        self.limits(&report)
    }

    fn limits(&self, report: &Report) -> Outcome {
        let over = |what: &str, need: u64, limit: Option<u64>, most: String| {
            limit.filter(|&l| need > l).map(|l| {
                Failure::at(
                    &self.model,
                    format!(
                        "{what} {} bytes, allowed {}: {most}",
                        human::count(need),
                        human::count(l)
                    ),
                )
            })
        };
        let weights = format!("weights are {} of it", human::bytes(report.weight_bytes));
        let failures = [
            over("arena", report.arena_bytes, self.max_arena, report.biggest()),
            over("flash", report.flash_bytes, self.max_flash, weights),
        ];
        failures.into_iter().flatten().reduce(Failure::and).map_or(Ok(()), Err)
    }
}

impl Report {
    fn of(model: &TfLite<'_>, arena_bytes: u64, flash_bytes: u64) -> Result<Self> {
        let activations = lifetimes(model)?;
        let mut steps = Vec::new();
        for (i, node) in walk::nodes(model, GraphId(0))?.enumerate() {
            let live = activations.iter().filter(|a| (a.first..=a.last).contains(&i));
            steps.push(Step {
                op: model.node(node)?.op.name().to_owned(),
                live_bytes: live.map(|a| a.bytes).sum(),
                macs: macs::of_node(model, node)?,
            });
        }
        let peak =
            steps.iter().enumerate().max_by_key(|(i, s)| (s.live_bytes, std::cmp::Reverse(*i)));
        let (peak_op, peak_bytes) = peak.map_or((0, 0), |(i, s)| (i, s.live_bytes));
        let mut weight_bytes = 0;
        for id in (0..model.tensor_count()).map(floe::graph::TensorId) {
            let view = model.tensor(id)?;
            if !view.payload.is_absent() {
                weight_bytes += size(view.dtype.bits(), &view.shape);
            }
        }
        Ok(Self {
            arena_bytes,
            peak_bytes,
            peak_op,
            flash_bytes,
            weight_bytes,
            macs: macs::of_model(model)?,
            ops: walk::op_histogram(model)?.into_iter().map(|(op, n)| (op.to_owned(), n)).collect(),
            steps,
            activations,
        })
    }

    /// The largest tensors at the moment of the largest need.
    fn biggest(&self) -> String {
        let mut live: Vec<_> = self
            .activations
            .iter()
            .filter(|a| (a.first..=a.last).contains(&self.peak_op))
            .collect();
        live.sort_by_key(|a| std::cmp::Reverse(a.bytes));
        let live: Vec<_> = live
            .iter()
            .take(3)
            .map(|a| format!("`{}` {}", human::clean(&a.name), human::bytes(a.bytes)))
            .collect();
        let op = self.steps.get(self.peak_op).map_or("", |s| s.op.as_str());
        format!("while {op} (operator {}) runs, it holds {}", self.peak_op, live.join(", "))
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "arena  {} bytes ({} of activations at the most, in operator {})",
            human::count(self.arena_bytes),
            human::bytes(self.peak_bytes),
            self.peak_op
        )?;
        writeln!(
            out,
            "flash  {} bytes ({} of weights)",
            human::count(self.flash_bytes),
            human::bytes(self.weight_bytes)
        )?;
        writeln!(out, "work   {} MACs\n", human::rough(self.macs))?;
        let mut table = Table::new(&[
            ("", Align::Right),
            ("op", Align::Left),
            ("MACs", Align::Right),
            ("live", Align::Right),
            ("", Align::Left),
        ]);
        for (i, step) in self.steps.iter().enumerate() {
            let bar = "█".repeat((step.live_bytes * 30).div_ceil(self.peak_bytes.max(1)) as usize);
            let macs = if step.macs == 0 { String::new() } else { human::rough(step.macs) };
            table.row([i.to_string(), step.op.clone(), macs, human::bytes(step.live_bytes), bar]);
        }
        table.write(out, 0)?;
        writeln!(out)?;
        let mut table = Table::new(&[
            ("", Align::Left),
            ("tensor", Align::Left),
            ("at", Align::Right),
            ("bytes", Align::Right),
            ("lives", Align::Left),
        ]);
        for (a, letter) in self.activations.iter().zip(letters()) {
            let at = a.offset.map_or(String::new(), human::count);
            table.row([
                letter.to_string(),
                human::clean(&a.name).into_owned(),
                at,
                human::count(a.bytes),
                a.picture(self.steps.len()),
            ]);
        }
        table.write(out, 0)?;
        self.map(out)
    }

    /// The arena in bands, from its end down: the letter of the tensor in the middle of each while an operator
    /// runs, of two that overlap the one that is written.
    fn map(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "\nmap")?;
        let width = self.arena_bytes.to_string().len();
        for band in (0..BANDS).rev() {
            let start = self.arena_bytes * band / BANDS;
            let middle = self.arena_bytes * (2 * band + 1) / (2 * BANDS);
            let row: String =
                columns(self.steps.len()).map(|ops| self.cell(middle, &ops)).collect();
            writeln!(out, "{start:>width$}  {}", row.trim_end())?;
        }
        Ok(())
    }

    /// The letter of what lies at byte `at` while one of the operators `ops` runs.
    fn cell(&self, at: u64, ops: &Range<usize>) -> char {
        let covers = |a: &Activation| a.offset.is_some_and(|o| (o..o + a.bytes).contains(&at));
        let live = |a: &Activation| a.first < ops.end && ops.start <= a.last;
        let there = self.activations.iter().zip(letters()).filter(|(a, _)| covers(a) && live(a));
        there.max_by_key(|(a, _)| a.first).map_or('·', |(_, letter)| letter)
    }
}

/// Bands of the map.
const BANDS: u64 = 16;

/// What tensors are called in the map, over and over.
fn letters() -> impl Iterator<Item = char> {
    ('a'..='z').chain('A'..='Z').cycle()
}

/// The operators of each column of a picture: one, or a few when there are many.
fn columns(ops: usize) -> impl Iterator<Item = Range<usize>> {
    let each = ops.div_ceil(60).max(1);
    (0..ops).step_by(each).map(move |from| from..from + each)
}

impl Activation {
    /// A mark for each operator (or for a few, when there are many) during which it lives.
    fn picture(&self, ops: usize) -> String {
        let mark = |column: Range<usize>| {
            if column.start <= self.last && self.first < column.end { '█' } else { '·' }
        };
        columns(ops).map(mark).collect()
    }
}

fn size(bits: Option<usize>, shape: &floe::graph::Shape<'_>) -> u64 {
    // One sample where the batch is open.
    let elements = shape.iter().fold(1u64, |n, d| n.saturating_mul(d.unsigned_abs()));
    elements.saturating_mul(bits.unwrap_or(0) as u64).div_ceil(8)
}

/// The tensors of the main graph that are computed, and from which operator to which they live.
fn lifetimes(model: &TfLite<'_>) -> Result<Vec<Activation>> {
    let ops = model.graph(GraphId(0))?.nodes as usize;
    let mut lives: BTreeMap<ValueId, (usize, usize)> = BTreeMap::new();
    for port in walk::ports(model, GraphId(0), Side::Input)? {
        lives.insert(port?.value, (0, 0));
    }
    for i in 0..ops {
        let node = NodeId { graph: GraphId(0), index: i as u32 };
        for input in walk::inputs(model, node)? {
            if let Input::Value(value) = input? {
                lives.entry(value).or_insert((0, i)).1 = i;
            }
        }
        for output in walk::outputs(model, node)? {
            lives.entry(output?).or_insert((i, i));
        }
    }
    for port in walk::ports(model, GraphId(0), Side::Output)? {
        if let Some(life) = lives.get_mut(&port?.value) {
            life.1 = ops.saturating_sub(1);
        }
    }
    let mut activations = Vec::new();
    for (value, (first, last)) in lives {
        let info = model.value(value)?;
        let bytes = size(info.dtype.and_then(floe::graph::DType::bits), &info.shape);
        if info.constant.is_none() && bytes > 0 {
            let name = model.value_name(value)?.to_owned();
            activations.push(Activation {
                name,
                tensor: value.index as usize,
                bytes,
                offset: None,
                first,
                last,
            });
        }
    }
    activations.sort_by(|a, b| (a.first, a.last, &a.name).cmp(&(b.first, b.last, &b.name)));
    Ok(activations)
}
