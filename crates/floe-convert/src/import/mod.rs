//! Reading a GraphDef: nodes with resolved edges, in an order in which they can run.
//!
//! Facts: tensorflow-formats §9. In the main graph an edge is `node`, `node:k` or `^node`; in a
//! function it is `arg`, `node:output:k` or `^node`, where `output` is an output of the op's definition.
//!
//! Invariant: an edge of a [`TfGraph`] names a node or an argument that exists; the order holds only
//! what the results need, and no node before what it reads.

mod attr;
pub mod constant;
pub(crate) mod tflite;
mod v1;

pub use attr::computed;
pub use v1::{Frame, Frames};

use crate::error::Error;
use floe_proto::tensorflow::{FunctionDef, GraphDef, NodeDef};
use std::collections::BTreeMap;

/// Where an edge starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edge {
    /// Output of a node.
    Node(usize, usize),
    /// An argument of the function.
    Arg(usize),
}

/// A node with resolved edges.
#[derive(Clone, Debug)]
pub struct TfNode<'d> {
    /// The message.
    pub def: &'d NodeDef,
    /// Its data inputs.
    pub inputs: Vec<Edge>,
    /// The nodes that must run before.
    pub after: Vec<usize>,
    /// Of a merge: the numbers of its last input, which decides, that mean each other input.
    pub ports: Vec<i64>,
}

/// A graph or a function's body.
#[derive(Clone, Debug, Default)]
pub struct TfGraph<'d> {
    /// All nodes, in the file's order.
    pub nodes: Vec<TfNode<'d>>,
    /// The nodes that the results need, each after what it reads.
    pub order: Vec<usize>,
    /// What comes out.
    pub results: Vec<Edge>,
    /// The loops of TensorFlow 1.
    pub frames: Frames,
}

/// Where nodes and arguments are, by name.
struct Names<'d> {
    nodes: BTreeMap<&'d str, usize>,
    args: BTreeMap<&'d str, usize>,
}

impl<'d> TfGraph<'d> {
    /// The main graph, as far as `results` (tensor names) need it.
    ///
    /// # Errors
    /// When an edge leads nowhere, or nodes form a cycle.
    pub fn main(graph: &'d GraphDef, results: &[String], also: &[String]) -> Result<Self, Error> {
        let names = Names::new(&graph.node, &[]);
        let mut nodes = connect(&graph.node, &names, &main_edge)?;
        let frames = v1::frames(&nodes);
        decide_merges(&mut nodes, &frames);
        let results: Vec<Edge> = results
            .iter()
            .map(|r| {
                main_edge(&names, &[], r)
                    .ok_or_else(|| Error::Request(format!("the graph has no tensor '{r}'")))
            })
            .collect::<Result<_, _>>()?;
        let mut roots: Vec<usize> = results.iter().filter_map(Edge::node).collect();
        roots.extend(also.iter().filter_map(|n| names.nodes.get(n.as_str()).copied()));
        let order = order(&nodes, &frames, &BTreeMap::new(), &roots)?;
        Ok(Self { nodes, order, results, frames })
    }

    /// The body of `function`.
    ///
    /// # Errors
    /// When an edge leads nowhere, or nodes form a cycle.
    pub fn function(function: &'d FunctionDef) -> Result<Self, Error> {
        let signature = function.signature.as_ref();
        let args: Vec<&str> =
            signature.iter().flat_map(|s| &s.input_arg).map(|a| a.name.as_str()).collect();
        let names = Names::new(&function.node_def, &args);
        let nodes = connect(&function.node_def, &names, &body_edge)?;
        let outputs = signature.iter().flat_map(|s| &s.output_arg);
        let results: Vec<Edge> = outputs
            .map(|o| {
                let from = function.ret.get(&o.name).map(String::as_str).unwrap_or_default();
                body_edge(&names, &function.node_def, from).ok_or_else(|| {
                    Error::Graph(format!("result '{}' of a function comes from nowhere", o.name))
                })
            })
            .collect::<Result<_, _>>()?;
        let mut roots: Vec<usize> = results.iter().filter_map(Edge::node).collect();
        roots.extend(
            function.control_ret.values().filter_map(|n| names.nodes.get(n.as_str()).copied()),
        );
        let frames = Frames::default();
        let order = order(&nodes, &frames, &BTreeMap::new(), &roots)?;
        Ok(Self { nodes, order, results, frames })
    }
}

impl<'d> TfGraph<'d> {
    /// The part of the graph that makes `results` of the nodes `fed`.
    ///
    /// # Errors
    /// When nodes form a cycle.
    pub fn region(&self, results: Vec<Edge>, fed: &BTreeMap<usize, usize>) -> Result<Self, Error> {
        let roots: Vec<usize> = results.iter().filter_map(Edge::node).collect();
        let order = order(&self.nodes, &self.frames, fed, &roots)?;
        Ok(Self { nodes: self.nodes.clone(), order, results, frames: self.frames.clone() })
    }
}

/// Lets each merge outside of loops read what decides it.
fn decide_merges(nodes: &mut [TfNode<'_>], frames: &Frames) {
    let looped = |at: usize| frames.frames.iter().any(|f| f.fed.contains_key(&at));
    let found: Vec<(usize, v1::Branches)> = (0..nodes.len())
        .filter(|&i| nodes.get(i).is_some_and(|n| n.def.op == "Merge") && !looped(i))
        .filter_map(|i| Some((i, v1::branches(nodes, frames, i)?)))
        .collect();
    for (i, b) in found {
        if let Some(node) = nodes.get_mut(i) {
            node.inputs.push(b.decides);
            node.ports = b.ports;
        }
    }
}

impl Edge {
    const fn node(&self) -> Option<usize> {
        match self {
            Self::Node(n, _) => Some(*n),
            Self::Arg(_) => None,
        }
    }
}

impl<'d> Names<'d> {
    fn new(nodes: &'d [NodeDef], args: &[&'d str]) -> Self {
        Self {
            nodes: nodes.iter().enumerate().map(|(i, n)| (n.name.as_str(), i)).collect(),
            args: args.iter().enumerate().map(|(i, a)| (*a, i)).collect(),
        }
    }
}

type Resolve<'d> = dyn Fn(&Names<'d>, &'d [NodeDef], &str) -> Option<Edge>;

/// `node` or `node:k`.
fn main_edge<'d>(names: &Names<'d>, _: &'d [NodeDef], text: &str) -> Option<Edge> {
    let (node, k) = match text.rsplit_once(':') {
        Some((node, k)) => (node, k.parse().ok()?),
        None => (text, 0),
    };
    Some(Edge::Node(*names.nodes.get(node)?, k))
}

/// `arg`, `node:output:k`, or `node:output`.
fn body_edge<'d>(names: &Names<'d>, nodes: &'d [NodeDef], text: &str) -> Option<Edge> {
    let mut parts = text.split(':');
    let name = parts.next()?;
    let output = parts.next();
    if let (Some(&arg), None | Some("0")) = (names.args.get(name), output) {
        return Some(Edge::Arg(arg));
    }
    let at = *names.nodes.get(name)?;
    let k: usize = parts.next().unwrap_or("0").parse().ok()?;
    let first = match output {
        Some(o) => attr::output_start(nodes.get(at)?, o)?,
        None => 0,
    };
    Some(Edge::Node(at, first.checked_add(k)?))
}

fn connect<'d>(
    defs: &'d [NodeDef],
    names: &Names<'d>,
    resolve: &Resolve<'d>,
) -> Result<Vec<TfNode<'d>>, Error> {
    let nowhere = |n: &NodeDef, i: &str| {
        Error::Graph(format!("input '{i}' of node '{}' is not in the graph", n.name))
    };
    defs.iter()
        .map(|def| {
            let mut node = TfNode { def, inputs: Vec::new(), after: Vec::new(), ports: Vec::new() };
            for input in &def.input {
                if let Some(control) = input.strip_prefix('^') {
                    node.after.extend(names.nodes.get(control));
                } else {
                    node.inputs
                        .push(resolve(names, defs, input).ok_or_else(|| nowhere(def, input))?);
                }
            }
            Ok(node)
        })
        .collect()
}

/// The nodes that must be lowered before node `at`: a loop's exit waits for what enters the loop.
fn needs(
    nodes: &[TfNode<'_>],
    frames: &Frames,
    fed: &BTreeMap<usize, usize>,
    at: usize,
) -> Vec<usize> {
    if fed.contains_key(&at) {
        return Vec::new();
    }
    let frame = frames.exits.get(&at).and_then(|(f, _)| frames.frames.get(*f));
    if let Some(frame) = frame {
        return frame.entries.iter().filter_map(Edge::node).collect();
    }
    let Some(node) = nodes.get(at) else { return Vec::new() };
    let all = node.inputs.iter().filter_map(Edge::node).chain(node.after.iter().copied());
    // Taken from the end: the first input comes first.
    let mut all: Vec<usize> = all.collect();
    all.reverse();
    all
}

/// The nodes that `roots` need, each after what it reads, in a depth-first order without recursion.
/// Nodes that are `fed` need nothing.
fn order(
    nodes: &[TfNode<'_>],
    frames: &Frames,
    fed: &BTreeMap<usize, usize>,
    roots: &[usize],
) -> Result<Vec<usize>, Error> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; nodes.len()];
    let mut out = Vec::new();
    let mut stack: Vec<(usize, Vec<usize>)> = Vec::new();
    for &root in roots {
        if marks.get(root) == Some(&Mark::New) {
            stack.push((root, needs(nodes, frames, fed, root)));
        }
        while let Some((at, mut left)) = stack.pop() {
            let Some(mark) = marks.get_mut(at) else { continue };
            if *mark == Mark::Done {
                continue;
            }
            *mark = Mark::Open;
            let Some(from) = left.pop() else {
                *mark = Mark::Done;
                out.push(at);
                continue;
            };
            stack.push((at, left));
            match marks.get(from) {
                Some(Mark::New) => stack.push((from, needs(nodes, frames, fed, from))),
                Some(Mark::Open) => {
                    let name = nodes.get(from).map_or("?", |n| n.def.name.as_str());
                    return Err(Error::Graph(format!("node '{name}' depends on itself")));
                }
                _ => {}
            }
        }
    }
    Ok(out)
}
