//! What every float of a model was, over representative inputs.
//!
//! The float model runs with the micro-interpreter's kernels: once for how far numbers reach, and once more for how often
//! they lie where, when that is asked for. Facts: converter §4.4. Invariant: memory does not grow with the number of samples.

use super::method::Calibrate;
use super::range::{Extent, Histogram, Range};
use super::samples::Samples;
use crate::error::Error;
use crate::ir::{Module, ValueId};
use crate::program::{Program, real, sweep};
use floe_graph::DType;
use std::collections::BTreeMap;

/// The ranges of the main graph's values that are float32 and not constant.
pub(super) type Ranges = BTreeMap<ValueId, Range>;

/// What is known of the main graph's floats.
#[derive(Debug, Default)]
pub(super) struct Observed {
    /// The ranges that integers are spread over.
    pub(super) ranges: Ranges,
    pub(super) extents: BTreeMap<ValueId, Extent>,
    /// Where numbers lie, when that was asked for.
    pub(super) counts: BTreeMap<ValueId, Histogram>,
}

/// Runs `module`, all in floats, on `samples`, and chooses ranges for integers of `dtype`; with `counts` it is also told
/// how often numbers lie where. `tell` hears what part of the samples is done.
pub(super) fn run(
    module: &Module,
    samples: &Samples,
    how: (Calibrate, DType),
    counts: bool,
    tell: &mut dyn FnMut(f32),
) -> Result<Observed, Error> {
    let program = Program::new(module)?;
    program.check(samples)?;
    let (method, dtype) = how;
    let counts = counts || method.counts();
    let passes = if counts { 2.0 } else { 1.0 };
    let count = samples.count();
    let mut extents: BTreeMap<ValueId, Extent> = BTreeMap::new();
    let reach = |range: std::ops::Range<usize>| {
        let mut run = program.start()?;
        let mut found: BTreeMap<ValueId, Extent> = BTreeMap::new();
        for k in range {
            run.sample(samples, k, &mut |known, dtype, bytes| {
                if dtype != DType::Float32 {
                    return;
                }
                let values = real(dtype, bytes, None).unwrap_or_default();
                if let Some(extent) = Extent::of(&values, k == 0) {
                    put(&mut found, known.value, extent, Extent::add);
                }
            })?;
        }
        Ok(found)
    };
    sweep(count, reach, |found, done| {
        found.into_iter().for_each(|(v, e)| put(&mut extents, v, e, Extent::add));
        tell(done as f32 / count as f32 / passes);
        Ok(())
    })?;
    let counts = if counts {
        let tell = &mut |part: f32| tell(0.5 + part / 2.0);
        histograms(&program, samples, &extents, tell)?
    } else {
        BTreeMap::new()
    };
    let range = |(&v, e): (&ValueId, &Extent)| (v, method.range(e, counts.get(&v), dtype));
    Ok(Observed { ranges: extents.iter().map(range).collect(), extents, counts })
}

fn histograms(
    program: &Program,
    samples: &Samples,
    extents: &BTreeMap<ValueId, Extent>,
    tell: &mut dyn FnMut(f32),
) -> Result<BTreeMap<ValueId, Histogram>, Error> {
    let count = samples.count();
    let mut all = BTreeMap::new();
    let work = |range: std::ops::Range<usize>| {
        let mut run = program.start()?;
        let mut found: BTreeMap<ValueId, Histogram> = BTreeMap::new();
        for k in range {
            run.sample(samples, k, &mut |known, dtype, bytes| {
                let Some(extent) = extents.get(&known.value) else { return };
                let slot = found.entry(known.value).or_insert_with(|| Histogram::new(extent.all));
                slot.count(&real(dtype, bytes, None).unwrap_or_default());
            })?;
        }
        Ok(found)
    };
    sweep(count, work, |found, done| {
        found.into_iter().for_each(|(v, h)| put(&mut all, v, h, Histogram::add));
        tell(done as f32 / count as f32);
        Ok(())
    })?;
    Ok(all)
}

/// Puts `new` under `v`, or adds it to what is there.
fn put<T>(all: &mut BTreeMap<ValueId, T>, v: ValueId, new: T, add: fn(&mut T, &T)) {
    match all.get_mut(&v) {
        Some(known) => add(known, &new),
        None => {
            all.insert(v, new);
        }
    }
}
