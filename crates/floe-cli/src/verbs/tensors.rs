//! `floe tensors`: every tensor that an artefact holds, its digest, its elements, its export.

use crate::export::{self, Item};
use crate::failure::{At, Failure, Outcome};
use crate::human::{self, Align, Table};
use crate::look::{dims, quant_text, shape_text};
use crate::numbers::{self, Summary};
use crate::out;
use crate::select;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use floe::checkpoint::{Cut, Glob, Slice, TensorList, Variant};
use floe::graph::{DType, Error, Payload, Strings, TensorId, TensorView};
use floe::{Artefact, OpenError, View};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};

/// List, digest, show or export the tensors that PATH holds
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A model or a checkpoint of any format
    path: PathBuf,
    /// Print a JSON array, sorted by name
    #[arg(long)]
    json: bool,
    /// Add the SHA-256 of the elements (little-endian, row-major); the values of string tensors
    #[arg(long)]
    sha256: bool,
    /// Only the tensor of this name
    #[arg(long, conflicts_with = "glob")]
    name: Option<String>,
    /// Only tensors whose name matches: `*` any run, `?` any character, `[a-z]` a set
    #[arg(long = "match", value_name = "GLOB", value_parser = Glob::new)]
    glob: Option<Glob>,
    /// Only this part: `start,length` for each dimension joined by `:`, `-` for a whole one
    #[arg(long, value_name = "SLICE", allow_hyphen_values = true, value_parser = select::slice)]
    slice: Option<Slice>,
    /// Write the tensors to OUT: .npy (one tensor), .npz, .safetensors, or a folder of .npy
    #[arg(long, value_name = "OUT")]
    export: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let artefact = floe::open(&self.path).at(&self.path)?;
        let view = artefact.view().at(&self.path)?;
        let found = self.find(&artefact, &view)?;
        let cuts = found.iter().map(|t| self.cut(t)).collect::<Outcome<Vec<_>>>()?;
        let found: Vec<_> =
            found.iter().zip(&cuts).map(|(t, cut)| t.cut_to(cut.as_ref())).collect();
        if let Some(target) = &self.export {
            self.write(&found, target)?;
        }
        match (&self.name, &found[..]) {
            _ if self.json => out::json_lines(found.iter().map(|t| self.line(t))),
            _ if self.export.is_some() => Ok(()),
            (Some(_), [one]) => self.show(one),
            _ => self.list(&found),
        }
    }

    /// The tensors that are asked for, sorted by name.
    fn find<'d>(&self, artefact: &Artefact, view: &View<'d>) -> Outcome<Vec<Found<'d>>> {
        let tensors = view.tensors();
        let mut ids = Vec::new();
        for id in (0..tensors.tensor_count()).map(TensorId) {
            let name = tensors
                .tensor_name(id)
                .map_err(|e| Failure::at(&self.path, artefact.explain(id, e)))?;
            if self.name.as_ref().is_none_or(|n| n == name)
                && self.glob.as_ref().is_none_or(|g| g.is_match(name))
            {
                ids.push((name, id));
            }
        }
        if let Some(name) = self.name.as_ref().filter(|_| ids.is_empty()) {
            return Err(self.no_such(name, view));
        }
        ids.sort();
        let found = |(name, id)| self.tensor(artefact, view, name, id);
        ids.into_iter().map(found).collect()
    }

    fn no_such(&self, name: &str, view: &View<'_>) -> Failure {
        const SHOWN: usize = 3;
        let (path, tensors) = (self.path.display(), view.tensors());
        let names =
            (0..tensors.tensor_count()).filter_map(|id| tensors.tensor_name(TensorId(id)).ok());
        let near: Vec<_> = names
            .filter(|n| n.contains(name))
            .take(SHOWN)
            .map(|n| format!("`{}`", human::clean(n)))
            .collect();
        let hint = match &near[..] {
            [] => format!("`floe tensors {path}` lists what there is"),
            near => format!("did you mean {}?", near.join(", ")),
        };
        Failure::at(&self.path, format!("there is no tensor `{name}`; {hint}"))
    }

    /// Whether the elements are asked for, not only what the tensors are.
    fn reads_elements(&self) -> bool {
        self.sha256 || self.export.is_some() || self.name.is_some()
    }

    fn tensor<'d>(
        &self,
        artefact: &Artefact,
        from: &View<'d>,
        name: &'d str,
        id: TensorId,
    ) -> Outcome<Found<'d>> {
        let tensors = from.tensors();
        let view = if self.reads_elements() { tensors.tensor(id) } else { tensors.tensor_info(id) };
        let view = view.map_err(|e| match artefact.explain(id, e) {
            // Without a name for the tensor, add it.
            OpenError::Read(e) => self.failure(name, e),
            named => Failure::at(&self.path, named),
        })?;
        Ok(Found { name, view, held: from.holds(id, &view) })
    }

    fn failure(&self, name: &str, e: impl Display) -> Failure {
        Failure::at(&self.path, format!("{e} (tensor `{}`)", human::clean(name)))
    }

    /// The part of a tensor that is asked for; `None` for all of it.
    fn cut<'d>(&self, t: &Found<'d>) -> Outcome<Option<Cut<'d>>> {
        let part = self.slice.as_ref().map(|slice| select::part(&t.view, slice));
        part.transpose().map_err(|e| self.failure(t.name, e))
    }

    fn line<'a>(&self, t: &'a Found<'_>) -> Outcome<Line<'a>> {
        let mut line = Line {
            name: t.name,
            dtype: t.view.dtype.name(),
            shape: dims(&t.view),
            bytes: t.bytes(),
            sha256: None,
            values_b64: None,
        };
        if self.sha256 && !t.view.payload.is_absent() {
            match &t.view.payload {
                Payload::Strings(strings) => line.values_b64 = Some(self.values(t, strings)?),
                _ => line.sha256 = Some(self.digest(t)?),
            }
        }
        Ok(line)
    }

    fn digest(&self, t: &Found<'_>) -> Outcome<String> {
        self.bounded(t)?;
        let mut hash = Sha256::new();
        let read = t.view.for_each_chunk(|c| {
            hash.update(c);
            Ok::<_, Error>(())
        });
        read.map_err(|e| self.failure(t.name, e))?;
        Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
    }

    fn values(&self, t: &Found<'_>, strings: &Strings<'_>) -> Outcome<Vec<String>> {
        self.bounded(t)?;
        let values = strings.iter().map(|s| s.map(|s| BASE64_STANDARD.encode(s)));
        values.collect::<Result<_, _>>().map_err(|e| self.failure(t.name, e))
    }

    /// Refuses to walk a tensor that exists only as a claim: one stored value that stands for more
    /// elements than any file holds.
    fn bounded(&self, t: &Found<'_>) -> Outcome {
        const MOST: u64 = 1 << 34;
        let symbolic =
            matches!(t.view.payload, Payload::Fill(_) | Payload::Strings(Strings::Fill(..)));
        let elements = t.elements();
        if symbolic && elements > MOST {
            let what = format!(
                "one value stands for {} elements: cut a part with --slice",
                human::count(elements)
            );
            return Err(self.failure(t.name, what));
        }
        Ok(())
    }

    fn list(&self, found: &[Found<'_>]) -> Outcome {
        let mut table = Table::new(&[
            ("name", Align::Left),
            ("dtype", Align::Left),
            ("shape", Align::Left),
            ("size", Align::Right),
            (if self.sha256 { "sha256" } else { "" }, Align::Left),
        ]);
        let (mut elements, mut bytes) = (0u64, 0u64);
        for t in found {
            let line = self.line(t)?;
            let size = line.bytes.map_or("-".into(), human::bytes);
            let shape = line.shape.as_ref().map_or("?".into(), |s| shape_text(s));
            if let Some(n) = line.bytes {
                bytes = bytes.saturating_add(n);
                let dims = line.shape.iter().flatten();
                elements = elements.saturating_add(
                    dims.fold(1u64, |n, &d| n.saturating_mul(d.max(0).cast_unsigned())),
                );
            }
            table.row([
                human::clean(t.name).into_owned(),
                line.dtype.into(),
                shape,
                size,
                line.sha256.unwrap_or_default(),
            ]);
        }
        let mut out = out::stdout();
        table.write(&mut out, 0)?;
        let total = human::plural(found.len() as u64, "tensor");
        writeln!(out, "{total}, {} elements, {}", human::count(elements), human::bytes(bytes))?;
        Ok(out.flush()?)
    }

    /// One tensor in full: where it is, how its numbers lie, the first of them.
    fn show(&self, t: &Found<'_>) -> Outcome {
        let mut out = out::stdout();
        writeln!(out, "{}", human::clean(t.name))?;
        let mut table = Table::new(&[("", Align::Left), ("", Align::Left)]);
        let mut row = |what: &str, value: String| table.row([what.into(), value]);
        let shape = dims(&t.view).map_or("?".into(), |s| shape_text(&s));
        row("type", format!("{} {shape}", t.view.dtype));
        if let Some(n) = self.line(t)?.bytes {
            row("size", human::bytes(n));
        }
        if t.view.offset > 0 {
            row("at", format!("byte {} of its file", human::count(t.view.offset)));
        }
        if let Some(q) = t.view.quant {
            row("scale", quant_text(&q));
        }
        match &t.view.payload {
            Payload::Absent => {
                row("values", "none in this file: computed when the model runs".into());
            }
            Payload::Strings(strings) if t.view.dtype == DType::Variant => {
                row("values", self.first_variants(t, strings)?);
            }
            Payload::Strings(strings) => row("values", self.first_strings(t, strings)?),
            _ => self.numbers(t, &mut row)?,
        }
        table.write(&mut out, 2)?;
        Ok(out.flush()?)
    }

    fn first_strings(&self, t: &Found<'_>, strings: &Strings<'_>) -> Outcome<String> {
        const SHOWN: usize = 8;
        let first: Vec<_> = strings
            .iter()
            .take(SHOWN)
            .collect::<Result<_, _>>()
            .map_err(|e| self.failure(t.name, e))?;
        let text: Vec<_> = first
            .iter()
            .map(|s| format!("\"{}\"", s.get(..60).unwrap_or(s).escape_ascii()))
            .collect();
        let more = if t.elements() > SHOWN as u64 { " …" } else { "" };
        Ok(text.join(" ") + more)
    }

    fn first_variants(&self, t: &Found<'_>, messages: &Strings<'_>) -> Outcome<String> {
        const SHOWN: usize = 8;
        let text = |message: Result<&[u8], Error>| {
            let variant = Variant::parse(message?)?;
            Ok(match TensorList::decode(&variant) {
                Ok(list) => format!("{} of {} {}", variant.type_name, list.items.len(), list.dtype),
                Err(_) => {
                    format!("{} of {}", variant.type_name, human::bytes(message?.len() as u64))
                }
            })
        };
        let first: Vec<_> = messages
            .iter()
            .take(SHOWN)
            .map(text)
            .collect::<Result<_, Error>>()
            .map_err(|e| self.failure(t.name, e))?;
        let more = if t.elements() > SHOWN as u64 { ", …" } else { "" };
        Ok(first.join(", ") + more)
    }

    fn numbers(&self, t: &Found<'_>, row: &mut impl FnMut(&str, String)) -> Outcome {
        const SHOWN: usize = 8;
        self.bounded(t)?;
        let fail = |e: Error| self.failure(t.name, e);
        let mut first = Vec::new();
        let mut summary = Summary::new();
        numbers::for_each(&t.view, |x| {
            if first.len() < SHOWN {
                first.push(numbers::show(x));
            }
            summary.add(x);
        })
        .map_err(fail)?;
        if summary.finite() > 1 {
            row(
                "range",
                format!("{} to {}", numbers::show(summary.min), numbers::show(summary.max)),
            );
            row(
                "mean",
                format!("{} ± {}", numbers::show(summary.mean()), numbers::show(summary.std())),
            );
        }
        if summary.finite() >= 64 {
            let bins = summary.histogram::<32>(&t.view).map_err(fail)?;
            row(
                "spread",
                format!(
                    "{} {} {}",
                    numbers::show(summary.min),
                    numbers::sparkline(&bins),
                    numbers::show(summary.max)
                ),
            );
        }
        if summary.zeros > 0 {
            row("zeros", human::count(summary.zeros));
        }
        if summary.not_finite > 0 {
            row("not finite", human::count(summary.not_finite));
        }
        let more = if summary.count > SHOWN as u64 { " …" } else { "" };
        row("values", first.join(" ") + more);
        Ok(())
    }

    fn write(&self, found: &[Found<'_>], target: &Path) -> Outcome {
        let mut items = Vec::new();
        for t in found.iter().filter(|t| !t.view.payload.is_absent()) {
            self.bounded(t)?;
            items.push(Item { name: t.name, view: t.view });
        }
        if let (Some(name), []) = (&self.name, &items[..]) {
            return Err(self.failure(name, "the file holds no elements for it"));
        }
        let left = export::write(&items, target)?;
        if !left.is_empty() {
            let names: Vec<_> = left.iter().take(5).map(|n| human::clean(n)).collect();
            let more = if left.len() > 5 { " …" } else { "" };
            eprintln!(
                "warning: {}: {} of a dtype that it cannot hold left out: {}{more}",
                target.display(),
                human::plural(left.len() as u64, "tensor"),
                names.join(", ")
            );
        }
        Ok(())
    }
}

/// A tensor that was asked for.
struct Found<'d> {
    name: &'d str,
    view: TensorView<'d>,
    /// Whether the file holds its elements, read or not.
    held: bool,
}

impl<'d> Found<'d> {
    /// The same tensor, or the part of it.
    fn cut_to<'a>(&self, cut: Option<&'a Cut<'d>>) -> Found<'a>
    where
        'd: 'a,
    {
        Found { view: cut.map_or(self.view, Cut::view), name: self.name, held: self.held }
    }

    fn elements(&self) -> u64 {
        self.view.shape.elements().ok().flatten().unwrap_or(0)
    }

    /// Bytes of the elements; `None` when the file has none.
    fn bytes(&self) -> Option<u64> {
        match &self.view.payload {
            _ if !self.held => None,
            Payload::Strings(Strings::Fill(one, n)) => Some(n.saturating_mul(one.len() as u64)),
            Payload::Strings(s) => {
                s.iter().try_fold(0u64, |n, s| Some(n.saturating_add(s.ok()?.len() as u64)))
            }
            _ => self.view.raw_len().ok().map(|n| n as u64),
        }
    }
}

/// One tensor in JSON.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    dtype: &'static str,
    shape: Option<Vec<i64>>,
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values_b64: Option<Vec<String>>,
}
