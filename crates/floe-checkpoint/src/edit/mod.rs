//! Checkpoints made from checkpoints: copied with changes, merged, averaged.
//!
//! Invariants: memory does not grow with a tensor; a tensor that lies in slices stays in slices, unless it gets
//! a dtype that TensorFlow reads in one piece only; a copy without changes of what TensorFlow wrote in one
//! shard is the same bytes; the object graph is rewritten to match, so that `tf.train.Checkpoint.restore` finds
//! what it names, for objects that hold it under the old names and for those that hold it under the new.

mod convert;
mod links;
mod rewrite;
mod share;

#[cfg(test)]
mod tests;

use crate::checkpoint::{Checkpoint, Stored, Version};
use crate::cut::Cut;
use crate::error::{Error, Result};
use crate::glob::Glob;
use crate::objects::OBJECT_GRAPH_KEY;
use crate::write::Writer;
use convert::{Average, Cast};
use floe_graph::{DType, Payload, Shape, StringList, Strings, TensorId, TensorSource, TensorView};
use regex::Regex;
use share::Twins;
use std::collections::{BTreeMap, BTreeSet};

/// Told now and then how many bytes of data were written so far.
pub type Progress<'a> = &'a dyn Fn(u64);

/// What a copy is to change.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    renames: Vec<(Regex, String)>,
    drops: Vec<Glob>,
    casts: Vec<(Option<Glob>, DType)>,
    share: bool,
}

impl Edit {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Renames tensors: every match of the regular expression `from` in a name becomes `to`, in which
    /// `$1` or `${name}` stand for groups. Renames apply in the order they are given.
    ///
    /// The object graph follows: a renamed variable is found under its new path, and under its old one unless
    /// another was renamed to that.
    ///
    /// # Errors
    /// When `from` is no regular expression.
    pub fn rename(mut self, from: &str, to: &str) -> Result<Self, regex::Error> {
        self.renames.push((Regex::new(from)?, to.to_owned()));
        Ok(self)
    }

    /// Leaves out tensors whose name matches `glob`, as [`Glob`] reads it.
    ///
    /// # Errors
    /// When `glob` has a set that could be none, such as `[z-a]`.
    pub fn drop(mut self, glob: &str) -> Result<Self, regex::Error> {
        self.drops.push(Glob::new(glob)?);
        Ok(self)
    }

    /// Stores tensors of the same dtype, shape and elements once, under all their names.
    #[must_use]
    pub const fn share(mut self) -> Self {
        self.share = true;
        self
    }

    /// Casts floating-point tensors to `dtype`.
    #[must_use]
    pub fn cast(mut self, dtype: DType) -> Self {
        self.casts.push((None, dtype));
        self
    }

    /// Casts tensors whose name matches `glob` to `dtype`, integers too.
    ///
    /// # Errors
    /// As [`drop`](Self::drop).
    pub fn cast_matching(mut self, glob: &str, dtype: DType) -> Result<Self, regex::Error> {
        self.casts.push((Some(Glob::new(glob)?), dtype));
        Ok(self)
    }

    /// The new name of the tensor `name`; `None` when it is dropped.
    #[must_use]
    pub fn name(&self, name: &str) -> Option<String> {
        if self.drops.iter().any(|glob| glob.is_match(name)) {
            return None;
        }
        if name == OBJECT_GRAPH_KEY {
            return Some(name.to_owned());
        }
        let renamed =
            |name: String, (from, to): &(Regex, String)| from.replace_all(&name, to).into_owned();
        Some(self.renames.iter().fold(name.to_owned(), renamed))
    }

    /// The dtype that tensor `name` of `dtype` is written in.
    fn dtype(&self, name: &str, dtype: DType) -> DType {
        let wanted = self.casts.iter().rev().find(|(glob, _)| match glob {
            None => dtype.is_float() || matches!(dtype, DType::Complex64 | DType::Complex128),
            Some(glob) => glob.is_match(name),
        });
        wanted.map_or(dtype, |(glob, to)| match (glob, dtype) {
            // A cast of everything leaves complex numbers alone unless it is to complex ones.
            (None, DType::Complex64 | DType::Complex128) if !is_complex(*to) => dtype,
            (None, d) if d.is_float() && !to.is_float() => dtype,
            _ => *to,
        })
    }

    fn changes_names(&self) -> bool {
        !self.renames.is_empty() || !self.drops.is_empty()
    }

    /// Copies `source` into `writer`, changed, and finishes it.
    ///
    /// # Errors
    /// When a tensor cannot be read, cast or written; when two get the same name.
    pub fn copy(
        &self,
        source: &Checkpoint,
        mut writer: Writer,
        progress: Progress<'_>,
    ) -> Result<()> {
        let names: BTreeMap<String, Option<String>> = if self.changes_names() {
            ids(source)
                .map(|id| name_of(source, id).map(|n| (n.to_owned(), self.name(n))))
                .collect::<Result<_>>()?
        } else {
            BTreeMap::new()
        };
        let mut twins = Twins::default();
        for stored in in_data_order(source, |id| self.gathers(source, id))? {
            let name = name_of(source, stored.id)?;
            let new = if self.changes_names() { self.name(name) } else { Some(name.to_owned()) };
            let Some(new) = new else { continue };
            if name == OBJECT_GRAPH_KEY && self.changes_names() {
                let graph = rewrite::renamed(source, &names, self)?;
                add_string(&mut writer, &new, &graph)?;
            } else if let Some(first) = self.twin(source, &stored, &new, &mut twins)? {
                writer.repeat(&new, &first)?;
            } else {
                self.copy_one(source, &stored, name, &new, &mut writer)?;
            }
            progress(writer.written());
        }
        writer.finish()
    }

    /// Whether a tensor in slices is to be written in one piece: TensorFlow could read it before and could not
    /// in slices of its new dtype, or of any dtype in the slices of a V1 checkpoint.
    fn gathers(&self, source: &Checkpoint, id: TensorId) -> Result<bool> {
        if source.slices(id).next().is_none() {
            return Ok(false);
        }
        let from = info(source, id)?.dtype;
        let to = self.dtype(name_of(source, id)?, from);
        Ok((to != from || source.version() == Version::V1) && !reads_slices(to))
    }

    /// The new name of a tensor written before that is the same as `stored`.
    fn twin<'d>(
        &self,
        source: &'d Checkpoint,
        stored: &Stored,
        new: &str,
        twins: &mut Twins<'d>,
    ) -> Result<Option<String>> {
        if !self.share || stored.slice.is_some() {
            return Ok(None);
        }
        let view = source.tensor(stored.id).map_err(|e| source.explain(stored.id, e))?;
        // Tensors that are cast alike stay alike; a cast of some by name may part them.
        let cast_by_name = self.casts.iter().any(|(glob, _)| glob.is_some());
        Ok(if cast_by_name { None } else { twins.find(new, &view) })
    }

    fn copy_one(
        &self,
        source: &Checkpoint,
        stored: &Stored,
        name: &str,
        new: &str,
        writer: &mut Writer,
    ) -> Result<()> {
        let explain = |e| source.explain(stored.id, e);
        let view = stored.view(source).map_err(explain)?;
        let to = self.dtype(name, view.dtype);
        if to == view.dtype {
            return put(source, stored, new, &view, writer);
        }
        let cast = Cast::new(view, to).ok_or_else(|| Error::Cast {
            name: name.to_owned(),
            from: view.dtype,
            to,
        })?;
        put(source, stored, new, &TensorView::new(to, view.shape, Payload::Coded(&cast)), writer)
    }
}

/// Writes what is stored of a tensor under the name `new`.
fn put(
    source: &Checkpoint,
    stored: &Stored,
    new: &str,
    view: &TensorView<'_>,
    writer: &mut Writer,
) -> Result<()> {
    match stored.slice.as_deref() {
        None => writer.add(new, view),
        Some((slice, _)) => {
            let whole = info(source, stored.id)?;
            let full: Vec<i64> = whole.shape.iter().collect();
            writer.add_slice(new, &full, slice, view)
        }
    }
}

/// Writes all tensors of `source`, of whatever format, into `writer` and finishes it.
///
/// # Errors
/// When a tensor cannot be read or written.
pub fn import<'d>(
    source: &dyn TensorSource<'d>,
    mut writer: Writer,
    progress: Progress<'_>,
) -> Result<()> {
    for id in (0..source.tensor_count()).map(TensorId) {
        let number = || format!("number {}", id.0);
        let name = source.tensor_name(id).map_err(|e| writer.unreadable(&number(), e))?;
        let view = source.tensor(id).map_err(|e| writer.unreadable(name, e))?;
        writer.add(name, &view)?;
        progress(writer.written());
    }
    writer.finish()
}

/// Merges `sources` into `writer` and finishes it. A tensor that several have in slices gets the
/// slices of all; one that several have whole must be the same in all.
///
/// # Errors
/// When tensors of one name differ; when reading or writing fails.
pub fn merge(sources: &[Checkpoint], mut writer: Writer, progress: Progress<'_>) -> Result<()> {
    let mut taken: BTreeMap<&str, (&Checkpoint, TensorId)> = BTreeMap::new();
    for source in sources {
        let mut repeated = BTreeSet::new();
        for id in ids(source) {
            let name = name_of(source, id)?;
            match taken.get(name) {
                None => drop(taken.insert(name, (source, id))),
                Some(&first) if fits(first, (source, id), name)? => drop(repeated.insert(id)),
                Some(_) => {}
            }
        }
        for stored in in_data_order(source, |_| Ok(false))? {
            if repeated.contains(&stored.id) {
                continue;
            }
            let name = name_of(source, stored.id)?;
            let again =
                stored.slice.as_deref().is_some_and(|(slice, _)| writer.has_slice(name, slice));
            if !again {
                let view = stored.view(source).map_err(|e| source.explain(stored.id, e))?;
                put(source, &stored, name, &view, &mut writer)?;
                progress(writer.written());
            }
        }
    }
    writer.finish()
}

/// Whether a tensor is the same as the `first` of its name, so that it need not be written again;
/// false when both are in parts, which are put together. Anything else is an error.
fn fits(
    first: (&Checkpoint, TensorId),
    again: (&Checkpoint, TensorId),
    name: &str,
) -> Result<bool> {
    let conflict =
        |why| Error::Conflict { path: again.0.prefix().to_owned(), name: name.to_owned(), why };
    let (a, b) = (info(first.0, first.1)?, info(again.0, again.1)?);
    if a.dtype != b.dtype || a.shape != b.shape {
        return Err(conflict(
            "its dtype or shape differs from that of the tensor of this name before",
        ));
    }
    // A V1 checkpoint has all its tensors in slices, most in one that is the whole.
    let parts = |(c, id): (&Checkpoint, TensorId)| c.slices(id).any(|s| !s.covers(a.shape));
    if parts(first) && parts(again) {
        return Ok(false);
    }
    match same(first, again) {
        Ok(true) => Ok(true),
        Ok(false) if name == OBJECT_GRAPH_KEY => Err(conflict(
            "the object graphs differ: they describe different objects; drop one before merging",
        )),
        Ok(false) => {
            Err(conflict("its elements differ from those of the tensor of this name before"))
        }
        Err(e) => Err(e),
    }
}

/// Whether two tensors of the same dtype and shape hold the same elements.
fn same(a: (&Checkpoint, TensorId), b: (&Checkpoint, TensorId)) -> Result<bool> {
    let (left, right) = (view(a.0, a.1)?, view(b.0, b.1)?);
    let explain = |e| b.0.explain(b.1, e);
    if let (Payload::Strings(left), Payload::Strings(right)) = (left.payload, right.payload) {
        for (l, r) in left.iter().zip(right.iter()) {
            if l.map_err(explain)? != r.map_err(explain)? {
                return Ok(false);
            }
        }
        return Ok(left.len() == right.len());
    }
    convert::same(&left, &right).map_err(explain)
}

/// Averages `sources`, checkpoints of the same tensors, into `writer` and finishes it: floating-point
/// tensors are summed in 64 bits and divided; integers, strings and all else are the last one's. A
/// tensor lies in the slices that the last one has it in.
///
/// # Errors
/// When there is no source; when one lacks a tensor or has it in another dtype or shape; when reading
/// or writing fails.
pub fn average(sources: &[Checkpoint], mut writer: Writer, progress: Progress<'_>) -> Result<()> {
    let Some(last) = sources.last() else { return writer.finish() };
    for source in sources {
        agree(source, last)?;
    }
    for stored in in_data_order(last, |_| Ok(false))? {
        let name = name_of(last, stored.id)?;
        let explain = |e| last.explain(stored.id, e);
        let dtype = info(last, stored.id)?.dtype;
        if !dtype.is_float() && !is_complex(dtype) {
            put(last, &stored, name, &stored.view(last).map_err(explain)?, &mut writer)?;
        } else {
            let views = sources.iter().map(|s| s.get(name)).collect::<Result<Vec<_>>>()?;
            average_one(last, &stored, name, &views, &mut writer)?;
        }
        progress(writer.written());
    }
    writer.finish()
}

/// Writes the average of `views` where it lies in slices as `stored` does: of each view the same part,
/// however that one is stored.
fn average_one(
    last: &Checkpoint,
    stored: &Stored,
    name: &str,
    views: &[TensorView<'_>],
    writer: &mut Writer,
) -> Result<()> {
    let cuts = stored
        .slice
        .as_deref()
        .map(|(slice, _)| views.iter().map(|view| slice.cut(view)).collect::<Result<Vec<_>, _>>());
    let cuts = cuts.transpose().map_err(|e| last.explain(stored.id, e))?;
    let views = match &cuts {
        Some(cuts) => cuts.iter().map(Cut::view).collect(),
        None => views.to_vec(),
    };
    let Some(view) = views.last().copied() else { return Ok(()) };
    let average = Average { views };
    let view = TensorView::new(view.dtype, view.shape, Payload::Coded(&average));
    put(last, stored, name, &view, writer)
}

/// Holds the tensors of `source` against those of `last`.
fn agree(source: &Checkpoint, last: &Checkpoint) -> Result<()> {
    let conflict = |name: &str, why| Error::Conflict {
        path: source.prefix().to_owned(),
        name: name.to_owned(),
        why,
    };
    for id in ids(source) {
        let name = name_of(source, id)?;
        if last.find_tensor(name).is_none() {
            return Err(conflict(name, "the last checkpoint has no tensor of this name"));
        }
    }
    for id in ids(last) {
        let name = name_of(last, id)?;
        let Some(own) = source.find_tensor(name) else {
            return Err(conflict(name, "it is missing here"));
        };
        let (a, b) = (info(source, own)?, info(last, id)?);
        if a.dtype != b.dtype || a.shape != b.shape {
            return Err(conflict(
                name,
                "its dtype or shape differs from that in the last checkpoint",
            ));
        }
    }
    Ok(())
}

fn is_complex(dtype: DType) -> bool {
    matches!(dtype, DType::Complex64 | DType::Complex128)
}

fn ids(source: &Checkpoint) -> impl Iterator<Item = TensorId> + use<> {
    (0..source.tensor_count()).map(TensorId)
}

fn info(source: &Checkpoint, id: TensorId) -> Result<TensorView<'_>> {
    source.tensor_info(id).map_err(|e| source.explain(id, e))
}

fn view(source: &Checkpoint, id: TensorId) -> Result<TensorView<'_>> {
    source.tensor(id).map_err(|e| source.explain(id, e))
}

fn name_of(source: &Checkpoint, id: TensorId) -> Result<&str> {
    source.tensor_name(id).map_err(|e| source.explain(id, e))
}

/// Whether TensorFlow's reader puts slices of `dtype` together; it refuses all others.
const fn reads_slices(dtype: DType) -> bool {
    use DType::*;
    matches!(
        dtype,
        Float32
            | Float64
            | Bfloat16
            | Complex64
            | Complex128
            | Bool
            | Int8
            | Int16
            | Int32
            | Int64
            | Uint8
            | Qint8
            | Quint8
            | Qint32
            | Int4
            | Uint4
    )
}

/// Everything that is stored, in the order in which it lies in the files: a copy in this order is
/// written as its source was. A tensor for which `gathers` says so counts as one that lies in one piece.
fn in_data_order(
    source: &Checkpoint,
    gathers: impl Fn(TensorId) -> Result<bool>,
) -> Result<Vec<Stored>> {
    let mut all = Vec::new();
    for id in ids(source) {
        let stored = source.stored(id).map_err(|e| source.explain(id, e))?;
        if gathers(id)? {
            let place = stored.iter().map(|s| s.place).min().unwrap_or_default();
            all.push(Stored { id, place, slice: None });
        } else {
            all.extend(stored);
        }
    }
    all.sort_by_key(|s| (s.place, s.id));
    Ok(all)
}

/// One string as a tensor's only element.
#[derive(Debug)]
struct One<'a>(&'a [u8]);

impl StringList for One<'_> {
    fn len(&self) -> usize {
        1
    }

    fn get(&self, index: usize) -> Option<&[u8]> {
        (index == 0).then_some(self.0)
    }
}

fn add_string(writer: &mut Writer, name: &str, value: &[u8]) -> Result<()> {
    let one = One(value);
    let payload = Payload::Strings(Strings::List(&one));
    writer.add(name, &TensorView::new(DType::String, Shape::SCALAR, payload))
}
