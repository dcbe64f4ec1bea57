//! `floe bench`: how long a model takes on this machine, and which operators take it.

use crate::failure::{At, Failure, Outcome};
use crate::human::{self, Align, Table};
use crate::out;
use crate::runner::Runner;
use floe::Kind;
use floe::graph::{GraphId, Model, NodeId};
use floe::micro::{Interpreter, Probe, SessionOptions};
use floe::tflite::TfLite;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

/// Time a .tflite in the micro-interpreter, by operator
#[derive(clap::Args)]
#[command(
    after_help = "Inputs are zeros, in the shapes that the file gives. The first run is not counted."
)]
pub(crate) struct Args {
    /// A .tflite
    model: PathBuf,
    /// How many runs to time
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// How many threads share the rows of a convolution or a pool
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    threads: u32,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What was measured.
#[derive(Serialize)]
struct Report {
    runs: u32,
    /// The most threads that ran.
    threads: u32,
    load_ns: u64,
    invoke_ns: Times,
    arena_bytes: usize,
    /// By operator, the most costly first.
    ops: Vec<OpTime>,
}

/// Nanoseconds of one run.
#[derive(Serialize)]
struct Times {
    median: u64,
    min: u64,
}

/// What the operators of one kind take together.
#[derive(Serialize)]
struct OpTime {
    op: String,
    count: usize,
    /// Nanoseconds in the fastest run.
    ns: u64,
    share: f64,
}

/// Takes the time of each operator; of several runs it keeps the fastest.
#[derive(Default)]
struct Clock {
    begun: Option<Instant>,
    spent: BTreeMap<(usize, usize), u64>,
}

impl Probe for Clock {
    fn before(&mut self, _: usize, _: usize) {
        self.begun = Some(Instant::now());
    }

    fn after(&mut self, _: &Interpreter<'_>, graph: usize, op: usize) {
        let ns = self.begun.take().map_or(0, elapsed);
        *self.spent.entry((graph, op)).or_default() += ns;
    }
}

fn elapsed(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
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
        let begun = Instant::now();
        let mut options = SessionOptions::default();
        options.threads = usize::try_from(self.threads).unwrap_or(usize::MAX);
        let mut runner = Runner::with(&bytes, &self.model, options)?;
        let arena_bytes = runner.session.arena_bytes().map_err(|e| runner.explain(e))?;
        let load_ns = elapsed(begun);
        runner.invoke()?;
        let mut times = Vec::new();
        for _ in 0..self.runs {
            let begun = Instant::now();
            runner.session.invoke().map_err(|e| runner.explain(e))?;
            times.push(elapsed(begun));
        }
        times.sort_unstable();
        let ops = self.ops(&mut runner)?;
        let invoke_ns = Times { median: times[times.len() / 2], min: times[0] };
        let report =
            Report { runs: self.runs, threads: self.threads, load_ns, invoke_ns, arena_bytes, ops };
        if self.json {
            return out::json(&report);
        }
        let mut out = out::stdout();
        report.write(&mut out)?;
        Ok(out.flush()?)
    }

    /// Times the operators in runs of their own, so that the clock does not weigh on the whole.
    fn ops(&self, runner: &mut Runner<'_>) -> Outcome<Vec<OpTime>> {
        let mut best: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        for _ in 0..self.runs.min(20) {
            let mut clock = Clock::default();
            runner.session.invoke_with(&mut clock).map_err(|e| runner.explain(e))?;
            for (op, ns) in clock.spent {
                best.entry(op).and_modify(|b| *b = ns.min(*b)).or_insert(ns);
            }
        }
        let model = runner.session.model();
        let mut kinds: BTreeMap<String, (usize, u64)> = BTreeMap::new();
        for ((graph, op), ns) in &best {
            let kind = kinds.entry(name(&model, *graph, *op)).or_default();
            *kind = (kind.0 + 1, kind.1 + ns);
        }
        let total: u64 = best.values().sum();
        let share = |ns: u64| ns as f64 / total.max(1) as f64;
        let mut ops: Vec<_> = kinds
            .into_iter()
            .map(|(op, (count, ns))| OpTime { op, count, ns, share: share(ns) })
            .collect();
        ops.sort_by_key(|o| std::cmp::Reverse(o.ns));
        Ok(ops)
    }
}

fn name(model: &TfLite<'_>, graph: usize, op: usize) -> String {
    let id = NodeId { graph: GraphId(graph as u16), index: op as u32 };
    model.node(id).map_or_else(|_| "?".to_owned(), |n| n.op.name().to_owned())
}

impl Report {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Times { median, min } = self.invoke_ns;
        writeln!(out, "load    {}", human::nanoseconds(self.load_ns))?;
        writeln!(
            out,
            "invoke  {} (fastest {}, of {})",
            human::nanoseconds(median),
            human::nanoseconds(min),
            human::plural(self.runs.into(), "run")
        )?;
        writeln!(out, "arena   {}\n", human::bytes(self.arena_bytes as u64))?;
        let mut table = Table::new(&[
            ("op", Align::Left),
            ("count", Align::Right),
            ("time", Align::Right),
            ("share", Align::Right),
            ("", Align::Left),
        ]);
        for o in &self.ops {
            let bar = "█".repeat((o.share * 30.0).round() as usize);
            table.row([
                o.op.clone(),
                o.count.to_string(),
                human::nanoseconds(o.ns),
                format!("{:.1} %", o.share * 100.0),
                bar,
            ]);
        }
        table.write(out, 0)
    }
}
