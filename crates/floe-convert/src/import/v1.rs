//! Control flow of TensorFlow 1, which is made of single nodes: loops are found by their frames and
//! taken as a condition and a body; branches by the switch that both sides of a merge come from.
//!
//! Facts: a loop variable goes Enter → Merge → Switch (with the LoopCond) → body → NextIteration → Merge,
//! and leaves by Exit; what does not change enters by a constant Enter.
//!
//! Invariant: a frame that is not put together like that is left alone, and ordering reports its cycle.

use super::{Edge, TfNode};
use std::collections::{BTreeMap, BTreeSet};

/// Nodes looked at on the way back from a merge.
const MAX_WALK: usize = 100_000;

/// A loop.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// What goes in: the variables, then what does not change.
    pub entries: Vec<Edge>,
    /// Whether to go on, for the condition's region.
    pub cond: Option<Edge>,
    /// The variables' next values, then what does not change, for the body's region.
    pub next: Vec<Edge>,
    /// Nodes that stand for argument k in either region.
    pub fed: BTreeMap<usize, usize>,
}

/// The loops of a graph.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    /// All of them.
    pub frames: Vec<Frame>,
    /// Exit nodes: their frame and variable.
    pub exits: BTreeMap<usize, (usize, usize)>,
}

fn op<'n>(nodes: &'n [TfNode<'_>], at: usize) -> &'n str {
    nodes.get(at).map_or("", |n| n.def.op.as_str())
}

/// An op's name without the prefix of its form on references.
fn is(nodes: &[TfNode<'_>], at: usize, name: &str) -> bool {
    let own = op(nodes, at);
    own == name || own.strip_prefix("Ref") == Some(name)
}

/// The node that input `i` of node `at` comes from.
fn source(nodes: &[TfNode<'_>], at: usize, i: usize) -> Option<usize> {
    nodes.get(at)?.inputs.get(i)?.node()
}

/// The loops among `nodes`.
pub(super) fn frames(nodes: &[TfNode<'_>]) -> Frames {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, n) in nodes.iter().enumerate() {
        if is(nodes, i, "Enter") {
            groups.entry(n.text("frame_name", "")).or_default().push(i);
        }
    }
    let mut out = Frames::default();
    if groups.is_empty() {
        return out;
    }
    let mut readers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, n) in nodes.iter().enumerate() {
        for from in n.inputs.iter().filter_map(Edge::node) {
            readers.entry(from).or_default().push(i);
        }
    }
    for enters in groups.values() {
        if let Some((frame, exits)) = frame(nodes, &readers, enters) {
            let at = out.frames.len();
            out.exits.extend(exits.into_iter().map(|(x, k)| (x, (at, k))));
            out.frames.push(frame);
        }
    }
    out
}

type Readers = BTreeMap<usize, Vec<usize>>;

fn frame(
    nodes: &[TfNode<'_>],
    readers: &Readers,
    enters: &[usize],
) -> Option<(Frame, Vec<(usize, usize)>)> {
    let read_by = |at: usize, name: &str| {
        let all = readers.get(&at).map(Vec::as_slice).unwrap_or_default();
        all.iter().copied().find(|&r| is(nodes, r, name))
    };
    let mut f = Frame::default();
    let mut exits = Vec::new();
    let (fixed, variable): (Vec<usize>, Vec<usize>) =
        enters.iter().partition(|&&e| nodes.get(e).is_some_and(|n| n.bool("is_constant", false)));
    for &enter in &variable {
        let merge = read_by(enter, "Merge")?;
        let back = (0..2)
            .filter_map(|i| source(nodes, merge, i))
            .find(|&n| is(nodes, n, "NextIteration"))?;
        let switch = read_by(merge, "Switch")?;
        let k = f.entries.len();
        f.entries.push(*nodes.get(enter)?.inputs.first()?);
        f.next.push(*nodes.get(back)?.inputs.first()?);
        f.fed.extend([(merge, k), (switch, k)]);
        let cond = source(nodes, switch, 1).filter(|&c| is(nodes, c, "LoopCond"))?;
        f.cond = Some(*nodes.get(cond)?.inputs.first()?);
        if let Some(exit) = read_by(switch, "Exit") {
            exits.push((exit, k));
        }
    }
    for &enter in &fixed {
        let k = f.entries.len();
        f.entries.push(*nodes.get(enter)?.inputs.first()?);
        f.next.push(Edge::Node(enter, 0));
        f.fed.insert(enter, k);
    }
    f.cond?;
    Some((f, exits))
}

/// Where the inputs of a merge come from: the value that decides, and which number of it means each.
pub(super) struct Branches {
    pub(super) decides: Edge,
    pub(super) ports: Vec<i64>,
}

/// How merge `at` is decided.
pub(super) fn branches(nodes: &[TfNode<'_>], frames: &Frames, at: usize) -> Option<Branches> {
    let node = nodes.get(at)?;
    let sides: Vec<BTreeMap<(usize, usize), BTreeSet<i64>>> =
        node.inputs.iter().map(|e| switches(nodes, frames, *e)).collect();
    let first = sides.first()?;
    first.keys().find_map(|&(from, k)| {
        let port = |s: &BTreeMap<(usize, usize), BTreeSet<i64>>| {
            let ports = s.get(&(from, k))?;
            (ports.len() == 1).then(|| ports.first().copied())?
        };
        let ports: Vec<i64> = sides.iter().map(port).collect::<Option<_>>()?;
        let distinct: BTreeSet<i64> = ports.iter().copied().collect();
        (distinct.len() == ports.len()).then_some(Branches { decides: Edge::Node(from, k), ports })
    })
}

/// Every switch on the way back from `edge`: what decides it, and the ports that lead here.
fn switches(
    nodes: &[TfNode<'_>],
    frames: &Frames,
    edge: Edge,
) -> BTreeMap<(usize, usize), BTreeSet<i64>> {
    let mut found: BTreeMap<(usize, usize), BTreeSet<i64>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut stack = vec![edge];
    while let Some(e) = stack.pop() {
        let Edge::Node(at, port) = e else { continue };
        // A turn's branches are decided within the turn.
        let border = frames.frames.iter().any(|f| f.fed.contains_key(&at));
        let Some(node) = nodes.get(at).filter(|_| seen.len() < MAX_WALK && !border) else {
            continue;
        };
        let switches = is(nodes, at, "Switch") || op(nodes, at) == "_SwitchN";
        if let Some(Edge::Node(p, k)) = node.inputs.get(1).filter(|_| switches) {
            found.entry((*p, *k)).or_default().insert(port as i64);
        }
        if seen.insert(e) {
            stack.extend(&node.inputs);
            stack.extend(node.after.iter().map(|&n| Edge::Node(n, 0)));
        }
    }
    found
}
