//! `floe diff`: two artefacts, structure and numbers, whatever their formats.

mod graph;
mod pairs;
mod values;

use crate::failure::{At, Failure, Outcome};
use crate::human::{self, Align, Table};
use crate::numbers::show;
use crate::out;
use graph::GraphDiff;
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;
use values::{Tolerance, ValueDiff};

/// Compare two artefacts, structure and numbers, whatever their formats
#[derive(clap::Args)]
#[command(after_help = "\
Tensors are paired by name, else by their names without TensorFlow's additions (`:0`,
`/.ATTRIBUTES/VARIABLE_VALUE`), else by equal content. Quantized tensors are compared with others as the
real numbers that they stand for.

Status: 0 no difference beyond the tolerance; 1 there is one.")]
pub(crate) struct Args {
    /// One model or checkpoint
    a: PathBuf,
    /// The other
    b: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Numbers may differ by ATOL + RTOL × |b|
    #[arg(long, value_name = "ATOL", default_value_t = 0.0)]
    atol: f64,
    /// See --atol
    #[arg(long, value_name = "RTOL", default_value_t = 0.0)]
    rtol: f64,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let (a, b) = (floe::open(&self.a).at(&self.a)?, floe::open(&self.b).at(&self.b)?);
        let (a, b) = (a.view().at(&self.a)?, b.view().at(&self.b)?);
        let report = self.compare(&a, &b)?;
        if self.json {
            out::json(&report)?;
        } else {
            let mut out = out::stdout();
            report.write(&mut out)?;
            out.flush()?;
        }
        match report.summary() {
            None => Ok(()),
            Some(what) => {
                Err(Failure::at(&self.b, format!("differs from {}: {what}", self.a.display())))
            }
        }
    }

    fn compare(&self, a: &floe::View<'_>, b: &floe::View<'_>) -> Outcome<Report> {
        let tolerance = Tolerance { atol: self.atol, rtol: self.rtol };
        let (tensors_a, tensors_b) =
            (pairs::held(a.tensors()).at(&self.a)?, pairs::held(b.tensors()).at(&self.b)?);
        let pairs = pairs::pair(&tensors_a, &tensors_b);
        let mut report = Report {
            same: 0,
            different: Vec::new(),
            only_a: Vec::new(),
            only_b: Vec::new(),
            graph: None,
        };
        for (a, b) in &pairs.both {
            let found = values::compare(a, b, tolerance)
                .map_err(|e| Failure::at(&self.b, format!("{e} (tensor `{}`)", b.name)))?;
            match found {
                None => report.same += 1,
                Some(d) => report.different.push(d),
            }
        }
        report.only_a = pairs.only_a.iter().map(|t| t.name.to_owned()).collect();
        report.only_b = pairs.only_b.iter().map(|t| t.name.to_owned()).collect();
        if let (Some(a), Some(b)) = (a.model(), b.model())
            && a.format() == b.format()
        {
            report.graph = Some(graph::compare(a, b).at(&self.b)?);
        }
        Ok(report)
    }
}

/// What differs.
#[derive(Serialize)]
struct Report {
    same: usize,
    different: Vec<ValueDiff>,
    only_a: Vec<String>,
    only_b: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    graph: Option<GraphDiff>,
}

impl Report {
    /// The differences in a few words; `None` without any.
    fn summary(&self) -> Option<String> {
        let parts = [
            (self.different.len(), "tensor", " different"),
            (self.only_a.len() + self.only_b.len(), "tensor", " on one side only"),
            (self.graph.as_ref().map_or(0, GraphDiff::len), "difference", " in the graph"),
        ];
        let parts: Vec<_> = parts
            .iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, what, how)| human::plural(*n as u64, what) + how)
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        if let Some(graph) = &self.graph {
            graph.write(out)?;
        }
        let mut table = Table::new(&[
            ("", Align::Left),
            ("tensor", Align::Left),
            ("a", Align::Left),
            ("b", Align::Left),
            ("largest", Align::Right),
            ("beyond", Align::Right),
        ]);
        for d in &self.different {
            let largest = d.largest.map_or(String::new(), show);
            let beyond = d.beyond.map_or(String::new(), |n| {
                format!("{} of {}", human::count(n), human::count(d.elements))
            });
            table.row([
                "~".into(),
                human::clean(&d.name).into_owned(),
                d.a.clone(),
                d.b.clone(),
                largest,
                beyond,
            ]);
        }
        for (mark, names) in [("-", &self.only_a), ("+", &self.only_b)] {
            for name in names {
                table.row([
                    mark.into(),
                    human::clean(name).into_owned(),
                    String::new(),
                    String::new(),
                    String::new(),
                    String::new(),
                ]);
            }
        }
        if !table.is_empty() {
            table.write(out, 0)?;
        }
        writeln!(
            out,
            "tensors: {} same, {} different, {} only in a, {} only in b",
            self.same,
            self.different.len(),
            self.only_a.len(),
            self.only_b.len()
        )
    }
}
