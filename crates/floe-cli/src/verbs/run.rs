//! `floe run`: a model's outputs for given inputs, by the micro-interpreter.

use crate::export::Item;
use crate::failure::{At, Failure, Outcome};
use crate::human::{self, Align, Table};
use crate::look::shape_text;
use crate::named::{self, NamedFile};
use crate::npy::Array;
use crate::numbers;
use crate::out::{self, NewFile};
use crate::runner::{Given, Runner, Value};
use crate::source::{GraphArgs, Source};
use floe::convert::{Options, Report};
use floe::graph::DType;
use floe::micro::Numerics;
use floe::savedmodel::Frozen;
use floe::{Bytes, Kind};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// Run MODEL on the given inputs and write its outputs
#[derive(clap::Args)]
#[command(after_help = "\
Inputs are .npy files; string tensors are .json: {\"dtype\": \"string\", \"shape\": [..], \"values_b64\": [..]}.
.npy has no bfloat16, float8 or 4-bit types: such files hold the raw bits as uint16, uint8, int8.
Inputs without a name are taken in the model's order. DIR gets 0.npy, 1.npy … and outputs.json.

Example:
  floe run model.tflite --input x=image.npy --output out/")]
pub(crate) struct Args {
    /// A .tflite; or a SavedModel or GraphDef, which is converted in memory first
    model: PathBuf,
    /// The signature to run, by its key
    #[arg(long, value_name = "S")]
    signature: Option<String>,
    /// Only these outputs, joined by commas; of a GraphDef its tensors, such as `probs:0`
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    outputs: Vec<String>,
    /// An input; once for each
    #[arg(long = "input", value_name = "[NAME=]FILE")]
    inputs: Vec<NamedFile>,
    /// The folder for the outputs
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// The first axis of every input counts samples: run once for each, stack the outputs
    #[arg(long)]
    samples: bool,
    /// Whose integers to reproduce
    #[arg(long, value_name = "REFERENCE", default_value = "litert")]
    numerics: Reference,
    /// The checkpoint with the variables of a bare graph
    #[arg(long, value_name = "PREFIX")]
    checkpoint: Option<PathBuf>,
    /// Print what was written as JSON
    #[arg(long)]
    json: bool,
}

/// Implementations whose integer results differ in the last bit.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Reference {
    /// LiteRT's reference kernels
    Litert,
    /// TensorFlow Lite Micro's
    Tflm,
}

impl From<Reference> for Numerics {
    fn from(reference: Reference) -> Self {
        match reference {
            Reference::Litert => Self::LiteRt,
            Reference::Tflm => Self::Tflm,
        }
    }
}

/// One line of `outputs.json`.
#[derive(Serialize)]
struct Line {
    name: String,
    dtype: &'static str,
    shape: Vec<i64>,
    file: String,
}

/// A model that can be run.
enum Model {
    /// A `.tflite`.
    TfLite(Bytes),
    /// One that was made in memory, and what it is.
    Made(Vec<u8>, Box<Report>),
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let given = self.read()?;
        let model = self.model(&given)?;
        let mut runner = match &model {
            Model::TfLite(bytes) => {
                Runner::new(bytes, &self.model, self.signature.as_deref(), self.numerics.into())?
            }
            Model::Made(bytes, report) => {
                let mut runner = Runner::new(bytes, &self.model, None, self.numerics.into())?;
                runner.rename(&report.inputs, &report.outputs);
                runner
            }
        };
        let given = runner.assign(given)?;
        let values =
            if self.samples { samples(&mut runner, &given)? } else { once(&mut runner, &given)? };
        self.write(&runner, &values)
    }

    fn read(&self) -> Outcome<Vec<(NamedFile, Array)>> {
        let read = |file: &NamedFile| {
            let array = Array::read(&file.path).map_err(|e| Failure::at(&file.path, e))?;
            Ok((file.clone(), array))
        };
        self.inputs.iter().map(read).collect()
    }

    /// The model as a `.tflite`: the file itself, or what the graph is converted to.
    fn model(&self, given: &[(NamedFile, Array)]) -> Outcome<Model> {
        if Kind::sniff(&self.model).at(&self.model)? == Kind::TfLite {
            return Ok(Model::TfLite(floe::graph::map::open(&self.model).at(&self.model)?));
        }
        let source = Source::open(&self.model, self.checkpoint.as_ref())?;
        let bare = self.signature.is_none() && !self.outputs.is_empty() && source.is_bare();
        let named = || self.inputs.iter().filter_map(|i| i.name.clone()).collect();
        let args = GraphArgs {
            signature: self.signature.clone(),
            inputs: if bare { named() } else { Vec::new() },
            outputs: if bare { self.outputs.clone() } else { Vec::new() },
            ..GraphArgs::default()
        };
        let frozen = source.freeze(&args)?;
        let mut options = Options::default();
        options.shapes = self.shapes(&frozen, given)?;
        let converted = source.convert(&args, &frozen, &options)?;
        Ok(Model::Made(converted.to_vec().at(&self.model)?, Box::new(converted.report)))
    }

    /// The shapes of the inputs, as the files have them.
    fn shapes(
        &self,
        frozen: &Frozen,
        given: &[(NamedFile, Array)],
    ) -> Outcome<BTreeMap<String, Vec<i64>>> {
        let names: Vec<_> =
            frozen.inputs.iter().map(|p| vec![p.name.clone(), p.tensor.clone()]).collect();
        let shape = |array: &Array| {
            array
                .shape
                .iter()
                .skip(usize::from(self.samples))
                .map(|d| d.cast_signed())
                .collect::<Vec<_>>()
        };
        let given = given.iter().map(|(file, array)| (file.clone(), shape(array))).collect();
        let shapes = named::assign(given, &names)
            .map_err(|e| Failure::usage(format!("{}: {e}", self.model.display())))?;
        Ok(frozen.inputs.iter().map(|p| p.name.clone()).zip(shapes).collect())
    }

    fn write(&self, runner: &Runner<'_>, values: &[Value]) -> Outcome {
        let mut lines = Vec::new();
        let mut table = Table::new(&[
            ("", Align::Left),
            ("", Align::Left),
            ("", Align::Left),
            ("", Align::Left),
        ]);
        let wanted = |name: &str| self.outputs.is_empty() || self.outputs.iter().any(|o| o == name);
        if let Some(unknown) =
            self.outputs.iter().find(|o| !runner.outputs.iter().any(|(n, ..)| n == *o))
        {
            let names: Vec<_> = runner.outputs.iter().map(|(n, ..)| format!("`{n}`")).collect();
            return Err(Failure::usage(format!(
                "{}: there is no output `{unknown}`; the model gives {}",
                self.model.display(),
                names.join(", ")
            )));
        }
        for ((name, dtype, _), value) in
            runner.outputs.iter().zip(values).filter(|((n, ..), _)| wanted(n))
        {
            let extension = if *dtype == DType::String { "json" } else { "npy" };
            let file = format!("{}.{extension}", lines.len());
            let path = self.output.join(&file);
            let view = value.view(*dtype);
            table.row([
                path.display().to_string(),
                human::clean(name).into_owned(),
                format!("{dtype} {}", shape_text(&value.dims)),
                first(&view),
            ]);
            Item { name, view }.write_file(&path)?;
            lines.push(Line {
                name: name.clone(),
                dtype: dtype.name(),
                shape: value.dims.clone(),
                file,
            });
        }
        let path = self.output.join("outputs.json");
        let mut index = NewFile::create(&path)?;
        out::write_json(&lines, &mut index).at(&path)?;
        index.finish()?;
        if self.json {
            return out::json(&lines);
        }
        let mut out = out::stdout();
        table.write(&mut out, 0)?;
        Ok(out.flush()?)
    }
}

fn once(runner: &mut Runner<'_>, given: &[Given]) -> Outcome<Vec<Value>> {
    for (i, g) in given.iter().enumerate() {
        let count = g.array.shape.iter().product();
        runner.fill(i, &g.array.shape, &g.bytes(0, count), &g.path)?;
    }
    runner.invoke()
}

/// Runs once for each index of the first axis, and stacks what comes out.
fn samples(runner: &mut Runner<'_>, given: &[Given]) -> Outcome<Vec<Value>> {
    // A model without inputs has one sample.
    let count = given.first().map_or(1, |g| g.array.shape.first().copied().unwrap_or(0));
    if let Some(g) = given.iter().find(|g| g.array.shape.first() != Some(&count)) {
        let what = format!(
            "its first axis is {:?}, that of {} is {count}: with --samples they are equal",
            g.array.shape.first().unwrap_or(&0),
            given[0].path.display()
        );
        return Err(Failure::at(&g.path, what));
    }
    let mut stacked: Vec<Value> = Vec::new();
    for n in 0..count {
        for (i, g) in given.iter().enumerate() {
            let dims = &g.array.shape[1..];
            let size: u64 = dims.iter().product();
            runner.fill(i, dims, &g.bytes(n * size, (n + 1) * size), &g.path)?;
        }
        runner.reset()?;
        stack(&mut stacked, runner.invoke()?, runner, n)?;
    }
    for value in &mut stacked {
        value.dims.insert(0, count.cast_signed());
    }
    Ok(stacked)
}

fn stack(stacked: &mut Vec<Value>, values: Vec<Value>, runner: &Runner<'_>, n: u64) -> Outcome {
    if stacked.is_empty() {
        *stacked = values;
        return Ok(());
    }
    for ((all, one), (name, dtype, _)) in stacked.iter_mut().zip(values).zip(&runner.outputs) {
        if all.dims != one.dims {
            let what = format!(
                "output `{name}` of sample {n} is {}, of those before {}: run them one by one",
                shape_text(&one.dims),
                shape_text(&all.dims)
            );
            return Err(Failure::at(runner.path(), what));
        }
        all.append(&one, *dtype, n);
    }
    Ok(())
}

/// The first numbers of a tensor.
fn first(view: &floe::graph::TensorView<'_>) -> String {
    const SHOWN: usize = 6;
    let mut text = Vec::new();
    let mut count = 0usize;
    let read = numbers::for_each(view, |x| {
        count += 1;
        if text.len() < SHOWN {
            text.push(numbers::show(x));
        }
    });
    match read {
        Ok(()) if count > SHOWN => text.join(" ") + " …",
        Ok(()) => text.join(" "),
        Err(_) => String::new(),
    }
}
