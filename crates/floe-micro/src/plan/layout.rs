//! The layout of a frame: how long each activation and each operator's scratch memory lives, which may run
//! over which, and where they lie.
//!
//! Invariant: the frame is never larger than one in which nothing overlaps, which is TensorFlow Lite Micro's
//! plan.

use super::{Frame, PREPARED, Planner, indices};
use crate::data::View;
use crate::error::{Error, Kind, Operand, Result};
use crate::kernel::{Kernel, Overlap};
use crate::op::{Layout, Op, Site, bytes_of};
use crate::place::{self, ITEM, Item};
use crate::shape::Shape;
use crate::tables::{self, Choice, Entry, GRAPH, Place, align, narrow, set_word, word};
use Operand::{In, Out};
use floe_tflite::{Subgraph, Tensor, TfLite};

/// While a frame is laid out, the place of each of its tensors holds the number of its item.
const fn numbered(item: usize) -> Place {
    Place::Frame((item as u32) << 2)
}

/// The number of the item that a tensor lies in, when it lies in the frame.
fn number(low: &[u8], entry: Entry) -> Option<usize> {
    match entry.place(low) {
        Place::Frame(at) => Some((at >> 2) as usize),
        _ => None,
    }
}

/// How a frame is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Outputs over inputs that die, where kernels allow it.
    Over,
    /// Nothing over anything that lives.
    Apart,
    /// Tensors where the file says, the rest around them.
    Given,
}

/// The name of the metadata entry that holds a plan, as TensorFlow Lite Micro reads it.
const GIVEN: &str = "OfflineMemoryAllocation";

/// The offsets that the file gives for the tensors of a subgraph, -1 for those that it leaves open: words,
/// after the format's version, the subgraph and the number of tensors.
fn given<'m>(model: TfLite<'m>, graph: usize, view: &Subgraph<'_>) -> Option<View<'m, i32>> {
    let words = View::<i32>::new(model.metadata(GIVEN)?);
    let is = |i: usize, n: usize| words.get(i).and_then(|w| usize::try_from(w).ok()) == Some(n);
    let whole = words.len() == view.tensor_count().saturating_add(3);
    (is(1, graph) && is(2, view.tensor_count()) && whole).then(|| words.part(3, words.len()))
}

/// What a layout comes to.
struct Extent {
    bytes: usize,
    /// The most that lives at once: no frame without overlaps is smaller.
    least: usize,
}

impl<'p> Planner<'p> {
    /// Lays out the frame of a subgraph whose operators are all prepared; gives its bytes.
    pub(super) fn leave(&mut self, frame: &Frame, graph: Subgraph<'p>) -> Result<usize> {
        let bytes = self.best(frame, graph)?;
        self.settle(frame.graph, &graph)?;
        set_word(self.arena, frame.graph.wrapping_mul(GRAPH).wrapping_add(8), narrow(bytes));
        self.mark(frame.graph, PREPARED);
        Ok(bytes)
    }

    /// Lays out the frame in the way that takes the fewest bytes, and gives them.
    fn best(&mut self, frame: &Frame, graph: Subgraph<'p>) -> Result<usize> {
        if self.options.apart || self.options.threads > 1 {
            return Ok(self.lay_out(frame, graph, Way::Apart)?.bytes);
        }
        let Extent { mut bytes, least } = self.lay_out(frame, graph, Way::Over)?;
        let (mut best, mut last) = (Way::Over, Way::Over);
        // Laid one over the other, large tensors may be in the way of others.
        let apart = bytes > least;
        let given = given(self.model, frame.graph, &graph).is_some();
        for (way, _) in [(Way::Apart, apart), (Way::Given, given)].into_iter().filter(|w| w.1) {
            let extent = self.lay_out(frame, graph, way)?;
            last = way;
            if extent.bytes < bytes || (way == Way::Given && extent.bytes == bytes) {
                (best, bytes) = (way, extent.bytes);
            }
        }
        if best != last {
            self.lay_out(frame, graph, best)?;
        }
        Ok(bytes)
    }

    /// The tables, and the items of so many activations and pieces of scratch memory.
    fn items(&mut self, count: usize) -> Result<(&mut [u8], &mut [[u8; ITEM]])> {
        let free = self.planning.bump;
        let end = free.saturating_add(count.saturating_mul(ITEM));
        self.peak = self.peak.max(end);
        let parts = self.arena.get_mut(..end).and_then(|a| a.split_at_mut_checked(free));
        let (low, items) = parts.ok_or(Error::new(Kind::Arena, end))?;
        Ok((low, items.as_chunks_mut().0))
    }

    /// How many items a frame has: one for each tensor in it, one for each operator with scratch memory.
    fn count(&self, graph: usize, view: &Subgraph<'_>) -> usize {
        let tensors = (0..view.tensor_count()).map(|i| Entry::tensor(self.arena, graph, i));
        let tensors = tensors.filter(|e| matches!(e.place(self.arena), Place::Frame(_))).count();
        let operators = 0..view.operator_count();
        let scratch = operators.filter(|&i| scratch(self.arena, graph, i).1 > 0).count();
        tensors.wrapping_add(scratch)
    }

    /// Places the items of a frame. One that is laid out as given, where that is not sound, is endless.
    fn lay_out(&mut self, frame: &Frame, view: Subgraph<'p>, way: Way) -> Result<Extent> {
        let count = self.count(frame.graph, &view);
        let (low, items) = self.items(count)?;
        let tensors = list(low, frame.graph, &view, items);
        live(low, frame.graph, &view, items);
        let mut least = 0;
        let mut next = tensors;
        for op in 0..view.operator_count() {
            let (low, items) = self.items(count)?;
            let bytes = scratch(low, frame.graph, op).1;
            if bytes > 0 {
                let id = narrow(view.tensor_count().wrapping_add(op));
                let size = narrow(align(bytes));
                let item = Item { first: narrow(op), last: narrow(op), ..Item::new(id, size) };
                place::update(items, next, |slot| *slot = item);
                next = next.wrapping_add(1);
            }
            least = least.max(live_bytes(items.get(..next).unwrap_or_default(), narrow(op)));
            if way == Way::Over {
                let site = self.site(&Frame { op, ..*frame }, view)?;
                self.overlap(site, count)?;
            }
        }
        let offsets = given(self.model, frame.graph, &view).filter(|_| way == Way::Given);
        let (_, items) = self.items(count)?;
        for number in (0..tensors).filter(|_| offsets.is_some()) {
            let offset = |id: u32| u32::try_from(offsets?.get(id as usize)?).ok();
            place::update(items, number, |item| {
                item.offset = offset(item.id).unwrap_or(item.offset);
            });
        }
        if offsets.is_some() && !place::sound(items) {
            return Ok(Extent { bytes: usize::MAX, least });
        }
        Ok(Extent { bytes: place::place(items), least })
    }

    /// Lets the output of one operator overlap an input that dies with it, as its kernel allows.
    fn overlap(&mut self, site: Site<'p>, count: usize) -> Result<()> {
        let choice = Entry::operator(self.arena, site.graph_index, site.index).choice(self.arena);
        let kernel = self.ops.get(choice.op()).and_then(|o| o.kernels.get(choice.kernel()));
        let Some(&Kernel { overlap, .. }) = kernel.filter(|_| !choice.has(Choice::DYNAMIC)) else {
            return Ok(());
        };
        let (low, items) = self.items(count)?;
        let at = narrow(site.index);
        let born = |item: &Item| item.first == at;
        let output = site.tensor_index(Out(0)).map(|i| Entry::tensor(low, site.graph_index, i));
        let Some(output) = output else { return Ok(()) };
        let Some(own) = number(low, output) else { return Ok(()) };
        let Some(item) = place::get(items, own).filter(born) else { return Ok(()) };
        match overlap {
            Overlap::Never => {}
            Overlap::Same(inputs) => {
                for input in (0..inputs).map(In) {
                    let Some((donor, bytes)) = dying(low, &site, input, items) else { continue };
                    if bytes == tensor_bytes(low, &site, Out(0)) {
                        // One item from now on, which lives as long as both.
                        output.set_place(low, numbered(donor));
                        place::update(items, donor, |d| d.last = item.last);
                        place::update(items, own, |own| own.size = 0);
                        break;
                    }
                }
            }
            Overlap::Rows(sweep) => {
                let Some((donor, _)) = dying(low, &site, In(0), items) else { return Ok(()) };
                let layout = Layout::default();
                let Ok(sweep) = sweep(&Op { site, layout, low, heap: &mut [], planning: None })
                else {
                    return Ok(());
                };
                let (below, above) = sweep.gaps();
                let gaps = (i32::try_from(below), i32::try_from(above));
                let (Ok(below), Ok(above)) = gaps else { return Ok(()) };
                place::update(items, own, |own| {
                    *own = Item { donor: narrow(donor), below, above, ..*own };
                });
            }
        }
        Ok(())
    }

    /// Writes the offsets of the items into the tables.
    fn settle(&mut self, graph: usize, view: &Subgraph<'_>) -> Result<()> {
        let count = self.count(graph, view);
        let (low, items) = self.items(count)?;
        let offset = |number: usize| place::get(items, number).map_or(0, |item| item.offset);
        for index in 0..view.tensor_count() {
            let entry = Entry::tensor(low, graph, index);
            if let Some(number) = number(low, entry) {
                entry.set_place(low, Place::Frame(offset(number)));
            }
        }
        for item in items.iter().map(Item::load) {
            if let Some(op) = (item.id as usize).checked_sub(view.tensor_count()) {
                let record = Entry::operator(low, graph, op).record(low);
                set_word(low, record.wrapping_add(tables::SCRATCH), item.offset);
            }
        }
        Ok(())
    }
}

/// Makes the items of the tensors in the frame, and numbers the tensors; gives how many there are.
fn list(low: &mut [u8], graph: usize, view: &Subgraph<'_>, items: &mut [[u8; ITEM]]) -> usize {
    let mut count = 0;
    for index in 0..view.tensor_count() {
        let entry = Entry::tensor(low, graph, index);
        if matches!(entry.place(low), Place::Frame(_)) {
            let size = align(bytes(low, entry, view, index));
            let item = Item::new(narrow(index), narrow(size));
            place::update(items, count, |slot| *slot = item);
            entry.set_place(low, numbered(count));
            count = count.wrapping_add(1);
        }
    }
    count
}

/// Finds how long the tensors live: from the operator that writes them to the last that reads them.
fn live(low: &[u8], graph: usize, view: &Subgraph<'_>, items: &mut [[u8; ITEM]]) {
    let mut live = |tensor: usize, at: usize| {
        if let Some(number) = number(low, Entry::tensor(low, graph, tensor)) {
            place::update(items, number, |item| item.live(narrow(at)));
        }
    };
    indices(&view.inputs()).for_each(|i| live(i, 0));
    for (at, operator) in view.operators().enumerate() {
        indices(&operator.inputs()).for_each(|i| live(i, at));
        indices(&operator.outputs()).for_each(|i| live(i, at));
    }
    indices(&view.outputs()).for_each(|i| live(i, view.operator_count()));
}

/// What lives while operator `at` runs takes together.
fn live_bytes(items: &[[u8; ITEM]], at: u32) -> usize {
    let live = items.iter().map(Item::load).filter(|item| item.first <= at && at <= item.last);
    live.fold(0, |sum, item| sum.saturating_add(item.size as usize))
}

/// Bytes of an operator's tensor.
fn tensor_bytes(low: &[u8], site: &Site<'_>, operand: Operand) -> usize {
    let index = site.tensor_index(operand).unwrap_or(usize::MAX);
    bytes(low, Entry::tensor(low, site.graph_index, index), &site.graph, index)
}

/// The item of an input that nobody needs after the operator, and the input's bytes.
fn dying(
    low: &[u8],
    site: &Site<'_>,
    input: Operand,
    items: &[[u8; ITEM]],
) -> Option<(usize, usize)> {
    let index = site.tensor_index(input)?;
    let donor = number(low, Entry::tensor(low, site.graph_index, index))?;
    let item = place::get(items, donor)?;
    // The operator itself must not read it as another input, too.
    let once = indices(&site.inputs).filter(|&i| i == index).count() == 1;
    (once && item.last == narrow(site.index)).then(|| (donor, tensor_bytes(low, site, input)))
}

/// Offset and bytes of an operator's scratch memory.
fn scratch(low: &[u8], graph: usize, op: usize) -> (usize, usize) {
    let record = Entry::operator(low, graph, op).record(low);
    let field = |at: usize| word(low, record.wrapping_add(at)) as usize;
    if record == 0 { (0, 0) } else { (field(tables::SCRATCH), field(tables::SCRATCH + 4)) }
}

/// Bytes that a tensor takes in its frame.
fn bytes(low: &[u8], entry: Entry, view: &Subgraph<'_>, index: usize) -> usize {
    match entry.record(low) {
        0 => view.tensor(index).ok().and_then(|t| file_bytes(&t)).unwrap_or(0),
        record => word(low, record) as usize,
    }
}

/// Bytes of a tensor of the file's shape.
fn file_bytes(tensor: &Tensor<'_>) -> Option<usize> {
    bytes_of(tensor.dtype().ok()?, Shape::new(tensor.shape().iter())?.len())
}
